"""Allocations that fail, one after the other (R-8): of a sealer that closes and publishes an epoch, of an
acceptor that starts, and of one at work, of verify, fetch and deliver. Each ends with an answer or the words
of a machine's failure (exit 3); nothing crashes, nothing promised is lost, no file is left half written, and
memory is given back. A sample of each; UNDERSIGN_FULL=1: every one.

    python3 test_memory.py [sealer] [start] [acceptor] [commands] [control]"""

import glob
import http.client
import mmap
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time

from load import FULL, Saved, faults_of, log_entries, say, seeded
from world import UNDERSIGN, free_port, run

LIBRARY = os.environ.get("FAILING_ALLOC")
FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
HOUR = 3600
SAMPLE = 24
MACHINE = 3
WORDS = ["is_counting", "count", "fails_at", "n_fails", "is_wild", "n_failed", "n_live"]


class Allocator:
    """What failing_alloc.c is told, and tells."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(8 * len(WORDS)))
        with open(path, "r+b") as file:
            self.words = mmap.mmap(file.fileno(), 8 * len(WORDS))

    def __getattr__(self, name):
        return struct.unpack_from("<q", self.words, 8 * WORDS.index(name))[0]

    def put(self, name, value):
        struct.pack_into("<q", self.words, 8 * WORDS.index(name), value)

    def plan(self, at, n_fails=1, is_wild=0):
        """From now on the at-th fails; 0: none."""
        self.put("fails_at", 0)
        for name, value in (("count", 0), ("n_failed", 0), ("n_fails", n_fails), ("is_wild", is_wild),
                            ("fails_at", at)):
            self.put(name, value)

    def begin(self):
        """A new process."""
        for name in ("is_counting", "n_live"):
            self.put(name, 0)

    def env(self, *more):
        return {"LD_PRELOAD": ":".join([LIBRARY, *more]), "UNDERSIGN_ALLOC_CONTROL": str(self.path)}


def later():
    """The environment of a process for which the next epoch is over."""
    return {"FAKETIME": f"+{HOUR}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def numbers(choose, count, some=SAMPLE):
    """Which allocations fail: all, or a sample with the first and the last."""
    every = range(1, count + 1)
    return every if FULL or count <= some else sorted({1, count, *choose.sample(every, some)})


class Desk(Saved):
    """A desk of one-hour epochs, the fourth of which has statements that wait to be published."""

    def __init__(self):
        begins = (int(time.time()) // HOUR - 3) * HOUR
        super().__init__(members=40, signers=0, quick=16, closes=300, epoch_seconds=HOUR, begins=begins)
        self.patience = 4
        self.seal_once()
        acceptor = self.start("accept")
        self.seal_once()  # the word for the acceptor's key
        self.wait_for(lambda: self.get("/healthz")[0] == 200)
        self.statements = self.sign_many(self.mirror(), 0, 16)
        self.held = dict(list(sorted(self.statements.items()))[:8])
        for name, file in self.held.items():
            status, _, body = self.deliver(file)
            assert status == 202 and name.encode() in body, (status, body)
        self.stop(acceptor)
        self.save()
        self.allocator = Allocator(self.folder / "allocator")

    def tried(self, at, *args, n_fails=1, is_wild=0, env=None):
        """The program, whose at-th allocation fails."""
        self.allocator.begin()
        self.allocator.plan(at, n_fails, is_wild)
        preloaded = [FAKETIME] if env and "FAKETIME" in env else []
        return subprocess.run([UNDERSIGN, *map(str, args)], capture_output=True, text=True, timeout=120,
                              env={**os.environ, **(env or {}), **self.allocator.env(*preloaded)}, check=False)

    def check(self, promised):
        """Everything else is done without faults, and nothing is missing."""
        self.seal_once(env={**later(), "LD_PRELOAD": FAKETIME})
        faults = faults_of(self.folder / "published", self.statements, promised)
        assert not faults, faults
        run("desk", "fsck", "--config", self.config)


def judge(done, at):
    """A program that lacked memory says so; it may also have done without."""
    assert done.returncode in (0, MACHINE), (at, done.returncode, done.stdout, done.stderr)
    assert done.returncode == 0 or done.stderr, (at, "it ended without a word")
    assert "Sanitizer" not in done.stderr, (at, done.stderr)


def sealer():
    choose = seeded("memory sealer")
    with Desk() as desk:
        once = ("desk", "seal", "--config", desk.config, "--once")
        done = desk.tried(0, *once, env=later())
        assert done.returncode == 0, done.stderr
        count, live, refused = desk.allocator.count, desk.allocator.n_live, 0
        desk.check(desk.held)
        for i, at in enumerate(numbers(choose, count)):
            desk.put_back()
            done = desk.tried(at, *once, n_fails=i % 4 != 3, env=later())
            judge(done, at)
            assert desk.allocator.n_failed > 0 or at > count - 20, (at, count)
            refused += done.returncode != 0
            left = desk.allocator.n_live - live
            assert left <= 8, f"{left} blocks more are left after allocation {at} failed"
            size, published = 0, desk.folder / "published/checkpoint"
            if published.exists():
                size = int(published.read_text().split("\n")[1])
            assert len(log_entries(desk.folder / "published")) >= size, "a checkpoint over missing files"
            desk.check(desk.held)
        assert refused > 0
        say(f"R-8: sealer: {i + 1} of {count} allocations failed, {refused} times it ended; nothing lost, "
            "fsck passes")


def start():
    """An acceptor that starts."""
    choose = seeded("memory start")
    with Desk() as desk:
        desk.put_back()
        desk.allocator.begin()
        desk.allocator.plan(0)
        acceptor = desk.start("accept", env=desk.allocator.env())
        count = desk.allocator.count
        desk.stop(acceptor)
        refused = 0
        for i, at in enumerate(numbers(choose, count)):
            desk.allocator.begin()
            desk.allocator.plan(at)
            try:
                acceptor = desk.start("accept", env=desk.allocator.env())
            except AssertionError as ended:
                process = desk.processes.pop()
                process.stderr.close()
                assert process.returncode == MACHINE, (at, process.returncode, ended)
                refused += 1
                continue
            assert desk.stop(acceptor) is not None
        assert refused > 0
        say(f"R-8: acceptor, starting: {i + 1} of {count} allocations failed, {refused} times it ended")


def ask(desk, what):
    """A status, or None: the connection broke."""
    try:
        if isinstance(what, str):
            return desk.get(what)[0]
        status, _, body = desk.post(*what)
        return status, body
    except (OSError, http.client.HTTPException):
        return None


def acceptor():
    """One at work: every kind of request, while one allocation fails."""
    choose = seeded("memory acceptor")
    with Desk() as desk:
        desk.put_back()
        process = desk.start("accept", env=desk.allocator.env())
        desk.wait_for(lambda: desk.get("/healthz")[0] == 200)
        names = sorted(desk.statements)
        path = f"/letters/{desk.letter}/statements"
        form = (b'--x\r\nContent-Disposition: form-data; name="statement"; filename="s"\r\n\r\n' +
                desk.statements[names[9]] + b"\r\n--x--\r\n")
        kinds = [("deliver", None), ("form", (path, form, {"Content-Type": "multipart/form-data; boundary=x"})),
                 ("malformed", (path, bytes(16384))), ("entry", ("/entries", b"nothing")),
                 ("checkpoint", "/checkpoint"), ("desk.json", "/desk.json"),
                 ("tally", f"/letters/{desk.letter}/tally.json"), ("page", f"/letters/{desk.letter}/"),
                 ("deliver page", f"/letters/{desk.letter}/deliver")]
        good = {"malformed": 400, "entry": 400}
        promised, n_cases, n_cut, n_busy = set(), 0, 0, 0

        def one(kind, what, i):
            name = names[i % len(names)]
            if kind == "deliver":
                what = (path, len(desk.statements[name]).to_bytes(2, "little") + desk.statements[name] +
                        bytes(16384 - 2 - len(desk.statements[name])))
            got = ask(desk, what)
            status, body = got if isinstance(got, tuple) else (got, b"")
            if status == 202 and kind == "deliver":
                assert f"statement {name}\n".encode() in body, body
                promised.add(name)
            if status == 202 and kind == "form":
                promised.add(names[9])
            return status

        def idle_blocks():
            desk.allocator.plan(0)
            for i in range(20):
                for kind, what in kinds:
                    one(kind, what, i)
            least = []
            for _ in range(30):
                time.sleep(0.1)
                least.append(desk.allocator.n_live)
            return min(least)

        before = idle_blocks()
        for kind, what in kinds:
            desk.allocator.plan(0)
            expected = one(kind, what, 0)
            count = max(desk.allocator.count, 10)
            assert expected == good.get(kind, 202 if kind in ("deliver", "form") else 200), (kind, expected)
            for i, at in enumerate(numbers(choose, count, SAMPLE // 4)):
                desk.allocator.plan(at)
                status = one(kind, what, i)
                assert status in (None, 503, expected), (kind, at, status)
                n_cases, n_cut, n_busy = n_cases + 1, n_cut + (status is None), n_busy + (status == 503)
                assert process.poll() is None, (kind, at, process.returncode, process.stderr.read())
        # None at all, for a while: it waits.
        for _ in range(20 if FULL else 2):
            desk.allocator.plan(choose.randrange(1, 200), n_fails=0)
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                one(*choose.choice(kinds), choose.randrange(16))
            assert process.poll() is None, process.stderr.read()
        left = idle_blocks() - before
        assert left <= 16, f"{left} blocks more are left"
        for i, name in enumerate(names):
            assert one("deliver", None, i) == 202, name
        desk.stop(process)
        desk.check(promised)
        say(f"R-8: acceptor, at work: {n_cases} allocations failed: {n_busy} answers 503, {n_cut} connections "
            f"cut; {len(promised)} promised, all in the log; {left} blocks more are left than before")


def commands():
    """verify, fetch and deliver: what was there stays, and a second time it works."""
    choose = seeded("memory commands")
    with Desk() as desk:
        desk.put_back()
        sealed = {**later(), "LD_PRELOAD": FAKETIME}
        old = shutil.copytree(desk.folder / "mirror", desk.folder / "old")
        desk.seal_once(env=sealed)
        process = desk.start("accept", env=sealed)
        url = f"{desk.url}/letters/{desk.letter}"
        bundle, new = desk.folder / "new", desk.folder / "new-from-nothing"
        run("fetch", url, bundle)
        n_all = len(log_entries(bundle))

        def sweep(name, args, prepare, whole, is_all_or_nothing=False):
            prepare()
            done = desk.tried(0, *args)
            assert done.returncode == 0, done.stderr
            said = done.stdout
            count, refused = desk.allocator.count, 0
            for i, at in enumerate(numbers(choose, count, SAMPLE // 4)):
                prepare()
                done = desk.tried(at, *args, n_fails=i % 4 != 3)
                judge(done, (name, at))
                refused += done.returncode != 0
                assert not is_all_or_nothing or done.returncode != 0 or done.stdout == said, (name, at, done.stdout)
                whole(done.returncode == 0)
                if done.returncode != 0:
                    run(*args)
                    whole(True)
            assert refused > 0
            say(f"R-8: {name}: {i + 1} of {count} allocations failed, {refused} times it ended; a second time "
                "it worked")

        def put_old():
            shutil.rmtree(new, ignore_errors=True)
            shutil.copytree(old, new)

        def mirrored(is_done):
            left = [path.name for path in desk.folder.iterdir() if path.name.startswith(new.name + ".")]
            assert not left, left
            run("verify", new)
            assert len(log_entries(new)) == n_all or not is_done

        sweep("verify", ("verify", bundle), lambda: None, lambda is_done: None, True)
        sweep("verify --json", ("verify", "--json", bundle), lambda: None, lambda is_done: None, True)
        sweep("fetch", ("fetch", url, new), put_old, mirrored)
        desk.stop(process)
        # The same desk with a listener that takes statements.
        port = free_port()
        desk.config.write_text(desk.config.read_text() + f"listen = tcp:127.0.0.1:{port} statements\n")
        process = desk.start("accept", env=sealed)
        note = desk.folder / "note"
        promise = pathlib.Path(f"{note}.promise")
        file = desk.statements[sorted(desk.statements)[10]]

        def put_note():
            note.write_bytes(file)
            promise.unlink(missing_ok=True)

        def kept(is_done):
            assert note.read_bytes() == file
            assert promise.exists() or not is_done
            if promise.exists():
                assert promise.read_bytes().startswith(b"undersigned promise v1\n")

        sweep("deliver", ("deliver", "--to", f"http://127.0.0.1:{port}", note), put_note, kept)
        desk.stop(process)


def control():
    """A program that goes on with what it did not get is noticed."""
    with Desk() as desk:
        once = ("desk", "seal", "--config", desk.config, "--once")
        desk.put_back()
        desk.tried(0, *once, env=later())
        count, seen = desk.allocator.count, 0
        for at in range(1, count, count // 10):
            desk.put_back()
            done = desk.tried(at, *once, is_wild=1, env=later())
            try:
                judge(done, at)
            except AssertionError:
                seen += 1
        assert seen >= 8, seen
        say(f"R-8, control: of 11 programs that take what they did not get {seen} are noticed")


if __name__ == "__main__":
    if os.environ.get("UNDERSIGN_SANITIZED") == "1":
        say("R-8: sanitizers have an allocator of their own: skipped")
        sys.exit(77)
    if not FAKETIME:
        say("R-8: there is no libfaketime here: skipped")
        sys.exit(77)
    tests = {"sealer": sealer, "start": start, "acceptor": acceptor, "commands": commands, "control": control}
    for one_of in sys.argv[1:] or tests:
        say(f"== {one_of}")
        tests[one_of]()
