"""roster.py POSTERN ROOT: a post's line for a roster stays the same, and a note that nobody known signed is refused."""
import os
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
    vkey, tls = r"%s\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}", r"[0-9a-f]{64}"
    made = {
        "keeper": (["--listen", "127.0.0.1:9001"], [], f"keeper {vkey % 'u/keeper-e'} {vkey % 'u/keeper-e/mirror'} {tls} 127.0.0.1:9001"),
        "site-keeper": (["--listen", "0.0.0.0:9002"], ["--site-of", "u/land", "--address", "10.0.0.2:9002"],
                        f"site u/land {vkey % 'u/site-keeper-e'} {vkey % 'u/site-keeper-e/mirror'} {tls} 10.0.0.2:9002"),
        "centre": ([], [], f"centre {vkey % 'u/centre-e'} {tls}"),
        "gateway": ([], [], f"gateway {vkey % 'u/gateway-e'} {tls}"),
    }
    for kind, (make, more, wanted) in made.items():
        words = ["--make", kind, "--origin", f"u/{kind}-e", "--state", "ALB", *make]
        first = run("roster", "line", f"{folder}/{kind}", *words, *more)
        assert first.returncode == 0 and re.fullmatch(wanted + r"\n", first.stdout), (kind, first.stdout, first.stderr)
        assert run("roster", "line", f"{folder}/{kind}", *more).stdout == first.stdout, kind
        again = run("roster", "line", f"{folder}/{kind}", *words, *more)
        assert again.returncode == 3 and again.stdout == "", (kind, again)
    spare = run("roster", "line", folder + "/spare", "--make", "centre", "--origin", "u/centre-f", "--state", "ALB", "--spare-of", "u/centre-e")
    assert re.fullmatch(f"spare u/centre-e {vkey % 'u/centre-f'} {tls}\n", spare.stdout) and sorted(os.listdir(folder + "/spare")) == ["node.conf", "vault"], spare
    for words, code in ((["site-keeper"], 3), (["keeper", "--site-of", "u/land"], 3), (["keeper", "--spare-of", "u/x"], 3), (["centre", "--make", "centre"], 2),
                        (["nobody"], 3), (["new", "--make", "post", "--origin", "u/x", "--state", "ALB"], 3), (["new2", "--make", "land", "--origin", "u/x", "--state", "ALB"], 3),
                        (["new3", "--make", "keeper", "--origin", "u/x", "--state", "ALB"], 3), (["centre", "--nothing"], 2)):
        answer = run("roster", "line", f"{folder}/{words[0]}", *words[1:])
        assert answer.returncode == code and answer.stdout == "", (words, answer)
for name, code, said in (("note", 1, "no signature by a known key"), ("country", 3, "blank line"), ("missing", 3, "cannot be read")):
    answer = run("roster", "check", f"{root}/tests/fuzz/corpus/roster/{name}")
    assert answer.returncode == code and said in answer.stderr, answer.stderr
assert run("roster").returncode == 2


def next_of(roster, *changes):
    return run("roster", "next", roster, *changes)


def signed(folder, text, former, *keys):
    """The path of the note with these people's signatures."""
    path = f"{folder}/signed"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    for key in keys:
        done = run("authority", "sign", path, "--former", former, "--key", f"{folder}/one/offline/keys/{key}.key", "--yes",
                   "--passphrase-fd", "0", data="demonstration\n")
        assert done.returncode == 0, done.stderr
        with open(path, "w", encoding="utf-8") as file:
            file.write(done.stdout)
    return path


with tempfile.TemporaryDirectory() as folder:
    made = run("init", folder + "/one", "--post", "land:land:Kapshtica", "--site-keepers", "--demonstration", "--months", "2")
    assert made.returncode == 0, made.stderr
    roster = folder + "/one/roster"
    text = open(roster, encoding="utf-8").read()
    key = run("authority", "new", folder + "/one/offline/keys/duty-3.key", "--name", "utopia.example/duty-3", "--passphrase-fd", "0", "--demonstration",
              data="demonstration\n").stdout.strip()

    plain = next_of(roster)
    assert plain.returncode == 0 and plain.stdout.startswith("utopia.example/roster\nversion 2\n") and "Nothing changes but the date" in plain.stderr, plain
    done = next_of(roster, "--remove", "utopia.example/duty-2", "--duty", key, "--needed", "2", "--publishing", "utopia.example/centre")
    assert done.returncode == 0, done.stderr
    for said in ("Duty officer utopia.example/duty-3 comes in", "Duty officer utopia.example/duty-2 goes", "2 of 5 authorities are needed; until now 3 of 5"):
        assert said in done.stderr, (said, done.stderr)
    albanian = next_of(roster, "--remove", "utopia.example/duty-2", "--language", "sq")
    assert "Oficeri i rojës utopia.example/duty-2 largohet" in albanian.stderr, albanian.stderr
    gone = next_of(roster, "--remove", "utopia.example/land")
    assert gone.returncode == 0 and "utopia.example/land" not in gone.stdout and "Site keeper utopia.example/land-site goes" in gone.stderr, gone.stderr
    month = re.search(r"(?m)^reading utopia.example/centre (\S+) .*\n", text)
    moved = folder + "/moved"
    with open(moved, "w", encoding="utf-8") as file:
        file.write(f"reading utopia.example/centre 2059-12 {'7' * 64}\nrecovery {month[1]} {'8' * 64}\n")
    longer = next_of(roster, "--lines", moved)
    assert longer.returncode == 0 and "utopia.example/centre reads until 2059-12" in longer.stderr and "Recovery reads by other keys" in longer.stderr, longer.stderr
    keeper = re.search(r"(?m)^keeper utopia.example/keeper-a\+\S+ .*$", text)[0]
    other = re.sub(r"^keeper \S+", "keeper " + key.replace("duty-3", "keeper-a"), keeper)
    for changes, said in ((("--remove", "utopia.example/nobody"), "nobody is called"), (("--needed", "9"), "authorities-needed"),
                          (("--remove", "utopia.example/keeper-a"), "quorum"), (("--expires", "2020-01-01", "--duty", key), "over already"),
                          (("--duty", "no key"), "no roster has"), (("--duty", "nokey"), "not a verifier key")):
        answer = next_of(roster, *changes)
        assert answer.returncode == 3 and said in answer.stderr and answer.stdout == "", (changes, answer.stderr)
    with open(moved, "w", encoding="utf-8") as file:
        file.write(other + "\n")
    answer = next_of(roster, "--lines", moved)
    assert answer.returncode == 3, answer.stderr
    assert next_of(roster, "--remove", "utopia.example/keeper-a", "--quorum", "2", "--liars", "0").returncode == 0
    assert next_of(roster, "--language", "fr").returncode == 2

    two = signed(folder, done.stdout, roster, "authority-1", "authority-2")
    answer = run("roster", "check", two, roster)
    assert answer.returncode == 1 and "too few" in answer.stderr, answer.stderr  # enough of the new, too few of the old
    three = signed(folder, done.stdout, roster, "authority-1", "authority-2", "authority-4")
    answer = run("roster", "check", three, roster)
    assert answer.returncode == 0 and "version 2" in answer.stdout, answer.stderr
    answer = run("roster", "check", roster, three)
    assert answer.returncode == 3 and "not the next version" in answer.stderr, answer.stderr
    # ROSTER-1
    past = done.stdout.replace(re.search(r"expires \S+", done.stdout)[0], "expires 2020-01-01")
    answer = run("roster", "check", signed(folder, past, roster, "authority-1", "authority-2", "authority-4"), roster)
    assert answer.returncode == 4 and "waits for a later one" in answer.stderr, (answer.returncode, answer.stderr)
print("roster: as it is written")
