#!/bin/sh
# The letter's page and the kit as people meet them: in Chromium, at both widths, light, dark and
# printed, without JavaScript, in Arabic, from a running desk and from a file; with text that wants to
# be more than text; axe-core finds nothing at WCAG 2.2 AA. The page counts again in the browser; a
# member's whole way, from enrolling to withdrawing, goes through the kit and the desk's forms. Usage: tests/shown/pages.sh BUILD DEMO [PICTURES | --speed]
# PICTURES: a folder that pictures of the pages are put into. --speed measures instead.
set -eu
cd "$(dirname "$0")/../.."
build=${1:?usage: tests/shown/pages.sh BUILD DEMO [PICTURES | --speed]}
demo=${2:?usage: tests/shown/pages.sh BUILD DEMO [PICTURES | --speed]}
browser=$build/browser
for program in chromium npm; do
	command -v $program >/dev/null || { echo "this needs Debian's $program" >&2; exit 2; }
done
mkdir -p "$browser"
if ! cmp -s tests/shown/browser/package-lock.json "$browser/package-lock.json"; then
	cp tests/shown/browser/package.json tests/shown/browser/package-lock.json "$browser/"
	npm ci --prefix "$browser" --ignore-scripts --no-audit --no-fund --silent ||
		{ rm "$browser/package-lock.json"; exit 1; }
fi
UNDERSIGN=$(realpath "$build/undersign")
DEMO_MEMBERS=$(realpath "$build/examples/demo/demo-members")
TEST_PAGE=$(realpath "$build/tests/page/test-page")
UNDERSIGN_WEB=$(realpath "$build/web")
NODE_PATH=$(realpath "$browser/node_modules")
export UNDERSIGN DEMO_MEMBERS TEST_PAGE UNDERSIGN_WEB NODE_PATH
[ "${3:-}" != --speed ] || exec python3 tests/shown/browser/speed.py "$build" "$demo"
python3 tests/shown/browser/recount.py
python3 tests/shown/browser/pages.py "$demo" ${3:+"$3"}
exec python3 tests/shown/browser/site.py "$demo"
