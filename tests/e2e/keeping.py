"""A country on this machine for tests and benches: one post with a site keeper, four keepers, a centre. Used by kept.py,
bench/country.py and bench/catching_up.py. Only Python's own library."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

from post import children, free_ports, passport, Post, postern_path

KEPT = re.compile(rb'^postern_kept_entries{level="([a-z-]+)"} (\d+)$', re.M)


def alive(group):
    """Whether a process of that group has not ended: one that nobody has waited for yet has."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] not in "ZX":
                return True
    return False


class Country:
    """quay, quay-site, keeper-a to keeper-d, centre; nothing runs until up."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = {}
        self.programs = {}  # code -> the program that it runs, where that is not the one under test
        self.environment = None  # of the nodes that are started from now on, where it is not this process's own
        subprocess.run([postern_path(), "init", folder, "--post", "quay:seaport:Quay", "--site-keepers", "--keeper-port", str(free_ports(5)),
                        "--demonstration"], check=True, capture_output=True)
        staff = Post()
        shutil.copy(os.path.join(staff.folder, "staff"), os.path.join(folder, "quay", "staff"))
        self.passwords = staff.passwords
        self.password = staff.passwords["arta"]

    def up(self, code):
        errors = open(os.path.join(self.folder, code + ".stderr"), "ab")
        program = self.programs.get(code, postern_path())
        self.processes[code] = subprocess.Popen([program, "up", os.path.join(self.folder, code)] + (["--no-travellers"] if code == "quay" else []),
                                                stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True, env=self.environment)
        errors.close()
        return self.processes[code].stdout.readline().strip()

    def signal(self, code, number):
        """To all processes of a node."""
        os.killpg(self.processes[code].pid, number)

    def kill(self, code):
        """All of it; its locks are free when this returns."""
        self.signal(code, signal.SIGKILL)
        process = self.processes.pop(code)
        process.wait()
        until = time.monotonic() + 10
        while alive(process.pid) and time.monotonic() < until:
            time.sleep(0.01)

    def signer(self, code):
        """The process of a keeper that signs: the child of `postern up`."""
        return self.front(code, 1)

    def front(self, code, down=2):
        """The process of a keeper that parses the network: the child of the child of `postern up`. None while there is none."""
        pid = self.processes[code].pid
        for _ in range(down):
            pid = next(iter(children(pid)), None) if pid else None
        return pid

    def end(self):
        for code in list(self.processes):
            self.signal(code, signal.SIGCONT)
            self.kill(code)


def visit(lane, number):
    """One traveller; the answer to the settlement, and how long the scan and the settlement took."""
    began = time.monotonic()
    scan = lane.ask("POST", "/v1/scans", {"mrz": passport(number), "direction": "entry"}, {"Idempotency-Key": f"scan-{number}-0123456789"})
    told = time.monotonic()
    done = lane.ask("POST", "/v1/crossings", {"scan": scan.json["scan"], "act": "refer", "kind": "conditions"}, {"Idempotency-Key": f"act-{number}-0123456789"})
    settled = time.monotonic()
    assert done.status == 200, done.body
    return done.json, told - began, settled - told


def cross(lane, number):
    """One crossing; its answer and how long the settlement took."""
    done, _, took = visit(lane, number)
    return done, took


def kept_entries(lane):
    """How many entries of the post's ledger are held at each level, as its metrics say."""
    return {level.decode(): int(size) for level, size in KEPT.findall(lane.ask("GET", "/metrics").body)}


def say(what, times):
    times = sorted(times)
    print(f"{what}: p50 {times[len(times) // 2] * 1e3:.1f} ms, p99 {times[len(times) * 99 // 100] * 1e3:.1f} ms of {len(times)}")
