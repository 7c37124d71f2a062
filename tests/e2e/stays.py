"""tests/e2e/stays.py PROGRAM: who crossed at one post is counted at another: the centre publishes stays that open with the
passport, and a lane's advice says how many days, from where and how old; the post's disk names nobody; killed, it knows again."""
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from asked import Browser, check, over, program, run  # noqa: E402
from post import free_ports  # noqa: E402

folder = tempfile.mkdtemp(prefix="ptn-stays-", dir="/tmp")
country = os.path.join(folder, "country")
running = {}


def up(code, *arguments):
    running[code] = subprocess.Popen([program, "up", os.path.join(country, code), *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True)
    return running[code].stdout.readline().strip()


def day(ago):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400 * ago))


def past(code, *rows):
    """Crossings of before, in the post's own ledger: (days ago, direction, number)."""
    path = os.path.join(folder, f"{code}.csv")
    with open(path, "w", encoding="utf-8") as out:
        out.write("time,direction,surname,given,birth,nationality,document-kind,document-issuer,document-number,document-expiry\n"
                  + "".join(f"{day(ago)},{direction},QENDRIMI,LIRA,1988-02-03,UTO,passport,UTO,{number},2034-01-01\n" for ago, direction, number in rows))
    answer = json.loads(run("import", "crossings", os.path.join(country, code), path, "--source", "old"))
    assert answer["taken"] == len(rows), answer


def scan(browser, number, direction="entry", expiry="2034-01-01"):
    status, answer = browser.ask("POST", "/v1/scans", {"person": {"surname": "QENDRIMI", "given": "LIRA", "birth": "1988-02-03", "nationality": "UTO", "sex": "F",
                                                                  "document": {"kind": "passport", "issuer": "UTO", "number": number, "expiry": expiry}},
                                                       "direction": direction, "party": {"adults": 1, "children": 0}})
    assert status == 200, (status, answer)
    return answer["advice"]


def until(browser, number, good, limit=30.0, **more):
    """The scan, as soon as it is good, or the last one."""
    began = time.monotonic()
    while not good(scan(browser, number, **more)) and time.monotonic() - began < limit:
        time.sleep(0.1)
    return scan(browser, number, **more)


def status_of(good, limit=20.0):
    """What `postern status` says of what is published at the seaport, as soon as it is good."""
    began, said = time.monotonic(), {}
    while (not said or not good(said)) and time.monotonic() - began < limit:
        said = json.loads(run("status", "--json", os.path.join(country, "seaport"))).get("standing", {}).get("published", {})
        time.sleep(0.1)
    return said


def reason(advice, rule):
    return next((one["data"] for one in advice["reasons"] if one["rule"] == rule), None)


try:
    base = free_ports(12)
    run("init", country, "--demonstration", "--keeper-port", str(base), "--post", "airport:airport:Tirana airport", "--post", "seaport:seaport:Durres")
    for code in ("airport", "seaport"):
        run("node", os.path.join(country, code), "--officer", "ina=Ina", "--passwords", text="ina demo-officer\n")
    past("airport", (130, "entry", "U1"), (71, "exit", "U1"), (9, "entry", "QND500003"), (5, "exit", "QND500003"))
    past("seaport", (40, "entry", "U1"), (11, "exit", "U1"), (120, "entry", "U2"))
    for keeper in "abcd":
        up(f"keeper-{keeper}")
    other = Browser(up("airport", "--no-travellers", "--port", "0"))
    other.sign_in("ina", "demo-officer", lane="1")
    post = Browser(up("seaport", "--no-travellers", "--port", "0"))
    post.sign_in("ina", "demo-officer", lane="1")
    alone = scan(post, "U1")
    check("before the centre says anything the post counts its own days", alone["stay"]["used"] == 30 and "country" not in alone["stay"] and reason(alone, "stay.used-up") is None, alone)
    check("and nothing stops", alone["advice"] == "clear", alone)
    up("centre", "--port", "0")
    both = until(post, "U1", lambda advice: advice["stay"]["used"] == 90)
    stay, said = both["stay"], reason(both, "stay.used-up")
    check("60 days there and 30 here are 90", stay["used"] == 90 and stay["left"] == 0 and both["advice"] == "refer", both)
    check("the advice says where from", stay["here"] == 30 and stay["country"]["used"] == 90 and stay["country"]["crossings"] == 2, stay)
    check("how far back and how old", stay["country"]["since"] <= day(130) and 0 <= stay["country"]["age_s"] < 60, stay)
    check("and so do the reason's facts", said is not None and [said[key] for key in ("used", "used_here", "used_country", "elsewhere", "country_age_h")] == ["90", "30", "90", "2", "0"], said)
    check("another document finds nothing", scan(post, "U1", expiry="2033-01-01")["stay"]["country"]["crossings"] == 0)
    gone = scan(post, "QND500003", direction="exit")
    check("who was elsewhere only is known here", gone["stay"]["country"]["crossings"] == 2, gone)

    # somebody crosses at one post and is known at the other in seconds, once
    status, answer = post.ask("POST", "/v1/scans", {"person": {"surname": "QENDRIMI", "given": "LIRA", "birth": "1988-02-03", "nationality": "UTO", "sex": "F",
                                                               "document": {"kind": "passport", "issuer": "UTO", "number": "U4", "expiry": "2034-01-01"}}, "direction": "entry", "party": {"adults": 1, "children": 0}})
    status, answer = post.ask("POST", "/v1/crossings", {"scan": answer["scan"], "act": "record"})
    check("a crossing is made", status == 200, (status, answer))
    there = until(other, "U4", lambda advice: advice["stay"].get("country", {}).get("crossings") == 1, direction="exit")
    check("the other post knows it in seconds", there["stay"].get("country", {}).get("crossings") == 1 and there["stay"]["used"] == 1, there)
    known = until(post, "U4", lambda advice: advice["stay"]["country"]["until"] >= there["stay"]["country"]["until"], direction="exit")
    check("what both know is counted once", known["stay"]["country"]["crossings"] == 0 and known["stay"]["country"]["used"] == known["stay"]["here"] == 1, known)

    # the disk of a post
    held = subprocess.run(["grep", "-rqaF", "QND500003", os.path.join(country, "seaport")], check=False).returncode == 0
    check("a post's disk does not say who crossed elsewhere", not held)

    # killed, and again; and without the centre
    running["centre"].terminate()
    running.pop("centre").wait(20)
    when = datetime.datetime.fromisoformat(known["stay"]["country"]["until"].replace("Z", "+00:00")).timestamp() * 1000
    before = status_of(lambda said: said["stays_until_ms"] >= when - 1)
    os.killpg(running["seaport"].pid, signal.SIGKILL)
    running.pop("seaport").wait(20)
    post = Browser(up("seaport", "--no-travellers", "--port", "0"))
    post.sign_in("ina", "demo-officer", lane="1")
    again = until(post, "U1", lambda advice: advice["stay"]["used"] == 90)
    check("after a kill, and with the centre gone, it is known again", again["stay"]["used"] == 90 and again["stay"]["country"]["crossings"] == 2, again)
    # the centre goes on where it was
    up("centre", "--port", "0")
    fresh = until(post, "U1", lambda advice: "country" in advice["stay"] and advice["stay"]["country"]["age_s"] < 3)
    check("the centre publishes on, and nothing twice", fresh["stay"]["used"] == 90 and fresh["stay"]["country"]["crossings"] == 2 and fresh["stay"]["country"]["age_s"] < 60, fresh)
    now = status_of(lambda said: said["stays_until_ms"] > before["stays_until_ms"] and said["stays"] >= before["stays"])
    check("status says what there is", now["stays"] == before["stays"] > 7 and now["stays_refused"] == 0 and now["stays_missing"] == 0 and now["stays_since"] <= day(130), (before, now))
finally:
    for process in running.values():
        process.terminate()
    for process in running.values():
        process.wait(20)
    shutil.rmtree(folder, ignore_errors=True)
over()
