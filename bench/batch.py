"""bench/batch.py POSTERN SNAP TRAVELLERS.csv [COUNT]: `postern screen` over a batch of travellers, by one worker and by as many as there are cores.

Best of three each, in turns. Says questions a second, processor time, how many cores that kept busy, how often a worker waited of its own accord
(for another or for a line), and the most memory the program held; the answers must be the same bytes."""
import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time

postern, snap, travellers = sys.argv[1:4]
count = int(sys.argv[4]) if len(sys.argv) > 4 else 20000
cores = len(os.sched_getaffinity(0))
with open(travellers, newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))


def question(number):
    row = rows[number % len(rows)]
    return json.dumps({"id": number, "name": row["full_name"], "birth": row["date_of_birth"], "nationality": row["nationality"]}, ensure_ascii=False) + "\n"


with tempfile.TemporaryFile() as asked:
    asked.write("".join(question(i) for i in range(count)).encode())
    best, digests = {}, set()
    for workers in [1, cores] * 3:
        asked.seek(0)
        with tempfile.TemporaryFile() as answered:
            began = time.monotonic()
            child = subprocess.Popen([postern, "screen", "--watch", snap, "--workers", str(workers)], stdin=asked, stdout=answered)
            _, _, used = os.wait4(child.pid, 0)
            wall = time.monotonic() - began
            answered.seek(0)
            digests.add(hashlib.file_digest(answered, "sha256").hexdigest())
        processor = used.ru_utime + used.ru_stime
        if workers not in best or wall < best[workers][0]:
            best[workers] = (wall, processor, used.ru_nvcsw, used.ru_maxrss / 1024)
for workers, (wall, processor, waits, memory) in sorted(best.items()):
    print(f"{workers} worker{'s' if workers > 1 else ''}: {count / wall:8.0f} questions/s, {processor / count * 1e6:5.0f} µs of processor each, {processor / wall:4.2f} cores busy, waited {waits} times, {memory:4.0f} MiB")
print(f"{count} travellers, {os.path.getsize(snap) / 1e6:.0f} MB of lists, load {os.getloadavg()[0]:.1f}; the answers are {'the same bytes' if len(digests) == 1 else 'DIFFERENT'}")
sys.exit(len(digests) != 1)
