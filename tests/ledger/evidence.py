"""tests/ledger/evidence.py POSTERN LEDGER_WRITER: a node's folder is copied and both go on: the same key signs two
histories. `postern ledger evidence` must see it from the two checkpoints alone, and see nothing in one history. (COPY-3)"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

postern, writer = sys.argv[1:3]
failures = 0


def expect(good, what):
    global failures
    if not good:
        failures += 1
        print(f"WRONG: {what}")


def run(*arguments):
    return subprocess.run([postern, "ledger", *arguments], capture_output=True, text=True, check=False)


def checkpoint(node, base):
    out = os.path.join(base, "out")
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([postern, "ledger", "export", node, out], check=True)
    with open(os.path.join(out, "checkpoint"), encoding="utf-8") as file:
        return file.read()


def write(node, count):
    subprocess.run([writer, node, str(count), "100"], check=True, stdout=subprocess.DEVNULL)


with tempfile.TemporaryDirectory() as base:
    one, two, path = (os.path.join(base, name) for name in ("one", "two", "evidence"))
    os.mkdir(one)
    write(one, 100)
    before = checkpoint(one, base)
    shutil.copytree(one, two)
    write(one, 50)
    write(two, 50)
    notes = checkpoint(one, base), checkpoint(two, base)
    vkey = run("vkey", one).stdout.strip()

    def ask(first, second, key=vkey):
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"postern.evidence/v1\nvkey {key}\n\n{first}\n{second}")
        return run("evidence", path)

    expect(notes[0] != notes[1] and notes[0].split("\n")[1] == notes[1].split("\n")[1], "the histories are two of one size")
    answer = ask(*notes)
    expect(answer.returncode == 0, f"a fork is seen: {answer}")
    told = json.loads(answer.stdout)
    expect(told["forked"] and told["first"] == told["second"] == int(notes[0].split("\n")[1]), f"what is told: {told}")
    expect(told["vkey"] == vkey and told["ledger"] == notes[0].split("\n")[0], f"whose it is: {told}")
    for first, second, what in ((notes[0], notes[0], "one checkpoint twice"), (before, notes[0], "one history, no proof")):
        answer = ask(first, second)
        expect(answer.returncode == 1 and not json.loads(answer.stdout)["forked"], f"{what}: {answer}")
    other = os.path.join(base, "other")
    os.mkdir(other)
    write(other, 1)
    answer = ask(*notes, key=run("vkey", other).stdout.strip())
    expect(answer.returncode == 1, f"another key's: {answer}")
    answer = ask(notes[0], notes[1].replace("\n150\n", "\n151\n", 1))
    expect(answer.returncode != 0, f"a changed note: {answer}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("something else\n")
    expect(run("evidence", path).returncode not in (0, 1), "no evidence at all")
    expect(run("evidence", os.path.join(base, "none")).returncode not in (0, 1), "no file")
print("wrong" if failures else "evidence is what it says")
sys.exit(1 if failures else 0)
