"""evidence.py POSTERN ROOT: evidence of a sweep: taken, signed, checked offline, sealed, opened; every file of it damaged once."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

postern, root = sys.argv[1], sys.argv[2]
passed = 0


def run(*words, code=0):
    done = subprocess.run([postern, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, (words, done.returncode, done.stdout[-1500:], done.stderr[-1500:])
    return done


def ok(what):
    global passed
    passed += 1
    print(f"ok {passed} - {what}")


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


with tempfile.TemporaryDirectory() as work:
    node, disk = work + "/node", work + "/disk"
    run("node", node, "--name", "Duty laptop", "--kind", "airport", "--code", "duty")
    write(disk + "/a/one.bin", b"UTOPIA-SPECIMEN-DRIVER-0F1E2D3C 1")
    write(disk + "/a/two.bin", b"UTOPIA-SPECIMEN-DRIVER-0F1E2D3C 2")
    write(disk + "/a/same.bin", b"UTOPIA-SPECIMEN-DRIVER-0F1E2D3C 2")
    write(disk + "/b/\udcff odd%name", b"UTOPIA-SPECIMEN-DRIVER-0F1E2D3C" + bytes(9 << 20))
    write(disk + "/fine", b"nothing")
    findings = run("sweep", "--root", disk, "--rules", root + "/data/samples/rules/ut-2031.yar", code=1).stdout
    write(work + "/findings", findings.encode())
    write(work + "/journal.export", b"".join(b"__CURSOR=s=%032x;i=%x;b=0\nMESSAGE=m\n\n" % (7, i) for i in (1, 2, 9, 10, 20)))
    write(disk + "/a/two.bin", b"changed since")
    os.remove(disk + "/a/same.bin")
    os.symlink(disk + "/fine", disk + "/a/same.bin")

    # ---- taken, signed, checked ----
    out = work + "/out"
    told = json.loads(run("incident", "evidence", node, "--out", out, "--from", work + "/findings", "--log", work + "/journal.export").stdout)
    manifest = open(out + "/manifest", "rb").read()
    lines = manifest.decode().splitlines()
    assert told["manifest"] == hashlib.sha256(manifest).hexdigest() and told["findings"] == 4 and told["gone"] == 1 and told["gaps"] == 2, told
    kinds = sorted(line.split()[1] for line in lines if line.startswith("file "))
    assert kinds.count("finding") == 3 and kinds.count("log") == 1 and kinds.count("findings") == 1 and "config" in kinds and "head" in kinds, kinds
    assert "gap 3 8 journal.export" in lines and "gap 11 19 journal.export" in lines and "gone a/same.bin" in lines
    assert [line.split()[2] for line in lines if line.startswith("differs ")] == ["a/two.bin"]
    assert any(line.endswith("b/%FF%20odd%25name") for line in lines)
    assert not any("vault" in line or "staff" in line for line in lines)  # no secret of the node
    for name in os.listdir(out + "/files"):
        assert hashlib.sha256(open(out + "/files/" + name, "rb").read()).hexdigest() == name
    good = json.loads(run("incident", "evidence", "--check", out).stdout)
    assert good["good"] and good["key"] == "own" and good["gaps"] == 2 and good["differs"] == 1 and good["gone"] == 1, good
    vkey = run("ledger", "vkey", node).stdout.strip()
    assert json.loads(run("incident", "evidence", "--check", out, "--key", vkey).stdout)["key"] == "given"
    ok("files, configuration, logs and heads are taken and check offline; what changed, went or is a gap is said")

    shown = [json.loads(line) for line in run("ledger", "show", node, "--open", "--by", "arta", "--reason", "test").stdout.splitlines()]
    entry = [line for line in shown if line.get("kind") == "findings" or line.get("kind_word") == "findings" or "findings" in json.dumps(line)][-1]
    assert told["manifest"] in json.dumps(entry) and "one.bin" not in json.dumps(shown), entry
    assert json.loads(run("ledger", "verify", node).stdout)["intact"]
    ok("the ledger holds counts and the manifest's name, and no name of a file")

    # ---- damaged: SWEEP-4 ----
    other = work + "/other"
    run("node", other, "--name", "Other", "--kind", "airport", "--code", "other")
    assert run("incident", "evidence", "--check", out, "--key", run("ledger", "vkey", other).stdout.strip(), code=1)
    damaged = 0
    small = [name for name in os.listdir(out + "/files") if os.path.getsize(out + "/files/" + name) < 4096]
    for path in ["manifest", "note"] + ["files/" + name for name in small]:
        whole = open(out + "/" + path, "rb").read()
        for at in range(0, len(whole), 11 if path == "note" else 97):
            for changed in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:]):
                write(out + "/" + path, changed)
                run("incident", "evidence", "--check", out, code=1)
                damaged += 1
        write(out + "/" + path, whole)
    write(out + "/files/" + "0" * 64, b"beside")
    run("incident", "evidence", "--check", out, code=1)
    os.remove(out + "/files/" + "0" * 64)
    os.rename(out + "/files/" + small[0], work + "/away")
    run("incident", "evidence", "--check", out, code=1)
    os.rename(work + "/away", out + "/files/" + small[0])
    os.rename(out + "/note", work + "/away")
    assert "not finished" in run("incident", "evidence", "--check", out, code=1).stdout
    os.rename(work + "/away", out + "/note")
    run("incident", "evidence", "--check", out)
    ok(f"{damaged} bytes flipped and cut are seen, and what is missing or beside")

    # ---- sealed ----
    key = run("incident", "evidence", "--new-key", work + "/investigator").stdout.strip()
    sealed = work + "/sealed"
    told = json.loads(run("incident", "evidence", node, "--out", sealed, "--from", work + "/findings", "--to", key).stdout)
    assert told["sealed"] and not os.path.exists(sealed + "/files")
    for name in os.listdir(sealed + "/sealed"):
        assert b"UTOPIA" not in open(sealed + "/sealed/" + name, "rb").read()
    assert json.loads(run("incident", "evidence", "--check", sealed).stdout)["sealed"]
    run("incident", "evidence", "--open", sealed, "--with", work + "/investigator", "--into", work + "/opened")
    assert sorted(os.listdir(work + "/opened")) == sorted(os.listdir(sealed + "/sealed"))
    for name in os.listdir(work + "/opened"):
        assert hashlib.sha256(open(work + "/opened/" + name, "rb").read()).hexdigest() == name
    run("incident", "evidence", "--new-key", work + "/stranger")
    run("incident", "evidence", "--open", sealed, "--with", work + "/stranger", "--into", work + "/opened-2", code=1)
    name = os.listdir(sealed + "/sealed")[0]
    whole = open(sealed + "/sealed/" + name, "rb").read()
    write(sealed + "/sealed/" + name, whole[:-1])
    run("incident", "evidence", "--check", sealed, code=1)
    write(sealed + "/sealed/" + name, whole)
    ok("sealed evidence is checked by anybody and opened by the investigator only")

    # ---- what is refused ----
    run("incident", "evidence", node, "--out", out, code=3)
    run("incident", "evidence", node, "--out", work + "/x1", "--from", work + "/nowhere", code=3)
    write(work + "/cut", findings[:findings.index('{"summary"')].encode())
    assert "not finished" in run("incident", "evidence", node, "--out", work + "/x2", "--from", work + "/cut", code=3).stderr
    run("incident", "evidence", node, "--out", work + "/x3", "--log", work + "/nowhere", code=3)
    run("incident", "evidence", node, "--out", work + "/x4", "--to", "00" * 32, code=3)
    run("incident", "evidence", node, code=2)
    write(work + "/evil", b'{"path":"../node/vault/node.key","class":"hash","match":"x","source":"x","score":1,"reason":"x"}\n' + findings.encode().splitlines()[-1] + b"\n")
    told = json.loads(run("incident", "evidence", node, "--out", work + "/x5", "--from", work + "/evil").stdout)
    assert "node.key" not in open(work + "/x5/manifest").read()
    size = json.loads(run("ledger", "verify", node).stdout)["size"]
    for nth in range(1, 12):  # killed at any of its writes: no note, or a folder that checks
        target = f"{work}/killed-{nth}"
        subprocess.run(["timeout", "-s", "KILL", f"0.0{nth:02d}", postern, "incident", "evidence", node, "--out", target, "--from", work + "/findings"], capture_output=True)
        if os.path.exists(target):
            run("incident", "evidence", "--check", target, code=0 if os.path.exists(target + "/note") else 1)
    assert json.loads(run("ledger", "verify", node).stdout)["intact"] and json.loads(run("ledger", "verify", node).stdout)["size"] >= size
    ok("findings cut short, keys that are none and paths that lead out are refused; killed anywhere it leaves no false evidence")
print(f"1..{passed}")
