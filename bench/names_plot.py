"""How a plot of questions by the number of names is drawn: both axes by powers of ten, told apart without colour, too."""
import math

WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 860, 470, 64, 46, 250, 52


def milliseconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def grown(path, note, points, lines):
    """points: name -> [(names, ms of half of the questions, ms of 99 in 100)]; lines: name -> (colour, dashes)."""
    sizes = [p[0] for some in points.values() for p in some]
    times = [t for some in points.values() for p in some for t in p[1:]]
    x0, x1 = math.floor(math.log10(min(sizes))), math.ceil(math.log10(max(sizes)))
    y0, y1 = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))

    def x(names):
        return LEFT + (math.log10(names) - x0) / (x1 - x0) * (WIDE - LEFT - RIGHT)

    def y(time):
        return HIGH - BOTTOM - (math.log10(time) - y0) / (y1 - y0) * (HIGH - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif" font-size="13" role="img">',
           "<title>Processor time of one question by the number of names</title>", f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>',
           f'<text x="{LEFT}" y="20" font-size="15" font-weight="bold">One question, at most 50 answers: processor time by the number of names</text>',
           f'<text x="{LEFT}" y="37" fill="#444">thick: half of the questions take less; thin: 99 in 100; {note}</text>']
    for power in range(y0, y1 + 1):
        at = y(10 ** power)
        label = f"{10 ** power:g} ms" if power >= 0 else f"{10 ** (power + 3):g} µs"
        out.append(f'<path d="M{LEFT} {at:.1f}H{WIDE - RIGHT}" stroke="#ddd"/><text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    for power in range(x0, x1 + 1):
        at = x(10 ** power)
        out.append(f'<path d="M{at:.1f} {TOP}V{HIGH - BOTTOM}" stroke="#ddd"/><text x="{at:.1f}" y="{HIGH - BOTTOM + 18}" text-anchor="middle">{10 ** power:,}</text>')
    out.append(f'<text x="{(LEFT + WIDE - RIGHT) / 2}" y="{HIGH - 12}" text-anchor="middle">names</text>')
    ends = []
    for name, some in points.items():
        colour, dashes = lines[name]
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
        out.append(f'<path d="M{from_x + 5:.1f} {from_y:.1f}L{WIDE - RIGHT + 8} {at:.1f}" stroke="{colour}" stroke-width="0.7"/>'
                   f'<text x="{WIDE - RIGHT + 12}" y="{at + 4:.1f}" fill="{colour}">{name}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n</svg>\n")
