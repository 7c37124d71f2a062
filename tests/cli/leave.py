"""leave.py POSTERN ROOT: an order to leave is printed: what is on the page, whose, and that another program reads its code."""
import json
import os
import re
import shutil
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
    country, pdf = folder + "/country", folder + "/order.pdf"
    centre = country + "/centre"
    run("init", country, "--demonstration", "--post", "airport:airport:Tirana airport")
    order = {"reference": "OL-2026-7", "issuer": "Ministry", "deadline": "2026-11-29T22:00:00Z", "points": ["airport"], "contact": "+355 4 000 000", "protocol": True, "liaison": "+355 4 000 001",
             "people": [{"surname": "TELISHTI", "given": "ORNELA", "birth": "1988-02-03", "document": {"kind": "diplomatic-passport", "issuer": "UTO", "number": "D0012345"}}],
             "dependants": [{"surname": "TELISHTI", "given": "DRITAN"}]}
    number = run("leave", "order", centre, "--officer", "ana", data=json.dumps(order)).strip()

    def printed(*words):
        if os.path.exists(pdf):
            os.remove(pdf)
        run("leave", "print", centre, number, "--officer", "ana", "--out", pdf, *words)
        assert open(pdf, "rb").read(5) == b"%PDF-"
        return subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True).stdout if shutil.which("pdftotext") else ""

    def looks():
        return len(re.findall(r'"what":"access"', run("ledger", "show", centre)))

    assert looks() == 0
    both = printed()
    dependant = printed("--nth", "2")
    assert looks() == 2
    ok("an order is printed for all or for one, and each printing is a look on record")
    if shutil.which("pdftotext") and shutil.which("pdftoppm") and shutil.which("zbarimg"):
        said = " ".join(both.split())
        assert "2026-11-29 23:00 (UTC+1)" in said and "twenty-nine November two thousand and twenty-six, at twenty-three hours and zero minutes" in said, both
        assert "njëzet e nëntë nëntor dy mijë e njëzet e gjashtë, ora njëzet e tre e zero minuta" in said, both
        for what in ("ORNELA", "DRITAN", "D0012345", "airport", "+355 4 000 001", "+355 4 000 000", "OL-2026-7", "SPECIMEN"):
            assert what in both, (what, both)
        assert "DRITAN" in dependant and "ORNELA" not in dependant and "D0012345" not in dependant, dependant
        ok("the deadline stands there in figures and in words of both languages; a page names one person")
        subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", pdf, folder + "/page"], check=True)
        code = subprocess.run(["zbarimg", "-q", "--raw", *[f"{folder}/{page}" for page in os.listdir(folder) if page.startswith("page")]], capture_output=True, text=True).stdout.strip()
        assert re.fullmatch(rf"POSTERN-LEAVE {number} 2 [0-9a-f]{{10}}", code), code
        ok("its code names order and person, as another program reads it")
    else:
        print("# pdftotext, pdftoppm or zbarimg is missing: the print was not read")
    run("leave", "print", centre, number, "--officer", "ana", "--out", pdf, "--nth", "3", code=3)
    run("leave", "print", centre, number[::-1], "--officer", "ana", "--out", pdf, code=1)
    run("leave", "print", centre, number, "--out", pdf, code=2)
    assert looks() == 2
    ok("whoever it does not name has no page")
print(f"1..{passed}")
