"""A country as whoever runs its machines sees it: a post with its site keeper, four keepers, a centre and a gateway as processes.

Every kind of node writes figures that a strict reader of OpenMetrics takes and log lines that are JSON; names are planted by lanes,
sign-ins and carriers' files, and searched for in both. Then machines are taken off the roster: a gateway and a keeper get not one byte more from anybody, at once, without a
restart and also after a kill -9. Only Python's own library.

    POSTERN=build/debug/src/main/postern python3 tests/e2e/operate.py"""
import base64
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import country as base  # noqa: E402
import openmetrics  # noqa: E402
from country import check, Node, run  # noqa: E402
from post import children as processes_of, Lane, passport, signed, wait_until  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
KEEPERS = ["keeper-a", "keeper-b", "keeper-c", "keeper-d"]
ORIGIN = "utopia.example/"
SLOW = 60
planted = ["Qorbulplanted", "Mopfzinplanted", "Wrongwordplanted"]
# what only some countries have: a disk that lost something, nothing that a carrier is told by table
NOT_HERE = {"postern_pushed_lost", "postern_staff_list_left_seconds"}


def make(folder):
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    lists = os.path.join(os.path.dirname(folder), "lists.snap")
    code, _, err = run("watch", "compile", "-o", lists, "--list", "UN=un-xml:" + os.path.join(ROOT, "data/samples/lists/un.xml"))
    assert code == 0, err
    code, _, err = run("init", folder, "--watch", lists, "--post", "airport:airport:Tirana airport", "--site-keepers", "--gateway", "--demonstration", "--keeper-port", str(base.BASE_PORT))
    assert code == 0, err
    nodes = {code: Node(folder, code) for code in (*KEEPERS, "airport-site", "centre", "gateway", "airport")}
    base.add_officer(nodes["airport"].folder)
    base.add_officer(nodes["centre"].folder)
    with open(nodes["gateway"].folder + "/node.conf", "a", encoding="utf-8") as file:
        file.write(f"listen = 127.0.0.1:{base.BASE_PORT + 8}\n")
    return nodes


def plant(nodes):
    """Names by every way in that a test has at hand."""
    base.cross(nodes["airport"], range(1, 9))
    lane = Lane(nodes["airport"].port)
    check("a wrong password is refused", lane.sign_in(planted[0], planted[2], "1").status == 401)
    lane.close()
    planted.extend(base.surname(number) for number in range(1, 9))
    planted.extend(passport(number)[44:53] for number in range(1, 9))
    inbox = os.path.join(nodes["gateway"].folder, "inbox")
    body = ["UNH+1+PAXLST:D:05B:UN:IATA", "BGM+745", "RFF+TN:T1", "TDT+20+UT451+++UT", "LOC+125+UTA", "DTM+189:2611281015:201", "LOC+87+TIA",
            f"NAD+FL+++{planted[1].upper()}:ANA", "DTM+329:800101", "RFF+ABO:1", "DOC+P:110:111+N7654321", "CNT+42:1"]
    message = "UNB+UNOA:4+UT+UTO+261128:0800+1++IAPI'" + "'".join(body + [f"UNT+{len(body) + 1}+1"]) + "'UNZ+1+1'"
    for name, text in (("1.edi", message), ("2.edi", f"{planted[1]} is no message")):
        with open(os.path.join(inbox, name + ".part"), "w", encoding="ascii") as file:
            file.write(text)
        os.rename(os.path.join(inbox, name + ".part"), os.path.join(inbox, name))
    planted.extend([planted[1].upper(), "N7654321"])


# ---- figures ----

def page(node, where=None):
    """The file's families, or {} while there is none; Bad when it is not as the standard has it."""
    try:
        with open(where or os.path.join(node.folder, "metrics.prom"), encoding="utf-8", newline="") as file:
            return openmetrics.read(file.read())
    except FileNotFoundError:
        return {}


def value(node, name, **labels):
    """The one sample with these labels; -1: there is none."""
    found = [number for _, told, number in page(node).get(name, {"samples": []})["samples"] if all(told.get(key) == one for key, one in labels.items())]
    return found[0] if len(found) == 1 else -1


def figures(nodes):
    pages = {}
    kinds = {"airport": "post", "airport-site": "site-keeper", "centre": "centre", "gateway": "gateway", **{code: "keeper" for code in KEEPERS}}
    for code, node in nodes.items():
        there = wait_until(lambda node=node: page(node) != {}, SLOW)
        pages[code] = page(node)
        told = {(labels["node"], labels["kind"]) for family in pages[code].values() for _, labels, _ in family["samples"]}
        check(f"{code} writes figures that a strict reader takes, each with its node", there and told == {(ORIGIN + code, kinds[code])}, told)
    for code, node in nodes.items():
        check(f"{code}: the disk, the roster and the time", value(node, "postern_disk_free_bytes") > 0 and value(node, "postern_roster_version") == 1
              and value(node, "postern_roster_left_seconds") > 86400 and value(node, "postern_roster_retired") == 0
              and abs(time.time() - value(node, "postern_standing_time_seconds")) < 60, page(node))
        check(f"{code}: its file is for its user alone", os.stat(node.folder + "/metrics.prom").st_mode & 0o777 == 0o600)
    airport = ORIGIN + "airport"
    size = nodes["airport"].size()
    for code in KEEPERS + ["airport-site"]:
        check(f"{code} says what it holds of the post, and when it cosigned it",
              wait_until(lambda code=code: value(nodes[code], "postern_copy_entries", ledger=airport) >= size and value(nodes[code], "postern_copy_lag_entries", ledger=airport) == 0, SLOW)
              and abs(time.time() - value(nodes[code], "postern_copy_cosigned_time_seconds", ledger=airport)) < 120
              and value(nodes[code], "postern_copy_size_bytes", ledger=airport) > 4096 and value(nodes[code], "postern_copy_retired", ledger=airport) == 0, page(nodes[code]).get("postern_copy_entries"))
    check("the centre says how far it is, and when a quorum cosigned it",
          wait_until(lambda: value(nodes["centre"], "postern_followed_entries", ledger=airport) >= size and value(nodes["centre"], "postern_view_entries", ledger=airport) >= size, SLOW)
          and value(nodes["centre"], "postern_followed_lag_entries", ledger=airport) == 0 and value(nodes["centre"], "postern_followed_cosigned_time_seconds", ledger=airport) > 0)
    check("the gateway says what it took in and what it put aside",
          wait_until(lambda: (value(nodes["gateway"], "postern_inbox_messages"), value(nodes["gateway"], "postern_inbox_waiting")) == (2, 0) and value(nodes["gateway"], "postern_inbox_quarantined") == 1, SLOW),
          {name: family["samples"] for name, family in page(nodes["gateway"]).items() if "inbox" in name})
    check("the post says that its keepers answer", sum(number for _, _, number in page(nodes["airport"])["postern_line_fine"]["samples"]) >= 9)
    with open(os.path.join(ROOT, "src/main/figures.c"), encoding="utf-8") as file:
        table = set(re.findall(r'\{ "(postern_\w+)"', file.read()))
    seen = set().union(*(page(node) for node in nodes.values()))
    check("every figure of the table is some node's", seen == table - NOT_HERE, sorted(seen ^ (table - NOT_HERE)))


def a_folder_for_all(nodes, folder):
    """Where node.conf names a folder, everybody on the machine may read the figures there."""
    shared = os.path.join(folder, "textfile")
    os.mkdir(shared)
    node = nodes["keeper-b"]
    node.down()
    with open(node.folder + "/node.conf", "a", encoding="utf-8") as file:
        file.write(f"metrics = {shared}\n")
    node.up()
    where = os.path.join(shared, "postern-keeper-b.prom")
    check("a folder that a collector reads gets them, for everybody", wait_until(lambda: page(node, where) != {} and os.stat(where).st_mode & 0o777 == 0o644, SLOW), os.listdir(shared))
    check("and nothing else", os.listdir(shared) == ["postern-keeper-b.prom"], os.listdir(shared))


def nobody_is_named(nodes):
    # PRIVATE-1
    for code, node in nodes.items():
        pages = open(os.path.join(node.folder, "metrics.prom"), encoding="utf-8").read() + open(os.path.join(node.folder, "standing.json"), encoding="utf-8").read()
        said = [word for word in planted if word in pages]
        check(f"{code}: no name, number or document in its figures", not said, said)
    lane = Lane(nodes["airport"].port)
    text = lane.ask("GET", "/metrics").body.decode()
    lane.close()
    openmetrics.read(text)
    check("the post's lanes: a strict reader takes /metrics, and nobody is in it", not [word for word in planted if word in text])


# ---- logs ----

def events(node):
    """Every line of its log; it must be JSON."""
    with open(node.folder + ".log", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def logs(nodes):
    with open(os.path.join(ROOT, "docs/format/logs.md"), encoding="utf-8") as file:
        text = file.read()
    known = set(re.findall(r"(?m)^\| `([a-z-]+)` \| (?:critical|error|warning|info) \|", text))
    fields = {"time", "level", "event", "node", "says"} | set(re.findall(r"(?m)^\| `(\w+)` \| (?:a text|a number) \|", text))
    for code, node in nodes.items():
        told = events(node)
        check(f"{code}: every line is an event that the page knows, with its fields and the node's name",
              told and all(one["event"] in known and set(one) <= fields and one["node"] == ORIGIN + code for one in told), told)
        check(f"{code} says that it started", told[0]["event"] == "started" and told[0]["level"] == "info", told[0])
        with open(node.folder + ".log", encoding="utf-8") as file:
            text = file.read()
        # PRIVATE-1
        check(f"{code}: no name, number or document in its log", not [word for word in planted if word in text])


def what_fails_is_said(nodes, folder):
    """Each kind of node, started where it cannot."""
    for code, node in nodes.items():
        done, _, err = run("up", node.folder, *(["--no-travellers"] if code == "airport" else []))
        said = [json.loads(line) for line in err.splitlines()]
        check(f"{code}, started twice: one line says why", done == 4 and [one["event"] for one in said] == ["cannot-start"] and said[0]["level"] == "error" and said[0]["why"], err)
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    done, _, err = run("up", empty)
    check("a folder without a node: so does that", done == 3 and json.loads(err)["event"] == "cannot-start" and "node" not in json.loads(err), err)
    os.kill(children(nodes["gateway"])[0], signal.SIGKILL)
    check("a server that is killed is started again, and that is said", wait_until(lambda: [one["event"] for one in events(nodes["gateway"])][-2:] == ["started-again", "started"], SLOW), events(nodes["gateway"]))


def children(node):
    return processes_of(node.process.pid)


# ---- in words ----

def doctor(node):
    """What `postern doctor` says: about -> its lines, each with what it makes of it."""
    told = {}
    for line in run("doctor", node.folder)[1].splitlines()[:-1]:
        told.setdefault(line[6:18].strip(), []).append((line[:4].strip(), line[19:]))
    return told


def all_is_well(nodes):
    for code, node in nodes.items():
        told = doctor(node)
        wanted = {"running", "figures", "roster", "identity"} | ({"copies", "evidence", "door"} if "keeper" in code or "site" in code else {"lines", "keepers"})
        check(f"the doctor finds {code} well", wanted <= set(told) and all(found == "fine" for about in wanted for found, _ in told[about]), {about: told.get(about) for about in wanted})
    check("and the gateway's inbox", doctor(nodes["gateway"])["inbox"][0][0] == "fine")


# ---- who is trusted ----

GET = b"GET /heads HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(folder, port):
    """A TLS connection that shows the key of the node in that folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(f"{folder}/vault/tls.crt", f"{folder}/vault/tls.key")
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10))


def drained(line):
    """What still comes until the other side closes; None when it does not."""
    got = b""
    while True:
        try:
            part = line.recv(65536)
        except TimeoutError:
            return None
        except OSError:
            return got
        if not part:
            return got
        got += part


def knock(folder, port):
    """The first bytes of an answer to whoever has that key; empty: closed without one."""
    try:
        with connect(folder, port) as line:
            line.sendall(GET)
            return line.recv(65536)
    except OSError:
        return b""


def port_of(code):
    return base.BASE_PORT + ("abcd".index(code[-1]) if code in KEEPERS else 7 if code == "keeper-e" else 4)


def version_at(node):
    try:
        with open(os.path.join(node.folder, "roster"), encoding="utf-8") as file:
            return int(file.read().splitlines()[1].split()[1])
    except OSError:
        return -1


class Rosters:
    """The authorities and what they have signed."""
    def __init__(self, country, folder):
        self.country, self.folder, self.version, self.path = country, folder, 1, os.path.join(country, "roster")

    def sign(self, *changes):
        """The next version; its path."""
        done, text, err = run("roster", "next", self.path, *changes)
        assert done == 0, err
        path = os.path.join(self.folder, f"roster-{self.version + 1}")
        for key in (None, "authority-1", "authority-2", "authority-4"):
            if key:
                done, text, err = run("authority", "sign", path, "--former", self.path, "--key", f"{self.country}/offline/keys/{key}.key", "--yes", "--passphrase-fd", "0", text="demonstration\n")
                assert done == 0, err
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.version, self.path = self.version + 1, path
        return path


def in_force(nodes, rosters, codes):
    """These have it in their folders and say so, and none of them was started again for it."""
    good = wait_until(lambda: all(version_at(nodes[code]) == rosters.version for code in codes), SLOW)
    check(f"version {rosters.version} is in force at {', '.join(codes)}", good, {code: version_at(nodes[code]) for code in codes})
    good = wait_until(lambda: all(any(one["event"] == "roster-taken" and one["version"] == rosters.version for one in events(nodes[code])) for code in codes), SLOW)
    check("each of them says so", good, {code: events(nodes[code])[-1] for code in codes})


def a_key_is_revoked(nodes, folder):
    """Two duty officers revoke the key of the gateway's certificate: at once, until the authorities end it. REVOKE-1."""
    country, gateway, post = os.path.dirname(nodes["airport"].folder), nodes["gateway"].folder, nodes["airport"].folder
    with open(os.path.join(gateway, "vault", "tls.crt"), encoding="ascii") as file:
        shown = ssl.PEM_cert_to_DER_cert(file.read())
    with open(os.path.join(country, "roster"), encoding="utf-8") as file:
        key = re.search(r"(?m)^gateway \S+ ([0-9a-f]{64})$", file.read())[1]
    check("a gateway's key opens the doors", shown and all(knock(gateway, port_of(code)).startswith(b"HTTP/1.1") for code in KEEPERS))
    before = {code: children(nodes[code]) for code in KEEPERS}
    alone = signed(folder, country, ["duty-1"], "order", "revoke", "--all", "--key", key)
    run("order", "give", post, alone)
    check("one duty officer alone shuts none", all(knock(gateway, port_of(code)).startswith(b"HTTP/1.1") for code in KEEPERS))
    stop = signed(folder, country, ["duty-1", "duty-2"], "order", "revoke", "--all", "--key", key)
    with connect(gateway, port_of("keeper-a")) as line:
        done, out, err = run("order", "give", post, stop)
        got = [knock(gateway, port_of(code)) for code in KEEPERS]
        check("two do, at once: not one byte", done == 0 and got == [b""] * 4, (done, out, err, got))
        check("nor on what was open", drained(line) == b"")
    check("nobody else is shut out, and nobody was started again", knock(post, port_of("keeper-a")).startswith(b"HTTP/1.1") and {code: children(nodes[code]) for code in KEEPERS} == before)
    nodes["keeper-a"].kill()
    nodes["keeper-a"].up()
    check("also after a kill -9", knock(gateway, port_of("keeper-a")) == b"" and knock(post, port_of("keeper-a")).startswith(b"HTTP/1.1"))
    check("it is said, counted, and the doctor has words for it", any(one["event"] == "keys-revoked" and one["keys"] == 1 for one in events(nodes["keeper-b"]))
          and wait_until(lambda: value(nodes["keeper-b"], "postern_peers_turned_away") == 1, SLOW) and ("look", "1 nodes are turned away: orders revoke their keys") in doctor(nodes["keeper-b"])["door"], events(nodes["keeper-b"])[-3:])
    name = run("order", "name", stop)[1].strip()
    back = signed(folder, country, ["authority-1", "authority-2", "authority-4"], "order", "restore", "--all", "--ends", name)
    run("order", "give", post, back)
    check("the authorities end it: its lines carry again", wait_until(lambda: all(knock(gateway, port_of(code)).startswith(b"HTTP/1.1") for code in KEEPERS), SLOW))


def revoked_lines(node):
    """Of each keeper whose key is revoked there: whether its lines are shut."""
    lines = node.status().get("standing", {}).get("lines", [])
    return {line["keeper"].split("/")[1]: line["line"] == "revoked" for line in lines if line.get("revoked")}


def key_of(country, code, which):
    """Of a keeper's line in the roster: its certificate's digest or its cosigning key, as an order names them."""
    with open(os.path.join(country, "roster"), encoding="utf-8") as file:
        found = re.search(rf"(?m)^keeper {ORIGIN}{code}\+\S+ (\S+) ([0-9a-f]{{64}}) \S+$", file.read())
    return found[2] if which == "tls" else base64.b64decode(found[1].split("+", 2)[2])[1:].hex()


def level(nodes, number):
    """How a crossing made now is kept at the most."""
    answer = base.cross(nodes["airport"], [number])[0]
    return answer, lambda: value_at_lane(nodes["airport"], "quorum") >= nodes["airport"].size()


def value_at_lane(post, which):
    lane = Lane(post.port)
    body = lane.ask("GET", "/metrics").body.decode()
    lane.close()
    return int(re.search(rf'(?m)^postern_kept_entries{{level="{which}"}} (\d+)', body)[1])


def a_keepers_key_is_revoked(nodes, folder):
    """Two duty officers revoke a keeper's key: posts, centre and gateway count nothing of it and send it nothing, until the authorities end it. REVOKE-2."""
    country, post, followers = os.path.dirname(nodes["airport"].folder), nodes["airport"].folder, ("airport", "centre", "gateway")
    airport, gone = ORIGIN + "airport", nodes["keeper-b"]
    names, before = [], {code: children(nodes[code]) for code in (*KEEPERS, *followers)}
    for duties in (["duty-1"], ["duty-1", "duty-2"]):
        note = signed(folder, country, duties, "order", "revoke", "--all", "--key", key_of(country, "keeper-b", "tls"))
        run("order", "give", post, note)
        if len(duties) == 1:
            time.sleep(2)
            check("one duty officer alone turns no keeper out", [revoked_lines(nodes[code]) for code in followers] == [{}] * 3)
    names.append(run("order", "name", note)[1].strip())
    check("two do: at the post, the centre and the gateway all its lines are shut", wait_until(lambda: all(revoked_lines(nodes[code]) == {"keeper-b": True} for code in followers), SLOW), [revoked_lines(nodes[code]) for code in followers])
    gone.kill()
    gone.up()
    wait_until(lambda: held_by(gone, airport) >= 0, SLOW)
    held = held_by(gone, airport)
    answer, quorum = level(nodes, 21)
    check("crossings go on, and the three that are left are a quorum", answer.status == 200 and wait_until(quorum, SLOW), (answer.body, value_at_lane(nodes["airport"], "quorum"), nodes["airport"].size()))
    check("it is sent nothing", wait_until(lambda: held_by(nodes["keeper-a"], airport) >= nodes["airport"].size(), SLOW) and held_by(gone, airport) == held < nodes["airport"].size(), (held, held_by(gone, airport)))
    time.sleep(6)  # a line that is merely dead is tried again within two seconds
    check("started again, it sees nobody come: its certificate is taken by none of them", not connected_to(nodes, "keeper-b") and connected_to(nodes, "keeper-a") >= set(followers), connected_to(nodes, "keeper-b"))
    nodes["airport"].kill()
    nodes["airport"].up("--no-travellers")
    check("also after a kill -9, from the first moment", revoked_lines(nodes["airport"]) == {"keeper-b": True} or wait_until(lambda: revoked_lines(nodes["airport"]) == {"keeper-b": True}, 5), revoked_lines(nodes["airport"]))
    check("it is said, counted, and the doctor has words for it", all(any(one["event"] == "keepers-revoked" and one["keys"] == 1 for one in events(nodes[code])) for code in followers)
          and wait_until(lambda: all(value(nodes[code], "postern_keepers_revoked") == 1 and value(nodes[code], "postern_keepers_spare") == 0 for code in followers), SLOW)
          and ("look", ORIGIN + "keeper-b has a key that orders revoke: nothing is sent to it, and nothing of it counts") in doctor(nodes["centre"])["lines"], doctor(nodes["centre"])["lines"])
    # a second one, by its cosigning key: too few are left for a quorum, and none of the others is shut out
    note = signed(folder, country, ["duty-1", "duty-2"], "order", "revoke", "--all", "--key", key_of(country, "keeper-c", "mirror"))
    run("order", "give", post, note)
    names.append(run("order", "name", note)[1].strip())
    check("a second keeper counts no more, and is spoken to: it may be the one that brings the end of it", wait_until(lambda: all(revoked_lines(nodes[code]) == {"keeper-b": True, "keeper-c": False} for code in followers), SLOW), [revoked_lines(nodes[code]) for code in followers])
    alone = signed(folder, country, ["duty-1"], "order", "revoke", "--all", "--key", key_of(country, "keeper-a", "tls"))
    handed = [run("order", "give", post, alone, "--keepers", many) for many in ("1", "2", "3")]
    check("a note is handed to those two last", [one[1].split() for one in handed] == [[ORIGIN + f"keeper-{code}" for code in codes] for codes in ("a", "ad", "adb")], handed)
    before_size = nodes["airport"].size()
    answer, quorum = level(nodes, 22)
    check("the lanes go on, and a crossing is kept, by no quorum", answer.status == 200 and wait_until(lambda: value_at_lane(nodes["airport"], "kept") >= nodes["airport"].size(), SLOW)
          and value_at_lane(nodes["airport"], "quorum") <= before_size and not quorum(), (answer.body, before_size, value_at_lane(nodes["airport"], "quorum")))
    status, said = run("status", post)[1], doctor(nodes["airport"])
    check("that is said plainly", "NO QUORUM: 2 keepers count, 3 are needed" in status and "KEY REVOKED: nothing of it counts" in status and said["quorum"][0][0] == "bad"
          and any("spoken to, for too few others are left" in words for _, words in said["lines"]), (status, said))
    for name in names:
        back = signed(folder, country, ["authority-1", "authority-2", "authority-4"], "order", "restore", "--all", "--ends", name)
        run("order", "give", post, back)
    check("the authorities end both: all lines carry again, and a quorum holds everything", wait_until(lambda: all(revoked_lines(nodes[code]) == {} for code in followers) and quorum(), SLOW), [revoked_lines(nodes[code]) for code in followers])
    check("the keeper that was left alone catches up", wait_until(lambda: held_by(gone, airport) >= nodes["airport"].size(), SLOW), held_by(gone, airport))
    check("nobody was started again for it", {code: children(nodes[code]) for code in before if code not in ("airport", "keeper-b")} == {code: was for code, was in before.items() if code not in ("airport", "keeper-b")})


def held_by(keeper, origin):
    """Entries of that ledger under this keeper's cosignature, as it said last; -1: not known."""
    found = [copy["entries"] for copy in keeper.status().get("standing", {}).get("copies", []) if copy["origin"] == origin]
    return found[0] if found else -1


def connected_to(nodes, keeper):
    """Whose processes have a TCP connection to that keeper's port."""
    port, found = f"{port_of(keeper):04X}", set()
    with open("/proc/net/tcp", encoding="ascii") as file:
        rows = [line.split() for line in file.read().splitlines()[1:]]
    inodes = {row[9] for row in rows if row[2].endswith(":" + port) and row[3] == "01"}
    for code, node in nodes.items():
        for pid in [node.process.pid, *children(node)] if node.process else []:
            for name in os.listdir(f"/proc/{pid}/fd"):
                try:
                    target = os.readlink(f"/proc/{pid}/fd/{name}")
                except OSError:
                    continue
                if target.startswith("socket:[") and target[8:-1] in inodes:
                    found.add(code)
    return found


def a_gateway_goes(nodes, rosters):
    """A gateway that the roster leaves out, while a keeper is off and another falls in that moment. ROSTER-2."""
    gateway, post = nodes["gateway"].folder, nodes["airport"].folder
    check("a gateway's key opens every keeper's door", all(knock(gateway, port_of(code)).startswith(b"HTTP/1.1") for code in KEEPERS))
    nodes["keeper-c"].kill()
    running = ["keeper-a", "keeper-b", "keeper-d", "airport-site", "centre", "airport"]
    before = {code: children(nodes[code]) for code in running}
    with connect(gateway, port_of("keeper-a")) as line:
        done, out, err = run("roster", "give", post, rosters.sign("--remove", ORIGIN + "gateway"))
        got = knock(gateway, port_of("keeper-a"))
        check("a keeper that is off is told of: it is given again, or comes by itself", done == 4 and "not every keeper" in err, (done, out, err))
        # DOOR-1
        check("from the moment a keeper took the roster the gateway gets not one byte", got == b"", got)
        check("what it had open is closed without one", drained(line) == b"")
    check("nor at the others", [knock(gateway, port_of(code)) for code in ("keeper-b", "keeper-d")] == [b"", b""])
    check("the post still does", knock(post, port_of("keeper-a")).startswith(b"HTTP/1.1"))
    nodes["keeper-b"].kill()
    nodes["keeper-b"].up()
    check("killed in that moment and back: not one byte", knock(gateway, port_of("keeper-b")) == b"" and knock(post, port_of("keeper-b")).startswith(b"HTTP/1.1"))
    nodes["keeper-c"].up()
    in_force(nodes, rosters, [code for code in running if code != "keeper-b"])
    check("and without a restart of any of them", {code: children(nodes[code]) for code in running if code != "keeper-b"} == {code: was for code, was in before.items() if code != "keeper-b"})
    in_force(nodes, rosters, ["keeper-c"])
    check("the keeper that was off heard of it from the others: not one byte", wait_until(lambda: knock(gateway, port_of("keeper-c")) == b"", SLOW))
    check("it learns nothing, and its figures say that nobody answers it", wait_until(lambda: {number for _, labels, number in page(nodes["gateway"])["postern_line_fine"]["samples"] if labels["way"] == "pull"} == {0}, SLOW)
          and version_at(nodes["gateway"]) == 1, page(nodes["gateway"]).get("postern_line_fine"))
    check("the doctor says so in words, there and at a keeper", any("does not answer" in said for _, said in doctor(nodes["gateway"])["lines"])
          and wait_until(lambda: ("look", ORIGIN + "gateway is not on the roster any more: what is here is shown, and nothing more is taken") in doctor(nodes["keeper-a"])["copies"], SLOW), doctor(nodes["gateway"]))
    nodes["gateway"].kill()
    shutil.copy(rosters.path, os.path.join(gateway, "roster"))
    done, _, err = run("up", gateway)
    check("and that the roster does not know it", ("bad", "the roster does not know this node: no keeper answers it, and nobody takes its ledger") in doctor(nodes["gateway"])["identity"])
    check("with the roster laid into its folder it does not start, and says why", done == 3 and json.loads(err)["why"].startswith("the roster does not name this node"), (done, err))
    check("figures say that its ledger is retired", wait_until(lambda: value(nodes["keeper-a"], "postern_copy_retired", ledger=ORIGIN + "gateway") == 1
          and all(value(nodes[code], "postern_roster_version") == 2 for code in KEEPERS if code != "keeper-b"), SLOW), page(nodes["keeper-a"]).get("postern_copy_retired"))


def a_keeper_goes(nodes, rosters, folder):
    """A keeper that the roster leaves out, and one that comes in its place, by the line that its own machine printed."""
    country = os.path.dirname(nodes["airport"].folder)
    gone, post, new = nodes["keeper-d"], nodes["airport"].folder, Node(country, "keeper-e")
    done, line, err = run("roster", "line", new.folder, "--make", "keeper", "--origin", ORIGIN + "keeper-e", "--state", "UTO", "--listen", f"127.0.0.1:{port_of('keeper-e')}")
    check("a new keeper's machine prints its line", done == 0 and line.startswith("keeper " + ORIGIN + "keeper-e+"), (done, line, err))
    lines = os.path.join(folder, "lines")
    with open(lines, "w", encoding="utf-8") as file:
        file.write(line)
    path = rosters.sign("--remove", ORIGIN + "keeper-d", "--lines", lines)
    shutil.copy(path, os.path.join(new.folder, "roster"))
    new.up()
    check("a keeper's key opens another's door", knock(gone.folder, port_of("keeper-a")).startswith(b"HTTP/1.1"))
    done, out, err = run("roster", "give", post, path)
    check("every keeper takes the roster that changes them", done == 0, out + err)
    check("the keeper that goes gets not one byte from the others", [knock(gone.folder, port_of(code)) for code in KEEPERS[:3]] == [b"", b"", b""])
    in_force(nodes, rosters, ["keeper-a", "keeper-c", "keeper-d", "airport-site", "centre", "airport"])
    check("it says that it is retired", any(one["event"] == "roster-retired" for one in events(gone)) and wait_until(lambda: value(gone, "postern_roster_retired") == 1, SLOW), events(gone)[-2:])
    gone.kill()
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port_of("keeper-d")))
        door.listen(16)
        door.settimeout(8)
        try:
            came = door.accept()[1]
        except TimeoutError:
            came = None
    check("and nobody knocks where it was", came is None, came)
    done, _, err = run("up", gone.folder)
    check("started again, it says that the roster does not name it", done == 1 and json.loads(err)["why"] == "the roster does not name this keeper", (done, err))
    nodes["keeper-e"] = new
    size = nodes["airport"].size()
    check("the new one has all of the post's ledger", wait_until(lambda: value(new, "postern_copy_entries", ledger=ORIGIN + "airport") >= size, SLOW), (size, page(new).get("postern_copy_entries")))
    check("four lines of the post carry again", wait_until(lambda: sorted(line["keeper"] for line in nodes["airport"].status()["standing"]["lines"] if line["kind"] == "push" and line["line"] == "fine")
          == [ORIGIN + code for code in ("keeper-a", "keeper-b", "keeper-c", "keeper-e")], SLOW), nodes["airport"].status()["standing"]["lines"])


def whatever_falls(nodes, rosters):
    """Rosters, one after the other, the second of each pair given first, while nodes are killed as they take them."""
    post = nodes["airport"].folder
    for turn in range(2):
        earlier, later = rosters.sign(), rosters.sign()
        run("roster", "give", post, later)  # it follows nothing yet; keepers that another hands it to keep it
        for code in ("keeper-a", "keeper-e", "centre", "airport-site"):
            nodes[code].kill()
            if code == "centre":
                run("roster", "give", post, earlier)
                time.sleep(random.random() * 0.3)
            nodes[code].up()
        time.sleep(random.random() * 0.3)
        for code in ("keeper-b", "centre", "airport-site", "keeper-a"):
            nodes[code].kill()
            nodes[code].up()
        wait_until(lambda: version_at(nodes["airport"]) >= rosters.version - 1, SLOW)
        run("roster", "give", post, later)
        in_force(nodes, rosters, ["keeper-a", "keeper-b", "keeper-c", "keeper-e", "centre", "airport-site", "airport"])
    check("nobody who was left out got a byte", [knock(nodes[code].folder, port_of(other)) for code in ("gateway", "keeper-d") for other in ("keeper-a", "keeper-b", "keeper-c", "keeper-e")] == [b""] * 8)


def main():
    folder = tempfile.mkdtemp(prefix="postern-operate-")
    nodes = make(os.path.join(folder, "country"))
    rosters = Rosters(os.path.join(folder, "country"), folder)
    try:
        base.start(nodes, *nodes)
        check("eight nodes run", True)
        plant(nodes)
        figures(nodes)
        nobody_is_named(nodes)
        what_fails_is_said(nodes, folder)
        logs(nodes)
        wait_until(lambda: all(found == "fine" for node in nodes.values() for told in [doctor(node)] for about in ("lines", "ledgers", "copies") for found, _ in told.get(about, [])), SLOW)
        all_is_well(nodes)
        a_key_is_revoked(nodes, folder)
        a_keepers_key_is_revoked(nodes, folder)
        a_gateway_goes(nodes, rosters)
        a_keeper_goes(nodes, rosters, folder)
        whatever_falls(nodes, rosters)
        logs(nodes)
        a_folder_for_all(nodes, folder)
    finally:
        for node in nodes.values():
            if node.process is not None:
                node.kill()
        if all(base.results):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"left for looking at: {folder}")
    print(f"{sum(base.results)} passed, {len(base.results) - sum(base.results)} failed")
    return 0 if all(base.results) and base.results else 1


if __name__ == "__main__":
    sys.exit(main())
