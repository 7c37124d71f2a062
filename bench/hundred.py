"""An order at a hundred posts: from the moment in which it is handed to one keeper until the page of a lane at each of them is told.

Usage: hundred.py [POSTS]     (POSTERN names the program; 100 posts unless said otherwise; no site keepers)
All on this machine: four keepers, a centre and the posts, each with the processes it has anywhere. Two duty officers take every post to
local three times, each time one duty key brings them back: with the centre there; with the centre and its processes stopped, its lines
held open; with the centre killed and two keepers of four. Prints seconds to the first, the middle and the last post."""
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "e2e"))
from post import family, free_ports, Lane, postern_path, signed  # noqa: E402

POSTERN, PASSWORD, KINDS, LIMIT_S = postern_path(), "a word for rehearsals", ("airport", "seaport", "land"), 30


def run(*words, data=""):
    done = subprocess.run([POSTERN, *words], input=data, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


class Node:
    """One that runs; those of many are started before any of them is waited for."""

    def __init__(self, folder, *words):
        self.folder, self.log = folder, open(folder + ".log", "ab")
        self.process = subprocess.Popen([POSTERN, "up", folder, *words], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.port = None

    def wait(self):
        said = self.process.stdout.readline().strip()
        assert said, self.folder
        found = re.search(r":(\d+)$", said)
        self.port = int(found[1]) if found else None

    def hold(self, number):
        for one in family(self.process.pid):
            os.kill(one, number)

    def down(self):
        self.hold(signal.SIGKILL)
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.log.close()


class Page:
    """What a lane's page hears."""

    def __init__(self, port):
        self.lane = Lane(port, timeout=60)
        answer = self.lane.sign_in("arta", PASSWORD)
        assert answer.status == 200, answer.body
        self.line = socket.create_connection(("127.0.0.1", port))
        self.line.sendall(f"GET /v1/events HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {self.lane.cookie}\r\n\r\n".encode())
        self.line.setblocking(False)
        self.text = b""

    def hears(self):
        """The rungs it was told of since it was last asked."""
        try:
            self.text += self.line.recv(65536)
        except BlockingIOError:
            pass
        found = re.findall(rb"event: rung\ndata: (\{.*\})\n\n", self.text)
        self.text = self.text.rpartition(b"\n\n")[2]
        return [json.loads(one)["rung"] for one in found]


def everywhere(pages, wanted, begun):
    """Seconds since then until each page was told."""
    took = {}
    with selectors.DefaultSelector() as watching:
        for page in pages:
            watching.register(page.line, selectors.EVENT_READ, page)
        while len(took) < len(pages) and time.monotonic() - begun < LIMIT_S:
            for key, _ in watching.select(1):
                if wanted in key.data.hears() and key.data not in took:
                    took[key.data] = time.monotonic() - begun
    return sorted(took.values())


def say(what, count, took):
    print(f"{what}: {len(took)} of {count} posts; first {took[0]:.2f}, middle {took[len(took) // 2]:.2f}, last {took[-1]:.2f} s" if took else f"{what}: none", flush=True)


def measure(what, work, land, pages):
    """There and back. The note is signed before; handing it in is counted."""
    stop = signed(work, land, ["duty-1", "duty-2"], "order", "withdraw", "--to", "local", "--cause", "technical", "--all")
    begun = time.monotonic()
    run("order", "give", f"{land}/p1", stop, "--keepers", "1")
    say(f"{what}, to local", len(pages), everywhere(pages, "local", begun))
    name = run("order", "name", stop).strip()
    back = signed(work, land, ["duty-2"], "order", "restore", "--all", "--ends", name)
    begun = time.monotonic()
    run("order", "give", f"{land}/p2", back, "--keepers", "1")
    say(f"{what}, and back", len(pages), everywhere(pages, "normal", begun))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    work = tempfile.mkdtemp(prefix="postern-hundred-")
    land, codes = f"{work}/land", [f"p{n}" for n in range(1, count + 1)]
    posts = [word for n, code in enumerate(codes) for word in ("--post", f"{code}:{KINDS[n % 3]}:Post {code}")]
    run("init", land, *posts, "--demonstration", "--keeper-port", str(free_ports(12)))
    for code in codes:
        run("node", f"{land}/{code}", "--officer", "arta=Arta", "--passwords", data=f"arta {PASSWORD}\n")
    with open(land + "/roster", encoding="utf-8") as file:
        keepers = [re.search(r"/([a-z0-9-]+)\+", line)[1] for line in file if line.startswith("keeper ")]
    nodes = {code: Node(f"{land}/{code}", *(["--no-travellers"] if code in codes else [])) for code in [*keepers, "centre", *codes]}
    try:
        for code, node in nodes.items():
            if code != "centre":
                node.wait()
        pages = [Page(nodes[code].port) for code in codes]
        print(f"{count} posts with a lane signed in; {sum(len(family(node.process.pid)) for node in nodes.values())} processes", flush=True)
        time.sleep(30)  # their ledgers are where they go
        for page in pages:
            page.hears()
        measure("everything there", work, land, pages)
        nodes["centre"].hold(signal.SIGSTOP)
        measure("a centre that says nothing more", work, land, pages)
        for code in ("centre", *keepers[2:]):
            nodes.pop(code).down()
        time.sleep(3)
        measure("no centre, two keepers of four", work, land, pages)
    finally:
        for node in nodes.values():
            node.down()


if __name__ == "__main__":
    main()
