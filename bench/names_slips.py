"""bench/names_slips.py POSTERN NAMES.tsv.gz [COUNT]: listed people's names in Latin letters, each with one slip of a hand, that score below the
published minimum, by what slipped and by the words of the name. NAMES.tsv.gz: the column `kind` is `individual` for people."""
import collections
import gzip
import json
import random
import re
import subprocess
import sys

MINIMUM = 0.70
VOWELS = "aeiou"
CONSONANTS = "bdfghjklmnprstvz"


def slip(draw, name):
    """(what slipped, the name with one slip), or None where chance chose a place without a letter."""
    i = draw.randrange(len(name) - 1)
    vowel = name[i].lower() in VOWELS
    if not (name[i].isalpha() and name[i + 1].isalpha()):
        return None
    kind = draw.randrange(4)
    if kind == 0:
        return "neighbours swapped", name[:i] + name[i + 1] + name[i] + name[i + 2:]
    if kind == 1:
        return "a letter doubled", name[:i] + name[i] + name[i:]
    if kind == 2:
        return "a vowel lost" if vowel else "a consonant lost", name[:i] + name[i + 1:]
    other = draw.choice(VOWELS if vowel else CONSONANTS)
    return "another vowel" if vowel else "another consonant", name[:i] + other + name[i + 1:]


def slips(names, count):
    """COUNT pairs (what slipped, name, name with the slip), drawn from a fixed seed."""
    draw, made = random.Random(20261129), []
    while len(made) < count:
        name = draw.choice(names)
        done = slip(draw, name)
        if done and done[1].lower() != name.lower():
            made.append((done[0], name, done[1]))
    return made


def main():
    with gzip.open(sys.argv[2], "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    kind, text = rows[0].index("type"), rows[0].index("name")
    names = [row[text] for row in rows[1:] if row[kind] == "individual" and row[text].isascii() and len(row[text]) > 3]
    made = slips(names, int(sys.argv[3]) if len(sys.argv) > 3 else 20000)
    done = subprocess.run([sys.argv[1], "names", "compare"], input="".join(f"{a}\t{b}\n" for _, a, b in made), capture_output=True, text=True, check=True)
    counts = collections.defaultdict(lambda: [0, 0])
    for (what, name, _), line in zip(made, done.stdout.splitlines(), strict=True):
        words = min(3, len(re.findall(r"[A-Za-z']+", name)))
        for key in ((what, words), ("all", words)):
            counts[key][0] += 1
            counts[key][1] += json.loads(line)["score"] < MINIMUM
    print("| slip | one word | two | three and more |\n|---|---|---|---|")
    for what in sorted({what for what, _ in counts}):
        shares = (f"{100 * counts[what, words][1] / counts[what, words][0]:.1f} % of {counts[what, words][0]:,}" for words in (1, 2, 3))
        print(f"| {what} | {' | '.join(shares)} |")


main()
