"""tests/ledger/copy_kill.py LEDGER_WRITER LEDGER_COPIER [KILLS]: kill -9 a process that copies a ledger, at random
instants, again and again. Each time everything that it said was held is there when it goes on, and in the end the copy is
the source. (COPY-2; kill -9 finds no missing fsync: test_ledger_copy_faults does.)"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

writer, copier = sys.argv[1:3]
kills = int(sys.argv[3]) if len(sys.argv) > 3 else int(os.environ.get("POSTERN_KILLS", "30"))
seed = int(os.environ.get("POSTERN_SEED", str(time.time_ns() % 1000000)))
random.seed(seed)
print(f"seed {seed}")

with tempfile.TemporaryDirectory() as base:
    source, copy = os.path.join(base, "source"), os.path.join(base, "copy")
    os.mkdir(source)
    os.mkdir(copy)
    subprocess.run([writer, source, "6000", "500"], check=True, stdout=subprocess.DEVNULL)
    held, finished = (0, 0), 0
    for kill in range(kills):
        command = [copier, source, copy, str(random.choice([1, 7, 64, 300]))] + random.choice([[], ["packages"]])
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = process.stdout.readline().split()
        if len(first) != 3:
            sys.exit(f"kill {kill}: {process.communicate()}")
        if int(first[1]) < held[1] or int(first[0]) < held[0]:
            sys.exit(f"kill {kill}: {held} were told, {first} are there")
        if first[2] != "0":
            sys.exit(f"kill {kill}: {first[2]} payloads are missing")
        time.sleep(random.random() * 0.05)
        process.kill()
        rest, errors = process.communicate()
        lines = [line.split() for line in rest.split("\n")[:-1]]
        if process.returncode not in (0, -9):
            sys.exit(f"kill {kill}: {errors}")
        if ["same"] in lines:
            finished += 1
            shutil.rmtree(copy)
            os.mkdir(copy)
            held = (0, 0)
            continue
        told = [line for line in lines if len(line) == 3] or [first]
        held = (int(told[-1][0]), int(told[-1][1]))
    last = subprocess.run([copier, source, copy, "4096"], capture_output=True, text=True, check=False)
    if last.returncode != 0 or not last.stdout.endswith("same\n"):
        sys.exit(f"at the end: {last.stdout[-200:]}{last.stderr}")
print(f"{kills} kills, {finished} copies finished meanwhile, everything held was there")
