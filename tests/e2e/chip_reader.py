"""tests/e2e/chip_reader.py: chips read at a PC/SC reader of this machine, as an officer's would be: the daemon is Debian's, the
reader and the documents on it are made of software (chip_card.py). POSTERN names the program. Needs to be root where no daemon
runs yet. Prints what it saw, and "N passed, N failed"."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from post import Post, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = os.path.join(HERE, "..", "..", "data", "samples", "chip")
POSTERN = os.path.abspath(os.environ["POSTERN"])
PAGE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n"
KEY = "L898902C3674081221204159"
OTHER_KEY = "L898902C3674081221204160"
SOCKET = "/run/pcscd/pcscd.comm"
results = []


def check(what, good, said=""):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}{'' if good else f': {said}'}", flush=True)


@contextlib.contextmanager
def daemon():
    """pcscd, unless one runs; whether it is our own."""
    if os.path.exists(SOCKET) and subprocess.run([POSTERN, "chip", "readers"], capture_output=True, check=False).returncode in (0, 1):
        yield False
        return
    os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.remove(SOCKET)
    running = subprocess.Popen(["/usr/sbin/pcscd", "--foreground"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if subprocess.run([POSTERN, "chip", "readers"], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)
        yield True
    finally:
        running.terminate()
        running.wait(10)


@contextlib.contextmanager
def document(folder, key, *options):
    """A document on the reader, until the end."""
    card = subprocess.Popen(["/usr/bin/python3", os.path.join(HERE, "chip_card.py"), folder, key, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert card.stdout.readline() == "ready\n"
        yield
    finally:
        card.kill()
        card.wait(10)
        card.stdout.close()
        # Whoever asks a reader for a document that has just gone makes the daemon forget to look whether another came: it looks
        # every 0.4 s by itself.
        time.sleep(2)


def run(*arguments):
    done = subprocess.run([POSTERN, "chip", *arguments], capture_output=True, timeout=120, check=False, text=True)
    return (json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout), done.returncode, done.stderr


def same(folder, names):
    return all(open(os.path.join(folder, name), "rb").read() == open(os.path.join(SAMPLE, name), "rb").read() for name in names)


def reads(work, way, *options):
    folder = os.path.join(work, f"read-{way}")
    answer, code, said = run("read", *options, "--out", folder, "--reader", "Virtual PCD", "--wait", "10")
    check(f"{way}: opened, its files as they are on the chip",
          code == 0 and answer["access"] == way.split()[0] and answer["proof"] == "none" and {one["file"] for one in answer["files"]} == {"011D", "0101"} and same(folder, ["011D", "0101"]), said)
    answer, code, said = run("check", folder, "--trust", os.path.join(SAMPLE, "authorities.pem"), "--today", "2026-11-30")
    check(f"{way}: and they are as their issuer signed them", code == 0 and answer["finding"] == "genuine", said)


def commands(work):
    page = os.path.join(work, "page")
    with open(page, "w", encoding="ascii") as file:
        file.write(PAGE)
    answer, code, _ = run("readers")
    check("the readers of this machine are named", code == 0 and "Virtual PCD 00 00" in answer)
    with document(SAMPLE, KEY):
        reads(work, "basic by the page", "--page", page)
        reads(work, "basic by the key", "--key", KEY)
        _, code, said = run("read", "--key", OTHER_KEY, "--out", os.path.join(work, "none"), "--wait", "5")
        check("another document's lines do not open it, and nothing is written",
              code == 3 and "does not open" in said and not os.path.exists(os.path.join(work, "none")), said)
    with document(SAMPLE, KEY, "--pace", "--number", "314159"):
        reads(work, "pace by the page", "--page", page)
        reads(work, "pace by the number on the card", "--key", "314159")
        _, code, said = run("read", "--key", "314158", "--out", os.path.join(work, "none"), "--wait", "5")
        check("another number does not open it", code == 3 and "does not open" in said, said)
    _, code, said = run("read", "--key", KEY, "--out", os.path.join(work, "none"), "--wait", "0")
    check("no document on the reader: said so, and what is not there is not waited for", code == 1 and "no document" in said, said)
    _, code, said = run("read", "--key", KEY, "--out", os.path.join(work, "none"), "--reader", "Nobody's", "--wait", "0")
    check("no such reader", code == 1 and "no reader has that in its name" in said, said)
    with document(SAMPLE, KEY, "--gone-after", "9"):
        _, code, said = run("read", "--key", KEY, "--out", os.path.join(work, "none"), "--wait", "5")
        check("taken away in the middle: said so, and no half of it is written",
              code == 4 and "does not answer" in said and not os.path.exists(os.path.join(work, "none")), f"{code} {said}")
    check("misused: how it is used", run("read", "--key", KEY)[1] == 2 and run("read", "--out", work)[1] == 2
          and run("read", "--out", work, "--key", KEY, "--page", page)[1] == 2 and run("read", "--out", work, "--key", KEY, "--groups", "17")[1] == 2)
    _, code, said = run("read", "--key", "L898902C3674081221204150", "--out", work)
    check("a key with a wrong check digit is refused before anything is asked", code == 3 and "check digits" in said, said)


def copies(work):
    """A German specimen of the shared data: its signed files name a secret, which who has only the files has not."""
    folder = os.path.join(os.environ.get("POSTERN_SHARED", os.path.join(HERE, "..", "..", "..", "shared")), "data", "documents", "pki", "lds-bsi2008")
    if not os.path.isdir(folder):
        print("skipped: no chip in the shared data")
        return
    out = os.path.join(work, "copy")
    with document(folder, "C11T002JM496081221310317"):
        answer, code, said = run("read", "--key", "C11T002JM496081221310317", "--out", out, "--groups", "1,2", "--wait", "10")
    check("a chip that has the files of another and not its secret is called a copy", code == 1 and answer["proof"] == "failed", said)
    check("and its files are there to look at, a portrait of 15 kB too",
          all(open(os.path.join(out, name), "rb").read() == open(os.path.join(folder, name), "rb").read() for name in ("011D", "0101", "0102")))


def at_the_lane(work):
    """From the lines under an officer's eyes to the chip's own and back, with the program that runs on the lane's computer."""
    post, token = Post(), os.path.join(work, "token")
    os.makedirs(os.path.join(post.folder, "rules"), exist_ok=True)
    shutil.copy(os.path.join(SAMPLE, "authorities.pem"), os.path.join(post.folder, "rules"))
    made = subprocess.run([POSTERN, "reader", "add", post.folder, "--lane", "7", "--out", token], capture_output=True, text=True, check=False)
    check("a token for the lane's reader", made.returncode == 0, made.stderr)
    post.up()
    beside = subprocess.Popen([POSTERN, "reader", "run", "--post", post.address, "--token", token, "--reader", "Virtual PCD"], stderr=subprocess.PIPE, text=True)
    try:
        lane = post.lane("arta", "7")
        check("the program beside it makes the lane one with a reader", wait_until(lambda: lane.ask("GET", "/v1/lane").json["reader"], 20))
        for what, key, options, wanted in (("its own chip", KEY, [], {"chip.genuine"}), ("its own chip, by PACE", KEY, ["--pace"], {"chip.genuine"}),
                                           ("another document's chip", OTHER_KEY, [], {"chip.refused"})):
            with document(SAMPLE, key, *options):
                found = ask_chip(lane)
            advice = lane.ask("POST", "/v1/scans", {"mrz": PAGE, "direction": "entry", "chip": found}).json["advice"]
            rules = {one["rule"] for one in advice["reasons"] if one["rule"].startswith("chip.")}
            check(f"{what}: {', '.join(wanted)}", rules == wanted, (found.get("state"), rules))
        check("no document: said so after the time it takes to lay one there", ask_chip(lane).get("state") == "no-chip")
        removed = subprocess.run([POSTERN, "reader", "remove", post.folder, "--lane", "7"], capture_output=True, text=True, check=False)
        check("taken away, the program ends by itself", removed.returncode == 0 and beside.wait(40) == 1)
    finally:
        beside.kill()
        said = beside.communicate()[1]
        post.down()
        post.remove()
    check("it says what it does, and of whom nothing", "a chip was read" in said and "ERIKSSON" not in said and "L898902C" not in said, said)
    check("a post in the clear elsewhere is spoken to by nobody",
          subprocess.run([POSTERN, "reader", "run", "--post", "http://border.example", "--token", token], capture_output=True, check=False).returncode == 2)


def ask_chip(lane):
    """What the lane's reader says of the document on it, as a page asks."""
    asked = lane.ask("POST", "/v1/chips", {"mrz": PAGE})
    path = f"/v1/chips/{asked.json['id']}"
    wait_until(lambda: lane.ask("GET", path).json["state"] != "waiting", 40)
    return lane.ask("GET", path).json


def main():
    if os.geteuid() != 0 and not os.path.exists(SOCKET):
        print("skipped: no PC/SC daemon runs, and only root may start one")
        print("0 passed, 0 failed")
        return 0
    work = tempfile.mkdtemp(prefix="postern-chip-")
    try:
        with daemon() as own:
            if not own and "Virtual PCD" not in run("readers")[0]:
                print("skipped: the PC/SC daemon that runs here knows no virtual reader (it began before vsmartcard-vpcd was there)")
            else:
                commands(work)
                copies(work)
                at_the_lane(work)
    finally:
        shutil.rmtree(work)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
