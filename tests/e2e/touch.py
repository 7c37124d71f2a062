"""A security key made of python3-cryptography, for the scripts that ask a post or a centre: what a browser and a key would answer. It shares no code with src/."""
import base64
import hashlib
import json
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def text(data):
    return base64.b64encode(data).decode()


class Key:
    def __init__(self):
        self.pair, self.id = ec.generate_private_key(ec.SECP256R1()), os.urandom(48)
        point = self.pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.on_list = f"es256.{text(self.id)}.{text(point[1:])}"  # as a staff list has it

    def touch(self, problem, origin, flags=1, type="webauthn.get"):
        """The header Postern-Key for what a 403 needs-key asked, at a page of that origin."""
        challenge = base64.urlsafe_b64encode(base64.b64decode(problem["challenge"])).decode().rstrip("=")
        client = json.dumps({"type": type, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()
        host = origin.split("://")[1].split(":")[0]
        authenticator = hashlib.sha256(host.encode()).digest() + bytes([flags, 0, 0, 0, 7])
        signature = self.pair.sign(authenticator + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return ".".join(map(text, (self.id, client, authenticator, signature)))
