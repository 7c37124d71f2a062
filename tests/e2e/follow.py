"""Follow a node's ledger through keepers, from outside: fetch it over mutual TLS, prove it, open nothing.

    follow.py ROSTER NODE ORIGIN [--keeper ORIGIN]...    prove ORIGIN as each keeper of the roster holds it; one JSON line each
    follow.py                                            make a country of processes, cross, follow, and try what must not pass

NODE is the folder of a node of the roster: its certificate opens the keepers' doors and nothing else of it is read. Everything is
worked out here, from the standards' texts (RFC 6962, C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles; docs/format/
roster.md, keeper.md, ledger.md), with Python's library and Debian's python3-cryptography: no code is shared with src/."""
import base64
import contextlib
import hashlib
import http.client
import json
import os
import ssl
import sys
import tempfile

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

WIDTH = 256


class Wrong(Exception):
    """Something does not prove what it claims."""


def need(holds, what):
    if not holds:
        raise Wrong(what)


# ---- notes ----

class Key:
    def __init__(self, text):
        self.name, hex8, blob = text.split("+", 2)
        raw = base64.b64decode(blob, validate=True)
        self.type, self.public = raw[0], raw[1:]
        need(len(self.public) == 32 and self.type in (1, 4), f"{self.name}: not a key of the kinds used here")
        self.id = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        need(self.id.hex() == hex8, f"{self.name}: the key's id is not its own")

    def good(self, signature, message):
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
            return True
        except InvalidSignature:
            return False


class Note:
    def __init__(self, data):
        text, blank, lines = data.decode().rpartition("\n\n")
        need(blank, "a note has no blank line")
        self.text = text + "\n"
        self.lines = []
        for line in lines.splitlines():
            dash, name, blob = line.split(" ")
            need(dash == "\u2014", "a signature line starts with a dash")
            raw = base64.b64decode(blob, validate=True)
            self.lines.append((name, raw[:4], raw[4:]))

    def of(self, key):
        return [blob for name, number, blob in self.lines if name == key.name and number == key.id]

    def signed_by(self, key):
        blobs = self.of(key)
        need(all(key.good(blob, self.text.encode()) for blob in blobs), f"a signature of {key.name} is wrong")
        return bool(blobs)

    def cosigned_by(self, key):
        """The newest time, or None."""
        times = []
        for blob in self.of(key):
            need(len(blob) == 72, "a cosignature has another length")
            seconds = int.from_bytes(blob[:8], "big")
            need(key.good(blob[8:], f"cosignature/v1\ntime {seconds}\n{self.text}".encode()), f"a cosignature of {key.name} is wrong")
            times.append(seconds)
        return max(times, default=None)


class Checkpoint:
    def __init__(self, text):
        origin, size, root, *more = text.split("\n")
        need(more == [""], "a checkpoint has three lines")
        self.origin, self.size, self.root = origin, int(size), base64.b64decode(root, validate=True)
        need(str(self.size) == size and len(self.root) == 32, "a checkpoint's size or root is not in its form")


class Roster:
    def __init__(self, data):
        note = Note(data)
        self.keepers, self.ledgers, authorities, enough, self.quorum = {}, {}, [], 0, 0
        for line in note.text.splitlines()[1:]:
            word, *rest = line.split(" ")
            if word == "authority":
                authorities.append(Key(rest[0]))
            elif word == "authorities-needed":
                enough = int(rest[0])
            elif word == "quorum":
                self.quorum = int(rest[1])
            elif word in ("keeper", "centre", "post"):
                key = Key(rest[0])
                self.ledgers[key.name] = key
                if word == "keeper":
                    self.keepers[key.name] = (Key(rest[1]), rest[2], rest[3])
            elif word in ("site", "spare"):
                key = next(Key(part) for part in rest if part.count("+") >= 2)
                self.ledgers[key.name] = key
        need(enough > 0 and sum(note.signed_by(key) for key in authorities) >= enough, "too few authorities signed the roster")


# ---- the tree: RFC 6962 section 2.1 ----

def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def tree_root(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    while len(hashes) > 1:  # level by level: an odd one out goes up as it is, which is the split at a power of two
        pairs = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2])]
        hashes = pairs + hashes[len(pairs) * 2:]
    return hashes[0]


# ---- what a leaf says: docs/format/ledger.md ----

def read_leaf(leaf):
    """The header's map of small unsigned keys to numbers and byte strings."""
    at = 0

    def head():
        nonlocal at
        major, extra = leaf[at] >> 5, leaf[at] & 31
        at += 1
        if extra < 24:
            return major, extra
        size = 1 << extra - 24
        need(extra <= 27, "an entry is not CBOR")
        number = int.from_bytes(leaf[at:at + size], "big")
        at += size
        return major, number

    major, count = head()
    need(major == 5, "an entry is not a map")
    fields = {}
    for _ in range(count):
        key_type, key = head()
        kind, number = head()
        need(key_type == 0 and kind in (0, 2) and key not in fields, "an entry has a field of another kind")
        if kind == 2:
            fields[key] = leaf[at:at + number]
            at += number
        else:
            fields[key] = number
    need(at == len(leaf) and fields.get(1) == 1, "an entry is not of version 1")
    return fields


# ---- a keeper's door ----

class Keeper:
    def __init__(self, origin, mirror, tls, address, folder):
        self.origin, self.mirror, self.tls = origin, mirror, tls
        host, port = address.rsplit(":", 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # who it is, its key says: below
        if folder:
            context.load_cert_chain(os.path.join(folder, "vault", "tls.crt"), os.path.join(folder, "vault", "tls.key"))
        self.line = http.client.HTTPSConnection(host, int(port), timeout=30, context=context)
        self.line.connect()
        shown = x509.load_der_x509_certificate(self.line.sock.getpeercert(True)).public_key()
        digest = hashlib.sha256(shown.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
        need(digest == tls, f"{origin}: somebody else answers")

    def ask(self, verb, path, body=None):
        self.line.request(verb, path, body)
        answer = self.line.getresponse()
        self.type = answer.getheader("Content-Type")
        return answer.status, answer.read()

    def get(self, path):
        status, data = self.ask("GET", path)
        need(status == 200, f"{self.origin}: {path.rsplit('/', 2)[-1]} is answered with {status}")
        return data


def tile_path(level, index, width):
    parts = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03}")
    return f"tile/{level}/{'/'.join(parts)}" + ("" if width == WIDTH else f".p/{width}")


def take_leaves(data, count):
    leaves, at = [], 0
    for _ in range(count):
        size = int.from_bytes(data[at:at + 2], "big")
        leaves.append(data[at + 2:at + 2 + size])
        at += 2 + size
    need(at == len(data) and all(leaves), "an entry bundle is not of its width")
    return leaves


def prove_tiles(keeper, prefix, hashes):
    """Every tile of every level is the hashes of what lies below it."""
    level, tiles = 0, 0
    while hashes:
        for index in range(0, len(hashes), WIDTH):
            part = hashes[index:index + WIDTH]
            need(keeper.get(prefix + tile_path(level, index // WIDTH, len(part))) == b"".join(part), f"a tile of level {level} is not its hashes")
            tiles += 1
        full = len(hashes) // WIDTH
        hashes = [tree_root(hashes[i * WIDTH:(i + 1) * WIDTH]) for i in range(full)]
        level += 1
    return tiles


def prove_payloads(keeper, prefix, headers):
    """Every payload an entry names is there and is the one it names. None is opened."""
    here, gone, at = 0, 0, 0
    while at < len(headers):
        data, start = keeper.get(f"{prefix}payloads/{at}-{len(headers)}"), at
        while data:
            size, header = int.from_bytes(data[:4], "big"), headers[at]
            if size == 0xffffffff:
                need(8 in header, "a payload that no entry names is gone")
                gone, size = gone + 1, 0
            elif size == 0:
                need(8 not in header, "a payload is left out")
            else:
                sealed = data[4:4 + size]
                need(len(sealed) == header.get(7) and hashlib.sha256(sealed).digest() == header.get(8), f"the payload of entry {at} is another")
                here += 1
            data, at = data[4 + size:], at + 1
        need(at > start, "a batch of payloads is empty")
    return here, gone


def follow(roster, keeper, origin):
    """All of a ledger, as one keeper holds it. Returns what was proved and the leaf hashes."""
    name = hashlib.sha256(origin.encode()).hexdigest()
    prefix = f"/{name}/"
    token, *heads = keeper.get("/heads").decode().splitlines()
    need(token.startswith("t "), "heads have no token")
    heads = {line.split(" ")[0]: int(line.split(" ")[1]) for line in heads}
    need(name in heads, f"{keeper.origin} does not hold {origin}")
    note = Note(keeper.get(prefix + "checkpoint"))
    need(keeper.type == "text/plain; charset=utf-8", "a checkpoint is called something else than tlog-tiles wants")
    checkpoint = Checkpoint(note.text)
    need(checkpoint.origin == origin and checkpoint.size >= heads[name], "the checkpoint is not the one the heads tell of")
    need(note.signed_by(roster.ledgers[origin]), "the ledger's own signature is missing")
    time = None
    if origin != keeper.origin:
        time = note.cosigned_by(keeper.mirror)
        need(time is not None, f"{keeper.origin} did not cosign")
    leaves = []
    for first in range(0, checkpoint.size, WIDTH):
        width = min(WIDTH, checkpoint.size - first)
        leaves += take_leaves(keeper.get(prefix + tile_path("entries", first // WIDTH, width)), width)
    hashes = [leaf_hash(leaf) for leaf in leaves]
    need(tree_root(hashes) == checkpoint.root, "the entries do not hash to the signed root")
    tiles = prove_tiles(keeper, prefix, hashes)
    here, gone = prove_payloads(keeper, prefix, [read_leaf(leaf) for leaf in leaves])
    return {"keeper": keeper.origin, "ledger": origin, "size": checkpoint.size, "root": checkpoint.root.hex(), "cosigned": time, "tiles": tiles,
            "payloads": here, "gone": gone}, hashes


def follow_all(roster, folder, origin, only=()):
    """Through every keeper; they must hold one history. Returns the lines and how many keepers cosigned it."""
    lines, histories = [], []
    for name, (mirror, tls, address) in roster.keepers.items():
        if only and name not in only:
            continue
        line, hashes = follow(roster, Keeper(name, mirror, tls, address, folder), origin)
        lines.append(line)
        histories.append(hashes)
    longest = max(histories, key=len)
    for line, hashes in zip(lines, histories):
        need(longest[:len(hashes)] == hashes, f"{line['keeper']} holds another history")
    return lines


# ---- tried on a country of processes ----

# ---- whose memory holds the signing keys ----

def secrets_of(folder):
    """What a keeper signs with: the secret of its key file, and what each role's key is made from (libsodium's crypto_kdf)."""
    with open(os.path.join(folder, "vault", "node.key"), "rb") as file:
        data = file.read()
    start = len(b"postern node key 1\n")
    secret = data[start:start + 32]
    return [secret] + [hashlib.blake2b(key=secret, digest_size=32, salt=role.to_bytes(8, "little") + bytes(8), person=b"ptnrole1" + bytes(8)).digest()
                       for role in (1, 2, 3)]


def in_memory(process, words):
    """How many of these bytes a process has anywhere in its memory; None: it cannot be looked at."""
    try:
        with open(f"/proc/{process}/maps", encoding="ascii") as maps, open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
            found = set()
            for line in maps:
                where, access = line.split()[:2]
                begin, end = (int(part, 16) for part in where.split("-"))
                if access[0] != "r" or "[v" in line:
                    continue
                with contextlib.suppress(OSError, OverflowError, ValueError):
                    memory.seek(begin)
                    data = memory.read(end - begin)
                    found |= {word for word in words if word in data}
            return len(found)
    except OSError:
        return None


def refused(action):
    """It ends without an answer, or with a refusal of ours."""
    try:
        action()
    except (Wrong, OSError, ssl.SSLError, http.client.HTTPException):
        return True
    return False


def rehearse():
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from keeping import Country, cross
    from post import Lane, wait_until

    results = []

    def check(name, holds, detail=""):
        results.append(bool(holds))
        print(f"{'ok' if holds else 'not ok'} {len(results)} - {name}{'' if holds else ' # ' + repr(detail)}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        country = Country(os.path.join(folder, "country"))
        try:
            for code in ("keeper-a", "keeper-b", "keeper-c", "keeper-d", "quay-site"):
                country.up(code)
            port = int(country.up("quay").rsplit(":", 1)[1].strip("/"))
            lane = Lane(port)
            lane.sign_in("arta", country.password, "1")
            for number in range(300):
                cross(lane, number)
            with open(os.path.join(country.folder, "roster"), "rb") as file:
                data = file.read()
            roster, node, quay = Roster(data), os.path.join(country.folder, "centre"), "utopia.example/quay"

            def everywhere():
                try:
                    return min(line["size"] for line in follow_all(roster, node, quay)) >= 900
                except Wrong:
                    return False
            wait_until(everywhere, 30)
            lines = follow_all(roster, node, quay)
            for line in lines:
                print("#", json.dumps(line))
            check("every keeper holds a proved history of the post", len(lines) == 4 and all(line["cosigned"] for line in lines), lines)
            check("a quorum cosigned it", len([line for line in lines if line["cosigned"]]) >= roster.quorum > 0)
            check("with every payload, none of them opened", all(line["payloads"] > 600 and line["gone"] == 0 for line in lines), lines)
            name, (mirror, tls, address) = next(iter(roster.keepers.items()))
            check("a keeper's own ledger is read in the same way", follow(roster, Keeper(name, mirror, tls, address, node), name)[0]["size"] >= 0)
            check("no certificate: no answer", refused(lambda: Keeper(name, mirror, tls, address, None).get("/heads")))
            check("another key at that address is noticed", refused(lambda: Keeper(name, mirror, "00" * 32, address, node)))
            # DOOR-2: of a keeper's processes one signs, and another parses what comes from the network
            keys, front = secrets_of(os.path.join(country.folder, "keeper-a")), country.front("keeper-a")
            held = [in_memory(process, keys) for process in (front, country.signer("keeper-a"))]
            if None in held:
                print("# no right to look into a process: not seen whose memory holds the signing keys")
            else:
                check("the process that parses the network holds no signing key, and the one that signs does", held[0] == 0 and held[1] >= 3, held)
            changed = data.replace(b"expires 20", b"expires 21", 1)
            check("a changed roster is refused", refused(lambda: Roster(changed)))
            status, answer = Keeper(name, mirror, tls, address, node).ask("POST", "/add-checkpoint", b"old 0\n\n" + Keeper(
                name, mirror, tls, address, node).get(f"/{hashlib.sha256(quay.encode()).hexdigest()}/checkpoint"))
            check("nobody writes to another's ledger", status == 403, (status, answer))
            status, answer = Keeper(name, mirror, tls, address, node).ask("POST", "/notes", b"order\n\n\xe2\x80\x94 nobody AAAAAAA=\n")
            check("a note that nobody known signed is refused", status == 403, (status, answer))
        finally:
            country.end()
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


def main(arguments):
    if not arguments:
        return rehearse()
    if len(arguments) < 3 or len(arguments) % 2 == 0:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    with open(arguments[0], "rb") as file:
        roster = Roster(file.read())
    try:
        for line in follow_all(roster, arguments[1], arguments[2], arguments[4::2]):
            print(json.dumps(line))
    except Wrong as wrong:
        print(f"follow: {wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
