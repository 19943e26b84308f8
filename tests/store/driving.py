"""Drives store-work (work.c), and what the fault tests have in common."""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

FULL = os.environ.get("UNDERSIGN_FULL") == "1"
ENV = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:abort_on_error=1")
SEED = int(os.environ.get("UNDERSIGN_SEED", "1"))
E_LIMIT, E_MISSING, E_CONFLICT, E_MEMORY, E_SYSTEM = 4, 5, 6, 9, 10


def seeded(name):
    print(f"UNDERSIGN_SEED={SEED}", flush=True)
    return random.Random(f"{SEED} {name}")


class Work:
    """A store-work process. ask answers None if it has died."""

    def __init__(self, program, url, prefix=()):
        self.process = subprocess.Popen([*prefix, program, str(url)], env=ENV, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1)

    def send(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        return line.rstrip("\n") if line.endswith("\n") else None

    def ask(self, line):
        try:
            self.send(line)
        except BrokenPipeError:
            return None
        return self.answer()

    def must(self, line, begins="ok"):
        got = self.ask(line)
        assert got is not None and got.startswith(begins), f"{line}: {got}"
        return got

    def numbers(self, what):
        """The numbers that `held` or `log` gives."""
        got = self.ask(what)
        assert got is not None and got.endswith("ok"), f"{what}: {got}"
        return [int(word) for word in got.split()[:-1]]

    def end(self):
        """Closes the store and ends."""
        try:
            self.send("end")
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        return self.process.wait()

    def kill(self):
        self.process.kill()
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        self.process.wait()


def run_script(program, url, lines, prefix=()):
    """All lines at once; the answers that came, in order."""
    done = subprocess.run([*prefix, program, str(url)], input="\n".join(lines) + "\n", text=True,
                          env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if "Sanitizer" in done.stderr:
        raise AssertionError(done.stderr)
    return done.stdout.split("\n")[:-1]


def acknowledged(answers):
    """Numbers that were acknowledged."""
    out = set()
    for line in answers:
        words = line.split()
        if words and words[0] == "held":
            out |= set(range(int(words[1]), int(words[1]) + int(words[2])))
    return out


class Report:
    """What a store has, read by a fresh process."""

    def __init__(self, program, url):
        work = Work(program, url)
        try:
            got = work.ask("open sealer")
            self.refusal = None if got == "ok" else got
            if self.refusal:
                return
            self.check = work.ask("check")
            self.held = work.numbers("held")
            self.log = work.numbers("log")
            self.state = work.ask("state").split()
        finally:
            work.kill()

    def faults(self, acked, submitted):
        """What is wrong, in words; empty if nothing is."""
        if self.refusal:
            return [f"does not open: {self.refusal}"]
        out = []
        have = set(self.held) | set(self.log)
        if self.check != "ok":
            out.append(f"check: {self.check}")
        if acked - have:
            out.append(f"acknowledged and missing: {sorted(acked - have)[:9]}")
        if have - submitted:
            out.append(f"never submitted: {sorted(have - submitted)[:9]}")
        if len(self.log) != len(set(self.log)) or len(self.held) != len(set(self.held)):
            out.append("something stands twice")
        if set(self.log) & set(self.held):
            out.append("held, though it is published")
        size = int(self.state[3])
        if size != len(self.log) or (size > 0 and self.state[5:7] != ["size", str(size)]):
            out.append(f"the checkpoint is not the log's: {self.state}")
        return out


class Folder:
    """A temporary folder."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="undersigned-faults-"))

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


FILES = ("store", "store-wal", "store-log", "store-log-wal", "store-sealer")


def copy_store(source, target):
    """The files of a store as they are; not the index of the log, which is made anew."""
    shutil.rmtree(target, ignore_errors=True)
    os.mkdir(target)
    for name in FILES:
        if os.path.exists(f"{source}/{name}"):
            shutil.copyfile(f"{source}/{name}", f"{target}/{name}")


def main(tests):
    """Runs the tests that the arguments name after the programs, or all."""
    names = [a for a in sys.argv[1:] if a in tests]
    for name in names or tests:
        print(f"== {name}", flush=True)
        tests[name]()
    return 0
