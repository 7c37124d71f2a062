"""names_tokens.py POSTERN TOKENS.tsv.gz: names in two scripts that nothing was learnt from, by source: how many are found.

tools/names_learn.py learns from one half by hash of the native name; this asks about the other. Against are native and Latin names of one source put
together at random. A good part of the pairs are no spellings of one name (Wikidata's labels: a clan's name beside a given name), so 100 % is not there."""
import gzip
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from names_learn import is_learnt  # noqa: E402
from names_quality import compare, recall_at  # noqa: E402

PAIRS, RANDOM = 6000, 60000


def main():
    postern, path = sys.argv[1:3]
    sources = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            native, latin, label, source = line.rstrip("\n").split("\t")
            if label == "1" and not is_learnt(native):
                sources.setdefault(source.split(":")[0], set()).add((native, latin))
    print("| source | pairs | found at 1 in 100 others | at 1 in 1,000 | from 0.70 up | others from 0.70 up |\n|---|---|---|---|---|---|")
    rates = []
    for source, pairs in sorted(sources.items()):
        draw = random.Random(7)
        pairs = sorted(pairs)
        same = compare(postern, draw.sample(pairs, min(PAIRS, len(pairs))))
        others = compare(postern, [(draw.choice(pairs)[0], draw.choice(pairs)[1]) for _ in range(RANDOM)])
        rates.append([recall_at(same, others, 0.01), recall_at(same, others, 0.001), sum(s >= 0.7 for s in same) / len(same), sum(s >= 0.7 for s in others) / RANDOM])
        print(f"| {source} | {len(same)} | " + " | ".join(f"{100 * r:.2f} %" if i == 3 else f"{100 * r:.1f} %" for i, r in enumerate(rates[-1])) + " |")
    means = [sum(r[i] for r in rates) / len(rates) for i in range(4)]
    print("| mean | | " + " | ".join(f"{100 * r:.2f} %" if i == 3 else f"{100 * r:.1f} %" for i, r in enumerate(means)) + " |")


if __name__ == "__main__":
    main()
