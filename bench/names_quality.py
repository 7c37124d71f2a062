"""names_quality.py POSTERN PAIRS.tsv: the table of docs/NAMES.md, "How good", out of one run of `postern names compare`.

For each kind of labelled pair: best F1 over all thresholds, F1 at one threshold common to all kinds, and recall where at most 1 in 1,000 of the
pairs against passes. These are hard by design, and too few to say anything of 1 in 10,000; for that, names are put together at random, 50,000
pairs of each kind that nobody meant, which is nearer to what a lane sees."""
import json
import random
import subprocess
import sys

COMMON = 0.73
RANDOM = 50000
CURATED = "bench (curated)"

# Kind of pair -> (how a positive's source starts, how a negative's source starts); the grouping of accept/names.py.
SETS = {
    "bench (curated)": ("nk_name_bench", "nk_name_bench"),
    "OFAC strong aliases, persons": ("ofac_sdn2023-12:person:aka:strong", "ofac_distinct_persons_hard"),
    "UN good aliases, persons": ("un2026:person:alias:Good", "yente_synthetic_vs_ofac"),
    "typos": ("yente_un_treated", "yente_synthetic_vs_ofac"),
    "EU Cyrillic and Latin, persons": ("eu_oj:person", "eu_oj_distinct_persons_xscript"),
    "Hebrew whole names": ("wd_fullname:hebrew", "wd_fullname_same_given_diff_surname:hebrew"),
    "Hangul whole names": ("wd_fullname:korean", "wd_fullname_same_given_diff_surname:korean"),
    "UN original script": ("un2026:person:original_script", "yente_synthetic_vs_ofac"),
}


def read_pairs(path):
    """The pairs of the kinds above, each once, and the places of each kind's positives and negatives among them."""
    rows = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")][1:]
    kept, kinds = [], {title: ([], []) for title in SETS}
    for row in rows:
        place = None
        for title, (pos, neg) in SETS.items():
            good = row[2] == "1" and row[3].startswith(pos) and ("Cyrillic" not in title or ("Cyrillic" in row[4] and "Latin" in row[4]))
            bad = row[2] == "0" and row[3].startswith(neg)
            if not good and not bad:
                continue
            if place is None:
                place = len(kept)
                kept.append(row)
            kinds[title][0 if good else 1].append(place)
    return kept, kinds


def best(positive, negative):
    """Best F1 over all thresholds, and its threshold."""
    scored = sorted([(s, 1) for s in positive] + [(s, 0) for s in negative], reverse=True)
    hits = alarms = 0
    top, at = 0.0, 0.0
    for i, (score, label) in enumerate(scored):
        hits += label
        alarms += 1 - label
        if i + 1 < len(scored) and scored[i + 1][0] == score:
            continue
        f1 = 2 * hits / (2 * hits + alarms + len(positive) - hits)
        if f1 > top:
            top, at = f1, score
    return top, at


def f1_at(positive, negative, threshold):
    hits = sum(s >= threshold for s in positive)
    return 2 * hits / max(1, hits + sum(s >= threshold for s in negative) + len(positive))


def recall_at(positive, negative, share):
    """Recall at the lowest threshold that at most this share of the negatives passes."""
    allowed = int(share * len(negative))
    ordered = sorted(negative, reverse=True)
    bar = ordered[allowed] if allowed < len(ordered) else -1.0
    return sum(s > bar for s in positive) / len(positive)


def by_kind(scores, places):
    return [scores[i] for i in places[0]], [scores[i] for i in places[1]]


def compare(postern, pairs):
    done = subprocess.run([postern, "names", "compare"], input="".join(f"{a}\t{b}\n" for a, b in pairs).encode(), stdout=subprocess.PIPE, check=False)
    return [json.loads(line).get("score", 0.0) for line in done.stdout.splitlines()]


def strangers(rows, places):
    """Names of a kind's pairs, both sides drawn apart."""
    draw = random.Random(20261128)
    pairs = []
    while len(pairs) < RANDOM:
        a, b = rows[draw.choice(places[0])], rows[draw.choice(places[0])]
        if a[1] != b[1] and a[0] != b[0]:
            pairs.append((a[0], b[1]))
    return pairs


def main():
    postern, path = sys.argv[1:3]
    rows, kinds = read_pairs(path)
    scores = compare(postern, [(r[0], r[1]) for r in rows])
    print(f"| kind | pairs for / against | best F1 | at | F1 at {COMMON} | found at 1 in 1,000 against | found at 1 in 1,000 strangers | at 1 in 10,000 |")
    print("|---|---|---|---|---|---|---|---|")
    means = [0.0, 0.0]
    for title, places in kinds.items():
        positive, negative = by_kind(scores, places)
        f1, at = best(positive, negative)
        common = f1_at(positive, negative, COMMON)
        means = [means[0] + f1 / len(kinds), means[1] + common / len(kinds)]
        recalls = [recall_at(positive, negative, 0.001)]
        if title != CURATED:  # many of its pairs are of one person: two drawn apart are no strangers
            others = compare(postern, strangers(rows, places))
            recalls += [recall_at(positive, others, 0.001), recall_at(positive, others, 0.0001)]
        found = [f"{100 * r:.1f} %" for r in recalls] + ["–"] * (3 - len(recalls))
        print(f"| {title} | {len(positive)} / {len(negative)} | {f1:.3f} | {at:.2f} | {common:.3f} | " + " | ".join(found) + " |")
    print(f"| mean | | {means[0]:.3f} | | {means[1]:.3f} | | | |")


if __name__ == "__main__":
    main()
