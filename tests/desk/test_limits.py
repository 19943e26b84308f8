"""A desk that runs out of something, or is stopped, while 16 clients deliver: a full disk (R-6), descriptors
and memory (R-7), SIGTERM (R-14). Nothing is answered but 202 and 503, nothing promised is lost, and it
goes on without a new start. UNDERSIGN_FULL=1: 50 rounds of each.

    python3 test_limits.py [disk] [descriptors] [memory] [stopped]"""

import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

from load import FULL, Clients, World, end, faults_of, run, say, seeded, wait_closed

ROUNDS = 50 if FULL else 3
SIGNERS, TIMES = (200, 20) if FULL else (40, 10)


class Desk(World):
    """Both processes, and statements to deliver."""

    def __init__(self, lines=None, env=None, **options):
        super().__init__(members=SIGNERS + 20, signers=0, quick=SIGNERS, closes=100000, **options)
        for old, new in (lines or {}).items():
            self.config.write_text(self.config.read_text().replace(old, str(new)))
        self.sealer, self.acceptor = self.start("seal", env=env), self.start("accept", env=env)
        self.wait_for(lambda: self.get("/healthz")[0] == 200)
        self.wait_for(lambda: self.published_epoch() >= 1)
        self.statements = self.sign_many(self.mirror(), 0, SIGNERS, TIMES)

    def some(self, i):
        """A part of the statements for each round, and all of the rest for the last one."""
        names = sorted(self.statements)
        part = len(names) // (ROUNDS + 1)
        return {n: self.statements[n] for n in (names[i * part:(i + 1) * part] if i < ROUNDS
                                                else names[i * part:])}

    def end(self, *clients):
        """The last are delivered, the letter is closed, everything is looked at."""
        promised = {}
        for each in clients:
            assert not each.refused, each.refused[:3]
            promised.update(each.promised)
        assert self.acceptor.poll() is None and self.sealer.poll() is None, "a process has ended"
        bundle = wait_closed(self)
        faults = faults_of(bundle, self.statements, promised)
        assert not faults, faults
        run("verify", bundle)
        end(self, self.acceptor, self.sealer)
        return len(promised)


def disk():
    choose = seeded("disk")
    with tempfile.TemporaryDirectory(prefix="undersigned-full-") as top:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", top], check=False,
                          stderr=subprocess.DEVNULL).returncode != 0:
            say("R-6: no file system can be mounted here: skipped")
            return
        try:
            fill_and_free(pathlib.Path(top), choose, "store")
            fill_and_free(pathlib.Path(top), choose, "published files")
        finally:
            subprocess.run(["umount", "-l", top], check=True)


def fill(top, keep):
    """Leaves so many bytes of a file system."""
    room = os.statvfs(top)
    try:
        with open(top / "filler", "wb", buffering=0) as file:
            file.write(bytes(max(0, room.f_bavail * room.f_frsize - keep)))
            while keep == 0:
                file.write(bytes(4096))
    except OSError:
        pass  # full


def fill_and_free(top, choose, what):
    where = {"store": f"sqlite:{top / 'desk.sqlite'}"} if what == "store" else {
        "lines": {"/published\n": f"/../{top.name}/published\n",
                  "/checkpoint-copy\n": f"/../{top.name}/checkpoint-copy\n"}}
    with Desk(**where) as desk:
        clients, busy = [], 0
        for i in range(ROUNDS):
            size = desk.published_epoch()
            fill(top, choose.choice([0, 0, 1, 4, 64]) * 4096)
            each = Clients(desk, desk.some(i), seed=choose)
            clients.append(each)
            time.sleep(choose.uniform(2.5, 5))  # an epoch ends on a full disk
            fill(top, 0)
            time.sleep(choose.uniform(2.5, 5))
            os.unlink(top / "filler")
            each.join()
            busy += each.busy
            desk.wait_for(lambda before=size: desk.published_epoch() > before + 2)
        clients.append(Clients(desk, desk.some(ROUNDS), seed=choose))
        clients[-1].join()
        n = desk.end(*clients)
        assert busy > 0 or what != "store", "the disk was never full"
        say(f"R-6: disk of the {what} filled {ROUNDS} times: {n} promised, all in the log; {busy} answers "
            f"503")


def descriptors():
    choose = seeded("descriptors")
    with Desk() as desk:
        clients = []
        for i in range(ROUNDS):
            soft = resource.prlimit(desk.acceptor.pid, resource.RLIMIT_NOFILE)
            now = len(os.listdir(f"/proc/{desk.acceptor.pid}/fd"))
            resource.prlimit(desk.acceptor.pid, resource.RLIMIT_NOFILE,
                             (now + (choose.randrange(0, 6) if i else 0), soft[1]))
            idle = []
            for _ in range(40):
                one = socket.socket(socket.AF_UNIX)
                one.setblocking(False)
                try:
                    one.connect(desk.socket)
                except OSError:
                    pass
                idle.append(one)
            each = Clients(desk, desk.some(i), seed=choose)
            clients.append(each)
            time.sleep(choose.uniform(1, 3))
            assert i or not each.promised, "there was one to answer with"
            for one in idle:
                one.close()
            resource.prlimit(desk.acceptor.pid, resource.RLIMIT_NOFILE, soft)
            each.join()
        clients.append(Clients(desk, desk.some(ROUNDS), seed=choose))
        clients[-1].join()
        n, tries = desk.end(*clients), sum(each.tries for each in clients)
        say(f"R-7: no descriptors {ROUNDS} times: {n} promised in {tries} tries, all in the log")


def memory():
    if os.environ.get("UNDERSIGN_SANITIZED") == "1":
        say("R-7: sanitizers end a program that lacks memory: skipped")
        return
    choose = seeded("memory")
    # Else the C library has reserves of its own.
    with Desk(env={"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "4096",
                   "MALLOC_TOP_PAD_": "0"}) as desk:
        clients = []
        desk.patience = 8  # a connection that there is no memory for may stay without an answer
        for i in range(ROUNDS):
            for process in (desk.acceptor, desk.sealer):
                used = int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[0]) * 4096
                resource.prlimit(process.pid, resource.RLIMIT_AS,
                                 (used + choose.choice([0, 1 << 16, 1 << 20]) if i else 0,
                                  resource.RLIM_INFINITY))
            each = Clients(desk, desk.some(i), seed=choose)
            clients.append(each)
            time.sleep(choose.uniform(2.5, 5))
            for process in (desk.acceptor, desk.sealer):
                assert process.poll() is None, process.stderr.read()
                resource.prlimit(process.pid, resource.RLIMIT_AS,
                                 (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            each.join()
        clients.append(Clients(desk, desk.some(ROUNDS), seed=choose))
        clients[-1].join()
        n, tries = desk.end(*clients), sum(each.tries for each in clients)
        assert tries > n, "there was always some"
        say(f"R-7: no memory {ROUNDS} times: {n} promised in {tries} tries, all in the log")


def stopped():
    choose = seeded("stopped")
    with Desk() as desk:
        each, slowest = Clients(desk, desk.statements, seed=choose), 0
        for i in range(ROUNDS):
            time.sleep(choose.uniform(0.1, 0.6))
            began = time.monotonic()
            desk.stop(desk.acceptor, code=0, how=signal.SIGTERM)
            slowest = max(slowest, time.monotonic() - began)
            desk.acceptor = desk.start("accept")
            each.pause = 0 if each.n_promised() * ROUNDS < (i + 1) * each.total else 1
        each.pause = 0
        each.join()
        n = desk.end(each)
        assert slowest < (5 if FULL else 20), slowest
        say(f"R-14: stopped {ROUNDS} times: {n} promised, all in the log; {slowest:.2f} s at most")


if __name__ == "__main__":
    tests = {"disk": disk, "descriptors": descriptors, "memory": memory, "stopped": stopped}
    for name in sys.argv[1:] or tests:
        say(f"== {name}")
        tests[name]()
