"""measure.py BUILD SHARED PEERS OUT.json: Postern and its peers on the same pairs, lists and questions; see run.

Quality: each program scores every labelled pair; best F1 over all thresholds for each kind of pair, as accept/names.py has it, the mean, the
mean at one threshold common to all kinds, and a bootstrap interval of the difference to Postern on the curated pairs (the same rows drawn).
Speed: at most 50 answers a question, processor time of what answers (the machine has other work), the same questions in the same order."""
import csv
import gzip
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from names_quality import best, by_kind, f1_at, read_pairs, recall_at

BUILD, SHARED, PEERS, OUT = sys.argv[1:5]
BIG = int(os.environ.get("POSTERN_NAMES_BIG", "1000000"))
PARTS = os.environ.get("POSTERN_NAMES_PARTS", "quality speed growth").split()
TOP = 50

def say(text):
    print(text, flush=True)


# ---- pairs ----

def summary(scores, kinds):
    found = {title: best(*by_kind(scores, places)) for title, places in kinds.items()}
    sets = {title: by_kind(scores, places) for title, places in kinds.items()}
    steps = sorted({round(s, 2) for s in scores})
    common = max(((sum(f1_at(p, n, t) for p, n in sets.values()) / len(sets), t) for t in steps), default=(0.0, 0.0))
    return {"best": {t: f for t, (f, _) in found.items()}, "at": {t: a for t, (_, a) in found.items()}, "mean": sum(f for f, _ in found.values()) / len(found),
            "common": common[0], "common_at": common[1], "recall_1000": {t: recall_at(p, n, 0.001) for t, (p, n) in sets.items()}}


def bootstrap(ours, theirs, places, rounds=1000):
    """95 % interval of best F1 (ours), and of ours less theirs, over rows drawn anew."""
    draw = random.Random(20221109)
    alone, apart = [], []
    for _ in range(rounds):
        p = [draw.choice(places[0]) for _ in places[0]]
        n = [draw.choice(places[1]) for _ in places[1]]
        mine = best([ours[i] for i in p], [ours[i] for i in n])[0]
        alone.append(mine)
        apart.append(mine - best([theirs[i] for i in p], [theirs[i] for i in n])[0])
    alone.sort()
    apart.sort()
    low, high = int(0.025 * rounds), int(0.975 * rounds)
    return {"ours": [alone[low], alone[high]], "difference": [apart[low], apart[rounds // 2], apart[high]]}


def postern_pairs(rows):
    lines = "".join(f"{r[0]}\t{r[1]}\n" for r in rows)
    done = subprocess.run([f"{BUILD}/src/main/postern", "names", "compare"], input=lines.encode(), stdout=subprocess.PIPE, check=False)
    return [json.loads(line).get("score", 0.0) for line in done.stdout.splitlines()]


def watchman_pairs(rows):
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.writelines(f"{r[0]}\t{r[1]}\n" for r in rows)
        file.flush()
        done = subprocess.run([f"{PEERS}/watchman-peer", "pairs", file.name], stdout=subprocess.PIPE, check=True)
    return [float(line) for line in done.stdout.split()]


def logic_v2():
    """A function from two names to logic-v2's score."""
    from followthemoney import model
    from nomenklatura.matching import get_algorithm
    algorithm = get_algorithm("logic-v2")
    config = algorithm.default_config()

    def entity(name, number, schema):
        # it keeps what it knows of an entity by its id, so no two may share one
        return model.get_proxy({"id": f"{number} {name}", "schema": schema, "properties": {"name": [name]}})

    def score(a, b):
        return algorithm.compare(a, b, config).score

    return entity, score


def schema_of(row):
    word = row[3].split(":")
    return "Company" if "Company" in word else "Person"


def logic_v2_pairs(rows):
    entity, score = logic_v2()
    return [score(entity(r[0], "a", schema_of(r)), entity(r[1], "b", schema_of(r))) for r in rows]


def latin():
    """ICU's way from any script to plain Latin letters, or None."""
    try:
        import icu
    except ImportError:
        return None
    return icu.Transliterator.createInstance("Any-Latin; Latin-ASCII; Lower()").transliterate


def quality(report):
    rows, kinds = read_pairs(f"{SHARED}/data/names/pairs.tsv")
    say(f"{len(rows)} pairs of {len(kinds)} kinds")
    scored = {"Postern": postern_pairs(rows)}
    try:
        from rapidfuzz import fuzz, utils
        from rapidfuzz.distance import JaroWinkler
        texts = [(utils.default_process(r[0]), utils.default_process(r[1])) for r in rows]
        scored["RapidFuzz token_sort_ratio"] = [fuzz.token_sort_ratio(a, b) / 100 for a, b in texts]
        scored["RapidFuzz WRatio"] = [fuzz.WRatio(a, b) / 100 for a, b in texts]
        scored["RapidFuzz Jaro-Winkler"] = [JaroWinkler.similarity(a, b) for a, b in texts]
        turn = latin()
        if turn is not None:
            texts = [(utils.default_process(turn(r[0])), utils.default_process(turn(r[1]))) for r in rows]
            scored["RapidFuzz token_sort_ratio after ICU Any-Latin"] = [fuzz.token_sort_ratio(a, b) / 100 for a, b in texts]
    except ImportError as why:
        say(f"RapidFuzz: left out, {why}")
    try:
        scored["nomenklatura logic-v2"] = logic_v2_pairs(rows)
    except ImportError as why:
        say(f"nomenklatura: left out, {why}")
    if os.path.exists(f"{PEERS}/watchman-peer"):
        scored["Watchman"] = watchman_pairs(rows)
    server = Postgres.start()
    if server is not None:
        scored["pg_trgm similarity"] = server.pairs(rows)
        server.stop()
    curated = kinds["bench (curated)"]
    for name, scores in scored.items():
        report["quality"][name] = summary(scores, kinds)
        report["quality"][name]["bootstrap"] = bootstrap(scored["Postern"], scores, curated)
        entry = report["quality"][name]
        say(f"{name:48} mean {entry['mean']:.3f}  common {entry['common']:.3f} at {entry['common_at']:.2f}  " + "  ".join(f"{f:.3f}" for f in entry["best"].values()))
        low, middle, high = entry["bootstrap"]["difference"]
        say(f"{'':48} Postern less this, curated: {middle:+.3f} [{low:+.3f}, {high:+.3f}]")
    report["pairs"] = {title: [len(p), len(n)] for title, (p, n) in kinds.items()}


# ---- lists and questions ----

def mutate(draw, name, changes):
    """A name as hands and ears have it: letters swapped, lost, doubled or replaced, a word left out."""
    letters = list(name)
    for _ in range(changes):
        if len(letters) < 4:
            break
        i = draw.randrange(len(letters) - 1)
        kind = draw.randrange(5)
        if kind == 0:
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
        elif kind == 1:
            del letters[i]
        elif kind == 2:
            letters.insert(i, letters[i])
        elif kind == 3:
            letters[i] = draw.choice("aeiouybdfghjklmnprstvz")
        elif " " in letters and draw.randrange(3) == 0:
            letters = list("".join(letters).split(" ", 1)[1])
    return "".join(letters)


def questions_of(names, travellers, count):
    """Questions of four kinds in turn: (kind, text, the line of the name it was made from or -1)."""
    draw = random.Random(20261128)
    asked = []
    for i in range(count):
        kind = ("list name", "1 change", "3 changes", "traveller")[i % 4]
        if kind == "traveller":
            asked.append((kind, draw.choice(travellers), -1))
            continue
        line = draw.randrange(len(names))
        asked.append((kind, mutate(draw, names[line], {"list name": 0, "1 change": 1, "3 changes": 3}[kind]), line))
    return asked


def files(folder, names, asked):
    with open(f"{folder}/names.txt", "w", encoding="utf-8") as file:
        file.writelines(n + "\n" for n in names)
    with open(f"{folder}/questions.tsv", "w", encoding="utf-8") as file:
        file.writelines(f"{text}\t{line if line >= 0 else ''}\n" for _, text, line in asked)
    return f"{folder}/names.txt", f"{folder}/questions.tsv"


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def figures(answers, asked):
    """answers: (nanoseconds, count, place) a question."""
    times = [a[0] / 1e6 for a in answers]
    made = [a[2] > 0 for a, q in zip(answers, asked) if q[2] >= 0]
    return {"questions": len(times), "ms": times, "p50": percentile(times, 0.5), "p99": percentile(times, 0.99), "found": sum(made) / max(1, len(made))}


def parse(lines):
    return [tuple(int(word) for word in line.split()) for line in lines]


def ask_postern(folder, names, asked):
    done = subprocess.run([f"{BUILD}/bench/bench_asked", *files(folder, names, asked)], stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode().splitlines()
    _, seconds, size = lines[0].split()
    result = figures(parse(lines[1:]), asked)
    result["built_s"], result["bytes_a_name"] = float(seconds), int(size) / len(names)
    return result


def ask_watchman(folder, names, asked, cutoff):
    done = subprocess.run([f"{PEERS}/watchman-peer", "screen", *files(folder, names, asked), str(cutoff)], stdout=subprocess.PIPE, check=True)
    return figures(parse(done.stdout.decode().splitlines()), asked)


def ask_rapidfuzz(names, asked, cutoff):
    """A scan with token_sort_ratio, the names' words sorted beforehand so that the plain ratio is the same number."""
    from rapidfuzz import fuzz, process, utils

    def ready(text):
        return " ".join(sorted(utils.default_process(text).split()))

    choices = [ready(n) for n in names]
    answers = []
    for _, text, line in asked:
        start = time.process_time_ns()
        found = process.extract(ready(text), choices, scorer=fuzz.ratio, processor=None, limit=TOP, score_cutoff=cutoff)
        spent = time.process_time_ns() - start
        answers.append((spent, len(found), next((i + 1 for i, f in enumerate(found) if f[2] == line), 0)))
    return figures(answers, asked)


def ask_logic_v2(names, asked, cutoff):
    """A scan, for it has no index of its own for one question; its way to find candidates is a search cluster."""
    entity, score = logic_v2()
    listed = [entity(n, str(i), "Person") for i, n in enumerate(names)]
    answers = []
    for _, text, line in asked:
        start = time.process_time_ns()
        question = entity(text, "q", "Person")
        scores = sorted(((s, -i) for i, s in enumerate(score(question, e) for e in listed) if s >= cutoff), reverse=True)[:TOP]
        spent = time.process_time_ns() - start
        answers.append((spent, len(scores), next((i + 1 for i, s in enumerate(scores) if -s[1] == line), 0)))
    return figures(answers, asked)


class Postgres:
    """A server of its own in a folder of its own, by a socket."""

    def __init__(self, folder, process, connection):
        self.folder, self.process, self.connection = folder, process, connection
        self.backend = connection.info.backend_pid

    @staticmethod
    def start():
        binaries = f"{PEERS}/pg/usr/lib/postgresql/15/bin"
        if not os.path.exists(f"{binaries}/postgres"):
            say("PostgreSQL: left out, it is not installed")
            return None
        try:
            import psycopg
        except ImportError as why:
            say(f"PostgreSQL: left out, {why}")
            return None
        folder = tempfile.mkdtemp(prefix="postern-pg.")
        whom = []
        if os.getuid() == 0:  # it refuses to run as root
            subprocess.run(["chown", "nobody", folder], check=True)
            whom = ["setpriv", "--reuid=nobody", "--clear-groups", "--regid=nogroup"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*whom, f"{binaries}/initdb", "-D", f"{folder}/data", "-U", "postern", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"], check=True, cwd="/", **quiet)
        options = {"listen_addresses": "", "unix_socket_directories": folder, "shared_buffers": "2GB", "work_mem": "256MB", "maintenance_work_mem": "1GB",
                   "fsync": "off", "jit": "off", "max_parallel_workers_per_gather": "0", "random_page_cost": "1.1", "effective_cache_size": "8GB"}
        process = subprocess.Popen([*whom, f"{binaries}/postgres", "-D", f"{folder}/data", *[w for k, v in options.items() for w in ("-c", f"{k}={v}")]], cwd="/", **quiet)
        for _ in range(600):
            try:
                connection = psycopg.connect(host=folder, user="postern", dbname="postgres", autocommit=True)
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        connection.execute("create extension pg_trgm")
        return Postgres(folder, process, connection)

    def stop(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()
        subprocess.run(["rm", "-rf", self.folder], check=True)

    def pairs(self, rows):
        self.connection.execute("create table pairs (id int, a text, b text)")
        with self.connection.cursor().copy("copy pairs from stdin") as copy:
            for i, row in enumerate(rows):
                copy.write_row((i, row[0], row[1]))
        return [row[0] for row in self.connection.execute("select similarity(a, b)::float8 from pairs order by id")]

    def load(self, names):
        self.connection.execute("drop table if exists names")
        self.connection.execute("create table names (id int, name text)")
        with self.connection.cursor().copy("copy names from stdin") as copy:
            for i, name in enumerate(names):
                copy.write_row((i, name))

    def index(self, how):
        self.connection.execute("drop index if exists named")
        self.connection.execute(f"create index named on names using {how}")
        self.connection.execute("vacuum analyze names")
        self.connection.execute("create extension if not exists pg_prewarm")
        self.connection.execute("select pg_prewarm('named'), pg_prewarm('names')")

    def spent(self):
        """Nanoseconds of processor that the server's process of this connection has had."""
        with open(f"/proc/{self.backend}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0])

    def ask(self, query, asked, threshold):
        self.connection.execute(f"set pg_trgm.similarity_threshold = {threshold}")
        self.connection.execute("set enable_seqscan = off")
        self.connection.prepare_threshold = 0
        answers = []
        for _, text, line in asked:
            start = self.spent()
            found = [row[0] for row in self.connection.execute(query, {"text": text, "top": TOP})]
            time.sleep(0.0005)  # so that the server's process has gone to sleep and its time is counted
            answers.append((self.spent() - start, len(found), found.index(line) + 1 if line in found else 0))
        return figures(answers, asked)


GIN = "select id from names where name %% %(text)s order by similarity(name, %(text)s) desc, id limit %(top)s"
GIST = "select id from names where name %% %(text)s order by name <-> %(text)s limit %(top)s"


def tuned(report, name, otherwise):
    """The threshold that a program's own best F1 of real aliases in one script lies at: what it is best screened with."""
    return report["quality"].get(name, {}).get("at", {}).get("OFAC strong aliases, persons", otherwise)


def measure_list(report, title, names, travellers, wanted, peers):
    """wanted: how many questions for each program; the first of one list of questions."""
    asked = questions_of(names, travellers, max(wanted.values()))
    entry = report["speed"].setdefault(title, {"names": len(names)})

    def note(name, result):
        result["ratio_p50"] = result["p50"] / percentile(entry["Postern"]["ms"][:result["questions"]], 0.5)
        result["ratio_p99"] = result["p99"] / percentile(entry["Postern"]["ms"][:result["questions"]], 0.99)
        entry[name] = result
        say(f"{title:12} {name:36} {result['questions']:5} questions  p50 {result['p50']:10.3f} ms  p99 {result['p99']:10.3f} ms  "
            f"{result['ratio_p50']:8.1f} x  found {100 * result['found']:.1f} %")
        save(report)

    with tempfile.TemporaryDirectory() as folder:
        entry["Postern"] = ask_postern(folder, names, asked)
        note("Postern", entry["Postern"])
        if "watchman" in peers and os.path.exists(f"{PEERS}/watchman-peer"):
            note("Watchman", ask_watchman(folder, names, asked[:wanted["watchman"]], tuned(report, "Watchman", 0.6)))
    if "rapidfuzz" in peers:
        try:
            cutoff = 100 * tuned(report, "RapidFuzz token_sort_ratio", 0.75)
            note("RapidFuzz scan (token_sort_ratio)", ask_rapidfuzz(names, asked[:wanted["rapidfuzz"]], cutoff))
        except ImportError:
            pass
    if "logic-v2" in peers:
        try:
            note("nomenklatura logic-v2, scan", ask_logic_v2(names, asked[:wanted["logic-v2"]], tuned(report, "nomenklatura logic-v2", 0.7)))
        except ImportError:
            pass
    if "pg" in peers:
        server = Postgres.start()
        if server is not None:
            threshold = tuned(report, "pg_trgm similarity", 0.5)
            server.load(names)
            server.index("gin (name gin_trgm_ops)")
            note("pg_trgm GIN", server.ask(GIN, asked[:wanted["pg"]], threshold))
            for length in ("64", "256"):
                server.index(f"gist (name gist_trgm_ops (siglen = {length}))")
                note(f"pg_trgm GiST, siglen {length}", server.ask(GIST, asked[:wanted["pg"]], threshold))
            server.stop()


def real_names():
    with gzip.open(f"{SHARED}/data/names/watch_names.tsv.gz", "rt", encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t")[4] for line in file][1:]


def grown(count, folder):
    path = f"{folder}/real.tsv"
    with gzip.open(f"{SHARED}/data/names/watch_names.tsv.gz", "rb") as packed, open(path, "wb") as plain:
        plain.write(packed.read())
    done = subprocess.run([f"{BUILD}/bench/grow_names", str(count), path, "5", f"{SHARED}/data/names/travellers_global.csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    return done.stdout.decode(errors="replace").splitlines()[1:], done.stderr.decode().strip()


def versions(report):
    from importlib.metadata import PackageNotFoundError, version
    for name in ("rapidfuzz", "nomenklatura", "rigour", "PyICU"):
        try:
            report["versions"][name] = version(name)
        except PackageNotFoundError:
            pass
    report["versions"]["python"] = sys.version.split()[0]
    if os.path.exists(f"{PEERS}/watchman-peer"):
        report["versions"]["watchman"] = open(f"{PEERS}/watchman.version", encoding="ascii").read().strip()[:10]
    binary = f"{PEERS}/pg/usr/lib/postgresql/15/bin/postgres"
    if os.path.exists(binary):
        report["versions"]["postgresql"] = re.search(r"[\d.]+", subprocess.run([binary, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode())[0]
    report["versions"]["postern"] = subprocess.run(["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        report["versions"]["processor"] = re.search(r"model name\s*: (.*)", file.read())[1]
    report["versions"]["date"] = time.strftime("%Y-%m-%d")


def save(report):
    report["processor_s"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime + time.process_time()
    with open(OUT, "w", encoding="utf-8") as file:
        json.dump(report, file)


def main():
    report = {"versions": {}, "quality": {}, "speed": {}, "growth": {}}
    if os.path.exists(OUT) and len(PARTS) < 3:  # some parts again, the others stay
        with open(OUT, encoding="utf-8") as file:
            report.update(json.load(file))
    versions(report)
    say(json.dumps(report["versions"]))
    if "quality" in PARTS:
        quality(report)
        save(report)
    with open(f"{SHARED}/data/names/travellers_global.csv", encoding="utf-8", newline="") as file:
        travellers = [row["full_name"] for row in csv.DictReader(file)]
    wanted = {"postern": 4000, "watchman": 400, "rapidfuzz": 400, "logic-v2": 4, "pg": 400}
    if "speed" in PARTS:
        measure_list(report, "58 thousand", real_names(), travellers, wanted, {"watchman", "rapidfuzz", "logic-v2", "pg"})
    if "growth" in PARTS:
        for count in (10000, 100000, 1000000, 10000000):
            if count > BIG:
                continue
            with tempfile.TemporaryDirectory() as folder:
                names, made = grown(count, folder)
            say(made)
            report["growth"][str(count)] = made
            fewer = {"postern": 2000, "rapidfuzz": max(20, min(200, 20000000 // count)), "pg": 200, "watchman": 100}
            peers = {"rapidfuzz", "pg", "watchman"} if count <= 100000 else {"rapidfuzz", "pg"} if count <= 1000000 else set()
            measure_list(report, f"{count} grown", names, travellers, fewer, peers)
            save(report)


main()
