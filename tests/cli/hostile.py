"""tests/cli/hostile.py POSTERN [ENTRIES]: lists made to hurt (WATCH-6). What is past a limit is refused with its line and the reason, and the former
snapshot is as it was; what is not is compiled, and asked. Prints TAP, and the processor time that the questions took, one at a time. ENTRIES (4000):
how many people the long lists have."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

postern = sys.argv[1]
entries = int(sys.argv[2]) if len(sys.argv) > 2 else 4_000
folder = tempfile.mkdtemp()
snap = os.path.join(folder, "lists.snap")
results = []
chance = random.Random(1)


def check(what, good):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}", flush=True)


def word(syllables):
    return "".join(chance.choice("bcdfgklmnprstvz") + chance.choice("aeiou") for _ in range(syllables)).capitalize()


def people(rows):
    lines = [json.dumps({"id": str(i), "kind": "person", "on_entry": "refer", "on_exit": "refer",
                         "names": [{"text": name, "alias": "strong" if k else "primary"} for k, name in enumerate(names)]}, ensure_ascii=False) for i, names in enumerate(rows)]
    return "\n".join([json.dumps({"postern-list": 1, "made": "2026-01-01T00:00:00Z", "entries": len(lines)}), *lines]) + "\n"


def simple(names):
    heads = "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,dataset,first_seen,last_seen,last_change"
    return f'{heads}\nX1,Person,Some Body,"{";".join(names)}",,,,,,,,,,,\n'


def un(names):
    aliases = "".join(f"<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>{name}</ALIAS_NAME></INDIVIDUAL_ALIAS>" for name in names)
    return ('<CONSOLIDATED_LIST dateGenerated="2026-01-01T00:00:00Z"><INDIVIDUALS>\n<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>Some</FIRST_NAME>'
            f"<REFERENCE_NUMBER>QDi.1</REFERENCE_NUMBER>{aliases}</INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>")


def uk(names):
    heads = "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,DOB,Town of Birth,Country of Birth,Nationality,Passport Number,Position,Country," \
        "Other Information,Group Type,Alias Type,Alias Quality,Regime,Listed On,Group ID"
    return "Last Updated,24/10/2025\n" + heads + "\n" + "".join(f"{name},Mirel,,,,,,,,,,,,,,,Individual,AKA,,,17/03/2014,77\n" for name in names)


def compile_list(form, text):
    path = os.path.join(folder, "list")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return subprocess.run([postern, "watch", "compile", "-o", snap, "--officer", "a", "--second", "b", "--list", f"A={form}:{path}"], capture_output=True, text=True, timeout=600)


def read():
    with open(snap, "rb") as file:
        return file.read()


aliases = [f"Alias {word(3)} {i}" for i in range(1_000_000)]
marks = "A" + "\u0301" * 10_000 + "lban Hoxha"
REFUSED = (  # what, form, text, the line, the reason
    ("a million aliases on one entry", "postern", people([["Some Body", *aliases]]), 2, "larger than the limit"),
    ("ten thousand aliases on one entry", "postern", people([["Some Body"], ["Other Body", *aliases[:10_000]]]), 3, "more names"),
    ("a million aliases in one field", "simple-csv", simple(aliases), 2, "longer than the limit"),
    ("ten thousand aliases in one field", "simple-csv", simple(aliases[:10_000]), 2, "more names"),
    ("a million aliases in one element", "un-xml", un(aliases), 2, "larger than the limit"),
    ("seventy thousand rows of one entry", "uk-csv", uk(aliases[:70_000]), 3, "more names"),
    ("a name of 10 kB alone", "postern", people([["Good Name"], ["Mohammed " + "x" * 10_000]]), 3, "longer than the limit"),
    ("10,000 combining marks alone", "postern", people([["Good Name"], [marks]]), 3, "longer than the limit"),
)
check("a list compiles", compile_list("postern", people([["Good Name"]])).returncode == 0)
before = read()
for what, form, text, line, reason in REFUSED:
    done = compile_list(form, text)
    check(f"{what}: refused with its line and the reason, and the former snapshot stands",
          done.returncode == 3 and (f"line {line}:" in done.stderr or f"(at {line})" in done.stderr) and reason in done.stderr and read() == before)
    if not results[-1]:
        print(f"# {done.returncode} {done.stderr[:300]}")

many = [word(4) for _ in range(entries)]
BOUNDED = (  # what, rows, questions
    ("one part shared by all", [[f"Mohammed {one}"] for one in many], ["Mohammed", "Mohammed Ali", f"Mohammed {many[7]}", f"Mohamed {many[11]} Salim"]),
    ("two parts shared by all", [[f"Mohammed Ali {one}"] for one in many], ["Mohammed Ali", f"Mohammed Ali {many[7]}", f"Ali Mohamed {many[11]}"]),
    ("one name for all", [["Mohammed Ali Hassan"] for _ in many], ["Mohammed Ali Hassan", "Mohammed Ali", "Hassan Mohamed"]),
    ("initials shared by all", [[f"M. A. {one}"] for one in many], ["M. A. Hassan", f"Mohammed Ali {many[7]}"]),
    ("a thousand aliases each", [[f"Mohammed Ali {one}", *(f"{one} {word(2)} {k}" for k in range(999))] for one in many[:max(20, entries // 1000)]], ["Mohammed Ali", f"{many[7]} {many[8]}"]),
    ("480 combining marks", [["A" + "\u0301" * 480 + "lban Hoxha"], ["Good Name"]], ["Alban Hoxha", "A" + "\u0301" * 480 + "lban Hoxha"]),
    ("a name of 10 kB beside a good one", [["Alban Hoxha", "Mohammed " + "x" * 10_000]], ["Alban Hoxha", "x" * 1000]),
    ("a hundred parts", [[" ".join(word(2) for _ in range(100))], ["Good Name"]], ["Good Name", " ".join(word(2) for _ in range(100))]),
)


def processor_s(process):
    """What it has had of processors: whoever else is busy does not count."""
    spent = 0
    for task in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{task}/schedstat", encoding="ascii") as file:
            spent += int(file.read().split()[0])
    return spent / 1e9


def ask(questions, times):
    """Answers, and what each took."""
    asked = subprocess.Popen([postern, "screen", "--watch", snap, "--workers", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    answers, took = [], []
    for i in range(times * len(questions) + 1):
        start = processor_s(asked.pid)
        asked.stdin.write(json.dumps({"id": str(i), "name": questions[i % len(questions)], "kind": "person"}) + "\n")
        asked.stdin.flush()
        answers.append(json.loads(asked.stdout.readline()))
        took.append(processor_s(asked.pid) - start)
    asked.stdin.close()
    asked.wait()
    return answers[1:len(questions) + 1], sorted(took[1:])


for what, rows, questions in BOUNDED:
    done = compile_list("postern", people(rows))
    answers, took = ask(questions, 50)
    brute = subprocess.run([postern, "screen", "--watch", snap, "--workers", "1", "--brute"], capture_output=True, text=True, timeout=600,
                           input="".join(json.dumps({"id": answer["id"], "name": questions[int(answer["id"]) % len(questions)], "kind": "person"}) + "\n" for answer in answers))
    p99 = took[int(len(took) * 0.99)] * 1000
    print(f"# {what}: {len(rows)} people, {len(questions)} questions, p50 {took[len(took) // 2] * 1000:.2f} ms, p99 {p99:.2f} ms", flush=True)
    check(f"{what}: compiled, and answered as a scan does, each question in less than half a second of a processor",
          done.returncode == 0 and all("matches" in answer for answer in answers) and [json.loads(line) for line in brute.stdout.splitlines()] == answers and p99 < 500)
    if not results[-1]:
        print(f"# {done.returncode} {done.stderr[:300]} {str(answers)[:300]}")
shutil.rmtree(folder)
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
