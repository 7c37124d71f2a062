"""tests/e2e/chip_card.py FOLDER KEY [--number N] [--pace] [--port 35963] [--gone-after N]: a travel document's chip on a virtual
reader (Debian's vsmartcard-vpcd under pcscd). FOLDER has its files by identifier (011D, 0101, ...); KEY is number, birth and
expiry with their check digits. Written from ICAO Doc 9303 part 11; shares no code with src/. It prints "ready" once the reader has noticed it."""
import argparse
import hashlib
import os
import re
import secrets
import socket
import struct
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

ATR = bytes.fromhex("3B80800101")
PACE = bytes.fromhex("04007F00070202040202")  # ECDH, generic mapping, AES-128
# NIST P-256, as affine points; None is the point at infinity
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
A = P - 3
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(a, b):
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] * a[0] + A) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(n, point):
    found = None
    while n:
        if n & 1:
            found = add(found, point)
        point = add(point, point)
        n >>= 1
    return found


def written(point):
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def taken(data):
    return int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")


def pad(data, block):
    data += b"\x80"
    return data + bytes(-len(data) % block)


def unpad(data):
    return data.rstrip(b"\0")[:-1]


def run(cipher, mode, data, encrypt):
    context = Cipher(cipher, mode)
    context = context.encryptor() if encrypt else context.decryptor()
    return context.update(data) + context.finalize()


class Old:
    """3DES, as Basic Access Control has it."""
    block = 8

    def __init__(self, seed):
        self.enc, self.mac_key = (hashlib.sha1(seed + bytes([0, 0, 0, i])).digest()[:16] for i in (1, 2))

    def crypt(self, data, encrypt, _):
        return run(algorithms.TripleDES(self.enc), modes.CBC(bytes(8)), data, encrypt)

    def mac(self, data):
        half = self.mac_key[:8]
        last = run(algorithms.TripleDES(half * 3), modes.CBC(bytes(8)), data, True)[-8:]
        return run(algorithms.TripleDES(self.mac_key), modes.ECB(), run(algorithms.TripleDES(half * 3), modes.ECB(), last, False), True)


class New:
    """AES-128, as PACE has it."""
    block = 16

    def __init__(self, seed):
        self.enc, self.mac_key = (hashlib.sha1(seed + bytes([0, 0, 0, i])).digest()[:16] for i in (1, 2))

    def crypt(self, data, encrypt, count):
        first = bytes(16) if count is None else run(algorithms.AES(self.enc), modes.ECB(), count, True)
        return run(algorithms.AES(self.enc), modes.CBC(first), data, encrypt)

    def mac(self, data):
        tag = CMAC(algorithms.AES(self.mac_key))
        tag.update(data)
        return tag.finalize()[:8]


def length(n):
    return bytes([n]) if n < 128 else bytes([0x81, n])


def tlv(tag, data):
    return bytes.fromhex(tag) + length(len(data)) + data


def objects(data):
    """(tag, value, whole) of each."""
    at = 0
    while at < len(data):
        n, head = data[at + 1], 2
        if n == 0x81:
            n, head = data[at + 2], 3
        yield data[at], data[at + head:at + head + n], data[at:at + head + n]
        at += head + n


class Card:
    def __init__(self, folder, key, number, pace):
        self.files = {0x011E: bytes.fromhex("60145F0104303130375F36063034303030305C026175")}  # EF.COM, which the samples lack
        for name in os.listdir(folder):
            if re.fullmatch("[0-9A-F]{4}", name):
                with open(os.path.join(folder, name), "rb") as file:
                    self.files[int(name, 16)] = file.read()
        self.key, self.number, self.pace = key.encode(), number, pace
        if pace:
            self.files[0x011C] = tlv("31", tlv("30", tlv("06", PACE) + b"\x02\x01\x02\x02\x01\x0c"))
        self.reset()

    def reset(self):
        self.inside = self.opened = False
        self.selected = self.challenge = self.keys = self.step = None

    def select(self, p1, data):
        if p1 == 4:
            self.inside = data == bytes.fromhex("A0000002471001")
            return b"", 0x9000 if self.inside else 0x6A82
        name = int.from_bytes(data, "big")
        if name not in self.files or (name != 0x011C and not self.inside):
            return b"", 0x6A82
        if name != 0x011C and not self.opened:
            return b"", 0x6982
        self.selected = self.files[name]
        return b"", 0x9000

    def read(self, p1, p2, expected):
        offset = p1 << 8 | p2
        if self.selected is None or offset >= len(self.selected):
            return b"", 0x6B00 if self.selected else 0x6986
        return self.selected[offset:offset + expected], 0x9000

    def basic(self, data):
        keys = Old(hashlib.sha1(self.key).digest()[:16])
        if self.pace or self.challenge is None or keys.mac(pad(data[:32], 8)) != data[32:]:
            return b"", 0x6300
        heard = keys.crypt(data[:32], False, None)
        if heard[8:16] != self.challenge:
            return b"", 0x6300
        half = secrets.token_bytes(16)
        said = keys.crypt(self.challenge + heard[:8] + half, True, None)
        self.begin = Old(bytes(a ^ b for a, b in zip(heard[16:], half))), int.from_bytes(self.challenge[4:] + heard[4:8], "big")
        return said + keys.mac(pad(said, 8)), 0x9000

    def agree(self, data):
        """PACE's steps, one after another."""
        inner = next(objects(data))[1]
        value = next(objects(inner))[1] if inner else b""
        self.step += 1
        if self.step == 1:
            nonce = secrets.token_bytes(16)
            secret = hashlib.sha1(self.key).digest() if self.password == 1 else self.number.encode()
            key = hashlib.sha1(secret + b"\0\0\0\x03").digest()[:16]
            self.base = times(int.from_bytes(nonce, "big"), G)
            return tlv("7C", tlv("80", run(algorithms.AES(key), modes.CBC(bytes(16)), nonce, True))), 0x9000
        if self.step in (2, 3):
            own, theirs = secrets.randbelow(N - 1) + 1, taken(value)
            answer = written(times(own, G if self.step == 2 else self.base))
            shared = times(own, theirs)
            if self.step == 2:
                self.base = add(self.base, shared)
                return tlv("7C", tlv("82", answer)), 0x9000
            self.agreed, self.theirs, self.ours = New(shared[0].to_bytes(32, "big")), value, answer
            return tlv("7C", tlv("84", answer)), 0x9000
        token = lambda point: self.agreed.mac(tlv("7F49", tlv("06", PACE) + tlv("86", point)))  # noqa: E731
        if value != token(self.ours):
            return b"", 0x6300
        self.begin = self.agreed, 0
        return tlv("7C", tlv("86", token(self.theirs))), 0x9000

    def plain(self, head, data, expected):
        ins, p1, p2 = head[1:4]
        if ins == 0xA4:
            return self.select(p1, data)
        if ins == 0xB0:
            return self.read(p1, p2, expected)
        if ins == 0x84:
            self.challenge = secrets.token_bytes(8)
            return self.challenge, 0x9000
        if ins == 0x82:
            return self.basic(data)
        if ins == 0x22:
            self.step, self.password = 0, data[-1]
            return b"", 0x9000 if self.pace and data.startswith(tlv("80", PACE)) else 0x6A80
        if ins == 0x86 and self.step is not None:
            return self.agree(data)
        return b"", 0x6D00

    def count(self):
        self.counter += 1
        return self.counter.to_bytes(self.keys.block, "big")

    def covered(self, head, body):
        keys, block = self.keys, self.keys.block
        data, expected, signed = b"", 0, b""
        count = self.count()
        for tag, value, whole in objects(body):
            if tag == 0x8E:
                if keys.mac(pad(count + pad(head, block) + signed, block) if signed else pad(count + head, block)) != value:
                    self.keys = None
                    return b"", 0x6988
                continue
            signed += whole
            if tag == 0x87:
                data = unpad(keys.crypt(value[1:], False, count))
            elif tag == 0x97:
                expected = value[0] or 256
        answer, word = self.plain(bytes([head[0] & 0xF3]) + head[1:], data, expected)
        count = self.count()
        out = tlv("87", b"\x01" + keys.crypt(pad(answer, block), True, count)) if answer else b""
        out += tlv("99", word.to_bytes(2, "big"))
        return out + tlv("8E", keys.mac(pad(count + out, block))), word

    def answer(self, command):
        head, rest = command[:4], command[4:]
        data, expected = b"", 0
        if len(rest) == 1:
            expected = rest[0] or 256
        elif rest:
            data = rest[1:1 + rest[0]]
            expected = (rest[1 + rest[0]] or 256) if len(rest) > 1 + rest[0] else 0
        if head[0] & 0x0C == 0x0C and self.keys:
            out, word = self.covered(head, data)
        else:
            self.begin = None
            out, word = self.plain(head, data, expected)
            if self.begin:
                (self.keys, self.counter), self.opened = self.begin, True
        return out + word.to_bytes(2, "big")


def exactly(line, n):
    data = b""
    while len(data) < n:
        piece = line.recv(n - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("key")
    parser.add_argument("--number", default="")
    parser.add_argument("--pace", action="store_true")
    parser.add_argument("--port", type=int, default=35963)
    parser.add_argument("--gone-after", type=int, default=0)
    options = parser.parse_args()
    card = Card(options.folder, options.key, options.number, options.pace)
    line = socket.create_connection(("127.0.0.1", options.port))
    asked, taken_up = 0, False
    while True:
        message = exactly(line, struct.unpack(">H", exactly(line, 2))[0])
        if len(message) == 1:
            if message[0] == 4:
                line.sendall(struct.pack(">H", len(ATR)) + ATR)
                if not taken_up:
                    print("ready", flush=True)
                taken_up = True
            else:
                card.reset()
            continue
        asked += 1
        if asked == options.gone_after:
            sys.exit(0)
        answer = card.answer(message)
        line.sendall(struct.pack(">H", len(answer)) + answer)


if __name__ == "__main__":
    main()
