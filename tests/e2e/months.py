"""A country that outlives the months of its ceremony: its clock passes into a third one, for which nobody has a key.

Lanes go on, and what is sealed goes to the month before. Then keys are made by command at each machine and for recovery, the authorities
sign a roster with them, and no node is started again for it; what is sealed from then on is the third month's, opened at the centre, and after the
centre was wiped read again with shares of the ceremony and the kit that got those months. At last the centre that came back gets keys of its own. Real processes, their clocks moved by clock.c.

    POSTERN=build/debug/src/main/postern python3 tests/e2e/months.py"""
import glob
import os
import shutil
import struct
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import country as base  # noqa: E402
from country import check, Node, run, seen  # noqa: E402
from operate import doctor, in_force, ORIGIN, Rosters, value  # noqa: E402
from post import Lane, wait_until  # noqa: E402

CLOCK = os.path.join(os.path.dirname(base.POSTERN), "..", "..", "tests", "e2e", "libclock.so")
KEEPERS = ["keeper-a", "keeper-b", "keeper-c", "keeper-d"]
AIRPORT, SLOW = ORIGIN + "airport", 60
DAY = 86400


def month(after, at):
    now = time.gmtime(at)
    number = now.tm_year * 12 + now.tm_mon - 1 + after
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def move(folder, seconds):
    with open(os.path.join(folder, "clock"), "r+b") as file:
        file.write(struct.pack("q", seconds))


def make(folder):
    country = os.path.join(folder, "country")
    code, _, err = run("init", country, "--post", "airport:airport:Tirana airport", "--site-keepers", "--demonstration", "--months", "2", "--keeper-port", str(base.BASE_PORT))
    assert code == 0, err
    nodes = {code: Node(country, code) for code in (*KEEPERS, "airport-site", "centre", "airport")}
    base.add_officer(nodes["airport"].folder)
    return nodes


def lacking(post):
    lane = Lane(post.port)
    body = lane.ask("GET", "/metrics").body.decode()
    lane.close()
    return int(next(line.split()[1] for line in body.splitlines() if line.startswith("postern_readers_lacking ")))


def sealed_to(post, key):
    """The public half stands in what the post wrote for its readers."""
    return any(bytes.fromhex(key) in open(path, "rb").read() for path in glob.glob(os.path.join(post.folder, "ledger.sqlite*")))


def key_of(lines, name):
    return next(line.split()[-1] for line in lines.splitlines() if line.startswith(name))


def nobody_has_a_key(nodes, folder, third):
    """The month begins. SEAL-3."""
    post, centre = nodes["airport"], nodes["centre"]
    check("until then the doctor has nothing bad to say", all(found != "bad" for found, _ in doctor(post)["months"] + doctor(post)["reading keys"]), doctor(post))
    answers = base.cross(post, range(1, 4))
    check("crossings of the ceremony's months reach the centre", all(answer.status == 200 for answer in answers) and wait_until(lambda: seen(centre, (AIRPORT, post.size())), SLOW), centre.cursors())
    move(folder, 64 * DAY)
    answers = base.cross(post, range(4, 7))
    check("a month that nobody has a key for begins, and the lanes go on", all(answer.status == 200 for answer in answers), answers[0].body)
    check("it is counted", lacking(post) > 0, lacking(post))
    check("what was sealed to the month before is opened at the centre", wait_until(lambda: seen(centre, (AIRPORT, post.size())), SLOW), centre.cursors())
    check("the figures say so", wait_until(lambda: all(value(nodes[code], "postern_roster_months_left_seconds") < 0 for code in nodes), SLOW), value(post, "postern_roster_months_left_seconds"))
    said, status = doctor(centre), run("status", centre.folder)[1]
    check("the doctor says so, and what to do", said["months"][0][0] == "bad" and third in said["months"][0][1], said["months"])
    check("and the status", "MONTHS: 4 readers have no key of this month" in status, status)


def keys_are_made(nodes, folder, rosters, third, last):
    """By command, at each machine, beside what runs there. SEAL-5."""
    country = os.path.join(folder, "country")
    lines = ""
    for place in ("airport", "centre", "offline/spares/airport-2"):
        code, out, err = run("reading", "make", os.path.join(country, place), f"{third}..{last}")
        assert code == 0, err
        lines += out
    kit = os.path.join(country, "offline", "recovery", "recovery.kit")
    code, out, err = run("reading", "kit", kit, f"{third}..{last}")
    assert code == 0, err
    lines += out
    with open(os.path.join(folder, "lines"), "w", encoding="utf-8") as file:
        file.write(lines)
    running = {code: nodes[code].process.pid for code in nodes}
    code, out, err = run("roster", "give", nodes["airport"].folder, rosters.sign("--lines", os.path.join(folder, "lines")))
    check("the roster with the months is given", code == 0, out + err)
    in_force(nodes, rosters, list(nodes))
    answers = base.cross(nodes["airport"], range(7, 12))
    check("crossings are sealed to the third month's keys: the post's own, the centre's, recovery's", all(answer.status == 200 for answer in answers)
          and all(sealed_to(nodes["airport"], key_of(lines, f"{name} {third}")) for name in (f"reading {ORIGIN}centre", "recovery")), lines)
    check("nobody lacks one any more", lacking(nodes["airport"]) == 0, lacking(nodes["airport"]))
    check("the centre opens them, and was not started again", wait_until(lambda: seen(nodes["centre"], (AIRPORT, nodes["airport"].size())), SLOW)
          and running == {code: nodes[code].process.pid for code in nodes}, nodes["centre"].cursors())
    check("the doctors are content", all(doctor(nodes[code])[about][0][0] == "fine" for code in ("airport", "centre") for about in ("months", "reading keys")), doctor(nodes["centre"]))
    check("a private half on no other machine", not any(os.path.exists(os.path.join(nodes[code].folder, "vault", "reading")) for code in KEEPERS))
    return kit


def the_centre_is_wiped(nodes, folder, rosters, kit):
    country, centre, post = os.path.join(folder, "country"), nodes["centre"], nodes["airport"]
    centre.kill()
    shutil.rmtree(centre.folder)
    base.cross(post, range(12, 15))
    shares = [part for i in (5, 1, 3) for part in ("--share", os.path.join(country, "offline", "recovery", f"share-{i}"))]
    code, out, err = run("recover", centre.folder, "--spare", os.path.join(country, "offline", "spares", "centre-2"), "--roster", rosters.path, "--kit", kit, *shares)
    check("the ceremony's shares open the kit with the third month", code == 0 and "3 of 5 shares join: 5 months can be read" in out and "nothing is missing" in out, (code, out, err))
    centre.up()
    check("it reads all of them again, the third month's too", wait_until(lambda: seen(centre, (AIRPORT, post.size())), SLOW), centre.cursors())


def it_gets_keys(nodes, folder, rosters, third, last):
    """The centre that came back reads by recovery's; now it makes its own. The spare's name becomes the centre's."""
    centre, post = nodes["centre"], nodes["airport"]
    code, line, err = run("roster", "line", centre.folder)
    code2, months, err2 = run("reading", "make", centre.folder, f"{third}..{last}")
    check("the recovered centre prints its line and makes months of its own", code == code2 == 0 and line.startswith(f"centre {ORIGIN}centre-2+") and months.count(f"reading {ORIGIN}centre-2 ") == 3, (line, err, months, err2))
    with open(os.path.join(folder, "lines-3"), "w", encoding="utf-8") as file:
        file.write(line + months)
    path = rosters.sign("--remove", ORIGIN + "centre", "--lines", os.path.join(folder, "lines-3"), "--publishing", ORIGIN + "centre-2")
    code, out, err = run("roster", "give", post.folder, path)
    check("the roster that names it is given", code == 0, out + err)
    in_force(nodes, rosters, [*KEEPERS, "airport", "centre"])
    base.cross(post, range(15, 18))
    check("crossings are sealed to it, and it opens them", sealed_to(post, key_of(months, f"reading {ORIGIN}centre-2 {third}"))
          and wait_until(lambda: seen(centre, (AIRPORT, post.size())), SLOW), centre.cursors())


def a_month_is_dropped(folder, kit):
    """What an order destroyed elsewhere goes out of the kit, too."""
    country = os.path.join(folder, "country")
    shares = [part for i in (2, 4, 5) for part in ("--share", os.path.join(country, "offline", "recovery", f"share-{i}"))]
    first, this = month(0, time.time()), month(0, time.time() + 64 * DAY)
    code, out, err = run("reading", "drop", kit, this)
    check("a month that is not over is not dropped", code == 3 and "not over" in err and run("reading", "check", kit, *shares)[1].endswith("5 months\n"), (code, out, err))
    code, out, err = run("reading", "drop", kit, first)
    said = run("reading", "check", kit, *shares)[1]
    check("one that is goes, and shares open the others", code == 0 and "4 are left" in out and said.endswith("4 months\n"), (code, out, err, said))
    code, out, err = run("reading", "drop", kit, first)
    check("asked again, nothing more goes", code == 0 and out.startswith("0 months"), (code, out, err))


def main():
    folder = tempfile.mkdtemp(prefix="postern-months-")
    with open(os.path.join(folder, "clock"), "wb") as file:
        file.write(struct.pack("q", 0))
    now = time.time() + 64 * DAY
    third, last = month(0, now), month(2, now)
    assert month(1, time.time()) < third
    nodes = make(folder)
    rosters = Rosters(os.path.join(folder, "country"), folder)
    os.environ.update(LD_PRELOAD=os.path.abspath(CLOCK), CLOCK_FILE=os.path.join(folder, "clock"))
    try:
        base.start(nodes, *nodes)
        nobody_has_a_key(nodes, folder, third)
        kit = keys_are_made(nodes, folder, rosters, third, last)
        the_centre_is_wiped(nodes, folder, rosters, kit)
        it_gets_keys(nodes, folder, rosters, third, last)
        a_month_is_dropped(folder, kit)
    finally:
        for node in nodes.values():
            if node.process is not None:
                node.kill()
        if all(base.results):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"left for looking at: {folder}")
    print(f"{sum(base.results)} passed, {len(base.results) - sum(base.results)} failed")
    return 0 if all(base.results) and base.results else 1


if __name__ == "__main__":
    sys.exit(main())
