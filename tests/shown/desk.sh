#!/bin/sh
# What is said of a desk, shown: desks over SQLite and PostgreSQL, three witnesses and a Tor network
# on loopback are started; 1,000 statements are delivered by four clients, one of them through an onion
# service, while the desks are killed 30 times. Every promised one is in the log at the
# closing; the fetched mirror verifies with that count; a forked log is refused with both signed
# checkpoints printed. Usage: tests/shown/desk.sh [--short] [BUILD]; ends with 0 if all of it held.
set -eu
UNDERSIGN_FULL=1
if [ "${1:-}" = --short ]; then
	UNDERSIGN_FULL=0
	shift
fi
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
export UNDERSIGN_FULL UNDERSIGN="$build/undersign"
export DEMO_MEMBERS="$build/examples/demo/demo-members" DESK_SIGNERS="$build/tests/desk/desk-signers"
exec python3 "$here/desk/shown.py"
