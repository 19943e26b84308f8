#!/usr/bin/env python3
"""Readers of a desk that closes an epoch a second, while its log grows over the end of a tile (L-13): mirrors
that are brought up to date and mirrors made anew, without end. Each is a bundle that verifies; a tile or file
that did not go with its checkpoint would be refused by fetch. Also: what the answers say about caching."""
import os
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import UNDERSIGN, World  # noqa: E402

IS_FULL = os.environ.get("UNDERSIGN_FULL") == "1"
SECONDS = 600 if IS_FULL else 15
START = 250  # entries, an epoch each


def main():
    with World(epoch_seconds=1, begins=int(time.time()) - START + 8, closes=100000) as world:
        world.start("seal", "--catch-up")
        world.start("accept")
        world.wait_for(lambda: world.get("/checkpoint")[0] == 200)
        url, failures, counts = f"{world.url}/letters/{world.letter}", [], [0] * 4
        ends = time.monotonic() + SECONDS

        def size():
            return int(world.get("/checkpoint")[2].split(b"\n")[1])

        def read(i):
            folder = world.folder / f"m{i}"
            while not failures and (time.monotonic() < ends or counts[i] < 3):
                if i % 2 and folder.exists():
                    shutil.rmtree(folder)
                done = subprocess.run([UNDERSIGN, "fetch", "--threads", "1", url, folder],
                                      capture_output=True, text=True, timeout=120)
                counts[i] += 1
                if done.returncode != 0:
                    failures.append(done.stderr)
        first = size()
        threads = [threading.Thread(target=read, args=(i,)) for i in range(len(counts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures
        world.wait_for(lambda: size() > 256)
        print(f"{sum(counts)} fetches while the log grew from {first} to {size()} entries")
        last = size()
        for path, cache in (("/checkpoint", "no-store"), ("/tile/0/000", "immutable"),
                            (f"/letters/{world.letter}/checkpoint", "no-store"),
                            (f"/letters/{world.letter}/keys", "no-store"),
                            (f"/letters/{world.letter}/manifest", "no-store"),
                            (f"/letters/{world.letter}/tile/entries/000", "immutable"),
                            (f"/letters/{world.letter}/rosters/1.points", "no-store")):
            status, headers, _ = world.get(path)
            assert status == 200 and cache in headers["Cache-Control"], (path, headers.items())
        # Nobody may remember that a tile was not there yet.
        status, headers, _ = world.get("/tile/0/009")
        assert status == 404 and "immutable" not in (headers["Cache-Control"] or ""), headers.items()
        assert last >= first
    print("ok")


main()
