"""table.py RUN.json PLOT.svg: the tables of docs/PERFORMANCE.md, "Names beside other programs", out of a run of measure.py, and the plot."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from names_plot import grown, milliseconds  # noqa: E402

with open(sys.argv[1], encoding="utf-8") as file:
    RUN = json.load(file)
SHORT = {"bench (curated)": "curated", "OFAC strong aliases, persons": "OFAC", "UN good aliases, persons": "UN", "EU Cyrillic and Latin, persons": "Cyrillic",
         "Hebrew whole names": "Hebrew", "Hangul whole names": "Hangul", "UN original script": "UN script"}
# name -> (colour, dashes); told apart without colour, too
LINES = {"Postern": ("#0b3d63", ""), "RapidFuzz scan (token_sort_ratio)": ("#b3530a", "7 4"), "pg_trgm GIN": ("#2e7d32", "2 4"),
         "pg_trgm GiST, siglen 64": ("#6a3d9a", "10 3 2 3"), "Watchman": ("#7a7a7a", "4 2")}


def quality():
    kinds = list(next(iter(RUN["quality"].values()))["best"])
    print("| program | " + " | ".join(SHORT.get(k, k) for k in kinds) + " | mean | at one threshold | curated: Postern less this, 95 % |")
    print("|---" * (len(kinds) + 4) + "|")
    for name, entry in RUN["quality"].items():
        low, middle, high = entry["bootstrap"]["difference"]
        apart = f"{middle:+.3f} [{low:+.3f}, {high:+.3f}]" if name != "Postern" else "its F1: [{:.3f}, {:.3f}]".format(*entry["bootstrap"]["ours"])
        print(f"| {name} | " + " | ".join(f"{entry['best'][k]:.3f}" for k in kinds) + f" | {entry['mean']:.3f} | {entry['common']:.3f} | {apart} |")


def speed():
    print("| names | program | questions | p50 | p99 | Postern, the same questions | times as long, p50; p99 | found among 50 |")
    print("|---|---|---|---|---|---|---|---|")
    for entry in sorted(RUN["speed"].values(), key=lambda e: e["names"]):
        for name, result in entry.items():
            if name == "names":
                continue
            ours = sorted(entry["Postern"]["ms"][:result["questions"]])
            mine = f"{milliseconds(ours[len(ours) // 2])}; {milliseconds(ours[min(len(ours) - 1, int(0.99 * len(ours)))])} ms"
            few = result["questions"] < 20  # no 99 in 100 of these
            worst = "–" if few else f"{milliseconds(result['p99'])} ms"
            ratio = f"{result['ratio_p50']:,.0f}" if few else "" if name == "Postern" else f"{result['ratio_p50']:,.0f}; {result['ratio_p99']:,.1f}"
            print(f"| {entry['names']:,} | {name} | {result['questions']:,} | {milliseconds(result['p50'])} ms | {worst} | "
                  f"{'' if name == 'Postern' else mine} | {ratio} | {100 * result['found']:.1f} % |")


def plot(path):
    """p50 (full) and p99 (thin) by the number of names."""
    points = {}
    for entry in RUN["speed"].values():
        for name, result in entry.items():
            if name in LINES:
                points.setdefault(name, []).append((entry["names"], result["p50"], result["p99"]))
    grown(path, "57,896 real names, the other lists are grown", points, LINES)


print(", ".join(f"{k} {v}" for k, v in RUN["versions"].items()))
print()
quality()
print()
speed()
for count, made in RUN["growth"].items():
    print(f"\n{count}: {made}")
plot(sys.argv[2])
