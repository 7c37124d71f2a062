"""tests/e2e/proof.py FILE ORIGIN INDEX VKEY: check a C2SP tlog-proof offline, with no line of Postern's: the entry's leaf (the
extra data) stands at that index of the tree whose root the checkpoint names, and the ledger's own key signed that checkpoint.
RFC 9162 section 2.1.3.2 for the path, C2SP signed-note and tlog-checkpoint for the rest."""
import base64
import hashlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf, index, size, path):
    """The root that the path leads to, or None when it has another length than it must."""
    at, last, hash_, left = index, size - 1, hashlib.sha256(b"\x00" + leaf).digest(), list(path)
    while last > 0:
        if at % 2 == 1 or at == last:
            if not left:
                return None
            if at % 2 == 0:  # the last of an odd row: its partner stands higher up
                while at % 2 == 0 and last > 0:
                    at, last = at >> 1, last >> 1
                if last == 0 and at == 0:
                    break
            hash_ = node(left.pop(0), hash_)
        else:
            if not left:
                return None
            hash_ = node(hash_, left.pop(0))
        at, last = at >> 1, last >> 1
    return None if left else hash_


def signed_by(checkpoint, vkey):
    """The text of a signed note, if the key signed it."""
    name, _, blob = vkey.split("+", 2)
    blob = base64.b64decode(blob)
    text, _, signatures = checkpoint.partition("\n\n")
    text += "\n"
    key_id = hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4]
    for line in signatures.splitlines():
        dash, who, signature = line.split(" ")
        raw = base64.b64decode(signature)
        if dash == "\u2014" and who == name and raw[:4] == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(blob[1:]).verify(raw[4:], text.encode())
                return text
            except InvalidSignature:
                return None
    return None


def check_proof(file, origin, index, keys):
    """(True, "") when the file proves that entry of that ledger, else (False, why)."""
    head, _, checkpoint = file.partition("\n\n")
    lines = head.splitlines()
    if len(lines) < 3 or lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1].startswith("extra ") or lines[2] != f"index {index}":
        return False, "not that proof"
    text = signed_by(checkpoint, keys[origin])
    if text is None:
        return False, "the ledger's key did not sign the checkpoint"
    name, size, root = text.splitlines()[:3]
    if name != origin or index >= int(size):
        return False, "another ledger, or a smaller one"
    if root_of(base64.b64decode(lines[1][6:]), index, int(size), [base64.b64decode(line) for line in lines[3:]]) != base64.b64decode(root):
        return False, "the path does not lead to the signed root"
    return True, ""


if __name__ == "__main__":
    good, why = check_proof(open(sys.argv[1], encoding="utf-8").read(), sys.argv[2], int(sys.argv[3]), {sys.argv[2]: sys.argv[4]})
    print("the proof holds" if good else f"the proof does not hold: {why}")
    sys.exit(0 if good else 1)
