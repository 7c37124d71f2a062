"""subject.py POSTERN ROOT: a person's own copy is made of what a centre holds, by a command: what is in it, that the look is on
record before it is, and that it opens for its owner alone."""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

postern, root = sys.argv[1], sys.argv[2]
passed = 0


def run(*words, data="", code=0):
    done = subprocess.run([postern, *words], input=data, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout


def ok(name):
    global passed
    passed += 1
    print(f"ok {passed} - {name}")


with tempfile.TemporaryDirectory() as folder:
    country, out = folder + "/country", folder + "/copy"
    centre = country + "/centre"
    run("init", country, "--demonstration", "--post", "airport:airport:Tirana airport")
    past = folder + "/past.csv"
    with open(past, "w", encoding="utf-8") as file:
        file.write("time,direction,post,surname,given,birth,nationality,document-issuer,document-number\n"
                   "2026-11-01T09:00:00Z,entry,airport,ERIKSSON,ANNA MARIA,1974-08-12,UTO,UTO,L898902C3\n"
                   "2026-11-04T15:30:00Z,exit,airport,ERIKSSON,ANNA MARIA,1974-08-12,UTO,UTO,L898902C3\n"
                   "2026-11-05T10:00:00Z,entry,airport,ANOTHER,PERSON,1980-01-01,UTO,UTO,X1\n")
    run("import", "crossings", centre, past, "--source", "TIMS")
    order = {"reference": "OL-2026-7", "issuer": "Ministry", "deadline": "2026-12-29T22:00:00Z", "contact": "+355 4 000 000",
             "people": [{"surname": "ERIKSSON", "given": "ANNA MARIA", "birth": "1974-08-12", "document": {"issuer": "UTO", "number": "L898902C3"}}]}
    run("leave", "order", centre, "--officer", "ben", data=json.dumps(order))
    run("rebuild", "--take", centre)
    whose = ("subject", "export", centre, "--document", "UTO:L898902C3", "--birth", "1974-08-12", "--officer", "dita")

    def looks():
        return len(re.findall(r'"what":"access"', run("ledger", "show", centre)))

    def copy():
        with open(out + "/copy.json", encoding="utf-8") as file:
            return json.load(file)

    assert looks() == 0
    run(*whose, "--reason", "request 17 of 29 November", "--out", out)
    told = copy()
    assert looks() == 1
    assert (told["officer"], told["centre"], told["number"], told["birth"]) == ("dita", "centre", "L898902C3", "1974-08-12"), told
    assert [(row["direction"], row["happened"], row["imported"]) for row in told["crossings"]] == [("exit", "crossed", "TIMS"), ("entry", "crossed", "TIMS")], told
    assert [(row["used"], row["left"], row["inside"]) for row in told["stay"]] == [(4, 86, False)], told["stay"]
    assert [row["reference"] for row in told["orders"]] == ["OL-2026-7"], told["orders"]
    assert told["cases"] == told["permits"] == told["looks"] == [], told
    ok("all that is held under the document is in it, nobody else's, and the look is on record")
    assert {stat.S_IMODE(os.stat(out + "/" + name).st_mode) for name in ("copy.json", "copy.pdf")} == {0o600}
    ok("it is its maker's to read and nobody else's")
    run("rebuild", "--take", centre)
    run(*whose, "--reason", "request 17, again", "--out", out)
    assert [(row["purpose"], row["officer"], row["post"]) for row in copy()["looks"]] == [("subject", "dita", "centre")], copy()["looks"]
    assert "request 17" not in json.dumps(copy())
    ok("the next one says who looked and what for, in nobody's own words")
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-layout", out + "/copy.pdf", "-"], capture_output=True, text=True, check=True).stdout
        for what in ("What is held about you", "Çfarë mbahet për ju", "UTO L898902C3", "2026-11-01 10:00", "entry · hyrje", "exit · dalje", "OL-2026-7", "Nothing · Asgjë", "the person asked · e kërkoi vetë personi", "SPECIMEN"):
            assert what in text, (what, text)
        assert "ANOTHER" not in text
        ok("the pages say the same in two languages")
    else:
        print("# pdftotext is missing: the pages were not read")
    run("alert", "add", centre, "--officer", "ben", data=json.dumps({"owner": "A service", "basis": "A law", "purpose": "An inquiry", "action": "discreet", "until": "2027-12-31",
        "people": [{"surname": "ERIKSSON", "given": "ANNA MARIA", "birth": "1974-08-12", "document": {"issuer": "UTO", "number": "L898902C3"}}]}))
    before = {key: value for key, value in copy().items() if key != "made"}
    shutil.rmtree(out)
    run(*whose, "--reason", "request 18", "--out", out)
    assert {key: value for key, value in copy().items() if key != "made"} == before
    ok("a discreet alert changes nothing in it")
    count = looks()
    for words, code in ((("--document", "L898902C3"), 3), (("--document", "UTO:"), 3), (("--document", "UTOPIA:X"), 3), (("--birth", "1974"), 3), (("--birth", "1974-02-30"), 3)):
        run(*whose, *words, "--reason", "x", "--out", folder + "/none", code=code)
    run(*whose, "--out", folder + "/none", code=2)
    run(*whose, "--reason", "", "--out", folder + "/none", code=3)
    run("subject", "export", country + "/airport", *whose[3:], "--reason", "x", "--out", folder + "/none", code=3)
    assert looks() == count and not os.path.exists(folder + "/none")
    ok("what is refused makes no copy and no look")
print(f"1..{passed}")
