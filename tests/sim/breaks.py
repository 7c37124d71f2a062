"""tests/sim/breaks.py SIM: a check that cannot fail is worthless. Each thing that the simulation can make wrong on purpose
must be found, and by the invariant that it breaks. And the same seed must give the same run."""
import re
import subprocess
import sys

sim = sys.argv[1]
breaks = {
    "lost": {"LEDGER-1"},
    "rewritten": {"LEDGER-3", "COPY-3"},
    "keeper": {"COPY-4"},
    "liars": {"FOLLOW-2"},
    "bytes": {"COPY-1"},
    "cut": {"HEALS"},
}
failures = 0
for word, invariants in breaks.items():
    for seed in range(1, 9):
        run = subprocess.run([sim, "--seed", str(seed), "--break", word], capture_output=True, text=True, check=False)
        if run.returncode != 0:
            break
    found = re.search(r"FAILED .* tick \d+: ([A-Z]+(-\d+)?): (.*)", run.stdout)
    good = found is not None and found[1] in invariants
    failures += not good
    print(f"{word}: {'ok' if good else 'WRONG'}: {found[0] if found else run.stdout[-200:]}")
runs = [subprocess.run([sim, "--seed", "7", "--loud"], capture_output=True, text=True, check=False).stdout for _ in range(2)]
failures += runs[0] != runs[1]
print("one seed, one run" if runs[0] == runs[1] else "WRONG: the same seed gives another run")
sys.exit(1 if failures else 0)
