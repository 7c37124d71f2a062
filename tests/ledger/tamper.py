"""tests/ledger/tamper.py POSTERN LEDGER_WRITER: an exported ledger is intact to a second reader, and every tampering is found:
by that reader in the exported tree, by `postern ledger verify` in the node's own files. That reader has no key but the
ledger's public one, and what it reads is sealed: LEDGER-5."""
import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from reader import problems, read, sha, tile_path

postern, writer = sys.argv[1:3]
failed = []


def check(good, what):
    print(("ok   " if good else "WRONG"), what)
    if not good:
        failed.append(what)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def flip(path, at=-9, bit=4):
    data = bytearray(read(path))
    data[at] ^= bit
    write(path, bytes(data))


def make(folder, count, batch):
    os.mkdir(folder)
    subprocess.run([writer, folder, str(count), str(batch)], check=True, stdout=subprocess.DEVNULL)
    return run(postern, "ledger", "vkey", folder).stdout.strip()


# ---- the exported tree ----

def edit_checkpoint(tree, line, text):
    path = os.path.join(tree, "checkpoint")
    lines = read(path).decode().split("\n")
    lines[line] = text(lines[line])
    write(path, "\n".join(lines).encode())


def split_bundle(data):
    at, entries = 0, []
    while at < len(data):
        length = int.from_bytes(data[at:at + 2], "big")
        entries.append(data[at + 2:at + 2 + length])
        at += 2 + length
    return entries


def join_bundle(entries):
    return b"".join(len(e).to_bytes(2, "big") + e for e in entries)


def rewrite_bundle(tree, index, width, change):
    """Change entries and their level-0 tile alike, as someone would who wants it to look right."""
    path = tile_path(tree, "entries", index, width)
    entries = change(split_bundle(read(path)))
    os.remove(path)
    os.remove(tile_path(tree, "0", index, width))
    write(tile_path(tree, "entries", index, len(entries)), join_bundle(entries))
    write(tile_path(tree, "0", index, len(entries)), b"".join(sha(b"\x00", e) for e in entries))


def swap(entries):
    entries[3], entries[4] = entries[4], entries[3]
    return entries


def any_payload(tree):
    return os.path.join(tree, "payload", sorted(os.listdir(os.path.join(tree, "payload")))[7])


def other_checkpoint(tree):
    shutil.copy(os.path.join(base, "other-tree", "checkpoint"), os.path.join(tree, "checkpoint"))


TREE = [
    ("a bit in an entry", lambda t: flip(tile_path(t, "entries", 1, 256), 1000)),
    ("a bit in a leaf hash", lambda t: flip(tile_path(t, "0", 0, 256), 70)),
    ("a bit in a tile above", lambda t: flip(tile_path(t, "1", 0, 2), 3)),
    ("another root", lambda t: edit_checkpoint(t, 2, lambda _: base64.b64encode(bytes(32)).decode())),
    ("a smaller size", lambda t: edit_checkpoint(t, 1, lambda _: "699")),
    ("a bit in the signature", lambda t: edit_checkpoint(t, 4, lambda l: l[:-20] + ("A" if l[-20] != "A" else "B") + l[-19:])),
    ("the last entry cut off", lambda t: rewrite_bundle(t, 2, 188, lambda e: e[:-1])),
    ("two entries swapped, hashes and all", lambda t: rewrite_bundle(t, 0, 256, swap)),
    ("a bit in a payload", lambda t: flip(any_payload(t))),
    ("a payload gone", lambda t: os.remove(any_payload(t))),
    ("a payload under another name", lambda t: os.rename(any_payload(t), os.path.join(t, "payload", "0" * 64))),
    ("another ledger's checkpoint", other_checkpoint),
]


def tamper_tree(base, vkey):
    tree = os.path.join(base, "tree")
    check(run(postern, "ledger", "export", os.path.join(base, "node"), tree).returncode == 0, "export")
    check(run(postern, "ledger", "export", os.path.join(base, "other"), os.path.join(base, "other-tree")).returncode == 0, "export of another")
    found = problems(tree, vkey)
    check(not found, f"a second reader finds the exported tree intact {found[:3]}")
    for what, act in TREE:
        copy = os.path.join(base, "copy")
        shutil.copytree(tree, copy)
        act(copy)
        found = problems(copy, vkey)
        check(bool(found), f"exported tree, {what}: {found[0] if found else 'NOT FOUND'}")
        shutil.rmtree(copy)


# ---- the node's own files ----

def sql(node, statement):
    connection = sqlite3.connect(os.path.join(node, "ledger.sqlite"))
    connection.execute(statement)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def old_database(node):
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
        if os.path.exists(os.path.join(node, name)):
            os.remove(os.path.join(node, name))
    shutil.copy(os.path.join(base, "early", "ledger.sqlite"), node)


def old_everything(node):
    shutil.rmtree(node)
    shutil.copytree(os.path.join(base, "early"), node)
    sql(node, "UPDATE head SET size = size - 1")


ANY = object()
# what, how, and which entry must be named (None: the fault belongs to none)
NODE = [
    ("an entry rewritten", lambda n: sql(n, "UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE seq = 3) WHERE seq = 9"), 9),
    ("an entry taken out", lambda n: sql(n, "DELETE FROM entry WHERE seq = 30"), 30),
    ("the last entries taken out", lambda n: sql(n, "DELETE FROM entry WHERE seq > 690"), 691),
    ("an entry put in at the end", lambda n: sql(n, "INSERT INTO entry SELECT 700, leaf, hash FROM entry WHERE seq = 1"), 700),
    ("a payload rewritten", lambda n: sql(n, "UPDATE payload SET sealed = zeroblob(length(sealed)) WHERE seq = 9"), 9),
    ("a hash rewritten", lambda n: sql(n, "UPDATE entry SET hash = zeroblob(32) WHERE seq = 200"), 200),
    ("a subtree's hash rewritten", lambda n: sql(n, "UPDATE subtree SET hash = zeroblob(32) WHERE n = 1"), 511),
    ("a table added", lambda n: sql(n, "CREATE TABLE more (x)"), None),
    ("an old copy of the database put back", old_database, 300),
    ("an old copy with its head, and an entry less", old_everything, None),
    ("the signed head gone", lambda n: os.remove(os.path.join(n, "ledger.head")), None),
    ("the signed head changed", lambda n: flip(os.path.join(n, "ledger.head"), 60), None),
    ("a bit in the middle of the file", lambda n: flip(os.path.join(n, "ledger.sqlite"), 200000), ANY),
    ("another node's key", lambda n: shutil.copy(os.path.join(base, "other", "vault", "node.key"), os.path.join(n, "vault")), None),
]


def tamper_node(base):
    node = os.path.join(base, "node")
    verdict = run(postern, "ledger", "verify", node)
    check(verdict.returncode == 0 and json.loads(verdict.stdout)["intact"], "the node's own files are intact")
    for what, act, entry in NODE:
        copy = os.path.join(base, "copy")
        shutil.copytree(node, copy)
        act(copy)
        verdict = run(postern, "ledger", "verify", copy)
        said = verdict.stdout.strip() or verdict.stderr.strip()
        named = json.loads(verdict.stdout).get("wrong") if verdict.stdout else None
        check(verdict.returncode == 1 and (named == entry or entry is ANY), f"node's files, {what}: {said}")
        shutil.rmtree(copy)


# ---- looking into it ----

def look(base):
    node = os.path.join(base, "node")
    lines = [json.loads(line) for line in run(postern, "ledger", "show", node, "--from", "698").stdout.splitlines()]
    check([line["seq"] for line in lines] == [698, 699] and "content" not in lines[0], "show tells headers only")
    check(run(postern, "ledger", "show", node, "--open").returncode == 2, "show --open asks who looks and why")
    shown = run(postern, "ledger", "show", node, "--open", "--by", "Ana Test", "--reason", "case 7", "--count", "2")
    check("content" in json.loads(shown.stdout.splitlines()[0]), "show --open opens")
    after = [json.loads(line) for line in run(postern, "ledger", "show", node, "--from", "700").stdout.splitlines()]
    check(len(after) == 1 and after[0]["what"] == "access", "the look is on the ledger")
    writer_running = subprocess.Popen([writer, node, "0", "1"], stdout=subprocess.PIPE)
    writer_running.stdout.readline()
    check(run(postern, "ledger", "show", node, "--open", "--by", "A", "--reason", "b").returncode == 4, "not beside a writer")
    check(run(postern, "ledger", "verify", node).returncode == 0, "verify beside a writer")
    writer_running.kill()
    writer_running.communicate()


with tempfile.TemporaryDirectory() as base:
    vkey = make(os.path.join(base, "node"), 300, 64)
    shutil.copytree(os.path.join(base, "node"), os.path.join(base, "early"))
    subprocess.run([writer, os.path.join(base, "node"), "400", "37"], check=True, stdout=subprocess.DEVNULL)
    make(os.path.join(base, "other"), 700, 64)
    tamper_tree(base, vkey)
    tamper_node(base)
    look(base)
    named = run(postern, "ledger", "verify", os.path.join(base, "node"), "--key", vkey)
    check(named.returncode == 0, "verify with the key from elsewhere")
print(f"{len(TREE) + len(NODE)} tamperings, {len(failed)} checks failed")
sys.exit(1 if failed else 0)
