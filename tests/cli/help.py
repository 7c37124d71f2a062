"""tests/cli/help.py POSTERN ROOT: each command says how it is asked, and the manual page says the same. Prints TAP."""
import os
import re
import shutil
import subprocess
import sys

postern, root = sys.argv[1:3]
results = []


def check(what, good):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


overview = run(postern, "help")
commands = re.findall(r"^  (\w+) ", overview.stdout, re.M)
check("help lists the commands", overview.returncode == 0 and "order" in commands and len(commands) > 30)
for command in commands:
    if command == "version":
        continue
    asked, wrong = run(postern, command, "--help"), run(postern, command, "--no-such-option")
    check(f"{command} --help is an answer, not a fault",
          asked.returncode == 0 and asked.stderr == "" and f"usage: postern {command}" in asked.stdout)
    check(f"help {command} says the same", run(postern, "help", command).stdout == asked.stdout)
    check(f"{command} asked in a wrong way: 2, and the usage where errors go",
          wrong.returncode == 2 and wrong.stdout == "" and f"usage: postern {command}" in wrong.stderr)
nobody = run(postern, "help", "nobody")
check("help for a command that is none", nobody.returncode == 2 and "no command named nobody" in nobody.stderr)

page = run(os.path.join(root, "packaging/man.sh"), postern)
check("the manual page is made", page.returncode == 0 and page.stdout.startswith(".Dd "))
missing = [command for command in commands if not re.search(rf"^\.It Ic {command}$", page.stdout, re.M)]
check(f"and has every command {missing}", not missing)
if shutil.which("mandoc"):
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=page.stdout, capture_output=True, text=True, timeout=60)
    check(f"and nothing in it is wrong to mandoc {lint.stdout[:300]}", lint.returncode == 0 and lint.stdout == "")
    read = subprocess.run(["mandoc", "-T", "utf8"], input=page.stdout, capture_output=True, text=True, timeout=60).stdout
    text = re.sub(r".\x08", "", read)
    lost = [line.strip() for line in run(postern, "order", "--help").stdout.splitlines()[2:] if line.strip() not in text]
    check(f"every line of a command's help is readable in it {lost[:2]}", not lost)
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
