"""tests/instructions/run.py PROGRAM [--write]: how many instructions one question to an index of names takes, by callgrind, beside
baseline.tsv. More than a tenth above it is a failure: make it faster, or run this with --write and say in the commit why it
costs more. (The program has forms compared one by one, without vectors, so the count moves with the compiler, not with the machine.)"""
import os
import re
import subprocess
import sys
import tempfile

QUESTIONS = 200
program, write = sys.argv[1], "--write" in sys.argv
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "baseline.tsv")
wanted = {"names.read": "ptn_name_read", "names.find": "ptn_index_find"}


def count(function):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind.out")
        subprocess.run(["valgrind", "--tool=callgrind", f"--toggle-collect={function}", f"--callgrind-out-file={out}", program, str(QUESTIONS)],
                       check=True, capture_output=True)
        with open(out, encoding="utf-8") as file:
            return int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M)[1])


def per_question(name, function):
    # names are read when the index is built, too: only what the questions add counts
    return count(function) // (QUESTIONS + 4000 if name == "names.read" else QUESTIONS)


measured = {name: per_question(name, function) for name, function in wanted.items()}
if write:
    with open(path, "w", encoding="utf-8") as file:
        file.write("# what\tinstructions a question (tests/instructions/run.py PROGRAM --write)\n")
        file.writelines(f"{name}\t{number}\n" for name, number in measured.items())
with open(path, encoding="utf-8") as file:
    baseline = dict(line.rstrip("\n").split("\t") for line in file if not line.startswith("#"))
wrong = 0
for name, number in measured.items():
    before = int(baseline[name])
    bad = number > before * 1.1
    wrong += bad
    print(f"{name}: {number} instructions, baseline {before} ({number / before - 1:+.1%}){': MORE THAN A TENTH ABOVE' if bad else ''}")
print(f"{len(measured) - wrong} passed, {wrong} failed")
sys.exit(1 if wrong else 0)
