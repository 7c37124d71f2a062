"""tests/cli/init.py POSTERN ROOT: a country made in one command, looked at from outside. Prints TAP."""
import os
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from post import free_ports  # noqa: E402

postern = sys.argv[1]
folder = tempfile.mkdtemp()
results = []


def run(*arguments, text=""):
    done = subprocess.run([postern, *arguments], input=text, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def check(what, good):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")


def read(*path):
    with open(os.path.join(folder, *path), encoding="utf-8") as file:
        return file.read()


def files_below(path):
    return [os.path.join(at, name) for at, _, names in os.walk(path) for name in names]


POSTS = ("--post", "airport:airport:Tirana airport", "--post", "land:land:Kapshticë")

port, one, people = free_ports(6), os.path.join(folder, "one"), os.path.join(folder, "people")
run("staff", "new", people)
for user, role in (("ana", "officer"), ("dita", "supervisor")):
    run("staff", "add", people, "--user", user, "--name", user.title(), "--role", role, "--password-fd", "0", text="a word\n")
code, out, err = run("init", one, *POSTS, "--site-keepers", "--demonstration", "--keeper-port", str(port), "--staff", f"airport:{people}", "--staff", f"centre:{people}")
check("a country is made", code == 0 and "2 posts, 4 keepers" in out)
nodes = ["airport", "land", "airport-site", "land-site", "keeper-a", "keeper-b", "keeper-c", "keeper-d", "centre"]
check("each node has its folder", all(os.path.isfile(os.path.join(one, node, "node.conf")) for node in nodes))
roster = read("one", "roster")
check("every node holds the same roster", all(read("one", node, "roster") == roster for node in nodes))
code, out, err = run("roster", "check", os.path.join(one, "roster"))
check("the roster holds", code == 0 and "3 of 5 authorities; 4 keepers, 3 needed, 1 may lie" in out)
words = [line.split(" ")[0] for line in roster.split("\n\n")[0].splitlines()[1:]]
check("it names everybody", {word: words.count(word) for word in ("authority", "duty", "personnel", "keeper", "site", "centre", "post", "spare")} ==
      {"authority": 5, "duty": 2, "personnel": 1, "keeper": 4, "site": 2, "centre": 1, "post": 2, "spare": 3})
check("it names the publishing centre", "\npublishing utopia.example/centre\n" in roster)
check("posts, their spares, the centre and recovery read 13 months", words.count("reading") == 13 * 5 and words.count("recovery") == 13 and
      all(len(os.listdir(os.path.join(one, at, "vault", "reading"))) == 13 for at in ("airport", "centre", "offline/spares/land-2")))
check("recovery's key is in five shares, and in no file", sorted(os.listdir(os.path.join(one, "offline", "recovery"))) == ["recovery.kit"] + [f"share-{i}" for i in range(1, 6)])
check("nobody else can read a key", all(stat.S_IMODE(os.stat(path).st_mode) == 0o600 for path in files_below(one) if path.endswith(".key")))
check("the keys of people lie apart", sorted(os.listdir(os.path.join(one, "offline", "keys"))) ==
      sorted([f"authority-{i}.key" for i in range(1, 6)] + ["duty-1.key", "duty-2.key", "personnel-1.key"]))
check("what does not belong there says so", "does not belong on this machine" in read("one", "offline", "READ-ME"))
check("a keeper listens on this machine alone", f"listen = 127.0.0.1:{port}\n" in read("one", "keeper-a", "node.conf"))
code, out, err = run("ledger", "verify", os.path.join(one, "airport"))
check("a demonstration's post has a past, proven", code == 0)

code, out, err = run("init", one, *POSTS)
check("a second country is not made over the first", code == 3 and "already" in err and read("one", "roster") == roster)
for arguments in (("--keepers", "3"), ("--needed", "6"), ("--quorum", "4")):
    code, out, err = run("init", os.path.join(folder, "bad"), *POSTS, *arguments)
    check(f"{' '.join(arguments)} is refused and nothing is made", code == 3 and not os.path.exists(os.path.join(folder, "bad")))
for arguments in ((), ("--post", "airport"), ("--post", "a:harbour:B"), (*POSTS, "--keepers", "x"), (*POSTS, "--name", "a b")):
    code, out, err = run("init", os.path.join(folder, "bad"), *arguments)
    check(f"'{' '.join(arguments[-2:])}' is a usage error", code == 2)

keys = [f"authority-{i}" for i in range(1, 4)] + ["duty-1", "personnel-1"]
few = ("--authorities", "3", "--needed", "2", "--duty", "1", "--passphrases", "--name", "border.example")
code, out, err = run("init", os.path.join(folder, "two"), *POSTS, *few, text="".join(f"{key} correct horse {key}\n" for key in keys))
check("passphrases are read, and not printed", code == 0 and "correct horse" not in out + err)
check("the country has its own name", read("two", "roster").startswith("border.example/roster\nversion 1\n"))
check("no passphrase lies in a file", not any(b"correct horse" in open(path, "rb").read() for path in files_below(os.path.join(folder, "two"))))
code, out, err = run("init", os.path.join(folder, "three"), *POSTS, *few, text="authority-1 correct horse battery\n")
check("a key without a passphrase is refused", code == 3 and not os.path.exists(os.path.join(folder, "three", "roster")))
code, out, err = run("init", os.path.join(folder, "four"), *POSTS, "--keeper-address", "10.0.0.1:8701", "--keeper-address", "k2.example:8701",
                     "--keeper-address", "k3.example:8701", "--keeper-address", "k4.example:8701", "--demonstration")
check("keepers elsewhere have their addresses", code == 0 and " k4.example:8701\n" in read("four", "roster") and
      "listen = 0.0.0.0:8701\n" in read("four", "keeper-d", "node.conf"))

key = os.path.join(one, "airport", "vault", "node.key")
code, out, err = run("doctor", os.path.join(one, "airport"))
check("the doctor finds a new post well", code == 0 and "fine  identity     utopia.example/airport" in out and ", 0 bad" in out)
check("with reading keys for this month and the next", "reading keys for this month and the next" in " ".join(out.split()))
check("and its keepers not there", "0 of 4 reached, 3 needed" in out)
check("the first staff lists are signed, a post's and the centre's",
      all(f"post utopia.example/{node}\nversion 1\n" in read("one", node, "staff.list") and "Dita" in run("staff", "show", os.path.join(one, node, "staff.list"), "--node", os.path.join(one, node))[1]
          and "version 1, signed until" in run("doctor", os.path.join(one, node))[1] for node in ("airport", "centre")))
os.chmod(key, 0o644)
code, out, err = run("doctor", os.path.join(one, "airport"))
check("a key that others can read is bad", code == 1 and "bad   permissions  vault/node.key: mode 0644" in out)
os.chmod(key, 0o600)
with open(os.path.join(one, "land", "roster"), "w", encoding="utf-8") as file:
    file.write(read("two", "roster"))
code, out, err = run("doctor", os.path.join(one, "land"))
check("another country's roster is bad", code == 1 and "the roster does not know this node" in out)
with open(os.path.join(one, "land", "roster"), "w", encoding="utf-8") as file:
    file.write(roster.replace("quorum 4 3 1", "quorum 4 3 0"))
code, out, err = run("doctor", os.path.join(one, "land"))
check("so is one that was changed", code == 1 and "bad   roster" in out)
code, out, err = run("doctor", folder)
check("a folder without a node is bad input", code == 3)

print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
