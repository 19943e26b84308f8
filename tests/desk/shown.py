"""What issue and README say of a desk, from end to end (tests/shown/desk.sh): desks over SQLite and
PostgreSQL, three witnesses, a Tor network of the test's own with an onion service; four clients
deliver with `undersign deliver` (one of them through Tor) while the desk is killed; what was promised
is in the log at the closing; the fetched mirror verifies with the count that is expected; a forked log
is refused, and both signed checkpoints are printed."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from load import Cluster, close_letter, end, faults_of, say, seeded
from world import UNDERSIGN, Witness, World, end_with_me, free_port, run

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "packaging"))
import tor_network  # noqa: E402

FULL = os.environ.get("UNDERSIGN_FULL") == "1"
# For each of the two desks.
STATEMENTS, KILLS = (500, 15) if FULL else (60, 4)
CLIENTS, THROUGH_TOR = 4, 0.1


class Onion(threading.Thread):
    """A Tor network that comes up in its own time: an onion service before a socket, and a client."""

    def __init__(self, onion):
        super().__init__(daemon=True)
        self.onion, self.network, self.fault = onion, tor_network.Network(), None
        self.start()

    def run(self):
        try:
            port = free_port()
            folder = self.network.start(
                "onion", f"SocksPort 0\nHiddenServiceDir {self.network.folder}/service\n"
                f"HiddenServicePort 80 unix:{self.onion}\nHiddenServicePoWDefensesEnabled 1\n")
            assert folder
            self.network.start("client", f"SocksPort {port}\n")
            self.address = pathlib.Path(self.network.folder, "service/hostname").read_text().strip()
            self.socks = f"127.0.0.1:{port}"
        except (AssertionError, OSError) as fault:
            self.fault = fault

    def wait_ready(self):
        self.join(300)
        assert not self.is_alive() and not self.fault, self.fault

    def close(self):
        self.network.close()


class Client(threading.Thread):
    """Delivers its files, some at a time, until there is a promise beside each."""

    def __init__(self, files, to, proxy=None):
        super().__init__(daemon=True)
        self.files, self.to, self.proxy = files, to, proxy
        self.runs, self.said, self.is_over = 0, "", False

    def waiting(self):
        return [f for f in self.files if not os.path.exists(f"{f}.promise")]

    def run(self):
        while not self.is_over and (files := self.waiting()):
            done = subprocess.run([UNDERSIGN, "deliver", "--to", self.to, *(
                ["--proxy", self.proxy] if self.proxy else []), *files[:25]], capture_output=True,
                                  text=True, timeout=300, preexec_fn=end_with_me)
            self.runs += 1
            if done.returncode != 0:
                self.said = done.stdout + done.stderr
                time.sleep(0.2)


class Killer:
    """Kills and starts what serves a world."""

    def __init__(self, world, choose):
        self.world, self.choose, self.kills = world, choose, 0
        self.processes = {verb: world.start(verb) for verb in ("seal", "accept")}

    def kill(self):
        verbs = self.choose.choice([["accept"], ["seal"], ["seal", "accept"]])
        for verb in verbs:
            self.world.stop(self.processes[verb], code=None, how=signal.SIGKILL)
        self.kills += 1
        for verb in verbs:
            self.processes[verb] = self.world.start(verb)


def deliver_all(world, killer, names, tor):
    """By four clients; kills come at even steps of what is promised."""
    n_tor = int(len(names) * THROUGH_TOR) if tor else 0
    n_direct = CLIENTS - 1 if tor else CLIENTS
    clients = [Client(names[n_tor:][i::n_direct], world.deliver_url) for i in range(n_direct)]
    if tor:
        clients.append(Client(names[:n_tor], f"http://{tor.address}", tor.socks))
    for client in clients:
        client.start()
    latest = time.monotonic() + 400
    while any(client.is_alive() for client in clients):
        left = sum(len(client.waiting()) for client in clients)
        if killer.kills < KILLS and (len(names) - left) * KILLS >= killer.kills * len(names):
            killer.kill()
        assert time.monotonic() < latest, [client.said[-300:] for client in clients]
        time.sleep(0.05)
    assert killer.kills == KILLS, killer.kills
    return sum(client.runs for client in clients)


def mirror_and_count(world, policy, statements, promised):
    """The mirror of a closed letter, verified by the policy's witnesses."""
    bundle = world.folder / "mirror-of-all"
    run("fetch", "--policy", policy, "--letter", world.letter,
        f"{world.url}/letters/{world.letter}", bundle)
    faults = faults_of(bundle, statements, promised)
    assert not faults, faults
    said = run("verify", "--policy", policy, "--letter", world.letter, bundle)
    assert said.startswith("VALID, anchored"), said
    assert f"{len(statements)} signatures from 1 of 1 organisation" in said, said
    return bundle, said


def show_fork(world, bundle, statements):
    """A second store with the same keys, and other statements in it."""
    fork = world.folder / "fork"
    fork.mkdir()
    port = free_port()
    lines = {"store": f"sqlite:{fork / 'desk.sqlite'}", "published": fork / "published",
             "checkpoint-copy": fork / "checkpoint-copy"}
    config = []
    for line in world.config.read_text().splitlines():
        key = line.split(" = ")[0]
        if key in lines:
            config.append(f"{key} = {lines[key]}")
        elif key not in ("listen", "witness-policy", "witness-timeout"):
            config.append(line)
    config.append(f"listen = tcp:127.0.0.1:{port} statements")
    (world.folder / "fork.conf").write_text("\n".join(config) + "\n")
    main, world.config = world.config, world.folder / "fork.conf"
    try:
        sealer, acceptor = world.start("seal"), world.start("accept")
        url = f"http://127.0.0.1:{port}/letters/{world.letter}"
        world.wait_for(lambda: (fork / "published/letters" / world.letter / "manifest").exists())
        before = (bundle / "checkpoint").read_text()
        done = subprocess.run([UNDERSIGN, "fetch", url, bundle], capture_output=True, text=True,
                              timeout=300)
        said = done.stdout + done.stderr
        assert done.returncode == 1 and "Two versions of this log exist" in said, said
        other = (pathlib.Path(str(bundle) + ".fork") / "checkpoint")
        published = (fork / "published/checkpoint").read_text()
        shown = other.read_text() if other.exists() else published
        assert before in said, said
        assert shown.splitlines()[2] in said and shown.splitlines()[-1] in said, said
        assert (bundle / "checkpoint").read_text() == before
        run("verify", bundle)
        world.stop(acceptor)
        world.stop(sealer)
    finally:
        world.config = main
    return said


def show(folder, name, store, onion, tor):
    choose = seeded(f"shown {name}")
    began = time.monotonic()
    deliver_port = free_port()
    with World(folder=folder / name, members=STATEMENTS + 24, signers=0, quick=STATEMENTS,
               closes=100000, store=store, stamp_bits=8,
               lines=[f"listen = tcp:127.0.0.1:{deliver_port} statements"]) as world:
        world.deliver_url = f"http://127.0.0.1:{deliver_port}"
        if onion.is_symlink():
            onion.unlink()
        onion.symlink_to(world.socket)
        witnesses = [Witness(world, i) for i in range(3)]
        policy = world.folder / "policy"
        policy.write_text("\n".join([f"log {world.log_vkey}", *(w.line() for w in witnesses),
                                     "group three 3 w0 w1 w2", "quorum three"]) + "\n")
        world.config.write_text(world.config.read_text() +
                                f"witness-policy = {policy}\nwitness-timeout = 2\n")
        killer = Killer(world, choose)
        world.wait_for(lambda: world.get("/healthz")[0] == 200)
        world.wait_for(lambda: world.published_epoch() >= 1)
        statements = world.sign_many(world.mirror(), 0, STATEMENTS)
        names = sorted(str(f) for f in (world.folder / "statements").iterdir())
        say(f"{name}: {len(names)} statements are signed, {time.monotonic() - began:.0f} s")
        if tor:
            tor.wait_ready()
        delivering = time.monotonic()
        runs = deliver_all(world, killer, names, tor)
        promised = {n for n in statements}
        said = f"{time.monotonic() - delivering:.0f} s"
        say(f"{name}: all are promised after {runs} runs of undersign deliver by {CLIENTS} clients"
            f"{', one through Tor' if tor else ''}, and {killer.kills} kills, in {said}")
        close_letter(world)
        bundle, said = mirror_and_count(world, policy, statements, promised)
        say(f"{name}: closed; every promised one is in the log, none twice; the mirror verifies, "
            f"cosigned by three witnesses:")
        say("    " + said.splitlines()[0])
        say("    " + next(line for line in said.splitlines() if "signatures from" in line))
        said = run("deliver", "--check", "--to", world.url, "--policy", policy, *names[:20])
        assert said.lower().count("published") >= 1, said
        said = show_fork(world, bundle, statements)
        say(f"{name}: a forked log is refused:")
        say("\n".join("    " + line for line in said.splitlines()))
        end(world, *killer.processes.values())
        for witness in witnesses:
            witness.kill()


def main():
    began = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="undersigned-shown-"))
    onion, tor = folder / "onion", None
    try:
        if shutil.which("tor") and shutil.which("tor-gencert"):
            tor = Onion(onion)
            say("a Tor network of its own is starting, with an onion service")
        else:
            say("no tor here: nothing is delivered through it")
        show(folder, "sqlite", None, onion, tor)
        with Cluster() as cluster:
            if cluster:
                show(folder, "postgresql", cluster.url, onion, tor)
            else:
                say("no PostgreSQL here: skipped")
    finally:
        if tor:
            tor.close()
        shutil.rmtree(folder, ignore_errors=True)
    say(f"shown in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
