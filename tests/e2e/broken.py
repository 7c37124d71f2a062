"""tests/e2e/broken.py: a drill that cannot fail proves nothing. Each protection is taken away, and the drill must go red,
at the figure that this protection keeps. A drill mostly waits, so two are played side by side. POSTERN names the program;
words behind the script play only these."""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

postern = os.environ.get("POSTERN", "build/gcc/src/main/postern")
cases = {
    "second-key": ("a thief with two duty keys is obeyed", lambda r: r["forged"]["accepted"] > 0),
    "keepers": ("with every keeper silent no post hears the order", lambda r: all(post["contained_s"] is None for post in r["posts"])),
    "offline": ("with authorities' keys at hand a name is taken off a list", lambda r: r["forged"]["accepted"] > 0),
    "quorum": ("with three keepers of four lost nothing is rebuilt", lambda r: not r["rebuild"]["digest_equal"]),
    "sheet": ("a sheet nobody accounts for is missing", lambda r: r["sheets"]["accounted"] < r["sheets"]["issued"]),
    "second-person": ("what one person keyed twice is not settled", lambda r: r["sheets"]["accounted"] < r["sheets"]["issued"]),
    "cosigners": ("with all keepers' cosignatures a thief's heartbeat is a sign of life", lambda r: r["forged"]["accepted"] > 0),
    "plain-paper": ("who was written on paper without a serial is missed by nobody", lambda r: r["paper"]["named"] < 2),
    "told": ("a missing sheet that somebody calls unused without looking lets the return go on", lambda r: r["paper"]["named"] == 2 and r["paper"]["refused"] < 2),
    "stub": ("an answer given without looking is found by what it says of a sheet that is there", lambda r: r["paper"]["named"] == r["paper"]["refused"] == 2 and r["paper"]["doubts_failed"] > 0),
    "copies": ("crossings that no other machine held are lost, and counted", lambda r: r["crossings"]["lost"] > 0),
}


def play(word):
    with tempfile.NamedTemporaryFile(suffix=".html") as file:
        done = subprocess.run([postern, "drill", "--fast", "--json", "--html", file.name, "--break", word], capture_output=True, text=True, timeout=300)
        with open(file.name, encoding="utf-8") as page:
            shown_red = '<span class="bad">' in page.read()
    report = json.loads(done.stdout) if done.stdout.startswith("{") else None
    good = shown_red and done.returncode == 1 and report is not None and report["failures"] > 0 and cases[word][1](report)
    return good, "" if good else f"{done.stdout}\n{done.stderr[-2000:]}\n{done.returncode}"


passed = failed = 0
words = sys.argv[1:] or list(cases)
with concurrent.futures.ThreadPoolExecutor(2) as two:
    for word, (good, told) in zip(words, two.map(play, words)):
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok' if good else 'NOT OK'}: {word}: {cases[word][0]}{told}", flush=True)
print(f"{passed} passed, {failed} failed")
sys.exit(0 if failed == 0 else 1)
