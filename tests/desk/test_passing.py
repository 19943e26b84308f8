"""What passes by itself: faults and delays of which a desk must not keep anything, and must not tell what is
not so."""

import glob
import http.client
import os
import resource
import shutil
import subprocess
import threading
import time

from load import say
from world import UNDERSIGN, World, end_with_me, main, run

FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)


def begin(world, **options):
    world.sealer, world.acceptor = world.start("seal", **options), world.start("accept")
    world.wait_for(lambda: world.get("/healthz")[0] == 200)
    world.wait_for(lambda: world.published_epoch() >= 0)


def test_opening_is_known():
    """A letter whose opening is published takes signatures, from that moment on."""
    with World(members=40, signers=0, quick=16, closes=100000) as world:
        opening = (world.folder / "letter/open").read_bytes()
        (world.folder / "letter/open").unlink()
        begin(world)
        files = list(world.sign_many(world.mirror(), 0, 16).values())
        assert world.deliver(files[0])[0] == 409
        (world.folder / "new").write_bytes(opening)
        (world.folder / "new").rename(world.folder / "letter/open")
        checkpoint = world.folder / "published/checkpoint"

        def is_open():
            size = int(checkpoint.read_text().split("\n")[1])
            return opening in world.entries()[:size]

        last = checkpoint.read_bytes()
        while True:
            assert world.sealer.poll() is None
            if checkpoint.read_bytes() == last:
                time.sleep(0.002)
                continue
            last = checkpoint.read_bytes()
            status, _, body = world.deliver(files[1])
            if is_open():
                break
            assert status == 409, (status, body)
        assert status == 202, (status, body)


def test_folder_is_read_again():
    """A letter's folder that could not be read for a while: nothing of it changes any more, and it is read."""
    with World(members=40, signers=0, quick=0, closes=100000) as world:
        begin(world)
        letter = world.folder / "letter"
        shutil.copytree(letter, world.folder / "other")
        closing = world.epoch() + 500
        run("letter", "close", world.folder / "other", "--key", world.folder / "organiser.key", "--epoch", closing)
        points = letter / "rosters/1.points"
        whole, facts = points.read_bytes(), points.stat()

        def write(content):
            """Nothing shows that it has changed."""
            with open(points, "r+b") as file:
                file.write(content)
            os.utime(points, ns=(facts.st_atime_ns, facts.st_mtime_ns))

        write(b"\xff" * len(whole))
        shutil.copy(world.folder / "other/close", world.folder / "close")
        (world.folder / "close").rename(letter / "close")
        said = ""
        while "points" not in said:
            said += world.sealer.stderr.readline()
        write(whole)
        world.wait_for(lambda: f"open until epoch {closing}" in run("desk", "status", "--config", world.config))


def test_clock_is_set_right():
    """An acceptor whose clock was ahead for a moment takes for the right epoch again."""
    if not FAKETIME:
        say("no libfaketime here: skipped")
        return
    with World(members=40, signers=0, quick=4, closes=100000) as world:
        offset = world.folder / "offset"
        offset.write_text("+0\n")
        begin(world)
        world.stop(world.acceptor)
        world.acceptor = world.start("accept", env={
            "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})
        world.wait_for(lambda: world.get("/healthz")[0] == 200)
        before = world.epoch()
        offset.write_text("+2000\n")
        world.wait_for(lambda: world.epoch() >= before + 900)
        offset.write_text("+0\n")
        world.wait_for(lambda: world.epoch() < before + 900)
        for file in world.sign_many(world.mirror(), 0, 4).values():
            assert world.deliver(file)[0] == 202


def test_empty_folder():
    """A sealer that was killed between the last file of a folder and the folder itself starts again."""
    with World(members=40, signers=0, quick=0) as world:
        begin(world)
        world.stop(world.sealer)
        left = world.folder / "published/tile/0/009.p"
        left.mkdir()
        world.sealer = world.start("seal")
        size = (world.folder / "published/checkpoint").read_text().split("\n")[1]
        world.wait_for(lambda: (world.folder / "published/checkpoint").read_text().split("\n")[1] != size)
        world.wait_for(lambda: not left.exists())


def test_descriptors():
    """A file that cannot be opened for want of descriptors is not said to be missing."""
    with World(members=40, signers=0, quick=0) as world:
        begin(world)
        world.patience = 3
        pid, seen = world.acceptor.pid, []
        soft = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        for spare in range(1, 7):
            now = max(int(n) for n in os.listdir(f"/proc/{pid}/fd")) + 1
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (now + spare, soft[1]))
            for path in ("/checkpoint", f"/letters/{world.letter}/manifest", f"/letters/{world.letter}/deliver"):
                try:
                    seen.append(world.get(path)[0])
                except (OSError, http.client.HTTPException):
                    pass
            resource.prlimit(pid, resource.RLIMIT_NOFILE, soft)
        assert set(seen) == {200, 503}, seen
        assert world.get("/nothing")[0] == 404


def is_under_way(status):
    """More is in the log than is published."""
    words = status.split("entries")[1].split()
    return words[0] != f"{words[2]},"


def test_fsck_beside_a_sealer():
    """What is being published is not a fault."""
    with World(members=40, signers=0, quick=16, closes=100000, epoch_seconds=1) as world:
        begin(world)
        world.stop(world.sealer)
        # Each file takes its time, so that an epoch is under way most of the time.
        slowed = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:delay_enter=100000",
             UNDERSIGN, "desk", "seal", "--config", world.config], stderr=subprocess.DEVNULL,
            preexec_fn=end_with_me, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}, start_new_session=True)
        is_over = threading.Event()

        def deliver():
            for file in world.sign_many(world.mirror(), 0, 16).values():
                world.deliver(file)
                is_over.wait(1)

        deliverer = threading.Thread(target=deliver)
        deliverer.start()
        try:
            for _ in range(4):
                world.wait_for(lambda: is_under_way(run("desk", "status", "--config", world.config)))
                run("desk", "fsck", "--config", world.config)
        finally:
            is_over.set()
            deliverer.join()
            os.killpg(slowed.pid, 9)
            slowed.wait()


if __name__ == "__main__":
    main(globals())
