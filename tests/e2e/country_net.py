"""A country with a network: keepers, centre and sites each in a network namespace of their own, on a bridge, and the lines cut.

    POSTERN=build/debug/src/main/postern python3 tests/e2e/country_net.py [--posts N] [--names N] [--cut SECONDS] [--keep]

A thousand invented travellers cross. Meanwhile: packets are lost one way only, orders go round while the centre's line is down, while the centre
is alive and withholds, and right after all lines of all posts were dead, a keeper's disk is full, nodes are killed with kill -9, and the
centre's folder is removed and recovered. Afterwards follow.py, which shares no code with src/, proves every post's ledger through every keeper, and every node's raw folder is searched for the names.

It goes into namespaces of its own by `unshare` (as root, or as a user who may) and leaves nothing behind: bridge, namespaces and small disks
end with it. Where the kernel permits none it says so and ends well. Only Python's own library; iproute2, util-linux."""
import concurrent.futures
import contextlib
import ctypes
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import country as base  # noqa: E402
from country import Node, check, planted, results, signed, surname  # noqa: E402
from post import Lane, passport, wait_until  # noqa: E402

NET, PORT, DISK_MIB = "10.77.0", 8701, 320  # a keeper leaves 256 MiB of its disk free
KEEPERS = ("keeper-a", "keeper-b", "keeper-c", "keeper-d")
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
NOWHERE = "02:00:00:00:00:ff"  # nobody's: what goes there is lost without a word


def into_namespaces():
    """Start again inside new network and mount namespaces; returns when there, or ends."""
    if os.environ.get("POSTERN_NAMESPACES") == "inside":
        return
    for how in (["unshare", "--net", "--mount"], ["unshare", "--user", "--map-root-user", "--net", "--mount"]):
        with contextlib.suppress(OSError):
            probe = "mount -t tmpfs none /run && mkdir /run/netns && ip netns add probe && ip link add probe type bridge"
            if subprocess.run([*how, "sh", "-c", probe], capture_output=True, check=False).returncode == 0:
                os.execvpe(how[0], [*how, sys.executable, *sys.argv], dict(os.environ, POSTERN_NAMESPACES="inside"))
    print("network namespaces are not permitted here: nothing was tried (tests/e2e/country.py goes the same way on one machine)")
    print("1 passed, 0 failed")
    sys.exit(0)


def do(*words):
    subprocess.run(words, check=True, capture_output=True, text=True)


# ---- the network ----

class Place:
    """A namespace with one line to the bridge: a keeper, the centre, or a site (post and site keeper)."""
    all = {}

    def __init__(self, name):
        self.name, self.line = name, f"v{len(Place.all)}"
        self.address = f"{NET}.{10 + len(Place.all)}"
        Place.all[name] = self
        do("ip", "netns", "add", name)
        do("ip", "link", "add", self.line, "type", "veth", "peer", "name", "eth0", "netns", name)
        do("ip", "link", "set", self.line, "master", "br0", "up")
        do("ip", "-n", name, "address", "add", f"{self.address}/24", "dev", "eth0")
        do("ip", "-n", name, "link", "set", "lo", "up")
        do("ip", "-n", name, "link", "set", "eth0", "up")
        self.file = os.open(f"/run/netns/{name}", os.O_RDONLY)

    def words(self):
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    def pull(self):
        do("ip", "link", "set", self.line, "down")

    def plug(self):
        do("ip", "link", "set", self.line, "up")

    def lose(self, other):
        """From now on nothing from here arrives there; the other way all does."""
        do("ip", "-n", self.name, "neighbour", "replace", other.address, "lladdr", NOWHERE, "dev", "eth0", "nud", "permanent")

    def find(self, other):
        do("ip", "-n", self.name, "neighbour", "delete", other.address, "dev", "eth0")


HOME = []  # our own namespace
turn = threading.Lock()


def be_home():
    """A bridge, and a place for the names of namespaces that ends with us."""
    HOME.append(os.open("/proc/self/ns/net", os.O_RDONLY))
    do("mount", "-t", "tmpfs", "none", "/run")
    os.mkdir("/run/netns")
    do("ip", "link", "add", "br0", "type", "bridge")
    do("ip", "link", "set", "br0", "up")


class Connection(http.client.HTTPConnection):
    """To a port that only a namespace has: the socket is made there."""

    def __init__(self, place, port, timeout):
        super().__init__("127.0.0.1", port, timeout=timeout)
        self.place = place

    def connect(self):
        with turn:
            assert LIBC.setns(self.place.file, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                super().connect()
            finally:
                assert LIBC.setns(HOME[0], CLONE_NEWNET) == 0


class Far(Lane):
    def __init__(self, node, lane):
        super().__init__(node.port)
        self.place = node.place
        answer = self.sign_in("arta", base.PASSWORD, lane)
        assert answer.status == 200, answer.body

    def ask(self, *arguments, **more):
        if self.connection is None:
            self.connection = Connection(self.place, self.port, self.timeout)
        return super().ask(*arguments, **more)


class FarNode(Node):
    """A node that runs in its place."""

    def __init__(self, folder, code, place):
        super().__init__(folder, code)
        self.place = place

    def up(self, *more):
        with open(self.folder + ".log", "ab") as log:
            self.process = subprocess.Popen([*self.place.words(), base.POSTERN, "up", self.folder, *more], stdout=subprocess.PIPE, stderr=log, text=True)
        said = self.process.stdout.readline().strip()
        if not said:
            raise RuntimeError(f"{self.code} did not start: {open(self.folder + '.log', encoding='utf-8').read()[-500:]}")
        found = re.search(r":(\d+)$", said)
        self.port = int(found[1]) if found else None
        return self

    def lines(self):
        """What each line says of itself: (kind, keeper) -> word."""
        return {(line["kind"], line["keeper"].split("/")[1]): line["line"] for line in self.status().get("standing", {}).get("lines", [])}


def run_at(place, *words):
    done = subprocess.run([*place.words(), base.POSTERN, *words], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


# ---- the country ----

class Country:
    def __init__(self, root, posts):
        self.folder = os.path.join(root, "country")
        self.posts = [f"post-{number}" for number in range(1, posts + 1)]
        for name in (*KEEPERS, "centre", "laptop", *self.posts):
            Place(name)
        words = [word for post in self.posts for word in ("--post", f"{post}:land:{post}")]
        words += [word for keeper in KEEPERS for word in ("--keeper-address", f"{Place.all[keeper].address}:{PORT}")]
        code, out, err = base.run("init", self.folder, *words, "--site-keepers", "--demonstration", "--months", "2", "--keeper-port", str(PORT))
        assert code == 0, out + err
        self.nodes = {}
        for code in (*KEEPERS, *(f"{post}-site" for post in self.posts), "centre", *self.posts):
            self.nodes[code] = FarNode(self.folder, code, Place.all[code.removesuffix("-site")])
        for post in self.posts:
            base.add_officer(self.nodes[post].folder)
        self.small_disk("keeper-c")

    def small_disk(self, code):
        """The node's folder on a disk of its own."""
        folder = self.nodes[code].folder
        shutil.move(folder, folder + ".full")
        os.mkdir(folder)
        do("mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", folder)
        shutil.copytree(folder + ".full", folder, dirs_exist_ok=True)
        shutil.rmtree(folder + ".full")

    def end(self, remove):
        for node in self.nodes.values():
            if node.process is not None:
                node.kill()
        do("umount", self.nodes["keeper-c"].folder)
        if remove:
            shutil.rmtree(os.path.dirname(self.folder), ignore_errors=True)

    def start(self, *codes):
        for code in codes:
            self.nodes[code].up(*(["--no-travellers"] if code in self.posts else []))

    def origin(self, post):
        return f"utopia.example/{post}"

    def lanes(self):
        return {post: Far(self.nodes[post], "9") for post in self.posts}

    def cross(self, first, count, wait=True):
        """So many people cross, the same number at each post, in two lanes each."""
        share = count // (2 * len(self.posts))
        jobs = []
        with concurrent.futures.ThreadPoolExecutor(2 * len(self.posts)) as pool:
            for place, post in enumerate(self.posts):
                for lane in (1, 2):
                    start = first + share * (2 * place + lane - 1)
                    jobs.append(pool.submit(cross_at, self.nodes[post], str(lane), range(start, start + share)))
        answers = [answer for job in jobs for answer in job.result()]
        # whatever is cut, slow or gone outside the site: POST-1
        check(f"{len(answers)} cross", len(answers) == 2 * share * len(self.posts) and all(answer.status == 200 for answer in answers),
              [answer.body for answer in answers if answer.status != 200][:2])
        return answers

    def lines_are_fine(self):
        return all(set(self.nodes[post].lines().values()) == {"fine"} for post in self.posts)

    def held(self, post, keepers, size):
        return all(base.acknowledged(self.nodes[post]).get(keeper, 0) >= size for keeper in keepers)

    def all_held(self, keepers=KEEPERS, seconds=40):
        sizes = {post: self.nodes[post].size() for post in self.posts}
        return wait_until(lambda: all(self.held(post, keepers, size) for post, size in sizes.items()), seconds)


def cross_at(node, lane, numbers):
    one, done = Far(node, lane), []
    for number in numbers:
        scan = one.ask("POST", "/v1/scans", {"mrz": passport(number), "direction": "entry"})
        assert scan.status == 200, scan.body
        act = {"act": "record"} if scan.json["advice"]["advice"] == "clear" else {"act": "refer", "kind": "conditions"}
        done.append(one.ask("POST", "/v1/crossings", {"scan": scan.json["scan"], **act}))
        planted.append(number)
    one.close()
    return done


def next_number(count):
    """So many numbers that nobody had."""
    first = next_number.first
    next_number.first += count
    return first


next_number.first = 1

# ---- what goes wrong ----

def one_way(country):
    """The first post's packets do not reach keeper-a, and keeper-b's do not reach the last post."""
    first, last = Place.all[country.posts[0]], Place.all[country.posts[-1]]
    first.lose(Place.all["keeper-a"])
    Place.all["keeper-b"].lose(last)
    country.cross(next_number(200), 200)
    sizes = {post: country.nodes[post].size() for post in country.posts}
    check("with lines that lose one way, the site keepers have everything",
          wait_until(lambda: all(country.held(post, (f"{post}-site",), size) for post, size in sizes.items()), 40))
    for post, others in ((country.posts[0], ("keeper-b", "keeper-c", "keeper-d")), (country.posts[-1], ("keeper-a", "keeper-c", "keeper-d"))):
        check(f"a quorum of the others gets what {post} has", wait_until(lambda: country.held(post, others, sizes[post]), 40),
              (sizes[post], country.nodes[post].status()["standing"]["lines"]))
    first.find(Place.all["keeper-a"])
    Place.all["keeper-b"].find(last)
    before = time.monotonic()
    check("the lines come back", wait_until(country.lines_are_fine, 40), [country.nodes[post].lines() for post in country.posts])
    print(f"        after {time.monotonic() - before:.1f} s")


def rung(lane):
    try:
        answer = lane.ask("GET", "/v1/lane").json
    except http.client.RemoteDisconnected:  # it was idle for long
        answer = lane.ask("GET", "/v1/lane").json
    return answer["rung_entry"], answer["rung_exit"], answer["cause"]


def order(country, what, note, wanted, keeper):
    """Handed to this keeper only, from a laptop that reaches no other; how long until every post's lane says so."""
    lanes, posts, laptop = country.lanes(), len(country.posts), Place.all["laptop"]
    others = [Place.all[name].address for name in KEEPERS if name != keeper]
    for other in others:
        do("ip", "-n", "laptop", "route", "add", "unreachable", other)
    before = time.monotonic()
    code, out, err = run_at(laptop, "order", "give", country.nodes[country.posts[0]].folder, note, "--keepers", "1")
    there = wait_until(lambda: all(rung(lane) == wanted for lane in lanes.values()), 40)
    took = time.monotonic() - before
    for other in others:
        do("ip", "-n", "laptop", "route", "delete", "unreachable", other)
    for lane in lanes.values():
        lane.close()
    check(f"{what}: an order handed to {keeper} is in force at {posts} posts", code == 0 and keeper in out and there, (out, err))
    return took


def centre_cut_off(country):
    """The centre runs, and nobody can reach it; then it is killed. What is signed offline goes round all the same."""
    nodes = country.nodes
    Place.all["centre"].pull()
    down = signed(country.folder, ["duty-1", "duty-2"], "withdraw", "--to", "local", "--cause", "technical", "--all")
    took = order(country, "the centre's line is down", down, ("local", "local", "technical"), "keeper-d")
    print(f"        {took:.2f} s, {len(country.posts)} posts (2 s wanted on a quiet machine)")
    nodes["centre"].kill()
    name = base.run("order", "name", down)[1].strip()
    back = signed(country.folder, ["duty-1", "duty-2"], "restore", "--all", "--ends", name)
    took = order(country, "the centre is dead", back, ("normal", "normal", "none"), "keeper-b")
    print(f"        {took:.2f} s, {len(country.posts)} posts (2 s wanted on a quiet machine)")
    Place.all["centre"].plug()
    country.start("centre")


def centre_withholds(country):
    """The centre's lines are up, posts hear its heart and it answers who follows it; but what is handed to keeper-d never comes to it, and
    so from it to nobody. (A centre that would bring a note on and does not is the same to everybody else, whatever the reason.)"""
    centre, keeper, post = Place.all["centre"], Place.all["keeper-d"], country.nodes[country.posts[0]]
    notes, heart = "utopia.example/keeper-d", "utopia.example/centre"
    lines = lambda: country.nodes["centre"].lines()
    known = lambda node, origin: node.ledgers().get(origin, {}).get("size", 0)
    check("the centre is back on its lines", wait_until(lambda: lines() and set(lines().values()) == {"fine"}, 40), lines())
    centre.lose(keeper)
    keeper.lose(centre)
    check("its line to keeper-d is dead, the others are not",
          wait_until(lambda: {key for key, word in lines().items() if word != "fine"} == {key for key in lines() if key[1] == "keeper-d"}, 40), lines())
    before, beats = known(country.nodes["centre"], notes), known(post, heart)
    down = signed(country.folder, ["duty-1", "duty-2"], "withdraw", "--to", "local", "--cause", "technical", "--all")
    took = order(country, "the centre withholds", down, ("local", "local", "technical"), "keeper-d")
    print(f"        {took:.2f} s, {len(country.posts)} posts (2 s wanted on a quiet machine)")
    check("posts still hear the centre", wait_until(lambda: known(post, heart) > beats, 40), (known(post, heart), beats))
    check("who say that they have the note", wait_until(lambda: known(post, notes) > before, 40), (before, post.ledgers()))
    check("and it does not", known(country.nodes["centre"], notes) == before, (before, country.nodes["centre"].ledgers()))
    back = signed(country.folder, ["duty-1", "duty-2"], "restore", "--all", "--ends", base.run("order", "name", down)[1].strip())
    order(country, "the centre still withholds", back, ("normal", "normal", "none"), "keeper-d")
    centre.find(keeper)
    keeper.find(centre)
    check("with its line back it sees it, too", wait_until(lambda: known(country.nodes["centre"], notes) > before, 40), country.nodes["centre"].ledgers())


def after_a_cut(country, seconds):
    """What every post sends is lost without a word, for so long. An order right after must not wait for what lines do while nobody answers."""
    posts, keepers = [Place.all[post] for post in country.posts], [Place.all[keeper] for keeper in KEEPERS]
    down = signed(country.folder, ["duty-1", "duty-2"], "withdraw", "--to", "local", "--cause", "technical", "--all")
    back = signed(country.folder, ["duty-1", "duty-2"], "restore", "--all", "--ends", base.run("order", "name", down)[1].strip())
    for post in posts:
        for keeper in keepers:
            post.lose(keeper)
            keeper.lose(post)
    country.cross(next_number(200), 200)
    time.sleep(seconds)
    for post in posts:
        for keeper in keepers:
            keeper.find(post)
            post.find(keeper)
    took = order(country, f"right after {seconds:g} s without a line", down, ("local", "local", "technical"), "keeper-a")
    print(f"        {took:.2f} s, {len(country.posts)} posts (2 s wanted on a quiet machine)")
    took = order(country, "with the lines up", back, ("normal", "normal", "none"), "keeper-b")
    print(f"        {took:.2f} s")


def full_disk(country):
    """keeper-c's disk is full to the last byte; it is killed so, and comes up so."""
    folder = country.nodes["keeper-c"].folder
    filler = os.path.join(folder, "filler")
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    country.cross(next_number(200), 200)
    check("a keeper's disk is full: the three others get it", country.all_held(("keeper-a", "keeper-b", "keeper-d")))
    country.nodes["keeper-c"].kill()
    with contextlib.suppress(RuntimeError):
        country.start("keeper-c")
    os.remove(filler)
    if country.nodes["keeper-c"].process is None or country.nodes["keeper-c"].process.poll() is not None:
        country.start("keeper-c")
    check("with room again it catches up", country.all_held(("keeper-c",)), base.acknowledged(country.nodes[country.posts[0]]))


def kill_nine(country):
    """Two keepers, a post and its site keeper, in the middle of work."""
    nodes, post = country.nodes, country.posts[-1]
    victims = ("keeper-b", "keeper-d", post, f"{post}-site")
    size = nodes[post].size()
    for code in victims:
        nodes[code].kill()
    country.start(*(code for code in victims))
    check("after kill -9 a post has all it had acknowledged", wait_until(lambda: nodes[post].size() >= size, 40), (nodes[post].size(), size))
    country.cross(next_number(200), 200)
    check("and everything reaches every keeper", country.all_held())


def wipe(country):
    centre, folder = country.nodes["centre"], country.folder
    wait_until(lambda: centre.status().get("size", 0) > 0, 40)
    centre.kill()
    shutil.rmtree(centre.folder)
    country.cross(next_number(200), 200)
    shares = [part for i in (5, 1, 3) for part in ("--share", os.path.join(folder, "offline", "recovery", f"share-{i}"))]
    code, out, err = run_at(Place.all["centre"], "recover", centre.folder, "--spare", os.path.join(folder, "offline", "spares", "centre-2"), *shares)
    print("        " + "\n        ".join((out + err).strip().splitlines()))
    check("the centre is back from keepers over the network, with nothing missing", code == 0 and "nothing is missing" in out, (code, err))
    country.start("centre")
    check("and sees every crossing", wait_until(lambda: base.seen(centre, *((country.origin(post), country.nodes[post].size()) for post in country.posts)), 40),
          centre.cursors())


# ---- from outside ----

def follow(country):
    """follow.py, from the centre's place with its certificate: each post through each keeper."""
    check("every keeper has all of every post", country.all_held())
    for post in country.posts:
        done = subprocess.run([*Place.all["centre"].words(), sys.executable, os.path.join(HERE, "follow.py"), os.path.join(country.folder, "roster"),
                               country.nodes["centre"].folder, country.origin(post)], capture_output=True, text=True, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        size = country.nodes[post].size()
        check(f"from outside, {post} is proved whole through four keepers",
              done.returncode == 0 and len(lines) == 4 and all(line["cosigned"] and line["gone"] == 0 for line in lines) and
              max((line["size"] for line in lines), default=0) >= size - 3, done.stderr or (lines, size))


SHAPE = re.compile(rb"ZUV[A-J]{7}|T[0-9]{7}")  # of the names and numbers that post.passport makes


def found_in(path, words):
    """Which of the words lie in the bytes of this file, or of some file below this folder."""
    files = [path] if os.path.isfile(path) else [os.path.join(at, name) for at, _, names in os.walk(path) for name in names]
    found = set()
    for name in files:
        with open(name, "rb") as file:
            found.update(SHAPE.findall(file.read()))
    return {word for word in words if word.encode() in found}


def search(country):
    """Names and document numbers in the raw bytes of every node's folder. The centre's view holds them in the clear, as its tables must be
    searched: that proves that what is looked for can be found. Nothing else may."""
    names = [surname(number) for number in planted]
    words = names + [f"T{number:07d}" for number in planted]
    assert all(SHAPE.fullmatch(word.encode()) for word in words)
    view = found_in(country.nodes["centre"].folder, names)
    check(f"the centre's view names all {len(names)}", len(view) == len(names), len(view))
    for code, node in country.nodes.items():  # COUNTRY-2
        if code != "centre":
            found = found_in(node.folder, words)
            check(f"none of {len(words)} names and numbers in the folder of {code}", not found, (len(found), sorted(found)[:3]))
    outside = {word for code in country.nodes for word in found_in(country.nodes[code].folder + ".log", words)}
    # PRIVATE-1
    check("nor in what any node logged", not outside, sorted(outside)[:3])


def main():
    posts = int(sys.argv[sys.argv.index("--posts") + 1]) if "--posts" in sys.argv else 2
    names = int(sys.argv[sys.argv.index("--names") + 1]) if "--names" in sys.argv else 1000
    into_namespaces()
    be_home()
    root = tempfile.mkdtemp(prefix="postern-net-")
    country = Country(root, posts)
    check(f"{len(Place.all)} namespaces on a bridge, {len(country.nodes)} nodes in them", True)
    try:
        country.start(*country.nodes)
        check("all run", True)
        country.cross(next_number(names - 800), names - 800)
        one_way(country)
        centre_cut_off(country)
        centre_withholds(country)
        after_a_cut(country, float(sys.argv[sys.argv.index("--cut") + 1]) if "--cut" in sys.argv else 8)
        full_disk(country)
        kill_nine(country)
        wipe(country)
        follow(country)
        for code in list(country.nodes):
            check(f"{code} stops in order", country.nodes[code].down() == 0)
        search(country)
    finally:
        country.end("--keep" not in sys.argv)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
