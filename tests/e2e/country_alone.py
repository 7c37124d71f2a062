"""What must not be lost: a post that was alone for 60 hours loses its disk; the centre's view goes from PostgreSQL to SQLite and back; two
of four keepers are lost while a post is cut off for a month, and only a stick leaves it.

    POSTERN=build/debug/src/main/postern python3 tests/e2e/country_alone.py

In network namespaces (country_net.py), with every node's clock moved by clock.c. Where the kernel permits no namespaces it says so."""
import datetime
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import country as base  # noqa: E402
import country_net as net  # noqa: E402
from country import check, results  # noqa: E402
from post import wait_until  # noqa: E402

HOUR, DAY = 3600, 86400
CLOCK = os.path.join(os.path.dirname(base.POSTERN), "..", "..", "tests", "e2e", "libclock.so")


def later(country, seconds, leave=()):
    """All stop in order and go on that much later."""
    up = [code for code, node in country.nodes.items() if node.process is not None and code not in leave]
    for code in up:
        country.nodes[code].down()
    os.environ["CLOCK_AHEAD"] = str(int(os.environ.get("CLOCK_AHEAD", "0")) + seconds)
    country.start(*up)


def ahead_into_one_month(seconds):
    """How far ahead the clocks must be for that long a time to end in the month it began in: what is recovered with shares reads that month
    again later, and no former one (guide-operator.md)."""
    now = datetime.datetime.now(datetime.timezone.utc)
    if (now + datetime.timedelta(seconds=seconds)).month == now.month:
        return 0
    turn = (now.replace(day=1) + datetime.timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0)
    return int((turn - now).total_seconds()) + HOUR


def cross(country, post, count):
    answers = net.cross_at(country.nodes[post], "1", range(net.next_number(count), net.next_number.first))
    check(f"{count} cross at {post}", all(answer.status == 200 for answer in answers), [answer.body for answer in answers][:1])


def kept_at_site(country, post):
    return wait_until(lambda: country.held(post, (f"{post}-site",), country.nodes[post].size()), 40)


def centre_has(country, *ledgers):
    centre = country.nodes["centre"]
    return wait_until(lambda: base.seen(centre, *ledgers), 60)


def say(text):
    print("        " + "\n        ".join(text.strip().splitlines()))


def by_stick(country, node, keeper):
    """What the node has, on a stick to a keeper."""
    stick = tempfile.mkdtemp(prefix="stick-", dir=country.folder)
    code, out, err = base.run("carry", "out", node.folder, stick)
    check("a stick takes it", code == 0, out + err)
    country.nodes[keeper].down()
    code, out, err = base.run("carry", "in", country.nodes[keeper].folder, stick)
    check(f"and brings it to {keeper}", code == 0, out + err)
    country.start(keeper)


def sixty_hours(country):
    """Nobody reaches the post's site for 60 hours; then its machine is lost."""
    post = country.posts[0]
    node, place, origin = country.nodes[post], net.Place.all[post], country.origin(post)
    check("all of it is at the keepers", country.all_held())
    pushed = node.size()
    place.pull()
    for _ in range(3):
        cross(country, post, 10)
        later(country, 20 * HOUR)
    cross(country, post, 10)
    check("alone for 60 hours, two machines hold it all", kept_at_site(country, post), base.acknowledged(node))
    size = node.size()
    node.kill()
    shutil.rmtree(node.folder)
    place.plug()
    code, out, err = net.run_at(place, "recover", node.folder, "--spare", os.path.join(country.folder, "offline", "spares", f"{post}-2"))
    say(out + err)
    check("a post that was alone for 60 hours is back, with nothing missing", code == 0 and "nothing is missing" in out and f"{size} entries" in out, (size, pushed))
    by_stick(country, node, "keeper-b")
    base.add_officer(node.folder)
    country.start(post)
    cross(country, post, 5)
    check("the centre sees all of it, to the last entry", centre_has(country, (origin, size), (origin + "-2", node.size())), country.nodes["centre"].cursors())


def recover_centre(country, spare, view):
    """Its folder is gone; it comes back under this spare identity, its view where view says. The view's digest."""
    centre = country.nodes["centre"]
    wait_until(lambda: centre.status().get("size", 0) > 3, 40)
    size = centre.status().get("size", 0)
    check("what the centre wrote down is at the keepers",
          wait_until(lambda: any(line.get("acknowledged", 0) >= size for line in centre.status()["standing"]["lines"] if line["kind"] == "push"), 40))
    centre.kill()
    shutil.rmtree(centre.folder)
    return recover_at(country, spare, view)


def recover_at(country, spare, view):
    centre, place = country.nodes["centre"], net.Place.all["centre"]
    safe = os.path.join(country.folder, "offline", "spares", spare)
    if view:
        with open(os.path.join(safe, "node.conf"), "a", encoding="utf-8") as conf:
            conf.write(f"view = {view}\n")
    shares = [part for i in (2, 4, 5) for part in ("--share", os.path.join(country.folder, "offline", "recovery", f"share-{i}"))]
    code, out, err = net.run_at(place, "recover", centre.folder, "--spare", safe, *shares)
    say(out + err)
    check(f"the centre is back on {'PostgreSQL' if view else 'SQLite'}, with nothing missing", code == 0 and "nothing is missing" in out, err)
    check("at the same heads its view comes to what the former one wrote down", "digest of this view at the same heads: the same" in out)
    return base.run("view", "digest", centre.folder)[1]


def engines(country, server):
    """The centre kept its view in PostgreSQL; it is lost and comes back on SQLite, and the same keepers bring another back on an empty PostgreSQL."""
    centre = country.nodes["centre"]
    lite = recover_centre(country, "centre-2", None)
    if server:
        shutil.rmtree(centre.folder)  # it has signed nothing that a keeper has: the spare is still good
        centre.process = None
        post = recover_at(country, "centre-2", server.where("again"))
        rows = lambda text: [line for line in text.splitlines() if not line.startswith(("head utopia.example/centre-2", "sha256"))]
        check("SQLite and PostgreSQL come to the same digests, table by table", len(rows(lite)) > 5 and rows(lite) == rows(post), (lite, post))
        code, out, err = net.run_at(net.Place.all["centre"], "rebuild", centre.folder)
        check("a view on PostgreSQL is made anew and comes to the same", code == 0 and "before: the same" in out and rows(base.run("view", "digest", centre.folder)[1]) == rows(post), out + err)
    print("        " + lite.strip().splitlines()[-1])
    country.start("centre")
    sizes = [(country.origin(post), country.nodes[post].size()) for post in country.posts[1:]]
    check("it sees everything", centre_has(country, *sizes), centre.cursors())


def month_alone(country):
    """Two keepers are lost for good, and a post has no line for a month: only a stick goes out."""
    post = country.posts[1]
    node, place = country.nodes[post], net.Place.all[post]
    place.pull()
    for code in ("keeper-c", "keeper-d"):
        country.nodes[code].kill()
        for name in os.listdir(country.nodes[code].folder):
            path = os.path.join(country.nodes[code].folder, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    for _ in range(3):
        cross(country, post, 10)
        later(country, 10 * DAY)
    cross(country, post, 10)
    size = node.size()
    check("a month without a line: the lanes went on, two machines hold it all", kept_at_site(country, post))
    node.down()
    by_stick(country, node, "keeper-a")
    check("no crossing is lost: the centre sees the month, to the last entry", centre_has(country, (country.origin(post), size)), country.nodes["centre"].cursors())


class Server:
    """A PostgreSQL server that listens on a socket in its folder, run by another than root."""

    def __init__(self):
        import glob
        import pwd
        import subprocess
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        entry = {entry.pw_name: entry for entry in pwd.getpwall()}.get("postgres")
        if not found or os.geteuid() != 0 or entry is None:
            raise FileNotFoundError
        self.binaries, self.folder = os.path.dirname(found[-1]), tempfile.mkdtemp(prefix="ptn-postgres-", dir="/tmp")
        os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        os.chmod(self.folder, 0o755)
        plain = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        self.run = lambda *words: subprocess.run([os.path.join(self.binaries, words[0]), *words[1:]], check=True, cwd=self.folder, env=plain,
                                                 stdout=subprocess.DEVNULL, user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])
        self.data = os.path.join(self.folder, "data")
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "postern", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=20"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.folder, "log"), "-o", options, "start")
        for name in ("view", "again"):
            self.run("createdb", "-h", self.folder, "-U", "postern", name)

    def where(self, name):
        return f"postgresql://postern@/{name}?host={self.folder}"

    def end(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    net.into_namespaces()
    net.be_home()
    try:
        server = Server()
    except FileNotFoundError:
        server = None
        print("        no PostgreSQL server here, or nobody to run it: the view stays on SQLite")
    os.environ.update(LD_PRELOAD=os.path.abspath(CLOCK), CLOCK_AHEAD=str(ahead_into_one_month(61 * HOUR)))
    country = net.Country(tempfile.mkdtemp(prefix="postern-alone-"), 2)
    if server:
        with open(os.path.join(country.nodes["centre"].folder, "node.conf"), "a", encoding="utf-8") as conf:
            conf.write(f"view = {server.where('view')}\n")
    try:
        country.start(*country.nodes)
        for post in country.posts:
            cross(country, post, 10)
        sixty_hours(country)
        engines(country, server)
        month_alone(country)
    finally:
        country.end(all(results))
        if server:
            server.end()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
