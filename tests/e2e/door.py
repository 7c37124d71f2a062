"""A keeper's door, knocked at by all sorts: who is not on the list gets not one byte of an answer.

Usage: door.py [-v]     (DOORMAN names the test program; build/debug's otherwise)"""
import contextlib
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from post import children, wait_until  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOORMAN = os.environ.get("DOORMAN", os.path.join(ROOT, "build/debug/tests/e2e/doorman"))
VERBOSE = "-v" in sys.argv
GET = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
ONCE = b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
results = []


def check(name, condition, detail=""):
    results.append(bool(condition))
    if VERBOSE or not condition:
        print(("ok      " if condition else "FAILED  ") + name + (f": {detail}" if not condition else ""))


class Key:
    def __init__(self, folder):
        self.folder = folder
        os.mkdir(folder)
        self.id = subprocess.run([DOORMAN, "key", folder], check=True, capture_output=True, text=True).stdout.strip()


class Door:
    def __init__(self, key):
        self.process = subprocess.Popen([DOORMAN, "serve", key.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.admitted = ()

    def admit(self, *keys):
        """These and nobody else; back when the door does so."""
        print("admit", *[key.id for key in keys], "", file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "ok\n"
        for key in {*keys, *self.admitted}:
            wait_until(lambda key=key: ask(self, key, ONCE)[0].startswith(b"HTTP/1.1 200") == (key in keys))
        self.admitted = keys

    def front(self):
        """The process that parses the network."""
        return children(self.process.pid)[0]

    def end(self):
        self.process.stdin.close()
        return self.process.wait(40)


def connect(door, key=None, version=None):
    """A TLS connection that shows this key (None: no certificate)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if key is not None:
        context.load_cert_chain(f"{key.folder}/vault/tls.crt", f"{key.folder}/vault/tls.key")
    return context.wrap_socket(socket.create_connection(("127.0.0.1", door.port), timeout=10))


def drain(line):
    """All bytes that still come; how it ended."""
    got = b""
    while True:
        try:
            part = line.recv(65536)
        except TimeoutError:
            return got, "open"
        except OSError:
            return got, "closed"
        if not part:
            return got, "closed"
        got += part


def ask(door, key, data=GET, version=None):
    try:
        with connect(door, key, version) as line:
            line.sendall(data)
            return drain(line)
    except OSError:
        return b"", "closed"


def answer(line, data=GET):
    """One answer on a connection that stays."""
    line.sendall(data)
    got = b""
    while not got.endswith(b"\r\n\r\n0"):  # the body: no bytes came
        part = line.recv(65536)
        if not part:
            break
        got += part
    return got


def s_client(door, *arguments):
    """What openssl's own client prints of the answer."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{door.port}", "-quiet", *arguments],
                          input=GET, capture_output=True, timeout=20, check=False)
    return done.stdout


def who_comes_in(door, known, stranger, revoked):
    with connect(door, known) as line:
        check("the known is answered", answer(line).startswith(b"HTTP/1.1 200"))
        check("and again on the same connection", answer(line).startswith(b"HTTP/1.1 200"))
        check("in TLS 1.3", line.version() == "TLSv1.3")
    # DOOR-1
    for data, what in ((GET, "a request"), (b"\0\r\n\r\n", "nonsense"), (b"GET / HTTP/9.9\r\n\r\n", "no HTTP")):
        for key, who in ((None, "no certificate"), (stranger, "a stranger's certificate"), (revoked, "a revoked one")):
            check(f"{who}, {what}: not one byte", ask(door, key, data) == (b"", "closed"), ask(door, key, data))
    check("TLS 1.2 is not spoken", ask(door, known, GET, ssl.TLSVersion.TLSv1_2) == (b"", "closed"))
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as line:
        line.sendall(GET)
        got, how = drain(line)
        check("plain HTTP gets no HTTP", b"HTTP" not in got and how == "closed", got)
    pem = ["-cert", f"{stranger.folder}/vault/tls.crt", "-key", f"{stranger.folder}/vault/tls.key"]
    check("openssl's client with a stranger's certificate: not one byte", s_client(door, *pem) == b"")
    check("openssl's client without: not one byte", s_client(door) == b"")
    # the certificate of one who is known, with the key of another: what is public is not enough
    mixed = ["-cert", f"{known.folder}/vault/tls.crt", "-key", f"{stranger.folder}/vault/tls.key"]
    check("the known's certificate without its key: not one byte", s_client(door, *mixed) == b"")


def revocation(door, known, other):
    with connect(door, known) as line, connect(door, known) as held, connect(door, other) as stays:
        check("before: answered", answer(line).startswith(b"HTTP/1.1 200"))
        check("the other, too", answer(stays).startswith(b"HTTP/1.1 200"))
        held.sendall(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        door.admit(other)
        with contextlib.suppress(OSError):
            line.sendall(GET)
        # DOOR-1
        check("revoked while connected: not one byte more", drain(line) == (b"", "closed"))
        check("revoked while held: not one byte", drain(held) == (b"", "closed"))
        check("the other stays", answer(stays).startswith(b"HTTP/1.1 200"))
    door.admit(known, other)
    check("admitted again: answered", ask(door, known, ONCE)[0][:12] == b"HTTP/1.1 200")
    check("closed by the keeper's word: not one byte", ask(door, known, b"GET /void HTTP/1.1\r\nHost: x\r\n\r\n") == (b"", "closed"))


def limits(door, known):
    big = b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    for verb, most in ((b"add-checkpoint", (64 << 10) + 1024), (b"notes", 256 << 10)):
        check(f"a body for {verb.decode()} that is said to be too long", ask(door, known, big % (verb, most + 1))[0].startswith(b"HTTP/1.1 413"))
    chunked = b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
    check("a body where none may be, chunked", not ask(door, known, chunked)[0].startswith(b"HTTP/1.1 200"))
    check("a header that is too long", not ask(door, known, b"GET / HTTP/1.1\r\nX: " + b"x" * 40000 + b"\r\n\r\n")[0].startswith(b"HTTP/1.1 200"))
    check("a path that is too long", ask(door, known, b"GET /" + b"x" * 600 + b" HTTP/1.1\r\nHost: x\r\n\r\n")[0].startswith(b"HTTP/1.1 400"))
    lines = []
    with contextlib.ExitStack() as stack:
        for _ in range(16):
            lines.append(stack.enter_context(connect(door, known)))
            answer(lines[-1])
        check("a peer's seventeenth connection: not one byte", ask(door, known) == (b"", "closed"))
        check("the sixteenth still works", answer(lines[-1]).startswith(b"HTTP/1.1 200"))
    time.sleep(0.3)
    with contextlib.ExitStack() as stack:
        began = time.monotonic()
        silent = [stack.enter_context(socket.create_connection(("127.0.0.1", door.port), timeout=10)) for _ in range(32)]
        time.sleep(0.3)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", door.port), timeout=10) as line:
            check("a thirty-third stranger from one address is not taken in", drain(line) == (b"", "closed"))
            check("while those who came before him still are", not select.select(silent, [], [], 0)[0], f"{time.monotonic() - began:.1f} s")
        ends = [drain(line) for line in silent]
        took = time.monotonic() - began
        check("who says nothing is put out after five seconds", ends == [(b"", "closed")] * 32 and 4.5 < took < 40, f"{took:.1f} s {ends[0]}")
    check("and there is room again", wait_until(lambda: ask(door, known, ONCE)[0].startswith(b"HTTP/1.1 200")))


def slow_body(door, known, ends):
    with connect(door, known) as line:
        line.settimeout(80)
        began = time.monotonic()
        line.sendall(b"POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        got, how = b"", "open"
        while how == "open" and time.monotonic() - began < 80:
            with contextlib.suppress(OSError):
                line.sendall(b"x")
            line.settimeout(1)
            got, how = drain(line)
        ends.append((time.monotonic() - began, got, how))


def leaves(door, known):
    """A peer that goes while it is held is forgotten: sixteen places are free again."""
    for _ in range(20):
        with contextlib.suppress(OSError), connect(door, known) as line:
            line.sendall(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.05)
        time.sleep(0.05)
    # long before their answers would be due
    check("held ones that left are forgotten", wait_until(lambda: ask(door, known, ONCE)[0].startswith(b"HTTP/1.1 200"), 15))


class Server:
    """Somebody at the other end with that key: each connection is told this much, and what it said is kept."""
    def __init__(self, key=None, version=None, says=b""):
        self.socket, self.heard, self.says = socket.create_server(("127.0.0.1", 0)), [], says
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.context = None
        if key is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(f"{key.folder}/vault/tls.crt", f"{key.folder}/vault/tls.key")
            if version is not None:
                self.context.minimum_version = self.context.maximum_version = version
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), line:
                line.settimeout(10)
                self.heard.append(b"")
                if self.context is not None:
                    line = self.context.wrap_socket(line, server_side=True)
                self.heard[-1] = line.recv(65536)
                line.sendall(self.says)
                line.close()


def courier(known, address, key, **environment):
    """One request as nodes send them: how it went, and the status."""
    return subprocess.run([DOORMAN, "ask", known.folder, address, key.id], check=True, capture_output=True, text=True, timeout=20,
                          env={**os.environ, **environment}).stdout.split()


def who_is_asked(door, keeper, known, stranger):
    """COURIER-1: a node speaks only to the key it was told, over TLS 1.3, and is sent nowhere else."""
    here, good = f"127.0.0.1:{door.port}", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    check("the keeper with its key is asked", courier(known, here, keeper) == ["fine", "200"], courier(known, here, keeper))
    check("another key at the keeper's address is not", courier(known, here, stranger) == ["other-key", "0"], courier(known, here, stranger))
    other = Server(stranger, says=good)
    check("nor is one who has the address alone", courier(known, other.address, keeper) == ["other-key", "0"] and other.heard in ([], [b""]), other.heard)
    check("which would have been heard with its own", courier(known, other.address, stranger) == ["fine", "200"] and b"GET /x" in other.heard[-1], other.heard)
    old = Server(keeper, version=ssl.TLSVersion.TLSv1_2, says=good)
    check("the right key by TLS 1.2: nothing is said", courier(known, old.address, keeper)[1] == "0" and old.heard in ([], [b""]), old.heard)
    plain = Server(says=good)
    check("nor in the clear", courier(known, plain.address, keeper)[1] == "0" and b"GET" not in b"".join(plain.heard), plain.heard)
    away = Server(keeper, says=good)
    sends = Server(keeper, says=f"HTTP/1.1 302 Found\r\nLocation: https://{away.address}/x\r\nContent-Length: 0\r\n\r\n".encode())
    check("nobody is sent elsewhere", courier(known, sends.address, keeper)[1] in ("0", "302") and away.heard == [], away.heard)
    proxy = Server(says=good)
    through = {name: f"http://{proxy.address}" for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")}
    check("no proxy stands between", courier(known, here, keeper, **through) == ["fine", "200"] and proxy.heard == [], proxy.heard)
    for server in (other, old, plain, away, sends, proxy):
        server.socket.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        keys = [Key(os.path.join(folder, name)) for name in ("keeper", "known", "stranger", "revoked", "other")]
        keeper, known, stranger, revoked, other = keys
        door = Door(keeper)
        with open(f"/proc/{door.front()}/status", encoding="ascii") as file:
            status = file.read()
        check("the front is confined", "\nSeccomp:\t2\n" in status and "\nNoNewPrivs:\t1\n" in status)
        check("it holds three descriptors and what its library made", len(os.listdir(f"/proc/{door.front()}/fd")) <= 8, os.listdir(f"/proc/{door.front()}/fd"))
        confined = subprocess.run([DOORMAN, "confined", f"{keeper.folder}/vault/tls.crt"], check=False).returncode
        check("who is confined opens, runs and calls nothing", confined == 0 and os.path.exists(f"{keeper.folder}/vault/tls.crt"))
        os.mkdir(os.path.join(folder, "swept"))
        with open(os.path.join(folder, "swept", "inside"), "wb") as file:
            file.write(b"x")
        swept = subprocess.run([DOORMAN, "swept", os.path.join(folder, "swept"), f"{keeper.folder}/vault/tls.crt"], check=False).returncode
        check("who sweeps a disk reads below its root, writes to one pipe, and nothing else: SWEEP-1", swept in (0, 77), swept)
        if swept == 77:
            print("this kernel has no Landlock: a sweep was kept from everything but reading other files")
        check("nobody is admitted at first", ask(door, known) == (b"", "closed"))
        door.admit(known, revoked, other)
        check("the one to be revoked comes in before", ask(door, revoked, ONCE)[0].startswith(b"HTTP/1.1 200"))
        door.admit(known, other)
        who_is_asked(door, keeper, known, stranger)
        ends = []
        slow = threading.Thread(target=slow_body, args=(door, other, ends))
        slow.start()
        who_comes_in(door, known, stranger, revoked)
        limits(door, known)
        leaves(door, known)
        slow.join()
        check("a body that drips is cut off", 19 < ends[0][0] < 60 and b"200" not in ends[0][1] and ends[0][2] == "closed", ends)
        revocation(door, known, other)
        held = connect(door, known)
        held.sendall(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.2)
        began = time.monotonic()
        check("it ends in good order", door.end() == 0 and time.monotonic() - began < 15, time.monotonic() - began)
        check("what was held is closed", drain(held)[0] == b"")
        held.close()
        door = Door(keeper)
        door.admit(known)
        os.kill(door.front(), signal.SIGKILL)
        check("when the front is killed the keeper asks to be started anew", door.process.wait(40) == 75)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) and results else 1


sys.exit(main())
