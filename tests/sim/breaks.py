"""tests/sim/breaks.py SIM README SOURCE...: a check that cannot fail is worthless. Each line of the README's table says what the
simulation can make wrong on purpose: the run must then stop at the invariant that the line names. The table and the sources
must name the same invariants and the same words. And the same seed must give the same run."""
import pathlib
import re
import subprocess
import sys

sim, readme, sources = sys.argv[1], pathlib.Path(sys.argv[2]), [pathlib.Path(name).read_text(encoding="utf-8") for name in sys.argv[3:]]
numbered = pathlib.Path(readme.parent, "../../docs/ARCHITECTURE.md").read_text(encoding="utf-8")
rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in readme.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| [A-Z]+-\d+ \|", line)]
failures = 0


def same(what, table, code):
    global failures
    failures += table != code
    print(f"{what}: {'ok' if table == code else 'WRONG'}: {len(table)} in the table" +
          "".join(f", {one} only {where}" for one in sorted(table ^ code) for where in ["in the table" if one in table else "in the code"]))


looked_at = {one for source in sources for one in re.findall(r'sim_fail\(\s*\w+,\s*"([^"]+)"', source)} - {"HARNESS"}
listed = {one for source in sources for block in re.findall(r"words\[SIM_BREAK_COUNT\] = \{(.*?)\}", source, re.S) for one in re.findall(r'"(\w+)"', block)}
same("invariants", {row[0] for row in rows}, looked_at)
same("words", {row[2] for row in rows}, listed - {"nothing"})
same("numbers", {row[0] for row in rows}, {row[0] for row in rows if f"| {row[0]} |" in numbered})
for invariant, _, word, _, seed in rows:
    run = subprocess.run([sim, "--seed", seed, "--break", word], capture_output=True, text=True, check=False)
    found = re.search(r"FAILED .* tick \d+: (\S+): (.*)", run.stdout)
    good = run.returncode == 1 and found is not None and found[1] == invariant
    failures += not good
    print(f"{invariant} {word}: {'ok' if good else 'WRONG'}: {found[0] if found else run.stdout[-200:]}")
runs = [subprocess.run([sim, "--seed", "7", "--loud"], capture_output=True, text=True, check=False).stdout for _ in range(2)]
failures += runs[0] != runs[1]
print("one seed, one run" if runs[0] == runs[1] else "WRONG: the same seed gives another run")
sys.exit(1 if failures else 0)
