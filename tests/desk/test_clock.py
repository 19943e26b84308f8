"""Clocks that are wrong (R-11), two sealers at once (R-12), an old copy of the store that is put back (R-13).
UNDERSIGN_FULL=1: 100 races, 10 copies.

    python3 test_clock.py [clock] [new] [boundary] [races] [copies]"""

import glob
import os
import pathlib
import shutil
import subprocess
import sys
import time

from load import FULL, close_letter, faults_of, log_entries, say
from world import UNDERSIGN, Witness, World, end_with_me, run

FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
DAY = 86400


def at(offset):
    """The environment of a process whose clock is wrong by so many seconds."""
    return {"LD_PRELOAD": FAKETIME, "FAKETIME": f"{offset:+d}", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}


def size_of(world):
    return int((world.folder / "published/checkpoint").read_text().split("\n")[1])


def begin(world):
    sealer, acceptor = world.start("seal"), world.start("accept")
    world.wait_for(lambda: world.get("/healthz")[0] == 200)
    world.wait_for(lambda: world.published_epoch() >= 1)
    return sealer, acceptor


def clock():
    """An open letter stays open, a closed one closed, and the log is only ever continued."""
    with World(members=40, signers=0, quick=16, closes=100000) as w:
        sealer, acceptor = begin(w)
        statements = w.sign_many(w.mirror(), 0, 16)
        files, promised = list(statements.items()), []
        wrong = [-DAY, -int(time.time()) + 1000, 2 * DAY, 10 * 365 * DAY, 2**32 - int(time.time())]
        for offset in wrong:
            w.stop(acceptor)
            acceptor = w.start("accept", env=at(offset))
            w.wait_for(lambda: w.get("/healthz")[0] == 200)
            for name, file in files[:2]:
                status, _, body = w.deliver(file)
                assert status in (202, 409), (offset, status, body)
                promised += [name] * (status == 202)
            assert offset == 2 * DAY or len(promised) % 2 == 0
            files = files[2:]
            w.stop(acceptor)
            acceptor = w.start("accept")
            w.wait_for(lambda: w.get("/healthz")[0] == 200)
            # The sealer's clock: behind, nothing is closed; far ahead, it does not believe it.
            w.stop(sealer)
            size = size_of(w)
            if offset == -DAY:
                w.seal_once(env=at(offset))
            elif offset < 0:
                assert "the clock must be set" in w.seal_once(code=3, env=at(offset))
            elif offset > 3 * DAY:
                assert "--catch-up" in w.seal_once(code=1, env=at(offset))
            assert size_of(w) == size, offset
            sealer = w.start("seal")
            w.wait_for(lambda: size_of(w) > size)
        assert len(promised) >= 8, promised
        close_letter(w)
        closed = w.mirror("closed")
        faults = faults_of(closed, statements, promised)
        assert not faults, faults
        name, file = files[0]
        for offset in [0, *wrong]:
            w.stop(acceptor)
            acceptor = w.start("accept", env=at(offset))
            status, _, body = w.deliver(file)
            assert status in (409, 503), (offset, status, body)
        w.stop(acceptor)
        w.stop(sealer)
        say(f"R-11: {len(wrong)} wrong clocks, at the start of acceptor and sealer: "
            f"{len(promised)} promised, all in the log; a closed letter stays closed")


def new():
    """A sealer whose clock is years ahead does not begin a log."""
    with World(members=40, signers=0, quick=16) as w:
        assert "--catch-up" in w.seal_once(code=1, env=at(10 * 365 * DAY))
        assert not (w.folder / "published/checkpoint").exists()
        w.seal_once()
        w.stop(w.start("seal"))
        say("R-11: no log is begun ten years ahead")


def boundary():
    """Epochs go on over 2^31 and 2^32 seconds."""
    for edge in (2**31, 2**32):
        with World(members=40, signers=0, quick=5, begins=edge - 8, closes=100000) as w:
            offset = edge - 8 - int(time.time())
            sealer, acceptor = w.start("seal", env=at(offset)), w.start("accept", env=at(offset))
            w.wait_for(lambda: w.get("/healthz")[0] == 200)
            w.wait_for(lambda: (w.folder / "published/letters").exists())
            w.wait_for(lambda: w.published_epoch() >= 1)
            statements = w.sign_many(w.mirror(), 0, 5)
            for file in statements.values():
                assert w.deliver(file)[0] == 202
            last = max(6, w.epoch() + 1)
            w.wait_for(lambda: w.published_epoch() >= last)
            bundle = w.mirror("after")
            faults = faults_of(bundle, statements, statements)
            assert not faults, faults
            run("verify", bundle)
            w.stop(acceptor)
            w.stop(sealer)
    say("R-11: epochs go on over 2038-01-19 03:14:08 and 2^32 seconds")


def race(world, seen):
    """Two sealers at once; what they signed. Gives how many worked."""
    both = [subprocess.Popen([UNDERSIGN, "desk", "seal", "--config", world.config, "--once"],
                             stderr=subprocess.PIPE, text=True, preexec_fn=end_with_me)
            for _ in range(2)]
    n = 0
    for process in both:
        said = process.communicate(timeout=60)[1]
        n += process.returncode == 0
        assert process.returncode == 0 or "another one is running" in said, said
    for path in (world.folder / "published/checkpoint", world.folder / "checkpoint-copy"):
        _, size, root = path.read_text().split("\n")[:3]
        assert seen.setdefault(size, root) == root, f"two checkpoints of {size} entries"
    return n


def races():
    n_races, lost = (100 if FULL else 8), 0
    with World(members=40, signers=0, quick=5, epoch_seconds=1) as w:
        seen = {}
        for _ in range(n_races):
            epoch = int(time.time())
            while int(time.time()) == epoch:
                time.sleep(0.01)
            n = race(w, seen)
            assert n >= 1, "nobody won"
            lost += n == 1
        run("desk", "fsck", "--config", w.config)
        assert len(log_entries(w.folder / "published")) == max(map(int, seen))
        # While one runs, no other begins.
        sealer = w.start("seal")
        assert "another one is running" in w.seal_once(code=1)
        w.stop(sealer)
        say(f"R-12: {n_races} races of two sealers: {lost} times one was refused; {len(seen)} sizes, one "
            f"checkpoint of each")


STORE = ["desk.sqlite", "desk.sqlite-wal", "desk.sqlite-log", "desk.sqlite-log-wal"]


def take(world, names, folder):
    folder.mkdir()
    for name in names:
        source = world.folder / name
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True)
        elif source.exists():
            shutil.copyfile(source, folder / name)


def put(world, folder, names):
    for name in names:
        target = world.folder / name
        if target.is_dir():
            shutil.rmtree(target)
        elif target.exists():
            target.unlink()
        if (folder / name).is_dir():
            shutil.copytree(folder / name, target, symlinks=True)
        elif (folder / name).exists():
            shutil.copyfile(folder / name, target)


def copies():
    """Old copies are known by the checkpoint outside, by the published one, by a witness."""
    for i in range(10 if FULL else 1):
        with World(members=40, signers=0, quick=10, closes=100000) as w:
            witness = Witness(w, 0)
            policy = w.folder / "witnesses"
            policy.write_text(f"log {w.log_vkey}\n{witness.line()}\nquorum w0\n")
            w.config.write_text(w.config.read_text() +
                                f"witness-policy = {policy}\nwitness-timeout = 5\n")
            sealer, acceptor = begin(w)
            statements = w.sign_many(w.mirror(), 0, 10)
            for file in list(statements.values())[:5]:
                assert w.deliver(file)[0] == 202
            w.stop(acceptor)
            w.stop(sealer)
            old, now = pathlib.Path(w.folder, "old"), pathlib.Path(w.folder, "now")
            everything = [*STORE, "checkpoint-copy", "published"]
            take(w, everything, old)
            sealer, acceptor = w.start("seal"), w.start("accept")
            w.wait_for(lambda: w.get("/healthz")[0] == 200)
            for file in list(statements.values())[5:]:
                assert w.deliver(file)[0] == 202
            before = w.published_epoch()
            w.wait_for(lambda: w.published_epoch() >= before + 2)
            w.stop(acceptor)
            w.stop(sealer)
            take(w, everything, now)
            for names in (STORE, [*STORE, "checkpoint-copy"]):
                put(w, now, everything)
                put(w, old, names)
                published = (w.folder / "published/checkpoint").read_bytes()
                said = w.seal_once(code=1)
                assert "rolled back" in said, said
                for args in ((), ("--repair",)):
                    said = run("desk", "fsck", "--config", w.config, *args, code=1)
                    assert "rolled back" in said, said
                # What tells it is not written over, by a repair least of all.
                assert (w.folder / "published/checkpoint").read_bytes() == published
                w.seal_once(code=1)
            # All of it is old: the witness has seen more.
            put(w, old, everything)
            sealer = w.start("seal", wait=False)
            said = sealer.communicate(timeout=60)[1]
            w.processes.remove(sealer)
            assert sealer.returncode == 1 and "witness" in said, (sealer.returncode, said)
            # Control: without any of them the old copy is continued: that is what they are for.
            w.config.write_text("".join(line for line in w.config.read_text().splitlines(True)
                                        if not line.startswith("witness-")))
            w.seal_once()
            # The newest copy goes on.
            put(w, now, everything)
            w.seal_once()
            run("desk", "fsck", "--config", w.config)
            witness.kill()
    say("R-13: an old store is refused by the checkpoint outside, the published one, and a witness; fsck "
        "--repair too; put back without all three it is continued (control)")


if __name__ == "__main__":
    tests = {"clock": clock, "new": new, "boundary": boundary, "races": races, "copies": copies}
    for name in sys.argv[1:] or tests:
        say(f"== {name}")
        if not FAKETIME and tests[name] in (clock, new, boundary):
            say("no libfaketime here: skipped")
            continue
        tests[name]()
