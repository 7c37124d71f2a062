"""A country in which two versions run side by side: one post with its site keeper, four keepers and a centre, made and begun
by an older program, and brought to the one under test node by node, in each of three orders, as a country would be over weeks.
After each step a crossing is held by a quorum and seen at the centre, and an order given to a keeper is in force at the post.

    git worktree add /tmp/older COMMIT && (cd /tmp/older && ./run version)
    POSTERN=build/gcc/src/main/postern python3 tests/e2e/mixed.py /tmp/older/build/run/src/main/postern"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from keeping import Country, cross  # noqa: E402
from post import Lane, postern, postern_path, signed, wait_until  # noqa: E402

ORDERS = {
    "keepers first": ("keeper-a", "keeper-b", "keeper-c", "keeper-d", "quay-site", "quay", "centre"),
    "the post first": ("quay", "quay-site", "centre", "keeper-d", "keeper-c", "keeper-b", "keeper-a"),
    "the centre first": ("centre", "keeper-a", "keeper-b", "quay", "keeper-c", "quay-site", "keeper-d"),
}
results = []


def check(what, good, more=""):
    results.append(bool(good))
    print(f"{'ok' if good else 'NOT OK'}  {what}{'' if good else '  ' + str(more)}", flush=True)


class Rolling:
    """One country on its way from the older program to the newer one."""

    def __init__(self, folder, older):
        os.environ["POSTERN"], newer = older, postern_path()
        try:
            self.country = Country(os.path.join(folder, "country"))  # its folders are of the older version
        finally:
            os.environ["POSTERN"] = newer
        self.older, self.newer, self.lane, self.number = older, newer, None, 0
        for code in ORDERS["keepers first"]:
            self.country.programs[code] = older
            self.up(code)

    def up(self, code):
        said = self.country.up(code)
        if code == "quay":
            self.lane = Lane(int(said.rsplit(":", 1)[1]))
            assert self.lane.sign_in("arta", self.country.password).status == 200
        return said

    def renew(self, code):
        self.country.kill(code)
        del self.country.programs[code]
        return self.up(code)

    def kept(self, crossing):
        return next(line["kept"] for line in self.lane.ask("GET", "/v1/crossings?limit=100").json if line["crossing"] == crossing)

    def centre_view(self):
        """How far the centre has read the post's ledger: entries."""
        program = self.country.programs.get("centre", self.newer)
        done = subprocess.run([program, "status", "--json", os.path.join(self.country.folder, "centre")], capture_output=True, text=True, timeout=60, check=False)
        views = json.loads(done.stdout).get("standing", {}).get("view", []) if done.returncode in (0, 1) and done.stdout else []
        return max([view["next"] for view in views if view["origin"].endswith("/quay")], default=0)

    def works(self, when):
        self.number += 1
        done, took = cross(self.lane, self.number)
        check(f"{when}: a crossing is recorded in a moment", took < 1, took)
        check(f"{when}: a quorum holds it", wait_until(lambda: self.kept(done["crossing"]) == "quorum", 60), self.kept(done["crossing"]))
        check(f"{when}: the centre has read it", wait_until(lambda: self.centre_view() > done["receipt"]["seq"], 60), (self.centre_view(), done["receipt"]))

    def signed(self, keys, *words):
        """An order's note, by these keys."""
        return signed(self.country.folder, self.country.folder, keys, "order", *words, "--all", program=self.newer)

    def run(self, *words):
        """With the newer program, on the machine of whoever holds a key."""
        return postern(*words, program=self.newer)

    def obeys(self, when):
        """Out of service and back, by notes handed to one keeper."""
        def rung():
            return self.lane.ask("GET", "/v1/lane").json["rung"]

        stop = self.signed(("duty-1", "duty-2"), "withdraw", "--to", "local", "--cause", "drill")
        self.run("order", "give", self.country.folder + "/quay", stop, "--keepers", "1")
        check(f"{when}: an order takes the post out", wait_until(lambda: rung() == "local", 40), rung())
        back = self.signed(("duty-2",), "restore", "--ends", self.run("order", "name", stop).strip())
        self.run("order", "give", self.country.folder + "/quay", back, "--keepers", "1")
        check(f"{when}: and another brings it back", wait_until(lambda: rung() == "normal", 40), rung())


def main():
    older = os.path.abspath(sys.argv[1])
    for title, order in ORDERS.items():
        with tempfile.TemporaryDirectory(prefix="postern-mixed-") as folder:
            rolling = Rolling(folder, older)
            try:
                rolling.works(f"{title}: all of it older")
                for step, code in enumerate(order):
                    check(f"{title}: {code} starts on the newer program", rolling.renew(code))
                    rolling.works(f"{title}: after {code}")
                    if step == len(order) // 2:
                        rolling.obeys(title)
            finally:
                rolling.country.end()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) and results else 1


sys.exit(main())
