"""A post whose keys have a lock, killed under load: it starts by itself, appends, answers orders and screens nobody; nothing in its
folder opens without the passphrase; unlocked, everything that was acknowledged is there and it screens on. Then the same post of a
country, whose centre is locked too.

    POSTERN=build/debug/src/main/postern python3 tests/e2e/locked.py"""
import contextlib
import glob
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from post import Lane, Post, free_ports, passport, postern_path, pull_the_plug, signed, wait_until  # noqa: E402

POSTERN, PASSPHRASE = postern_path(), "four words by dice"
results = []


def check(what, good, more=""):
    results.append(bool(good))
    print(f"{'ok' if good else 'NOT OK'}  {what}{'' if good else '  ' + str(more)}", flush=True)


def run(*words, data="", env=None):
    return subprocess.run([POSTERN, *words], input=data, capture_output=True, text=True, timeout=120, start_new_session=True, env=env, check=False)


def vault(verb, folder, *more, lines=(PASSPHRASE,)):
    return run("vault", verb, folder, "--passphrase-fd", "0", *more, data="".join(line + "\n" for line in lines))


def entries(folder):
    """How many entries the ledger holds, by another reader than its own."""
    with contextlib.closing(sqlite3.connect(f"file:{folder}/ledger.sqlite?mode=ro", uri=True)) as ledger:
        return ledger.execute("SELECT count(*) FROM entry").fetchone()[0]


def shown(folder):
    """Every payload of the ledger, opened with the passphrase: (kind, record)."""
    done = run("ledger", "show", folder, "--open", "--by", "a test", "--reason", "a test", data=PASSPHRASE + "\n", env=dict(os.environ, POSTERN_PASSPHRASE_FD="0"))
    return [json.loads(line) for line in done.stdout.splitlines()], done


def shut_of(lines):
    """Entries whose payload is there and did not open."""
    return [line for line in lines if "sealed" in line and "content" not in line]


class Officer(threading.Thread):
    """Lets travellers through until the line falls; counts those whose crossing was acknowledged."""

    def __init__(self, post, lane, first):
        super().__init__(daemon=True)
        self.lane, self.first, self.made = post.lane("arta", lane), first, []

    def run(self):
        with contextlib.suppress(Exception):
            for number in range(self.first, self.first + 100000):
                scan = self.lane.ask("POST", "/v1/scans", {"mrz": passport(number), "direction": "entry"})
                act = {"act": "record"} if scan.json["advice"]["advice"] == "clear" else {"act": "refer", "kind": "conditions"}
                done = self.lane.ask("POST", "/v1/crossings", {"scan": scan.json["scan"], **act})
                if done.status == 200:
                    self.made.append(done.json["crossing"])


def secrets_of(folder):
    """What opens something, byte for byte, before a lock is put on."""
    with open(f"{folder}/vault/node.key", "rb") as file:
        found = [file.read()[51:83]]
    for path in glob.glob(f"{folder}/vault/reading/*.key"):
        with open(path, "rb") as file:
            found.append(file.read()[30:62])
    return found


def bare(folder, secrets):
    """Files of the folder, the ledger among them, that hold one of these."""
    return [path for path in glob.glob(f"{folder}/**", recursive=True) if os.path.isfile(path) and any(one in open(path, "rb").read() for one in secrets)]


def refused(post):
    """What a browser gets at a locked post, whatever it asks; the codes."""
    asked = [("GET", "/v1/lane"), ("GET", "/v1/crossings"), ("POST", "/v1/scans"), ("POST", "/v1/session"), ("POST", "/v1/sheets"), ("GET", "/v1/cases")]
    answers = [Lane(post.port).ask(method, path, {} if method == "POST" else None) for method, path in asked]
    return [(answer.status, answer.json.get("code")) for answer in answers]


def alone():
    post = Post(code="locked")
    secrets = secrets_of(post.folder) + [b"$argon2id$", b"Besa"]
    check("a lock is put on", vault("lock", post.folder).returncode == 0)
    check("no file holds a secret that reads", bare(post.folder, secrets) == [], bare(post.folder, secrets))  # LOCK-1
    post.up()
    check("it starts locked", Lane(post.port).ask("GET", "/healthz").json["locked"])
    check("and is unlocked", vault("unlock", post.folder).stdout == "unlocked\n")
    wait_until(lambda: not Lane(post.port).ask("GET", "/healthz").json["locked"])
    officers = [Officer(post, str(lane), 1000000 * lane) for lane in (1, 2, 3)]
    for officer in officers:
        officer.start()
    wait_until(lambda: sum(len(officer.made) for officer in officers) > 60)
    os.kill(post.server(), signal.SIGKILL)  # the server alone: it comes back by itself, with its key
    check("a server that falls is not locked again", wait_until(lambda: health(post).get("locked") is False, 20), health(post))
    more = [Officer(post, str(lane), 1000000 * lane) for lane in (4, 5)]
    for officer in more:
        officer.start()
    wait_until(lambda: sum(len(officer.made) for officer in more) > 30)
    made = {crossing for officer in officers + more for crossing in officer.made}
    post.kill()
    before = entries(post.folder)
    post.up()
    check("killed under load, it starts by itself", health(post)["locked"], health(post))
    check("it appends meanwhile", wait_until(lambda: entries(post.folder) > before), (before, entries(post.folder)))
    check("what it appended is signed", json.loads(run("ledger", "verify", post.folder).stdout)["size"] > before)
    # LOCK-2
    check("it answers no lane", set(refused(post)) == {(503, "locked")}, refused(post))
    page = Lane(post.port).ask("GET", "/")
    check("the page says so in both languages", page.status == 503 and b"This machine is locked" in page.body and "Kjo makinë është e kyçur".encode() in page.body and page.headers.get("Retry-After"))
    check("status and metrics say so", "LOCKED" in run("status", post.folder).stdout and b"\npostern_locked 1\n" in Lane(post.port).ask("GET", "/metrics").body)
    check("still no file holds a secret that reads", bare(post.folder, secrets) == [], bare(post.folder, secrets))
    shut = run("ledger", "show", post.folder, "--open", "--by", "a", "--reason", "b", data="another passphrase\n", env=dict(os.environ, POSTERN_PASSPHRASE_FD="0"))
    check("nobody opens the ledger without it", shut.returncode != 0 and shut.stdout == "", shut)
    # LOCK-6
    wrong = [vault("unlock", post.folder, lines=["not the passphrase"]) for _ in range(4)]
    check("wrong tries open nothing", all(one.returncode == 1 for one in wrong), wrong)
    check("the fourth is not tried", "it was not tried" in wrong[3].stderr, wrong[3].stderr)
    check("it never locks for good", wait_until(lambda: vault("unlock", post.folder).returncode == 0, 20))
    wait_until(lambda: health(post).get("locked") is False)
    lane = post.lane("arta", "1")
    check("unlocked, it screens", lane.ask("POST", "/v1/scans", {"mrz": passport(77), "direction": "entry"}).status == 200)
    check("nobody waits for a passphrase any more", vault("unlock", post.folder).returncode == 1)
    post.down()
    lines, done = shown(post.folder)
    text = json.dumps(lines)
    check("every crossing that was acknowledged is there", len(made) > 90 and all(crossing in text for crossing in made), (len(made), done.stderr))
    check("three wrong tries are on record", text.count("(vault)") == 3, text.count("(vault)"))
    check("what it wrote while it was locked opens", shut_of(lines) == [], shut_of(lines)[:3])
    return post


def health(post):
    try:
        return Lane(post.port).ask("GET", "/healthz").json
    except (OSError, ValueError):
        return {}


def keys(post):
    """Another passphrase, the machine's key, and the lock taken off."""
    machine = post.folder + ".machine"
    os.makedirs(post.folder + ".credentials")
    with open(machine, "wb") as file:
        file.write(random.randbytes(64))
    changed = vault("passphrase", post.folder, "--machine-key", machine, lines=[PASSPHRASE, "another one by dice"])
    check("the passphrase is changed", changed.returncode == 0, changed.stderr)
    os.rename(machine, post.folder + ".credentials/postern.machine-key")
    post.environment["CREDENTIALS_DIRECTORY"] = post.folder + ".credentials"
    post.up()
    check("the machine's key starts it unattended", health(post)["locked"] is False)
    post.down()
    with open(post.folder + ".credentials/postern.machine-key", "ab") as file:
        file.write(b"x")
    post.up()
    check("another machine's does not", health(post)["locked"])
    post.down()
    check("the lock is taken off", vault("off", post.folder, lines=["another one by dice"]).returncode == 0 and run("vault", "show", post.folder).stdout == "lock: off\n")
    post.up()
    check("without a lock it starts as ever", post.lane("arta", "1").ask("POST", "/v1/scans", {"mrz": passport(78), "direction": "entry"}).status == 200)
    post.down()


def cut_off():
    """The command that puts a lock on, killed at some moment: the folder is as before, or locked, and opens."""
    post = Post(code="cut")
    seen = set()
    for after_s in (0.005, 0.02, 0.04, 0.06):
        command = subprocess.Popen([POSTERN, "vault", "lock", post.folder, "--passphrase-fd", "0"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        command.stdin.write(PASSPHRASE + "\n")
        command.stdin.flush()
        time.sleep(after_s)
        command.kill()
        command.communicate()
        state = run("vault", "show", post.folder).stdout.split("\n")[0]
        seen.add(state)
        lines, done = shown(post.folder)
        check(f"killed after {after_s} s: {state}, and it opens", state in ("lock: none", "lock: on") and done.returncode == 0 and lines and shut_of(lines) == [], done.stderr)
    check("run again, it is whole", vault("lock", post.folder).returncode == 0 and bare(post.folder, [b"$argon2id$"]) == [])
    post.remove()


class Node:
    def __init__(self, land, code):
        self.folder = f"{land}/{code}"
        self.log = open(self.folder + ".log", "ab")
        self.process = subprocess.Popen([POSTERN, "up", self.folder], stdout=subprocess.PIPE, stderr=self.log, text=True)
        said = self.process.stdout.readline().strip()
        assert said, open(self.folder + ".log").read()[-500:]
        found = re.search(r":(\d+)$", said)
        self.port = int(found[1]) if found else None

    def kill(self):
        pull_the_plug(self.process)
        self.process.stdout.close()
        self.log.close()


def standing(land, code):
    try:
        with open(f"{land}/{code}/standing.json", encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def posts_seen(land):
    """How the centre sees its posts."""
    try:
        with open(f"{land}/centre/country.json", encoding="utf-8") as file:
            return {post["code"]: post for post in json.load(file)["posts"] if "code" in post}
    except (OSError, ValueError):
        return {}


def country(folder):
    """A post and a centre, both locked: orders reach the post, its entries reach keepers, the centre sees that it is locked."""
    land, first = f"{folder}/land", free_ports(6)
    made = run("init", land, "--name", "utopia.example", "--keeper-port", str(first), "--post", "airport:airport:Airport", "--demonstration")
    assert made.returncode == 0, made.stderr
    run("node", f"{land}/centre", "--supervisor", "besa=Besa")
    secrets = secrets_of(f"{land}/airport") + secrets_of(f"{land}/centre")
    for code in ("airport", "centre"):
        check(f"{code}: a lock is put on", vault("lock", f"{land}/{code}").returncode == 0)
        check(f"{code}: no file holds a secret that reads", bare(f"{land}/{code}", secrets) == [], bare(f"{land}/{code}", secrets))
    check("a keeper has nothing to lock", vault("lock", f"{land}/keeper-a").returncode == 3)
    nodes = {code: Node(land, code) for code in ("keeper-a", "keeper-b", "keeper-c", "keeper-d", "centre", "airport")}
    check("both start locked", wait_until(lambda: standing(land, "centre").get("locked") and standing(land, "airport").get("locked")))
    page = Lane(nodes["centre"].port).ask("GET", "/")
    check("who asks the locked centre is told", page.status == 503 and b"This machine is locked" in page.body, page.body[:80])
    check("the locked centre copies what the post writes", wait_until(lambda: any(ledger["size"] > 0 for ledger in standing(land, "centre").get("ledgers", []) if "airport" in ledger["origin"])), standing(land, "centre"))
    stop = signed(folder, land, ["duty-1", "duty-2"], "order", "withdraw", "--to", "local", "--cause", "technical", "--all")
    given = run("order", "give", f"{land}/airport", stop, "--keepers", "1")
    check("an order is given", given.returncode == 0, given.stderr)
    name = run("order", "name", stop).stdout.strip()
    check("the locked post answers it", wait_until(lambda: answered(land, name)), run("order", "status", f"{land}/centre").stdout)
    check("the centre is unlocked", vault("unlock", f"{land}/centre").returncode == 0)
    check("and answers at its port", wait_until(lambda: asked(nodes["centre"]) == 200))
    check("and sees that the post is locked", wait_until(lambda: "locked" in posts_seen(land).get("airport", {}).get("trouble", [])), posts_seen(land))
    check("the post is unlocked", vault("unlock", f"{land}/airport").returncode == 0)
    check("and the centre sees that, too", wait_until(lambda: "locked" not in posts_seen(land).get("airport", {}).get("trouble", ["locked"])), posts_seen(land))
    for node in nodes.values():
        node.kill()
    os.mkdir(f"{folder}/stick")
    carried = run("carry", "out", f"{land}/airport", f"{folder}/stick")
    check("a stick takes a locked post's ledger", carried.returncode == 0, carried.stderr)
    spare = f"{land}/offline/spares/airport-2"
    with open(f"{spare}/vault/lock", "w", encoding="ascii"):
        pass
    refused_spare = run("recover", f"{folder}/again", "--spare", spare)
    check("a spare identity with a lock is refused", refused_spare.returncode == 3 and "lock" in refused_spare.stderr, refused_spare.stderr)


def asked(node):
    try:
        return Lane(node.port).ask("GET", "/").status
    except OSError:
        return None


def answered(land, name):
    """A receipt for the order in the post's ledger: it is public, and says so in the clear."""
    with contextlib.closing(sqlite3.connect(f"file:{land}/airport/ledger.sqlite?mode=ro", uri=True)) as ledger:
        return any(bytes.fromhex(name) in bytes(payload) for (payload,) in ledger.execute("SELECT sealed FROM payload"))


def main():
    post = alone()
    keys(post)
    post.remove()
    cut_off()
    with tempfile.TemporaryDirectory(prefix="postern-locked-") as folder:
        country(folder)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
