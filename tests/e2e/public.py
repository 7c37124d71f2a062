"""tests/e2e/public.py PROGRAM: the public page of a country, served by a plain file server with the centre killed.

The signature of its data is checked here with the key from the roster and Python's cryptography alone: nothing is shared with the
program. Then the page is written anew from the dead centre's folder by the command.
"""
import base64
import functools
import hashlib
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sys.path.insert(0, os.path.dirname(__file__))
from asked import check, over, program  # noqa: E402
from post import free_ports, signed as signed_note  # noqa: E402

folder = tempfile.mkdtemp(prefix="ptn-public-", dir="/tmp")
country = os.path.join(folder, "country")
running = []


def run(*arguments, text="", right=True):
    done = subprocess.run([program, *arguments], input=text, text=True, capture_output=True, check=False)
    if right and done.returncode != 0:
        raise RuntimeError(f"{arguments}: {done.stderr}")
    return done


def up(code, *arguments):
    process = subprocess.Popen([program, "up", os.path.join(country, code), *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True)
    running.append(process)
    process.stdout.readline()
    return process


def vkey(origin):
    """The ledger key of a node as the roster has it: NAME+ID+BASE64."""
    with open(os.path.join(country, "centre", "roster"), encoding="utf-8") as file:
        name, key_id, key = re.search(rf"(?:centre|post) (\S*{re.escape(origin)})\+([0-9a-f]{{8}})\+(\S+)", file.read()).groups()
    return name, bytes.fromhex(key_id), base64.b64decode(key)


def signed(note, origin):
    """The text of a C2SP signed note, if that key signed it; else None."""
    name, key_id, key = vkey(origin)
    text, _, lines = note.rpartition(b"\n\n")
    text += b"\n"
    if key[0] != 1 or hashlib.sha256(name.encode() + b"\n" + key).digest()[:4] != key_id:
        return None
    for line in lines.decode().splitlines():
        dash, signer, value = line.split(" ")
        value = base64.b64decode(value)
        if dash == "\u2014" and signer == name and value[:4] == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(value[4:], text)
                return text
            except InvalidSignature:
                return None
    return None


def wait_until(what, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if what():
                return True
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(0.1)
    return False


try:
    out = os.path.join(folder, "web")
    run("init", country, "--demonstration", "--keeper-port", str(free_ports(12)), "--post", "durres:seaport:Port of Durrës",
        "--post", "rinas:airport:Tirana airport", "--post", "morin:land:Morinë", "--rooms", "1")
    run("node", os.path.join(country, "room-1"), "--officer", "mira=Mira", "--passwords", text="mira demo-duty\n")
    notices = os.path.join(folder, "notices")
    with open(notices, "w", encoding="utf-8") as file:
        file.write("title: Borders of Utopia | Kufijtë e Utopisë\nplace durres: Port of Durrës | Porti i Durrësit\n"
                   "notice: Arrive three hours early. | Ejani tri orë më herët.\nnotice durres: <b>Ferry</b> at 18:40 | Trageti në 18:40\n")
    with open(os.path.join(country, "centre", "node.conf"), "a", encoding="utf-8") as conf:
        conf.write(f"public = {out}\nnotices = {notices}\n")
    for keeper in "abcd":
        up(f"keeper-{keeper}")
    post = up("durres", "--no-travellers", "--port", "0")
    up("rinas", "--no-travellers", "--port", "0")
    centre = up("centre")

    # a running centre writes it by itself; the command writes it from what the running centre says
    check("a running centre writes the page", wait_until(lambda: json.load(open(os.path.join(out, "status.json"), encoding="utf-8"))["format"] == "postern-status-1"))

    def heard():
        run("public", os.path.join(country, "centre"), out, "--notices", notices, right=False)
        points = json.load(open(os.path.join(out, "status.json"), encoding="utf-8"))["crossing_points"]
        return [point["entry"] for point in points] == ["usual", "unknown", "usual"]

    check("the command writes what the running centre knows", wait_until(heard))
    os.killpg(centre.pid, signal.SIGKILL)
    centre.wait()

    # served by a plain file server, nothing behind it
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=out)
    handler.log_message = lambda *_: None
    http.server.SimpleHTTPRequestHandler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def get(name):
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/{name}", timeout=10) as answer:
            return answer.read()

    status = json.loads(get("status.json"))
    check("the data's signature holds by the roster's key", signed(get("status.note"), "/centre") == get("status.json"))
    check("a changed byte is not signed", signed(get("status.note").replace(b"usual", b"alone", 1), "/centre") is None)
    check("another node's key did not sign it", signed(get("status.note"), "/durres") is None)
    check("it says by whom, of which country, and when", status["by"] == "utopia.example/centre" and status["country"].startswith("utopia.example")
          and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", status["as_of"]), status)
    check("a wait nobody measured is not there", all(point["waits"] == [] for point in status["crossing_points"]), status)
    check("places have their names in both languages", status["crossing_points"][0]["name_sq"] == "Porti i Durrësit" and status["crossing_points"][2]["name"] == "Tirana airport", status)
    for page, words in (("index.html", ["Arrive three hours early.", "works as usual", "not known: ask there", "numbered stub", "as of"]),
                        ("sq.html", ["Ejani tri orë më herët.", "punon si zakonisht", "nuk dihet: pyesni", "kupon me numër", "Gjendja në orën"])):
        html = get(page).decode()
        check(f"{page} says how each crossing point stands", all(word.lower() in html.lower() for word in words), html[:2000])
        check(f"{page} is under 50 kB", len(html.encode()) < 50000, len(html))
        # PUBLIC-2
        check(f"{page} asks no other host and runs nothing inline", not re.search(r"https?://|<script(?! defer src=\"age.js\")|\son\w+=|style=", html), html)
        check(f"{page} escapes what comes from files", "<b>Ferry" not in html)
    check("nobody who works there is named", not re.search(rb"officer\"|user|supervisor", get("status.json")))

    # the dead centre's folder, read by the command; a post steps down meanwhile and nobody tells the page
    before = status["as_of"]
    time.sleep(1.1)
    done = run("public", os.path.join(country, "centre"), out, "--notices", notices)
    again = json.loads(get("status.json"))
    check("the command reads a dead centre's folder", again["as_of"] > before and [p["entry"] for p in again["crossing_points"]] == ["usual", "unknown", "usual"], again)
    check("and signs it by the same key", signed(get("status.note"), "/centre") == get("status.json"))
    check("no half-written file is left", not [name for name in os.listdir(out) if name.endswith(".new")], os.listdir(out))
    check("the files are readable to a web server", all(os.stat(os.path.join(out, name)).st_mode & 0o044 == 0o044 for name in os.listdir(out)))

    with open(notices, "a", encoding="utf-8") as file:
        file.write("nonsense\n")
    done = run("public", os.path.join(country, "centre"), out, "--notices", notices, right=False)
    check("wrong notices are named and the page stays", done.returncode == 3 and "at 5" in done.stderr and json.loads(get("status.json")) == again, done)
    check("a folder without a node is refused", run("public", folder, out, right=False).returncode == 3)
    server.shutdown()

    # the duty officer's laptop: started with the centre dead, it reads nothing sealed and shows who has answered
    roster = open(os.path.join(country, "roster"), encoding="utf-8").read()
    check("a room has no reading key and publishes nothing", "room-1" in roster and not re.search(r"(reading|publishing) \S*room-1", roster))
    said = subprocess.run([program, "doctor", os.path.join(country, "room-1")], capture_output=True, text=True, check=False).stdout
    check("which is as it should be, says the doctor", any(line.startswith("fine") and "reading keys" in line for line in said.splitlines()), said)
    note = signed_note(folder, country, ("duty-1", "duty-2"), "order", "withdraw", "--to", "local", "--cause", "attack", "--all", program=program)
    run("order", "give", os.path.join(country, "durres"), note)
    laptop = subprocess.Popen([program, "up", os.path.join(country, "room-1"), "--port", "0"], stdout=subprocess.PIPE, text=True, start_new_session=True)
    running.append(laptop)
    host = laptop.stdout.readline().strip().removeprefix("http://")
    headers = {"Host": host, "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", int(host.rsplit(":", 1)[1]), timeout=20)
    connection.request("POST", "/v1/session", json.dumps({"user": "mira", "password": "demo-duty"}), headers)
    answer = connection.getresponse()
    answer.read()
    headers["Cookie"] = (answer.getheader("Set-Cookie") or "").split(";")[0]
    seen = {}

    def answered():
        connection.request("GET", "/v1/country", headers=headers)
        seen.update(json.loads(connection.getresponse().read()))
        return seen["orders"] and len([one for one in seen["orders"][0]["answers"] if one.get("fate") == "standing"]) == 2

    check("the laptop shows who has answered", wait_until(answered), seen)
    check("and who has not", seen["orders"] and [one["code"] for one in seen["orders"][0]["answers"] if one.get("silent")] == ["morin"], seen["orders"])
    check("and whose signatures are good", seen["orders"] and len(seen["orders"][0]["signers"]) == 2, seen["orders"])
    check("and where each post stands", sorted(post.get("rung", "?") for post in seen["posts"]) == ["?", "local", "local"], seen["posts"])
    check("it opened nothing sealed: no lane is known there", all(post.get("lanes", 0) == 0 and post.get("sheets", 0) == 0 for post in seen["posts"]))
    done = run("public", os.path.join(country, "room-1"), out)
    said = b"".join(open(os.path.join(out, name), "rb").read() for name in sorted(os.listdir(out))).lower()
    # PUBLIC-1: of an attack, who ordered it and why, the country is told on the page that lanes work alone, and nothing else
    check("which says no cause, no reason and nobody's name", not re.search(rb"attack|sulm|a test\.|duty-[0-9]|authority-[0-9]|mira", said), re.findall(rb"(?s).{0,40}(?:attack|sulm|a test\.|duty-[0-9]|authority-[0-9]|mira).{0,40}", said))
    check("and counts no travellers", set(json.loads(open(os.path.join(out, "status.json"), encoding="utf-8").read())["crossing_points"][0]) <= {"code", "name", "name_sq", "entry", "exit", "heard", "waits"},
          json.loads(open(os.path.join(out, "status.json"), encoding="utf-8").read())["crossing_points"][0])
    check("and it can write the public page", [point["entry"] for point in json.load(open(os.path.join(out, "status.json"), encoding="utf-8"))["crossing_points"]] == ["alone", "unknown", "alone"])
finally:
    for process in running:
        if process.poll() is None:
            process.terminate()
    for process in running:
        process.wait(20)
    shutil.rmtree(folder, ignore_errors=True)
over()
