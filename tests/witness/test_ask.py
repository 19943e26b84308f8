"""The log's side of witnesses: three real ones, and one that lies in every way (L-7, R-13); each
cosignature that is believed is checked by openssl. Usage: test_ask.py UNDERSIGN WITNESS-ASK"""
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time

from common import Key, Log, Witness, b64, check, failures, make_witness_key, sha

PROGRAM, ASK = (os.path.abspath(path) for path in sys.argv[1:3])
os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
OK, LIMIT = "OK", "LIMIT"
UNASKED, SIGNED, SILENT, REFUSED, LIED, AHEAD, PROVES = range(7)
TIMEOUT_MS = 30000
SILENCE_MS = 5000  # where somebody is known to say nothing


class Liar:
    """A witness that answers what it is told: reply(path, body) gives bytes, or None to say nothing."""

    def __init__(self, reply):
        self.reply = reply
        self.n = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        # A thread that still accepts would take the descriptor's next owner for its own.
        self.server.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.server.close()

    def run(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                more = peer.recv(65536)
                if not more:
                    return
                data += more
            head, _, body = data.partition(b"\r\n\r\n")
            length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                           if line.lower().startswith(b"content-length:")), 0)
            while len(body) < length:
                body += peer.recv(65536)
            self.n += 1
            answer = self.reply(head.split()[1].decode(), body.decode())
            if answer is None:
                time.sleep(20)
            elif callable(answer):
                answer(peer)
            else:
                peer.sendall(answer)
        except OSError:
            pass
        finally:
            peer.close()


def reply(status, body="", kind="text/plain", more=""):
    if isinstance(body, str):
        body = body.encode()
    return (f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
            .encode() + body)


def stale(size):
    return reply(409, f"{size}\n", "text/x.tlog.size")


def endless(peer):
    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        peer.sendall(b"x" * 65536)


def dripping(peer):
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while True:
        peer.sendall(b"x")
        time.sleep(0.1)


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.log = Log(Key(folder, "log.example/letters", bytes(range(32))))
        self.fork = Log(self.log.key, other_from=3)
        self.liar_key = Key(folder, "witness.example/liar", b"\x77" * 32)
        self.keys, self.paths = [], []
        for i in range(3):
            path, key = make_witness_key(PROGRAM, folder, f"witness.example/w{i + 1}")
            self.paths.append(path)
            self.keys.append(key)
        self.witnesses = [self.start(i) for i in range(3)]

    def start(self, i):
        return Witness(PROGRAM, self.folder, self.paths[i], f"state{i}", "--log", self.log.key.vkey(1))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def policy(self, k, liar=None, logs=None):
        lines = [f"log {logs or self.log.key.vkey(1)}"]
        names = []
        for i, key in enumerate(self.keys):
            names.append(f"w{i + 1}")
            lines.append(f"witness w{i + 1} {key.vkey(4)} http://127.0.0.1:{self.witnesses[i].port}/")
        if liar is not None:
            names.append("liar")
            lines.append(f"witness liar {self.liar_key.vkey(4)} {liar}")
        lines += [f"group all {k} " + " ".join(names), "quorum all"]
        return self.write("policy", "\n".join(lines) + "\n")

    def ask(self, size, policy, old=0, log=None, timeout=TIMEOUT_MS, proxy=None, note=None):
        """(status, talk, results as (outcome, status, size, line), note, evidence)"""
        log = log or self.log
        for name in ("note", "evidence"):
            if os.path.exists(os.path.join(self.folder, name)):
                os.remove(os.path.join(self.folder, name))
        leaves = "".join(b64(sha(b"\0" + leaf)) + "\n" for leaf in log.leaves[:size])
        arguments = [ASK, policy, self.write("checkpoint", note or log.note(size)),
                     self.write("leaves", leaves), str(old), str(timeout)] + ([proxy] if proxy else [])
        done = subprocess.run(arguments, cwd=self.folder, capture_output=True, text=True, timeout=200)
        lines = done.stdout.splitlines()
        check(bool(lines), f"it prints: {done.stderr}")
        status, where, what = (lines or ["||"])[0].split("|")
        results = []
        for line in lines[1:]:
            outcome, code, seen, talk = line.split(" ", 3)
            results.append((int(outcome), int(code), int(seen), talk))
        return status, where + ": " + what, results, self.read("note"), self.read("evidence")

    def read(self, name):
        try:
            with open(os.path.join(self.folder, name)) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def cosigners(self, note, size):
        """Names of those whose cosignatures in the note hold; every line must be one, or the log's."""
        text = self.log.text(size)
        head = self.log.note(size)
        check(note.startswith(head), "the note has the log's signature")
        names = []
        for line in note[len(head):].splitlines(keepends=True):
            key = next((k for k in self.keys + [self.liar_key] if line.split()[1] == k.name), None)
            check(key is not None and key.cosignature(line, text) is not None, f"a line holds: {line}")
            names.append(key.name)
        return names


def is_status(status, expected):
    return STATUSES[expected] == status


STATUSES = {}


def refused_checkpoints(bench):
    """What is no checkpoint of a log of the policy is not sent to anybody."""
    STATUSES[OK] = bench.ask(5, bench.policy(2))[0]
    text = bench.log.text(6)
    stranger = Key(bench.folder, bench.log.key.name, b"\x09" * 32)
    for name, log, note, place in (("another key", None, text + "\n" + stranger.line(text), ""),
                                   ("no log", bench.liar_key.vkey(1), None, "policy"),
                                   ("no note", None, text, "line")):
        status, talk, results, note, _ = bench.ask(6, bench.policy(2, logs=log), note=note)
        check(not is_status(status, OK) and place in talk and note == "", f"{name}: {status} {talk}")
        check(all(result[0] == UNASKED for result in results), f"{name}: nobody is asked")


def honest(bench):
    policy = bench.policy(3)
    status, talk, results, note, _ = bench.ask(7, policy, old=5)
    check(is_status(status, OK) and [r[0] for r in results] == [SIGNED] * 3, f"three sign: {talk} {results}")
    check(len(bench.cosigners(note, 7)) == 3, "three cosignatures hold")
    # From any size that they do not have, by what they answer.
    for old in (0, 3, 6, 7, 9, 40):
        status, _, results, note, _ = bench.ask(9, policy, old=old)
        check(is_status(status, OK) and len(bench.cosigners(note, 9)) == 3, f"from {old}: {results}")
    # One is down, two of three are wanted; then two are.
    check(bench.witnesses[1].stop()[0] == 0, "one stops")
    status, _, results, note, _ = bench.ask(12, bench.policy(2), old=9)
    check(is_status(status, OK) and results[1][0] == SILENT, f"two of three: {results}")
    check(bench.cosigners(note, 12) == [bench.keys[0].name, bench.keys[2].name], "their cosignatures hold")
    status, talk, _, note, _ = bench.ask(12, bench.policy(3), old=9)
    STATUSES[LIMIT] = status
    check(status != STATUSES[OK], "three of three are not")
    check("2 of 3 cosigned" in talk, f"it is told in numbers: {talk}")
    bench.witnesses[1] = bench.start(1)
    # It comes back with an older size than the others.
    status, _, results, note, _ = bench.ask(14, bench.policy(3), old=12)
    check(is_status(status, OK) and len(bench.cosigners(note, 14)) == 3, f"all again: {results}")
    # An address that is none, and none at all.
    status, _, results, _, _ = bench.ask(14, bench.policy(3, liar="ftp://127.0.0.1"), old=14)
    check(is_status(status, OK) and results[3][0] == UNASKED, f"no address: {results}")
    status, _, results, _, _ = bench.ask(14, bench.policy(3, liar=""), old=14)
    check(is_status(status, OK) and results[3][0] == UNASKED, f"no address: {results}")


def lies(bench):
    log, key, size = bench.log, bench.liar_key, 16
    text = log.text(size)
    now = int(time.time())
    cosigned = key.cosign(text, now)
    other_text = bench.fork.text(size)
    signed_by_other = Key(bench.folder, "witness.example/liar", b"\x55" * 32).cosign(text, now)
    larger = log.note(30)
    foreign = bench.fork.text(30) + "\n" + Key(bench.folder, log.key.name, b"\x66" * 32).line(bench.fork.text(30))
    get_or = lambda answer, shown: lambda path, _: shown if path.endswith("/checkpoint") else answer
    ping = iter(range(1, 1000))
    cases = [
        # The control: the same server, honest.
        ("honest", lambda *_: reply(200, cosigned), SIGNED),
        ("honest among others", lambda *_: reply(200, bench.keys[0].cosign(text, now) + cosigned), SIGNED),
        ("honest with a smaller size", lambda _, body: reply(200, cosigned) if body.startswith("old 4\n")
         else stale(4), SIGNED),
        ("a smaller size each time", lambda *_: stale(next(ping) % 14), REFUSED),
        ("a larger size", get_or(stale(30), reply(404)), AHEAD),
        ("a larger size and nonsense", get_or(stale(30), reply(200, "nonsense\n")), AHEAD),
        ("a larger size, signed by others", get_or(stale(30), reply(200, foreign)), AHEAD),
        ("a larger size and our own older log", get_or(stale(30), reply(200, log.note(8))), AHEAD),
        ("the largest size", get_or(stale(2**63 - 1), reply(404)), AHEAD),
        ("a larger size and silence", lambda path, _: None if path.endswith("/checkpoint") else stale(30), AHEAD),
        ("the same size", lambda _, body: stale(int(body.split()[1])), LIED),
        ("a size that is none", lambda *_: reply(409, "many\n", "text/x.tlog.size"), LIED),
        ("a negative size", lambda *_: reply(409, "-1\n", "text/x.tlog.size"), LIED),
        ("a size of 2^63", lambda *_: reply(409, f"{2**63}\n", "text/x.tlog.size"), LIED),
        ("a size without a newline", lambda *_: reply(409, "4", "text/x.tlog.size"), LIED),
        ("a size of another type", lambda *_: reply(409, "4\n"), LIED),
        ("no size", lambda *_: reply(409, "", "text/x.tlog.size"), LIED),
        ("a cosignature of another text", lambda *_: reply(200, key.cosign(other_text, now)), LIED),
        ("of another size", lambda *_: reply(200, key.cosign(log.text(15), now)), LIED),
        ("by another key of this name", lambda *_: reply(200, signed_by_other), LIED),
        ("by another witness", lambda *_: reply(200, bench.keys[0].cosign(text, now)), LIED),
        ("a changed one", lambda *_: reply(200, cosigned[:60] + ("A" if cosigned[60] != "A" else "B")
                                           + cosigned[61:]), LIED),
        ("a good one and a bad one", lambda *_: reply(200, cosigned + key.cosign(other_text, now)), LIED),
        ("a plain signature", lambda *_: reply(200, key.line(text, 4)), LIED),
        ("a time long ago", lambda *_: reply(200, key.cosign(text, now - 10**7)), LIED),
        ("a time far ahead", lambda *_: reply(200, key.cosign(text, now + 10**9)), LIED),
        ("no time", lambda *_: reply(200, key.cosign(text, 0)), LIED),
        ("nothing", lambda *_: reply(200, ""), LIED),
        ("nonsense", lambda *_: reply(200, "yes\n"), LIED),
        ("no newline", lambda *_: reply(200, cosigned[:-1]), LIED),
        ("another note whole", lambda *_: reply(200, "more\n\n" + cosigned), LIED),
        ("zeros", lambda *_: reply(200, b"\0" * 1000), LIED),
        ("65 signatures", lambda *_: reply(200, cosigned * 65), LIED),
        ("10 MiB", lambda *_: reply(200, b"x" * (10 << 20)), LIED),
        ("no end", lambda *_: endless, LIED),
        ("one byte at a time", lambda *_: dripping, SILENT),
        ("silence", lambda *_: None, SILENT),
        ("a closed connection", lambda *_: b"", SILENT),
        ("half a reply", lambda *_: reply(200, cosigned)[:-20], SILENT),
        ("no HTTP", lambda *_: b"SSH-2.0-witness\r\n", SILENT),
        ("400", lambda *_: reply(400), REFUSED),
        ("403", lambda *_: reply(403, cosigned), REFUSED),
        ("404", lambda *_: reply(404), REFUSED),
        ("429", lambda *_: reply(429), REFUSED),
        ("500", lambda *_: reply(500, cosigned), REFUSED),
        ("503", lambda *_: reply(503), REFUSED),
        ("201", lambda *_: reply(201, cosigned), REFUSED),
        ("a redirect", lambda *_: reply(302, "", more="Location: /elsewhere\r\n"), REFUSED),
        ("422", get_or(reply(422), reply(404)), REFUSED),
        ("422 and our own log", get_or(reply(422), reply(200, log.note(8))), REFUSED),
        # What stops a log: its own signature.
        ("a larger log of ours", get_or(stale(30), reply(200, larger)), PROVES),
        ("a larger fork of ours", get_or(stale(30), reply(200, bench.fork.note(30))), PROVES),
        ("a fork of ours, same size", get_or(reply(422), reply(200, bench.fork.note(size))), PROVES),
        ("a fork of ours, smaller", get_or(reply(422), reply(200, bench.fork.note(8))), PROVES),
    ]
    conflict = set()
    for name, answer, expected in cases:
        liar = Liar(answer)
        begun = time.monotonic()
        timeout = SILENCE_MS if expected == SILENT or "silence" in name else TIMEOUT_MS
        status, talk, results, note, evidence = bench.ask(size, bench.policy(3, liar.url), old=14, timeout=timeout)
        took = time.monotonic() - begun
        liar.close()
        check(len(results) == 4 and results[3][0] == expected, f"{name}: {results[3:]}")
        check([r[0] for r in results[:3]] == [SIGNED] * 3, f"{name}: the others sign: {results}")
        check(took < 4 * timeout / 1000 + 10, f"{name}: it took {took:.1f} s")
        check(liar.n <= 6, f"{name}: asked {liar.n} times")
        check(results[3][3].startswith("liar "), f"{name}: it is named")
        if expected == PROVES:
            conflict.add(status)
            check("liar" in talk and "rolled back" in talk, f"{name}: it says so: {talk}")
            check(note == "" and evidence.startswith(log.key.name), f"{name}: the evidence is kept")
        else:
            check(is_status(status, OK), f"{name}: three of four are enough: {status} {talk}")
            names = bench.cosigners(note, size)
            check(len(names) == (4 if expected == SIGNED else 3), f"{name}: {names}")
            check(evidence == "", f"{name}: no evidence")
    check(len(conflict) == 1 and conflict.isdisjoint(STATUSES.values()), f"a conflict is one: {conflict}")
    print(f"L-7: {len(cases)} witnesses")


def rolled_back(bench):
    """R-13 with real witnesses: a log that was restored from a copy meets what they have seen."""
    check(is_status(bench.ask(20, bench.policy(3), old=16)[0], OK), "the log grows")
    status, talk, results, _, evidence = bench.ask(18, bench.policy(3), old=16)
    check(not is_status(status, OK) and not is_status(status, LIMIT), f"it stops: {status}")
    check([r[0] for r in results] == [PROVES] * 3 and results[0][2] == 20, f"all show it: {results}")
    check(evidence.startswith(bench.log.note(20)), "with our own signature")
    check("20 entries, against ours of 18" in talk, talk)
    # Another log of the same size and of a larger one.
    for size in (20, 25):
        status, _, results, _, evidence = bench.ask(size, bench.policy(3), old=20, log=bench.fork)
        check([r[0] for r in results] == [PROVES] * 3, f"a fork of {size}: {results}")
        check(evidence.startswith(bench.log.note(20)), "with our own signature")
    # The control: the log itself goes on.
    check(is_status(bench.ask(25, bench.policy(3), old=20)[0], OK), "the log goes on")


def proxied(bench):
    """By a SOCKS5 proxy, which is told the name."""
    names = []

    def run(server):
        while True:
            peer, _ = server.accept()
            threading.Thread(target=serve, args=(peer,), daemon=True).start()

    def serve(peer):
        peer.recv(100)
        peer.sendall(b"\x05\x00")
        asked = peer.recv(1000)
        name, port = asked[5:5 + asked[4]].decode(), int.from_bytes(asked[-2:], "big")
        names.append((asked[3], name))
        peer.sendall(b"\x05\x00\x00\x01\0\0\0\0\0\0")
        with socket.create_connection(("127.0.0.1", port)) as onward:
            threading.Thread(target=pump, args=(peer, onward), daemon=True).start()
            pump(onward, peer)

    def pump(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=run, args=(server,), daemon=True).start()
    with open(bench.policy(3)) as file:
        policy = bench.write("policy", file.read().replace("127.0.0.1", "witness.onion"))
    status, talk, results, _, _ = bench.ask(26, policy, old=25, proxy=f"127.0.0.1:{server.getsockname()[1]}")
    check(is_status(status, OK), f"by a proxy: {talk} {results}")
    check(set(names) == {(3, "witness.onion")}, f"which resolves: {names}")
    # The control: without it nobody is there.
    check([r[0] for r in bench.ask(27, policy, old=26)[2]] == [SILENT] * 3, "without the proxy nobody answers")


with tempfile.TemporaryDirectory() as scratch:
    made = Bench(scratch)
    refused_checkpoints(made)
    honest(made)
    lies(made)
    rolled_back(made)
    proxied(made)
    for witness in made.witnesses:
        check(witness.stop()[0] == 0, "the witnesses end well")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"largest process: {memory} KiB")
    if "san" not in PROGRAM:
        check(memory < 100 * 1024, f"memory stays small: {memory} KiB")
raise SystemExit(1 if failures else 0)
