"""tests/e2e/broken.py: a drill that cannot fail proves nothing. Each protection is taken away, and the drill must go red at
the figure that this protection keeps, and at no figure that a protection which is still there keeps. Several are taken away
in one drill where what they keep is told apart; a drill mostly waits, so two are played side by side. POSTERN names the
program; words behind the script play only these, each list of words with commas between in a drill of its own."""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

postern = os.environ.get("POSTERN", "build/gcc/src/main/postern")


# In the order in which the story comes to them: what goes red, and what that is in the report.
whole = {
    "offline": ("with authorities' keys at hand a name is taken off a list", lambda r: r["forged"]["kept"] > 0),
    "second-key": ("a thief with two duty keys is obeyed", lambda r: r["forged"]["followed"] > 0),
    "keepers": ("with every keeper silent no post hears the order", lambda r: all(post["contained_s"] is None for post in r["posts"])),
    "cosigners": ("with all keepers' cosignatures a thief's heartbeat is a sign of life", lambda r: r["forged"]["heard"] > 0),
    "quorum": ("with three keepers of four lost nothing is rebuilt", lambda r: not r["rebuild"]["digest_equal"]),
    "copies": ("crossings that no other machine held are lost, and counted", lambda r: r["crossings"]["lost"] > 0),
}
sheets = {
    "sheet": ("a sheet nobody accounts for is missing", lambda s: s["accounted"] == s["issued"] - 1 and s["named"] and not s["doubts_failed"]),
    "second-person": ("what one person keyed twice is not settled", lambda s: s["accounted"] < s["issued"] - 1),
    "plain-paper": ("who was written on paper without a serial is missed by nobody", lambda s: not s["named"] and s["accounted"] == s["issued"]),
    "told": ("a missing sheet that somebody calls unused without looking lets the return go on", lambda s: s["named"] and not s["refused"] and s["accounted"] == s["issued"]),
    "stub": ("an answer given without looking is found by what it says of a sheet that is there", lambda s: s["named"] and s["refused"] and s["doubts_failed"] > 0),
}
# A drill ends behind the last of its words; nothing that comes later was asked.
story = ["offline", "second-key", "keepers", "cosigners", *sheets, "quorum", "copies"]
drills = ["offline,keepers", "second-key", "cosigners,sheet,second-person", "plain-paper,told,quorum", "stub,copies"]


def judge(report, words):
    """The words at whose figures the report is not what it must be."""
    last = max(story.index(word) for word in words)
    wrong = [word for word, (_, red) in whole.items() if story.index(word) <= last and red(report) != (word in words)]
    on_paper = [post["sheets"] for post in report["posts"] if "sheets" in post]
    taken = [word for word in sheets if word in words]
    for at, word in enumerate(taken):
        places = on_paper[at:at + 1] if len(taken) > 1 else on_paper
        if not places or not all(sheets[word][1](place) for place in places):
            wrong.append(word)
    if not taken and any(not place["named"] or place["accounted"] != place["issued"] or place["doubts_failed"] for place in on_paper):
        wrong.append("paper")
    return wrong


def play(words):
    with tempfile.NamedTemporaryFile(suffix=".html") as file:
        done = subprocess.run([postern, "drill", "--fast", "--json", "--html", file.name, "--break", words], capture_output=True, text=True, timeout=300)
        with open(file.name, encoding="utf-8") as page:
            shown_red = '<span class="bad">' in page.read()
    report = json.loads(done.stdout) if done.stdout.startswith("{") else None
    if not shown_red or done.returncode != 1 or report is None or not report["failures"]:
        wrong = words.split(",")
    else:
        wrong = judge(report, words.split(","))
    return wrong, f"{done.stdout}\n{done.stderr[-4000:]}\n{done.returncode}" if wrong else ""


passed = failed = 0
asked = sys.argv[1:] or drills
with concurrent.futures.ThreadPoolExecutor(2) as two:
    for words, (wrong, told) in zip(asked, two.map(play, asked)):
        for word in words.split(","):
            good = word not in wrong
            passed, failed = passed + good, failed + (not good)
            print(f"{'ok' if good else 'NOT OK'}: {word}: {(whole | sheets)[word][0]}")
        others = [word for word in wrong if word not in words.split(",")]
        passed, failed = passed + (not others), failed + bool(others)
        print(f"{'NOT OK' if others else 'ok'}: without {words} what the rest keeps holds {' '.join(others)}{told}", flush=True)
print(f"{passed} passed, {failed} failed")
sys.exit(0 if failed == 0 else 1)
