"""tests/ledger/reader.py: a second reader of exported ledgers, written from the formats' texts and sharing no code with src/.

problems(tree, vkey) gives a list of what is wrong with an exported tree; empty means intact. Standard: RFC 6962, RFC 8032,
RFC 8949 section 4.2, C2SP signed-note, tlog-checkpoint, tlog-tiles; docs/format/ledger.md for the entries."""
import base64
import hashlib
import os

# ---- Ed25519 (RFC 8032 section 5.1), verification only, slow and plain ----

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    u, v = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    w, s = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = v - u, s - w, s + w, v + u
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_times(n, point):
    result = (0, 1, 1, 0)
    while n > 0:
        if n & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        n >>= 1
    return result


def point_read(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2 ** 255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * ROOT % P
    if (x * x - x2) % P != 0 or (x == 0 and sign == 1):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_read(bytes.fromhex("58" + "66" * 31))


def signature_good(public, message, signature):
    a, r = point_read(public), point_read(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = point_times(s, BASE), point_add(r, point_times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- the tree ----

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tree_hash(leaves):
    """RFC 6962 section 2.1, as it is written there."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01", tree_hash(leaves[:k]), tree_hash(leaves[k:]))


def tile_path(tree, kind, index, width):
    text = f"{index:03d}"
    text = text.zfill((len(text) + 2) // 3 * 3)
    groups = [text[i:i + 3] for i in range(0, len(text), 3)]
    name = "/".join(["x" + g for g in groups[:-1]] + groups[-1:])
    return os.path.join(tree, "tile", kind, name + ("" if width == 256 else f".p/{width}"))


def read(path):
    with open(path, "rb") as file:
        return file.read()


# ---- an entry ----

def cbor_item(data, at):
    """One canonical unsigned number, byte string or map head: (major type, value, next offset)."""
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if info < 24:
        value = info
    else:
        size = {24: 1, 25: 2, 26: 4, 27: 8}[info]
        value = int.from_bytes(data[at:at + size], "big")
        at += size
        if value < (24 if size == 1 else 1 << (4 * size)):
            raise ValueError("not the shortest form")
    if major == 2:
        return major, data[at:at + value], at + value
    if major not in (0, 5):
        raise ValueError("type that no entry has")
    return major, value, at


def entry_read(leaf):
    major, count, at = cbor_item(leaf, 0)
    if major != 5 or count not in (5, 8):
        raise ValueError("not a map of five or eight")
    entry = {}
    for expected in range(1, count + 1):
        key_type, key, at = cbor_item(leaf, at)
        value_type, value, at = cbor_item(leaf, at)
        if key_type != 0 or key != expected or value_type != (2 if key in (6, 8) else 0):
            raise ValueError(f"field {expected}")
        entry[key] = value
    if at != len(leaf) or entry[1] != 1 or len(entry.get(6, b"." * 32)) != 32 or len(entry.get(8, b"." * 32)) != 32:
        raise ValueError("not an entry of version 1")
    return entry


# ---- all of it ----

def check_note(note, vkey):
    """(origin, size, root) of a checkpoint signed by vkey; ValueError when it is not."""
    text, lines = note.rsplit("\n\n", 1)
    text += "\n"
    name, key_hex, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    key_id = sha(name.encode(), b"\n", key)[:4]
    if key_id.hex() != key_hex or key[0] != 1:
        raise ValueError("the verifier key is not one")
    good = False
    for line in lines.rstrip("\n").split("\n"):
        dash, who, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        if dash == "\u2014" and who == name and blob[:4] == key_id:
            if not signature_good(key[1:], text.encode(), blob[4:]):
                raise ValueError("the checkpoint's signature is wrong")
            good = True
    if not good:
        raise ValueError("the checkpoint is not signed by the key")
    origin, size, root = text.split("\n")[:3]
    if origin != name or not size.isdigit() or str(int(size)) != size:
        raise ValueError("the checkpoint is another ledger's, or its size is no number")
    return origin, int(size), base64.b64decode(root, validate=True)


def check_bundles(tree, size, wrong):
    leaves, named = [], {}
    for index in range((size + 255) // 256):
        width = min(256, size - 256 * index)
        data, at, mine = read(tile_path(tree, "entries", index, width)), 0, []
        while at + 2 <= len(data):
            length = int.from_bytes(data[at:at + 2], "big")
            leaf = data[at + 2:at + 2 + length]
            at += 2 + length
            mine.append(sha(b"\x00", leaf))
            try:
                entry = entry_read(leaf)
                if 8 in entry:
                    named[entry[8].hex()] = entry[7]
            except (ValueError, KeyError, IndexError):
                wrong.append(f"entry {256 * index + len(mine) - 1} is no entry")
        if at != len(data) or len(mine) != width:
            wrong.append(f"bundle {index} does not hold {width} entries")
        leaves += mine
    return leaves, named


def check_tiles(tree, size, leaves, wrong):
    level, hashes = 0, leaves
    while hashes:
        for index in range((len(hashes) + 255) // 256):
            part = hashes[256 * index:256 * index + 256]
            if read(tile_path(tree, str(level), index, len(part))) != b"".join(part):
                wrong.append(f"tile {level}/{index} is not that of the entries")
        hashes = [tree_hash(hashes[256 * i:256 * i + 256]) for i in range(len(hashes) // 256)]
        level += 1


def check_payloads(tree, named, wrong):
    folder = os.path.join(tree, "payload")
    there = set(os.listdir(folder)) if os.path.isdir(folder) else set()
    for name in sorted(there | set(named)):
        if name not in there:
            wrong.append(f"payload {name} is missing")
        elif name not in named:
            wrong.append(f"payload {name} belongs to no entry")
        else:
            data = read(os.path.join(folder, name))
            if hashlib.sha256(data).hexdigest() != name or len(data) != named[name]:
                wrong.append(f"payload {name} is not what its entry says")


def problems(tree, vkey):
    wrong = []
    try:
        _, size, root = check_note(read(os.path.join(tree, "checkpoint")).decode(), vkey)
        leaves, named = check_bundles(tree, size, wrong)
        check_tiles(tree, size, leaves, wrong)
        if tree_hash(leaves) != root:
            wrong.append("the entries do not hash to the signed root")
        check_payloads(tree, named, wrong)
    except (ValueError, OSError) as error:
        wrong.append(str(error) or type(error).__name__)
    return wrong
