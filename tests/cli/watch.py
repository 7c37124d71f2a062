"""tests/cli/watch.py POSTERN ROOT: `postern watch` and `postern screen` as others run them, over the invented lists. Prints TAP."""
import json
import os
import subprocess
import sys
import tempfile

postern, root = sys.argv[1:3]
folder = tempfile.mkdtemp()
lists = os.path.join(root, "data", "samples", "lists")
snap = os.path.join(folder, "all.snap")
results = []


def run(*arguments, text=""):
    """Exit code, lines on stdout, text on stderr."""
    done = subprocess.run([postern, *arguments], input=text, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout.splitlines(), done.stderr


def check(what, good):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")


def write(name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as out:
        out.write(data)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def screen(*queries, options=()):
    code, lines, _ = run("screen", "--watch", snap, *options, text="".join(q if isinstance(q, str) else json.dumps(q) + "\n" for q in queries))
    return code, [json.loads(line) for line in lines]


SOURCES = {"OFAC": "ofac-csv:ofac/sdn.csv", "UN": "un-xml:un.xml", "EU": "eu-xml:eu.xml", "FTM": "ftm:ftm.ndjson",
           "STOLEN": "stolen-csv:stolen.csv", "CARS": "vehicle-csv:vehicles.csv", "NAT": "postern:alerts.ndjson"}
arguments = []
for name, source in SOURCES.items():
    form, file = source.split(":")
    arguments += ["--list", f"{name}={form}:{os.path.join(lists, file)}"]

code, lines, err = run("watch", "compile", "-o", snap, "--report", *arguments)
check("lists compile", code == 0 and os.path.getsize(snap) > 4096)
check("the report names list, file, line, entry, outcome and reason",
      all(len(line.split("\t")) == 6 for line in lines) and any("\trejected\t" in line for line in lines)
      and any(line.startswith("NAT\tmain\t5\tINV-4\trejected\t") for line in lines))
check("what each list came to is said", "UN: 2 rows: 2 entries, 0 continued, 0 rejected" in err)

code, lines, _ = run("watch", "info", "--json", snap)
info = json.loads("\n".join(lines))
by_name = {entry["list"]: entry for entry in info["lists"]}
check("info counts by list and kind", code == 0 and by_name["OFAC"]["entries"] == {"person": 2, "entity": 1, "vessel": 1, "aircraft": 1}
      and by_name["OFAC"]["names"] == {"primary": 5, "strong": 3, "weak": 4} and by_name["OFAC"]["rejected"] == 0)
check("info says what a listing means", by_name["UN"]["on_entry"]["action"] == "ban" and by_name["UN"]["own_nationals_exempt"]
      and by_name["FTM"]["on_entry"]["action"] == "off" and by_name["OFAC"]["on_exit"]["text_sq"] != "")
check("info names the content", info["bytes"] == os.path.getsize(snap) and len(info["hash"]) == 64)

before = read(snap)
un = read(os.path.join(lists, "un.xml"))
for what, data in (("cut short", un[:len(un) // 2]), ("with a document type", b"<!DOCTYPE x>" + un), ("of another format", b"<a/>")):
    code, _, err = run("watch", "compile", "-o", snap, "--list", "UN=un-xml:" + write("bad.xml", data))
    check(f"a list {what} leaves with 3, line and reason, the former snapshot untouched",
          code == 3 and "line" in err and "bad.xml" in err and read(snap) == before)
check("a missing list is the environment's fault", run("watch", "compile", "-o", snap, "--list", "A=un-xml:/none")[0] == 4 and read(snap) == before)
check("usage", run("watch", "compile")[0] == 2 and run("watch", "compile", "-o", snap, "--list", "A=none:x")[0] == 2 and run("watch")[0] == 2)
code, _, err = run("watch", "compile", "-o", os.path.join(folder, "x.snap"), "--list", "A=ftm:" + os.path.join(lists, "ftm.ndjson") + ",action=refer")
check("turning a list on needs a name and a reason", code == 2 and "by=WHO" in err)
code, _, _ = run("watch", "compile", "-o", os.path.join(folder, "x.snap"), "--list",
                 "A=ftm:" + os.path.join(lists, "ftm.ndjson") + ",entry=refer,by=E. Officer,reason=a test, with a comma")
on = json.loads("\n".join(run("watch", "info", "--json", os.path.join(folder, "x.snap"))[1]))["lists"][0]
check("and keeps them", code == 0 and on["on_entry"]["action"] == "refer" and on["set_by"] == "E. Officer" and on["set_reason"] == "a test, with a comma")

code, answers = screen({"id": "1", "name": "Ismar Vorlandek", "birth": "1948-12-10", "nationality": "Iran"}, "not json\n",
                       {"id": 3, "name": "Blue Phantom"}, {"id": "4", "name": "x", "birth": "tomorrow"}, {"id": "5"},
                       {"id": "6", "number": "U00509777", "issuer": "UTO"}, {"id": "7", "plate": "UT999ZZ", "name": "Nobody Known"})
check("one answer a line, in order, errors in their place", code == 3 and len(answers) == 7
      and [("error" in a) for a in answers] == [False, True, False, True, True, False, False] and answers[1]["error"]["line"] == 2)
check("a match says list, entry, score and why", answers[0]["matches"][0]["list"] in SOURCES
      and 0.7 <= answers[0]["matches"][0]["score"] <= 1 and answers[0]["matches"][0]["why"][0]["text"] != "")
check("a bare name searches every kind", any(m["kind"] == "vessel" for m in answers[2]["matches"]))
check("a stolen passport is found by its number", [m["kind"] for m in answers[5]["matches"]] == ["document"])
check("a plate is found", [m["kind"] for m in answers[6]["matches"]] == ["vehicle"])
_, albanian = screen({"name": "Ismar Vorlandek"}, options=("--language", "sq"))
check("Albanian when asked", "përjashtim" in json.dumps(albanian, ensure_ascii=False))
queries = [{"id": str(i), "name": name} for i, name in enumerate(["Ismar Vorlandek", "Mirel Quentar", "Blue Fantom", "chess player", "Исмар Ворландек"])]
check("the index and brute force answer alike", screen(*queries, options=("--top", "20"))[1] == screen(*queries, options=("--top", "20", "--brute"))[1])



def batch(workers, *options):
    """Exit code and bytes for a batch with what is wrong in it: no JSON, no line, a line too long, a bad date."""
    lines = []
    for i in range(600):
        name = ["Ismar Vorlandek", "Mirel Quentar", "Blue Fantom", "Nobody Atall", "x" * 900, "Исмар Ворландек"][i * i % 6]
        lines.append({7: "not json", 11: "", 13: json.dumps({"id": i, "name": "y" * 70000}), 17: json.dumps({"id": i, "name": name, "birth": "never"})}
                     .get(i % 97, json.dumps({"id": i, "name": name} | ({"birth": "1948-12-10"} if i % 3 else {}))))
    done = subprocess.run([postern, "screen", "--watch", snap, "--workers", str(workers), *options], input="\n".join(lines).encode(), capture_output=True, timeout=120)
    return done.returncode, done.stdout


alone = batch(1)
ids = [json.loads(line) for line in alone[1].splitlines()]
check("a bad line stops no batch", alone[0] == 3 and len(ids) == 600 - 7 and sum("error" in a for a in ids) == 21 and [a["id"] for a in ids if "id" in a][-1] == 599)
check("several workers give the same bytes in the same order", all(batch(workers) == alone for workers in (2, 3, 16)))
check("and the same report", batch(4, "--false-positive-report") == batch(1, "--false-positive-report"))
check("no batch is done by nobody, or by a thousand", run("screen", "--watch", snap, "--workers", "0", text="{}")[0] == run("screen", "--watch", snap, "--workers", "1000", text="{}")[0] == 2)
asked = subprocess.Popen([postern, "screen", "--watch", snap, "--workers", "4"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
heard = []
for i in range(3):  # whoever asks waits for each answer before the next question
    asked.stdin.write(json.dumps({"id": i, "name": "Ismar Vorlandek"}) + "\n")
    heard.append(json.loads(asked.stdout.readline())["id"])
asked.stdin.close()
check("an answer waits for no question that was not asked yet", heard == [0, 1, 2] and asked.wait(60) == 0)

damaged = bytearray(before)
damaged[len(damaged) // 2] ^= 1
path = write("damaged.snap", bytes(damaged))
code, report = screen({"name": "Ismar Vorlandek"}, {"name": "Nobody Atall"}, {"name": "Ismar Vorlandek", "birth": "1948-12-10"}, options=("--false-positive-report",))
steps = {round(step["threshold"], 2): step for step in report[0]["thresholds"]}
check("a report says how many would be stopped, by threshold, list and rule",
      code == 0 and report[0]["travellers"] == 3 and steps[0.7]["stopped"] == 2 and steps[0.7]["per_100000"] == 66666.6 and
      sum(steps[0.7]["lists"].values()) >= 2 and len(steps[0.7]["rules"]) >= 1 and
      all(steps[0.7][f"{kind}_per_100000"] == {key: int(count * 1000000 / 3) / 10 for key, count in steps[0.7][kind].items()} for kind in ("lists", "rules")) and
      all(a["stopped"] >= b["stopped"] for a, b in zip(report[0]["thresholds"], report[0]["thresholds"][1:])))
check("a damaged snapshot is not opened", run("watch", "info", path)[0] == 1 and run("screen", "--watch", path, text="{}")[0] == 1)
check("nor is a file that is none", run("watch", "info", write("none.snap", b"hello"))[0] == 3)

stolen = write("stolen.csv", b"number,issuer,type,reported,circumstances\nAO-123456,UTO,P,2024-05-01,stolen blank\n---,UTO,P,,\n")
reg = os.path.join(folder, "documents.reg")
code, lines, told = run("watch", "register", "-o", reg, "--report", "--list", f"SLTD=stolen-csv:{stolen}")
check("a register is made and says what it left out", code == 0 and len(lines) == 1 and "rejected" in lines[0] and "1 entries, 1 rejected" in told)
check("what it holds is told", json.loads(run("watch", "info", "--json", reg)[1][0])["numbers"] == 1)
_, answers = screen({"id": "1", "number": "ao 123456", "issuer": "UTO"}, {"id": "2", "number": "A0123456", "issuer": "UTO"}, {"id": "3", "number": "AO123456", "issuer": "FRA"},
                    options=("--register", reg))
check("a number is found in it, exactly", [m["entry"] for m in answers[0]["matches"]] == ["UTO/AO123456"] and answers[0]["near"] == [])
check("a mistaken one is a second answer", answers[1]["matches"] == [] and [m["why"][0]["rule"] for m in answers[1]["near"]] == ["document.near"])
check("another State's is none", answers[2]["matches"] == [] and answers[2]["near"] == [])
check("a list of names is no register", run("watch", "register", "-o", reg, "--list", f"UN=un-xml:{os.path.join(lists, 'un.xml')}")[0] == 3)
check("a damaged register is not opened", run("screen", "--watch", snap, "--register", write("bad.reg", read(reg)[:-1]), text="{}")[0] == 1)
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
