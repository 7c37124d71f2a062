"""Who holds a crossing: a post, its site keeper and four keepers as real processes. Stopped and killed keepers make no
lane wait longer than a quarter of a second, and everything is held again when they are back.

Usage: kept.py [-v]     (POSTERN names the program; build/debug's otherwise)"""
import json
import os
import re
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from keeping import Country, cross  # noqa: E402
from post import Lane, ROOT, wait_until  # noqa: E402

VERBOSE = "-v" in sys.argv
results = []


def check(name, condition, detail=""):
    results.append(bool(condition))
    if VERBOSE or not condition:
        print(("ok      " if condition else "FAILED  ") + name + (f": {detail}" if not condition else ""))


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
    """The page about metrics, the alert rules and the post itself name the same metrics."""
    lane = Lane(port)
    served = set(re.findall(r"^# TYPE (postern_\w+)", lane.ask("GET", "/metrics").body.decode(), re.M))
    lane.close()
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


def run(country):
    for code in ("quay-site", "keeper-a", "keeper-b", "keeper-c", "keeper-d"):
        country.up(code)
    port = int(country.up("quay").rsplit(":", 1)[1])
    lane = Lane(port)
    answer = lane.sign_in("arta", country.password)
    check("signed in", answer.status == 200, answer.body)
    check("the site keeper keeps", wait_until(lambda: ledger(lane)["site"] == "keeps", 20), ledger(lane))

    levels, times = [], []
    for number in range(10):
        done, took = cross(lane, number)
        levels.append(done["kept"])
        times.append(took)
    check("crossings are answered when two machines hold them", all(one in ("site-kept", "kept", "quorum") for one in levels), levels)
    check("without waiting to the end", max(times) < 0.25, times)
    check("in a moment a quorum holds them", wait_until(lambda: level(lane, done["crossing"]) == "quorum", 10), level(lane, done["crossing"]))
    seen = metrics(port)
    check("metrics: no lag", wait_until(lambda: all(value == 0 for name, value in metrics(port).items() if name.startswith("postern_keeper_lag_entries")), 10), seen)
    check("metrics: five keepers answer", sum(value for name, value in seen.items() if name.startswith("postern_keeper_answers")) == 5, seen)

    names_agree(port)

    # the process that parses the network: confined, and when it dies the keeper is started anew
    with open(f"/proc/{country.front('quay-site')}/status", encoding="ascii") as file:
        check("the site keeper's front is confined", "\nSeccomp:\t2\n" in file.read())
    front = country.front("quay-site")
    os.kill(front, signal.SIGKILL)
    check("its front is killed: it is back with another", wait_until(lambda: country.front("quay-site") not in (front, None), 10))
    done, took = cross(lane, 15)
    check("no crossing waits long for that", took < 0.5, took)
    check("and it keeps again", wait_until(lambda: ledger(lane)["site"] == "keeps" and ledger(lane)["site_size"] > done["receipt"]["seq"], 20), ledger(lane))

    # two of four keepers are gone: kept, and no quorum of three
    for code in ("keeper-c", "keeper-d"):
        country.kill(code)
    done, took = cross(lane, 20)
    check("two keepers lost: no lane waits for them", took < 0.25 and done["kept"] != "local", (took, done))
    check("one keeper more than the site has it", wait_until(lambda: level(lane, done["crossing"]) == "kept", 10), level(lane, done["crossing"]))
    time.sleep(0.5)
    check("and no quorum", level(lane, done["crossing"]) == "kept")
    for code in ("keeper-c", "keeper-d"):
        country.up(code)
    check("they are back: a quorum has it", wait_until(lambda: level(lane, done["crossing"]) == "quorum", 60), level(lane, done["crossing"]))

    # the site keeper hangs: the lane waits a quarter of a second once, and goes on in red
    country.signal("quay-site", signal.SIGSTOP)
    waited = [cross(lane, 30 + i) for i in range(5)]
    check("the site keeper hangs: one crossing waits a quarter of a second", 0.2 < waited[0][1] < 0.5, [took for _, took in waited])
    check("and those after it do not", max(took for _, took in waited[1:]) < 0.2, [took for _, took in waited])
    check("it is said", ledger(lane)["site"] == "late" and metrics(port)["postern_site_keeper_late"] == 1, ledger(lane))
    check("keepers elsewhere go on", wait_until(lambda: level(lane, waited[-1][0]["crossing"]) == "quorum", 10))
    country.signal("quay-site", signal.SIGCONT)
    check("it goes on: it keeps again", wait_until(lambda: ledger(lane)["site"] == "keeps", 40), ledger(lane))
    done, took = cross(lane, 40)
    check("and crossings wait for it again", done["kept"] != "local" and took < 0.25, (done["kept"], took))

    # killed, it comes back with all it had
    country.kill("quay-site")
    done, took = cross(lane, 50)
    check("the site keeper is killed: nobody waits long", took < 0.5, took)
    country.up("quay-site")
    check("it is back", wait_until(lambda: ledger(lane)["site"] == "keeps" and ledger(lane)["site_size"] >= done["receipt"]["seq"] + 1, 40), ledger(lane))

    # the post itself starts anew: what was held is known again
    country.kill("quay")
    port = int(country.up("quay").rsplit(":", 1)[1])
    lane = Lane(port)
    check("signed in again", lane.sign_in("arta", country.password).status == 200)
    check("after a restart a quorum is known again", wait_until(lambda: level(lane, done["crossing"]) == "quorum", 20), json.dumps(ledger(lane)))


sys.exit(main())
