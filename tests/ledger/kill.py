"""tests/ledger/kill.py POSTERN LEDGER_WRITER [KILLS]: kill -9 a process that writes a ledger, at random instants, again and
again. Each time: the ledger verifies while nobody has reopened it and again after, and every entry that was acknowledged
is there. Every other ledger is sealed for a reader of the month; each start then opens all of it. (LEDGER-1; kill -9 finds no missing fsync: test_ledger_faults does.)"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time

postern, writer = sys.argv[1:3]
kills = int(sys.argv[3]) if len(sys.argv) > 3 else int(os.environ.get("POSTERN_KILLS", "50"))
seed = int(os.environ.get("POSTERN_SEED", str(time.time_ns() % 1000000)))
random.seed(seed)
print(f"seed {seed}")


def verify(node, what):
    answer = subprocess.run([postern, "ledger", "verify", node], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        sys.exit(f"{what}: {answer.stdout}{answer.stderr}")
    return json.loads(answer.stdout)["size"]


with tempfile.TemporaryDirectory() as base:
    node, environment, acknowledged, restarts, number, least = "", None, 0, 0, 0, 0
    for kill in range(kills):
        if kill % 25 == 0:  # a fresh one now and then: proving a long one takes long
            number += 1
            node, acknowledged = os.path.join(base, f"node{number}"), 0
            os.mkdir(node)
            environment = dict(os.environ, POSTERN_READERS="1") if number % 2 == 0 else None
            subprocess.run([writer, node, "1", "1"], check=True, stdout=subprocess.DEVNULL, env=environment)
            acknowledged = 1 if environment is None else 2  # with its epoch entry
        batch = random.choice([1, 1, 3, 16, 64])
        process = subprocess.Popen([writer, node, "0", str(batch)], stdout=subprocess.PIPE, text=True, env=environment)
        restarts += 1
        for _ in range(random.choice([1, 1, 2, 5, 20])):
            line = process.stdout.readline()
        time.sleep(random.random() * 0.01)
        process.kill()
        rest, _ = process.communicate()
        if process.returncode not in (0, -9):
            sys.exit(f"kill {kill}: the writer ended with {process.returncode}")
        lines = (line + rest).split("\n")
        lines = [text for text in lines[:-1] if text]  # the last one may be cut short
        if lines:
            acknowledged = max(acknowledged, int(lines[-1]))
        size = verify(node, f"after kill {kill}")
        if size < acknowledged:
            sys.exit(f"kill {kill}: {acknowledged} entries were acknowledged, {size} are there")
        least += size - acknowledged
    verify(node, "at the end")
print(f"{kills} kills, {restarts} restarts, every acknowledged entry there; {least} more were kept than acknowledged")
