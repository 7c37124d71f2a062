"""Who holds a crossing: a post, its site keeper and four keepers as real processes. Stopped and killed keepers make no
lane wait longer than a quarter of a second, and everything is held again when they are back.

Usage: kept.py [-v]     (POSTERN names the program; build/debug's otherwise)"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from keeping import Country, cross  # noqa: E402
from post import Lane, passport, postern_path, ROOT, wait_until  # noqa: E402

DAY = 86400
CLOCK = os.path.join(os.path.dirname(postern_path()), "..", "..", "tests", "e2e", "libclock.so")
VERBOSE = "-v" in sys.argv
results = []


def check(name, condition, detail=""):
    results.append(bool(condition))
    if VERBOSE or not condition:
        print(("ok      " if condition else "FAILED  ") + name + (f": {detail}" if not condition else ""))


def crossed(lane, first, good):
    """Crossings, one after the other, until one is good: a machine that stands still for a moment makes some wait, never all. The last, and how long it took."""
    for number in range(first, first + 40):
        done, took = cross(lane, number)
        if good(done, took):
            break
        time.sleep(0.2)
    return done, took


def level(lane, crossing):
    """Who holds it by now."""
    lines = lane.ask("GET", "/v1/crossings?limit=100").json
    return next(line["kept"] for line in lines if line["crossing"] == crossing)


def ledger(lane):
    return lane.ask("GET", "/v1/lane").json["ledger"]


def metrics(port):
    lane = Lane(port)
    text = lane.ask("GET", "/metrics").body.decode()
    lane.close()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line and line[0] != "#"}


def names_agree(port):
    """The page about metrics, the alert rules, the post itself and the table of what every node writes name the same metrics."""
    lane = Lane(port)
    served = set(re.findall(r"^# TYPE (postern_\w+)", lane.ask("GET", "/metrics").body.decode(), re.M))
    lane.close()
    with open(os.path.join(ROOT, "src/main/figures.c"), encoding="utf-8") as file:
        served |= set(re.findall(r'\{ "(postern_\w+)"', file.read()))
    with open(os.path.join(ROOT, "docs/METRICS.md"), encoding="utf-8") as file:
        told = set(re.findall(r"^\| `(postern_\w+)`", file.read(), re.M))
    with open(os.path.join(ROOT, "packaging/alerts.yaml"), encoding="utf-8") as file:
        used = {re.sub("_(total|bucket)$", "", name) for name in re.findall(r"\bpostern_\w+", file.read())}
    check("docs/METRICS.md lists what is served", told == served, sorted(told ^ served))
    check("alerts use nothing else", used and used <= served, sorted(used - served))
    check("every reader has a key of this month", metrics(port)["postern_readers_lacking"] == 0)


def main():
    with tempfile.TemporaryDirectory() as folder:
        country = Country(os.path.join(folder, "country"))
        try:
            run(country)
        finally:
            country.end()
            if VERBOSE or not all(results):
                for name in sorted(os.listdir(country.folder)):
                    if name.endswith(".stderr"):
                        with open(os.path.join(country.folder, name), encoding="utf-8") as file:
                            text = file.read()
                        if text:
                            print(f"-- {name}\n{text[-1500:]}")
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) and results else 1


def held(done, took):
    """Another machine has it, and sooner than the quarter of a second that a lane waits at most."""
    return done["kept"] in ("site-kept", "kept", "quorum") and took < 0.25


def run(country):
    for code in ("quay-site", "keeper-a", "keeper-b", "keeper-c", "keeper-d"):
        country.up(code)
    port = int(country.up("quay").rsplit(":", 1)[1])
    lane = Lane(port)
    answer = lane.sign_in("arta", country.password)
    check("signed in", answer.status == 200, answer.body)
    check("the site keeper keeps", wait_until(lambda: ledger(lane)["site"] == "keeps", 40), ledger(lane))

    for turn in range(10):
        done, took = crossed(lane, 1000 + 40 * turn, held)
        check("crossings are answered when two machines hold them, without waiting to the end", held(done, took), (done["kept"], took))
    check("in a moment a quorum holds them", wait_until(lambda: level(lane, done["crossing"]) == "quorum", 40), level(lane, done["crossing"]))
    seen = metrics(port)
    check("metrics: no lag", wait_until(lambda: all(value == 0 for name, value in metrics(port).items() if name.startswith("postern_keeper_lag_entries")), 40), seen)
    check("metrics: five keepers answer", sum(value for name, value in seen.items() if name.startswith("postern_keeper_answers")) == 5, seen)

    names_agree(port)

    # the process that parses the network: confined, and when it dies the keeper is started anew
    with open(f"/proc/{country.front('quay-site')}/status", encoding="ascii") as file:
        check("the site keeper's front is confined", "\nSeccomp:\t2\n" in file.read())
    front = country.front("quay-site")
    os.kill(front, signal.SIGKILL)
    check("its front is killed: it is back with another", wait_until(lambda: country.front("quay-site") not in (front, None), 40))
    done, took = cross(lane, 15)
    for turn in range(4):
        if took >= 0.5:  # or the machine stood still
            front = country.front("quay-site")
            os.kill(front, signal.SIGKILL)
            wait_until(lambda: country.front("quay-site") not in (front, None), 40)
            done, took = cross(lane, 16 + turn)
    check("no crossing waits long for that", took < 0.5, took)
    check("and it keeps again", wait_until(lambda: ledger(lane)["site"] == "keeps" and ledger(lane)["site_size"] > done["receipt"]["seq"], 40), ledger(lane))

    # two of four keepers are gone: kept, and no quorum of three
    for code in ("keeper-c", "keeper-d"):
        country.kill(code)
    done, took = crossed(lane, 2000, held)
    check("two keepers lost: no lane waits for them", held(done, took), (took, done))
    check("one keeper more than the site has it", wait_until(lambda: level(lane, done["crossing"]) == "kept", 40), level(lane, done["crossing"]))
    time.sleep(0.5)
    check("and no quorum", level(lane, done["crossing"]) == "kept")
    for code in ("keeper-c", "keeper-d"):
        country.up(code)
    check("they are back: a quorum has it", wait_until(lambda: level(lane, done["crossing"]) == "quorum", 60), level(lane, done["crossing"]))

    # the site keeper hangs: the lane waits a quarter of a second once, and goes on in red
    country.signal("quay-site", signal.SIGSTOP)
    waited = [cross(lane, 30 + i) for i in range(5)]
    check("the site keeper hangs: one crossing waits a quarter of a second", 0.2 < waited[0][1] < 10, [took for _, took in waited])
    waited.append(crossed(lane, 2100, lambda _, took: took < 0.2))
    check("and those after it do not", waited[-1][1] < 0.2, [took for _, took in waited])
    check("it is said", ledger(lane)["site"] == "late" and metrics(port)["postern_site_keeper_late"] == 1, ledger(lane))
    check("keepers elsewhere go on", wait_until(lambda: level(lane, waited[-1][0]["crossing"]) == "quorum", 40))
    country.signal("quay-site", signal.SIGCONT)
    check("it goes on: it keeps again", wait_until(lambda: ledger(lane)["site"] == "keeps", 40), ledger(lane))
    done, took = crossed(lane, 2200, held)
    check("and crossings wait for it again", held(done, took), (done["kept"], took))

    # killed, it comes back with all it had
    country.kill("quay-site")
    done, took = cross(lane, 50)
    check("the site keeper is killed: nobody waits until it is back", took < 10, took)
    country.up("quay-site")
    check("it is back", wait_until(lambda: ledger(lane)["site"] == "keeps" and ledger(lane)["site_size"] >= done["receipt"]["seq"] + 1, 40), ledger(lane))

    # the post itself starts anew: what was held is known again
    country.kill("quay")
    port = int(country.up("quay").rsplit(":", 1)[1])
    lane = Lane(port)
    check("signed in again", lane.sign_in("arta", country.password).status == 200)
    check("after a restart a quorum is known again", wait_until(lambda: level(lane, done["crossing"]) == "quorum", 40), json.dumps(ledger(lane)))
    forgets(country, lane)


# ---- what a post forgets ----

def scanned(lane, number, direction):
    return lane.ask("POST", "/v1/scans", {"mrz": passport(number), "direction": direction}).json


def asks(lane):
    return "match.inquiry" in {one["rule"] for one in scanned(lane, 302, "exit")["advice"]["reasons"]}


def queue(country, port):
    """The open cases of the second line."""
    desk = Lane(port)
    desk.sign_in("sara", country.passwords["sara"], "second-line")
    found = {one["case"] for one in desk.ask("GET", "/v1/cases").json["cases"]}
    desk.close()
    return found


def opened(country, code):
    """Kinds and times of the entries of retention class 1 that a node's folder opens, carried off with its keys; and how many there are."""
    stolen = os.path.join(country.folder, "stolen")
    shutil.rmtree(stolen, ignore_errors=True)
    shutil.copytree(os.path.join(country.folder, code), stolen)
    out = subprocess.run([postern_path(), "ledger", "show", stolen, "--open", "--by", "thief", "--reason", "A test."], capture_output=True, text=True, check=True).stdout
    rows = [row for row in map(json.loads, out.splitlines()) if row["retention"] == 1]
    return [(row["what"], row["time"]) for row in rows if "content" in row], len(rows)


def centre_reads(country):
    out = subprocess.run([postern_path(), "status", "--json", os.path.join(country.folder, "centre")], capture_output=True, text=True, check=True).stdout
    return next((cursor for cursor in json.loads(out).get("standing", {}).get("view", []) if cursor["origin"].endswith("/quay")), None)


def forgets(country, lane):
    folder = os.path.join(country.folder, "quay")
    for number in (300, 301):
        one = scanned(lane, number, "entry")
        done = lane.ask("POST", "/v1/crossings", {"scan": one["scan"], "act": "record"})
        check("somebody comes in", done.status == 200, done.body)
    before = [(stay["used"], stay["left"]) for stay in (scanned(lane, number, "exit")["advice"]["stay"] for number in (300, 301))]
    cases = queue(country, lane.port)
    desk = Lane(lane.port)
    desk.sign_in("besa", country.passwords["besa"], "9")
    line = passport(302).split("\n")[0]
    alert = desk.ask("POST", "/v1/alerts", {"owner": "State Police", "basis": "Law 108, article 9", "purpose": "to ask about a theft", "action": "inquiry", "until": "2031-12-31",
                                            "people": [{"surname": line[5:].split("<<")[0], "given": "QOXEBU", "birth": "1985-02-02", "nationality": "UTO"}],
                                            "second": {"user": "arta", "password": country.password}})
    desk.close()
    check("an alert is read out by telephone", alert.status == 201, alert.body)
    check("and asks about somebody", wait_until(lambda: asks(lane), 40))
    last = done.json["receipt"]["seq"]
    check("everything is held", wait_until(lambda: ledger(lane)["quorum_size"] > last, 40), ledger(lane))
    check("the post opens all of it", (lambda seen: seen[0] and len(seen[0]) == seen[1])(opened(country, "quay")))
    with open(os.path.join(folder, "node.conf"), "a", encoding="utf-8") as file:
        file.write("forget-after = 72\n")

    # ten years later by the post's own clock, which nobody vouches for: nothing is forgotten
    country.kill("quay")
    country.environment = dict(os.environ, LD_PRELOAD=CLOCK, CLOCK_AHEAD=str(3650 * DAY))
    country.up("quay")
    time.sleep(3)
    seen, count = opened(country, "quay")
    check("a clock ten years ahead forgets nothing", len(seen) == count and not os.path.exists(folder + "/stays"), (len(seen), count))
    country.kill("quay")

    # five days later by the keepers' clocks: killed as soon as it begins, it forgets at the next start
    country.environment = dict(os.environ, LD_PRELOAD=CLOCK, CLOCK_AHEAD=str(5 * DAY))
    for code in ("quay-site", "keeper-a", "keeper-b", "keeper-c", "keeper-d"):
        country.kill(code)
        country.up(code)
    country.up("centre")
    country.up("quay")
    wait_until(lambda: os.path.exists(folder + "/stays"), 60)
    country.kill("quay")
    port = int(country.up("quay").rsplit(":", 1)[1])
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5 * DAY))
    check("the keys of those days are gone", wait_until(lambda: [name[:10] for name in os.listdir(folder + "/vault/epoch") if name[:10] < today] == [], 60), os.listdir(folder + "/vault/epoch"))
    check("and it says so", wait_until(lambda: metrics(port)["postern_forgotten_until_seconds"] > time.time() - DAY, 40), metrics(port)["postern_forgotten_until_seconds"])
    seen, count = opened(country, "quay")
    check("whoever carries the folder off with its keys opens nothing older", all(time >= today for _, time in seen) and count > 10, seen)
    check("the centre opens all of it", wait_until(lambda: (lambda one: one and one["next"] > last and one["unreadable"] == 0)(centre_reads(country)), 60), centre_reads(country))
    lane = Lane(port)
    check("signed in after it", lane.sign_in("arta", country.password).status == 200)
    after = [(stay["used"], stay.get("here", stay["used"]), stay["left"]) for stay in (scanned(lane, number, "exit")["advice"]["stay"] for number in (300, 301))]
    check("the lane knows their days of stay by itself, five more", after == [(used + 5, used + 5, left - 5) for used, left in before], (before, after))
    check("and says nothing is missing", lane.ask("GET", "/v1/lane").json["records"]["why"] == "begin", lane.ask("GET", "/v1/lane").json["records"])
    check("the alert is there", wait_until(lambda: asks(lane), 40))
    check("its cases are there", cases and cases <= queue(country, port), (len(cases), len(queue(country, port))))


sys.exit(main())
