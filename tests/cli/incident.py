"""incident.py POSTERN ROOT: two attacks compared; the expected result of the two real waves where they are at hand."""
import glob
import json
import os
import subprocess
import sys

postern, root = sys.argv[1], sys.argv[2]
shared = os.path.join(os.environ.get("POSTERN_SHARED", root + "/../shared"), "data/indicators")


def compare(*words):
    return subprocess.run([postern, "incident", "compare", *words], capture_output=True, text=True, timeout=60)


sample = root + "/data/samples/incidents.json"
answer = json.loads(compare(sample, "--of", "UT-1", "--of", "UT-2").stdout)
assert answer["shared_strong"] == ["driver.key", "family.wiper"], answer
assert answer["changed"] == ["loader.cert", "loader.mutex", "sha256"] and answer["likeness"] == "same-toolkit", answer
assert compare(sample, "--of", "UT-1", "--of", "UT-9").returncode == 3
assert compare().returncode == 2
assert compare(root + "/README.md").returncode == 3
waves = shared + "/compiled/albania-2022-two-waves.json"
if os.path.exists(waves):
    expected = json.load(open(waves, encoding="utf-8"))["expected"]
    lists = [word for path in sorted(glob.glob(shared + "/misp-warninglists/*.json")) for word in ("--ignore", path)]
    for more in ([], ["--rates", shared + "/mitre-cti/base-rates.tsv", *lists]):
        answer = json.loads(compare(waves, *more).stdout)
        for key in ("shared_strong", "changed", "no_weight"):
            assert set(answer[key]) == set(expected[key]), (more, key, answer[key], expected[key])
        assert answer["hash_overlap"] == expected["hash_overlap"]
    print("incident: 6 passed")
else:
    print("incident: the real waves are not at hand, skipped\nincident: 4 passed")
