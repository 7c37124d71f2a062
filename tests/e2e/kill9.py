"""kill -9 at any instant under load: every acknowledged crossing is there, the ledger verifies, the server restarts by itself.

Usage: kill9.py [KILLS [LANES]]     (40 kills and 8 lanes otherwise; POSTERN names the program)

Lanes scan and settle without pause. The server is killed at a random instant, again and again; `postern up` starts it
anew each time. Every third lane records cars of three in one act: all that is in the ledger of a trip is whole. Some travellers are sent to the second line, where one officer takes, checks and ends each case. Two people key the sheets of a pack
meanwhile: each sheet is keyed twice and is one crossing, whatever was killed in between. Each settlement, step and keying carries an idempotency key and is sent until it is acknowledged, so a lane also proves
that a repeat after a crash gives the first answer and records nothing twice."""
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from post import Lane, Post, passport, postern_path, wait_until  # noqa: E402

SHEETS = 300


class Patient(threading.Thread):
    """Somebody at a post that is killed again and again: signs in anew and asks again, until it is over."""

    def __init__(self, post, user, place, over, busy=(503,)):
        super().__init__(daemon=True)
        self.post, self.user, self.place, self.over, self.busy = post, user, place, over, busy
        self.wrong, self.lane = [], Lane(post.port, timeout=15)

    def sign_in(self):
        while not self.over.is_set():
            with contextlib.suppress(Exception):
                if self.lane.sign_in(self.user, self.post.passwords[self.user], self.place).status == 200:
                    return
            time.sleep(0.02)

    def insist(self, path, body, key, raw=None):
        """The answer and how many tries it took; no answer when it is over before. raw: a file, in the place of a body."""
        tries = 0
        while not self.over.is_set():
            tries += 1
            try:
                answer = self.lane.ask("POST", path, body, {"Idempotency-Key": key, **({} if raw is None else {"Content-Type": "application/octet-stream"})}, raw=raw)
            except Exception:
                time.sleep(0.005)
                continue
            if answer.status == 401:
                self.sign_in()
            elif answer.status in self.busy:
                time.sleep(0.02)
            else:
                return answer, tries
        return None, tries


class SecondLine(Patient):
    """Takes, notes, ticks and ends the cases of the referrals; to every third a photograph of four parts is attached. What it was told is kept: case -> its acknowledged steps, and the
    photographs by their step."""

    def __init__(self, post, officers, over):
        super().__init__(post, "sara", "second-line", over)
        self.officers, self.acknowledged, self.attached = officers, {}, {}

    def run(self):
        self.sign_in()
        while not self.over.is_set():
            case = next((case for officer in self.officers for case in list(officer.referred) if case not in self.acknowledged), None)
            if case is None:
                time.sleep(0.01)
                continue
            self.acknowledged[case] = []
            for body in ({"step": "taken"}, {"step": "noted", "words": "pale, sits down"}, {"step": "ticked", "item": "help-called"}, {"step": "attached"}, {"step": "ended", "outcome": "handed-over"}):
                if body["step"] == "attached" and len(self.acknowledged) % 3:
                    continue
                if not (self.attach(case) if body["step"] == "attached" else self.step(case, body)):
                    break

    def attach(self, case):
        photograph = b"\xff\xd8\xff\xe0" + random.randbytes(800000)
        answer, _ = self.insist(f"/v1/cases/{case}/attachments", None, f"kill9-{case[:8]}-{random.getrandbits(64):016x}", raw=photograph)
        if answer is None:
            return False
        if answer.status != 200:
            self.wrong.append((answer.status, answer.body))
            return False
        self.acknowledged[case].append("attached")
        self.attached[answer.json["step"]["id"]] = (case, photograph)
        return True

    def step(self, case, body):
        key = f"kill9-{case[:8]}-{body['step']}-{random.getrandbits(32):08x}"
        answer, _ = self.insist(f"/v1/cases/{case}/steps", body, key)
        if answer is None:
            return False
        if answer.status != 200:
            self.wrong.append((answer.status, answer.body))
            return False
        self.acknowledged[case].append(body["step"])
        return True

    def judge(self):
        """CASE-1. After one more kill: every acknowledged step is in its case, each once; at most one more, that was on its way."""
        lane = self.post.lane("sara", "second-line")
        failures = [f"second line: {wrong}" for wrong in self.wrong]
        for case, steps in list(self.acknowledged.items())[-400:]:
            answer = lane.ask("GET", f"/v1/cases/{case}")
            seen = [step["step"] for step in answer.json["steps"]][1:] if answer.status == 200 else []
            if seen[:len(steps)] != steps or len(seen) > len(steps) + 1 or len(set(seen)) != len(seen):
                failures.append(f"case {case}: acknowledged {steps}, there is {seen}")
        recent = set(list(self.acknowledged)[-400:])
        for step, (case, photograph) in self.attached.items():  # CASE-5
            answer = lane.ask("GET", f"/v1/cases/{case}/attachments?step={step}") if case in recent else None
            if answer and (answer.status != 200 or answer.body != photograph):
                failures.append(f"case {case}: what was attached is another: {answer.status}, {len(answer.body)} bytes")
        return failures


class BackEntry(Patient):
    """One of two who key the same sheets. What it was told is keyed: sheet -> the state that was answered; asked: and for what."""

    def __init__(self, post, user, over):
        super().__init__(post, user, "paper", over, busy=(429, 503))
        self.keyed, self.asked, self.repeats = {}, {}, 0

    def run(self):
        self.sign_in()
        for sheet in range(1, SHEETS + 1):
            key = f"kill9-{self.user}-{sheet:04}-{random.getrandbits(64):016x}"
            line = passport(9000000 + sheet).split("\n")[1]
            body = {"serial": serial(sheet), "surname": "KALLASHI", "given": "ILIRA", "line": line[:28], "direction": "entry", "time": "2024-09-09T22:05", "outcome": "recorded", "officer": "AH"}
            answer, tries = self.insist("/v1/sheets", body, key)
            if answer is None:
                return
            if answer.status == 200:  # PAPER-4: a repeat that was durable before the answer was lost, too
                self.keyed[sheet], self.asked[sheet] = answer.json["state"], (body, key, gist(answer.json))
                self.repeats += tries > 1
            else:
                self.wrong.append((sheet, answer.status, answer.body))

    def ask_again(self):
        """PAPER-4. After the last kill: some of all that were keyed, sent again, get their first answers."""
        lane, failures = self.post.lane(self.user, self.place, timeout=30), []
        for sheet in random.sample(sorted(self.asked), min(8, len(self.asked))):
            body, key, first = self.asked[sheet]
            answer = lane.ask("POST", "/v1/sheets", body, {"Idempotency-Key": key})
            if answer.status != 200 or gist(answer.json) != first:
                failures.append(f"back-entry {self.user}, sheet {sheet} again: {answer.status} {answer.body}, first {first}")
        return failures


def gist(answer):
    """What a repeat must give: all but the age of lists."""
    screened = answer.get("screened", {})
    return {**{key: value for key, value in answer.items() if key != "screened"}, "advice": screened.get("advice"),
            "reasons": [(reason["rule"], reason["text"]) for reason in screened.get("reasons", [])], "stay": screened.get("stay")}


def serial(sheet):
    return f"00001-{sheet:03}-{98 - (1000 + sheet) * 100 % 97:02}"


def sheets_after(post, pair):
    """What both were told is there: every sheet that two keyed is settled, and none more than once."""
    failures = [f"back-entry {one.user}: {wrong}" for one in pair for wrong in one.wrong]
    answer = post.lane("besa", "office").ask("GET", "/v1/packs").json
    both = [sheet for sheet in pair[0].keyed if sheet in pair[1].keyed]
    states = {one["serial"]: one["state"] for pack in answer["packs"] for one in pack["open"]}
    failures += [f"sheet {sheet} was keyed by both and is {states[serial(sheet)]}" for sheet in both if serial(sheet) in states]
    failures += [f"sheet {sheet} was keyed and is missing" for one in pair for sheet in one.keyed if states.get(serial(sheet)) == "missing"]
    if not len(both) <= answer["settled"] <= len(both) + 1:
        failures.append(f"{len(both)} sheets were keyed by both, {answer['settled']} are settled")
    shown = subprocess.run([postern_path(), "ledger", "show", post.folder], capture_output=True, text=True, check=True).stdout.splitlines()
    made = sum(line.get("what") == "crossing" and line["rung"] == "manual" for line in map(json.loads, shown))
    if made != answer["settled"]:
        failures.append(f"{answer['settled']} sheets are settled, {made} crossings were made of them")
    return failures + ([] if both else ["no sheet was keyed by both"])


class Officer(Patient):
    """One lane at work. What it was told is kept, is in self.acknowledged: crossing -> sequence number."""

    def __init__(self, post, number, over):
        super().__init__(post, "arta", str(number), over, busy=(429, 503))
        self.number, self.acknowledged, self.scans, self.repeats, self.referred = number, {}, 0, 0, []

    def run(self):
        self.sign_in()
        count = 0
        while not self.over.is_set():
            count += 1
            try:
                self.drive(count) if self.number % 3 == 0 else self.cross(count)
            except OSError:
                continue
            except Exception:
                continue

    def drive(self, count):
        """A car of three: recorded whole, or not at all."""
        begun = self.lane.ask("POST", "/v1/trips", {"direction": "entry", "vehicle": {"plate": f"K {self.number} {count}", "kind": "car"}})
        if begun.status == 401:
            return self.sign_in()
        if begun.status != 200:
            return time.sleep(0.01)
        seats = []
        for seat in range(3):
            answer = self.lane.ask("POST", "/v1/scans", {"mrz": passport(self.number * 100000 + (3 * count + seat) % 100000), "direction": "entry", "trip": begun.json["trip"]})
            if answer.status != 200:
                return time.sleep(0.01)
            self.scans += 1
            seats.append({"scan": answer.json["scan"]} if answer.json["advice"]["advice"] == "clear" else
                         {"scan": answer.json["scan"], "act": "refer", "kind": "conditions"})
        body = {"trip": begun.json["trip"], "seats": seats}
        if begun.json["advice"]["advice"] != "clear":
            body["vehicle"] = {"act": "refer", "kind": "vehicle"}
        settled = self.settle("/v1/trips/record", body, count)
        for crossing in settled["crossings"] if settled else []:
            self.acknowledged[crossing["crossing"]] = crossing["receipt"]["seq"]
        return None

    def cross(self, count):
        answer = self.lane.ask("POST", "/v1/scans", {"mrz": passport(self.number * 100000 + count % 100000), "direction": "entry"})
        if answer.status == 401:
            return self.sign_in()
        if answer.status != 200:
            return time.sleep(0.01)
        self.scans += 1
        if answer.json["kept"] != "local":
            self.wrong.append(("scan", answer.json["kept"]))
        body = {"scan": answer.json["scan"], "act": "record"} if answer.json["advice"]["advice"] == "clear" and count % 5 else \
            {"scan": answer.json["scan"], "act": "refer", "kind": "unwell"}
        settled = self.settle("/v1/crossings", body, count)
        if settled:
            self.acknowledged[settled["crossing"]] = settled["receipt"]["seq"]
            if body["act"] == "refer":
                self.referred.append(settled["crossing"])
        return None

    def settle(self, path, body, count):
        """What is answered when it is durable, asked with one key until somebody answers; None: it is over, or was not taken."""
        settled, tries = self.insist(path, body, f"kill9-{self.number}-{count}-{random.getrandbits(32):08x}")
        if settled is None:
            return None
        if settled.status == 200:
            self.repeats += tries > 1
            return settled.json
        if not (settled.status == 404 and tries > 1):  # the scan died with the server before anything was written
            self.wrong.append((settled.status, settled.body))
        return None


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    lanes = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    post = Post().up()
    over = threading.Event()
    officers = [Officer(post, number + 1, over) for number in range(lanes)]
    second = SecondLine(post, officers, over)
    ordered = ("POST", "/v1/packs", {"sheets": SHEETS}, {"Idempotency-Key": "kill9-the-pack"})
    pack = post.lane("besa", "office").ask(*ordered)
    pair = [BackEntry(post, user, over) for user in ("arta", "dita")]
    failures = [] if pack.status == 200 else [f"no pack: {pack.status}"]
    done, down_ms = 0, []
    try:
        for officer in officers:
            officer.start()
        second.start()
        for one in pair:
            one.start()
        wait_until(lambda: all(officer.acknowledged for officer in officers), 60)
        while done < kills and post.process.poll() is None:
            if done % 4:  # most kills fall among crossings being written; some while the server or the lanes still start
                before = total(officers)
                wait_until(lambda: total(officers) >= before + lanes // 2, 3)
            time.sleep(random.uniform(0.0, 0.06))
            pid = post.server()
            if pid is None:
                continue
            began = time.monotonic()
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            done += 1
            probe = Lane(post.port, timeout=30)
            if not wait_until(lambda: answers(probe), 60):
                failures.append(f"the server did not come back after kill {done}")
                break
            down_ms.append((time.monotonic() - began) * 1000)
            probe.close()
            if done % 100 == 0:
                print(f"{done} kills, {sum(len(o.acknowledged) for o in officers)} crossings acknowledged", file=sys.stderr)
        time.sleep(1)
        wait_until(lambda: set(pair[0].keyed) & set(pair[1].keyed), 60)
        over.set()
        for officer in officers:
            officer.join(30)
        second.join(30)
        for one in pair:
            one.join(30)
        failures += second_line_after(post, second)
        failures += [wrong for one in pair for wrong in one.ask_again()]
        failures += sheets_after(post, pair)
        # PAPER-5: the same order, after so many starts, is the same pack
        again = post.lane("besa", "office").ask(*ordered)
        made = len(post.lane("besa", "office").ask("GET", "/v1/packs").json["packs"])
        if again.status != 200 or made != 1:
            failures.append(f"the pack ordered again: {again.status}, there are {made}")
        if post.process.poll() is not None:
            failures.append(f"postern up left with {post.process.returncode}")
        elif post.down() != 0:
            failures.append("postern up did not stop in order")
        failures += judge(post, officers)
    finally:
        over.set()
        post.remove()
    acknowledged = sum(len(officer.acknowledged) for officer in officers)
    down_ms.sort()
    print(json.dumps({"kills": done, "lanes": lanes, "scans": sum(o.scans for o in officers), "acknowledged": acknowledged, "cases": len(second.acknowledged), "sheets": sum(sheet in pair[1].keyed for sheet in pair[0].keyed), "sheets_repeated": sum(one.repeats for one in pair), "attachments": len(second.attached), "case_steps": sum(len(steps) for steps in second.acknowledged.values()),
                      "repeated_after_a_crash": sum(o.repeats for o in officers),
                      "back_after_ms": {"p50": round(down_ms[len(down_ms) // 2]), "max": round(down_ms[-1])} if down_ms else None}))
    for failure in failures[:10]:
        print("FAILED  " + failure)
    good = not failures and done == kills and acknowledged > 0
    print(f"{done if good else 0} passed, {0 if good else 1} failed")
    return 0 if good else 1


def second_line_after(post, second):
    pid = post.server()
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    probe = Lane(post.port, timeout=30)
    if not wait_until(lambda: answers(probe), 60):
        return ["the server did not come back after the last kill"]
    return second.judge() + ([] if second.acknowledged else ["no case was opened"])


def total(officers):
    return sum(len(officer.acknowledged) for officer in officers)


def answers(probe):
    try:
        return probe.ask("GET", "/healthz").status == 200
    except Exception:
        return False


def judge(post, officers):
    failures = []
    verdict = post.verify()
    if verdict.returncode != 0:
        failures.append("ledger verify: " + verdict.stdout + verdict.stderr)
    for officer in officers:
        failures += [f"lane {officer.number}: {wrong}" for wrong in officer.wrong]
    missing, twice, torn = look(post, officers)
    failures += [f"torn: trip {trip} has {seen} of {all} people" for trip, seen, all in torn]
    failures += [f"lost: crossing {crossing} at {seq}" for crossing, seq in missing]
    failures += [f"twice: crossing {crossing}" for crossing in twice]
    return failures


def look(post, officers):
    """What of the acknowledged is not in the ledger at its place, what is there twice, and trips that are not whole."""
    tool = os.path.join(os.path.dirname(postern_path()), "..", "..", "tests", "e2e", "crossings")
    shown = subprocess.run([os.environ.get("CROSSINGS", tool), post.folder], capture_output=True, text=True, check=True)
    seen, people, vehicles = {}, {}, {}
    for line in shown.stdout.splitlines():
        index, crossing, *trip = line.split()
        if crossing == "vehicle":
            vehicles[trip[0]] = int(trip[1])
            continue
        seen.setdefault(crossing, []).append(int(index))
        if trip:
            people[trip[0]] = people.get(trip[0], 0) + 1
    torn = [(trip, people.get(trip, 0), vehicles.get(trip, 0)) for trip in {**people, **vehicles} if people.get(trip, 0) != vehicles.get(trip, 0)]
    missing = [(crossing, seq) for officer in officers for crossing, seq in officer.acknowledged.items() if seq not in seen.get(crossing, [])]
    return missing, [crossing for crossing, at in seen.items() if len(at) > 1], torn


if __name__ == "__main__":
    sys.exit(main())
