"""tools/names_tables.py DATA_DIR OUT.c: compile the tables of data/names into const C.

Reads sounds, near, letters, contract, han, words, common and variants (what they mean stands in their first lines) and adds what
Unicode knows by itself: upper and lower case, decompositions, marks, which code points are letters. Says file and line of
whatever it cannot accept."""
import os
import sys
import unicodedata

folder, out = sys.argv[1], sys.argv[2]
SCRIPTS = ["LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "ARMENIAN", "GEORGIAN", "KANA", "HANGUL", "HAN", "OTHER"]
CLASSES = "-PTKSLMN"
SEPARATOR, MARK, APOSTROPHE, HANGUL, FIRST_LETTER = 0, 1, 2, 3, 8
EXPANSION, OPAQUE, HAN = 0x2000, 0x3000, 0x4000
RULE_LETTERS, RULE_SOUNDS, EXPANSION_MAX = 5, 4, 4


def fail(name, number, why):
    sys.exit(f"{name}:{number}: {why}")


def rows(name, columns):
    """The rows of one table: (line number, fields), comments left out."""
    path = os.path.join(folder, name)
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if line == "" or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != columns:
            fail(name, number, f"{len(fields)} columns instead of {columns}")
        yield number, fields


# ---- sounds and their costs
sounds = {}
for number, (symbol, group, vowel, cost, abjad, syllable, shown) in rows("sounds.tsv", 7):
    if symbol in sounds or group not in CLASSES:
        fail("sounds.tsv", number, "a symbol twice, or no such class")
    if max(int(abjad), int(syllable)) > int(cost) or int(cost) > 100:
        fail("sounds.tsv", number, "a sound costs at most 100, and never more for how the other part is written")
    sounds[symbol] = (len(sounds), CLASSES.index(group), vowel == "y", int(cost), int(abjad), int(syllable), shown)
by_hand = list(sounds)

# ---- what was learnt: a sound that the letters of one script are often written as another, or left out, is a symbol of its own there
WRITTEN = {"abjad": 4, "syllables": 5}  # the cost of a sound the other part has not, by how that one is written
learnt, learnt_near = {}, {}


def cheaper(symbol, columns, cost):
    sounds[symbol] = tuple(min(value, cost) if i in columns else value for i, value in enumerate(sounds[symbol]))


for number, (script, symbol, facing, _, _, cost) in rows("near-learnt.tsv", 6):
    if not 0 <= int(cost) <= 100 or any(s != "-" and s not in by_hand for s in (symbol, facing)):
        fail("near-learnt.tsv", number, "no such symbol, or no such cost")
    if script in WRITTEN and symbol == "-" and facing != "-":
        cheaper(facing, [WRITTEN[script]], int(cost))
        continue
    if script.upper() not in SCRIPTS or script in ("latin", "han", "other") or symbol == "-":
        fail("near-learnt.tsv", number, "no script with letters of its own, or no symbol")
    own = learnt.setdefault((SCRIPTS.index(script.upper()), symbol), f"{symbol} {script}")
    sounds.setdefault(own, (len(sounds),) + sounds[symbol][1:])
    if facing == "-":
        cheaper(own, [3, 4, 5], int(cost))
    else:
        learnt_near[own, facing] = int(cost)
base = {own: symbol for (_, symbol), own in learnt.items()}
names = list(sounds)
if len(names) > 127:
    sys.exit("sounds.tsv, near-learnt.tsv: more than 127 symbols")
near = [[0] * 128 for _ in range(128)]
for a in range(128):
    for b in range(128):
        if a == b:
            continue
        if a >= len(names) or b >= len(names):
            near[a][b] = 100
            continue
        x, y = sounds[names[a]], sounds[names[b]]
        if x[2] and y[2]:
            near[a][b] = 35
        elif x[1] == y[1] and x[1] != 0 and names[a][-1] not in "0123456789" and names[b][-1] not in "0123456789":
            near[a][b] = 60
        else:
            near[a][b] = 100
seen = set()
for number, (a, b, cost) in rows("near.tsv", 3):
    if a not in sounds or b not in sounds or a == b:
        fail("near.tsv", number, "no such symbol")
    if (b, a) in seen and near[sounds[a][0]][sounds[b][0]] != int(cost):
        fail("near.tsv", number, "the same pair with another cost above")
    seen.add((a, b))
    near[sounds[a][0]][sounds[b][0]] = near[sounds[b][0]][sounds[a][0]] = int(cost)
for x in names:
    for y in names:
        # a symbol of one script costs what its sound costs, or what was learnt, whichever is less
        a, b = base.get(x, x), base.get(y, y)
        near[sounds[x][0]][sounds[y][0]] = min(near[sounds[a][0]][sounds[b][0]], learnt_near.get((x, b), 100), learnt_near.get((y, a), 100))


def sound_list(name, number, text):
    if text == "-":
        return []
    for symbol in text.split():
        if symbol not in sounds:
            fail(name, number, f"no sound {symbol}")
    return [sounds[symbol][0] for symbol in text.split()]


# ---- letters
def script_of(letter):
    name = unicodedata.name(letter, "")
    for script in SCRIPTS:
        if name.startswith(script) or name.startswith("MODIFIER LETTER " + script):
            return SCRIPTS.index(script)
    if name.startswith(("HIRAGANA", "KATAKANA")):
        return SCRIPTS.index("KANA")
    return SCRIPTS.index("LATIN") if letter == "'" else SCRIPTS.index("OTHER")


letters = {"'": FIRST_LETTER}
rules = []
for number, (text, where, to) in rows("letters.tsv", 3):
    text = unicodedata.normalize("NFC", text)
    if len(text) > RULE_LETTERS or len(to.split()) > RULE_SOUNDS:
        fail("letters.tsv", number, "too many letters or sounds")
    for letter in text + where.lstrip(">^$"):
        letters.setdefault(letter, FIRST_LETTER + len(letters))
    if where and where[0] not in "^$>":
        fail("letters.tsv", number, "where is none of ^ $ >")
    script = script_of(text[0])
    if text[0] == "'" or script == SCRIPTS.index("LATIN"):
        rules.append((text, where, sound_list("letters.tsv", number, to)))
    else:
        rules.append((text, where, [sounds[learnt.get((script, by_hand[sound]), by_hand[sound])][0]
                                    for sound in sound_list("letters.tsv", number, to)]))
for digit in "0123456789":
    letters[digit] = FIRST_LETTER + len(letters)
    rules.append((digit, "", [sounds["N" + digit][0]]))
rules.append(("'", "", []))
by_letter = {letter: [] for letter in letters}
for text, where, to in rules:
    by_letter[text[0]].append((text, where, to))
for letter in by_letter:
    by_letter[letter].sort(key=lambda rule: (-len(rule[0]), rule[1] == "", rule[1]))
    if not any(len(rule[0]) == 1 and rule[1] == "" for rule in by_letter[letter]):
        sys.exit(f"letters.tsv: {letter!r} has no rule of its own")

# ---- every code point: a separator, a mark, a letter, several letters, Han, or a letter of a script we do not read
han, syllables = {}, {}
for number, (character, reading) in rows("han.tsv", 2):
    han[ord(character)] = syllables.setdefault(reading, len(syllables))
    if len(reading) > 7 or not reading.isascii():
        fail("han.tsv", number, "a reading is at most 7 ASCII letters")
APOSTROPHES = "'`´ʹʻʼʽʾʿˈ‘’‛′׳״＇"
IGNORED = {0x00AD, 0x0640, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}
expansions = {}


def fold_letters(text):
    """The letters a piece of text is read as, or None when one of them is not a letter we know."""
    read = []
    for character in text:
        if character in letters:
            read.append(character)
            continue
        base = unicodedata.normalize("NFKD", character)
        if base == character:
            return None
        inner = "".join(c for c in base if unicodedata.category(c)[0] != "M")
        more = fold_letters(inner.lower()) if inner else None
        if more is None:
            return None
        read += more
    return read


def cell(code):
    character = chr(code)
    if 0xAC00 <= code <= 0xD7A3:
        return HANGUL
    if code in han:
        return HAN + han[code]
    if character in APOSTROPHES:
        return APOSTROPHE
    category = unicodedata.category(character)
    if category[0] == "M" or code in IGNORED or (category == "Cf" and code not in (0x2028, 0x2029)):
        return MARK
    text = "".join(c for c in unicodedata.normalize("NFKC", character).lower() if c != "\u0307")
    text = "".join(chr(ord(c) + 0x60) if 0x3041 <= ord(c) <= 0x3096 else c for c in text)
    text = unicodedata.normalize("NFC", text)
    read = fold_letters(text)
    if category[0] not in "LN" and read != ["'"]:
        return SEPARATOR
    if read is not None and 1 <= len(read) <= EXPANSION_MAX:
        if len(read) == 1:
            return letters[read[0]]
        return EXPANSION + expansions.setdefault(tuple(read), len(expansions))
    return OPAQUE + code % 8 if category[0] in "LN" else SEPARATOR


pages, page_of = {}, []
for page in range(0x1100):
    if 0xD8 <= page <= 0xDF or page >= 0xE00 and page < 0x1100 or page > 0x323:
        content = tuple([0] * 256)
    else:
        content = tuple(cell(page * 256 + low) if unicodedata.category(chr(page * 256 + low)) != "Cs" else 0
                        for low in range(256))
    page_of.append(pages.setdefault(content, len(pages)))
composed = []
for letter in letters:
    parts = unicodedata.normalize("NFD", letter)
    if len(parts) == 2 and parts[0] in letters:
        composed.append((letters[parts[0]], ord(parts[1]), letters[letter]))
composed.sort()

# ---- contractions: two sounds become one; a doubled sound is single
NONE = 255
contract = [[NONE] * 128 for _ in range(128)]
for a, symbol in enumerate(names):
    if symbol[-1] not in "0123456789":
        contract[a][a] = a
for number, (before, to) in rows("contract.tsv", 2):
    before = sound_list("contract.tsv", number, before)
    to = sound_list("contract.tsv", number, to)
    if len(before) != 2 or len(to) != 1:
        fail("contract.tsv", number, "two sounds become one")
    contract[before[0]][before[1]] = to[0]
for x in names:
    for y in names:
        if (x in base or y in base) and x != y:
            contract[sounds[x][0]][sounds[y][0]] = contract[sounds[base.get(x, x)][0]][sounds[base.get(y, y)][0]]


# ---- words
LIGHT_MOST = 40  # names/index_find.c counts on it
KINDS = {"plain": "PTN_NAME_FULL", "particle": "PTN_NAME_PARTICLE", "title": "PTN_NAME_TITLE", "legal": "PTN_NAME_LEGAL"}
WORD_AS_LETTERS = 16
spellings, words = {}, {}


def word_letters(name, number, text):
    """The letters of a word as the reader sees them: apostrophes are silent outside Hebrew, a Han character is its reading."""
    text = "".join(c for c in unicodedata.normalize("NFC", text.lower()) if c not in APOSTROPHES)
    read = []
    for character in text:
        code = ord(character)
        if code in han:
            read += list(readings[han[code]])
        elif 0xAC00 <= code <= 0xD7A3:
            read += list(unicodedata.normalize("NFD", character))
        else:
            more = fold_letters(character)
            if more is None:
                fail(name, number, f"{character!r} is not a letter that is read")
            read += more
    return [letters[x] for x in read]


def word_hash(read):
    value = 0xCBF29CE484222325
    for letter in read:
        for byte in (letter & 255, letter >> 8):
            value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def word(name, number, text):
    return words.setdefault(word_hash(word_letters(name, number, text)), {"kind": "plain", "weight": 0, "variant": 0, "as": 0})


readings = list(syllables)
for number, (text, kind, weight, as_word) in rows("words.tsv", 4):
    if kind not in KINDS:
        fail("words.tsv", number, "no such kind")
    entry = word("words.tsv", number, text)
    if kind in ("particle", "title", "legal") and not 0 < int(weight) <= LIGHT_MOST:
        fail("words.tsv", number, "light words weigh 1 to %d" % LIGHT_MOST)
    entry["kind"], entry["weight"] = kind, int(weight)
    if as_word:
        read = tuple(word_letters("words.tsv", number, as_word))
        if len(read) >= WORD_AS_LETTERS:
            fail("words.tsv", number, "too long to be read as")
        entry["as"] = 1 + spellings.setdefault(read, len(spellings))
for number, (text, weight) in rows("common.tsv", 2):
    entry = word("common.tsv", number, text)
    entry["weight"] = entry["weight"] or int(weight)
group = 0
for number, (text,) in rows("variants.tsv", 1):
    group += 1
    for form in text.split():
        if any(ord(c) in han for c in form):
            continue
        entry = word("variants.tsv", number, form)
        if entry["kind"] == "plain":
            entry["variant"] = entry["variant"] or group


# ---- which sounds a part can have by how it is written: what its letters give, and what those become
MODES = {"ARABIC": 1, "HEBREW": 1, "KANA": 2, "HANGUL": 2, "HAN": 2}
written = [0] * 128
for text, where, to in rules:
    # letters of one script stand in words of another (marks of origin, reading of Han): Latin letters count everywhere
    modes = {MODES.get(SCRIPTS[script_of(text[0])], 0)} if text[0] != "'" else {0}
    if SCRIPTS[script_of(text[0])] in ("LATIN", "OTHER") or text[0].isdigit():
        modes = {0, 1, 2}
    for sound in to:
        for mode in modes:
            written[sound] |= 1 << mode
for sound in range(128):
    if sound < len(names) and (names[sound][-1] in "0123456789" or written[sound] == 0):
        written[sound] = 7
for _ in range(4):
    for a in range(128):
        for b in range(128):
            if contract[a][b] != NONE:
                written[contract[a][b]] |= written[a] & written[b]


def array(values, per_line=24):
    lines = []
    for start in range(0, len(values), per_line):
        lines.append("    " + ", ".join(str(v) for v in values[start:start + per_line]) + ",")
    return "\n".join(lines)


pad = 128 - len(names)
with open(out, "w", encoding="utf-8") as c:
    c.write("/* Made by tools/names_tables.py from data/names. Do not edit. */\n#include \"names/tables_int.h\"\n\n")
    c.write(f"const uint16_t ptn_names_page[0x1100] = {{\n{array(page_of)}\n}};\n")
    flat = [value for content in pages for value in content]
    c.write(f"const uint16_t ptn_names_cell[{len(flat)}] = {{\n{array(flat)}\n}};\n")
    rule_text, starts = [], []
    order = sorted(letters, key=letters.get)
    for letter in order:
        starts.append(len(rule_text))
        for text, where, to in by_letter[letter]:
            following = [letters[x] for x in text[1:]] + [0] * (RULE_LETTERS - len(text))
            before = [letters[x] for x in where[1:]] if where.startswith(">") else []
            if len(before) > 7:
                sys.exit(f"letters.tsv: {text}: more than seven letters after >")
            before += [0] * (8 - len(before))
            kind = {"": "PTN_WHERE_ANY", "^": "PTN_WHERE_FIRST", "$": "PTN_WHERE_LAST", ">": "PTN_WHERE_BEFORE"}[where[:1]]
            rule_text.append("    { { %s }, { %s }, { %s }, %d, %d, %s }," % (
                ", ".join(map(str, following)), ", ".join(map(str, before)),
                ", ".join(map(str, to + [0] * (RULE_SOUNDS - len(to)))), len(text), len(to), kind))
    starts.append(len(rule_text))
    c.write(f"const struct ptn_letter_rule ptn_letter_rules[{len(rule_text)}] = {{\n" + "\n".join(rule_text) + "\n};\n")
    c.write(f"const uint16_t ptn_letter_first_rule[{len(starts)}] = {{\n{array(starts)}\n}};\n")
    c.write(f"const uint8_t ptn_letter_script[{len(order)}] = {{\n{array([script_of(x) for x in order])}\n}};\n")
    c.write(f"const unsigned ptn_letter_count = {len(order)};\n")
    flat = [value for read in expansions for value in [letters[x] for x in read] + [0] * (EXPANSION_MAX - len(read))]
    c.write(f"const uint16_t ptn_letter_expansions[{max(1, len(flat))}] = {{\n{array(flat or [0])}\n}};\n")
    c.write("const struct ptn_letter_composed ptn_letter_composed[] = {\n"
            + "\n".join("    { %d, 0x%x, %d }," % row for row in composed) + "\n};\n")
    c.write(f"const unsigned ptn_letter_composed_count = {len(composed)};\n")
    c.write(f"const char ptn_han_reading[{max(1, len(syllables))}][8] = {{\n"
            + "\n".join(f'    "{reading}",' for reading in syllables or ['""']) + "\n};\n")
    c.write(f"const unsigned ptn_sound_count = {len(names)};\n")
    c.write(f"const uint8_t ptn_sound_written[128] = {{\n{array([written[i] for i in range(len(names))] + [7] * pad)}\n}};\n")
    for label, column in (("class", 1), ("vowel", 2)):
        values = [int(sounds[n][column]) for n in names] + [0] * pad
        c.write(f"const uint8_t ptn_sound_{label}[128] = {{\n{array(values)}\n}};\n")
    c.write("const uint8_t ptn_sound_cost[3][128] = {\n")
    for column in (3, 4, 5):
        c.write("    {\n" + array([sounds[n][column] for n in names] + [100] * pad) + "\n    },\n")
    c.write("};\n")
    c.write("const char ptn_sound_shown[128][4] = {\n" + array([f'"{sounds[n][6]}"' for n in names] + ['"?"'] * pad, 16)
            + "\n};\n")
    c.write("const uint8_t ptn_sound_near[128][128] = {\n"
            + "\n".join("    {\n" + array(row, 32) + "\n    }," for row in near) + "\n};\n")
    c.write("const uint8_t ptn_sound_contract[128][128] = {\n"
            + "\n".join("    {\n" + array(row, 32) + "\n    }," for row in contract) + "\n};\n")
    hangul = [letters[chr(0x1100)], letters[chr(0x1161)], letters[chr(0x11A8)]]
    c.write(f"const uint16_t ptn_letter_hangul[3] = {{ {', '.join(map(str, hangul))} }};\n")
    c.write(f"const uint16_t ptn_letter_ascii_a = {letters['a']};\n")
    c.write(f"const uint16_t ptn_letter_digit_0 = {letters['0']};\n")
    c.write(f"const uint8_t ptn_sound_opaque = {sounds['O0'][0]};\n")
    c.write("const struct ptn_word ptn_words[] = {\n" + "\n".join(
        "    { 0x%016xu, %s, %d, %d, %d }," % (value, KINDS[entry["kind"]], entry["weight"], entry["variant"], entry["as"])
        for value, entry in sorted(words.items())) + "\n};\n")
    c.write(f"const unsigned ptn_word_count = {len(words)};\n")
    c.write("const uint16_t ptn_word_as[][PTN_WORD_AS_LETTERS] = {\n" + "\n".join(
        "    { %s }," % ", ".join(map(str, list(read) + [0] * (WORD_AS_LETTERS - len(read)))) for read in spellings) + "\n};\n")
