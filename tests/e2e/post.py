"""A post to test against: makes a node in a temporary folder, runs `postern up` on it, and speaks its interface.

Only Python's own library. Used by api.py, kill9.py, full.py and bench/lane.py."""
import contextlib
import http.client
import itertools
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
CLEAR = "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06"


def postern_path():
    built = [os.path.join(ROOT, "build", name, "src", "main", "postern") for name in ("gcc", "debug")]
    found = sorted((path for path in built if os.path.exists(path)), key=os.path.getmtime)
    return os.environ.get("POSTERN") or (found[-1] if found else built[-1])


def postern(*words, data="", program=None):
    """What it says; it must go well."""
    done = subprocess.run([program or postern_path(), *words], input=data, capture_output=True, text=True, timeout=120, start_new_session=True, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def sign(path, land, keys, program=None):
    """Add the signatures of these people of a demonstration's country to the note there."""
    for key in keys:
        text = postern("authority", "sign", path, "--key", f"{land}/offline/keys/{key}.key", "--yes", "--passphrase-fd", "0", data="demonstration\n", program=program)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def signed(folder, land, keys, *words, program=None):
    """The path of a new note in folder: what these words print for the country in land, with these people's signatures."""
    with open(f"{land}/roster", encoding="utf-8") as file:
        text = postern(*words, "--country", file.readline().strip(), "--reason", "A test.", program=program)
    path = f"{folder}/note-{next(notes)}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    sign(path, land, keys, program)
    return path


notes = itertools.count(1)


def free_ports(count):
    """The first of so many ports next to each other that nobody uses, at most 16. Scripts that run side by side begin apart,
    below where the system gives ports out by itself and below the drill's."""
    for attempt in range(1000):
        first = 10000 + (os.getpid() + attempt * 37) * 16 % 19200
        lines = []
        try:
            for port in range(first, first + count):
                line = socket.socket()
                lines.append(line)
                line.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
        finally:
            for line in lines:
                line.close()
    raise RuntimeError("no ports")


def digit(field):
    value = lambda c: int(c) if c.isdigit() else 0 if c == "<" else ord(c) - 55
    return str(sum(value(c) * (7, 3, 1)[i % 3] for i, c in enumerate(field)) % 10)


def passport(number):
    """A passport of Utopia that nobody has: the number's letters make the name."""
    name = "".join(chr(ord("A") + int(c)) for c in f"{number:07d}")
    line1 = f"P<UTOZUV{name}<<QOXEBU".ljust(44, "<")
    no = f"T{number:07d}".ljust(9, "<")
    birth, expiry, optional = "850202", "330101", "<" * 14
    line2 = no + digit(no) + "UTO" + birth + digit(birth) + "F" + expiry + digit(expiry) + optional + "0"
    return line1 + "\n" + line2 + digit(line2[:10] + line2[13:20] + line2[21:43])


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Lane:
    """One browser: a connection kept open, a cookie, a CSRF value."""

    def __init__(self, port, host=None, timeout=20):
        self.port, self.timeout = port, timeout
        self.host = host or f"localhost:{port}"
        self.connection, self.cookie, self.csrf = None, None, None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def ask(self, method, path, body=None, headers=None, raw=None):
        """One request. raw: bytes sent as they are. Any failure of the line passes up, the line then closed. A line that the
        post closed because nobody spoke for long is another one."""
        if self.connection is not None and self.connection.sock is not None and select.select([self.connection.sock], [], [], 0)[0]:
            self.close()
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        own = {"Host": self.host}
        if self.cookie:
            own["Cookie"] = self.cookie
        if self.csrf:
            own["X-Postern-Csrf"] = self.csrf
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            own["Content-Type"] = "application/json"
        own.update(headers or {})
        own = {k: v for k, v in own.items() if v is not None}
        try:
            self.connection.request(method, path, body=data, headers=own)
            answer = self.connection.getresponse()
            got = Answer(answer.status, dict(answer.getheaders()), answer.read())
        except BaseException:
            self.close()
            raise
        cookie = got.headers.get("Set-Cookie")
        if cookie:
            self.cookie = cookie.split(";")[0]
        return got

    def sign_in(self, user, password, lane="1", **more):
        answer = self.ask("POST", "/v1/session", {"user": user, "password": password, "lane": lane, **more})
        if answer.status == 200:
            self.csrf = answer.json["csrf"]
        return answer


class Post:
    def __init__(self, folder=None, code="test", watch=None, demonstration=True, environment=None):
        self.own = folder is None
        self.folder = folder or os.path.join(tempfile.mkdtemp(prefix="postern-"), "node")
        self.environment = dict(os.environ, **(environment or {}))
        command = [postern_path(), "node", self.folder, "--name", "Test post", "--kind", "land", "--code", code,
                   "--officer", "arta=Arta", "--supervisor", "besa=Besa", "--second", "sara=Sara", "--second", "teuta=Teuta", "--officer", "dita=Dita", "--discreet", "dita"]
        if watch:
            command += ["--watch", watch]
        if demonstration:
            command += ["--demonstration"]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        self.passwords = {line.split("\t")[0]: line.split("\t")[1] for line in out.splitlines()}
        self.process, self.port, self.address = None, None, None

    def up(self, *more, preexec_fn=None):
        self.errors = open(self.folder + ".stderr", "ab")
        self.process = subprocess.Popen([postern_path(), "up", self.folder, "--no-travellers", *more], stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True, env=self.environment, preexec_fn=preexec_fn)
        self.address = self.process.stdout.readline().strip()
        found = re.fullmatch(r"http://[a-z0-9-]+\.localhost:(\d+)", self.address)
        if not found:
            raise RuntimeError(f"postern up said {self.address!r}")
        self.port = int(found[1])
        return self

    def lane(self, user=None, lane="1", **more):
        one = Lane(self.port, **more)
        if user:
            answer = one.sign_in(user, self.passwords[user], lane)
            assert answer.status == 200, answer.body
        return one

    def server(self):
        """The process that serves: the child of `postern up`, or None while there is none."""
        return next(iter(children(self.process.pid)), None)

    def kill(self):
        pull_the_plug(self.process)
        self.process.stdout.close()
        self.errors.close()
        self.process = None

    def down(self):
        """Stop in order; returns the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=30)
        finally:
            self.process.stdout.close()
            self.errors.close()
            self.process = None
        return code

    def verify(self):
        return subprocess.run([postern_path(), "ledger", "verify", self.folder], capture_output=True, text=True)

    def remove(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self.own:
            shutil.rmtree(os.path.dirname(self.folder), ignore_errors=True)


def patience(seconds, program=None):
    """So many seconds, on a machine that has time: as many times longer as this program takes longer than a tenth of a second to start."""
    def start():
        began = time.monotonic()
        postern("version", program=program)
        return time.monotonic() - began

    return seconds * max(1, min(start() for _ in range(3)) / 0.1)


def wait_until(condition, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def children(number):
    """The processes that this one began and that still run; none when it has ended itself."""
    try:
        with open(f"/proc/{number}/task/{number}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def family(number):
    """It and every process that came of it, parents first."""
    numbers = [number]
    for one in numbers:
        numbers += children(one)
    return numbers


def is_gone(number):
    """Whether a process has ended; one that nobody has waited for yet has, when its last thread has: until then its files are open."""
    try:
        with open(f"/proc/{number}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] in "ZX" and len(os.listdir(f"/proc/{number}/task")) <= 1
    except OSError:
        return True


def pull_the_plug(process):
    """kill -9 of a node with all its processes, whoever would start another first. Back when they are gone: one that waits for its
    disk takes a while, and holds its folder as long."""
    numbers = family(process.pid)
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    process.wait()
    wait_until(lambda: all(is_gone(number) for number in numbers))
