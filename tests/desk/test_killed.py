"""Processes of a desk that are killed while 16 clients deliver (R-1): what was promised is in the log
at the closing, once, and nothing else is. UNDERSIGN_FULL=1: 10,000 statements and 300 kills for each
store.

    python3 test_killed.py [sqlite] [postgresql] [control]"""

import signal
import sqlite3
import sys
import time

from load import FULL, Clients, Cluster, World, end, faults_of, run, say, seeded, wait_closed

SIGNERS, TIMES, KILLS = (250, 40, 300) if FULL else (60, 10, 12)


def kill_and_start(world, processes, choose):
    """One to three processes at once, in any order."""
    verbs = choose.choice([["accept"], ["seal"], ["seal", "accept"]])
    for verb in verbs:
        world.stop(processes[verb], code=None, how=signal.SIGKILL)
    began = time.monotonic()
    for verb in verbs:
        processes[verb] = world.start(verb)
    world.wait_for(lambda: world.get("/healthz")[0] == 200)
    return time.monotonic() - began


def killed(store=None):
    choose = seeded("killed")
    with World(members=SIGNERS + 40, signers=0, quick=SIGNERS, closes=100000, store=store) as world:
        processes = {"seal": world.start("seal"), "accept": world.start("accept")}
        world.wait_for(lambda: world.get("/healthz")[0] == 200)
        world.wait_for(lambda: world.published_epoch() >= 1)
        statements = world.sign_many(world.mirror(), 0, SIGNERS, TIMES)
        clients = Clients(world, statements, seed=choose)
        slowest, kills = 0, 0
        began = time.monotonic()
        while kills < KILLS:
            time.sleep(choose.uniform(0.0, 0.7))
            slowest = max(slowest, kill_and_start(world, processes, choose))
            kills += 1
            # So that the last kill meets clients too.
            clients.pause = 0 if clients.n_promised() * KILLS < kills * len(statements) else 1
        clients.pause = 0
        clients.join(600)
        assert not clients.refused, clients.refused[:3]
        bundle = wait_closed(world)
        faults = faults_of(bundle, statements, clients.promised)
        assert not faults, faults
        assert len(clients.promised) == len(statements)
        run("verify", bundle)
        end(world, *processes.values())
        say(f"R-1: {len(clients.promised)} promised in {clients.tries} deliveries by 16 clients, {kills} kills "
            f"in {time.monotonic() - began:.0f} s: all in the log, none twice; ready again in at most "
            f"{slowest:.2f} s")
        assert not FULL or slowest < 3, slowest


def sqlite():
    killed()


def postgresql():
    with Cluster() as cluster:
        if not cluster:
            say("no PostgreSQL here: skipped")
            return
        killed(cluster.url)


def control():
    """A store that forgets some of what it held is found out."""
    with World(members=60, signers=0, quick=20, closes=100000, hold_min=20) as world:
        sealer, acceptor = world.start("seal"), world.start("accept")
        world.wait_for(lambda: world.get("/healthz")[0] == 200)
        world.wait_for(lambda: world.published_epoch() >= 1)
        statements = world.sign_many(world.mirror(), 0, 20)
        some = dict(list(statements.items())[:10])
        clients = Clients(world, some, 4)
        clients.join()
        with sqlite3.connect(world.folder / "desk.sqlite", timeout=30) as store:
            gone = store.execute("delete from held where hash in (select hash from held limit 3)")
            assert gone.rowcount == 3
        store.close()
        rest = Clients(world, {n: f for n, f in statements.items() if n not in some}, 4)
        rest.join()
        bundle = wait_closed(world)
        faults = faults_of(bundle, statements, {**clients.promised, **rest.promised})
        assert any("promised are missing" in fault for fault in faults), faults
        world.stop(acceptor)
        world.stop(sealer)
        say("R-1, control: three that were lost on purpose are missed")


if __name__ == "__main__":
    tests = {"sqlite": sqlite, "postgresql": postgresql, "control": control}
    for name in sys.argv[1:] or tests:
        say(f"== {name}")
        tests[name]()
