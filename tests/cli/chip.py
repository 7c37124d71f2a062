"""tests/cli/chip.py POSTERN ROOT: `postern chip` as others run it, over the sample chip and, where they are, real chips and lists
of the shared data, beside what openssl says of the same bytes. Prints TAP."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

postern, root = sys.argv[1:3]
sample = os.path.join(root, "data", "samples", "chip")
shared = os.path.join(root, os.environ.get("POSTERN_SHARED", "../shared"), "data", "documents", "pki")
results = []


def run(*arguments):
    done = subprocess.run([postern, "chip", *arguments], capture_output=True, timeout=120)
    lines = done.stdout.decode().splitlines()
    return (json.loads(lines[0]) if lines else None), done.returncode, done.stderr.decode()


def check(what, good):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")


def groups(answer, state):
    return [group["group"] for group in answer["groups"] if group["state"] == state]


def samples(work):
    trust = os.path.join(sample, "authorities.pem")
    page = os.path.join(work, "page")
    with open(page, "w", encoding="ascii") as file:
        file.write("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n")
    answer, code, _ = run("check", sample, "--trust", trust, "--today", "2026-11-30", "--page", page)
    check("the sample is genuine, and its lines are the page's",
          code == 0 and answer["finding"] == "genuine" and groups(answer, "as-signed") == [1] and answer["page_same"])
    answer, code, _ = run("check", sample, "--trust", trust, "--today", "2061-01-01")
    check("on a later day its signer has run out", code == 1 and answer["finding"] == "signer-expired")
    folder = os.path.join(work, "changed")
    shutil.copytree(sample, folder)
    with open(os.path.join(folder, "0101"), "r+b") as file:
        file.seek(20)
        file.write(b"X")
    answer, code, _ = run("check", folder, "--trust", trust, "--today", "2026-11-30")
    check("one letter changed: altered, and no lines are handed on",
          code == 1 and answer["finding"] == "altered" and groups(answer, "altered") == [1] and "mrz" not in answer)
    out = os.path.join(work, "out.pem")
    answer, code, _ = run("trust", "--out", out, "--list", os.path.join(sample, "list.ml"), trust)
    check("a list under the sample's authority is taken", code == 0 and answer["certificates"] == 1 and os.path.exists(out))
    before = open(out, "rb").read()
    answer, code, said = run("trust", "--out", out, os.path.join(sample, "0101"))
    check("what is no certificate is refused by name, and the file of before stays",
          code == 3 and "0101" in said and open(out, "rb").read() == before)
    check("no folder, no security object: bad input",
          run("check", work, "--trust", trust)[1] == 3 and run("check", sample)[1] == 2 and run("lend")[1] == 2)


def real(work):
    if not os.path.isdir(shared):
        print("# skipped: no shared chips")
        return
    out = os.path.join(work, "world.pem")
    lists = [os.path.join(shared, "masterlist", name) for name in ("DE_ML_2026-05-28-08-28-45.ml", "NL_ML_2026-07-22.ml")]
    answer, code, said = run("trust", "--out", out, "--list", lists[0], os.path.join(shared, "csca", "DE_ROOT_CA_CSCA07.cer"))
    check("588 certificates of the German list, curves that are spelled out among them", code == 0 and answer["certificates"] == 588)
    answer, code, said = run("trust", "--out", out + "2", "--list", lists[0], os.path.join(shared, "csca", "NL_ROOT_CA.cer"))
    check("the German list under the Dutch authority is refused", code == 3 and not os.path.exists(out + "2"))
    for folder, altered in (("lds-bsi2008", [15]), ("lds-loes2006", [])):
        answer, code, _ = run("check", os.path.join(shared, folder), "--trust", out)
        check(f"{folder}: the groups that were changed, {altered}, and a signer of long ago",
              code == 1 and groups(answer, "altered") == altered and answer["finding"] in ("altered", "signer-unknown"))
    for name in sorted(os.listdir(os.path.join(shared, "sod"))):
        folder = tempfile.mkdtemp(dir=work)
        with open(os.path.join(shared, "sod", name), "rb") as file:
            whole = file.read()
        with open(os.path.join(folder, "011D"), "wb") as file:
            file.write(whole)
        skip = 2 + (whole[1] & 0x7F if whole[1] & 0x80 else 0)
        theirs = subprocess.run(["openssl", "cms", "-verify", "-inform", "DER", "-noverify", "-out", os.devnull],
                                input=whole[skip:], capture_output=True, timeout=60).returncode == 0
        answer = run("check", folder, "--trust", out)[0]
        check(f"sod/{name}: signed, as openssl says" if theirs else f"sod/{name}: not signed, as openssl says",
              (answer["finding"] not in ("altered", "unreadable")) == theirs)


with tempfile.TemporaryDirectory() as made:
    samples(made)
    real(made)
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
