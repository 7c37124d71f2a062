"""roster.py POSTERN ROOT: a post's line for a roster stays the same, and a note that nobody known signed is refused."""
import re
import subprocess
import sys
import tempfile

postern, root = sys.argv[1], sys.argv[2]


def run(*words, data=""):
    return subprocess.run([postern, *words], input=data, capture_output=True, text=True, timeout=60)


with tempfile.TemporaryDirectory() as folder:
    made = run("node", folder + "/post", "--code", "p", "--kind", "land", "--name", "P", "--officer", "x", "--passwords", data="x long-enough-1\n")
    assert made.returncode == 0, made.stderr
    first, again = run("roster", "line", folder + "/post"), run("roster", "line", folder + "/post")
    assert re.fullmatch(r"post postern\.example/p\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44} [0-9a-f]{64}\n", first.stdout), first.stdout + first.stderr
    assert again.stdout == first.stdout
for name, code, said in (("note", 1, "no signature by a known key"), ("country", 3, "blank line"), ("missing", 3, "cannot be read")):
    answer = run("roster", "check", f"{root}/tests/fuzz/corpus/roster/{name}")
    assert answer.returncode == code and said in answer.stderr, answer.stderr
assert run("roster").returncode == 2
print("roster: 5 passed")
