"""logs.py LOGLINE ROOT: whatever a field holds, an event is one line of JSON; the page about them names the events that there are;
and what runs while a node serves says nothing past the log."""
import json
import os
import re
import subprocess
import sys
import tempfile

logline, root = sys.argv[1], sys.argv[2]


def said(value, node="utopia.example/keeper-a", environment=None, to=subprocess.PIPE):
    return subprocess.run([logline, node], input=value, stderr=to, timeout=20, check=True, env={**os.environ, **(environment or {})}).stderr


HOSTILE = {  # what is given -> what must be read
    b"rules.txt": "rules.txt",
    b'a"b': 'a"b',
    b"a\\": "a\\",
    b'","event":"unlocked","x":"': '","event":"unlocked","x":"',
    b"a\nb": "a\nb",
    b'\n{"time":"2026-01-01T00:00:00Z","event":"stopped"}\n': '\n{"time":"2026-01-01T00:00:00Z","event":"stopped"}\n',
    b"\r\n\t\x01\x1b[2J\x7f": "\r\n\t\x01\x1b[2J\x7f",
    b"<0>kernel: forged": "<0>kernel: forged",
    "é — 姓名".encode(): "é — 姓名",
    "\u2028\u2029\u202e".encode(): "\u2028\u2029\u202e",
    b"\xff\xfe": "\ufffd\ufffd",
    b"a\xc3": "a\ufffd",
    b"\xed\xa0\x80": "\ufffd\ufffd\ufffd",
    b"x" * 5000: "x" * 256,
    b"": "",
}
for given, wanted in HOSTILE.items():
    lines = said(given).split(b"\n")
    assert len(lines) == 3 and lines[2] == b"", (given, lines)
    first, second = (json.loads(line) for line in lines[:2])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time")), first
    assert first == {"level": "error", "event": "rules-former", "node": "utopia.example/keeper-a", "file": wanted, "line": -1, "why": wanted,
                     "says": "A file of rules is damaged; the last good copy is used."}, (given, first)
    assert list(second) == ["time", "level", "event", "node", "code", "says"] and second["code"] == "io", second
for name in ('a"b', "a\\", "a\nb"):
    assert json.loads(said(b"", name).split(b"\n")[0])["node"] == name
assert "time" not in json.loads(said(b"", "-").split(b"\n")[0])

# systemd's journal reads a priority before the line, where it is the journal that reads
with tempfile.TemporaryFile() as file:
    about = os.fstat(file.fileno())
    said(b"", environment={"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"}, to=file)
    file.seek(0)
    lines = file.read().splitlines()
    assert all(line.startswith(b"<3>{") for line in lines) and json.loads(lines[0][3:])["level"] == "error", lines
for stream in ("", ":", "1:", "1:2:3", "x", "1:2", "99999999999999999999999:1"):
    assert said(b"", environment={"JOURNAL_STREAM": stream}).startswith(b"{"), stream

# the page and the table
with open(os.path.join(root, "src/main/log.c"), encoding="utf-8") as file:
    source = file.read()
with open(os.path.join(root, "docs/format/logs.md"), encoding="utf-8") as file:
    page = file.read()
table = {(word, level.lower()) for word, level in re.findall(r'\[PTN_EVENT_\w+\] = \{\s*"([a-z-]+)", (\w+),', source)}
told = set(re.findall(r"(?m)^\| `([a-z-]+)` \| (critical|error|warning|info) \|", page))
assert table and table == told, sorted(table ^ told)
fields = set(re.findall(r'\[PTN_LOG_\w+\] = "(\w+)"', source))
assert fields == set(re.findall(r"(?m)^\| `(\w+)` \| (?:a text|a number) \|", page)), fields
with open(os.path.join(root, "src/main/log.h"), encoding="utf-8") as file:
    assert file.read().count("PTN_EVENT_") - 1 == len(table) + 0, "every event of the header is in the table"

# PRIVATE-1: nothing that runs while a node serves has another way to standard error
SERVING = re.compile(r"up\w*|bulletin|feed|figures|log|post_round|publish|public_page|relay|rescreen|round|standing|travellers|unlock")
for name in sorted(os.listdir(os.path.join(root, "src/main"))):
    if not name.endswith(".c") or not SERVING.fullmatch(name[:-2]):
        continue
    with open(os.path.join(root, "src/main", name), encoding="utf-8") as file:
        found = [line.strip() for line in file if re.search(r"\bstderr\b|ptn_say_failure|\bperror\(|\bsyslog\(", line) and "usage" not in line]
    assert not found, (name, found)
for room in sorted(os.listdir(os.path.join(root, "src"))):
    folder = os.path.join(root, "src", room)
    for name in sorted(os.listdir(folder)) if room != "main" and os.path.isdir(folder) else []:
        if name.endswith(".c"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                assert "stderr" not in file.read() or (room, name) == ("base", "status.c"), (room, name)
print(f"logs: {len(HOSTILE)} hostile values, {len(table)} events")
