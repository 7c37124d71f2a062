"""tests/e2e/editions.py PROGRAM: editions of lists at a centre: a publisher killed at any moment leaves a whole edition or none, and real
editions published as differences come to the list itself, with nothing lost on the way (skips that when the data is absent)."""
import glob
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from asked import check, over, program, run  # noqa: E402

shared = os.environ.get("POSTERN_SHARED", os.path.join(os.path.dirname(__file__), "..", "..", "..", "shared"))
folder = tempfile.mkdtemp(prefix="ptn-editions-", dir="/tmp")


def country(name):
    run("init", os.path.join(folder, name), "--demonstration", "--post", "airport:airport:Tirana airport")
    return os.path.join(folder, name, "centre")


def compiled(name, entries):
    """A list of invented people: entry number to name."""
    source, snap = os.path.join(folder, name), os.path.join(folder, name + ".snap")
    lines = [{"postern-list": 1, "made": "2026-11-28T06:00:00Z", "entries": len(entries)}]
    lines += [{"id": f"W{number}", "kind": "person", "names": [entries[number]], "on_entry": "inquiry", "on_exit": "inform"} for number in sorted(entries)]
    with open(source, "w", encoding="utf-8") as out:
        out.write("".join(json.dumps(line) + "\n" for line in lines))
    run("watch", "compile", "-o", snap, "--list", f"wanted=postern:{source}")
    return snap


def publish(centre, snap, wait=None):
    with subprocess.Popen([program, "list", "publish", centre, "--officer", "ana", "--second", "ben", snap], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        if wait is not None:
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
    return process.returncode


def shown(centre):
    lines = run("list", "show", centre).splitlines()
    return json.loads(lines[0]) if lines else {"edition": 0, "rows": 0, "root": ""}


def killed():
    """A publisher that dies at any moment."""
    chance = random.Random(1)
    centre, entries = country("killed"), {number: f"TELISHTI, Nr{number}" for number in range(400)}
    began = time.monotonic()
    publish(centre, compiled("start", entries))
    took = time.monotonic() - began
    whole, none, wrong = 0, 0, []
    for turn in range(8):
        former = shown(centre)
        del entries[turn * 3]
        entries[1000 + turn] = f"BREGASI, Nr{turn}"
        snap = compiled("next", entries)
        publish(centre, snap, chance.random() * took)
        now = shown(centre)
        good = subprocess.run([program, "ledger", "verify", centre], capture_output=True, check=False).returncode == 0
        if not good or now["edition"] not in (former["edition"], former["edition"] + 1) or (now["edition"] == former["edition"] and now["root"] != former["root"]):
            wrong.append((turn, former, now))
        whole += now["edition"] > former["edition"]
        none += now["edition"] == former["edition"]
        if now["edition"] == former["edition"] and publish(centre, snap) != 0:
            wrong.append((turn, "not published after it"))
    check("a publisher killed at any moment leaves a whole edition or none", not wrong, wrong)
    print(f"# {whole} whole, {none} none")
    once = country("once")
    publish(once, compiled("last", entries))
    check("and the list comes to what it is at once", shown(once)["root"] == shown(centre)["root"] and shown(centre)["rows"] == 400, (shown(once), shown(centre)))
    check("what went is in force and not confirmed", shown(centre)["not_confirmed"] == 8, shown(centre))


def by_file():
    """A list that is there is not made much shorter by one person."""
    def compile_some(count, *arguments):
        source, snap = os.path.join(folder, "short"), os.path.join(folder, "short.snap")
        lines = [{"postern-list": 1, "made": "2026-11-28T06:00:00Z", "entries": count}]
        lines += [{"id": f"W{number}", "kind": "person", "names": [f"TELISHTI, Nr{number}"], "on_entry": "inquiry", "on_exit": "inform"} for number in range(count)]
        with open(source, "w", encoding="utf-8") as out:
            out.write("".join(json.dumps(line) + "\n" for line in lines))
        made = subprocess.run([program, "watch", "compile", *arguments, "-o", snap, "--list", f"wanted=postern:{source}"], capture_output=True, text=True, check=False)
        entries = json.loads(run("watch", "info", "--json", snap))["lists"][0]["entries"]["person"]
        return made.returncode, entries, made.stderr
    check("a list is compiled", compile_some(100)[:2] == (0, 100))
    check("it may lose one in fifty", compile_some(98)[:2] == (0, 98))
    code, left, said = compile_some(90)
    check("more is refused, and said", code == 3 and left == 98 and "wanted: 8 of 98 entries would go" in said, (code, left, said))
    check("nor is one person two", compile_some(90, "--officer", "ana", "--second", "ana")[:2] == (3, 98))
    check("two people may", compile_some(90, "--officer", "ana", "--second", "ben")[:2] == (0, 90))


def screened(snap, names):
    answers = {}
    for line in run("screen", "--watch", snap, "--top", "100", text="".join(json.dumps({"id": str(i), "name": name}) + "\n" for i, name in enumerate(names))).splitlines():
        answer = json.loads(line)
        answers[answer["id"]] = answer
    return [answers[str(i)] for i in range(len(names))]


def real():
    """The Treasury's list over the years."""
    files = sorted(glob.glob(os.path.join(shared, "data", "lists", "ofac-history", "sdn_*.csv.gz")))
    if not files:
        print("# no lists/ofac-history: real editions are not tried")
        return
    centre, once, snaps, best, names, fewer = country("years"), country("year"), [], {}, None, []
    for number, file in enumerate(files[:: max(1, len(files) // 2)] + files[-1:]):
        source, snap = os.path.join(folder, "sdn.csv"), os.path.join(folder, f"ofac-{number}.snap")
        with gzip.open(file) as packed, open(source, "wb") as out:
            shutil.copyfileobj(packed, out)
        run("watch", "compile", "-o", snap, "--list", f"ofac=ofac-csv:{source}")
        publish(centre, snap)
        snaps.append(snap)
        if names is None:
            with open(source, encoding="utf-8", errors="replace") as rows:
                names = [row.split('"')[1] for row in list(rows)[::150] if row.count('"') >= 2]
        run("list", "build", centre, os.path.join(folder, "force.snap"))
        for query, answer in enumerate(screened(os.path.join(folder, "force.snap"), names)):
            now = {}
            for match in answer["matches"]:
                entry = match["entry"].split("~")[0]
                now[entry] = max(now.get(entry, 0), match["score"])
            fewer += [(number, query, entry) for entry, score in best.get(query, {}).items() if now.get(entry, 0) < score and not answer["more"]]
            best[query] = now
    check("no real edition makes reasons fewer", not fewer, fewer[:5])
    publish(once, snaps[-1])
    check("differences of real editions come to the last one", shown(once)["root"] == shown(centre)["root"] and shown(centre)["rows"] > 10000, (shown(once), shown(centre)))
    run("list", "build", once, os.path.join(folder, "once.snap"))
    by_rows, at_once = (screened(os.path.join(folder, "once.snap"), names), screened(snaps[-1], names))
    check("the index of rows answers as the compiled list", [[(m["entry"], m["name"], m["score"]) for m in a["matches"]] for a in by_rows] == [[(m["entry"], m["name"], m["score"]) for m in a["matches"]] for a in at_once])
    print(f"# {len(snaps)} editions, {len(names)} questions, {shown(centre)['rows']} rows, {shown(centre)['not_confirmed']} not confirmed")


try:
    by_file()
    killed()
    real()
finally:
    shutil.rmtree(folder, ignore_errors=True)
over()
