"""tests/laws.py ROOT: every invariant of docs/ARCHITECTURE.md is cited by a test that would fail without it, and no number is
cited that is not in the table. Where it is kept, one of the files named says so. That the test would fail is for whoever
writes the number. A test that a document names is there."""
import glob
import os
import re
import sys

root = sys.argv[1]
TABLE = os.path.join("docs", "ARCHITECTURE.md")
ELSEWHERE = ("every parser", "everywhere")
wrong = []


def read(path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def files(*folders):
    for folder in folders:
        for at, _, names in os.walk(os.path.join(root, folder)):
            if "node_modules" in at or "__pycache__" in at or os.path.join("fuzz", "corpus") in at:
                continue
            for name in sorted(names):
                if name.endswith((".c", ".h", ".py", ".mjs", ".js", ".md", ".build", ".sh")) and not name.endswith("openapi.json"):
                    yield os.path.relpath(os.path.join(at, name), root)


table = {}
for number, says, where in re.findall(r"^\| ([A-Z]+-[0-9]+) \| (.+?) \| (.+?) \|$", read(TABLE), re.M):
    if number in table:
        wrong.append(f"{TABLE}: {number} stands there twice")
    table[number] = says
    kept = []
    for place in where.split(", "):
        there = [path for base in ("src", "") for path in glob.glob(os.path.join(root, base, place))]
        if place not in ELSEWHERE and not there:
            wrong.append(f"{TABLE}: {number} is said to be kept in {place}, which is not there")
        kept += [path for path in there if os.path.isfile(path)]
    kept += [path[:-2] + end for path in kept for end in (".h", "_int.h") if path.endswith(".c") and os.path.exists(path[:-2] + end)]
    if kept and not any(re.search(rf"\b{number}\b", read(path)) for path in kept):
        wrong.append(f"{number} is said to be kept in {where}, and none of these says so")
names = "|".join(sorted({number.rsplit("-", 1)[0] for number in table}))
cited = re.compile(rf"\b(?:{names})-[0-9]+\b(?!-)")
tested = set()
for path in files("src", "tests", "docs", "bench"):
    if path in (TABLE, os.path.join("tests", "laws.py")):
        continue
    for count, line in enumerate(read(path).splitlines(), 1):
        for number in cited.findall(line):
            if number not in table:
                wrong.append(f"{path}:{count}: {number} is not in the table of {TABLE}")
            elif path.startswith("tests" + os.sep) and not path.endswith(".md"):
                tested.add(number)
for path in [*files("docs"), "README.md", "SECURITY.md", "HACKING.md"]:
    for named in re.findall(r"\btests/[\w/.-]+\.(?:c|py|mjs)\b", read(path)):
        if not os.path.exists(os.path.join(root, named)):
            wrong.append(f"{path}: {named} is not there")
wrong += [f"{number} is cited by no test: {table[number]}" for number in table if number not in tested]
print("\n".join(wrong) or f"{len(table)} invariants, each cited by a test")
sys.exit(1 if wrong or not table else 0)
