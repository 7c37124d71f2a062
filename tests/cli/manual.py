"""manual.py POSTERN ROOT: a post screens by hand: a pack, sheets keyed by two people and a third, what is missing, the account closed."""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

postern, root = sys.argv[1], sys.argv[2]
passed = 0


def run(*words, data="", code=0):
    done = subprocess.run([postern, *words], input=data, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def ok(name):
    global passed
    passed += 1
    print(f"ok {passed} - {name}")


def key(by, *sheets):
    return run("manual", "enter", post, "--by", by, data="\n".join(json.dumps(sheet) for sheet in sheets) + "\n")


def serial(pack, sheet):
    return f"{pack:05d}-{sheet:03d}-{98 - (pack * 1000 + sheet) * 100 % 97:02d}"


def sheet(number, **more):
    boxes = {"serial": serial(1, number), "surname": "ERIKSSON", "given": "ANNA", "line": "L898902C36UTO7408122F3404159", "direction": "entry",
             "time": "2024-09-09T22:05", "outcome": "recorded", "officer": "AH"}
    boxes.update(more)
    return boxes


with tempfile.TemporaryDirectory() as folder:
    post, pdf, snap = folder + "/post", folder + "/pack.pdf", folder + "/lists.snap"
    run("watch", "compile", "-o", snap, "--list", f"Alerts=postern:{root}/data/samples/lists/demo-alerts.ndjson")
    run("node", post, "--code", "land", "--kind", "land", "--name", "Kapshticë", "--watch", snap, "--demonstration", "--officer", "a=A", "--officer", "b=B",
        "--supervisor", "s=S", "--passwords", data="a long-enough-1\nb long-enough-2\ns long-enough-3\n")
    made = run("manual", "pack", post, "--by", "a", "--sheets", "5", "--out", pdf)[0]
    assert made["pack"] == 1 and made["sheets"] == 5 and made["listed"] > 0 and open(pdf, "rb").read(5) == b"%PDF-", made
    ok("a pack is made and recorded")

    if shutil.which("pdftotext") and shutil.which("pdftoppm") and shutil.which("zbarimg"):
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True).stdout
        assert all(serial(1, n) in text for n in range(1, 6)) and made["check"] in text and "Kapshticë" in text
        assert "OSKRELI" not in text.upper(), "a discreet alert is on the look-up list"
        subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", pdf, folder + "/page"], check=True)
        codes = set()
        for page in sorted(os.listdir(folder)):
            if page.startswith("page"):
                codes |= set(subprocess.run(["zbarimg", "-q", "--raw", f"{folder}/{page}"], capture_output=True, text=True).stdout.split("\n"))
        assert {f"POSTERN land {serial(1, n)}" for n in range(1, 6)} <= codes, codes
        ok("every serial is in print and its code is read by another program; discreet alerts are not on the list")
    else:
        print("# pdftotext, pdftoppm or zbarimg is missing: the print was not read")

    first = key("a", sheet(1), sheet(2, line="L898902C37UTO7408122F3404159"), sheet(9), sheet(2))
    assert first[0]["state"] == "keyed-once" and first[0]["turn"] == 1
    assert first[1]["faults"][0]["field"] == "line" and first[2]["error"]["code"] == "bad-input" and first[3]["state"] == "keyed-once", first
    ok("a wrong check digit and a sheet nobody issued are refused in their place, the rest go on")
    assert "another person" in key("a", sheet(1))[0]["error"]["message"]
    second = key("b", sheet(1, surname="Eriksson", officer="A. Hoxha"), sheet(2, direction="exit"))
    assert second[0]["state"] == "settled" and second[0]["missed"] is False and second[1]["state"] == "differs" and second[1]["differs"] == ["direction"], second
    ok("two people who agree settle a sheet, two who do not name the field")
    assert "supervisor" in key("b", sheet(2))[0]["error"]["message"] or "another" in key("b", sheet(2))[0]["error"]["message"]
    third = key("s", sheet(2, direction="exit"))[0]
    assert third["state"] == "settled" and third["turn"] == 3, third
    ok("a supervisor settles what two saw differently")

    listed = {"surname": "JEVRELOFF", "given": "TICHORAD", "line": "U007015337UTO7010011M3203189"}
    key("a", sheet(3, **listed))
    missed = key("b", sheet(3, **listed))[0]
    assert missed["state"] == "settled" and missed["missed"] is True and missed["screened"]["advice"] != "clear", missed
    ok("someone on a list who was let pass on paper is told at once")

    account = run("manual", "reconcile", post, code=1)[0]
    assert (account["issued"], account["settled"], account["missing"]) == (5, 3, 2) and not account["accounted"], account
    assert [s["serial"] for s in account["packs"][0]["open"]] == [serial(1, 4), serial(1, 5)], account
    run("manual", "tell", post, "--by", "a", "--pack", "1", "--from", "1", "--count", "1", "--state", "spoiled", code=3)
    run("manual", "tell", post, "--by", "a", "--pack", "1", "--from", "5", "--count", "1", "--state", "lost", code=3)
    run("manual", "tell", post, "--by", "a", "--second", "b", "--pack", "1", "--from", "5", "--count", "1", "--state", "lost")
    run("manual", "tell", post, "--by", "a", "--pack", "1", "--from", "4", "--count", "1", "--state", "unused")
    account = run("manual", "reconcile", post)[0]
    assert account["accounted"] and account["lost"] == 1 and account["unused"] == 1, account
    ok("the account names every open sheet and closes when each is told of; one person alone loses none")

    by_hand = [entry["what"] for entry in run("ledger", "show", post) if entry["rung"] == "manual"]
    assert by_hand == ["crossing"] * 3, by_hand
    ok("crossings from paper keep the rung manual")
    assert subprocess.run([postern, "ledger", "verify", post], capture_output=True).returncode == 0
    ok("the ledger is intact")

    # killed in the middle, again and again, while two people key a pack
    run("manual", "pack", post, "--by", "s", "--sheets", "40", "--out", pdf)
    dice, said, kills = random.Random(9), {"a": set(), "b": set()}, 0

    def key_until_killed(by, sheets, after):
        """Sheets of pack 2 that were acknowledged before the process was killed with the next one on its way."""
        process = subprocess.Popen([postern, "manual", "enter", post, "--by", by], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        done = []
        for number in sheets:
            process.stdin.write(json.dumps(sheet(number, serial=serial(2, number), surname=f"MUSTER{chr(64 + number // 10)}{chr(65 + number % 10)}")) + "\n")
            process.stdin.flush()
            if len(done) == after:
                break
            answer = json.loads(process.stdout.readline())
            assert answer.get("state") in ("keyed-once", "settled") or "another person" in answer["error"]["message"] or "settled" in answer["error"]["message"], answer
            done.append(number)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return done

    for by in ("a", "b"):
        while left := [number for number in range(1, 41) if number not in said[by]]:
            said[by] |= set(key_until_killed(by, left, dice.randrange(1, 9)))
            kills += 1
    account = run("manual", "reconcile", post)[0]
    assert account["accounted"] and account["settled"] == 3 + 40, account
    by_hand = [entry["what"] for entry in run("ledger", "show", post) if entry["rung"] == "manual"]
    assert by_hand == ["crossing"] * (3 + 40), by_hand
    assert subprocess.run([postern, "ledger", "verify", post], capture_output=True).returncode == 0
    ok(f"killed {kills} times while sheets are keyed: what was acknowledged is there, and nothing twice")
print(f"1..{passed}")
