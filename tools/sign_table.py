#!/usr/bin/env python3
"""sign_table.py VEHICLE-SIGNS.tsv OUT.c: write the table of nationality signs as C. Run by the build."""
import sys

rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8") if not line.startswith("#")][1:]
signs = [row[0] for row in rows]
for sign, state, source, day in rows:
    if not (sign.isascii() and sign.isupper() and 1 <= len(sign) <= 3 and state.isascii() and len(state) in (1, 3) and source and day):
        sys.exit(f"{sys.argv[1]}: {sign}: not a row")
if signs != sorted(set(signs)):
    sys.exit(f"{sys.argv[1]}: out of order, or doubled")
out = ["/* Made by tools/sign_table.py from data/reference: do not edit. */", '#include "reference/tables_int.h"', "",
       f"const size_t ptn_sign_table_count = {len(rows)};", "const struct ptn_plate_sign ptn_sign_table[] = {"]
out += [f'    {{ "{row[0]}", "{row[1]}" }},' for row in rows]
with open(sys.argv[2], "w", encoding="utf-8") as to:
    to.write("\n".join(out + ["};", ""]))
