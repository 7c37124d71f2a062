"""watch_tables.py NATION_WORDS.tsv LISTS.tsv OUTPUT.c: the constant tables of src/watch from data/reference."""
import re
import sys

words_path, lists_path, output = sys.argv[1:]


def rows(path):
    """The lines of a TSV file that are neither empty nor comments, as lists of cells."""
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]


def literal(text):
    """A C string literal holding the text's UTF-8 bytes."""
    out = "".join(chr(b) if 32 <= b < 127 and b not in (34, 92) else f"\\{b:03o}" for b in text.encode())
    return '"' + out.replace("??", '?""?') + '"'


words = {}
for code, text in rows(words_path):
    if not re.fullmatch(r"[A-Z]{1,3}", code):
        sys.exit(f"{words_path}: {code} is no code")
    for word in text.split(";"):
        if words.setdefault(word, code) != code:
            sys.exit(f"{words_path}: {word} means {words[word]} and {code}")
profiles = [r[1:] for r in rows(lists_path) if r[0] == "profile"]
actions = [r[1:] for r in rows(lists_path) if r[0] == "action"]
if any(len(r) != 10 for r in profiles) or any(len(r) != 3 for r in actions):
    sys.exit(f"{lists_path}: a line has too few or too many cells")
with open(output, "w", encoding="utf-8") as out:
    out.write('/* Written by tools/watch_tables.py from data/reference. */\n#include "watch/tables_int.h"\n\n')
    out.write("const struct ptn_nation_word ptn_nation_words[] = {\n")
    for word in sorted(words, key=lambda w: w.encode()):
        out.write(f"    {{ {literal(word)}, {literal(words[word])} }},\n")
    out.write(f"}};\nconst size_t ptn_nation_word_count = {len(words)};\n\n")
    out.write("const struct ptn_profile_row ptn_profile_rows[] = {\n")
    for row in profiles:
        out.write("    { " + ", ".join(literal(cell) for cell in row) + " },\n")
    out.write(f"}};\nconst size_t ptn_profile_row_count = {len(profiles)};\n\n")
    out.write("const struct ptn_action_row ptn_action_rows[] = {\n")
    for row in actions:
        out.write("    { " + ", ".join(literal(cell) for cell in row) + " },\n")
    out.write(f"}};\nconst size_t ptn_action_row_count = {len(actions)};\n")
