#!/usr/bin/env bash
# packaging/demonstration.sh ROOT PROGRAM: the demonstration country on this machine, in the foreground until Ctrl-C.
# ./run calls it. Everything it makes lies in ROOT/demo; remove that folder to begin anew.
set -euo pipefail
root=$1 program=$2
. "$root/packaging/setup.sh"
demo=${POSTERN_DEMO:-$root/demo}
shown=${demo#"$PWD"/}
lists=${POSTERN_SHARED:-$root/../shared}/data/lists
posts=(airport seaport land)
helpers=(keeper-a keeper-b keeper-c keeper-d airport-site seaport-site land-site gateway)

# A folder of a former shape, or one whose making was cut short, is put aside: what was recorded there stays readable.
put_aside() {
    local to=$demo.former n=1
    while [ -e "$to" ]; do n=$((n + 1)) to=$demo.former-$n; done
    mv "$demo" "$to"
    say "$shown was made by another version or not finished; it is now ${to#"$PWD"/}, and a new country is made"
}
if [ -d "$demo" ] && [ ! -f "$demo/roster" ] && [ -n "$(find "$demo" -mindepth 2 -name node.conf -print -quit)" ]; then put_aside; fi
if [ -d "$demo/offline" ] && [ ! -f "$demo/roster" ]; then put_aside; fi
if [ -f "$demo/roster" ] && ! grep -q "^gateway " "$demo/roster"; then put_aside; fi
mkdir -p "$demo"

# The lists: our own invented alerts, and the real OFAC and UN lists where they are. A list that cannot be read is left
# out and said; a snapshot made with these lists before is used again.
compile_lists() {
    local wanted=(--list "Alerts=postern:$demo/alerts.ndjson") newest
    newest=$(find "$lists" -maxdepth 2 -path '*ofac-[0-9]*' -name sdn.csv 2>/dev/null | sort | tail -n 1 || true)
    [ -z "$newest" ] || wanted+=(--list "OFAC=ofac-csv:$newest")
    newest=$(find "$lists" -maxdepth 1 -name 'un-*.xml' 2>/dev/null | sort | tail -n 1 || true)
    [ -z "$newest" ] || wanted+=(--list "UN=un-xml:$newest")
    if [ ! -f "$demo/lists.snap" ] || [ "$(cat "$demo/lists.from" 2>/dev/null)" != "${wanted[*]}" ] || [ "$program" -nt "$demo/lists.snap" ]; then
        say "compiling the lists ($((${#wanted[@]} / 2)))"
        sed "1s/\"made\":\"[^\"]*\"/\"made\":\"$(date -u +%FT%TZ)\"/" "$root/data/samples/lists/demo-alerts.ndjson" >"$demo/alerts.ndjson" # entered today
        "$program" watch compile --officer demonstration --second run -o "$demo/lists.snap" "${wanted[@]}" >&2
        printf '%s' "${wanted[*]}" >"$demo/lists.from"
    fi
}

# What the centre gives to every post by itself: lists of stolen documents and vehicles, invented as everything here.
publish_list() {
    [ ! -f "$demo/published.snap" ] || return 0
    "$program" watch compile -o "$demo/published.snap" --list "Stolen=stolen-csv:$root/data/samples/lists/stolen.csv" --list "Vehicles=vehicle-csv:$root/data/samples/lists/vehicles.csv" >/dev/null 2>&1 &&
        "$program" list publish "$demo/centre" --officer analyst "$demo/published.snap" >/dev/null 2>&1 || say "the lists of stolen documents and vehicles were not published"
}

# Seven ports in a row that nobody listens on.
free_ports() {
    local base port
    for base in 8701 9701 18701 28701 38701; do
        for port in $(seq "$base" $((base + 6))); do
            ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue 2
        done
        echo "$base"
        return
    done
    echo 48701
}

# The staff of a post; passwords are the same on every post of a demonstration.
add_staff() {
    printf 'officer demo-officer\nrelief demo-relief\nsecond demo-second\nsupervisor demo-supervisor\n' |
        "$program" node "$demo/$1" --officer 'officer=A. Hoxha' --officer 'relief=B. Dervishi' --second 'second=S. Gjoka' --supervisor 'supervisor=M. Leka' \
            --discreet supervisor --albanian relief --passwords >/dev/null
}

# The staff list of a post or the centre: signed by the personnel officer, whose key a demonstration has at hand. Each start signs the next
# version for seven days more; the node takes it from its own folder.
sign_staff() {
    local code=$1 people=$demo/offline/$1.people list=$demo/offline/$1.staff number
    [ -f "$people" ] || "$program" staff new "$people" --from "$demo/$code/staff"
    number=$(sed -n 's/^version //p' "$list" 2>/dev/null || true)
    printf 'demonstration\n' | "$program" staff sign "$people" --roster "$demo/roster" --post "utopia.example/$code" --version "$((${number:-0} + 1))" \
        --key "$demo/offline/keys/personnel-1.key" --passphrase-fd 0 --yes --out "$list.next" 2>/dev/null || return 0
    mkdir -p "$demo/$code/orders"
    "$program" staff put "$demo/$code" "$list.next" --here && mv "$list.next" "$list"
}

# Who asks at the centre: they see what posts recorded, and every look is recorded too. Their list is signed like a post's; one that came
# back begins anew.
staff_centre() {
    if [ ! -f "$demo/centre/staff.list" ] && ! grep -qs supervisor "$demo/centre/staff"; then
        printf 'analyst demo-analyst\nsupervisor demo-supervisor\n' |
            "$program" node "$demo/centre" --officer 'analyst=D. Prifti' --supervisor 'supervisor=L. Dako' --passwords >/dev/null
    fi
    sign_staff centre
}

make_country() {
    say "making a country: keys, nodes, a roster"
    "$program" init "$demo" --demonstration --site-keepers --gateway --keeper-port "$(free_ports)" --watch "$demo/lists.snap" \
        --post "airport:airport:Tirana airport" --post "seaport:seaport:Port of Durrës" --post "land:land:Kapshticë" >/dev/null
    for code in "${posts[@]}"; do add_staff "$code"; done
}

# Lists, rules and the first staff are files that whoever runs a post puts there.
furnish() {
    mkdir -p "$demo/$1/lists" "$demo/$1/rules"
    cp "$demo/lists.snap" "$demo/$1/lists/new.snap" && mv "$demo/$1/lists/new.snap" "$demo/$1/lists/current.snap"
    cp "$root/data/rules/demo.rules" "$demo/$1/rules/post.rules"
    cp "$root/data/samples/chip/authorities.pem" "$demo/$1/rules/authorities.pem"
    [ -f "$demo/$1/staff" ] || [ -f "$demo/$1/staff.list" ] || add_staff "$1"
}

declare -A pids
start() {
    [ "$1" != centre ] || staff_centre # with people who may ask it has a page
    : >"$demo/$1.out"
    "$program" up "$demo/$1" >"$demo/$1.out" 2>>"$demo/$1.log" &
    pids[$1]=$!
    disown "$!" # else the shell reports each one that is killed
    echo "$!" >"$demo/$1.pid"
}
alive() { [ -n "${pids[$1]:-}" ] && kill -0 "${pids[$1]}" 2>/dev/null; }
stop() {
    trap - EXIT INT TERM
    kill "${pids[@]}" 2>/dev/null || true
    for _ in $(seq 100); do
        kill -0 "${pids[@]}" 2>/dev/null || break
        sleep 0.1
    done
    rm -f "$demo"/*.pid
    say "stopped; what was recorded is in $shown"
}
# Each node prints where it is when it is ready.
await() {
    for _ in $(seq 200); do
        [ ! -s "$demo/$1.out" ] || return 0
        alive "$1" || break
        sleep 0.05
    done
    say "$1 did not start:"
    tail -n 5 "$demo/$1.log" >&2
    exit 4
}
address() { grep -o 'http://[^ ]*' "$demo/$1.out" | head -n 1; }

compile_lists
[ -f "$demo/roster" ] || make_country
for code in "${posts[@]}"; do
    [ ! -f "$demo/$code/node.conf" ] || furnish "$code"
    [ ! -f "$demo/$code/node.conf" ] || sign_staff "$code"
done

back="./run recover $shown/centre --spare $shown/offline/spares/centre-2 --share $shown/offline/recovery/share-1 --share $shown/offline/recovery/share-3 --share $shown/offline/recovery/share-4"
trap stop EXIT
trap 'exit 0' INT TERM
for code in "${posts[@]}"; do
    [ -f "$demo/$code/node.conf" ] || { say "the folder of the $code post is gone: ./run recover $shown/$code --spare $shown/offline/spares/$code-2"; exit 4; }
done
for code in "${helpers[@]}" "${posts[@]}"; do start "$code"; done
if [ -f "$demo/centre/node.conf" ]; then
    start centre
fi
for code in "${helpers[@]}" "${posts[@]}"; do await "$code"; done
[ ! -f "$demo/centre/node.conf" ] || { await centre && publish_list; }
airport=$(address airport)

cat <<END

A demonstration country: three posts, a keeper beside each, four keepers, a centre, a gateway. Everyone who crosses here is invented.

  Tirana airport   $(address airport)
  Port of Durrës   $(address seaport)
  Kapshticë        $(address land)
  Centre           $(address centre)

  sign in as       at a post officer / demo-officer, relief / demo-relief (Albanian), second / demo-second (the second line), supervisor / demo-supervisor;
                   at the centre analyst / demo-analyst, supervisor / demo-supervisor

Three things to try:
  1. Open $airport, sign in, and press F5: a specimen passport, and the advice in a blink. Enter records it.
     Then F8: someone on a list under another spelling. Read why; 1 sends them to the second line, $airport/second-line, where second finds the case.
     Whoever crossed is found at the centre, $(address centre): say why you look, type a name.
  2. Take the centre away: kill -9 \$(cat $shown/centre.pid); sleep 1; rm -rf $shown/centre
     The lanes go on. Bring it back, with a proof that nothing is missing:
     $back
  3. The whole attack, in about a minute, beside this country: ./run drill --fast

Carriers' lists: put one into $shown/gateway/inbox; the answer is in $shown/gateway/outbox (docs/guide-carrier.md).

How all of it stands: ./run status $shown/centre, ./run status $shown/airport, ./run doctor $shown/airport

END
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    ports=""
    for code in "${posts[@]}" centre; do [ -z "$(address "$code")" ] || ports="$ports -L $(address "$code" | sed 's/.*:\([0-9]*\).*/\1:localhost:\1/')"; done
    printf 'No display here. From the machine with your browser:\n  ssh%s %s@%s\n\n' "$ports" "$(id -un)" "$(hostname)"
fi
printf 'Ctrl-C stops it.\n'

# Watch: a post that ends ends the demonstration; anybody else may be taken away and brought back.
declare -A missed
while true; do
    for code in "${posts[@]}"; do
        alive "$code" || { say "the $code post has ended:"; tail -n 3 "$demo/$code.log" >&2; exit 4; }
    done
    for code in "${helpers[@]}" centre; do
        if alive "$code"; then
            if [ -n "${missed[$code]:-}" ]; then
                await "$code"
                say "$code is back: $(cat "$demo/$code.out")"
                touch "$demo/$code.spare-used"
            fi
            missed[$code]=""
        elif [ -z "${missed[$code]:-}" ]; then
            missed[$code]=yes
            if [ "$code" = centre ] && [ -f "$demo/centre.spare-used" ]; then
                say "the centre is gone again, and its one spare is used; the posts go on. rm -rf $shown begins anew"
            elif [ "$code" = centre ]; then
                say "the centre is gone; the posts go on. To bring it back: $back"
            else
                say "$code is gone; the others go on. It is started again when its folder is there"
            fi
        elif [ -f "$demo/$code/node.conf" ]; then
            start "$code"
        fi
    done
    sleep 1 &
    wait $!
done
