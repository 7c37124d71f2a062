"""The way back from an attack at one post, as processes: withdrawn, the restore held and what is missing named, each thing supplied
(sheets, disk swept, reinstalled under the spare, new passwords, release, cause closed), then canary, half, all; a decoy touched on the way.

Usage: gate.py [-v]     (POSTERN names the program; build/debug's otherwise)"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from post import free_ports, Lane, passport, postern_path, signed, wait_until  # noqa: E402

POSTERN, PORT = postern_path(), free_ports(12)
results = []


def check(what, good, more=""):
    results.append(bool(good))
    if "-v" in sys.argv or not good:
        print(f"{'ok' if good else 'NOT OK'}  {what}{'' if good else '  ' + str(more)}", flush=True)


def run(*words, data="", must=True):
    done = subprocess.run([POSTERN, *words], input=data, capture_output=True, text=True, timeout=120, start_new_session=True)
    assert done.returncode == 0 or not must, (words, done.stdout, done.stderr)
    return done


class Node:
    def __init__(self, folder):
        self.log = open(folder + ".log", "ab")
        self.process = subprocess.Popen([POSTERN, "up", folder, "--no-travellers"], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.port = self.process.stdout.readline().strip().rsplit(":", 1)[-1]

    def down(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.log.close()


with tempfile.TemporaryDirectory(prefix="postern-gate-") as folder:
    land, post_dir = folder + "/land", folder + "/land/durres"
    run("init", land, "--demonstration", "--post", "durres:seaport:Durrës", "--keeper-port", str(PORT))
    country = open(land + "/roster", encoding="utf-8").readline().strip()
    name = country.rsplit("/", 1)[0] + "/durres"

    def staff(word):
        run("node", post_dir, "--officer", "arta=Arta", "--supervisor", "besa=Besa", "--officer", "sokol=Sokol", "--passwords",
            data=f"arta {word} 1 for arta\nbesa {word} 1 for besa\nsokol {word} 1 for sokol\n")
        run("node", post_dir, "--decoy", "officer=sokol", "--decoy", "document=T7777777")

    def lane(user, word, number):
        one = Lane(int(post.port))
        answer = one.sign_in(user, f"{word} 1 for {user}", number)
        assert answer.status == 200, answer.body
        return one

    def given(keys, *words):
        note = signed(folder, land, keys, *words)
        run("order", "give", post_dir, note, "--keepers", "1")
        return run("order", "name", note).stdout.strip()

    def gate(by):
        return by.ask("GET", "/v1/gate").json

    def lacks(by):
        return {row["word"] for row in gate(by)["missing"]}

    def rungs(by):
        answer = by.ask("GET", "/v1/lane").json
        return answer["rung_entry"], answer["rung_exit"], answer["cause"]

    def fate(by, order):
        return next((line["fate"] for line in by.ask("GET", "/v1/orders").json["orders"] if line["order"] == order), None)

    def told():
        # as the running node wrote it last
        return run("incident", "gate", post_dir, "--json", must=False)

    authorities = ("authority-1", "authority-2", "authority-3")
    staff("before")
    keepers = [Node(f"{land}/keeper-{letter}") for letter in "abcd"]
    post = Node(post_dir)
    try:
        arta, besa = lane("arta", "before", "1"), lane("besa", "before", "office")
        check("a pack is printed", besa.ask("POST", "/v1/packs", {"sheets": 3}).status == 200)
        schema = arta.ask("GET", "/v1/openapi.json").json["components"]["schemas"]["Gate"]
        check("the answer has the members of openapi.json", sorted(gate(arta)) == sorted(schema["properties"]) == sorted(schema["required"]), gate(arta))
        check("no attack, no gate", not gate(arta)["wanted"] and gate(arta)["missing"] == [], gate(arta))
        stop = given(("duty-1", "duty-2"), "order", "withdraw", "--to", "manual", "--cause", "attack", "--all")
        check("the post goes to paper", wait_until(lambda: rungs(arta) == ("manual", "manual", "attack"), 40), rungs(arta))
        step = {"rung": "manual", "cause": "attack", "reason": "A machine restarts by itself."}
        check("its supervisor says so, too", besa.ask("POST", "/v1/rung", step).status == 202)
        wait_until(lambda: any(line["own"] for line in arta.ask("GET", "/v1/orders").json["orders"]), 40)
        own = next(line["order"] for line in arta.ask("GET", "/v1/orders").json["orders"] if line["own"])
        back = given(authorities, "order", "restore", "--all", "--ends", stop, "--ends", own, "--canary", "1")
        check("the restore waits", wait_until(lambda: fate(arta, back) == "waiting", 40), fate(arta, back))
        everything = {"cause", "serials", "swept", "software", "identity", "certificate", "credentials", "ledger"}
        check("and all is named that is missing", wait_until(lambda: lacks(arta) == everything, 40), lacks(arta))
        check("the command says the same, exit 1",
              wait_until(lambda: told().returncode == 1 and {row["word"] for row in json.loads(told().stdout)["missing"]} == everything, 40), told())
        check("an authority alone closes no cause", given(authorities[:1], "order", "close", "--all", "--closes", stop) and
              (time.sleep(1) or "cause" in lacks(arta)), lacks(arta))
        told_sheets = {"pack": 1, "first": 1, "count": 3, "state": "unused"}
        check("the sheets are told", besa.ask("POST", "/v1/sheets/told", told_sheets).status == 200)
        check("and serials are no more missing", wait_until(lambda: lacks(arta) == everything - {"serials"}, 40), lacks(arta))

        check("a further sheet is left over", besa.ask("POST", "/v1/packs", {"sheets": 1}).status == 200)
        check("and it is missing", wait_until(lambda: "serials" in lacks(arta), 40), lacks(arta))

        # the disk is kept, the post comes back under its spare; the old staff file first
        time.sleep(1)
        post.down()
        shutil.move(post_dir, folder + "/old-disk")
        out = run("recover", post_dir, "--spare", f"{land}/offline/spares/durres-2").stdout
        check("recovered with the orders that keepers hold", "nothing is missing" in out and " orders, from keepers" in out, out)
        check("its own step down is carried over, and the sheet that is open", "1 steps down" in out and "NOT all accounted for" in out, out)
        shutil.copy(folder + "/old-disk/staff", post_dir + "/staff")
        post = Node(post_dir)
        arta = lane("arta", "before", "1")
        check("at no time at normal", rungs(arta) == ("manual", "manual", "attack"), rungs(arta))
        check("the old passwords are named", wait_until(lambda: lacks(arta) == {"cause", "swept", "software", "credentials", "serials"}, 40), lacks(arta))
        check("what the supervisor said still stands", fate(arta, own) == "standing", fate(arta, own))
        post.down()
        os.remove(post_dir + "/staff")
        staff("after")
        post = Node(post_dir)
        arta, other, besa = lane("arta", "after", "1"), lane("arta", "after", "2"), lane("besa", "after", "office")
        check("new ones are not", wait_until(lambda: lacks(arta) == {"cause", "swept", "software", "serials"}, 40), lacks(arta))
        release = given(authorities, "release", "new", "--program", POSTERN, "--version", "2", "--minimum", "1", "--medium", POSTERN)
        check("the software is released", wait_until(lambda: lacks(arta) == {"cause", "swept", "serials"}, 40), lacks(arta))
        check("nothing has moved yet", rungs(arta)[0] == "manual" and gate(arta)["stage"] == "none", gate(arta))
        given(authorities, "order", "close", "--all", "--closes", stop, "--swept", "ab" * 32, "--sheets", name)
        check("each order is closed, not the one alone", wait_until(lambda: lacks(arta) == {"cause", "swept"}, 40), lacks(arta))
        given(authorities, "order", "close", "--all", "--closes", own, "--swept", "cd" * 32)
        check("with the last thing the gate opens: canary", wait_until(lambda: gate(arta)["stage"] == "canary", 40), gate(arta))
        check("the restore is in force", wait_until(lambda: fate(arta, back) == "standing", 40), fate(arta, back))

        # the canary: one lane each way, named by the supervisor
        check("no lane is let in by itself", rungs(arta) == rungs(other) == ("manual", "manual", "attack"), rungs(arta))
        check("an officer lets none in", arta.ask("POST", "/v1/gate/lanes", {"lane": "1", "direction": "entry"}).status == 403)
        check("nor one that nobody knows", besa.ask("POST", "/v1/gate/lanes", {"lane": "9", "direction": "entry"}).status == 404)
        for direction in ("entry", "exit"):
            answer = besa.ask("POST", "/v1/gate/lanes", {"lane": "1", "direction": direction})
            check(f"the supervisor does, {direction}", answer.status == 200, answer.body)
        check("one each way, no second", besa.ask("POST", "/v1/gate/lanes", {"lane": "2", "direction": "entry"}).status == 409)
        check("the canary lane works, the other stays on paper", rungs(arta)[:2] == ("normal", "normal") and rungs(other)[:2] == ("manual", "manual"),
              (rungs(arta), rungs(other)))
        check("a scan there is at normal", arta.ask("POST", "/v1/scans", {"mrz": passport(1), "direction": "entry"}).status == 200)

        # a decoy is touched: down at once, and the way back begins again
        touch = lane("sokol", "after", "3")
        check("a decoy takes it down at once, back to the rung it had", wait_until(lambda: rungs(arta)[:2] == ("manual", "manual"), 40), rungs(arta))
        decoys = lambda: [line for line in arta.ask("GET", "/v1/orders").json["orders"] if line["own"] and line["order"] != own]
        check("which is among the orders", wait_until(decoys, 40))
        own = decoys()[0]
        check("by its own order, of cause attack", own["cause"] == "attack" and wait_until(lambda: gate(arta)["wanted"], 40), own)
        check("and the whole gate is asked for again", wait_until(lambda: {"cause", "identity", "software"} <= lacks(arta), 40), lacks(arta))
        given(authorities[:2] + authorities[2:], "order", "annul", "--post", name, "--ends", own["order"])
        check("annulled as a mistake, the canary begins anew", wait_until(lambda: gate(arta)["stage"] == "canary" and rungs(arta)[0] == "manual", 40),
              (gate(arta), rungs(arta)))
        for direction in ("entry", "exit"):
            besa.ask("POST", "/v1/gate/lanes", {"lane": "1", "direction": direction})

        # on: half by a duty key and the supervisor, then all by authorities; too soon is held
        every = given(authorities, "order", "advance", "--all", "--stage", "all", "--returns", back)
        half = given(("duty-1",), "order", "advance", "--all", "--stage", "half", "--returns", back)
        check("all does not come before half", wait_until(lambda: fate(arta, every) == "waiting", 40), fate(arta, every))
        check("a duty key alone lets nobody in", wait_until(lambda: fate(arta, half) == "waiting", 40) and gate(arta)["stage"] == "canary")
        check("the supervisor agrees", besa.ask("POST", "/v1/orders/consent", {"order": half}).status == 202)
        check("half", wait_until(lambda: gate(arta)["stage"] in ("half", "all"), 40), gate(arta))
        check("then all", wait_until(lambda: gate(arta)["stage"] == "all", 40), gate(arta))
        check("every lane is back", wait_until(lambda: rungs(arta) == rungs(other) == ("normal", "normal", "none"), 40), rungs(other))
        end = gate(arta)
        check("system up, service up, backlog typed: three times",
              end["system_ms"] and end["service_ms"] and end["system_ms"] < end["service_ms"] and end["backlog_ms"] is None, end)
        check("the command is content, exit 0", wait_until(lambda: told().returncode == 0, 40), told())

        # killed and started again: the same
        arta.close()
        post.down()
        post = Node(post_dir)
        arta = lane("arta", "after", "1")
        check("after a start it stands where it stood", rungs(arta) == ("normal", "normal", "none") and gate(arta)["stage"] == "all", gate(arta))
        lines = [json.loads(line) for line in run("ledger", "show", post_dir).stdout.splitlines()]
        check("each step is in the ledger", {"stage", "receipt", "rung"} <= {line.get("what") for line in lines})
        check("the ledger is whole", run("ledger", "verify", post_dir).returncode == 0)
        check("in Albanian as well", "asnjë urdhër" in run("incident", "gate", post_dir, "--language", "sq", must=False).stdout.lower())
    finally:
        for one in (post, *keepers):
            one.down()
print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
sys.exit(0 if all(results) else 1)
