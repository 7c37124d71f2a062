"""tests/layers.py ROOT: check every #include in src/ against the house in src/meson.build (HOUSE-1).

A room may include its own headers, public headers of the rooms in its line, C's and POSIX's headers, and the headers of
the libraries in its line. Private headers end in _int.h and stay in their room. main/ may use every room. Below serve/
nothing starts a thread, opens a socket, or asks a clock but the world's (WORLD-1). The text of a failure is a literal, or
a pointer to const: never an array that something was written into (PRIVATE-1)."""
import os
import re
import sys

root = sys.argv[1]
HEADERS = {  # how a library's headers are named -> the library in the house's lines
    r"openssl/": "libcrypto", r"unicode/": "icu-uc", r"sodium": "libsodium", r"libgfshare": "libgfshare", r"expat\.h": "expat", r"jansson\.h": "jansson",
    r"sqlite3\.h": "sqlite3", r"microhttpd\.h": "libmicrohttpd", r"pthread\.h|threads\.h": "threads", r"curl/": "libcurl",
    r"zlib\.h": "zlib", r"libpq": "libpq", r"gnutls/": "gnutls", r"seccomp\.h": "libseccomp", r"winscard\.h|PCSC/": "libpcsclite", r"cairo|pango/": "pangocairo",
    r"qrencode\.h": "libqrencode", r"pcre2": "libpcre2-8", r"yara": "yara",
}
ONLY_MAIN = ["libseccomp", "libpcsclite"]
DOORS = {"record": 14, "node": 16}  # one for what belongs together; six for every other room (docs/design/0001)
NO_SOCKETS = re.compile(r"sys/socket\.h|netinet/|arpa/inet\.h|netdb\.h")
NOT_BELOW = re.compile(r"(?<![\w.>])(pthread_create|thrd_create|socket|clock_gettime|clock_nanosleep|gettimeofday|timespec_get|time|clock|nanosleep|usleep|sleep)\(")
THE_WORLD = "src/base/world.c"


def last_arguments(text, name):
    """The last argument of each call of that function, and where the call begins."""
    for call in re.finditer(rf"\b{name}\(", text):
        at, depth, start, quote = call.end(), 1, call.end(), None
        while depth > 0 and at < len(text):
            letter = text[at]
            if quote:
                at += letter == "\\"
                quote = None if letter == quote else quote
            elif letter in "\"'":
                quote = letter
            elif letter == "," and depth == 1:
                start = at + 1
            depth += 0 if quote else (letter in "([{") - (letter in ")]}")
            at += 1
        yield call.start(), text[start:at - 1].strip()


house = {}
for line in open(os.path.join(root, "src", "meson.build"), encoding="utf-8"):
    room = re.match(r"\s*'(\w+)':\s*\{'uses': \[(.*?)\], 'libs': \[(.*?)\]\}", line)
    if room:
        house[room[1]] = [re.findall(r"'([\w-]+)'", room[2]), re.findall(r"'([\w-]+)'", room[3])]
wrong, seen = [], 0
for room in sorted(os.listdir(os.path.join(root, "src"))):
    folder = os.path.join(root, "src", room)
    if not os.path.isdir(folder):
        continue
    if room != "main" and room not in house:
        wrong.append(f"src/{room}: no such room in the house")
        continue
    uses, libs = house.get(room, [list(house), [lib for _, libs in house.values() for lib in libs] + ONLY_MAIN])
    doors = [f for f in os.listdir(folder) if f.endswith(".h") and not f.endswith("_int.h")]
    if room != "main" and len(doors) > DOORS.get(room, 6):
        wrong.append(f"src/{room}: {len(doors)} public headers, at most {DOORS.get(room, 6)}")
    for file in sorted(os.listdir(folder)):
        if not file.endswith((".c", ".h")):
            continue
        seen += 1
        text = open(os.path.join(folder, file), encoding="utf-8").read()
        for at, argument in last_arguments(text, "ptn_fail"):
            root_name = re.match(r"(?:\([\w *]+\))*\*?([A-Za-z_]\w*)", argument)
            function = text[text.rfind("\n{", 0, at):at]  # what was declared before, in the same function
            if root_name and re.search(rf"(?<!const )\b(?:char|uint8_t) (?:\*|[^;=()]*, \*?)?{root_name[1]}\b", function):
                wrong.append(f"src/{room}/{file}:{text.count(chr(10), 0, at) + 1}: the text of a failure is no literal: {argument}")
        for number, line in enumerate(open(os.path.join(folder, file), encoding="utf-8"), 1):
            include = re.match(r'\s*#\s*include\s+(["<])(.+?)[">]', line)
            where = f"src/{room}/{file}:{number}"
            call = NOT_BELOW.search(re.sub(r'"(\\.|[^"\\])*"|/\*.*', "", line)) if room not in ("serve", "main") and not line.startswith((" *", "/*")) else None
            if call and not where.startswith(THE_WORLD):
                wrong.append(f"{where}: only the world has a clock, only serve/ threads and sockets: {call[1]}")
            if not include:
                continue
            name = include[2]
            if include[1] == '"':
                other = name.split("/")[0]
                if other != room and other not in uses:
                    wrong.append(f"{where}: {room} may not use {other}")
                elif other != room and name.endswith("_int.h"):
                    wrong.append(f"{where}: {name} is private to {other}")
                continue
            for pattern, library in HEADERS.items():
                if re.match(pattern, name) and library not in libs:
                    wrong.append(f"{where}: {room} may not use {library}")
            if NO_SOCKETS.match(name) and room not in ("serve", "main"):
                wrong.append(f"{where}: only serve/ opens sockets")
print("\n".join(wrong) or f"{seen} files in {len(house)} rooms keep to the house")
sys.exit(1 if wrong or seen == 0 else 0)
