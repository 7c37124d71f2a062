"""An order from an offline key to every post of a country, through keepers, with no centre: four keepers and two posts as processes.

The order is handed to one keeper with another node's certificate, as a duty officer would. Half the keepers are down. Prints how
long it took until each post's own lane said so; then again with a centre that was there and says nothing more.

    POSTERN=build/debug/src/main/postern python3 tests/e2e/orders_country.py"""
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from post import family, free_ports, Lane, patience, postern_path, signed, wait_until  # noqa: E402

POSTERN, PASSWORD, LIMIT_S = postern_path(), "a word for rehearsals", 2.0
results = []


def check(what, good, more=""):
    results.append(bool(good))
    print(f"{'ok' if good else 'NOT OK'}  {what}{'' if good else '  ' + str(more)}", flush=True)


def run(*words, data="", must=True):
    done = subprocess.run([POSTERN, *words], input=data, capture_output=True, text=True, timeout=120, start_new_session=True)
    assert done.returncode == 0 or not must, (words, done.stderr)
    return done


class Node:
    def __init__(self, land, code):
        self.folder = f"{land}/{code}"
        self.log = open(self.folder + ".log", "ab")
        self.process = subprocess.Popen([POSTERN, "up", self.folder], stdout=subprocess.PIPE, stderr=self.log, text=True)
        said = self.process.stdout.readline().strip()
        assert said, open(self.folder + ".log").read()[-500:]
        found = re.search(r":(\d+)$", said)
        self.port = int(found[1]) if found else None

    def hold(self, number):
        """All its processes, so that none begins another."""
        for one in family(self.process.pid):
            os.kill(one, number)

    def down(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.log.close()


def rung(lane):
    """What its lane says; None when it was asked too often."""
    answer = lane.ask("GET", "/v1/lane")
    return (answer.json["rung"], answer.json["cause"]) if answer.status == 200 else None


def everywhere(lanes, wanted):
    """Seconds until each lane says so."""
    start, took = time.monotonic(), {}
    while len(took) < len(lanes) and time.monotonic() - start < 40:
        for code, lane in lanes.items():
            if code not in took and rung(lane) == wanted:
                took[code] = time.monotonic() - start
        time.sleep(0.01)
    return took


def obeyed(what, land, folder, lanes):
    """Two duty officers' stop, handed to one keeper, and its end are in force at every lane within the limit: of three times once, since
    a machine may stand still for a moment; always in the end."""
    for _ in range(3):
        stop = signed(folder, land, ["duty-1", "duty-2"], "order", "withdraw", "--to", "local", "--cause", "technical", "--all")
        start = time.monotonic()
        given = run("order", "give", land + "/durres", stop, "--keepers", "1", must=False)
        handed_s = time.monotonic() - start
        took = everywhere(lanes, ("local", "technical"))
        check(f"{what}: one keeper took it", given.returncode == 0, given.stderr)
        check(f"{what}: every post obeys", len(took) == len(lanes), (took, given.stderr))
        print(f"{what}: handed in within {handed_s:.2f} s; then in force after {', '.join(f'{code} {s * 1000:.0f} ms' for code, s in took.items())}; limit {LIMIT_S:.0f} s")
        name = run("order", "name", stop).stdout.strip()
        run("order", "give", land + "/muriqan", signed(folder, land, ["duty-2"], "order", "restore", "--all", "--ends", name), "--keepers", "1")
        back = everywhere(lanes, ("normal", "none"))
        check(f"{what}: a duty key brings every post back", len(back) == len(lanes), back)
        slowest = max([*took.values(), *back.values()], default=LIMIT_S)
        limit = patience(LIMIT_S)
        if slowest < limit:
            break
    check(f"{what}: within {LIMIT_S:.0f} s", slowest < limit, (slowest, limit))


def staff(land, folder, country, keepers, posts, lanes):
    """A list for each post, handed to a keeper; then what a post says of it, and who gets longer out of it."""
    for code, post in posts.items():
        people, note = f"{folder}/{code}.people", f"{folder}/{code}.staff"
        run("staff", "new", people, "--from", f"{land}/{code}/staff")
        long = run("staff", "add", people, "--user", "besa", "--name", "Besa", "--role", "supervisor", "--password-fd", "0", data="x" * 1025 + "\n", must=False)
        check("a password that is too long is refused, not cut", long.returncode != 0, long.stderr)
        run("staff", "add", people, "--user", "besa", "--name", "Besa Listamadhe", "--role", "supervisor", "--password-fd", "0", data=PASSWORD)
        with open(f"{folder}/users.csv", "w", encoding="utf-8") as out:
            out.write("user,role,name\nmira,officer,Mira Importuar\n")
        run("import", "users", people, f"{folder}/users.csv")
        run("staff", "sign", people, "--roster", land + "/roster", "--post", f"{country}/{code}", "--version", "1", "--hours", "12",
            "--key", land + "/offline/keys/personnel-1.key", "--passphrase-fd", "0", "--yes", "--out", note, data="demonstration\n")
        check(f"before its list nobody else signs in at {code}", Lane(post.port).sign_in("besa", PASSWORD, "2").status == 401)
        check("people from CSV are on the signed list", "mira" in run("staff", "show", note, "--node", f"{land}/{code}").stdout)
        given = run("staff", "put", f"{land}/durres", note, must=False)
        check(f"a keeper takes the list of {code}", given.returncode == 0, given.stderr)
    for code, post in posts.items():
        lead = Lane(post.port)
        check(f"the list is in force at {code}", wait_until(lambda: lead.sign_in("besa", PASSWORD, "2").status == 200, 40))
        said = lead.ask("GET", "/v1/staff").json
        check(f"{code} says which, and until when", said["list"] and said["version"] == 1 and said["people"] == 3 and 0 < said["left_s"] <= 43200 and said["ends"], said)
        check("an officer who is on it stays signed in", lanes[code].ask("GET", "/v1/session").status == 200)
        check("only a supervisor sees it", lanes[code].ask("GET", "/v1/staff").status == 403)
        both = {"supervisor": {"user": "besa", "password": PASSWORD}, "second": {"user": "arta", "password": PASSWORD}}
        turned = {"supervisor": both["second"], "second": both["supervisor"]}
        check("no officer lets it run longer", lead.ask("POST", "/v1/staff/extension", turned).status == 403)
        check("nor one alone", lead.ask("POST", "/v1/staff/extension", {**both, "second": both["supervisor"]}).status == 403)
        check("nor with a wrong password", lead.ask("POST", "/v1/staff/extension", {**both, "second": {"user": "arta", "password": "x"}}).status == 401)
        longer = Lane(post.port).ask("POST", "/v1/staff/extension", both)
        check("two on the spot do", longer.status == 200 and longer.json["left_s"] > 100000 and not longer.json["ends"], longer.body)
        check("once at a time", lead.ask("POST", "/v1/staff/extension", both).status == 409)
    for code in keepers:
        for root, _, files in os.walk(f"{land}/{code}"):
            for name in files:
                with open(os.path.join(root, name), "rb") as file:
                    if b"Listamadhe" in file.read():
                        check(f"{code} reads no name", False, name)
    check("keepers read no name of it", True)
    mine, other = f"{folder}/muriqan.staff", f"{land}/durres"
    run("staff", "put", other, mine, "--here")
    time.sleep(1)
    check("another post's list is in nobody's way", Lane(posts["durres"].port).sign_in("besa", PASSWORD, "2").status == 200)


def first_at_centre(land, folder, country):
    """A centre where nobody could sign in listens when its first list has come, with no restart of it by anybody."""
    people, note = f"{folder}/centre.people", f"{folder}/centre.staff"
    run("staff", "new", people, "--from", f"{folder}/durres.people")
    run("staff", "sign", people, "--roster", land + "/roster", "--post", f"{country}/centre", "--version", "1",
        "--key", land + "/offline/keys/personnel-1.key", "--passphrase-fd", "0", "--yes", "--out", note, data="demonstration\n")
    centre = Node(land, "centre")
    try:
        check("a centre without people listens to nobody", centre.port is None)
        run("staff", "put", f"{land}/durres", note)
        said = centre.process.stdout.readline().strip() if select.select([centre.process.stdout], [], [], 40)[0] else "nothing"
        check("its first list lets it listen", re.fullmatch(r"http://centre\.localhost:\d+", said), said)
        lead = Lane(int(said.rsplit(":", 1)[-1]) if ":" in said else 0, host=said.removeprefix("http://"))
        check("and those who are on it sign in", wait_until(lambda: ":" in said and lead.ask("POST", "/v1/session", {"user": "besa", "password": PASSWORD}).status == 200, 40))
    finally:
        centre.down()


with tempfile.TemporaryDirectory(prefix="postern-orders-") as folder:
    land, port = folder + "/land", free_ports(12)
    run("init", land, "--demonstration", "--post", "durres:seaport:Durrës", "--post", "muriqan:land:Muriqan", "--keeper-port", str(port))
    for code in ("durres", "muriqan"):
        run("node", f"{land}/{code}", "--officer", "arta=Arta", "--passwords", data=f"arta {PASSWORD}\n")
    with open(land + "/roster", encoding="utf-8") as file:
        text = file.read()
    country = text.split("\n")[0]
    keeper_codes = [re.search(r"/([a-z0-9-]+)\+", line)[1] for line in text.split("\n") if line.startswith("keeper ")]

    nodes = [Node(land, code) for code in keeper_codes[2:]]
    posts = {code: Node(land, code) for code in ("durres", "muriqan")}
    lanes = {}
    try:
        for code, post in posts.items():
            lanes[code] = Lane(post.port)
            assert lanes[code].sign_in("arta", PASSWORD, "1").status == 200
        time.sleep(3)  # the lines to the keepers that are there are up, and held
        check("two keepers down, no centre: lanes at normal", all(rung(lane) == ("normal", "none") for lane in lanes.values()))
        obeyed("two keepers down, no centre", land, folder, lanes)
        silent = Node(land, "centre")
        try:
            heard = wait_until(lambda: all('centre","size":' in run("status", "--json", post.folder).stdout for post in posts.values()), 40)
            check("a centre is heard at every post", heard)
            silent.hold(signal.SIGSTOP)
            obeyed("a centre that withholds", land, folder, lanes)
        finally:
            silent.hold(signal.SIGCONT)
            silent.down()
        staff(land, folder, country.removesuffix("/roster"), keeper_codes[2:], posts, lanes)
        first_at_centre(land, folder, country.removesuffix("/roster"))
        start = time.monotonic()
        given = run("order", "give", land + "/durres", signed(folder, land, ["duty-1"], "order", "revoke", "--officer", "arta", "--all"), "--keepers", "1", must=False)
        out = wait_until(lambda: all(lane.ask("GET", "/v1/session").status == 401 for lane in lanes.values()), 40)
        took_s = time.monotonic() - start
        check("one duty key revokes an officer: signed out at every post", out, (took_s, given.stderr))
        print(f"handed in and signed out everywhere after {took_s:.2f} s")
        check("and signs in nowhere", all(Lane(post.port).sign_in("arta", PASSWORD, "1").status == 401 for post in posts.values()))
        for code, post in posts.items():
            lanes[code] = Lane(post.port)
            check(f"others at {code} go on", lanes[code].sign_in("besa", PASSWORD, "1").status == 200)
        nobody = signed(folder, land, ["personnel-1"], "order", "withdraw", "--to", "local", "--cause", "drill", "--all")
        run("order", "give", land + "/muriqan", nobody, "--keepers", "1", must=False)
        time.sleep(2)
        check("nobody's order moves nobody", all(rung(lane) == ("normal", "none") for lane in lanes.values()))
        erase = signed(folder, land, ["authority-1", "authority-2", "authority-3"], "order", "erase", "--payload", "5a" * 32)
        run("order", "give", land + "/muriqan", erase, "--keepers", "1")
        name = run("order", "name", erase).stdout.strip()

        def told(code):
            return run("erase", "status", f"{land}/{code}", must=False).stdout

        check("an order to erase is shown while it waits", wait_until(lambda: all(f"order {name}\n  state waiting" in told(code) for code in posts), 40),
              told("durres"))
        check("and in the status", "erasure " + name[:12] + ": waiting" in run("status", land + "/durres").stdout, run("status", land + "/durres").stdout)
        check("nobody has answered yet", "answered 0\n" in told("durres") and "silent" in told("durres"), told("durres"))
        alone = signed(folder, land, ["authority-1"], "order", "erase", "--payload", "6b" * 32)
        run("order", "give", land + "/muriqan", alone, "--keepers", "1", must=False)
        name = run("order", "name", alone).stdout.strip()
        check("one authority is not enough", wait_until(lambda: f"order {name}\n  state signatures" in told("durres"), 40), told("durres"))
    finally:
        for one in [*posts.values(), *nodes]:
            one.down()
print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
sys.exit(0 if all(results) else 1)
