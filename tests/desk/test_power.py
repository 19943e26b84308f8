"""A whole desk on a disk whose power is cut (R-2), while 8 clients deliver and epochs end: what was promised
before the cut is in the log at the closing, once, and nothing else is. Needs the right to mount. 2 cuts;
UNDERSIGN_FULL=1: 100.

    python3 test_power.py [power] [control]"""

import contextlib
import fcntl
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from load import FULL, Clients, World, end, faults_of, run, say, seeded, wait_closed

CUTS = 100 if FULL else 2
SIGNERS, TIMES = (100, 40) if FULL else (30, 6)
SHUTDOWN = 0x8004587D  # _IOR('X', 125, u32): ext4, and others
NO_LOG_FLUSH = 2


def call(*command):
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


class Disk:
    """An ext4 file system in a file."""

    def __init__(self, top, mebibytes=400):
        self.image, self.folder = pathlib.Path(top, "image"), pathlib.Path(top, "disk")
        self.folder.mkdir(exist_ok=True)
        with open(self.image, "wb") as file:
            file.truncate(mebibytes << 20)
        assert call("mkfs.ext4", "-q", self.image)
        self.mount()

    def mount(self):
        assert call("mount", "-o", "loop", self.image, self.folder)

    def unmount(self):
        # Processes that were killed may take a moment.
        assert any(call("umount", self.folder) or time.sleep(0.1) for _ in range(300)), "it stays in use"

    def cut(self):
        folder = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(folder, SHUTDOWN, NO_LOG_FLUSH.to_bytes(4, sys.byteorder))
        os.close(folder)


@contextlib.contextmanager
def desk_on_a_disk(env=None):
    """A disk, and a desk on it that runs, whose statements are signed."""
    with tempfile.TemporaryDirectory(prefix="undersigned-power-") as top:
        disk = Disk(top)
        try:
            with World(members=SIGNERS + 20, signers=0, quick=SIGNERS, closes=100000,
                       folder=disk.folder / "desk") as world:
                world.disk = disk
                world.running = [world.start(verb, env=env) for verb in ("seal", "accept")]
                world.wait_for(lambda: world.get("/healthz")[0] == 200)
                world.wait_for(lambda: world.published_epoch() >= 1)
                world.statements = world.sign_many(world.mirror(), 0, SIGNERS, TIMES)
                subprocess.run(["sync", "-f", disk.folder], check=True)
                yield world
        finally:
            disk.unmount()


def cut(world, clients):
    """The power is gone, and back. Whatever was promised then may have been promised after the cut, when the
    machine's syncs succeed and are lost: it does not count, and is delivered again."""
    with clients.lock:
        before = set(clients.promised)
    world.disk.cut()
    for process in world.running:
        world.stop(process, code=None, how=signal.SIGKILL)
    time.sleep(0.3)
    with clients.lock:
        for name in set(clients.promised) - before:
            del clients.promised[name]
            clients.waiting.append((name, world.statements[name]))
    world.disk.unmount()
    world.disk.mount()


def power():
    choose = seeded("power")
    with desk_on_a_disk() as world:
        clients = Clients(world, world.statements, 8, seed=choose)
        slowest, began = 0, time.monotonic()
        for i in range(CUTS):
            time.sleep(choose.uniform(0.2, 2.2))
            cut(world, clients)
            start = time.monotonic()
            world.running = [world.start(verb) for verb in ("seal", "accept")]
            world.wait_for(lambda: world.get("/healthz")[0] == 200)
            slowest = max(slowest, time.monotonic() - start)
            # So that the last cut meets clients too.
            clients.pause = 0 if clients.n_promised() * CUTS < (i + 1) * len(world.statements) else 1
        clients.pause = 0
        clients.join(600)
        assert not clients.refused, clients.refused[:3]
        bundle = wait_closed(world)
        faults = faults_of(bundle, world.statements, clients.promised)
        assert not faults, faults
        run("verify", bundle)
        end(world, *world.running)
        say(f"R-2: {CUTS} cuts in {time.monotonic() - began:.0f} s, {len(clients.promised)} promised in "
            f"{clients.tries} deliveries: all in the log, none twice, fsck passes; ready again in at most "
            f"{slowest:.2f} s")


def control():
    """On a disk that does not sync something is missing, or the desk does not start."""
    library = os.environ["LYING_SYNC"]
    env = {"LD_PRELOAD": library, "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    with desk_on_a_disk(env) as world:
        some = dict(sorted(world.statements.items())[:SIGNERS])
        clients = Clients(world, some, 8)
        clients.join()
        with clients.lock:
            promised = dict(clients.promised)
        cut(world, clients)
        try:
            world.running = [world.start(verb) for verb in ("seal", "accept")]
            world.wait_for(lambda: world.get("/healthz")[0] == 200)
            rest = Clients(world, {n: f for n, f in world.statements.items() if n not in some}, 8)
            rest.join()
            faults = faults_of(wait_closed(world), world.statements, promised)
        except AssertionError as fault:
            faults = [str(fault)]
        assert faults, "nothing was lost"
        say(f"R-2, control: a disk that does not sync: {faults[0][:200]}")


def may_mount():
    with tempfile.TemporaryDirectory() as top:
        return call("mount", "-t", "tmpfs", "none", top) and call("umount", top)


if __name__ == "__main__":
    if not may_mount():
        say("R-2: no file system can be mounted here: skipped")
        sys.exit(77)
    tests = {"power": power, "control": control}
    for name_of in sys.argv[1:] or tests:
        say(f"== {name_of}")
        tests[name_of]()
