"""tests/e2e/desk.py PROGRAM: ask a running centre who crossed, as a browser would. A post's crossings come through keepers;
every look is found in the centre's own ledger, with its purpose, and nothing is shown without one."""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from asked import Browser, check, over, program, run  # noqa: E402
from post import free_ports, patience, sign, signed  # noqa: E402
from proof import check_proof  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

folder = tempfile.mkdtemp(prefix="ptn-desk-", dir="/tmp")
country = os.path.join(folder, "country")
running = []


def up(code, *arguments):
    process = subprocess.Popen([program, "up", os.path.join(country, code), *arguments], stdout=subprocess.PIPE, text=True)
    running.append(process)
    return process.stdout.readline().strip()


def check_erase(proof):
    """An order to erase is drafted out of an entry's proof, and refused while its class must be kept."""
    path, roster = os.path.join(folder, "proof"), os.path.join(folder, "roster")
    with open(path, "w", encoding="utf-8") as file:
        file.write(proof)

    def draft(trusted):
        return subprocess.run([program, "erase", "draft", "--roster", trusted, "--reason", "A test.", path], capture_output=True, text=True)

    kept = draft(country + "/roster")
    check("an order to erase what must be kept is not drafted", kept.returncode != 0 and kept.stdout == "" and "least period" in kept.stderr, (kept.stdout, kept.stderr))
    with open(country + "/roster", encoding="utf-8") as file:
        text = re.sub("^retention 1 [0-9]+$", "retention 1 0", file.read().split("\n\n")[0] + "\n", flags=re.M)
    with open(roster, "w", encoding="utf-8") as file:
        file.write(text)
    sign(roster, country, ("authority-1", "authority-2", "authority-3"), program)
    good = draft(roster)
    check("another roster lets it go: the order names the payload", good.returncode == 0 and re.search("^verb erase\npayload [0-9a-f]{64}\nreason A test.$", good.stdout, re.M), (good.stdout, good.stderr))
    with open(path, "w", encoding="utf-8") as file:
        file.write(proof.replace("\nindex ", "\nindex 1", 1))
    check("a proof that does not hold is refused", draft(roster).returncode != 0)


class Interface:
    """What the centre says it answers: every answer is compared with it, and it names nothing that nobody asked."""
    def __init__(self):
        self.document, self.asked, self.differs = None, set(), []

    def saw(self, method, path, body, answer, text):
        path, status = path.split("?")[0], answer.status
        operation = (self.document or {}).get("paths", {}).get(path, {}).get(method.lower())
        if self.document is None or (operation is None and status in (404, 405, 421)):
            return
        if operation is None:
            self.differs.append(f"{method} {path} is not in openapi.json")
            return
        self.asked.add((method.lower(), path))
        told = operation["responses"].get(str(status)) or self.document["components"]["responses"]["Problem"]
        kind = (answer.getheader("Content-Type") or "").split(";")[0]
        content = told.get("content", {})
        if (kind if text else None) not in (content or {None: None}):
            self.differs.append(f"{method} {path} {status}: {kind} where {list(content)} is said")
        elif text and kind.endswith("json"):
            self.holds(f"{method} {path} {status}", json.loads(text), content[kind]["schema"])
            if status < 300 and body is not None:
                self.holds(f"{method} {path} body", body, operation["requestBody"]["content"]["application/json"]["schema"])

    def holds(self, what, value, schema):
        if jsonschema is None:
            return
        validator = jsonschema.Draft202012Validator({**schema, "components": self.document["components"]})
        self.differs += [f"{what}: {'/'.join(map(str, error.path))} {error.message}"[:300] for error in validator.iter_errors(value)]

    def all(self):
        return {(method, path) for path, item in self.document["paths"].items() for method in item}


def until(ask, good, seconds=40):
    """What ask gives, asked again until it is good or the time is over."""
    end = time.monotonic() + seconds
    answer = ask()
    while not good(answer) and time.monotonic() < end:
        time.sleep(0.2)
        answer = ask()
    return answer


def keys():
    """The ledgers' keys, from the country's roster file."""
    found = {}
    with open(os.path.join(country, "centre", "roster"), encoding="utf-8") as file:
        for line in file:
            if line.startswith(("post ", "centre ")):
                vkey = line.split()[1]
                found[vkey.split("+")[0]] = vkey
    return found


def staff_list(people, version, *more):
    """The centre's staff list, signed by the personnel officer."""
    path = os.path.join(folder, f"staff-{version}")
    run("staff", "sign", people, "--roster", country + "/roster", "--post", "utopia.example/centre", "--version", str(version), *more,
        "--key", country + "/offline/keys/personnel-1.key", "--passphrase-fd", "0", "--yes", "--out", path, text="demonstration\n")
    return path


def check_staff(centre, address, up_again):
    """A signed list takes the place of the file: through a keeper and by stick, with no restart; it never goes back. Returns the
    supervisor, and the centre that was started anew."""
    people, home = os.path.join(folder, "centre.people"), os.path.join(country, "centre")
    both = {"supervisor": {"user": "dita", "password": "demo-super"}, "second": {"user": "ana", "password": "demo-analyst"}}
    status, answer = centre.ask("GET", "/v1/staff")
    check("only a supervisor sees the staff list", status == 403 and answer["code"] == "not-allowed", (status, answer))
    run("staff", "new", people, "--from", home + "/staff")
    for user, role in (("dita", "supervisor"), ("mira", "officer"), ("sara", "second")):
        run("staff", "add", people, "--user", user, "--name", user.title(), "--role", role, "--password-fd", "0", text="demo-super\n")
    lead, mira = (Browser(address, centre.interface) for _ in range(2))
    check("who is not in the file does not sign in", lead.sign_in("dita", "demo-super")[0] == 401)
    run("staff", "put", os.path.join(country, "airport"), staff_list(people, 1, "--hours", "12"))
    time.sleep(1)  # three guesses in a row would be slowed
    status, answer = until(lambda: lead.sign_in("dita", "demo-super"), lambda got: got[0] == 200)
    check("a signed list comes through a keeper and is in force with no restart", status == 200 and answer["role"] == "supervisor", (status, answer))
    status, staff = lead.ask("GET", "/v1/staff")
    check("the desk says which, and until when", status == 200 and staff["list"] and staff["version"] == 1 and staff["people"] == 4 and staff["ends"] and 0 < staff["left_s"] <= 43200, (status, staff))
    check("an analyst who is on it stays signed in", centre.ask("GET", "/v1/session")[0] == 200)
    added = subprocess.run([program, "node", home, "--officer", "thief=Thief", "--passwords"], input="thief demo-thief\n", capture_output=True, text=True)
    check("the file takes nobody more", added.returncode != 0 and "staff list" in added.stderr, added.stderr)
    check("nor does an import of users", subprocess.run([program, "import", "users", home, os.devnull], capture_output=True).returncode != 0)
    thief = os.path.join(folder, "thief")
    run("staff", "new", thief, "--from", home + "/staff")
    run("staff", "add", thief, "--user", "thief", "--name", "Thief", "--password-fd", "0", text="demo-thief\n")
    shutil.copy(thief, home + "/staff")

    check("mira signs in", mira.sign_in("mira", "demo-super")[0] == 200)
    run("staff", "remove", people, "--user", "mira")
    run("staff", "put", home, staff_list(people, 2, "--hours", "12"), "--here")
    status, answer = until(lambda: mira.ask("GET", "/v1/session"), lambda got: got[0] == 401)
    check("whom the next list leaves out is signed out, by stick and with no restart", status == 401, (status, answer))
    run("staff", "put", home, os.path.join(folder, "staff-1"), "--here")
    check("others go on", centre.ask("GET", "/v1/session")[0] == 200 and lead.ask("GET", "/v1/staff")[1]["version"] == 2)
    sara = Browser(address, centre.interface)
    check("another officer signs in", sara.sign_in("sara", "demo-super")[0] == 200)
    run("order", "apply", home, signed(folder, country, ["duty-1"], "order", "revoke", "--post", "utopia.example/centre", "--officer", "sara", program=program))
    status, answer = until(lambda: sara.ask("GET", "/v1/session"), lambda got: got[0] == 401)
    check("an order for the centre alone signs them out, by stick", status == 401, (status, answer))
    elsewhere = subprocess.run([program, "staff", "put", os.path.join(country, "keeper-a"), os.path.join(folder, "staff-2"), "--here"], capture_output=True, text=True)
    check("a keeper takes no list by hand", elsewhere.returncode != 0 and "only a post or a centre" in elsewhere.stderr, elsewhere.stderr)
    open_to_all = Browser(address, centre.interface)
    for words, wanted in (({**both, "second": both["supervisor"]}, 403), ({"supervisor": both["second"], "second": both["supervisor"]}, 403), ({}, 400), ({**both, "second": {"user": "ana", "password": "x"}}, 401)):
        check(f"the list does not run longer ({wanted})", open_to_all.ask("POST", "/v1/staff/extension", words)[0] == wanted, words)
    status, answer = until(lambda: open_to_all.ask("POST", "/v1/staff/extension", both), lambda got: got[0] != 429)
    check("two people on the spot let it run longer", status == 200 and answer["left_s"] > 100000 and not answer["ends"], (status, answer))
    check("once at a time", open_to_all.ask("POST", "/v1/staff/extension", both)[0] == 409)

    again = Browser(up_again(), centre.interface)
    status, answer = again.sign_in("thief", "demo-thief")
    check("after a start, too, the file counts no more", status == 401, (status, answer))
    status, answer = again.sign_in("sara", "demo-super")
    check("who was revoked by stick still is", status == 401, (status, answer))
    status, answer = again.sign_in("dita", "demo-super")
    check("the list does", status == 200, (status, answer))
    status, staff = again.ask("GET", "/v1/staff")
    check("and runs as long as the two said", status == 200 and staff["version"] == 2 and staff["left_s"] > 100000, (status, staff))
    told = run("status", home)
    check("the status says so, too", re.search("staff.*version 2", told), told)
    said = subprocess.run([program, "doctor", home], capture_output=True, text=True).stdout
    check("and the doctor", re.search("staff.*version 2", said), said)
    lines = re.findall(r"\bstaff\b", run("ledger", "show", home))
    check("taken twice, extended once", len(lines) == 3, lines)
    status, answer = again.sign_in("ana", "demo-analyst")
    check("an analyst is back", status == 200, (status, answer))
    return again


def looks():
    """Accesses and sessions that the centre itself wrote."""
    lines = run("ledger", "show", os.path.join(country, "centre"))
    return len(re.findall(r"\baccess\b", lines)), len(re.findall(r"\bsession\b", lines))


try:
    base = free_ports(12)
    run("init", country, "--demonstration", "--keeper-port", str(base), "--post", "airport:airport:Tirana airport")
    run("node", os.path.join(country, "centre"), "--officer", "ana=Ana", "--passwords", text="ana demo-analyst\n")
    run("node", os.path.join(country, "airport"), "--officer", "ina=Ina", "--supervisor", "besa=Besa", "--passwords", text="ina demo-officer\nbesa demo-super\n")
    if os.environ.get("POSTERN_VIEW"):  # the view in PostgreSQL: tests/view/postgres.py
        with open(os.path.join(country, "centre", "node.conf"), "a", encoding="utf-8") as conf:
            conf.write(f"view = {os.environ['POSTERN_VIEW']}\n")
    run("import", "permits", os.path.join(country, "centre"), os.path.join(ROOT, "data", "samples", "import", "permits.csv"), "--source", "visas")
    for keeper in "abcd":
        up(f"keeper-{keeper}")
    post = Browser(up("airport", "--no-travellers", "--port", "0"))
    address = up("centre", "--port", "0")
    check("a centre with staff says where it is asked", address.startswith("http://centre.localhost:"), address)
    interface = Interface()
    centre = Browser(address, interface)
    status, document = centre.ask("GET", "/v1/openapi.json")
    check("a centre says what it answers", status == 200 and document["openapi"].startswith("3.1"), status)
    interface.document = document
    with open(os.path.join(ROOT, "src", "serve", "openapi.json"), encoding="utf-8") as file:
        common = json.load(file)["components"]["schemas"]
    shared = ("Staff", "StaffExtension", "Country", "CountryNode", "CountryPost", "CountryOrder", "Rung", "Cause", "Date", "Direction")
    check("what a post answers, too, is said in the same words", all(document["components"]["schemas"][name] == common[name] for name in shared))
    for path in ("/v1/openapi.json", "/healthz", "/v1/health"):
        check(f"{path} is open to all", centre.ask("GET", path)[0] == 200)

    # a crossing at the post
    post.sign_in("ina", "demo-officer", lane="1")
    scan = {"mrz": "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10", "direction": "entry"}
    status, advice = post.ask("POST", "/v1/scans", scan)
    check("the post advises", status == 200, (status, advice))
    status, answer = post.ask("POST", "/v1/crossings", {"scan": advice["scan"], "act": "refer", "kind": "document"})
    check("the post records", status in (200, 201), (status, answer))

    why = {"purpose": "search", "reason": "case 12"}
    status, answer = centre.ask("POST", "/v1/search", {**why, "find": "people", "name": "Eriksson"})
    check("nobody asks without signing in", status == 401, (status, answer))
    status, answer = centre.sign_in("ana", "wrong")
    check("a wrong password is refused", status == 401, (status, answer))
    status, answer = centre.sign_in("ana", "demo-analyst")
    check("an analyst signs in", status == 200 and answer["name"] == "Ana", (status, answer))

    found = {}
    for _ in range(150):
        status, found = centre.ask("POST", "/v1/search", {**why, "find": "people", "name": "Ana Ericson*"})
        if status == 200 and found["people"]:
            break
        time.sleep(0.2)
    people = found.get("people", [])
    check("another spelling finds who crossed", len(people) == 1 and people[0]["surname"] == "ERIKSSON", found)
    before = looks()[0]
    status, answer = centre.ask("POST", "/v1/search", {"purpose": "search", "find": "people", "name": "Eriksson"})
    check("a look without a reason is refused", status == 400, (status, answer))
    status, answer = centre.ask("POST", "/v1/search", {"purpose": "curiosity", "reason": "x", "find": "people", "name": "Eriksson"})
    check("a look for no known purpose is refused", status == 400, (status, answer))
    check("what was refused left no look", looks()[0] == before, (before, looks()))
    status, answer = centre.ask("POST", "/v1/search", {**why, "find": "crossings", "number": "L898902C3"})
    check("a document finds its crossings", status == 200 and len(answer["crossings"]) == 1 and answer["crossings"][0]["direction"] == "entry", answer)
    check("each row says which entry it rests on", answer["crossings"][0]["ledger"].endswith("airport") and answer["crossings"][0]["entry"] >= 0, answer)
    status, page = centre.ask("POST", "/v1/person", {**why, "key": people[0]["key"]})
    check("a person's page has the case the referral opened", [(one["step"], one.get("kind")) for one in page["cases"]] == [("opened", "document")], page["cases"])
    check("a person's page has crossings and advice", status == 200 and len(page["crossings"]) == 1 and len(page["decisions"]) == 1, page)
    check("who looked is not for a search", "looks" not in page, page)
    entry = page["crossings"][0]
    status, proof = centre.ask("GET", f"/v1/proof?origin={entry['ledger']}&index={entry['entry']}")
    text = proof.decode() if isinstance(proof, bytes) else str(proof)
    held, why_not = check_proof(text, entry["ledger"], entry["entry"], keys())
    # VIEW-4
    check("the fact's proof holds, checked without the program", status == 200 and held, (status, why_not))
    rows = [row for part in ("crossings", "decisions", "cases") for row in page[part]]
    proofs = [centre.ask("GET", f"/v1/proof?origin={row['ledger']}&index={row['entry']}") for row in rows]
    check("and so does that of every other on the page", len(rows) == 3 and all(one[0] == 200 and check_proof(one[1].decode(), row["ledger"], row["entry"], keys())[0] for one, row in zip(proofs, rows)), rows)
    check("another entry's index does not", not check_proof(text.replace(f"index {entry['entry']}\n", f"index {entry['entry'] + 1}\n"), entry["ledger"], entry["entry"] + 1, keys())[0])
    extra = re.search("^extra (.*)$", text, re.M)[1]
    bent = base64.b64encode(bytes([base64.b64decode(extra)[0] ^ 1]) + base64.b64decode(extra)[1:]).decode()
    check("nor does another leaf", not check_proof(text.replace(extra, bent), entry["ledger"], entry["entry"], keys())[0])
    check("nor another ledger's key", not check_proof(text, entry["ledger"], entry["entry"], {entry["ledger"]: keys()[entry["ledger"].replace("airport", "centre")]})[0])
    check_erase(text)
    for _ in range(100):  # the mark comes with the centre's next look
        status, when = centre.ask("GET", f"/v1/when?origin={entry['ledger']}&index={entry['entry']}")
        if status != 200 or "until" in when:
            break
        time.sleep(0.2)
    check("keepers say by when it was written", status == 200 and when.get("until", "") >= entry["time"][:10] and when.get("from", "") <= when["until"], (status, when, entry))
    for question, wanted in ((f"origin={entry['ledger']}&index=99999999", 404), ("origin=nobody.example/x&index=0", 404), (f"origin={entry['ledger']}", 400), (f"origin={entry['ledger']}&index=-1", 400)):
        status, answer = centre.ask("GET", f"/v1/proof?{question}")
        check(f"no proof of what is not there ({wanted})", status == wanted, (question, status, answer))
    status, answer = Browser(address).ask("GET", f"/v1/proof?origin={entry['ledger']}&index=0")
    check("nobody gets a proof without signing in", status == 401, (status, answer))
    status, page = centre.ask("POST", "/v1/person", {"purpose": "oversight", "reason": "review 3", "key": people[0]["key"]})
    check("who looked is there for oversight", status == 200 and any(look["post"] == "airport" for look in page["looks"]), page)
    check("each answered look is in the ledger", looks()[0] == before + 3, (before, looks()))
    # the one box
    besa = Browser("http://" + post.host)
    besa.sign_in("besa", "demo-super", lane="office")
    status, answer = besa.ask("POST", "/v1/packs", {"sheets": 3})
    check("a pack is printed", status == 200, (status, answer))
    status, answer = besa.ask("POST", "/v1/sheets/told", {"pack": 1, "first": 1, "count": 2, "state": "unused"})
    check("two of its sheets are told", status == 200, (status, answer))
    status, answer = centre.ask("POST", "/v1/find", {"text": "Eriksson"})
    check("the box answers nobody before they say why", status == 409 and answer["code"] == "purpose-needed", (status, answer))
    status, answer = centre.ask("POST", "/v1/purpose", {"purpose": "search"})
    check("a purpose needs a reason", status == 400, (status, answer))
    status, answer = centre.ask("POST", "/v1/purpose", {"purpose": "second-line", "reason": "case 31"})
    check("why is said once", status == 200 and answer["purpose"] == "second-line" and answer["reason"] == "case 31", (status, answer))
    status, answer = centre.ask("GET", "/v1/session")
    check("and the session has it", status == 200 and answer["reason"] == "case 31", (status, answer))
    before = looks()[0]
    for text, sought, kinds in (("anna ericson 12.8.1974", ["voyage", "person"], ["person"]), ("anna ericson 1975", ["voyage", "person"], []),
                                ("L898 902-C3", ["document", "vehicle", "voyage"], ["document"]), ("nobody-99", ["document", "vehicle", "voyage"], [])):
        status, answer = centre.ask("POST", "/v1/find", {"text": text})
        check(f"what was typed decides what is searched: {text}", status == 200 and answer["sought"] == sought and [row["kind"] for row in answer["rows"]] == kinds, (status, answer))
    check("what is no page is refused", all(centre.ask("POST", "/v1/find", {"text": "anna", "next": wrong})[0] == 400 for wrong in ("x", "n", "d1v2", "n1d1", "v1.", "n1234567890123456789")))
    status, page = centre.ask("POST", "/v1/person", {"key": people[0]["key"]})
    check("a page opens with the shift's purpose", status == 200 and len(page["crossings"]) == 1, (status, page))
    check("each of them is a look in the ledger, also where nobody was found", looks()[0] == before + 5, (before, looks()))
    status, answer = centre.ask("POST", "/v1/find", {"text": "00001-001-11"})
    check("a serial with wrong check digits is refused", status == 400, (status, answer))
    serial = "00001-002-" + f"{98 - (1002 * 100) % 97:02}"
    answer = until(lambda: centre.ask("POST", "/v1/find", {"text": f"P-{serial}"})[1], lambda answer: len(answer.get("rows", [])) >= 2)
    check("a sheet is found by its serial, printed and told", answer["sought"][0] == "sheet" and [row["state"] for row in answer["rows"] if row["kind"] == "sheet"] == ["unused", "printed"] and answer["rows"][0]["serial"] == serial, answer)
    answer = until(lambda: centre.ask("POST", "/v1/find", {"text": "C0099120"})[1], lambda answer: answer.get("rows"))
    check("who holds a visa is found by its number", [row["kind"] for row in answer["rows"]] == ["document"] and answer["rows"][0]["number"] == "U55500777", answer)
    status, page = centre.ask("POST", "/v1/person", {"key": answer["rows"][0]["key"]})
    check("and it stands on their page", status == 200 and [(one["kind"], one["number"], one["status"], one["until"]) for one in page["permits"]] == [("short-visa", "C0099120", "valid", "2027-03-31")], (status, page))
    status, page = centre.ask("POST", "/v1/purpose", {"purpose": "oversight", "reason": "review 5"})
    page = until(lambda: centre.ask("POST", "/v1/person", {"key": people[0]["key"]})[1], lambda page: any(look["post"] == "centre" for look in page.get("looks", [])))
    check("the centre's own looks come back to its view", any(look["post"] == "centre" and "case 31" in look["reason"] for look in page["looks"]), page["looks"])
    for given in ("ALBA", "BORA", "CEZA"):
        status, advice = post.ask("POST", "/v1/scans", {"person": {"surname": "PAGETTI", "given": given, "birth": "1988-02-03", "nationality": "UTO", "sex": "F", "document": {"kind": "passport", "issuer": "UTO", "number": f"U77{given}", "expiry": "2034-01-01"}},
                                                       "direction": "entry", "vehicle": {"plate": "AA 123 ZZ"}, "party": {"adults": 1, "children": 0}})
        post.ask("POST", "/v1/crossings", {"scan": advice["scan"], "act": "refer", "kind": "document"})
    until(lambda: centre.ask("POST", "/v1/find", {"text": "pagetti"})[1], lambda answer: len(answer.get("rows", [])) == 3)
    for text, count in (("pagetti", 1), ("pagetti", 2), ("aa123zz", 2)):
        seen, more = [], {}
        for _ in range(4):
            answer = centre.ask("POST", "/v1/find", {"text": text, "count": count, **more})[1]
            seen += [row["given"] for row in answer["rows"]]
            more = {"next": answer["next"]} if "next" in answer else {}
            if not more:
                break
        check(f"page by page all of them, each once: {text}, {count}", sorted(seen) == ["ALBA", "BORA", "CEZA"] and answer["more"] is False, (seen, answer))
    status, answer = centre.ask("POST", "/v1/find", {"text": " "})
    check("nothing typed is refused", status == 400, (status, answer))
    check("sign-ins are in the ledger, also the refused one", looks()[1] == 2, looks())

    status, answer = centre.ask("POST", "/v1/search", {**why, "find": "people", "name": "Eriksson"}, **{"X-Postern-Csrf": "0" * 64})
    check("a wrong CSRF token is refused", status == 403, (status, answer))
    status, answer = centre.ask("POST", "/v1/search", {**why, "find": "people", "name": "Eriksson"}, Origin="http://evil.example")
    check("another site is refused", status == 403, (status, answer))
    status, answer = centre.ask("GET", "/v1/session", None, Host="evil.example")
    check("another host is refused", status == 421, (status, answer))
    status, answer = centre.ask("POST", "/v1/person", {**why, "key": "00" * 16})
    check("a key nobody has is not found", status == 404, (status, answer))
    status, answer = centre.ask("POST", "/v1/search", {**why, "find": "people", "name": "A" * 20000})
    check("a body too big is refused", status in (400, 413), (status, answer))
    status, answer = centre.ask("GET", "/v1/session")
    check("the session is asked for", status == 200, (status, answer))
    status, answer = until(lambda: centre.ask("GET", "/v1/country"), lambda got: got[0] == 200)
    check("how the country stands", status == 200 and answer["posts"], (status, answer))
    status, answer = centre.ask("POST", "/v1/alerts", {"owner": "State Police", "basis": "Law 108, article 9", "purpose": "to ask about a theft", "action": "inquiry",
                                                       "until": "2099-12-31", "people": [{"surname": "VELTHURI", "given": "MARINELA", "birth": "1988-02-03"}]})
    check("an alert is entered", status == 201, (status, answer))
    status, answer = until(lambda: centre.ask("GET", "/v1/alerts"), lambda got: got[0] == 200 and got[1]["alerts"])
    check("and stands among the others", status == 200 and len(answer["alerts"]) == 1, (status, answer))
    status, answer = centre.ask("POST", "/v1/leave", {"reference": "LV 12/2026", "issuer": "Ministry", "deadline": "2099-11-30T12:00:00Z", "people": [{"surname": "VELTHURI", "given": "MARINELA", "birth": "1988-02-03"}]})
    check("an order to leave is given", status == 201, (status, answer))
    status, answer = centre.ask("GET", "/v1/leave")
    check("and its compliance is told", status == 200 and len(answer["orders"]) == 1, (status, answer))
    order = answer["orders"][0]["id"]
    status, answer = centre.ask("GET", f"/v1/leave/paper?id={order}&nth=1")
    check("it is printed", status == 200 and answer.startswith(b"%PDF-"), (status, str(answer)[:80]))
    status, answer = centre.ask("GET", f"/v1/leave/paper?id={order}&nth=2")
    check("for those it names", status == 404, (status, answer))
    # what was missed
    status, answer = centre.ask("GET", "/v1/late-matches")
    check("nobody was missed", status == 200 and answer == {"matches": [], "more": False}, (status, answer))
    status, answer = centre.ask("GET", "/v1/late-matches/standing")
    check("nor counted", status == 200 and answer["found"] == answer["open"] == 0, (status, answer))

    # the lists it publishes
    status, answer = centre.ask("GET", "/v1/lists")
    check("no list is published yet", status == 200 and answer["lists"] == [] and answer["refused"] == 0, (status, answer))

    def publish(made, numbers, *arguments, officer="ana"):
        source, snap = os.path.join(folder, "wanted"), os.path.join(folder, "wanted.snap")
        entries = [{"id": f"W{number}", "kind": "person", "names": [f"TELISHTI, Nr{number}{'a' if number in renamed else ''}"], "on_entry": "inquiry", "on_exit": "inform"} for number in numbers]
        with open(source, "w", encoding="utf-8") as out:
            out.write("".join(json.dumps(line) + "\n" for line in [{"postern-list": 1, "made": made, "entries": len(entries)}, *entries]))
        run("watch", "compile", "--officer", "ana", "--second", "ben", "-o", snap, "--list", f"wanted=postern:{source}")
        return subprocess.run([program, "list", "publish", os.path.join(country, "centre"), "--officer", officer, *arguments, snap], capture_output=True, text=True, check=False).returncode

    def lists():
        return centre.ask("GET", "/v1/lists")[1]["lists"]

    renamed = set()
    check("a list is published", publish("2026-11-27T06:00:00Z", range(10)) == 0)
    one = until(lists, lambda got: len(got) == 1)[0]
    check("the desk has it", one["edition"] == 1 and one["rows"] == 10 and one["not_confirmed"] == 0 and one["officer"] == "ana" and "gone" not in one, one)
    renamed = {3}
    check("one that takes too much away is held back", publish("2026-11-28T06:00:00Z", range(2, 12)) != 0)
    held = lists()[0].get("held", {})
    check("and the desk says for whom it waits", (held.get("officer"), held.get("former"), held.get("taken"), held.get("gone"), held.get("added")) == ("ana", 10, 3, 3, 3), held)
    before = looks()[0]
    check("and what would go", sorted(each["name"] for each in held.get("names", [])) == ["TELISHTI, Nr0", "TELISHTI, Nr1", "TELISHTI, Nr3"], held)
    status, answer = centre.ask("POST", "/v1/lists", {"list": "wanted", "snapshot": held["snapshot"]})
    check("whoever published it does not agree as well", status == 403 and answer["code"] == "same-person", (status, answer))
    status, answer = centre.ask("POST", "/v1/lists", {"list": "wanted", "snapshot": "00" * 32})
    check("nobody agrees to what was not shown", status == 409 and answer["code"] == "not-held", (status, answer))
    status, answer = centre.ask("POST", "/v1/lists", {"list": "wanted", "snapshot": "x"})
    check("nor to what is no digest", status == 400, (status, answer))
    check("it is as it was", lists()[0]["edition"] == 1 and "held" in lists()[0])
    check("a second person agrees", publish("2026-11-28T06:00:00Z", range(2, 12), "--second", "ben") == 0)
    one = until(lists, lambda got: got[0]["edition"] == 2)[0]
    check("nothing is held back any more", "held" not in one, one)
    check("what the edition brought and took", [(each["edition"], each["added"], each["removed"], each["changed"], each.get("second")) for each in one["editions"]] == [(2, 2, 2, 1, "ben"), (1, 10, 0, 0, None)], one["editions"])
    gone = [json.loads(line) for line in run("list", "gone", os.path.join(country, "centre")).splitlines()]
    check("what went and is not confirmed, by the record to name", one["not_confirmed"] == 3 and [each["record"] for each in one["gone"]] == sorted({each["record"] for each in gone})
          and sorted(entry["entry"] for entry in one["gone"][0]["entries"]) == ["W0", "W1", "W3"] and one["gone"][0]["rows"] == 3, (one["gone"], gone))
    check("another officer's is held back", publish("2026-11-28T07:00:00Z", range(4, 12), officer="cela") != 0)
    status, answer = centre.ask("POST", "/v1/lists", {"list": "wanted", "snapshot": lists()[0]["held"]["snapshot"]})
    check("and agreed to at the desk", status == 201 and answer == {"list": "wanted", "edition": 3}, (status, answer))
    one = lists()[0]
    check("with both names", (one["edition"], one["rows"], one["officer"], one["second"], "held" in one) == (3, 8, "cela", "ana", False), one)
    check("nothing of it is left in a file", [name for name in os.listdir(os.path.join(country, "centre", "lists")) if "held" in name] == [])
    status, answer = centre.ask("POST", "/v1/lists", {"list": "wanted", "snapshot": held["snapshot"]})
    check("and it is agreed to once", status == 409, (status, answer))
    check("each look is recorded", looks()[0] > before, (before, looks()))

    def started_again():
        running[-1].terminate()
        running[-1].wait(20)
        return up("centre", "--port", "0")

    again = check_staff(centre, address, started_again)
    status, answer = again.ask("DELETE", "/v1/session")
    check("signing out", status == 204, (status, answer))
    status, answer = again.ask("POST", "/v1/search", {**why, "find": "people", "name": "Eriksson"})
    check("after it nobody asks", status == 401, (status, answer))
    centre = again
    check("every answer is what openapi.json says", interface.differs == [], interface.differs[:5])
    check("every operation of openapi.json was asked", interface.asked == interface.all(), interface.all() ^ interface.asked)
    status, answer = centre.sign_in("ana", "demo-analyst")
    check("the analyst is back", status == 200, (status, answer))
    began = time.monotonic()
    run("order", "give", os.path.join(country, "airport"), signed(folder, country, ["duty-1"], "order", "revoke", "--all", "--officer", "ana", program=program))
    status, answer = until(lambda: centre.ask("GET", "/v1/session"), lambda got: got[0] == 401)
    took_s = time.monotonic() - began
    check("an order of one duty key signs an analyst out, in seconds", status == 401 and took_s < patience(10), (status, answer, took_s))
    status, answer = centre.sign_in("ana", "demo-analyst")
    check("who signs in no more", status == 401, (status, answer))
    if jsonschema is None:
        print("# python3-jsonschema is not there: answers were not checked against openapi.json")
    running[-1].terminate()
    running[-1].wait(20)
    lines = run("ledger", "show", os.path.join(country, "centre"), "--open", "--by", "ana", "--reason", "review 4")
    check("a search says what was asked for, in the sealed entry", re.search(r"case 12\\+nnumber: L898902C3", lines) and re.search(r"case 12\\+nname: Ana Ericson\*", lines) and re.search(r"case 31\\+nsought: nobody-99", lines), lines[-800:])
finally:
    for process in running:
        process.terminate()
    for process in running:
        process.wait(20)
    shutil.rmtree(folder, ignore_errors=True)
over()
