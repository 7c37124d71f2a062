#!/usr/bin/env bash
# packaging/demonstration.sh ROOT PROGRAM: the demonstration country on this machine, in the foreground until Ctrl-C.
# ./run calls it. Everything it makes lies in ROOT/demo; remove that folder to begin anew.
set -euo pipefail
root=$1 program=$2
. "$root/packaging/setup.sh"
demo=${POSTERN_DEMO:-$root/demo}
lists=${POSTERN_SHARED:-$root/../shared}/data/lists
mkdir -p "$demo"

# The lists: our own invented alerts, and the real OFAC and UN lists where they are. A list that cannot be read is left
# out and said; a snapshot made with these lists before is used again.
compile_lists() {
    local wanted=(--list "Alerts=postern:$root/data/samples/lists/demo-alerts.ndjson") newest
    newest=$(find "$lists" -maxdepth 2 -path '*ofac-[0-9]*' -name sdn.csv 2>/dev/null | sort | tail -n 1)
    [ -z "$newest" ] || wanted+=(--list "OFAC=ofac-csv:$newest")
    newest=$(find "$lists" -maxdepth 1 -name 'un-*.xml' 2>/dev/null | sort | tail -n 1)
    [ -z "$newest" ] || wanted+=(--list "UN=un-xml:$newest")
    if [ ! -f "$demo/lists.snap" ] || [ "$(cat "$demo/lists.from" 2>/dev/null)" != "${wanted[*]}" ] || [ "$program" -nt "$demo/lists.snap" ]; then
        say "compiling $((${#wanted[@]} / 2)) lists"
        "$program" watch compile -o "$demo/lists.snap" "${wanted[@]}" >&2
        printf '%s' "${wanted[*]}" >"$demo/lists.from"
    fi
}

# make_post CODE KIND NAME: a node with its keys, staff and lists; passwords are the same on every post of a demonstration.
make_post() {
    [ ! -f "$demo/$1/node.conf" ] || { cp "$demo/lists.snap" "$demo/$1/lists/new.snap" && mv "$demo/$1/lists/new.snap" "$demo/$1/lists/current.snap"; return; }
    printf 'officer demo-officer\nsecond demo-second\nsupervisor demo-supervisor\n' |
        "$program" node "$demo/$1" --code "$1" --kind "$2" --name "$3" --watch "$demo/lists.snap" --demonstration \
            --officer 'officer=A. Hoxha' --officer 'second=B. Dervishi' --supervisor 'supervisor=M. Leka' \
            --discreet supervisor --albanian second --passwords >/dev/null
}

compile_lists
make_post airport airport "Tirana airport"
make_post seaport seaport "Port of Durrës"
make_post land land "Kapshticë"

# The posts' own rules are a file that whoever runs them puts there.
for code in airport seaport land; do cp "$root/data/rules/demo.rules" "$demo/$code/rules/post.rules"; done

# Start the posts; each prints its address when it listens.
children=()
stop() {
    trap - EXIT INT TERM
    [ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    say "stopped; what was recorded is in ${demo#"$PWD"/}"
}
trap stop EXIT
trap 'exit 0' INT TERM
for code in airport seaport land; do
    : >"$demo/$code.out"
    "$program" up "$demo/$code" >"$demo/$code.out" 2>"$demo/$code.log" &
    children+=($!)
done
for code in airport seaport land; do
    for _ in $(seq 100); do
        grep -q http "$demo/$code.out" && break
        sleep 0.1
    done
    grep -q http "$demo/$code.out" || { say "the $code post did not start:"; tail -n 5 "$demo/$code.log" >&2; exit 4; }
done
address() { grep -o 'http://[^ ]*' "$demo/$1.out" | head -n 1; }
airport=$(address airport)

cat <<END

Three posts of a demonstration country; everyone who crosses here is invented.

  Tirana airport   $(address airport)
  Port of Durrës   $(address seaport)
  Kapshticë        $(address land)

  sign in as       officer / demo-officer, second / demo-second (Albanian), supervisor / demo-supervisor

Three things to try:
  1. Open $airport, sign in, and press F5: a specimen passport, and the advice in a blink. Enter records it.
  2. Press F8: someone on a list under another spelling. Read why; send them to the second line with one key.
  3. In another terminal: ./run ledger verify ${demo#"$PWD"/}/airport   (every record, proven from its bytes, while the post works)

END
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    ports=""
    for code in airport seaport land; do ports="$ports -L $(address "$code" | sed 's/.*:\([0-9]*\).*/\1:localhost:\1/')"; done
    printf 'No display here. From the machine with your browser:\n  ssh%s %s@%s\n\n' "$ports" "$(id -un)" "$(hostname)"
fi
printf 'Ctrl-C stops it.\n'
wait -n "${children[@]}" || true
say "a post has ended:"
tail -qn 3 "$demo"/*.log >&2
exit 4
