"""tests/cli/mrz.py POSTERN ROOT: `postern mrz` as others run it, over specimens of the standard and shared cases. Prints TAP."""
import json
import os
import subprocess
import sys

postern, root = sys.argv[1:3]
shared = os.path.join(root, os.environ.get("POSTERN_SHARED", "../shared"), "data", "documents")
results = []

TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
WRONG = TD3.replace("7408122F", "7408123F")
MEMBERS = ("format", "type", "issuer", "surname", "given", "number", "nationality", "birth_raw", "birth", "sex", "expiry_raw",
           "expiry", "optional", "optional2", "valid", "checks", "problems", "proposals")


def run(text, *options):
    """The answers and the exit code."""
    done = subprocess.run([postern, "mrz", *options], input=text.encode(), capture_output=True, timeout=60)
    return [json.loads(line) for line in done.stdout.decode().splitlines()], done.returncode


def ask(lines):
    return run("".join(json.dumps({"mrz": text}) + "\n" for text in lines), "--ndjson", "--today", "2026-11-24")[0]


def check(what, good):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")


def rows(name):
    """The rows of a shared file; none, and a word about it, where it is not there."""
    try:
        with open(os.path.join(shared, name), encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.strip()]
    except FileNotFoundError:
        print(f"# skipped: no shared {name}")
        return []


answers, code = run(f"\n{TD3}\n\n\n{TD1}\n")
check("blocks with blank lines between", code == 0 and [a["format"] for a in answers] == ["TD3", "TD1"])
check("every member others rely on", all(set(MEMBERS) <= set(a) for a in answers))
answers, code = run(f"{TD3}\n\n{WRONG}\n")
check("an invalid one answers 1", code == 1 and [a["valid"] for a in answers] == [True, False])
check("problems have code, text and position", {p["code"] for p in answers[1]["problems"]} >= {"check-birth", "check-composite"}
      and all(p["text"] and p["text_sq"] for p in answers[1]["problems"]) and answers[1]["problems"][0]["position"] == 20)

answers, code = run(json.dumps({"mrz": TD3}) + "\n\nnot json\n[]\n{\"mrz\":5}\n" + json.dumps({"mrz": ""}) + "\n"
                    + json.dumps({"mrz": "A" * 2000}) + "\n" + "x" * 70000 + "\n" + json.dumps({"mrz": TD1}) + "\n", "--ndjson")
check("bad lines answer in their place and the rest go on", code == 3
      and [("valid" in a, a.get("error", {}).get("line")) for a in answers]
      == [(True, None), (False, 3), (False, 4), (False, 5), (True, None), (False, 7), (False, 8), (True, None)])
check("errors have a code and a message", all(a["error"]["code"] and a["error"]["message"] for a in answers if "error" in a))
answers, code = run("A" * 70000 + "\n\n" + "A\n" * 40000 + "\n" + TD3)
check("blocks that are too long answer in their place", code == 3 and ["error" in a for a in answers] == [True, True, False])

births = [run(TD3, "--today", day)[0][0]["birth"] for day in ("1974-08-11", "1974-08-12", "2074-08-12")]
check("the century depends on today", births == ["1874-08-12", "1974-08-12", "2074-08-12"])
check("usage", [run("", *o)[1] for o in (["--nonsense"], ["--today", "2026"], ["--today", "1800-01-01"], ["x"])] == [2] * 4)
check("nothing in, nothing out", run("") == ([], 0) and run("", "--ndjson") == ([], 0))

pairs = rows("ocr-pairs.ndjson")
answers = ask("\n".join(pair["ocr"]) for pair in pairs)
check("every proposal is what stands on the document", all(
    p["proposed"] == pair["truth"][p["line"] - 1][p["position"] - 1:p["position"] - 1 + p["length"]]
    for pair, answer in zip(pairs, answers) for p in answer["proposals"]))
check("what was read stays in the fields", all(
    answer["birth_raw"] in "".join(pair["ocr"]) and answer["number"] in "".join(pair["ocr"])
    for pair, answer in zip(pairs, answers)))

SECOND = {30: "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\n", 36: "\nD231458907UTO7408122F1204159<<<<<<<6",
          44: "\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"}
cases = rows("name-cases.ndjson")
texts = [SECOND[30] + c["mrz"] if len(c["mrz"]) == 30 else c["mrz"] + SECOND[len(c["mrz"])].replace("<<<<<<<6", "<<<<<<<<"
         if c["mrz"][0] == "V" else "<<<<<<<6") for c in cases]


def same_name(case, answer):
    """Each part as read begins the part of the page's name at its place."""
    primary, _, secondary = case["viz"].replace("’", "").replace("-", " ").partition(", ")
    return all(len(read.split()) <= len(whole.split()) and all(w.startswith(r) for r, w in zip(read.split(), whole.split()))
               for read, whole in ((answer["surname"], primary), (answer["given"], secondary)))


check("the standard's names, whole and cut short", all(
    a["valid"] and same_name(c, a) and a["name_truncated"] == c["mrz"][-1].isalpha() for c, a in zip(cases, ask(texts))))

numbers = rows("nid-cases.ndjson")
texts = [f"P<ALBX<<{'<' * 36}\nAA12345678ALB{(n.get('birth') or '1990-01-01')[2:].replace('-', '')}0{n.get('sex', 'M')}3001010"
         f"{n['nid'].ljust(14, '<')}00" for n in numbers if n["nid"].isupper() and len(n["nid"]) == 10]
good = [n["valid"] for n in numbers if n["nid"].isupper() and len(n["nid"]) == 10]
check("Albanian personal numbers", all(
    ok == a["birth_confirmed"] != any(p["code"] == "nid-wrong" for p in a["problems"])
    and not any(p["code"] in ("nid-birth", "nid-sex") for p in a["problems"]) for ok, a in zip(good, ask(texts))))

print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
