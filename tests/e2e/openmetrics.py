"""A strict reader of OpenMetrics 1.0 text, for tests: what a scraper would take amiss is an error here. Only Python's own library.

    python3 tests/e2e/openmetrics.py         reads pages that are wrong, one by one, and says which it took
    python3 tests/e2e/openmetrics.py FILE    reads that page"""
import math
import re
import sys

NAME, LABEL = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*"), re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)|NaN")
ENDINGS = {"counter": ["_total", "_created"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum", "_created"], "unknown": [""], "info": ["_info"]}


class Bad(ValueError):
    pass


def labels_of(text, line):
    """{…} as a dict, in the one form there is: no space, no comma at the end, none twice."""
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        if not found or found[1] in labels:
            raise Bad(f"labels: {line}")
        labels[found[1]] = re.sub(r"\\(.)", lambda escaped: "\n" if escaped[1] == "n" else escaped[1], found[2])
        at = found.end()
        if at < len(text):
            if text[at] != "," or at + 1 == len(text):
                raise Bad(f"labels: {line}")
            at += 1
    return labels


def sample_of(line):
    found = re.fullmatch(rf"({NAME.pattern})(?:\{{(.*)\}})? (\S+)", line)
    if not found or not NUMBER.fullmatch(found[3]):
        raise Bad(f"no sample: {line}")
    return found[1], labels_of(found[2] or "", line), float(found[3])


def close(family):
    """What only the whole of a family shows."""
    if family["type"] != "histogram":
        return
    runs = {}
    for name, labels, value in family["samples"]:
        if name.endswith("_bucket"):
            rest = tuple(sorted((key, one) for key, one in labels.items() if key != "le"))
            runs.setdefault(rest, []).append((float(labels["le"].replace("+Inf", "inf")), value))
    for rest, run in runs.items():
        counts = [value for name, labels, value in family["samples"] if name.endswith("_count") and tuple(sorted(labels.items())) == rest]
        if run != sorted(run) or not math.isinf(run[-1][0]) or [value for _, value in run] != sorted(value for _, value in run) or counts != [run[-1][1]]:
            raise Bad(f"buckets of {family['name']}")


def read(text):
    """The page's families by name: {"type", "help", "samples": [(name, labels, value)]}. Bad where it breaks the standard."""
    if not text.endswith("# EOF\n") or "\r" in text:
        raise Bad("it does not end with # EOF")
    families, now, seen = {}, None, set()
    for line in text[:-len("# EOF\n")].split("\n")[:-1]:
        told = re.fullmatch(r"# (TYPE|HELP|UNIT) (\S+) (.*)", line)
        if told:
            if not NAME.fullmatch(told[2]):
                raise Bad(f"a name: {line}")
            if now is None or now["name"] != told[2]:
                if told[2] in families:
                    raise Bad(f"not all of {told[2]} stands together")
                if now:
                    close(now)
                now = families[told[2]] = {"name": told[2], "type": "unknown", "help": None, "samples": [], "told": set()}
            if told[1] in now["told"] or now["samples"]:
                raise Bad(f"twice, or too late: {line}")
            now["told"].add(told[1])
            if told[1] == "TYPE":
                if told[3] not in ENDINGS:
                    raise Bad(f"a type: {line}")
                now["type"] = told[3]
            if told[1] == "HELP":
                now["help"] = told[3]
            continue
        if line.startswith("#") or not line:
            raise Bad(f"no line of a page: {line!r}")
        name, labels, value = sample_of(line)
        if now is None or name not in [now["name"] + ending for ending in ENDINGS[now["type"]]]:
            raise Bad(f"a sample of no family that was begun, or not as its type is called: {line}")
        key = (name, tuple(sorted(labels.items())))
        if key in seen:
            raise Bad(f"the same twice: {line}")
        seen.add(key)
        if now["type"] in ("counter", "histogram") and not value >= 0:
            raise Bad(f"below nothing: {line}")
        now["samples"].append((name, labels, value))
    if now:
        close(now)
    for family in families.values():
        if "TYPE" not in family["told"] or not family["help"]:
            raise Bad(f"{family['name']} has no type or no help")
    return families


WRONG = {
    "no end": "# TYPE a gauge\n# HELP a x\na 1\n",
    "more after the end": "# TYPE a gauge\n# HELP a x\na 1\n# EOF\na 2\n",
    "no type": "a 1\n# EOF\n",
    "no help": "# TYPE a gauge\na 1\n# EOF\n",
    "a counter without its ending": "# TYPE a counter\n# HELP a x\na 1\n# EOF\n",
    "a counter below nothing": "# TYPE a counter\n# HELP a x\na_total -1\n# EOF\n",
    "a family in two places": "# TYPE a gauge\n# HELP a x\na 1\n# TYPE b gauge\n# HELP b x\nb 1\n# TYPE a gauge\na 2\n# EOF\n",
    "a sample in another's place": "# TYPE a gauge\n# HELP a x\nb 1\n# EOF\n",
    "the same twice": '# TYPE a gauge\n# HELP a x\na{k="1"} 1\na{k="1"} 2\n# EOF\n',
    "a label twice": '# TYPE a gauge\n# HELP a x\na{k="1",k="2"} 1\n# EOF\n',
    "a comma at the end": '# TYPE a gauge\n# HELP a x\na{k="1",} 1\n# EOF\n',
    "a quote as it is": '# TYPE a gauge\n# HELP a x\na{k="1"2"} 1\n# EOF\n',
    "another escape": '# TYPE a gauge\n# HELP a x\na{k="\\t"} 1\n# EOF\n',
    "a line end in a label": '# TYPE a gauge\n# HELP a x\na{k="1\n2"} 1\n# EOF\n',
    "no number": "# TYPE a gauge\n# HELP a x\na one\n# EOF\n",
    "an empty line": "# TYPE a gauge\n# HELP a x\n\na 1\n# EOF\n",
    "a type of its own": "# TYPE a number\n# HELP a x\na 1\n# EOF\n",
    "a name with a dash": "# TYPE a-b gauge\n# HELP a-b x\na-b 1\n# EOF\n",
    "buckets that shrink": '# TYPE a histogram\n# HELP a x\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n# EOF\n',
    "no last bucket": '# TYPE a histogram\n# HELP a x\na_bucket{le="1"} 2\na_sum 1\na_count 2\n# EOF\n',
}


def main():
    if len(sys.argv) > 1:
        with open(sys.argv[1], encoding="utf-8", newline="") as file:
            families = read(file.read())
        print(f"{len(families)} families, {sum(len(family['samples']) for family in families.values())} samples")
        return 0
    taken = []
    for what, page in WRONG.items():
        try:
            read(page)
            taken.append(what)
        except Bad:
            pass
    good = read('# TYPE a counter\n# HELP a x\na_total{k="a\\"b\\\\c\\nd"} 1\n# TYPE h histogram\n# HELP h x\nh_bucket{le="0.5"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1.5\nh_count 2\n# EOF\n')
    if good["a"]["samples"][0][1]["k"] != 'a"b\\c\nd' or len(good["h"]["samples"]) != 4:
        taken.append("a good page is read wrongly")
    print("\n".join(f"NOT OK  {what}" for what in taken) or f"ok  {len(WRONG)} wrong pages are refused, a good one is read")
    return 1 if taken else 0


if __name__ == "__main__":
    sys.exit(main())
