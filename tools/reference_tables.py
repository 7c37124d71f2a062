#!/usr/bin/env python3
"""reference_tables.py STATES.tsv PLACES.tsv OUT.c: write the constant tables of reference/ as C.

Run by the build. Refuses rows that are out of order, doubled or of an unknown kind, so a wrong table does not build."""
import sys

STATE_KINDS = {kind: "PTN_STATE_" + kind.upper()
               for kind in ("country", "british", "organisation", "person", "former", "specimen")}
PLACE_KINDS = {kind: "PTN_PLACE_" + kind.upper() for kind in ("airport", "seaport", "land")}


def rows(path, columns):
    """The table's rows as dictionaries; its first column must be in byte order and free of doubles."""
    names, previous = None, ""
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if line.startswith("#") or not line:
            continue
        cells = line.split("\t")
        if names is None:
            names = cells
            if names[:len(columns)] != columns:
                sys.exit(f"{path}:{number}: columns are {names}, not {columns}")
            continue
        if len(cells) != len(names) or cells[0] <= previous:
            sys.exit(f"{path}:{number}: wrong number of cells, or out of order")
        previous = cells[0]
        yield dict(zip(names, cells))


def quoted(text):
    """A C string; everything outside printable ASCII as octal, which no following character can lengthen."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}"
                         for b in text.encode()) + '"'


def pair(code):
    return (ord(code[0]) - 65) * 26 + ord(code[1]) - 65


states = list(rows(sys.argv[1], ["alpha3", "alpha2", "kind", "name", "name_sq"]))
places = list(rows(sys.argv[2], ["code", "kind", "state", "neighbour", "name", "name_sq"]))
out = ["/* Made by tools/reference_tables.py from data/reference: do not edit. */",
       '#include "reference/tables_int.h"', "",
       f"const size_t ptn_state_table_count = {len(states)};", "const struct ptn_state ptn_state_table[] = {"]
first, alpha2 = [0] * 677, [0] * 676
for index, row in enumerate(states):
    code = row["alpha3"]
    if not code.isascii() or not code.isupper() or len(code) not in (1, 3) or len(row["alpha2"]) not in (0, 2):
        sys.exit(f"{sys.argv[1]}: {code}: not a code")
    out.append(f'    {{ "{code}", "{row["alpha2"]}", {STATE_KINDS[row["kind"]]}, {quoted(row["name"])}, '
               f'{quoted(row["name_sq"])} }},')
    if len(code) == 3:
        first[pair(code) + 1] += 1
    if row["alpha2"]:
        if alpha2[pair(row["alpha2"])]:
            sys.exit(f'{sys.argv[1]}: {row["alpha2"]} stands twice')
        alpha2[pair(row["alpha2"])] = index + 1
out.append("};")
# The table holds one-letter codes too, so the index of pairs goes over the three-letter ones alone.
three = [index for index, row in enumerate(states) if len(row["alpha3"]) == 3]
for i in range(676):
    first[i + 1] += first[i]
out += ["", "const uint16_t ptn_state_three_letters[] = { " + ", ".join(map(str, three)) + " };",
        "const uint16_t ptn_state_pairs[677] = { " + ", ".join(map(str, first)) + " };",
        "const uint16_t ptn_state_alpha2[676] = { " + ", ".join(map(str, alpha2)) + " };", "",
        f"const size_t ptn_place_table_count = {len(places)};", "const struct ptn_place ptn_place_table[] = {"]
for row in places:
    out.append(f'    {{ "{row["code"]}", {PLACE_KINDS[row["kind"]]}, "{row["state"]}", "{row["neighbour"]}", '
               f'{quoted(row["name"])}, {quoted(row["name_sq"])} }},')
out += ["};", ""]
with open(sys.argv[3], "w", encoding="utf-8") as to:
    to.write("\n".join(out))
