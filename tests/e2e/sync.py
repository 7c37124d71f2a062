"""A disk that fails a sync: the node signs nothing more, starts again by itself, and nothing acknowledged is lost.

Usage: sync.py     (POSTERN names the program; failsync is built beside it)"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from post import Post, passport, postern_path, wait_until  # noqa: E402

results = []


def check(name, condition, detail=""):
    results.append(bool(condition))
    if not condition:
        print(f"FAILED  {name}: {detail}")


def cross(lane, number):
    """One crossing to its end; its id and place in the ledger, or what went wrong."""
    scan = lane.ask("POST", "/v1/scans", {"mrz": passport(number), "direction": "entry"})
    if scan.status != 200 or scan.json["kept"] != "local":
        return None, scan
    settled = lane.ask("POST", "/v1/crossings", {"scan": scan.json["scan"], "act": "record"})
    return (settled.json["crossing"], settled.json["receipt"]["seq"]) if settled.status == 200 else None, settled


def main():
    tests = os.path.join(os.path.dirname(postern_path()), "..", "..", "tests", "e2e")
    library = os.path.join(tests, "libfailsync.so")
    if not os.path.exists(library):
        print(f"{library} is not built: not run\n0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory(prefix="postern-") as folder:
        trigger = os.path.join(folder, "fail-now")
        post = Post(environment={"LD_PRELOAD": library, "FAILSYNC": trigger})
        try:
            post.up()
            lane, kept, number = post.lane("arta"), {}, 0
            for round_number in range(3):
                for _ in range(5):
                    number += 1
                    done, answer = cross(lane, number)
                    check("recorded", done, answer.body[:200])
                    kept.update([done] if done else [])
                before = post.server()
                with open(trigger, "w", encoding="ascii"):
                    pass
                number += 1
                failed = lane.ask("POST", "/v1/scans", {"mrz": passport(number), "direction": "entry"})
                # POST-3
                check("the advice comes, and says it is not recorded", failed.status == 200 and failed.json["kept"] == "not-recorded" and
                      failed.json["warning"]["code"] == "not-recorded", failed.body[:300])
                check(f"another process serves, round {round_number}", wait_until(lambda: post.server() not in (None, before), 40))

                def back():
                    try:
                        lane.close()
                        return lane.sign_in("arta", post.passwords["arta"], "1").status == 200
                    except Exception:
                        return False

                check("and answers", wait_until(back, 40))
            check("stopped in order", post.down() == 0)
            verdict = post.verify()
            check("the ledger is intact", verdict.returncode == 0, verdict.stdout + verdict.stderr)
            shown = subprocess.run([os.path.join(tests, "crossings"), post.folder], capture_output=True, text=True, check=True).stdout
            seen = {line.split()[1]: int(line.split()[0]) for line in shown.splitlines()}
            check("every acknowledged crossing is at its place", kept and all(seen.get(c) == seq for c, seq in kept.items()))
        finally:
            post.remove()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
