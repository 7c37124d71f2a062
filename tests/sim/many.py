"""tests/sim/many.py SIM FIRST COUNT [PROCESSES]: simulate COUNT seeds from FIRST on, side by side (default: one process a core).

Goes on past a seed that fails. The last line says commit, range, how many were clean, the time, and each seed that failed."""
import concurrent.futures
import os
import re
import subprocess
import sys
import time

CHUNK = 50
sim, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
processes = int(sys.argv[4]) if len(sys.argv) > 4 else os.cpu_count()
began, commits = time.monotonic(), set()


def chunk(start):
    """How many seeds of the chunk were clean, and what the others said."""
    clean, bad, end = 0, [], min(start + CHUNK, first + count)
    while start < end:
        run = subprocess.run([sim, "--seed", str(start), "--seeds", str(end - start)], capture_output=True, text=True, check=False)
        commits.update(re.findall(r"^commit (\S+),", run.stdout, re.M))
        done = len(re.findall(r"^seed \d+:", run.stdout, re.M))
        clean, start = clean + done, start + done
        if start < end:
            said = re.search(r"^FAILED.*$", run.stdout, re.M)
            bad.append((start, said[0] if said else f"ended with {run.returncode}: {run.stderr[-300:]}"))
            start += 1
    return clean, bad


failed, clean = [], 0
with concurrent.futures.ThreadPoolExecutor(processes) as pool:
    for done, (good, bad) in enumerate(pool.map(chunk, range(first, first + count, CHUNK)), 1):
        clean, failed = clean + good, failed + bad
        for seed, said in bad:
            print(f"seed {seed}: {said}", flush=True)
        if done % 20 == 0:
            print(f"{clean} clean, {len(failed)} failed, {time.monotonic() - began:.0f} s", flush=True)
print(f"commit {'+'.join(sorted(commits))}, seeds {first} to {first + count - 1}: {clean} clean, {len(failed)} failed, "
      f"{time.monotonic() - began:.0f} s, {processes} processes" + "".join(f", {seed}" for seed, _ in failed))
sys.exit(1 if failed or clean != count else 0)
