"""figures.py FIGURES ROOT: a standing becomes a page that a strict reader takes, whatever stands in it."""
import json
import os
import subprocess
import sys

figures, root = sys.argv[1], sys.argv[2]
sys.path.insert(0, os.path.join(root, "tests", "e2e"))
import openmetrics  # noqa: E402



def page_of(standing):
    done = subprocess.run([figures], input=standing if isinstance(standing, bytes) else json.dumps(standing).encode(), capture_output=True, timeout=20, check=False)
    return done.returncode, done.stdout.decode()


def standing_of(name, **more):
    return {"time_ms": 1764403200123, "role": "keeper", "node": name, "size": 7, "disk": {"free": 1, "size": 2}, **more}


for what, wrong in openmetrics.WRONG.items():
    try:
        openmetrics.read(wrong)
    except openmetrics.Bad:
        continue
    raise AssertionError(f"the reader takes {what}")

HOSTILE = ['a"b', "a\\", "a\nb", "} 1\npostern_forged 1", '",x="', "\u0007", "é" * 200, "{}", "# EOF\n", '\\"', "\\n"]
for name in HOSTILE:
    code, page = page_of(standing_of(name, copies=[{"origin": name, "entries": 3, "listed": False}], refused_for={name: 2}))
    families = openmetrics.read(page)
    labels = families["postern_copy_entries"]["samples"][0][1]
    assert code == 0 and labels["node"] == name and labels["ledger"] == name, (name, labels)
    assert "postern_forged" not in families and families["postern_copy_retired"]["samples"][0][2] == 1
    assert families["postern_refused"]["samples"] == [("postern_refused_total", {"node": labels["node"], "kind": "keeper", "reason": labels["ledger"]}, 2.0)]
families = openmetrics.read(page_of(standing_of("n"))[1])
assert families["postern_standing_time_seconds"]["samples"] == [("postern_standing_time_seconds", {"node": "n", "kind": "keeper"}, 1764403200.0)]
assert "postern_inbox_waiting" not in families, "what a node does not have has no family"
for value in ("text", None, [1], {"a": 1}, 1.5):
    assert "postern_notes" not in openmetrics.read(page_of(standing_of("n", notes=value))[1]), value
for broken in (b"", b"{", b"[]", b"null", b'{"time_ms":1}', b'{"node":"","role":"keeper"}', b'{"node":"n"}', b"\xff"):
    assert page_of(broken) == (1, ""), broken
print(f"figures: {len(HOSTILE)} hostile names, each in its place")
