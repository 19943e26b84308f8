#!/bin/sh
# The kit is the same, byte for byte, wherever it is built: the tree is copied to another folder, with
# other times, umask and locale, and built there. Usage: tests/shown/kit-twice.sh BUILD
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "${1:?usage: tests/shown/kit-twice.sh BUILD}")
folder=$(mktemp -d)
[ -n "${UNDERSIGN_KEEP:-}" ] || trap 'rm -rf "$folder"' EXIT
# What is in the tree, not what was committed: a longer path, with a space in it.
there="$folder/another folder/deep/down"
mkdir -p "$there"
git ls-files -z --cached --others --exclude-standard |
	grep -zE '^(meson|include/|src/|third/|web/|tools/|po/|doc/man/|examples/demo/)' |
	xargs -0 cp --parents -t "$there"
(
	cd "$there"
	umask 077
	TZ=Pacific/Auckland LC_ALL=C CCACHE_DISABLE=1
	export TZ LC_ALL CCACHE_DISABLE
	meson setup out -Dtests=false -Dbench=false >setup.log 2>&1 || { cat setup.log; exit 1; }
	ninja -C out web/kit.html web/recount.js web/undersign.wasm >ninja.log 2>&1 || { tail -n 30 ninja.log; exit 1; }
)
for file in kit.html recount.js undersign.wasm; do
	cmp "$build/web/$file" "$there/out/web/$file"
	sha256sum "$build/web/$file" | sed "s| .*| $file, twice|"
done
