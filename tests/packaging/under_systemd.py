#!/usr/bin/env python3
"""A desk as doc/operations.md installs it, under a real systemd: a Debian is made and booted in a
container, the units take deliveries, seal, are killed, answer questions, and stand there again after the
machine was started anew. As root; needs mmdebstrap, systemd-nspawn and a mirror of Debian's packages.
Usage: under_systemd.py BUILD FOLDER, with UNDERSIGN and DEMO_MEMBERS; FOLDER keeps the Debian."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "desk"))
from world import World  # noqa: E402

BUILD, FOLDER = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
DEBIAN = FOLDER / "debian"
LIBRARIES = ("libsodium23 libarchive13 libjansson4 libcurl3-gnutls libmicrohttpd12 libssh-4 libssl3 librnp0 "
             "libseccomp2 libsqlite3-0 libpq5").split()
EPOCH_SECONDS = 10

# What runs in the container, as root, at each start of it. Ends at the first thing that is not so.
CHECK = r"""
set -eux
exec >/srv/world/said.$1 2>&1
PATH=/usr/sbin:/usr/bin:/sbin:/bin
bundle=/srv/world/bundle desk=http://127.0.0.1:8070
# await COMMAND...: it holds within two minutes
await() { for i in $(seq 240); do "$@" && return; sleep 0.5; done; echo "never: $*"; exit 1; }
fetched() { undersign fetch $desk/letters/$1 $bundle; }
counted() { fetched "$1" && undersign verify --json $bundle | grep -q "\"total\":$2,"; }
# A unit is started before it is fenced in, so this is waited for: without privileges, as a user that exists only now.
fenced() {
	systemctl -q is-active $1 && pid=$(systemctl show -P MainPID $1) &&
		grep -qx 'Seccomp:	2' /proc/$pid/status && grep -qx 'NoNewPrivs:	1' /proc/$pid/status &&
		grep -qx 'CapEff:	0000000000000000' /proc/$pid/status &&
		[ "$(stat -c %u /proc/$pid)" -ge 61184 ] && [ "$(stat -c %u /proc/$pid)" -le 65519 ]
}
if [ "$1" = 1 ]; then
	systemctl daemon-reload
	systemctl enable --now undersign-accept.socket undersign-accept-web.socket undersign-seal undersign-accept
	systemctl enable --now onion.socket
fi
for unit in undersign-seal undersign-accept; do
	await fenced $unit
done
# The acceptor sees no interface but its own loopback.
[ "$(nsenter -n -t "$(systemctl show -P MainPID undersign-accept)" cat /proc/net/dev | tail -n +3 | grep -cv ' lo:')" = 0 ]
await fetched "$2"
if [ "$1" = 1 ]; then
	for member in 0 1 2 3 4; do
		undersign sign $bundle --credential /srv/world/members/$member.credential --yes -o /srv/world/note.$member
		undersign deliver --to $desk /srv/world/note.$member
		# It is started again, whatever it was doing.
		kill -9 "$(systemctl show -P MainPID undersign-accept)"
		[ $member = 2 ] && kill -9 "$(systemctl show -P MainPID undersign-seal)"
		await systemctl -q is-active undersign-accept
	done
fi
await counted "$2" 5
undersign verify --policy /srv/world/policy --letter "$2" $bundle
for verb in status fsck; do
	systemctl start undersign-desk@$verb
	[ "$(systemctl show -P Result undersign-desk@$verb)" = success ]
done
systemctl start undersign-repair || true
journalctl --no-pager -o cat -u 'undersign-*'
# Nothing of a delivery is in the journal.
! journalctl --no-pager -o cat | grep -E '127\.0\.0\.1:[0-9]+.*undersign|note\.[0-4]'
echo "boot $1: everything held"
"""


def run(*command, **options):
    subprocess.run(list(map(str, command)), check=True, **options)


def make_debian():
    if (DEBIAN / "usr/bin/systemctl").exists():
        return
    shutil.rmtree(DEBIAN, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(['systemd', *LIBRARIES])}",
        "bookworm", DEBIAN)


def install(world):
    """The steps of doc/operations.md, "Installing"."""
    etc = DEBIAN / "etc/undersign"
    for old in (etc, DEBIAN / "var/lib/private", DEBIAN / "var/lib/undersign", DEBIAN / "var/log/journal"):
        shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink(missing_ok=True)
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", f"--destdir={FOLDER / 'installed'}")
    programs = next((FOLDER / "installed").glob("**/share/undersigned"))
    # --prefix=/usr
    shutil.copy(world.undersign, DEBIAN / "usr/bin/undersign")
    shutil.rmtree(DEBIAN / "usr/share/undersigned", ignore_errors=True)
    shutil.copytree(programs, DEBIAN / "usr/share/undersigned")
    conf = (ROOT / "examples/desk/desk.conf").read_text()
    (etc / "letters").mkdir(parents=True)
    for key in ("log.key", "promise.key"):
        shutil.copy(world.folder / key, etc / key)
        (etc / key).chmod(0o600)
    shutil.copy(world.folder / "hand/log.note", etc)
    shutil.copytree(world.letter_folders[0], etc / "letters/water")
    # No witnesses here; all else as it is shipped.
    (etc / "desk.conf").write_text(re.sub(r"(?m)^witness-.*\n", "", conf))
    system = DEBIAN / "etc/systemd/system"
    for unit in (ROOT / "packaging/systemd").iterdir():
        if re.match(r"undersign-(accept|seal|desk|repair)", unit.name):
            shutil.copy(unit, system)
    if "debian-tor" not in (DEBIAN / "etc/group").read_text():
        run("chroot", DEBIAN, "groupadd", "-r", "debian-tor")
    # In Tor's place: what connects to the onion service's socket.
    (system / "onion.socket").write_text(
        "[Socket]\nListenStream=127.0.0.1:8070\n[Install]\nWantedBy=sockets.target\n")
    (system / "onion.service").write_text(
        "[Service]\nExecStart=/lib/systemd/systemd-socket-proxyd /run/undersign-onion.sock\n")


def boot(world, number):
    unit = DEBIAN / "etc/systemd/system/check.service"
    unit.write_text(f"[Unit]\nSuccessAction=poweroff-force\nFailureAction=poweroff-force\n[Service]\nType=oneshot\n"
                    f"ExecStart=/bin/sh /srv/world/check.sh {number} {world.letter}\n")
    wants = DEBIAN / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    if not (wants / "check.service").is_symlink():
        (wants / "check.service").symlink_to("../check.service")
    run("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--directory", DEBIAN,
        f"--bind={world.folder}:/srv/world", "--console=pipe", "--boot", "systemd.unit=multi-user.target",
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=900)
    said = (world.folder / f"said.{number}").read_text()
    if f"boot {number}: everything held" not in said.split("\n"):
        sys.exit(said)
    print(f"boot {number}: everything held")


def main():
    if os.geteuid() != 0:
        sys.exit("under_systemd.py: it boots a container, which takes root")
    make_debian()
    with World(members=20, signers=5, epoch_seconds=EPOCH_SECONDS, closes=100000) as world:
        world.undersign = os.environ["UNDERSIGN"]
        (world.folder / "check.sh").write_text(CHECK)
        install(world)
        boot(world, 1)
        boot(world, 2)


main()
