"""bench/growth.py BIN NAMES.tsv TRAVELLERS.csv PLOT.svg [COUNT...]: questions to lists of ten thousand to ten million names, grown from real ones; a table
and a plot. BIN is the folder of the benches; BENCH_QUESTIONS as for bench_names. A list of ten million wants 5 GB of memory and 400 MB of disk."""
import os
import re
import subprocess
import sys
import tempfile

from names_plot import grown, milliseconds

BIN, NAMES, TRAVELLERS, PLOT = sys.argv[1:5]
COUNTS = [int(one) for one in sys.argv[5:]] or [10_000, 100_000, 1_000_000, 10_000_000]
LINES = {"list names": ("#0b3d63", ""), "list names, 3 changes": ("#b3530a", "7 4"), "list names, born": ("#2e7d32", "2 4")}
SAID = {"list names": "as they stand", "list names, 3 changes": "three changes", "list names, born": "with a birth date"}
LINE = re.compile(r"^(.*?) +\d+ questions +p50 +([0-9.]+) us +p99 +([0-9.]+) us")
BUILT = re.compile(r"built in ([0-9.]+) s .*?([0-9.]+) bytes a name")
points, rows = {}, []
for count in COUNTS:
    with tempfile.NamedTemporaryFile(suffix=".tsv") as list_of:
        made = subprocess.run([os.path.join(BIN, "grow_names"), str(count), NAMES, "5", TRAVELLERS], stdout=list_of, stderr=subprocess.PIPE, text=True, check=True).stderr.strip()
        asked = subprocess.run([os.path.join(BIN, "bench_names"), list_of.name, "1"], capture_output=True, text=True, check=True).stdout
    seconds, bytes_a_name = BUILT.search(asked).groups()
    row = {}
    for found in filter(None, map(LINE.match, asked.splitlines())):
        row[found[1].strip()] = (float(found[2]) / 1000, float(found[3]) / 1000)
    for name in LINES:
        points.setdefault(SAID[name], []).append((count, *row[name]))
    rows.append((count, row, seconds, bytes_a_name))
    print(f"# {made}", file=sys.stderr, flush=True)
print("| names | " + " | ".join(f"{SAID[name]}, p50; p99" for name in LINES) + " | bytes a name | built, one core |")
print("|---" * (len(LINES) + 3) + "|")
for count, row, seconds, bytes_a_name in rows:
    print(f"| {count:,} | " + " | ".join("; ".join(map(milliseconds, row[name])) + " ms" for name in LINES) + f" | {bytes_a_name} | {float(seconds):,.1f} s |")
grown(PLOT, "Postern alone, lists grown from real ones", points, {SAID[name]: LINES[name] for name in LINES})
