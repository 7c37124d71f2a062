"""What a lane notices while its post, which was cut off for a month, catches up: four lanes at a post with a site keeper, asked while no
keeper answers, and again while everything that the month brought goes out to four keepers and a centre, all on this machine.

Usage: catching_up.py [CROSSINGS]     (POSTERN names the program; 200,000 crossings unless said otherwise)
The month's crossings are imported into the post's ledger while it is stopped. Of each traveller at a lane: the scan, to the advice, and the
settlement, to the answer that two machines hold it."""
import csv
import os
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "e2e"))
from keeping import Country, kept_entries, say, visit  # noqa: E402
from post import Lane, postern_path  # noqa: E402

LANES, PAUSE_S, BEFORE_S = 4, 0.2, 15


def write_month(path, count):
    """Invented people, one crossing each, the days of October one after the other."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["time", "direction", "surname", "given", "birth", "nationality", "document-issuer", "document-number"])
        for n in range(count):
            day, minute = n * 31 // count + 1, n % 1440
            rows.writerow([f"2026-10-{day:02d}T{minute // 60:02d}:{minute % 60:02d}:00Z", "entry", f"ORMELLI{n % 977}", f"VESA{n % 313}", "1980-05-17", "UTO", "UTO", f"M{n:08d}"])


class Asking(threading.Thread):
    """One lane with travellers until it is told to end."""

    def __init__(self, country, port, first, ended):
        super().__init__()
        self.lane = Lane(port)
        assert self.lane.sign_in("arta", country.password).status == 200
        self.number, self.ended, self.scans, self.settlements = first, ended, [], []

    def run(self):
        while not self.ended.is_set():
            self.number += 1
            _, scan, settlement = visit(self.lane, self.number)
            self.scans.append(scan)
            self.settlements.append(settlement)
            time.sleep(PAUSE_S)


def measure(what, country, port, first, until):
    """Returns how long it took until it was so, with travellers at all lanes."""
    ended = threading.Event()
    lanes = [Asking(country, port, first + 100000 * n, ended) for n in range(LANES)]
    began = time.monotonic()
    for lane in lanes:
        lane.start()
    try:
        until()
    finally:
        ended.set()
        for lane in lanes:
            lane.join()
    took = time.monotonic() - began
    say(f"{what}, scan to advice", [t for lane in lanes for t in lane.scans])
    say(f"{what}, settlement to answer", [t for lane in lanes for t in lane.settlements])
    return took


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200000
    with tempfile.TemporaryDirectory(dir=os.environ.get("POSTERN_BENCH_DIR", "/var/tmp")) as folder:
        country = Country(os.path.join(folder, "country"))
        try:
            month = os.path.join(folder, "month.csv")
            write_month(month, count)
            began = time.monotonic()
            subprocess.run([postern_path(), "import", "crossings", os.path.join(country.folder, "quay"), month, "--source", "a month"], check=True, capture_output=True)
            print(f"{count} crossings in the ledger after {time.monotonic() - began:.1f} s", flush=True)
            country.up("quay-site")
            port = int(country.up("quay").rsplit(":", 1)[1])
            watch = Lane(port)
            measure("cut off", country, port, 1000000, lambda: time.sleep(BEFORE_S))

            def all_out():
                for code in ("keeper-a", "keeper-b", "keeper-c", "keeper-d", "centre"):
                    country.up(code)
                while True:
                    held = kept_entries(watch)
                    if held["quorum"] > count and held["site-kept"] - held["quorum"] < 100:
                        return
                    time.sleep(0.25)

            took = measure("catching up", country, port, 2000000, all_out)
            print(f"a quorum of keepers holds all of it after {took:.1f} s: {count / took:.0f} entries a second to each of four")
            measure("afterwards", country, port, 3000000, lambda: time.sleep(BEFORE_S))
        finally:
            country.end()


main()
