"""Every system call of an acceptor and of a sealer that fails or is the last one (R-3): statements are
delivered and an epoch is closed while one call of one of the two fails. Afterwards, with everything
started again: fsck passes, what was promised is in the log, no checkpoint is signed over files that
are missing. A sample of 2 for each; UNDERSIGN_FULL=1: of 300.

    python3 test_calls.py [sealer] [acceptor]"""

import http.client
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import time

from load import FULL, Saved, faults_of, log_entries, say, seeded
from world import UNDERSIGN, end_with_me, run

CALLS = ["openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate",
         "rename", "renameat", "renameat2", "linkat", "mkdir", "mkdirat", "unlink", "unlinkat",
         "flock", "fcntl", "symlink", "mmap", "close"]
FAULTS = ["error=EIO", "error=ENOSPC", "error=EINTR", "signal=KILL"]
ENV = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
# Each takes some seconds, and there are thousands.
SAMPLE = 300 if FULL else 2


def strace(log, call=None, rule=None):
    return ["strace", "-f", "-qq", "-o", log, "-e", f"trace={call or ','.join(CALLS)}",
            *(["-e", f"inject={call}:{rule}"] if rule else [])]


class Desk(Saved):
    """A desk of one epoch after another, closed by hand, and where it can be put back to."""

    def __init__(self):
        super().__init__(members=40, signers=0, quick=16, closes=100000, epoch_seconds=2)
        self.patience = 5
        sealer, acceptor = self.start("seal"), self.start("accept")
        self.wait_for(lambda: self.get("/healthz")[0] == 200)
        self.wait_for(lambda: self.published_epoch() >= 1)
        self.statements = self.sign_many(self.mirror(), 0, 16)
        self.stop(acceptor)
        self.stop(sealer)
        self.save()

    def spawn(self, verb, *args, prefix=()):
        """Under strace; it may end before it is ready."""
        reader, writer = os.pipe()
        process = subprocess.Popen([*prefix, UNDERSIGN, "desk", verb, "--config", self.config,
                                    "--ready-fd", str(writer), *args], pass_fds=[writer], env=ENV,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   preexec_fn=end_with_me, start_new_session=True)
        os.close(writer)
        select.select([reader], [], [], 8)  # strace has it open too, and does not say if nothing comes
        os.close(reader)
        return process

    def end_group(self, process):
        """SIGTERM to the program under strace; then without mercy."""
        try:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def deliver_some(self, names):
        got = set()
        for name in names:
            try:
                status, _, body = self.deliver(self.statements[name])
            except (OSError, http.client.HTTPException):
                continue
            assert status in (202, 503, 404), (status, body)
            if status == 202 and name.encode() in body:
                got.add(name)
        return got

    def scenario(self, verb, prefix):
        """Deliveries, an epoch, deliveries, an epoch; one process under strace. What was promised."""
        names = sorted(self.statements)
        sealer = self.spawn("seal", prefix=prefix if verb == "sealer" else ())
        acceptor = self.spawn("accept", prefix=prefix if verb == "acceptor" else ())
        got = self.deliver_some(names[:4])
        time.sleep(2.2)
        got |= self.deliver_some(names[4:8])
        time.sleep(2.2)
        self.end_group(acceptor)
        self.end_group(sealer)
        return got

    def check_published(self):
        """Before anything is started again: what is published is whole, whatever failed. The letter's
        folder with the links followed is a bundle, but for partial tiles of the size before."""
        size = int((self.folder / "published/checkpoint").read_text().split("\n")[1])
        entries = log_entries(self.folder / "published")
        assert len(entries) >= size, f"a checkpoint of {size} entries over files of {len(entries)}"

    def recover(self, got):
        """Everything is started again: what is wrong, in words."""
        names = sorted(self.statements)
        self.check_published()
        sealer, acceptor = self.start("seal"), self.start("accept")
        self.wait_for(lambda: self.get("/healthz")[0] == 200)
        got |= self.deliver_some(names[8:12])
        last = self.epoch() + 1
        self.wait_for(lambda: self.published_epoch() >= last)
        shutil.rmtree(self.folder / "after", ignore_errors=True)
        bundle = self.mirror("after")
        faults = faults_of(bundle, self.statements, got)
        run("verify", bundle)
        self.stop(acceptor)
        self.stop(sealer)
        run("desk", "fsck", "--config", self.config)
        return faults


def count_calls(desk, verb):
    desk.put_back()
    log = desk.folder / "trace"
    desk.scenario(verb, strace(log))
    counts = {}
    for line in pathlib.Path(log).read_text(errors="replace").splitlines():
        found = re.match(r"\d+ +(\w+)\(", line)
        if found and found.group(1) in CALLS:
            counts[found.group(1)] = counts.get(found.group(1), 0) + 1
    return counts


def sweep(verb):
    choose = seeded(f"calls {verb}")
    with Desk() as desk:
        counts = count_calls(desk, verb)
        cases = [(call, at, fault) for call in counts for at in range(1, counts[call] + 1)
                 for fault in FAULTS if (call, fault) != ("close", "error=EINTR")]
        assert len(cases) > 300, counts
        n_all = len(cases)
        # Half of them calls that decide.
        weighty = [case for case in cases if case[0] in ("write", "pwrite64", "fsync", "fdatasync",
                                                         "linkat", "renameat2", "rename")]
        cases = choose.sample(weighty, min(len(weighty), SAMPLE // 2)) + choose.sample(
            cases, SAMPLE // 2)
        n_promised = n_done = 0
        for call, at, fault in cases:
            desk.put_back()
            got = desk.scenario(verb, strace("/dev/null", call, f"{fault}:when={at}"))
            n_promised += len(got)
            faults = desk.recover(got)
            assert not faults, (verb, call, at, fault, faults)
            n_done += 1
            if n_done % 20 == 0:
                say(f"{n_done} cases")
        # Control: a file that is missing under a checkpoint is missed.
        shutil.rmtree(desk.folder / "published/tile/entries")
        try:
            desk.check_published()
        except AssertionError:
            pass
        else:
            raise AssertionError("missing entries were not missed")
        say(f"R-3: {len(cases)} of {n_all} cases of the {verb}: {n_promised} promised before, all in "
            "the log; fsck and verify pass")


if __name__ == "__main__":
    for one in sys.argv[1:] or ["sealer", "acceptor"]:
        say(f"== {one}")
        sweep(one)
