"""tests/view/postgres.py COMMAND...: run the tests of view/, or what measures it, against a PostgreSQL server of their own. A
command may have words after the program.

The server lives in a new folder under /tmp, listens on a socket there and nowhere else, and is run by a user who is not
root. Without PostgreSQL 15's server programs, or another user to run them, the test says so and is skipped (77)."""
import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
if not found:
    print("no PostgreSQL server here (Debian package postgresql): skipped")
    sys.exit(77)
binaries = os.path.dirname(found[-1])
who = {}
if os.geteuid() == 0:
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names.get("nobody")
    if entry is None:
        print("nobody but root could run a PostgreSQL server: skipped")
        sys.exit(77)
    who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
folder = tempfile.mkdtemp(prefix="ptn-postgres-", dir="/tmp")
if who:
    os.chown(folder, who["user"], who["group"])
os.chmod(folder, 0o755)
data = os.path.join(folder, "data")


def server(*command):
    subprocess.run([os.path.join(binaries, command[0]), *command[1:]], check=True, cwd=folder, stdout=subprocess.DEVNULL, **who)


failed = 0
try:
    server("initdb", "-D", data, "-A", "trust", "-U", "postern", "-E", "UTF8", "--locale=C", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=20"
    server("pg_ctl", "-D", data, "-w", "-l", os.path.join(folder, "log"), "-o", options, "start")
    try:
        server("createdb", "-h", folder, "-U", "postern", "view")
        where = f"postgresql://postern@/view?host={folder}"
        for command in sys.argv[1:]:
            failed += subprocess.run(command.split(), env={**os.environ, "POSTERN_VIEW": where}).returncode != 0
    finally:
        server("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(1 if failed else 0)
