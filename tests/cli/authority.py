"""authority.py POSTERN: offline keys are made, show what they sign, sign, and their signatures join; orders are checked by a roster."""
import os
import re
import subprocess
import sys
import tempfile

postern = sys.argv[1]
passed = 0


def run(*words, data=""):
    return subprocess.run([postern, *words], input=data, capture_output=True, text=True, timeout=120, start_new_session=True)


def check(condition, answer):
    global passed
    assert condition, (answer.returncode, answer.stdout, answer.stderr)
    passed += 1


def sign(path, key, *more, phrase="demonstration\n"):
    return run("authority", "sign", path, "--key", f"{folder}/land/offline/keys/{key}.key", "--passphrase-fd", "0", *more, data=phrase)


def write(name, text):
    with open(f"{folder}/{name}", "w") as file:
        file.write(text)
    return f"{folder}/{name}"


with tempfile.TemporaryDirectory() as folder:
    country = run("init", folder + "/land", "--demonstration", "--post", "durres:seaport:Durrës", "--post", "vlore:seaport:Vlorë")
    check(country.returncode == 0, country)
    roster = folder + "/land/roster"
    origin = open(roster).readline().strip()
    post = re.search(r"^post ([^+ ]+)\+", open(roster).read(), re.M).group(1)

    # a key
    made = run("authority", "new", folder + "/k", "--name", "u.example/duty-9", "--demonstration", "--passphrase-fd", "0", data="a long passphrase\n")
    check(made.returncode == 0 and re.fullmatch(r"u\.example/duty-9\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\n", made.stdout), made)
    check(os.stat(folder + "/k").st_mode & 0o777 == 0o600, made)
    again = run("authority", "new", folder + "/k", "--name", "x", "--demonstration", "--passphrase-fd", "0", data="a long passphrase\n")
    check(again.returncode == 4 and "already" in again.stderr, again)
    short = run("authority", "new", folder + "/k2", "--name", "x", "--demonstration", "--passphrase-fd", "0", data="short\n")
    check(short.returncode == 3 and not os.path.exists(folder + "/k2"), short)
    no_terminal = run("authority", "new", folder + "/k2", "--name", "x")
    check(no_terminal.returncode == 4 and "no passphrase" in no_terminal.stderr, no_terminal)

    # an order's text
    text = run("order", "withdraw", "--country", origin, "--to", "local", "--cause", "attack", "--all", "--reason", "The registry is being wiped.")
    check(text.returncode == 0 and "function lanes-in\nfunction lanes-out\n" in text.stdout, text)
    stop = write("stop", text.stdout)
    for words in (["--to", "local", "--cause", "attack", "--reason", "x"], ["--to", "up", "--cause", "attack", "--all", "--reason", "x"], ["--cause", "attack", "--all", "--reason", "x"]):
        wrong = run("order", "withdraw", "--country", origin, *words)
        check(wrong.returncode in (2, 3) and wrong.stdout == "", wrong)
    check(run("order").returncode == 2, text)

    # shown before it is signed, in both languages; signed only when somebody says yes
    shown = run("authority", "show", stop)
    check(shown.returncode == 0 and "EVERY POST" in shown.stderr and "AN ATTACK" in shown.stderr, shown)
    shown = run("authority", "show", stop, "--language", "sq")
    check("ÇDO PIKË" in shown.stderr and "SULM" in shown.stderr, shown)
    unasked = sign(stop, "duty-1")
    check(unasked.returncode == 1 and unasked.stdout == "" and "EVERY POST" in unasked.stderr, unasked)
    wrong = sign(stop, "duty-1", "--yes", phrase="demonstratiom\n")
    check(wrong.returncode == 3 and wrong.stdout == "" and "wrong passphrase" in wrong.stderr, wrong)
    hidden = write("hidden", text.stdout.replace("being", "be\u202eing"))
    check(sign(hidden, "duty-1", "--yes").returncode == 3, wrong)

    first, second = sign(stop, "duty-1", "--yes"), sign(stop, "duty-2", "--yes")
    check(first.returncode == 0 and first.stdout.startswith(text.stdout + "\n— "), first)
    one, two = write("one", first.stdout), write("two", second.stdout)
    joined = run("authority", "combine", one, two, one)
    check(joined.returncode == 0 and joined.stdout.count("\n— ") == 2, joined)
    both = write("both", joined.stdout)
    over = sign(one, "duty-2", "--yes")
    check(over.stdout == joined.stdout and sign(both, "duty-2", "--yes").stdout == joined.stdout, over)
    other = write("other", first.stdout.replace("wiped", "moved"))
    check(run("authority", "combine", one, other).returncode == 3, joined)
    check(run("authority", "combine", stop, stop).returncode == 3, joined)

    # judged by the roster
    waits = run("order", "check", one, "--roster", roster)
    check(waits.returncode == 1 and "not yet" in waits.stderr, waits)
    will_do = run("order", "check", both, "--roster", roster, "--language", "sq")
    check(will_do.returncode == 0 and will_do.stderr.startswith("po: "), will_do)
    check(run("order", "check", other, "--roster", roster).returncode == 1, waits)
    who = run("authority", "show", both, "--roster", roster)
    check(who.stderr.count("duty officer ") == 2, who)

    # back: it names what it ends
    name = run("order", "name", both).stdout.strip()
    back = run("order", "restore", "--country", origin, "--all", "--reason", "Over.", "--ends", name)
    check(re.search(r"^until 20", back.stdout, re.M) and f"ends {name}\n" in back.stdout, back)
    returned = write("back", sign(write("back-text", back.stdout), "duty-1", "--yes").stdout)
    refused = run("order", "check", returned, both, "--roster", roster)
    check(refused.returncode == 1 and "no: Nobody who may do this" in refused.stderr, refused)
    check("has not come here" in run("order", "check", returned, "--roster", roster).stderr, refused)

    # a roster: what changes is shown
    text = open(roster).read().split("\n\n")[0] + "\n"
    later = write("later", text.replace("version 1", "version 2").replace("\nauthorities-needed 3", "\nauthorities-needed 2"))
    change = sign(later, "authority-1", "--yes", "--former", roster)
    check(change.returncode == 0 and "- authorities-needed 3\n+ version 2\n+ authorities-needed 2\n" in change.stderr and "ROSTER" in change.stderr, change)
    for i in (2, 3):
        change = sign(write("later", change.stdout), f"authority-{i}", "--yes")
    follows = run("roster", "check", write("later", change.stdout), roster)
    check(follows.returncode == 0, follows)

    # nobody listens: said, and not done
    given = run("order", "give", folder + "/land/durres", both)
    check(given.returncode == 4 and "no keeper took it" in given.stderr, given)
print(f"authority: {passed} passed")
