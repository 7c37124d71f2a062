"""A post whose disk rots while it runs, and whose lists are cut short in place: found without a restart, said everywhere, and reaching no
scan (POST-9). Takes a minute and a half: the post rests between two looks.

    POSTERN=build/debug/src/main/postern python3 tests/e2e/rot.py"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from post import Lane, Post, postern_path, wait_until  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LISTED = "P<UTOJEVRELOFF<<TICHORAD<<<<<<<<<<<<<<<<<<<<\nU007015337UTO7010011M3203189<<<<<<<<<<<<<<04"
results = []


def check(what, good, more=""):
    results.append(bool(good))
    print(f"{'ok' if good else 'NOT OK'}  {what}{'' if good else '  ' + str(more)}", flush=True)


def rot(path, change):
    """Change a file as a disk does: its times stay."""
    times = os.stat(path)
    with open(path, "r+b") as file:
        change(file)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def flip(file):
    file.seek(5000)
    byte = file.read(1)[0]
    file.seek(5000)
    file.write(bytes([byte ^ 4]))


def run(*words):
    return subprocess.run([postern_path(), *words], capture_output=True, text=True, timeout=120, check=False).stdout


def found(post):
    lane = Lane(post.port)
    text = lane.ask("GET", "/metrics").body.decode()
    lane.close()
    return int(re.search(r"^postern_lists_damage_found_total (\d+)", text, re.M)[1])


def said(post):
    with open(post.folder + ".stderr", encoding="utf-8") as file:
        return file.read()


def is_found(lane):
    answer = lane.ask("POST", "/v1/scans", {"mrz": LISTED, "direction": "entry"})
    return answer.status == 200 and len(answer.json["matches"]) == 1 and not any(reason["rule"] == "lists.damaged" for reason in answer.json["advice"]["reasons"])


def main():
    with tempfile.TemporaryDirectory(prefix="postern-") as folder:
        snap = os.path.join(folder, "lists.snap")
        made = subprocess.run([postern_path(), "watch", "compile", "-o", snap, "--list", "demo=postern:" + os.path.join(ROOT, "data/samples/lists/demo-alerts.ndjson")],
                              capture_output=True, text=True, check=False)
        check("lists compile", made.returncode == 0, made.stderr)
        post = Post(watch=snap)
        current = os.path.join(post.folder, "lists", "current.snap")
        try:
            post.up()
            lane = post.lane("arta")
            check("whoever is listed is found", is_found(lane) and lane.ask("GET", "/v1/lane").json["lists_state"] == "current" and found(post) == 0)
            rot(current, flip)
            check("a flipped bit on the disk reaches no scan", is_found(lane))
            check("and is found while the post runs", wait_until(lambda: found(post) == 1, 100), found(post))
            check("the lane says so", lane.ask("GET", "/v1/lane").json["lists_state"] == "former" and is_found(lane))
            check("and the machine's health", Lane(post.port).ask("GET", "/healthz").json["status"] == "degraded")
            check("and postern status", "lists: the newest failed their check" in run("status", post.folder), run("status", post.folder))
            check("and postern doctor", re.search(r"^bad +lists", run("doctor", post.folder), re.M), run("doctor", post.folder))
            rot(current, lambda file: file.truncate(4096))
            check("cut short in place, it ends no program", is_found(lane) and post.process.poll() is None)
            check("and the journal", wait_until(lambda: '"event":"lists-damaged"' in said(post), 10), said(post))
            check("stopped in order", post.down() == 0)
        finally:
            post.remove()
    print(f"{sum(results)} of {len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
