"""tests/cli/carry.py POSTERN ROOT: a country whose ledgers travel on a stick. Prints TAP."""
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

postern = sys.argv[1]
folder = tempfile.mkdtemp()
results = []


def run(*arguments):
    done = subprocess.run([postern, *arguments], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def check(what, good, more=""):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}{'' if good else ' # ' + repr(more)}")


def carry(way, node, stick):
    code, out, err = run("carry", way, node, stick)
    return code, {line["ledger"]: line for line in map(json.loads, out.splitlines())}, err


def files_below(path):
    return sorted(os.path.join(at, name) for at, _, names in os.walk(path) for name in names)


country, stick, second = (os.path.join(folder, name) for name in ("country", "stick", "second"))
code, out, err = run("init", country, "--post", "airport:airport:Tirana airport", "--demonstration")
check("a country is made", code == 0, err)
airport, centre, keeper = (os.path.join(country, name) for name in ("airport", "centre", "keeper-a"))
AIRPORT = "utopia.example/airport"
os.mkdir(stick)
os.mkdir(second)

code, lines, err = carry("out", airport, stick)
check("a post's ledger goes onto the stick", code == 0 and list(lines) == [AIRPORT] and lines[AIRPORT]["size"] > 5, (code, lines, err))
size = lines[AIRPORT]["size"]
names = [os.path.relpath(path, stick) for path in files_below(stick)]
check("every name fits any file system", all(re.fullmatch(r"[a-z0-9./]+", name) for name in names), names)
code, lines, err = carry("out", airport, stick)
check("a second time there is nothing to write", code == 0 and lines[AIRPORT]["files"] == 0, lines)

code, lines, err = carry("in", centre, stick)
check("the centre takes all of it", code == 0 and lines[AIRPORT]["size"] == size and lines[AIRPORT]["missing"] == 0, (code, lines, err))
code, lines, err = carry("in", centre, stick)
check("and nothing twice", code == 0 and lines[AIRPORT]["entries"] == 0 and lines[AIRPORT]["payloads"] == 0, lines)
code, lines, err = carry("out", centre, second)
check("the centre's copy goes on from hand to hand", code == 0 and lines[AIRPORT]["size"] == size, lines)
code, lines, err = carry("in", keeper, second)
check("a keeper takes it from there", code == 0 and lines[AIRPORT]["size"] == size and lines[AIRPORT]["missing"] == 0, (code, lines, err))
same = {os.path.relpath(path, stick): open(path, "rb").read() for path in files_below(stick)}
check("both sticks hold the same ledger", all(open(os.path.join(second, name), "rb").read() == bytes_ for name, bytes_ in same.items()))

# ---- a bad stick ----
bad = os.path.join(folder, "bad")
shutil.copytree(stick, bad)
bundle = next(path for path in files_below(bad) if "/tile/entries/" in path)
data = bytearray(open(bundle, "rb").read())
data[len(data) // 2] ^= 1
open(bundle, "wb").write(data)
code, lines, err = carry("in", os.path.join(country, "keeper-b"), bad)
check("a changed entry is refused", code == 1 and lines[AIRPORT]["outcome"] in ("corrupt", "bad-input") and lines[AIRPORT]["size"] < size, (code, lines, err))
code, lines, err = carry("in", os.path.join(country, "keeper-b"), stick)
check("a good stick goes on from there", code == 0 and lines[AIRPORT]["size"] == size, (code, lines, err))
checkpoint = next(path for path in files_below(bad) if path.endswith("/checkpoint"))
text = open(checkpoint, encoding="utf-8").read().split("\n")
text[1] = str(int(text[1]) + 1)
open(checkpoint, "w", encoding="utf-8").write("\n".join(text))
code, lines, err = carry("in", os.path.join(country, "keeper-c"), bad)
check("a checkpoint that the ledger did not sign is refused", code == 1 and lines[AIRPORT]["outcome"] == "bad-input" and lines[AIRPORT]["size"] == 0, (code, lines, err))

# ---- pulled out half way ----
half = os.path.join(folder, "half")
shutil.copytree(stick, half)
for path in files_below(half)[::2]:
    os.remove(path)
code, lines, err = carry("in", os.path.join(country, "keeper-c"), half)
check("half a stick brings no more than it has", code in (0, 1) and all(line["size"] <= size for line in lines.values()), (code, lines, err))
code, lines, err = carry("out", airport, half)
check("and is made whole by the next run", code == 0 and 0 < lines[AIRPORT]["files"] < len(names), lines)
code, lines, err = carry("in", os.path.join(country, "keeper-c"), half)
check("which then brings all", code == 0 and lines[AIRPORT]["size"] == size and lines[AIRPORT]["missing"] == 0, (code, lines, err))

# ---- a node that runs ----
with open(os.path.join(centre, "lock"), "a", encoding="utf-8") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    code, lines, err = carry("in", centre, stick)
    check("a running node is not touched", code == 4 and "stop it first" in err or code not in (0, 2) and "stop it first" in err, (code, err))
    code, lines, err = carry("out", centre, second)
    check("its own ledger can be carried out all the same", code == 0 and AIRPORT not in lines and "the node runs" in err, (code, lines, err))
check("words are asked for", run("carry")[0] == 2 and run("carry", "round", airport, stick)[0] == 2)
check("a stick that is not there is said", run("carry", "out", airport, os.path.join(folder, "none"))[0] == 3)
print(f"1..{len(results)}")
shutil.rmtree(folder)
sys.exit(0 if all(results) else 1)
