"""tests/sim/many.py SIM FIRST COUNT [--processes N] [--record FILE]: simulate COUNT seeds from FIRST on, side by side (default: one process a core).

Goes on past a seed that fails. The last line says commit, range, how many were clean, the time, and each seed that failed.

With a record each chunk of seeds that is done is a line of FILE (commit, first seed, seeds, clean, seconds of one core, seeds that failed, between tabs). Ended at any moment, by a key or a power cut,
the same call goes on where it was: what FILE has of this commit is not done again. A tree with changes has no commit: nothing of it is taken from a record."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

CHUNK = 50
asked = argparse.ArgumentParser(usage=__doc__)
asked.add_argument("sim")
asked.add_argument("first", type=int)
asked.add_argument("count", type=int)
asked.add_argument("--processes", type=int, default=os.cpu_count())
asked.add_argument("--record", type=pathlib.Path)
asked = asked.parse_args()
commit = re.match(r"commit (\S+),", subprocess.run([asked.sim, "--seeds", "0"], capture_output=True, text=True, check=True).stdout)[1]
writing, over = threading.Lock(), threading.Event()


def done_before():
    """What the record has of this commit: (first seed, seeds) -> its cells."""
    if asked.record is None or not asked.record.exists() or commit.endswith("-dirty"):
        return {}
    rows = [line.split("\t") for line in asked.record.read_text(encoding="utf-8").splitlines()]
    return {(int(row[1]), int(row[2])): row for row in rows if len(row) == 6 and row[0] == commit}


def chunk(start, seeds):
    """How many seeds of the chunk were clean, and what the others said; None: told to end."""
    first, clean, bad, began = start, 0, [], time.monotonic()
    while start < first + seeds:
        if over.is_set():
            return None
        run = subprocess.run([asked.sim, "--seed", str(start), "--seeds", str(first + seeds - start)], capture_output=True, text=True, check=False)
        if run.returncode in (-signal.SIGINT, -signal.SIGTERM):  # what ends us reached it first: no seed failed by that
            over.set()
        done = len(re.findall(r"^seed \d+:", run.stdout, re.M))
        clean, start = clean + done, start + done
        if start < first + seeds and not over.is_set():
            said = re.search(r"^FAILED.*$", run.stdout, re.M)
            bad.append((start, said[0] if said else f"ended with {run.returncode}: {run.stderr[-300:]}"))
            start += 1
    if asked.record is not None and not over.is_set():
        with writing, asked.record.open("a", encoding="utf-8") as file:
            file.write(f"{commit}\t{first}\t{seeds}\t{clean}\t{time.monotonic() - began:.1f}\t{','.join(str(seed) for seed, _ in bad)}\n")
    return clean, bad


before = done_before()
chunks = [(start, min(CHUNK, asked.first + asked.count - start)) for start in range(asked.first, asked.first + asked.count, CHUNK)]
old = [before[one] for one in chunks if one in before]
failed = [(int(seed), "as the record says") for row in old for seed in row[5].split(",") if seed]
clean, began = sum(int(row[3]) for row in old), time.monotonic()
if old:
    print(f"commit {commit}: {len(old)} of {len(chunks)} chunks are in the record: {clean} clean, {len(failed)} failed", flush=True)
with concurrent.futures.ThreadPoolExecutor(asked.processes) as pool:
    waiting = [pool.submit(chunk, *one) for one in chunks if one not in before]
    try:
        for number, one in enumerate(concurrent.futures.as_completed(waiting), 1):
            good, bad = one.result()
            clean, failed = clean + good, failed + bad
            for seed, said in bad:
                print(f"seed {seed}: {said}", flush=True)
            if number % 20 == 0:
                print(f"{clean} clean, {len(failed)} failed, {time.monotonic() - began:.0f} s", flush=True)
    except KeyboardInterrupt:
        over.set()
        pool.shutdown(cancel_futures=True)
print(f"commit {commit}, seeds {asked.first} to {asked.first + asked.count - 1}: {clean} clean, {len(failed)} failed, {asked.count - clean - len(failed)} not done, "
      f"{time.monotonic() - began:.0f} s, {asked.processes} processes" + "".join(f", {seed}" for seed, _ in sorted(failed)))
sys.exit(1 if clean != asked.count else 0)
