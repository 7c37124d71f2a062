# packaging/setup.sh -- sourced by ./run and ./check: installs Debian packages and builds. Sets nothing but functions.
# Everything it says goes to stderr, so that the program's own output stays clean.

say() { printf '%s\n' "postern: $*" >&2; }

# wanted FILE...: the packages named in these files, one a line; "PACKAGE COMMAND" where the command may come from elsewhere.
wanted() { sed -e 's/#.*//' -e '/^ *$/d' "$@"; }

# missing FILE...: those of them that are not installed.
missing() {
    local have
    have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
    wanted "$@" | while read -r name command; do
        grep -qx "$name" <<<"$have" || { [ -n "$command" ] && command -v "$command" >/dev/null; } || echo "$name"
    done
}

# as_root COMMAND...: run it as root; asks for sudo's password once, or says what to type and stops.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        sudo "$@"
    else
        say "these packages have to be installed first, as root:"
        printf '  apt-get install --no-install-recommends %s\n' "$(tr '\n' ' ' <<<"$packages")" >&2
        exit 4
    fi
}

# install FILE...: bring in what is missing, with progress; nothing to do costs nothing visible.
install() {
    local log
    packages=$(missing "$@")
    [ -n "$packages" ] || return 0
    command -v apt-get >/dev/null || { say "this is not Debian: install by hand: $(tr '\n' ' ' <<<"$packages")"; exit 4; }
    log=$(mktemp)
    say "installing $(wc -l <<<"$packages") packages: $(tr '\n' ' ' <<<"$packages")"
    # One call, so that sudo asks once. The dots are packages unpacked and set up.
    if ! as_root sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(tr '\n' ' ' <<<"$packages")" 2>&1 |
        tee "$log" | awk '/^(Unpacking|Setting up)/ { printf "." > "/dev/stderr"; fflush("/dev/stderr") } END { print "" > "/dev/stderr" }' ||
        [ -n "$(missing "$@")" ]; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        say "could not install: $(missing "$@" | tr '\n' ' '). Next: look at the lines above, then run the same command again."
        exit 4
    fi
    rm -f "$log"
}

# build DIR MESON-OPTION...: configure once, then build. Says what it does only when there is something to do.
build() {
    local dir=$1 log
    shift
    log=$dir.log
    mkdir -p "$(dirname "$dir")"
    if [ ! -f "$dir/build.ninja" ]; then
        say "configuring $(basename "$dir")"
        meson setup "$dir" "$root" "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; return 4; }
    fi
    if ! ninja -C "$dir" >"$log" 2>&1; then
        grep -E -A6 'error|warning|FAILED|ERROR' "$log" | head -n 60 >&2
        say "the build failed; all of it is in ${log#"$root"/}"
        return 4
    fi
}
