"""Carriers at a gateway's door by HTTPS, real processes: who is not registered gets not a byte; what is answered is in the ledger, once,
also when the gateway is killed with kill -9 in the middle; the same bytes get the same answer; the same reference with other bytes is
refused; who is ended or past the last day is closed. Only Python's own library, openssl's and curl's own clients.

    POSTERN=build/debug/src/main/postern python3 tests/e2e/carrier.py [KILLS]
"""
import http.client
import json
import os
import random
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from post import free_ports, postern, postern_path, wait_until  # noqa: E402

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
POSTERN = postern_path()
results = []
began = time.monotonic()
random.seed(1)


def check(what, good, more=""):
    results.append(bool(good))
    print(f"{'ok' if good else 'NOT OK'}  {time.monotonic() - began:5.1f} s  {what}{'' if good else '  ' + str(more)}", flush=True)


def certificate(name, days=30):
    """A carrier's own key and certificate, as it would make them; its PEM's path without the ending."""
    path = os.path.join(work, name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days), "-subj", "/CN=" + name,
                    "-keyout", path + ".key", "-out", path + ".crt"], check=True, capture_output=True)
    return path


def connection(pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if pem:
        context.load_cert_chain(pem + ".crt", pem + ".key")
    return http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)


def post(pem, text, line=None, path="/v1/messages", verb="POST"):
    """Status and body; None: closed without one byte."""
    line = line or connection(pem)
    try:
        line.request(verb, path, text.encode())
        answer = line.getresponse()
        return answer.status, answer.read().decode(), answer.getheader("Content-Type")
    except (OSError, http.client.HTTPException):
        line.close()
        return None


def message(reference, surname, sender="UT", extra="++IAPI", number="1"):
    body = [f"UNH+{number}+PAXLST:D:05B:UN:IATA", "BGM+745", f"RFF+TN:T{reference}", "TDT+20+UT451+++UT", "LOC+125+UTA", "DTM+189:2611281015:201", "LOC+87+TIA",
            f"NAD+FL+++{surname}:ANA", "DTM+329:800101", f"RFF+ABO:{reference}", f"DOC+P:110:111+N{reference}", "CNT+42:1"]
    return f"UNB+UNOA:4+{sender}+UTO+261128:0800+{reference}{extra}'" + "'".join(body + [f"UNT+{len(body) + 1}+{number}"]) + f"'UNZ+1+{reference}'"


def start():
    log = open(os.path.join(country, "gateway.log"), "ab")
    process = subprocess.Popen([POSTERN, "up", gateway], stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout.readline(), open(os.path.join(country, "gateway.log")).read()
    return process


def kill():
    with open(f"/proc/{running.pid}/task/{running.pid}/children", encoding="ascii") as file:
        for child in file.read().split():
            os.kill(int(child), signal.SIGKILL)


def standing():
    try:
        return json.load(open(os.path.join(gateway, "standing.json"), encoding="utf-8"))["carriers"]
    except (OSError, ValueError, KeyError):
        return {}


def kept():
    shown = subprocess.run([POSTERN, "ledger", "show", gateway], capture_output=True, text=True, check=True).stdout
    return sum(json.loads(line)["what"] == "message" for line in shown.splitlines())


def by(*more):
    return [*more, "--officer", "Mira Hoxha", "--reason", "agreement 2026-11"]


work = tempfile.mkdtemp(prefix="postern-carrier-")
country, gateway = os.path.join(work, "country"), os.path.join(work, "country", "gateway")
ports = free_ports(5)
port = ports + 4
subprocess.run([POSTERN, "init", country, "--gateway", "--keeper-port", str(ports), "--post", "airport:airport:Airport", "--demonstration"], check=True, capture_output=True)
with open(os.path.join(gateway, "node.conf"), "a", encoding="ascii") as conf:
    conf.write(f"listen = 127.0.0.1:{port}\n")
ut, xx, stranger = certificate("ut"), certificate("xx"), certificate("stranger")
running = start()
try:
    check("before anybody is registered nobody gets a byte", post(ut, message("0", "EARLY")) is None)
    postern("carrier", "add", gateway, "--carrier", "UT", "--certificate", ut + ".crt", "--sender", "UT", "--per-minute", "6000", *by())
    postern("carrier", "add", gateway, "--carrier", "XX", "--certificate", xx + ".crt", "--sender", "XX", "--per-minute", "6", *by())
    shown = [json.loads(line) for line in postern("carrier", "show", gateway).splitlines()]
    check("two carriers are registered", [one.get("carrier") for one in shown] == [None, "UT", "XX"] and shown[0]["pin"].startswith("sha256//"), shown)
    wait_until(lambda: post(xx, "", None, "/") is not None, 40)
    line = connection(ut)
    first = post(ut, message("1", "PLANTED"), line)
    check("a list is answered as in the folder", first and first[0] == 200 and first[2] == "application/EDIFACT" and "ERC+R0" in first[1] and "UNB+UNOA:4+UTO+UT" in first[1], first)
    # GATEWAY-4
    check("a stranger's certificate gets not a byte", post(stranger, message("2", "PLANTED")) is None)
    check("nor does who has none", post(None, message("2", "PLANTED")) is None)
    check("nobody sends in another's name", (post(xx, message("2", "PLANTED", "UT")) or [0])[0] == 403)
    # GATEWAY-5
    check("the same bytes get the same answer", post(ut, message("1", "PLANTED"), line) == first)
    other = post(ut, message("1", "OTHER"), line)
    check("the same reference with other bytes is refused, and said", other and other[0] == 409 and "came before with other bytes" in other[1], other)
    check("another path is not found", post(ut, "", line, "/v1/people", "GET")[0] == 404)
    check("no answer was asked for and nothing is wrong: 204", post(ut, message("3", "PLANTED", extra=""), line)[:2] == (204, ""))
    torn = message("4", "PLANTED").split("UNT")[0]
    check("a list without its end is kept for a person, and said", post(ut, torn, line)[0] == 422 and len(os.listdir(os.path.join(gateway, "quarantine"))) == 1)
    check("once it is whole, it is taken", post(ut, message("4", "PLANTED"), line)[0] == 200)
    check("a test is answered and not kept", post(ut, message("5", "PLANTED", extra="++IAPI++++1"), line)[0] == 200)
    check("too many requests a minute are refused, of that carrier alone",
          [(post(xx, message(f"6{k}", "PLANTED", "XX")) or [0])[0] for k in range(9)].count(429) >= 1 and post(ut, message("7", "PLANTED"), line)[0] == 200)
    pinned = subprocess.run(["curl", "-sk", "--tlsv1.3", "--pinnedpubkey", shown[0]["pin"], "--cert", ut + ".crt", "--key", ut + ".key", "--data-binary",
                             message("8", "PLANTED"), f"https://127.0.0.1:{port}/v1/messages"], capture_output=True, text=True)
    check("curl, which pins the gateway's key, is answered", pinned.returncode == 0 and "ERC+R0" in pinned.stdout, pinned)

    before, answers, stop = kept(), {}, threading.Event()

    def carrier(number):
        """Sends one list after another; again until it is answered, as the guide has it."""
        mine, count = None, 0
        while not stop.is_set():
            text = message(f"{number}K{count}", "PLANTED")
            mine = mine or connection(ut)
            got = post(ut, text, mine)
            if got is None or got[0] == 503:
                mine = None
                time.sleep(0.02)
                continue
            answers.setdefault(text, set()).add(got)
            count += 1

    threads = [threading.Thread(target=carrier, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(KILLS):
        wanted = len(answers) + 5
        wait_until(lambda wanted=wanted: len(answers) >= wanted, 40)
        time.sleep(random.random() * 0.02)
        kill()
    wanted = len(answers) + 5
    wait_until(lambda wanted=wanted: len(answers) >= wanted, 40)
    stop.set()
    for thread in threads:
        thread.join()
    check(f"{KILLS} kills: all {len(answers)} lists are answered 200", all({one[0] for one in got} == {200} for got in answers.values()), list(answers.values())[:3])
    check("each is in the ledger once", kept() - before == len(answers), (kept() - before, len(answers)))
    again = {text: post(ut, text) for text in list(answers)[::7]}
    check("and answered alike when it comes again", all({got} == answers[text] for text, got in again.items()))
    check("the ledger proves intact", subprocess.run([POSTERN, "ledger", "verify", gateway], capture_output=True).returncode == 0)

    line = connection(ut)
    check("before it is ended it comes in", post(ut, message("9", "PLANTED"), line)[0] == 200)
    postern("carrier", "end", gateway, "--carrier", "UT", "--key", shown[1]["key"], *by())
    wait_until(lambda: post(ut, message("9", "PLANTED")) is None, 40)
    check("ended, its open connection is closed without a byte", post(ut, message("10", "PLANTED"), line) is None and post(ut, message("10", "PLANTED")) is None)
    refused = subprocess.run([POSTERN, "carrier", "add", gateway, "--carrier", "UT", "--certificate", ut + ".crt", "--sender", "UT", *by()], capture_output=True, text=True)
    check("an ended key is never added again", refused.returncode == 3 and "was ended" in refused.stderr, refused)
    with open(os.path.join(gateway, "carriers", "register"), "a", encoding="ascii") as file:
        file.write("a hand's own line\n")
    wait_until(lambda: post(xx, message("11", "PLANTED", "XX")) is None, 40)
    check("a register that was broken admits nobody", post(xx, message("11", "PLANTED", "XX")) is None)
    wait_until(lambda: standing().get("register_unread"), 40)
    check("and says so", standing().get("keys") == 0 and "register of carriers cannot be used" in open(os.path.join(country, "gateway.log"), encoding="utf-8").read(), standing())
    log = open(os.path.join(country, "gateway.log"), encoding="utf-8").read()
    check("no log and no count names anybody", "PLANTED" not in log + open(os.path.join(gateway, "standing.json"), encoding="utf-8").read())
finally:
    running.terminate()
    running.wait()
    subprocess.run(["rm", "-rf", work], check=False)
print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
sys.exit(0 if all(results) else 1)
