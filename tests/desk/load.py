"""Many clients at a desk that does not always stand, and what must be true afterwards."""
import http.client
import os
import pathlib
import random
import re
import shutil
import sys
import threading
import time

from world import World, run

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "store"))
import with_postgresql  # noqa: E402

FULL = os.environ.get("UNDERSIGN_FULL") == "1"
SEED = int(os.environ.get("UNDERSIGN_SEED", "1"))


def seeded(name):
    print(f"UNDERSIGN_SEED={SEED}", flush=True)
    return random.Random(f"{SEED} {name}")


def say(text):
    print(text, flush=True)


class Clients:
    """Threads that deliver statements, again and again until each is promised."""

    def __init__(self, world, statements, n_threads=16, pause=0.0, seed=None):
        self.world = world
        self.lock = threading.Lock()
        self.waiting = list(statements.items())
        (seed or random.Random(0)).shuffle(self.waiting)
        self.total = len(self.waiting)
        self.promised = {}     # hash: promise
        self.refused = []      # what must not be
        self.tries = 0
        self.busy = 0
        self.pause = pause
        self.is_over = False
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(n_threads)]
        for thread in self.threads:
            thread.start()

    def work(self):
        while not self.is_over:
            with self.lock:
                if not self.waiting:
                    return
                name, file = self.waiting.pop()
                self.tries += 1
            try:
                status, _, body = self.world.deliver(file)
            except (OSError, http.client.HTTPException):  # not there, or cut in the middle
                status, body = None, b""
            with self.lock:
                if status == 202 and f"statement {name}\n".encode() in body:
                    self.promised[name] = body
                elif status in (None, 503):
                    self.busy += status == 503
                    self.waiting.insert(0, (name, file))
                else:
                    self.refused.append((status, body))
            time.sleep(self.pause if status == 202 else 0.02)

    def n_promised(self):
        with self.lock:
            return len(self.promised)

    def join(self, seconds=300):
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))
            assert not thread.is_alive(), f"{self.n_promised()} of {self.total} promised in time"

    def stop(self):
        self.is_over = True
        self.join(60)


def entry_of(file):
    """The first entry of a statement file."""
    start = len(b"undersigned statement v1\n") + 1
    length = int.from_bytes(file[start:start + 2], "little")
    return file[start + 2:start + 2 + length]


def log_entries(bundle):
    """All entries of a bundle, in order."""
    found = {}
    for path in pathlib.Path(bundle, "tile/entries").rglob("*"):
        if not path.is_file():
            continue
        name = re.sub(r"\.p/\d+$", "", str(path.relative_to(pathlib.Path(bundle, "tile/entries"))))
        number = int(name.replace("x", "").replace("/", ""))
        data = path.read_bytes()
        entries = []
        while data:
            length = int.from_bytes(data[:2], "big")
            entries.append(data[2:2 + length])
            data = data[2 + length:]
        if len(entries) > len(found.get(number, [])):
            found[number] = entries
    return [entry for number in sorted(found) for entry in found[number]]


def faults_of(bundle, statements, promised):
    """What is wrong with a closed log, in words: promises that were not kept, entries twice, entries
    that nobody made."""
    entries = log_entries(bundle)
    signed = [entry for entry in entries if entry[0] == 1]
    made = {entry_of(file): name for name, file in statements.items()}
    out = []
    if len(entries) != len(set(entries)):
        out.append(f"{len(entries) - len(set(entries))} entries stand twice")
    logged = {made.get(entry) for entry in signed}
    if None in logged:
        out.append("an entry that nobody delivered")
    missing = set(promised) - logged
    if missing:
        out.append(f"{len(missing)} of {len(promised)} promised are missing: {sorted(missing)[:2]}")
    return out


def close_letter(world):
    """By its organiser, early; waits until that is published."""
    closing = world.epoch() + 2
    run("letter", "close", world.folder / "letter", "--key", world.folder / "organiser.key",
        "--epoch", closing)
    world.wait_for(lambda: f"closed with epoch {closing}" in run("desk", "status", "--config",
                                                                 world.config), 120)
    world.wait_for(lambda: world.published_epoch() >= closing, 120)
    return closing


def wait_closed(world):
    """Until the letter is closed and published. Gives its bundle."""
    close_letter(world)
    return world.mirror("final")


def end(world, *processes):
    """Stops what runs, and has everything checked: beside a sealer fsck may meet an epoch's end."""
    for process in processes:
        world.stop(process)
    run("desk", "fsck", "--config", world.config)


class Saved(World):
    """A desk over SQLite that can be put back to where it was, while nothing of it runs."""

    names = ["desk.sqlite", "desk.sqlite-wal", "desk.sqlite-log", "desk.sqlite-log-wal",
             "checkpoint-copy", "published"]

    def save(self):
        (self.folder / "saved").mkdir()
        for name in self.names:
            source = self.folder / name
            if source.is_dir():
                shutil.copytree(source, self.folder / "saved" / name, symlinks=True)
            elif source.exists():
                shutil.copyfile(source, self.folder / "saved" / name)

    def put_back(self):
        """As it was: the log is another one from here on, and no mirror of it must be left."""
        for name in ("look", "after"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for name in [*self.names, "desk.sqlite-shm", "desk.sqlite-log-shm"]:
            target, source = self.folder / name, self.folder / "saved" / name
            if target.is_dir():
                shutil.rmtree(target)
            elif target.exists():
                target.unlink()
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
            elif source.exists():
                shutil.copyfile(source, target)


class Cluster:
    """A PostgreSQL of the test's own; None where there is none."""

    def __enter__(self):
        self.cluster = with_postgresql.Cluster() if with_postgresql.find_programs() else None
        return self.cluster

    def __exit__(self, *_):
        if self.cluster:
            self.cluster.remove()

