"""embed.py OUTPUT STATES-OUTPUT STATES-TSV PAGE... --sample NAME FILE...: write the C file that embeds the pages, with one
row for each path they are served at and by whom; the States' names as states.json, a page like the others; and the demonstration's
samples, each as ptn_console_sample_NAME. specimens.ndjson becomes one JSON array. A page that begins with
"<!-- head: SCRIPT TITLE SAY [ALONE] -->" gets head.html there, with these in it; a page that stands ALONE has that word in its
bar instead of the way to the pages beside it. head.html alone is no page."""
import hashlib
import json
import os
import re
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
         ".js": "text/javascript; charset=utf-8", ".json": "application/json", ".webmanifest": "application/manifest+json"}
# Where a page is, by who serves it: what only a post or only a centre can answer is no page at the other. Scripts, styles and
# pictures are at /console/NAME.
POST = {"lane.html": ["/", "/lane"], "by-hand.html": ["/by-hand"], "arrivals.html": ["/arrivals"], "ship.html": ["/ship"], "shift.html": ["/shift"], "second-line.html": ["/second-line"]}
CENTRE = {"centre.html": ["/", "/centre"], "country.html": ["/country"], "leave.html": ["/leave"], "lists.html": ["/lists"], "late.html": ["/late"], "packs.html": ["/paper"], "looks.html": ["/looks"]}
BOTH = {"room.html": ["/room"], "locked.html": ["/locked"], "staff.html": ["/staff"], "nothing.html": ["/console/nothing.html"], "icon.svg": ["/favicon.ico"]}
EVERYWHERE = "PTN_CONSOLE_POST | PTN_CONSOLE_CENTRE"
PAGES = [(POST, "PTN_CONSOLE_POST"), (CENTRE, "PTN_CONSOLE_CENTRE"), (BOTH, EVERYWHERE)]

samples_at = sys.argv.index("--sample")
output, states, table = sys.argv[1:4]
files, samples = sys.argv[4:samples_at] + [states], sys.argv[samples_at + 1:]
with open(table, encoding="utf-8") as lines, open(states, "w", encoding="utf-8") as out:
    cells = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    at = {name: column for column, name in enumerate(cells[0])}
    json.dump({row[at["alpha3"]]: [row[at["name"]], row[at["name_sq"]]] for row in cells[1:]}, out, ensure_ascii=False,
              separators=(",", ":"))


def whole(file):
    """The page with its head, in a file beside OUTPUT; any other file as it is."""
    name = os.path.basename(file)
    with open(file, encoding="utf-8") as page:
        text = page.read() if name.endswith(".html") else ""
    said = re.match(r"<!-- head: (\S+) (\S+) (\S+)(?: (\S+))? -->\n", text)
    if not said:
        return file
    with open(os.path.join(os.path.dirname(file), "head.html"), encoding="utf-8") as page:
        head = page.read()
    *words, alone = said.groups()
    for word, by in zip(("SCRIPT", "TITLE", "SAY"), words):
        head = head.replace(word, by)
    if alone:
        head = re.sub("<nav .*</nav>", f'<span data-t="{alone}"></span>', head)
    made = os.path.join(os.path.dirname(os.path.abspath(output)), "whole-" + name)
    with open(made, "w", encoding="utf-8") as out:
        out.write(head + text[said.end():])
    return made


bodies, rows, texts = [], [], []
for number, file in enumerate(files):
    name = os.path.basename(file)
    if name == "head.html":
        continue
    file = whole(file)
    digest = hashlib.sha256(open(file, "rb").read()).hexdigest()
    where = os.path.abspath(file).replace("\\", "\\\\").replace('"', '\\"')
    bodies.append(f'__asm__(".section .rodata\\n"\n        ".global ptn_console_body_{number}\\n"\n'
                  f'        "ptn_console_body_{number}:\\n"\n        ".incbin \\"{where}\\"\\n"\n'
                  f'        ".global ptn_console_end_{number}\\n"\n        "ptn_console_end_{number}:\\n"\n'
                  f'        ".byte 0\\n"\n        ".previous\\n");\n'
                  f"extern const uint8_t ptn_console_body_{number}[], ptn_console_end_{number}[];\n")
    served = [(path, places) for pages, places in PAGES for path in pages.get(name, [])]
    if not name.endswith(".html"):
        served.append(("/console/" + name, EVERYWHERE))
    for path, places in served:
        rows.append(f'    {{ {places}, "{path}", "{TYPES[os.path.splitext(name)[1]]}", "\\"{digest[:24]}\\"",\n'
                    f"      ptn_console_body_{number}, ptn_console_end_{number} }},\n")
for name, file in zip(samples[::2], samples[1::2]):
    lines = open(file, encoding="utf-8").read().splitlines()
    body = "[" + ",".join(lines) + "]" if name == "specimens" else "".join(line + "\n" for line in lines)
    octets = ", ".join(str(byte) for byte in body.encode())
    texts.append(f"\nstatic const uint8_t sample_{name}[] = {{ {octets} }};\n"
                 f"const struct ptn_bytes ptn_console_sample_{name} = {{ sample_{name}, sizeof(sample_{name}) }};\n")
with open(output, "w", encoding="utf-8") as out:
    out.write('/* Written by src/console/embed.py from src/console/pages. */\n#include "console/console_int.h"\n\n')
    out.write("\n".join(bodies))
    out.write("\nconst struct ptn_console_asset ptn_console_assets[] = {\n" + "".join(rows) + "};\n")
    out.write(f"const size_t ptn_console_asset_count = {len(rows)};\n" + "".join(texts))
