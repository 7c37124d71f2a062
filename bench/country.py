"""How long until somebody else holds a crossing: one lane, its site keeper, four keepers and a centre as real processes.

Usage: country.py [CROSSINGS]     (POSTERN names the program)
From the moment the settlement is sent: answered; held by a keeper off the site; by a quorum; in the centre's view. Beside it
the same lane on a post by itself, whose answers wait for its own disk alone."""
import os
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "e2e"))
from keeping import Country, cross, kept_entries, say  # noqa: E402
from post import Lane, Post, wait_until  # noqa: E402

LIMIT_S = 10


def alone(count):
    """The same settlements on a post that has no keepers."""
    post = Post().up()
    lane = post.lane("arta")
    times = [cross(lane, number)[1] for number in range(count)]
    post.down()
    return times


class View:
    """How many entries of the post the centre's view counts."""

    def __init__(self, country):
        self.path = os.path.join(country.folder, "centre", "view.sqlite")
        self.line = None

    def next(self):
        try:
            if self.line is None:
                self.line = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
            found = self.line.execute("SELECT next FROM origin WHERE origin = 'utopia.example/quay'").fetchone()
            return found[0] if found else 0
        except sqlite3.Error:
            self.line = None
            return 0


def follow(watch, view, seq, began):
    """Seconds until each has it, asked of the post's metrics and the centre's view."""
    at = {}
    while len(at) < 3 and time.monotonic() - began < LIMIT_S:
        sizes = kept_entries(watch)
        now = time.monotonic() - began
        for what, size in (("kept", sizes["kept"]), ("quorum", sizes["quorum"]), ("centre", view.next())):
            if size > seq:
                at.setdefault(what, now)
    return at


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    say("a post by itself, settlement to answer", alone(count))
    with tempfile.TemporaryDirectory(dir=os.environ.get("POSTERN_BENCH_DIR", "/var/tmp")) as folder:
        country = Country(os.path.join(folder, "country"))
        try:
            for code in ("quay-site", "keeper-a", "keeper-b", "keeper-c", "keeper-d", "centre"):
                country.up(code)
            lane = Lane(int(country.up("quay").rsplit(":", 1)[1]))
            assert lane.sign_in("arta", country.password).status == 200
            watch = Lane(lane.port)
            view = View(country)
            assert wait_until(lambda: lane.ask("GET", "/v1/lane").json["ledger"]["site"] == "keeps" and view.next() > 0, 60)
            answered, later, levels = [], {"kept": [], "quorum": [], "centre": []}, {}
            for number in range(count):
                began = time.monotonic()
                done, took = cross(lane, number)
                began = time.monotonic() - took
                answered.append(took)
                levels[done["kept"]] = levels.get(done["kept"], 0) + 1
                for what, seconds in follow(watch, view, done["receipt"]["seq"], began).items():
                    later[what].append(seconds)
        finally:
            country.end()
    say("with a site keeper, settlement to answer", answered)
    print("answered as: " + ", ".join(f"{level} {n}" for level, n in sorted(levels.items())))
    for what, say_so in (("kept", "held by a keeper off the site"), ("quorum", "held by a quorum"), ("centre", "in the centre's view")):
        say(say_so, later[what])


main()
