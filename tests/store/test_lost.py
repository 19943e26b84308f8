"""A server that goes away (R-16): the connection drops between COMMIT and its reply or anywhere, a
backend is ended, killed or stopped, the server crashes. What was acknowledged is there, once; a
closing whose reply was lost is found. UNDERSIGN_FULL=1: 500 faults.

    python3 test_lost.py WORK"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

from driving import FULL, E_CONFLICT, E_LIMIT, E_SYSTEM, Folder, Report, Work, acknowledged, seeded
from with_postgresql import Cluster, find_programs

WORK = sys.argv[1]


class Proxy:
    """Stands between; drops a connection when it is armed."""

    def __init__(self, folder, sockets):
        self.target = f"{sockets}/.s.PGSQL.5432"
        self.rule = None  # takes (is from the server, bytes); True: drop now
        self.n_dropped = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{folder}/.s.PGSQL.5432")
        self.listener.listen(16)
        self.url = (f"postgresql://undersign@/postgres?host={folder}&sslmode=disable"
                    "&gssencmode=disable")
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.target)
            except OSError:
                client.close()
                continue
            for source, sink, is_server in ((client, server, False), (server, client, True)):
                threading.Thread(target=self.relay, args=(source, sink, is_server),
                                 daemon=True).start()

    def relay(self, source, sink, is_server):
        try:
            while data := source.recv(65536):
                rule = self.rule
                if rule and rule(is_server, data):
                    self.rule = None
                    self.n_dropped += 1
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def after_commit(is_server, data):
    return is_server and b"COMMIT\0" in data


def after_chunks(n):
    left = [n]

    def rule(_is_server, _data):
        left[0] -= 1
        return left[0] < 0

    return rule


def psql(cluster, text):
    return subprocess.run([f"{cluster.programs}/psql", "-At", cluster.url, "-c", text], check=False,
                          capture_output=True, text=True).stdout.split()


class Desk:
    """An acceptor and a sealer that do again what they may, as a desk does."""

    def __init__(self, url, wait_ms):
        self.url = url
        self.acceptor, self.sealer = Work(WORK, url), Work(WORK, url)
        self.sealer.must(f"wait {wait_ms}")
        self.acceptor.must(f"wait {wait_ms}")
        self.sealer.must("open sealer")
        self.acceptor.must("open acceptor")
        self.sealer.must("keep 5")
        self.answers = []
        self.submitted = 0
        self.epoch = 5
        self.n_again = 0

    def hold(self, n):
        line = f"hold {self.epoch} {self.submitted} {n} 900"
        self.submitted += n
        for _ in range(600):
            got = self.acceptor.ask(line)
            if got.startswith("held"):
                self.answers.append(got)
                return
            # No room, no server: the same again, on the same handle.
            assert got.startswith(f"refused {E_LIMIT} "), got
            self.n_again += 1
            time.sleep(0.05)
        raise AssertionError(got)

    def reopen(self):
        for _ in range(600):
            got = self.sealer.ask("open sealer")
            if got == "ok":
                return
            # The server may take a while to see that the sealer before is gone.
            assert int(got.split()[1]) in (E_LIMIT, E_CONFLICT, E_SYSTEM), got
            time.sleep(0.05)
        raise AssertionError(got)

    def seal(self, line, is_done):
        for _ in range(600):
            got = self.sealer.ask(line)
            if not got.startswith("refused"):
                return
            # E_CONFLICT: the server still takes the sealer of before for one.
            assert int(got.split()[1]) in (E_LIMIT, E_CONFLICT, E_SYSTEM), got
            self.n_again += 1
            time.sleep(0.05)
            if int(got.split()[1]) == E_SYSTEM:
                self.reopen()
            if is_done(self.state()):
                return
        raise AssertionError(got)

    def state(self):
        for _ in range(600):
            got = self.sealer.ask("state")
            if got.startswith("takes"):
                return got.split()
            assert int(got.split()[1]) in (E_LIMIT, E_CONFLICT), got
            time.sleep(0.05)
        raise AssertionError(got)

    def close(self):
        size = int(self.state()[3])
        self.seal(f"turn {self.epoch}", lambda state: int(state[1]) > self.epoch)
        self.epoch += 1
        self.seal("close", lambda state: int(state[3]) > size)
        self.seal("take-back", lambda state: False)


def pids(cluster):
    return [int(pid) for pid in psql(cluster, "SELECT pid FROM pg_stat_activity WHERE "
                                     "application_name = 'undersigned'")]


def main():
    choose = seeded("lost")
    counts = {"drop after COMMIT": 200, "drop anywhere": 200, "end a backend": 80,
              "kill a backend": 15, "crash": 5} if FULL else \
             {"drop after COMMIT": 12, "drop anywhere": 12, "end a backend": 4,
              "kill a backend": 1, "crash": 1}
    plan = [kind for kind, n in counts.items() for _ in range(n)]
    choose.shuffle(plan)
    cluster = Cluster()
    try:
        with Folder() as top:
            proxy = Proxy(top, cluster.sockets)
            desk = Desk(proxy.url, 3000)
            for step, kind in enumerate(plan):
                def fault():
                    if kind == "drop after COMMIT":
                        proxy.rule = after_commit
                    elif kind == "drop anywhere":
                        proxy.rule = after_chunks(choose.randrange(40))
                    elif kind == "crash":
                        cluster.stop(signal.SIGQUIT)
                        cluster.start()
                    else:
                        number = signal.SIGKILL if kind == "kill a backend" else signal.SIGTERM
                        for pid in pids(cluster):
                            os.kill(pid, number)

                # A server that another thread starts would end with it.
                if kind.startswith("drop") or kind == "crash":
                    fault()
                    racing = None
                else:
                    racing = threading.Thread(target=fault)
                    racing.start()
                desk.hold(choose.randrange(1, 30))
                if step % 3 == 0:
                    desk.close()
                if racing:
                    racing.join()
                desk.hold(1)
            proxy.rule = None
            desk.close()
            desk.acceptor.end()
            desk.sealer.end()
            faults = Report(WORK, cluster.url).faults(acknowledged(desk.answers),
                                                      set(range(desk.submitted)))
            assert not faults, faults
            assert acknowledged(desk.answers) == set(range(desk.submitted))
            assert proxy.n_dropped >= counts["drop after COMMIT"] // 2, proxy.n_dropped
            print(f"R-16: {len(plan)} faults {counts}, {proxy.n_dropped} connections dropped; "
                  f"{desk.submitted} acknowledged, 0 missing, 0 twice; asked again {desk.n_again} "
                  "times")

            # Planted: who takes a lost reply for a reply acknowledges what is not there.
            work = Work(WORK, proxy.url)
            work.must("wait 3000")
            work.must("open sealer")
            work.must("careless")
            proxy.rule = after_chunks(2)
            at = desk.submitted
            cluster.stop(signal.SIGQUIT)
            work.send(f"hold {desk.epoch} {at} 3 900")
            careless = [work.answer()]
            work.kill()
            cluster.start()
            faults = Report(WORK, cluster.url).faults(acknowledged(careless),
                                                      set(range(at + 3)))
            print(f"R-16, control: {faults}")
            assert "missing" in str(faults)

            # A server that stands still is left, in bounded time, and found again.
            works = Work(WORK, cluster.url)
            works.must("wait 300")
            works.must("open acceptor")
            for pid in pids(cluster):
                os.kill(pid, signal.SIGSTOP)
            stopped = pids(cluster)
            begun = time.monotonic()
            for _ in range(100):
                got = works.ask(f"hold {desk.epoch} {at + 10} 3 900")
                if got.startswith("held"):
                    break
            assert got.startswith("held"), got
            print(f"R-16: a backend that stands still: {got} after "
                  f"{time.monotonic() - begun:.1f} s")
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
            works.end()
    finally:
        cluster.remove()


if __name__ == "__main__":
    if not find_programs():
        print("no PostgreSQL here: skipped", file=sys.stderr)
        sys.exit(77)
    main()
