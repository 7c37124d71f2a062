"""tests/records.py ROOT: docs/format/records.cddl says the same as the tables in src/record/: every kind's keys, names,
which may be missing, types and limits; and python3-cbor2, where it is installed, writes the example of records.md and the
records of the fuzz corpus as the same bytes."""
import os
import re
import sys

root = sys.argv[1]
wrong = []


def read(*path):
    return open(os.path.join(root, *path), encoding="utf-8").read()


# ---- constants of the headers ----
constants = {"UINT8_MAX": 255, "UINT16_MAX": 65535, "UINT32_MAX": 4294967295, "sizeof(struct ptn_record_id)": 16, "PTN_SHA256_LEN": 32, "PTN_FIELD_NUMBER_MAX": 2**63 - 1, "SCORE_MAX": 10000,
             "PTN_RECORD_VERSION + 1": 2}
for name in sorted(os.listdir(os.path.join(root, "src", "record"))):
    if name.endswith(".h"):
        for define in re.finditer(r"#define (PTN_\w+)\s+(\d+)u", read("src", "record", name)):
            constants[define[1]] = int(define[2])
for code, size in (("code", 2), ("issuer", 3), ("nationality", 3)):
    for owner in ("ptn_document", "ptn_person", "ptn_decision_permit", "ptn_permit"):
        constants[f"sizeof(((struct {owner} *)0)->{code}) - 1"] = size

# ---- tables of the code ----
ROW = re.compile(r"PTN_FIELD(_INNER|_ITEMS)?\((ptn_\w+),(.*?)\),\n", re.S)
tables = {}
for name in sorted(os.listdir(os.path.join(root, "src", "record"))):
    if not name.endswith(".c"):
        continue
    for row in ROW.finditer(read("src", "record", name)):
        parts, depth, part = [], 0, ""
        for letter in row[3] + ",":
            if letter == "," and depth == 0:
                parts.append(" ".join(part.split()))
                part = ""
                continue
            depth += (letter == "(") - (letter == ")")
            part += letter
        owner = row[2].removeprefix("ptn_").removeprefix("record_")
        if row[1] == "_INNER":
            key, member, presence, kind, limit = parts[0], parts[1], parts[2], "STRUCT", None
        elif row[1] == "_ITEMS":
            key, member, _, kind, limit = parts[0], parts[1], parts[2], parts[3], constants[parts[4]]
            presence = "OPTIONAL"
        else:
            key, member, kind, presence = parts[:4]
            limit = constants[parts[4]] if parts[4] in constants else int(parts[4])
        tables.setdefault(owner, {})[int(key)] = (member, kind, presence, limit)

# ---- the grammar ----
grammar, named, owner = {}, {}, None
for line in read("docs", "format", "records.cddl").splitlines():
    text, _, comment = line.partition(";")
    start = re.match(r"(\w+) = \{$", text.strip())
    pair = re.match(r"\s+(\? )?(\d+): (.+?),\s*$", text)
    alias = re.match(r"(\w+) = (.+)$", text.strip())
    if start:
        owner = start[1]
        grammar[owner] = {}
    elif pair and owner:
        named_by = comment.split(":")[0].strip() or pair[3]
        grammar[owner][int(pair[2])] = (named_by, pair[3].strip(), bool(pair[1]))
    elif text.strip() == "optional,":
        owner_done = owner
    elif text.strip() == "}":
        if owner_done != owner:
            wrong.append(f"{owner}: no place for optional keys")
        owner = None
    elif alias:
        named[alias[1]] = alias[2].strip()


def resolve(kind):
    return named.get(kind, kind)


def said(kind):
    """A type of the grammar as (kind of field, limit)."""
    if kind in tables:
        return "STRUCT", None
    many = re.match(r"\[1\*(\d+) (\w+)\]", kind)
    if many:
        return ("WORDS" if many[2] == "word" else "STRUCTS"), int(many[1])
    if kind in ("note", "lines", "signed", "roster"):
        return "NOTE", int(re.search(r"\.\.(\d+)", resolve(kind))[1])
    if kind in ("date", "day"):
        return kind.upper(), 0
    if kind == "time_ms":
        return "TIME", 0
    if kind == "true":
        return "BOOL", 0
    if kind == '"M" / "F"':
        return "SEX", 0
    text = resolve(kind)
    for pattern, field in ((r"text \.size \(1\.\.(\d+)\)", "TEXT"), (r"bytes \.size \(1\.\.(\d+)\)", "BLOB"), (r"bytes \.size (\d+)", "OCTETS"), (r"text \.regexp .*\{1,(\d)\}", "CODE")):
        found = re.match(pattern, text)
        if found:
            return field, int(found[1])
    found = re.match(r"(?:(\d+)\.\.)?(\d+)$", text)
    return "RANGE", (int(found[1] or found[2]), int(found[2]))


for owner in sorted(set(tables) | set(grammar)):
    code, doc = tables.get(owner, {}), grammar.get(owner, {})
    for key in sorted(set(code) | set(doc)):
        where = f"{owner} {key}"
        if key not in code or key not in doc:
            wrong.append(f"{where}: only in the {'grammar' if key in doc else 'code'}")
            continue
        member, kind, presence, limit = code[key]
        name, text, may_miss = doc[key]
        field, bound = said(text)
        if name.split()[0] not in (member, "version") and text != member:
            wrong.append(f"{where}: named {name} in the grammar, {member} in the code")
        # what rules of records.md make necessary, though the table does not
        must = presence != "OPTIONAL" or (owner, member) in (("decision_stay", "known"), ("epoch", "boxes"))
        if may_miss == must:
            wrong.append(f"{where}: may it be missing?")
        if field == "RANGE":
            low = 0 if presence == "ALWAYS" or text == "verdict" else 1
            high = limit - 1 if kind == "ENUM" else limit
            if kind not in ("ENUM", "NUMBER") or bound[1] != high or bound[0] != low and text != "verdict":
                wrong.append(f"{where}: {bound} in the grammar, {kind} {low}..{high} in the code")
        elif field != kind or (bound or 0) != (limit or 0):
            wrong.append(f"{where}: {field} {bound} in the grammar, {kind} {limit} in the code")

# ---- the example ----
example = read("docs", "format", "records.md").split("```")[1]
raw = bytes.fromhex("".join(re.match(r"\s*((?:[0-9a-f]+ )+)\s", line + "  ")[1].replace(" ", "") for line in example.strip().splitlines()))
oracle = "cbor2 is not installed: the example was not read"
try:
    import cbor2

    record = cbor2.loads(raw)
    if sorted(record) != [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 15] or record[15] != {3: "SPECIMEN"} or cbor2.dumps(record, canonical=True) != raw:
        wrong.append("the example in records.md is not what cbor2 reads and writes")
    corpus = os.path.join(root, "tests", "fuzz", "corpus", "record")
    for name in sorted(os.listdir(corpus)):
        payload = open(os.path.join(corpus, name), "rb").read()[1:]
        if cbor2.dumps(cbor2.loads(payload), canonical=True) != payload:
            wrong.append(f"{name} in the corpus is not what cbor2 reads and writes")
    oracle = f"cbor2 writes the example and {len(os.listdir(corpus))} records as we do"
except ImportError:
    pass
fields = sum(len(table) for table in tables.values())
print("\n".join(wrong) or f"{fields} fields of {len(tables)} maps are as the grammar says; {oracle}")
sys.exit(1 if wrong or fields < 80 else 0)
