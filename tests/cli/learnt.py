"""tests/cli/learnt.py POSTERN ROOT: data/names/near-learnt.tsv was learnt from the tables as they are, and the program that learns reads names as
Postern does. With POSTERN_LEARN set it is learnt once more, for a minute, and must come out byte for byte.

Needs the names in two scripts beside the repository (POSTERN_SHARED); says so and skips where they are not. Prints TAP."""
import gzip
import json
import os
import subprocess
import sys

postern, root = sys.argv[1:3]
shared = os.path.join(root, os.environ.get("POSTERN_SHARED", "../shared"), "data", "names", "tokens.tsv.gz")
READ = 4000  # names read both ways
ALIKE_LEAST = 0.98  # the rest are words of words.tsv and names in several parts, which are no single sounds
if not os.path.exists(shared):
    print("1..0 # SKIP no names in two scripts at", shared)
    sys.exit(0)
sys.path.insert(0, os.path.join(root, "tools"))
import names_learn  # noqa: E402

results = []
folder = os.path.join(root, "data", "names")


def check(what, good):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")


with open(os.path.join(folder, "near-learnt.tsv"), "rb") as file:
    kept = file.read()
check("the table was learnt by this program from these tables", f"# {names_learn.made_from(folder)}\n".encode() in kept)
if os.environ.get("POSTERN_LEARN"):
    made = subprocess.run([sys.executable, os.path.join(root, "tools", "names_learn.py"), folder, shared], capture_output=True, timeout=280, check=False,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    check("the program makes the file byte for byte", made.returncode == 0 and made.stdout == kept)
with gzip.open(shared, "rt", encoding="utf-8") as lines:
    rows = [line.split("\t")[:2] for i, line in enumerate(lines) if i % 97 == 1][:READ]
tables = names_learn.Tables(folder)
shown = {row[0]: row[6] for row in tables.rows("sounds.tsv")}
done = subprocess.run([postern, "names", "compare", "--sounds"], input="".join(f"{a}\t{b}\n" for a, b in rows).encode(), capture_output=True, timeout=60, check=False)
answers = [json.loads(line) for line in done.stdout.splitlines()]
both = [(text, answer[side][0]) for row, answer in zip(rows, answers) for text, side in zip(row, "ab") if len(answer.get(side, ())) == 1
        and names_learn.script_of(text) in [*names_learn.MODES, "latin"]]
alike = sum("".join(shown[s] for s in tables.read(text) or ()) == sounds for text, sounds in both)
check(f"{alike} of {len(both)} names are read by the program as Postern reads them", len(both) > READ // 2 and alike >= ALIKE_LEAST * len(both))
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
