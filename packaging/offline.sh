#!/usr/bin/env bash
# packaging/offline.sh FOLDER: what a machine needs that no network reaches: Postern as a Debian package, every package it
# needs with theirs, their SHA-256 sums, and a script that installs all of it. Run it on a Debian 12 that has a network, take
# FOLDER on a stick, and on the machine: sh FOLDER/install.sh. docs/guide-install.md goes on from there.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$root"
. packaging/setup.sh
folder=${1:?"usage: packaging/offline.sh FOLDER"}
mkdir -p "$folder"
folder=$(readlink -f "$folder")
[ -z "$(ls -A "$folder")" ] || { say "$folder is not empty: name a new folder"; exit 4; }
program=build/run/src/main/postern

./run version >/dev/null
version=$("./$program" version | sed 's/^postern //')
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
staged=$work/tree
trap 'rm -rf "$work"' EXIT

# needed: the packages whose libraries the program names itself, each at least as new as the one it was built with.
needed() {
    local library path package
    readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r library; do
        path=$(readlink -f "$(ldd "$program" | awk -v name="$library" '$1 == name || $1 ~ "/" name "$" { print ($3 != "" ? $3 : $1) }')")
        # What /lib holds is listed by its name there or in /usr/lib.
        package=$( (dpkg-query -S "$path" 2>/dev/null || dpkg-query -S "${path#/usr}") | sed -n '1s/:.*//p')
        dpkg-query -W -f '${Package} (>= ${Version})\n' "$package:$architecture"
    done | sort -u
}

# stage: the package's files, where the units and pages expect them. (setup.sh's install brings in packages; this one copies.)
stage() {
    command install -D -m 0755 -s "$program" "$staged/usr/bin/postern"
    command install -D -m 0644 -t "$staged/usr/lib/systemd/system" packaging/systemd/*.service packaging/systemd/*.timer
    command install -D -m 0644 -t "$staged/usr/share/doc/postern" docs/*.md packaging/systemd/postern.sysusers packaging/alerts.yaml README.md SECURITY.md
    command install -D -m 0644 LICENSE "$staged/usr/share/doc/postern/copyright"
    mkdir -p "$staged/usr/share/man/man1"
    packaging/man.sh "./$program" | gzip -9n >"$staged/usr/share/man/man1/postern.1.gz"
    command install -D -m 0644 -t "$staged/usr/share/doc/postern/format" docs/format/*
    mkdir "$staged/DEBIAN"
    chmod 0755 "$staged"
    cat >"$staged/DEBIAN/control" <<CONTROL
Package: postern
Version: $version
Architecture: $architecture
Maintainer: Postern <postern@localhost>
Section: admin
Priority: optional
Depends: $(needed | paste -sd, | sed 's/,/, /g'), fonts-dejavu-core
Recommends: chrony
Description: border control that keeps screening while its centre is under attack
 Posts at crossing points, keepers of their ledgers, the national centre.
CONTROL
}

say "making the package"
stage
package=postern_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$staged" "$folder/$package" >/dev/null

# As on a machine on which nothing is installed: everything that is needed, down to libc. Only fetched, so no rights are needed.
say "fetching what it needs"
mkdir -p "$work/apt/partial"
apt-get -o Debug::NoLocking=1 -o Dir::State::status=/dev/null -o Dir::Cache::archives="$work/apt" -o APT::Sandbox::User=root \
    --no-install-recommends --download-only -y install "$folder/$package" >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    exit 4
}
mv "$work"/apt/*.deb "$folder/"

cat >"$folder/install.sh" <<'INSTALL'
#!/bin/sh
# Installs Postern and what it needs from this folder, with no network. As root. What is there in the same or a newer version stays.
set -eu
cd "$(dirname "$0")"
sha256sum --quiet -c SHA256SUMS || { echo "this folder is not as it was made: copy it again" >&2; exit 3; }
[ "$(id -u)" = 0 ] || { echo "run it as root: su -c 'sh $(pwd)/install.sh'" >&2; exit 4; }
dpkg --install --refuse-downgrade --skip-same-version ./*.deb
postern version
INSTALL
(cd "$folder" && sha256sum ./*.deb install.sh >SHA256SUMS)
say "$(ls "$folder"/*.deb | wc -l) packages in $folder"
printf '%s\n' "SHA-256 of the program:     $(sha256sum "$staged/usr/bin/postern" | cut -d' ' -f1)" \
    "SHA-256 of this folder's sums: $(sha256sum "$folder/SHA256SUMS" | cut -d' ' -f1)"
