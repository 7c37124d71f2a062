"""tests/e2e/stolen.py PROGRAM: somebody publishes with a centre's stolen key until nobody passes. Enough authorities void what
that ledger published since, all at once; what it published before, what the post entered itself, and what the recovered
centre publishes goes on."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from asked import Browser, check, over, program, run  # noqa: E402
from post import free_ports, signed, wait_until  # noqa: E402
from told import alert, reasons, row_of, scan, until_scan  # noqa: E402

FLOOD = 250
folder = tempfile.mkdtemp(prefix="ptn-stolen-", dir="/tmp")
country = os.path.join(folder, "country")
running = {}


def at(code):
    return os.path.join(country, code)


def up(code, *arguments):
    running[code] = subprocess.Popen([program, "up", at(code), *arguments], stdout=subprocess.PIPE, text=True)
    return running[code].stdout.readline().strip()


def down(code):
    running[code].terminate()
    running.pop(code).wait(20)


def publish_list(made, entries):
    source, snap = os.path.join(folder, "wanted"), os.path.join(folder, "wanted.snap")
    with open(source, "w", encoding="utf-8") as out:
        out.write("".join(json.dumps(line) + "\n" for line in [{"postern-list": 1, "made": made, "entries": len(entries)}, *entries]))
    run("watch", "compile", "--officer", "ana", "--second", "ben", "-o", snap, "--list", f"wanted=postern:{source}")
    run("list", "publish", at("centre"), "--officer", "ana", "--second", "ben", snap)


def publish_rules(version, *rules):
    path = os.path.join(folder, "country.rules")
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"postern-rules 1\nversion {version}\n\n" + "".join(
            f"rule {name}\n  leads refer\n  en A rule, {name}.\n  sq Një rregull, {name}.\n  when {when}\n  test yes {yes}\n  test no {no}\nend\n\n" for name, when, yes, no in rules))
    run("rules", "publish", at("centre"), "--officer", "ana", "--second", "ben", path)


def published(code):
    return json.loads(run("status", "--json", at(code)))["standing"]["published"]


def give(keys, *words):
    run("order", "give", at("airport"), signed(folder, country, keys, "order", *words, program=program), "--keepers", "2")


def innocent(post):
    """Of somebody whom nothing of before names."""
    return {rule for rule in reasons(scan(post, "PAFAJI", "ERA")) if rule.startswith(("match.", "rule.", "order."))}


def before_holds(post):
    return ("match.inquiry" in reasons(scan(post, "DUKSHMI", "HANA")) and "match.inquiry" in reasons(scan(post, "KUMBULLA", "TEUTA"))
            and "rule.kept" in reasons(scan(post, "MBAJTURI", "ELIRA")))


def in_good_days(post, centre):
    centre.ask("POST", "/v1/alerts", alert("DUKSHMI", "HANA"))
    publish_list("2026-11-27T06:00:00Z", [row_of("W1", "KUMBULLA", "TEUTA")])
    publish_rules("1", ("kept", "surname = 'MBAJTURI'", "surname='MBAJTURI'", "surname='NOBODY'"))
    check("what the centre publishes is in force", wait_until(lambda: before_holds(post), 60))
    check("and asks nothing of somebody else", innocent(post) == set(), innocent(post))
    time.sleep(13)  # keepers' times are noted ten seconds apart
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    return now


def thief(post, centre):
    for number in range(FLOOD):
        code, answer = centre.ask("POST", "/v1/alerts", alert("PAFAJI" if number % 50 == 0 else f"VERSHIMI{number}", "ERA", action="refuse"))
        assert code in (201, 202), (code, answer)
    publish_list("2026-11-28T06:00:00Z", [row_of("W1", "KUMBULLA", "TEUTA"), row_of("W2", "PAFAJI", "ERA")])
    publish_rules("2", ("kept", "surname = 'MBAJTURI'", "surname='MBAJTURI'", "surname='NOBODY'"), ("flood", "sex = 'F'", "sex='F'", "sex='M'"))
    code, answer = centre.ask("POST", "/v1/leave", {"reference": "OL-1", "issuer": "Nobody", "contact": "+355 4 000 000", "deadline": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2)), "ban_until": "2036-01-01",
                                                    "people": [{"surname": "PAFAJI", "given": "ERA", "birth": "1988-02-03"}], "dependants": []})
    assert code in (200, 201), (code, answer)
    check("a thief of the centre's key stops whoever is named", wait_until(lambda: {"match.refuse", "match.inquiry", "rule.flood", "order.banned"} <= innocent(post), 60), innocent(post))


def void(post, since):
    made = subprocess.run([program, "order", "since", at("room-1"), "utopia.example/centre", "2099-01-01T00:00:00Z"], capture_output=True, text=True, check=False)
    check("a room does not guess what it has not noted yet", made.returncode == 1 and "every five minutes" in made.stderr, made)
    down("room-1")  # it writes down what it has noted
    made = subprocess.run([program, "order", "since", at("room-1"), "utopia.example/centre", since], capture_output=True, text=True, check=False)
    words = made.stdout.split()
    check("a room says what keepers held of that ledger before", made.returncode == 0 and words[0] == "--key" and words[2] == "--after" and int(words[3]) > 0, made)
    early = subprocess.run([program, "order", "since", at("room-1"), "utopia.example/centre", "2020-01-01T00:00:00Z"], capture_output=True, text=True, check=False)
    check("and not of a time nobody noted", early.returncode == 1 and "so early" in early.stderr, early)
    give(["authority-1"], "void", "--all", *words)
    time.sleep(2)
    # PUBLISH-5
    check("one authority alone voids nothing", "match.refuse" in innocent(post) and published("airport")["voided"] == 0, published("airport"))
    give(["authority-1", "authority-2", "authority-3"], "void", "--all", *words)
    began = time.monotonic()
    check("enough authorities void all of it at once", wait_until(lambda: innocent(post) == set(), 40), innocent(post))
    print(f"# {FLOOD + 4} records, from the keepers' answer to the lane's: {time.monotonic() - began:.2f} s")
    check("and nothing of before", before_holds(post))
    check("nor what was entered at the post itself", "match.inquiry" in reasons(scan(post, "VENDORI", "LIRA")))
    check("the post says how much", wait_until(lambda: published("airport")["voided"] >= FLOOD + 3, 20), published("airport"))
    return words


def afterwards(post, centre, words):
    centre.ask("POST", "/v1/alerts", alert("PAFAJI", "ERA", action="refuse"))
    time.sleep(3)
    check("what the key publishes from then on counts no more", innocent(post) == set(), innocent(post))
    down("airport")
    post = Browser(up("airport", "--no-travellers", "--port", "0"))
    post.sign_in("ina", "demo-officer", lane="1")
    check("after a start, too", wait_until(lambda: before_holds(post), 40) and innocent(post) == set() and "match.inquiry" in reasons(scan(post, "VENDORI", "LIRA")), innocent(post))
    down("centre")
    shutil.rmtree(at("centre"))
    shares = [part for i in (5, 1, 3) for part in ("--share", os.path.join(country, "offline", "recovery", f"share-{i}"))]
    made = subprocess.run([program, "recover", at("centre"), "--spare", os.path.join(country, "offline", "spares", "centre-2"), *shares], capture_output=True, text=True, check=False)
    check("the centre is recovered, and leaves behind what is void", made.returncode == 0 and f"void from entry {words[3]} on" in made.stdout and "nothing is missing" in made.stdout, made)
    run("node", at("centre"), "--officer", "ana=Ana", "--officer", "ben=Ben", "--passwords", text="ana demo-analyst\nben demo-analyst\n")
    centre = Browser(up("centre", "--port", "0"))
    centre.sign_in("ana", "demo-analyst")
    listed = centre.ask("GET", "/v1/alerts")[1]["alerts"]
    check("its desk has the good alert and no other", [one["people"][0]["surname"] for one in listed] == ["DUKSHMI"], len(listed))
    publish_list("2026-11-29T06:00:00Z", [row_of("W1", "KUMBULLA", "TEUTA"), row_of("W3", "DARDHISHTA", "VJOLLCA")])
    centre.ask("POST", "/v1/alerts", alert("GJALLISHTI", "ORNELA"))
    check("what it publishes is in force", until_scan(post, "GJALLISHTI", "ORNELA", "match.inquiry")[0] is not None and until_scan(post, "DARDHISHTA", "VJOLLCA", "match.inquiry")[0] is not None)
    check("and still nobody asks about somebody else", innocent(post) == set() and before_holds(post), innocent(post))


try:
    base = free_ports(14)
    run("init", country, "--demonstration", "--keeper-port", str(base), "--rooms", "1", "--post", "airport:airport:Tirana airport")
    run("node", at("centre"), "--officer", "ana=Ana", "--officer", "ben=Ben", "--passwords", text="ana demo-analyst\nben demo-analyst\n")
    run("node", at("airport"), "--officer", "ina=Ina", "--supervisor", "sara=Sara", "--passwords", text="ina demo-officer\nsara demo-sara\n")
    for keeper in "abcd":
        up(f"keeper-{keeper}")
    lane, desk = Browser(up("airport", "--no-travellers", "--port", "0")), Browser(up("centre", "--port", "0"))
    up("room-1", "--port", "0")
    lane.sign_in("ina", "demo-officer", lane="1")
    desk.sign_in("ana", "demo-analyst")
    moment = in_good_days(lane, desk)
    supervisor = Browser("http://" + lane.host)
    supervisor.sign_in("sara", "demo-sara", lane="2")
    code, said = supervisor.ask("POST", "/v1/alerts", {**alert("VENDORI", "LIRA"), "reason": "read out by the duty officer", "second": {"user": "ina", "password": "demo-officer"}})
    check("a post enters an alert of its own", code == 201 and until_scan(lane, "VENDORI", "LIRA", "match.inquiry")[0] is not None, (code, said))
    thief(lane, desk)
    afterwards(lane, desk, void(lane, moment))
finally:
    for process in running.values():
        process.terminate()
    for process in running.values():
        process.wait(20)
    shutil.rmtree(folder, ignore_errors=True)
over()
