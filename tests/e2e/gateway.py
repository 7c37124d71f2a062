"""A gateway of real processes is killed with kill -9 while carriers' files come in, again and again: no message is lost, none is
written twice, every carrier that waits is answered, and the answers parse with a reader of another author's making (below). Then the
keepers and a post are started: the post reads every message, and no keeper's folder names anybody. Only Python's own library.

    POSTERN=build/debug/src/main/postern python3 tests/e2e/gateway.py [KILLS]
"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from post import children, free_ports, Lane, postern, postern_path, signed, wait_until  # noqa: E402

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 15
POSTERN = postern_path()
results, files, addresses = [], {}, {}
began = time.monotonic()
random.seed(1)


def check(what, good, more=""):
    results.append(bool(good))
    print(f"{'ok' if good else 'NOT OK'}  {time.monotonic() - began:5.1f} s  {what}{'' if good else '  ' + str(more)}", flush=True)


def message(reference, people, common=""):
    body = [f"UNH+{reference}+PAXLST:D:05B:UN:IATA{'+' + common if common else ''}", "BGM+745", f"RFF+TN:T{reference}", "TDT+20+UT451+++UT", "LOC+125+UTA",
            "DTM+189:2611281015:201", "LOC+87+TIA", "DTM+232:2611281230:201"]
    for number in range(people):
        body += [f"NAD+FL+++PLANTED{reference}X{number}:ANA", "DTM+329:800101", f"RFF+ABO:{number}", f"DOC+P:110:111+N{reference}{number}"]
    body.append(f"CNT+42:{people}")
    return "'".join(body + [f"UNT+{len(body) + 1}+{reference}"]) + "'"


def file_of(number):
    """A carrier's file: one to three messages; every second carrier waits for an answer. Its text, how many messages it has, whether it
    is answered by CUSRES."""
    asks = number % 2 == 0
    references = [f"{number}-{k}" for k in range(1 + number % 3)]
    text = f"UNB+UNOA:4+UT+UTO+261128:0800+{number}{'++IAPI' if asks else ''}'" + "".join(message(r, 1 + number % 4) for r in references)
    return text + f"UNZ+{len(references)}+{number}'", len(references), asks


def segments(text):
    """ISO 9735, read as the standard says and not as our reader does: release first, then split."""
    out, element, component, data, released = [], [], [], "", False
    for letter in text.replace("\n", ""):
        if released:
            data, released = data + letter, False
        elif letter == "?":
            released = True
        elif letter in ":+'":
            component.append(data)
            data = ""
            if letter in "+'":
                element.append(component)
                component = []
            if letter == "'":
                out.append(element)
                element = []
        else:
            data += letter
    assert not (data or component or element), "an answer ends in the middle"
    return out


def check_answer(text, number):
    """What a carrier's own system would check of an answer."""
    parts = segments(text)
    tags = [part[0][0] for part in parts]
    assert tags[0] == "UNB" and tags[-1] == "UNZ" and parts[0][2] == ["UTO"] and parts[0][3] == ["UT"], tags
    assert parts[0][5] == [str(number)] and parts[-1][2] == [str(number)]
    heads = [i for i, tag in enumerate(tags) if tag == "UNH"]
    ends = [i for i, tag in enumerate(tags) if tag == "UNT"]
    assert int(parts[-1][1][0]) == len(heads) == len(ends) == 1 + number % 3
    for head, end in zip(heads, ends):
        assert parts[head][2][:1] == ["CUSRES"] and parts[head][1] == parts[end][2] and int(parts[end][1][0]) == end - head + 1
        assert [p[1] for p in parts[head:end] if p[0] == ["RFF"] and p[1][0] == "TN"] == [["TN", "T" + parts[head][1][0]]]
        people = [p[1][1] for p in parts[head:end] if p[0] == ["RFF"] and p[1][0] == "ABO"]
        assert people == [str(k) for k in range(1 + number % 4)], people
        assert all(re.fullmatch(r"[A-Z0-9]{1,8}", p[1][0]) for p in parts[head:end] if p[0] == ["ERC"])


def expected(address, password):
    """What the post's arrivals say: the flight, and how many are on the list that came last."""
    lane = Lane(int(address.rsplit(":", 1)[1]))
    lane.sign_in("arta", password)
    return [(one["name"], one["to"], one["counts"]["people"]) for one in lane.ask("GET", "/v1/arrivals").json["arrivals"]]


def start(code, *more):
    log = open(os.path.join(country, code + ".log"), "ab")
    process = subprocess.Popen([POSTERN, "up", os.path.join(country, code), *more], stdout=subprocess.PIPE, stderr=log, text=True)
    said = process.stdout.readline()
    assert said, open(os.path.join(country, code + ".log")).read()
    addresses[code] = said.strip()
    return process


def lay_down(name, text):
    path = os.path.join(gateway, "inbox", name)
    with open(path + ".part", "w", encoding="ascii") as out:
        out.write(text)
    os.rename(path + ".part", path)


def waiting():
    return [name for name in os.listdir(os.path.join(gateway, "inbox")) if not name.endswith(".part")]


def standing(code):
    try:
        return json.load(open(os.path.join(country, code, "standing.json"), encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def followed(code, other):
    """How many entries of that node's ledger are here, with their payloads."""
    return next((one["size"] - one["missing"] for one in standing(code).get("ledgers", []) if one["origin"].endswith("/" + other)), 0)


def ordered(keys, *words):
    """An order to the airport, signed by these keys and laid down there as from a stick; its name."""
    note = signed(work, country, keys, "order", *words)
    os.makedirs(os.path.join(country, "airport", "orders"), mode=0o700, exist_ok=True)
    postern("order", "apply", os.path.join(country, "airport"), note)
    return postern("order", "name", note).strip()


work = tempfile.mkdtemp(prefix="postern-gateway-")
country, gateway = os.path.join(work, "country"), os.path.join(work, "country", "gateway")
subprocess.run([POSTERN, "init", country, "--gateway", "--keeper-port", str(free_ports(4)), "--post", "airport:airport:Airport", "--demonstration"],
               check=True, capture_output=True)
running = [start("gateway")]
try:
    total = killed = 0
    for turn in range(KILLS):
        for number in range(turn * 12, turn * 12 + 12):
            files[number] = file_of(number)
            lay_down(f"{number:05}.edi", files[number][0])
            total += files[number][1]
        # once it is at work, at any moment of it; one that is not yet is killed now and then
        wait_until(lambda: len(waiting()) < 12 * (1 + turn % 3), 1)
        time.sleep(random.random() * 0.04)
        for child in children(running[0].pid):
            os.kill(child, signal.SIGKILL)
            killed += 1
    wait_until(lambda: not waiting(), 40)
    check(f"{killed} kills, {len(files)} files: all are worked through", killed >= KILLS * 2 // 3 and not waiting(), waiting()[:3])

    def kept():
        shown = subprocess.run([POSTERN, "ledger", "show", gateway], capture_output=True, text=True, check=True).stdout
        return sum(json.loads(line)["what"] == "message" for line in shown.splitlines())

    wait_until(lambda: kept() >= total, 40)
    check(f"{total} messages are in the ledger, each once", kept() == total, kept())
    check("the ledger proves intact", subprocess.run([POSTERN, "ledger", "verify", gateway], capture_output=True).returncode == 0)
    bad = []
    for number, (_, _, asks) in files.items():
        path = os.path.join(gateway, "outbox", f"{number:05}.edi.answer.edi")
        try:
            if asks:
                check_answer(open(path, encoding="ascii").read(), number)
            elif os.path.exists(path):
                bad.append((number, "answered though nobody asked"))
        except (AssertionError, OSError) as error:
            bad.append((number, repr(error)))
    # GATEWAY-2
    check("every carrier that waits is answered, in a form that another reader reads", not bad, bad[:3])
    lay_down("twice.edi", files[0][0])
    wait_until(lambda: not waiting(), 40)
    wait_until(lambda: standing("gateway").get("inbox", {}).get("duplicates") == 1, 40)
    check("a file sent twice is known", standing("gateway")["inbox"]["duplicates"] == 1, standing("gateway").get("inbox"))

    running += [start("keeper-" + letter) for letter in "abcd"]
    password = subprocess.run([POSTERN, "node", os.path.join(country, "airport"), "--officer", "arta=Arta"], check=True, capture_output=True, text=True).stdout.split("\t")[1]
    stop = ordered(["duty-1", "duty-2"], "withdraw", "--function", "messages", "--cause", "technical", "--all")
    running.append(start("airport", "--no-travellers"))
    wait_until(lambda: followed("airport", "gateway") >= total, 40)
    check("an order stops carriers' messages: the copy grows, nothing is taken in",
          followed("airport", "gateway") >= total and standing("airport")["messages"]["taken"] == 0, standing("airport").get("messages"))
    ordered(["duty-1"], "restore", "--all", "--ends", stop)
    wait_until(lambda: standing("airport").get("messages", {}).get("taken") == total, 40)
    check("a post reads every message", standing("airport").get("messages") == {"taken": total, "unread": 0, "awaiting": 0}, standing("airport").get("messages"))
    there = expected(addresses["airport"], password)
    check("and expects the flight, with the people of one list", len(there) == 1 and there[0][:2] == ("UT 451 2026-11-28", "TIA") and 1 <= there[0][2] <= 4, there)
    named = []
    for letter in "abcd":
        for folder, _, names in os.walk(os.path.join(country, "keeper-" + letter)):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    if b"PLANTED" in file.read():
                        named.append(os.path.join(folder, name))
    # GATEWAY-1
    check("no keeper's folder names anybody", not named, named[:3])
    mine = [os.path.join(gateway, name) for name in os.listdir(gateway) if name.startswith("ledger.") or name == "intake"]
    mine = [path for path in mine if os.path.isfile(path) and b"PLANTED" in open(path, "rb").read()]
    check("nor does the gateway's own ledger", not mine, mine)

    # FOLLOW-5: its folder is put back from a copy
    size = lambda: json.loads(postern("status", "--json", gateway))["size"]
    running[0].terminate()
    running[0].wait()
    shutil.copytree(gateway, gateway + ".copy")
    old = size()
    running[0] = start("gateway")
    lay_down("after.edi", file_of(10001)[0])
    wait_until(lambda: size() > old and any(line.get("acknowledged") == size() for line in standing("gateway")["lines"] if line["kind"] == "push"), 40)
    running[0].terminate()
    running[0].wait()
    shutil.rmtree(gateway)
    os.rename(gateway + ".copy", gateway)
    running[0] = start("gateway")
    wait_until(lambda: running[0].poll() is not None, 40)
    said = open(os.path.join(country, "gateway.log"), encoding="utf-8").read()
    check("put back, it ends and says why", running[0].poll() == 1 and "went back and signs nothing more" in said, (running[0].poll(), said[-300:]))
    lay_down("later.edi", file_of(10002)[0])
    done = subprocess.run([POSTERN, "up", gateway], capture_output=True, text=True, timeout=30, check=False)
    check("it starts no more, and what carriers lay down waits", done.returncode == 1 and waiting() == ["later.edi"], (done, waiting()))
finally:
    for process in running:
        if process.poll() is None:
            process.terminate()
    for process in running:
        process.wait()
    subprocess.run(["rm", "-rf", work], check=False)
print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
sys.exit(0 if all(results) else 1)
