#!/usr/bin/env bash
# watchman.sh SOURCE PEERS: builds what screens in moov-io/watchman, out of a checkout of it, with peer.go of this folder as its program.
# Its score (pkg/search), its index of candidates (internal/index) and its best fifty (internal/largest) are taken as they are; list readers,
# server and embeddings, which need modules that cannot be had here, are left out.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
source=$1
made=$2/watchman-build
rm -rf "$made"
mkdir -p "$made"
cd "$source"
for folder in pkg/search pkg/address pkg/usaddress internal/norm internal/prepare internal/stringscore internal/tfidf internal/largest; do
    mkdir -p "$made/$folder"
    cp "$folder"/*.go "$made/$folder/"
done
mkdir -p "$made/internal/index" "$made/cmd/peer"
cp internal/index/corpus.go "$made/internal/index/"
cp version.go go.sum "$made/"
{
    printf 'module github.com/moov-io/watchman\n\ngo %s\n\nrequire (\n' "$(sed -n 's/^go //p' go.mod)"
    grep -E 'whatlanggo|adamdecaf/merge|bbalet/stopwords|dongri/phonenumber|moov-io/base |moov-io/iso3166|gountries|smetrics|golang.org/x/text|/otel v|/otel/trace ' go.mod | sed 's,// indirect,,'
    printf ')\n'
} >"$made/go.mod"
git log -1 --format=%h >"$2/watchman.version" 2>/dev/null || cp COMMIT "$2/watchman.version"
cd "$made"
find . -name '*_test.go' -delete
rm -f pkg/search/client.go pkg/search/mock_client.go pkg/address/address_libpostal.go
cp "$here/watchman_index.go.txt" internal/index/peer.go
cp "$here/watchman.go.txt" cmd/peer/main.go
GOTOOLCHAIN=local GOFLAGS=-mod=mod go build -o "$2/watchman-peer" ./cmd/peer
