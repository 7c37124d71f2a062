"""table.py RUN.json PLOT.svg: the tables of docs/PERFORMANCE.md, "Names beside other programs", out of a run of measure.py, and the plot."""
import json
import math
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    RUN = json.load(file)
SHORT = {"bench (curated)": "curated", "OFAC strong aliases, persons": "OFAC", "UN good aliases, persons": "UN", "EU Cyrillic and Latin, persons": "Cyrillic",
         "Hebrew whole names": "Hebrew", "Hangul whole names": "Hangul", "UN original script": "UN script"}
# name -> (colour, dashes); told apart without colour, too
LINES = {"Postern": ("#0b3d63", ""), "RapidFuzz scan (token_sort_ratio)": ("#b3530a", "7 4"), "pg_trgm GIN": ("#2e7d32", "2 4"),
         "pg_trgm GiST, siglen 64": ("#6a3d9a", "10 3 2 3"), "Watchman": ("#7a7a7a", "4 2")}


def milliseconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


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
    """p50 (full) and p99 (thin) by the number of names, both axes by powers of ten."""
    wide, high, left, top, right, bottom = 860, 470, 64, 46, 250, 52
    points = {}
    for entry in RUN["speed"].values():
        for name, result in entry.items():
            if name in LINES:
                points.setdefault(name, []).append((entry["names"], result["p50"], result["p99"]))
    sizes = [p[0] for all_of in points.values() for p in all_of]
    times = [t for all_of in points.values() for p in all_of for t in p[1:]]
    x0, x1 = math.floor(math.log10(min(sizes))), math.ceil(math.log10(max(sizes)))
    y0, y1 = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))

    def x(names):
        return left + (math.log10(names) - x0) / (x1 - x0) * (wide - left - right)

    def y(time):
        return high - bottom - (math.log10(time) - y0) / (y1 - y0) * (high - top - bottom)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="13" role="img">',
           "<title>Processor time of one question by the number of names</title>", f'<rect width="{wide}" height="{high}" fill="#fff"/>',
           f'<text x="{left}" y="20" font-size="15" font-weight="bold">One question, at most 50 answers: processor time by the number of names</text>',
           f'<text x="{left}" y="37" fill="#444">thick: half of the questions take less; thin: 99 in 100; 57,896 real names, the other lists are grown</text>']
    for power in range(y0, y1 + 1):
        at = y(10 ** power)
        label = f"{10 ** power:g} ms" if power >= 0 else f"{10 ** (power + 3):g} µs"
        out.append(f'<path d="M{left} {at:.1f}H{wide - right}" stroke="#ddd"/><text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    for power in range(x0, x1 + 1):
        at = x(10 ** power)
        out.append(f'<path d="M{at:.1f} {top}V{high - bottom}" stroke="#ddd"/><text x="{at:.1f}" y="{high - bottom + 18}" text-anchor="middle">{10 ** power:,}</text>')
    out.append(f'<text x="{(left + wide - right) / 2}" y="{high - 12}" text-anchor="middle">names</text>')
    ends = []
    for name, some in points.items():
        colour, dashes = LINES[name]
        some.sort()
        for column, width in ((1, 2.5), (2, 1)):
            path_of = "M" + "L".join(f"{x(p[0]):.1f} {y(p[column]):.1f}" for p in some)
            out.append(f'<path d="{path_of}" fill="none" stroke="{colour}" stroke-width="{width}"' + (f' stroke-dasharray="{dashes}"' if dashes else "") + "/>")
            out += [f'<circle cx="{x(p[0]):.1f}" cy="{y(p[column]):.1f}" r="{1.5 + width / 2}" fill="{colour}"/>' for p in some]
        ends.append([y(some[-1][1]), name, colour, x(some[-1][0]), y(some[-1][1])])
    ends.sort()
    for before, end in zip(ends, ends[1:]):
        end[0] = max(end[0], before[0] + 17)
    for at, name, colour, from_x, from_y in ends:
        out.append(f'<path d="M{from_x + 5:.1f} {from_y:.1f}L{wide - right + 8} {at:.1f}" stroke="{colour}" stroke-width="0.7"/>'
                   f'<text x="{wide - right + 12}" y="{at + 4:.1f}" fill="{colour}">{name}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n</svg>\n")


print(", ".join(f"{k} {v}" for k, v in RUN["versions"].items()))
print()
quality()
print()
speed()
for count, made in RUN["growth"].items():
    print(f"\n{count}: {made}")
plot(sys.argv[2])
