#!/usr/bin/env python3
"""What doc/operations.md says of a desk's backups, restoring and moving, done: an old store is refused while
the checkpoint copy is there, a lost copy is replaced by a mirror's, published files come back from the store,
a moved desk goes on with the same log, and a log whose store is lost goes on by hand from a mirror. A mirror
takes each of them; the control is a store that was set back without the copy, whose log it refuses.
Usage: test_operations.py, with UNDERSIGN and DEMO_MEMBERS"""
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../desk"))
from world import UNDERSIGN, World, run  # noqa: E402

STORE = ("desk.sqlite", "desk.sqlite-log")


def copy_store(source, target):
    target.mkdir(exist_ok=True)
    for name in STORE:
        shutil.copy2(source / name, target / name)


def seal(world, config=None, code=0):
    return run("desk", "seal", "--once", "--config", config or world.config, code=code)


def next_epoch(world):
    """Closes one by the clock."""
    size = checkpoint(world)
    world.wait_for(lambda: seal(world) is not None and checkpoint(world) > size)


def checkpoint(world):
    return int((world.folder / "published/checkpoint").read_text().split("\n")[1])


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def mirror(world, bundle, folder, code=0):
    """Brings a mirror up to date with a bundle, by a web server over it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(
        Quiet, directory=bundle))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    said = run("fetch", f"http://127.0.0.1:{server.server_port}", world.folder / folder, code=code)
    server.shutdown()
    server.server_close()
    return said


def main():
    with World(epoch_seconds=1) as world:
        folder = world.folder
        bundle = folder / "published/letters" / world.letter
        seal(world)
        acceptor = world.start("accept")
        seal(world)  # appoints the acceptor's key
        next_epoch(world)
        mirror(world, bundle, "mirror")
        for i in range(3):
            file = world.sign(i, folder / "mirror", name=f"s-{i}")
            world.wait_for(lambda: world.deliver(file)[0] == 202)
        world.stop(acceptor)
        # A backup, as it is told: both files, nothing running.
        assert not (folder / "desk.sqlite-wal").exists() or not os.path.getsize(folder / "desk.sqlite-wal")
        copy_store(folder, folder / "backup")
        shutil.copy2(folder / "checkpoint-copy", folder / "backup/checkpoint-copy")
        next_epoch(world)
        mirror(world, bundle, "mirror")
        shutil.copytree(folder / "mirror", folder / "newest")
        run("verify", folder / "newest")

        # The old store comes back: refused, whatever else is there, and nothing is signed.
        (folder / "now").mkdir()
        copy_store(folder, folder / "now")
        published = (folder / "published/checkpoint").read_bytes()
        copy_store(folder / "backup", folder)
        assert "rolled back" in seal(world, code=1)
        shutil.rmtree(folder / "published")
        assert "rolled back" in seal(world, code=1)
        # The copy is lost too: with nothing to compare it with it is refused; with a mirror's it is known.
        os.rename(folder / "checkpoint-copy", folder / "kept-copy")
        assert "it is missing, and nothing is published" in " ".join(seal(world, code=1).split())
        shutil.copy2(folder / "newest/checkpoint", folder / "checkpoint-copy")
        assert "rolled back" in seal(world, code=1)
        # The newest store with the mirror's checkpoint: in order, and published again from the store.
        copy_store(folder / "now", folder)
        run("desk", "fsck", "--config", world.config, code=1)
        run("desk", "fsck", "--repair", "--config", world.config)
        assert (folder / "published/checkpoint").read_bytes() == published
        next_epoch(world)
        mirror(world, bundle, "mirror")

        # Moved: without the published files.
        moved = folder / "moved"
        copy_store(folder, moved)
        for name in ("log.key", "promise.key", "checkpoint-copy"):
            shutil.copy2(folder / name, moved / name)
        shutil.copytree(folder / "letter", moved / "letter")
        (moved / "hand").mkdir()
        shutil.copy2(folder / "hand/log.note", moved / "hand/log.note")
        config = moved / "desk.conf"
        config.write_text(world.config.read_text().replace(f"{folder}/", f"{moved}/"))
        run("desk", "fsck", "--repair", "--config", config)
        size = checkpoint(world)
        world.wait_for(lambda: seal(world, config) is not None and int(
            (moved / "published/checkpoint").read_text().split("\n")[1]) > size)
        mirror(world, moved / "published/letters" / world.letter, "mirror")

        # By hand, from a mirror, under the same key.
        hand = folder / "by-hand"
        (hand / "log").mkdir(parents=True)
        shutil.copy2(folder / "hand/log.note", hand / "log.note")
        shutil.copy2(folder / "mirror/checkpoint", hand / "log/checkpoint")
        shutil.copytree(folder / "mirror/tile", hand / "log/tile")
        shutil.copy2(folder / "mirror/checkpoint", hand / "last-checkpoint")
        more = [folder / f"s-{i}" for i in range(4, 7)]
        for i, file in enumerate(more):
            world.sign(4 + i, folder / "mirror", name=file.name)
        world.wait_for(lambda: subprocess.run(
            [UNDERSIGN, "publish", hand, "--key", folder / "log.key", "--letter", folder / "letter",
             "--bundle", folder / "out", *more], capture_output=True).returncode == 0)
        mirror(world, folder / "out", "mirror")
        assert "6 signatures" in run("verify", folder / "mirror")

        # The control: what must never be done. Store and copy set back together sign a second history, and
        # whoever has a newer bundle sees it.
        copy_store(folder / "backup", folder)
        shutil.copy2(folder / "backup/checkpoint-copy", folder / "checkpoint-copy")
        shutil.rmtree(folder / "published")
        world.wait_for(lambda: seal(world) is not None and checkpoint(world) > int(
            (folder / "mirror/checkpoint").read_text().split("\n")[1]))
        said = mirror(world, bundle, "mirror", code=1)
        assert "Two versions of this log exist" in said
        assert (folder / "mirror/checkpoint").read_text() in said
        assert (folder / "published/checkpoint").read_text() in said
    print("ok")


main()
