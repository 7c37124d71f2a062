"""reading.py POSTERN: keys of further months are made by command, at machines and for recovery; other people get shares. Prints TAP."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

postern = sys.argv[1]
results = []


def check(what, good, more=""):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}{'' if good else '  # ' + repr(more)}", flush=True)


def run(*words, data=""):
    done = subprocess.run([postern, *words], input=data, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def month(after):
    now = time.gmtime()
    number = now.tm_year * 12 + now.tm_mon - 1 + after
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


HEX = "[0-9a-f]{64}"
FIRST, LAST = month(2), month(4)  # init makes this one and the next
ASKED = f"{FIRST}..{LAST}"


def machines(country):
    """Lines of all that read, as their machines print them."""
    lines = []
    for folder, name in (("land", "land"), ("offline/spares/land-2", "land-2"), ("centre", "centre")):
        code, out, err = run("reading", "make", f"{country}/{folder}", ASKED)
        check(f"{name} makes three months and prints their lines",
              code == 0 and re.fullmatch("".join(rf"reading utopia\.example/{name} {month(2 + i)} {HEX}\n" for i in range(3)), out), (code, out, err))
        check("the private halves are its own", all(os.stat(f"{country}/{folder}/vault/reading/{month(2 + i)}.key").st_mode & 0o777 == 0o600 for i in range(3)))
        check("asked again, it says the same", run("reading", "make", f"{country}/{folder}", ASKED)[1] == out)
        lines.append(out)
    for folder in ("keeper-a", "land-site"):
        code, out, err = run("reading", "make", f"{country}/{folder}", FIRST)
        check(f"{folder} reads nothing, and gets no key", code == 3 and out == "" and "only posts and centres read" in err and not os.path.exists(f"{country}/{folder}/vault/reading"), err)
    code, out, err = run("reading", "make", f"{country}/land", month(-1))
    check("a month that is over gets none", code == 3 and out == "" and "over" in err, err)
    for words in (["2026-13"], ["2026-00"], ["2026-1"], [f"{LAST}..{FIRST}"], ["2019-01"], [], ["2027-01-02"], ["2027-01..2032-12"]):
        check(f"{words} are no months", run("reading", "make", f"{country}/land", *words)[0] == 2)
    return "".join(lines)


def a_locked_post(country, folder):
    shutil.copytree(f"{country}/land", folder)
    code, _, err = run("vault", "lock", folder, "--passphrase-fd", "0", data="a passphrase of some length\na passphrase of some length\n")
    assert code == 0, err
    code, out, err = run("reading", "make", folder, month(6))
    with open(f"{folder}/vault/reading/{month(6)}.key", "rb") as file:
        check("a locked post makes a key without its passphrase, and it is sealed at once", code == 0 and out.startswith("reading ") and file.read().startswith(b"postern sealed file 1\n"), err)
    os.environ["POSTERN_PASSPHRASE_FD"] = "0"
    again = run("reading", "make", folder, month(6), data="a passphrase of some length\n")
    check("its line once more only with it", again[0] == 0 and again[1] == out and run("reading", "make", folder, month(6), data="some other passphrase\n")[0] != 0, again)
    del os.environ["POSTERN_PASSPHRASE_FD"]


def recovery(country):
    """The kit gets the months; the shares that are out open them, and the one that does not is named."""
    kit = f"{country}/offline/recovery/recovery.kit"
    before = read(kit)
    code, out, err = run("reading", "kit", kit, ASKED)
    check("the kit gets three months, and prints their lines", code == 0 and re.fullmatch("".join(rf"recovery {month(2 + i)} {HEX}\n" for i in range(3)), out)
          and read(kit).startswith(before) and read(kit).count("\nmonth ") == 5, (code, out, err))
    check("it says what has to be done with it", "beside the centre's spare" in err and "shares that are out" in err, err)
    check("asked again, it says the same and nothing is made anew", run("reading", "kit", kit, ASKED)[1] == out and read(kit).count("\nmonth ") == 5)
    shares = [f"{country}/offline/recovery/share-{i}" for i in (1, 3, 4)]
    code, said, err = run("reading", "check", kit, *[word for share in shares for word in ("--share", share)])
    check("three shares of before open them, too", code == 0 and "3 of 5 shares join: they open the kit's 5 months" in said, (code, said, err))
    check("two do not", run("reading", "check", kit, "--share", shares[0], "--share", shares[1])[0] == 3)
    return kit, shares, out


def with_shares(paths):
    return [word for path in paths for word in ("--share", path)]


def other_people(country, kit, shares, folder):
    """A new split: two of three, who open what the former ones did, and months that these never will."""
    new = f"{folder}/new"
    code, out, err = run("reading", "split", "--out", new, "--kit", kit, *with_shares(shares), "--shares", "3", "--shares-needed", "2", ASKED)
    check("a new split prints new keys for the months named", code == 0 and re.fullmatch("".join(rf"recovery {month(2 + i)} {HEX}\n" for i in range(3)), out)
          and not any(line in read(kit) for line in re.findall(HEX, out)), (code, out, err))
    check("it is a kit and a share each", sorted(os.listdir(new)) == ["recovery.kit", "share-1", "share-2", "share-3"] and os.stat(f"{new}/share-1").st_mode & 0o777 == 0o600, os.listdir(new))
    check("and says that a month which has not begun keeps its key", "1 months that have not begun keep their keys" in err, err)
    mine = [f"{new}/share-{i}" for i in (3, 1)]
    code, said, err = run("reading", "check", f"{new}/recovery.kit", *with_shares(mine))
    check("two of them open the former months and the new ones", code == 0 and "2 of 3 shares join: they open the kit's 5 months" in said, (code, said, err))
    code, _, err = run("reading", "check", f"{new}/recovery.kit", *with_shares(shares))
    check("the former shares do not, and the first is named", code == 3 and f"{shares[0]} does not fit" in err, err)
    with open(mine[1], encoding="utf-8") as file:
        wrong = file.read().split("\n")
    wrong[2] = wrong[2][:-6] + ("0" if wrong[2][-6] != "0" else "1") + wrong[2][-5:]
    with open(f"{folder}/typed", "w", encoding="utf-8") as file:
        file.write("\n".join(wrong))
    code, _, err = run("reading", "check", f"{new}/recovery.kit", "--share", mine[0], "--share", f"{folder}/typed")
    check("a share typed wrong is named, with its line", code == 3 and f"{folder}/typed is no share" in err and "2" in err, err)
    for words, said in ((["--kit", kit, *with_shares(shares[:2])], "too few"), (["--kit", kit], "opens with its shares"), (with_shares(shares), "opens with its shares")):
        code, out, err = run("reading", "split", "--out", f"{folder}/other", *words, FIRST)
        check(f"refused: {said}", code == 3 and out == "" and not os.path.exists(f"{folder}/other"), (code, err))
    check("never into a folder that is there", run("reading", "split", "--out", new, FIRST)[0] == 3)
    code, out, err = run("reading", "split", "--out", f"{folder}/first", FIRST)
    check("too many shares are lost: a split of its own, for months to come", code == 0 and out.startswith(f"recovery {FIRST} ") and len(os.listdir(f"{folder}/first")) == 6, err)


def the_next_roster(country, lines, folder):
    path = f"{folder}/lines"
    with open(path, "w", encoding="utf-8") as file:
        file.write(lines)
    code, text, err = run("roster", "next", f"{country}/roster", "--lines", path)
    check("the next roster takes the lines, and says until when who reads", code == 0 and f"utopia.example/land reads until {LAST}; until now {month(1)}." in err
          and f"Recovery reads until {LAST}" in err and "other keys" not in err, err)
    check("of a roster it is said which month lacks keys", f"every reader has keys up to {FIRST}, for which 4 have none" in run("roster", "check", f"{country}/roster")[1], run("roster", "check", f"{country}/roster")[1])
    code, out, _ = run("doctor", f"{country}/land")
    check("the doctor says so while there is time", re.search(rf"(look|fine) *months .*{FIRST}", out), out)
    check("and that what is here but in no roster does no harm", re.search(r"fine *reading keys", out), out)
    os.rename(f"{country}/land/vault/reading/{month(1)}.key", f"{folder}/away")
    code, out, _ = run("doctor", f"{country}/land")
    check("a private half that the roster names and that is gone is bad", re.search(rf"bad *reading keys .*{month(1)} whose private half is not here", out), out)
    os.rename(f"{folder}/away", f"{country}/land/vault/reading/{month(1)}.key")


def main():
    with tempfile.TemporaryDirectory(prefix="postern-reading-") as folder:
        country = f"{folder}/country"
        code, _, err = run("init", country, "--post", "land:land:Kapshtica", "--site-keepers", "--demonstration", "--months", "2")
        assert code == 0, err
        lines = machines(country)
        a_locked_post(country, f"{folder}/locked")
        kit, shares, more = recovery(country)
        other_people(country, kit, shares, folder)
        the_next_roster(country, lines + more, folder)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


sys.exit(main())
