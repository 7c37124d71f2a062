"""tests/cli/decide.py POSTERN ROOT: `postern decide` as others run it. Prints TAP."""
import json
import os
import re
import subprocess
import sys
import tempfile

postern, root = sys.argv[1:3]
folder = tempfile.mkdtemp()
results = []

TRAVELLER = {
    "today": "2026-11-24",
    "person": {"surname": "SPECIMEN", "given": "ANA", "birth": "1990-05-17", "sex": "F", "nationality": "ITA"},
    "document": {"issuer": "ITA", "number": "YA1234567", "expiry": "2030-01-01"},
    "history": [],
}


def run(text, *options):
    """The answers and the exit code."""
    done = subprocess.run([postern, "decide", *options], input=text, capture_output=True, text=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def traveller(**changes):
    return json.dumps({**TRAVELLER, **changes})


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def check(what, good):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")


def rules_of(answer):
    return [reason["rule"] for reason in answer["reasons"]]


answers, code = run(traveller(id="1"))
check("a visitor in order is clear", code == 0 and answers[0]["advice"] == "clear" and answers[0]["id"] == "1")
check("no list searched is said", rules_of(answers[0]) == ["lists.none"] and answers[0]["lists"] == [])
check("the stay is told", answers[0]["stay"]["used"] == 0 and answers[0]["stay"]["left"] == 90
      and answers[0]["stay"]["leave_by"] == "2027-02-21")

answers, code = run(traveller() + '\n{"person":\n\nnot json\n[1]\n' + traveller(direction="sideways") + "\n" + traveller() + "\n")
check("bad lines answer in their place and the rest go on",
      code == 3 and [("advice" in a, a.get("error", {}).get("line")) for a in answers]
      == [(True, None), (False, 2), (False, 4), (False, 5), (False, 6), (True, None)])

answers, code = run(json.dumps(TRAVELLER, indent=2) + "\n\n" + json.dumps(TRAVELLER, indent=1))
check("a traveller over several lines is read", code == 0 and len(answers) == 2)

book = open(os.path.join(root, "docs/format/decide.md"), encoding="utf-8").read()
example = re.search(r"```json\n(.*?)```", book, re.S)[1].replace('"mrz": "P<ITA…\\nYA12…",', "")
answers, code = run(example)
check("the example in the format's page is read", code == 0 and answers[0]["advice"] == "refer"
      and "order.overdue" in rules_of(answers[0]))

stays = write("stays.ndjson", "\n".join(json.dumps({
    "issuer": "ITA", "number": number, "birth": "1990-05-17", "expiry": "2030-01-01", "date": date, "direction": direction})
    for number, date, direction in [("YA1234567", "2026-11-17", "exit"), ("YA1234567", "2026-08-20", "entry"),
                                    ("YA7654321", "2026-11-01", "entry")]) + "\n")
answers, code = run(traveller(history=None), "--stays", stays)
check("stays come from a file", code == 0 and "stay.used-up" in rules_of(answers[0]) and answers[0]["stay"]["used"] == 90)
answers, code = run(traveller(history=None))
check("no history is not an empty one", answers[0]["stay"]["used"] is None and "stay.no-history" in rules_of(answers[0]))

rules = os.path.join(root, "data/rules/demo.rules")
answers, code = run(traveller(party={"adults": 1, "children": 5}), "--rules", rules)
check("rules add reasons", code == 0 and "rule.many-children" in rules_of(answers[0]))
bad = write("bad.rules", open(rules, encoding="utf-8").read().replace("party_children=5\n", "party_children=4\n", 1))
answers, code = run(traveller(), "--rules", bad)
check("a rules file whose own tests fail is refused", code == 3 and answers == [])

alerts = write("alerts.ndjson", "\n".join(json.dumps(line) for line in [
    {"postern-list": 1, "made": "2026-11-24T06:00:00Z", "entries": 1},
    {"id": "T-1", "kind": "person", "names": [{"text": "Specimen, Ana", "alias": "primary"}], "births": ["1990-05-17"],
     "on_entry": "discreet", "on_exit": "refuse"}]) + "\n")
snapshot = os.path.join(folder, "lists.snap")
subprocess.run([postern, "watch", "compile", "-o", snapshot, "--list", f"national=postern:{alerts}"], check=True,
               capture_output=True, timeout=60)
seen, code = run(traveller(), "--watch", snapshot)
check("a discreet check is clear and asks for a report", code == 0 and seen[0]["advice"] == "clear"
      and seen[0]["actions"] == ["report"] and rules_of(seen[0]) == ["match.discreet"])
hidden, code = run(traveller(), "--watch", snapshot, "--without-discreet")
nobody, code = run(traveller(person={**TRAVELLER["person"], "surname": "NOBODY", "given": "ELSE"}), "--watch", snapshot,
                   "--without-discreet")
for answer in hidden + nobody:
    for entry in answer["lists"]:
        entry["age_s"] = 0
check("without the right it looks like nothing at all", hidden == nobody and hidden[0]["actions"] == [])
answers, code = run(traveller(direction="exit", history=[{"date": "2026-11-20"}]), "--watch", snapshot)
check("the list decides by direction", answers[0]["advice"] == "stop" and rules_of(answers[0]) == ["match.refuse"])

lines = "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06"
card = "I<UTOU010029143<<<<<<<<<<<<<<<\n8202028F3309117UTO<<<<<<<<<<<4\nMALSIDERI<<MIRALDA<<<<<<<<<<<<"
wrong = lines.replace("9004126F", "9004127F")
read = subprocess.run([postern, "mrz", "--today", "2026-11-24"], input=f"{lines}\n\n{card}\n\n{wrong}\n", capture_output=True,
                      text=True, timeout=60).stdout
piped, code = run("".join(json.dumps({**json.loads(line), "today": "2026-11-24", "history": [], "demonstration": True}) + "\n"
                          for line in read.splitlines()))
direct, code = run("".join(json.dumps({"mrz": mrz, "today": "2026-11-24", "history": [], "demonstration": True}) + "\n"
                           for mrz in (lines, card, wrong)))
check("a line of postern mrz is a traveller", piped == direct and [a["advice"] for a in piped] == ["clear", "clear", "refer"]
      and rules_of(piped[2])[0] == "document.mrz" and "check-birth" in str(piped[2]["reasons"][0]["data"]))
live, code = run(json.dumps({"mrz": lines, "today": "2026-11-24", "history": []}))
check("a specimen at a live post calls the supervisor", live[0]["advice"] == "stop"
      and rules_of(live[0])[0] == "document.specimen")

check("a file that is not there", run(traveller(), "--rules", os.path.join(folder, "none"))[1] == 3)
check("usage", run("", "--nonsense")[1] == 2 and run("", "--threshold", "2")[1] == 2)
check("nothing in, nothing out", run("") == ([], 0))

print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
