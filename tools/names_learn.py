"""names_learn.py DATA_DIR TOKENS.tsv.gz > near-learnt.tsv: what the letters of other scripts are written as in Latin ones, and what is left out.

Reads names in two scripts (native, Latin, 1 for one name, source), lays the sounds of both beside each other at the least cost, counts what faces
what, and makes costs of the counts that a person can read and change: a line is written where something is seen often and costs clearly less than
in near.tsv and sounds.tsv. What is learnt are rules of a script, never names: only pairs whose native side falls into one half by hash are read, the
other half is for measuring (bench/names_tokens.py). tools/names_tables.py compiles the lines. The same input gives the same bytes.

  --seen SCRIPT  everything counted of one script, with what it costs now
  --runs SCRIPT  two sounds that are often one sound in Latin letters: what contract.tsv may say"""
import collections
import functools
import gzip
import hashlib
import math
import os
import sys
import unicodedata
import zlib

MODES = {"cyrillic": 0, "arabic": 1, "hebrew": 1, "hangul": 2, "kana": 2}  # written in an alphabet, an abjad, syllables
WRITTEN = {"abjad": 1, "syllables": 2}  # where it matters how the other part is written, not in which script
APOSTROPHES = "'`´ʹʻʼʽʾʿˈ‘’‛′׳״＇"
LEFT_OUT = "-"
SOUNDS_MOST = 20  # PTN_NAME_SYMBOLS_MAX
SYMBOLS_MOST = 127  # of sounds.tsv, and one more for each sound of a script that has lines here
ROUNDS = 3  # of laying beside each other by what the round before has counted
APART_MOST = 0.5  # of the whole: what is further apart are two names
PAIRS_MOST = 24000  # of a script, by hash: more change nothing that is seen
# a line: seen so often, this share of its sound, and so much less than now
SEEN_LEAST, SHARE_LEAST, LEFT_OUT_SHARE_LEAST, BETTER_LEAST = 40, 0.05, 0.10, 4
# another sound is never quite the same, and rare readings of foreign names (Hangul h for German ch) stop more strangers than they find
COST_LEAST, COST_MOST = 6, 15
PER_NAT = 8.0  # what being e times less likely costs: 5 to 16 were tried (docs/NAMES.md, "What is learnt")
HEADER = """# What the letters of other scripts are written as in Latin ones, where near.tsv and sounds.tsv did not say it or at a higher cost. Learnt by
# tools/names_learn.py from half of 392,706 names in two scripts (SOURCES.md: NAME-PAIRS), of which none is kept; what a person knows better goes
# into near.tsv. The cost, 1/100 of a consonant, is of reading one sound for another, both ways, or of leaving it out (-); the lower one wins. A
# sound with lines is a symbol of its own in its script. abjad, syllables: a Latin sound that parts so written have nothing for.
# {made_from}
# script\tsound\twritten as\tseen\tshare of the sound in %\tcost
"""


def made_from(folder):
    """What the learnt table depends on, besides the names: another table or another program makes another."""
    whole = hashlib.sha256()
    for path in [__file__, *(os.path.join(folder, name) for name in ("sounds.tsv", "near.tsv", "contract.tsv", "letters.tsv"))]:
        with open(path, "rb") as file:
            whole.update(hashlib.sha256(file.read()).digest())
    return f"made by the program and from the tables whose digest is {whole.hexdigest()[:32]}"


class Tables:
    """The hand-set tables as tools/names_tables.py reads them, as far as one word needs them."""

    def __init__(self, folder):
        self.folder = folder
        self.sounds = {r[0]: (r[1], r[2] == "y", [int(c) for c in r[3:6]]) for r in self.rows("sounds.tsv")}
        self.near = {}
        for a, b, cost in self.rows("near.tsv"):
            self.near[a, b] = self.near[b, a] = int(cost)
        self.contract = {tuple(two.split()): to for two, to in self.rows("contract.tsv")}
        self.rules = {"'": [("'", "", [])]}
        for digit in "0123456789":
            self.rules[digit] = [(digit, "", ["N" + digit])]
        for text, where, to in self.rows("letters.tsv"):
            text = unicodedata.normalize("NFC", text)
            self.rules.setdefault(text[0], []).append((text, where, [] if to == "-" else to.split()))
        for rules in self.rules.values():
            rules.sort(key=lambda rule: (-len(rule[0]), rule[1] == "", rule[1]))

    def rows(self, name):
        for line in open(os.path.join(self.folder, name), encoding="utf-8"):
            if line != "\n" and not line.startswith("#"):
                yield line.rstrip("\n").split("\t")

    def cost(self, a, b):
        """Of reading one sound for another."""
        if a == b or (a, b) in self.near:
            return self.near.get((a, b), 0)
        x, y = self.sounds[a], self.sounds[b]
        if x[1] and y[1]:
            return 35
        return 60 if x[0] == y[0] != "-" and a[-1] not in "0123456789" and b[-1] not in "0123456789" else 100

    def letters(self, text):
        """The letters of a word as the reader sees them, or None when one is not read."""
        read = []
        for character in unicodedata.normalize("NFC", text.lower()):
            if 0xAC00 <= ord(character) <= 0xD7A3:
                read += unicodedata.normalize("NFD", character)
                continue
            if 0x3041 <= ord(character) <= 0x3096:
                character = chr(ord(character) + 0x60)
            if character in APOSTROPHES:
                read.append("'")
            elif character in self.rules:
                read.append(character)
            elif unicodedata.category(character)[0] != "M" and character != "\u0640":
                base = [c for c in unicodedata.normalize("NFKD", character) if unicodedata.category(c)[0] != "M"]
                if not base or any(c not in self.rules for c in base):
                    return None
                read += base
        return "".join(read)

    def read(self, text):
        """The sounds of a word, or None."""
        letters = self.letters(text)
        if letters is None:
            return None
        if script_of(text) != "hebrew":
            letters = letters.replace("'", "")
        sounds, at = [], 0
        while at < len(letters):
            run, _, to = next(rule for rule in self.rules[letters[at]] if fits(rule, letters, at))
            for sound in to:
                while sounds and self.one(sounds[-1], sound) is not None:
                    sound = self.one(sounds.pop(), sound)
                sounds.append(sound)
            at += len(run)
        return tuple(sounds) if 0 < len(sounds) <= 20 else None

    def one(self, a, b):
        return a if a == b and a[-1] not in "0123456789" else self.contract.get((a, b))


def fits(rule, letters, at):
    run, where, _ = rule
    end = at + len(run)
    if not letters.startswith(run, at) or (where == "^" and at > 0) or (where == "$" and end < len(letters)):
        return False
    return where[:1] != ">" or (end < len(letters) and letters[end] in where[1:])


@functools.lru_cache(maxsize=None)
def script_of_letter(character):
    word = unicodedata.name(character, "").split(" ")[0].lower()
    if character in APOSTROPHES or unicodedata.category(character)[0] == "M":
        return None
    return "kana" if word in ("hiragana", "katakana", "katakana-hiragana") else word


def script_of(text):
    """The one script of a word, None when there are several."""
    found = {script_of_letter(character) for character in text} - {None}
    return found.pop() if len(found) == 1 else None


def is_learnt(native):
    return zlib.crc32(native.encode()) % 2 == 0


def read_tokens(path):
    """By script the pairs of single words that are to be learnt from, each once. Arabic words with an article are two parts and left alone."""
    words = {script: set() for script in MODES}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            native, latin, label, _ = line.rstrip("\n").split("\t")
            script = script_of(native) if label == "1" and is_learnt(native) and not any(c in native + latin for c in " -.·") else None
            if script in words and not native.startswith("\u0627\u0644"):
                words[script].add((native, latin))
    return {script: sorted(pairs, key=lambda p: (zlib.crc32("\t".join(p).encode()), p))[:PAIRS_MOST] for script, pairs in words.items()}


class Costs:
    def __init__(self, near, left_out, put_in):
        self.near, self.left_out, self.put_in = near, left_out, put_in

    def of(self, steps):
        return sum(self.near[a][b] if LEFT_OUT not in (a, b) else self.left_out[a] if b == LEFT_OUT else self.put_in[b] for a, b in steps)


def hand_set(tables, mode):
    names = list(tables.sounds)
    near = {a: {b: tables.cost(a, b) for b in names} for a in names}
    return Costs(near, {a: tables.sounds[a][2][0] for a in names}, {b: tables.sounds[b][2][mode] for b in names})


def counted(tables, counts):
    """Costs from counts: how unlikely each step is."""
    names = list(tables.sounds)
    total = sum(counts.values())

    def cost(step):
        return -math.log((counts[step] + 0.2) / total)

    near = {a: {b: cost((a, b)) for b in names} for a in names}
    return Costs(near, {a: cost((a, LEFT_OUT)) for a in names}, {b: cost((LEFT_OUT, b)) for b in names})


def beside(a, b, costs):
    """The steps of least cost from a to b: (sound, sound), (sound, -) or (-, sound), from the start."""
    row = [0.0]
    for y in b:
        row.append(row[-1] + costs.put_in[y])
    rows = [row]
    for x in a:
        near, gone, up, row = costs.near[x], costs.left_out[x], row, [row[0] + costs.left_out[x]]
        for j, y in enumerate(b):
            row.append(min(up[j] + near[y], up[j + 1] + gone, row[j] + costs.put_in[y]))
        rows.append(row)
    i, j, steps = len(a), len(b), []
    while i > 0 or j > 0:
        here = rows[i][j]
        if i > 0 and j > 0 and here == rows[i - 1][j - 1] + costs.near[a[i - 1]][b[j - 1]]:
            i, j = i - 1, j - 1
            steps.append((a[i], b[j]))
        elif i > 0 and here == rows[i - 1][j] + costs.left_out[a[i - 1]]:
            i -= 1
            steps.append((a[i], LEFT_OUT))
        else:
            j -= 1
            steps.append((LEFT_OUT, b[j]))
    return steps[::-1]


def lay(tables, script, words):
    """All pairs that are one name laid beside each other, and how often each step is taken."""
    read = [(tables.read(native), tables.read(latin)) for native, latin in words]
    pairs = [(a, b) for a, b in read if a is not None and b is not None]
    first = costs = hand_set(tables, MODES[script])
    for _ in range(ROUNDS + 1):
        laid = []
        for a, b in pairs:
            steps = beside(a, b, costs)
            whole = max(sum(first.left_out[x] for x in a), sum(first.put_in[y] for y in b))
            if first.of(steps) <= APART_MOST * whole:
                laid.append(steps)
        counts = collections.Counter(step for steps in laid for step in steps)
        costs = counted(tables, counts)
    return laid, counts


class Counts:
    """How often what faces what, and how much more often than by chance."""

    def __init__(self, steps):
        self.steps = steps
        self.native, self.latin = collections.Counter(), collections.Counter()
        for (a, b), seen in steps.items():
            self.native[a] += seen
            self.latin[b] += seen
        self.faced = sum(seen for step, seen in steps.items() if LEFT_OUT not in step)
        self.all = sum(steps.values())

    def lift(self, a, b):
        return math.log(self.steps[a, b] * self.faced / (self.native[a] * self.latin[b]))

    def most(self, steps):
        """The highest lift of steps seen often enough."""
        return max([0.0] + [self.lift(a, b) for a, b in steps if LEFT_OUT not in (a, b) and self.steps[a, b] >= SEEN_LEAST])


def left_out_cost(counts, most, seen, of):
    """Half of what facing its like is worth is lost, and how rare it is to be left out."""
    return max(COST_LEAST, round(PER_NAT * (most / 2 - math.log(seen / of))))


def native_lines(tables, counts):
    """By native sound its lines: (written as, seen, share, cost, cost now)."""
    better = {}
    for a in tables.sounds:
        steps = sorted(step for step in counts.steps if step[0] == a)
        most = counts.most(steps)
        for _, b in steps:
            seen, of = counts.steps[a, b], counts.native[a]
            if b == LEFT_OUT:
                now, cost, least = tables.sounds[a][2][0], left_out_cost(counts, most, seen, of), LEFT_OUT_SHARE_LEAST
            else:
                now, cost, least = tables.cost(a, b), max(COST_LEAST, round(PER_NAT * (most - counts.lift(a, b)))), SHARE_LEAST
            often = seen >= SEEN_LEAST and seen >= least * of and (b == LEFT_OUT or cost <= COST_MOST)
            if often and cost <= now - BETTER_LEAST:
                better.setdefault(a, []).append((b, seen, seen / of, cost, now))
    return better


def latin_lines(tables, counts, mode):
    """Latin sounds that parts written in this way often have nothing for."""
    lines = []
    for b in tables.sounds:
        seen, of, now = counts.steps[LEFT_OUT, b], counts.latin[b], tables.sounds[b][2][mode]
        if seen >= SEEN_LEAST and seen >= LEFT_OUT_SHARE_LEAST * of:
            cost = left_out_cost(counts, counts.most(step for step in counts.steps if step[1] == b), seen, of)
            if cost <= now - BETTER_LEAST:
                lines.append((b, seen, seen / of, cost, now))
    return lines


def learn(tables, steps):
    """All lines in the order of the file. There is room for so many symbols only: what brings most to its script goes first."""
    found = []
    for written, mode in WRITTEN.items():
        both = sum((steps[script] for script in MODES if MODES[script] == mode), collections.Counter())
        yield from ((written, LEFT_OUT) + line for line in latin_lines(tables, Counts(both), mode))
    for script in MODES:
        counts = Counts(steps[script])
        for sound, lines in native_lines(tables, counts).items():
            found.append((sum(seen * (now - cost) for _, seen, _, cost, now in lines) / counts.all, script, sound, lines))
    found.sort(key=lambda f: (-f[0], f[1], f[2]))
    room = found[:SYMBOLS_MOST - len(tables.sounds)]
    for script in MODES:
        for sound in tables.sounds:
            for _, _, _, lines in (f for f in room if f[1:3] == (script, sound)):
                yield from ((script, sound) + line for line in sorted(lines, key=lambda line: (-line[1], line[0])))


def print_seen(tables, steps, mode):
    counts = Counts(steps)
    for a in sorted(counts.native, key=lambda a: (-counts.native[a], a)):
        faced = sorted((-seen, b) for (x, b), seen in steps.items() if x == a and seen >= 0.005 * counts.native[a])
        cost = {b: tables.sounds[b][2][mode] if a == LEFT_OUT else tables.sounds[a][2][0] if b == LEFT_OUT else tables.cost(a, b) for _, b in faced}
        print(a, counts.native[a], " ".join(f"{b} {-100 * seen / counts.native[a]:.1f}% ({cost[b]})" for seen, b in faced), sep="\t")


def print_runs(laid):
    """Of two native sounds in a row how often they face one Latin sound, no matter which of them is said to be left out."""
    runs, single = collections.Counter(), collections.Counter()
    for steps in laid:
        steps = [step for step in steps if step[0] != LEFT_OUT]
        for (a, x), (b, y) in zip(steps, steps[1:]):
            runs[a, b] += 1
            if (x == LEFT_OUT) != (y == LEFT_OUT):
                single[a, b, x if y == LEFT_OUT else y] += 1
    for (a, b, to), seen in sorted(single.items(), key=lambda s: (-s[1], s[0])):
        if seen >= SEEN_LEAST and 2 * seen >= runs[a, b]:
            print(f"{a} {b}\t{to}\t{seen}\t{100 * seen / runs[a, b]:.1f}")


def main():
    folder, path = sys.argv[1:3]
    tables = Tables(folder)
    words = read_tokens(path)
    if sys.argv[3:4] in (["--seen"], ["--runs"]):
        laid, steps = lay(tables, sys.argv[4], words[sys.argv[4]])
        if sys.argv[3] == "--seen":
            print_seen(tables, steps, MODES[sys.argv[4]])
        else:
            print_runs(laid)
        return
    steps = {script: lay(tables, script, words[script])[1] for script in MODES}
    sys.stdout.write(HEADER.format(made_from=made_from(folder)))
    for script, sound, written, seen, share, cost, _ in learn(tables, steps):
        print(script, sound, written, seen, f"{100 * share:.1f}", cost, sep="\t")


if __name__ == "__main__":
    main()
