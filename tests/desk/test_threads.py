"""Data races (R-17): acceptor and sealer built with ThreadSanitizer, while 32 clients deliver, 16 read and
epochs end. For a build of its own (tools/test-faults BUILD threads). 20 seconds; UNDERSIGN_FULL=1: 10 minutes.

    python3 test_threads.py [desk] [control]"""

import http.client
import os
import sys
import threading
import time

from load import FULL, faults_of, run, say, wait_closed
from world import World

SECONDS = 600 if FULL else 20
SIGNERS, TIMES = 60, 4


class Reports:
    """What the sanitizer writes into a folder."""

    def __init__(self, folder):
        self.folder = folder / "races"
        self.folder.mkdir()
        # libc's own threads and libraries that are not built with it are not ours to judge.
        self.env = {"TSAN_OPTIONS": f"log_path={self.folder}/report:exitcode=66:history_size=4"}

    def read(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.iterdir()))


def drive(world, statements, seconds):
    """32 who deliver, 16 who read, for so long. What was promised, and how often what was done."""
    names, promised, lock = sorted(statements), set(), threading.Lock()
    counts, end = {"delivered": 0, "read": 0}, time.monotonic() + seconds

    def deliver(first):
        i = first
        while time.monotonic() < end:
            name = names[i % len(names)]
            i += 1
            try:
                status, _, body = world.deliver(statements[name])
            except (OSError, http.client.HTTPException):
                continue
            assert status in (202, 503), (status, body)
            with lock:
                counts["delivered"] += 1
                if status == 202:
                    promised.add(name)

    def read(first):
        paths = ["/checkpoint", "/desk.json", f"/letters/{world.letter}/tally.json", "/healthz",
                 f"/letters/{world.letter}/", "/tile/0/000", "/metrics"]
        i = first
        while time.monotonic() < end:
            i += 1
            try:
                world.get(paths[i % len(paths)], listener="web" if i % 2 else "onion")
            except (OSError, http.client.HTTPException):
                continue
            with lock:
                counts["read"] += 1

    threads = ([threading.Thread(target=deliver, args=(i * 7,)) for i in range(32)] +
               [threading.Thread(target=read, args=(i,)) for i in range(16)])
    for thread in threads:
        thread.start()
    while time.monotonic() < end:  # who takes the requests, and how it stands, beside it
        run("desk", "status", "--config", world.config)
        time.sleep(1)
    for thread in threads:
        thread.join()
    return promised, counts


def desk(program=None, seconds=SECONDS):
    """Gives what was reported."""
    with World(members=SIGNERS + 20, signers=0, quick=SIGNERS, closes=100000, epoch_seconds=3) as world:
        reports = Reports(world.folder)
        world.patience = 120
        sealer = world.start("seal", env=reports.env)
        acceptor = world.start("accept", env=reports.env, program=program)
        world.wait_for(lambda: world.get("/healthz")[0] == 200)
        world.wait_for(lambda: world.published_epoch() >= 1, 120)
        statements = world.sign_many(world.mirror(), 0, SIGNERS, TIMES)
        promised, counts = drive(world, statements, seconds)
        if program:
            acceptor.kill()
            sealer.kill()
            return reports.read()
        bundle = wait_closed(world)
        faults = faults_of(bundle, statements, promised)
        assert not faults, faults
        world.stop(acceptor)  # exit 0: with a report it would be 66
        world.stop(sealer)
        said = reports.read()
        assert not said, said
        assert counts["delivered"] > 100 and counts["read"] > 100, counts
        say(f"R-17: {seconds} s, {counts['delivered']} deliveries by 32, {counts['read']} reads by 16, an epoch each "
            f"3 s: no report; {len(promised)} promised, all in the log")
        return said


def control():
    """An acceptor of which one file locks nothing."""
    said = desk(os.environ["UNDERSIGN_RACY"], 10)
    n = said.count("data race")
    assert n > 0, said
    say(f"R-17, control: an acceptor whose windows are not locked: {n} reports")


if __name__ == "__main__":
    tests = {"desk": desk, "control": control}
    for name in sys.argv[1:] or tests:
        say(f"== {name}")
        tests[name]()
