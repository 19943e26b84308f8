"""Attacks on the HTTP server, in bytes over sockets (H-1 to H-4, H-8 and P-5 of doc/testing.md), each
with a planted fault that it must catch. Usage: test_server.py PROBE; UNDERSIGN_FULL=1: full length."""
import http.server
import os
import socket
import struct
import sys
import threading
import time
from random import Random

from attacks import HIDDEN, Probe, check, exchange, failures, head, receive, seen, smuggling

PROBE = sys.argv[1]
FULL = os.environ.get("UNDERSIGN_FULL") == "1"
REFUSED = (b"400", b"405", b"411", b"413", b"414", b"417", b"431", b"501", b"505")


def smuggles(ask, count):
    """Names of the cases that were served, or after which the connection went on."""
    let_through = []
    for name, attack in smuggling():
        before = count()
        reply, has_closed = ask(attack + HIDDEN)
        served = count() - before
        # Of a whole POST without a body the answer may come: what stands behind it is dropped.
        allowed = name == "a request as body"
        refused = allowed or reply == b"" or reply.split(b" ")[1] in REFUSED
        if served != allowed or not refused or not has_closed or reply.count(b"HTTP/1.1 2") > allowed:
            let_through.append(name)
    return let_through


class Lenient(http.server.BaseHTTPRequestHandler):
    """The planted fault: a server that is easily pleased."""
    protocol_version = "HTTP/1.1"
    n_seen = 0

    def do_GET(self):
        Lenient.n_seen += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_OPTIONS = do_POST = do_GET

    def log_message(self, *_):
        pass


def ask_lenient(server, request):
    with socket.create_connection(server.server_address, timeout=0.1) as peer:
        peer.sendall(request)
        return receive(peer)


def h3_smuggling():
    with Probe(PROBE) as probe:
        n = len(list(smuggling()))
        check(n >= 60, f"there are 60 smuggling cases, not {n}")
        for name in smuggles(lambda request: exchange(probe, request), lambda: seen(probe)):
            check(False, f"smuggling: {name}")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lenient) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        caught = smuggles(lambda request: ask_lenient(server, request), lambda: Lenient.n_seen)
        check(len(caught) >= 20, f"a lenient server is caught often, not {len(caught)} times")
        server.shutdown()
    print(f"H-3: {n} cases; a lenient server failed {len(caught)}")


def h4_paths():
    paths = [b"/..", b"/../x", b"/a/../b", b"/a/..", b"/.", b"/a/.", b"/./a", b"/a/./b", b"//", b"//a",
             b"/a//b", b"/a//", b"/%2e%2e/x", b"/%2e%2e%2fx", b"/..%2fx", b"/%00", b"/a%00b", b"/a%2fb",
             b"/%", b"/%zz", b"/%25", b"/%c0%ae%c0%ae/x", b"/..;/x", b"/a;b", b"/a\\b", b"/..\\x", b"/a b",
             b"/a\tb", b"/a\x01", b"/a\x7f", b"/\xc3\xa4", b"/\xff", b"/a\"b", b"/a<b", b"/a|b", b"/a^b",
             b"/a`b", b"/{a}", b"/a#b", b"/a*b", b"/a!b", b"/a$b", b"/a&b", b"/a'b", b"/(a)", b"/a,b",
             b"a", b"", b"*", b"?", b"?a", b"http:/a", b"\\", b".", b"..", b"~", b"%2f", b"/a?b#c", b"/a?<b",
             b"/a?b\x00c", b"/a?\xc3\xa4", b"/a?b|c", b"/a?b\\c"]
    good = [b"/", b"/a", b"/a/", b"/a/b.c", b"/...", b"/.a", b"/a..b", b"/~a", b"/tile/x001/067.p/1", b"/a?",
            b"/a?b=/../c", b"/a?%00", b"/a?b?c"]
    with Probe(PROBE) as probe:
        before = seen(probe)
        for path in paths:
            reply, _ = exchange(probe, b"GET " + path + b" HTTP/1.1\r\nHost: h\r\n\r\n")
            check(reply == b"" or reply.startswith(b"HTTP/1.1 400"), f"path {path!r} is refused")
        check(seen(probe) == before, "no such path is handed to the handler")
        # The control: the same exchange lets what is good through.
        for path in good:
            exchange(probe, b"GET " + path + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        check(seen(probe) == before + len(good), "good paths are handed on")
    print(f"H-4: {len(paths)} paths refused, {len(good)} taken")


def h2_too_much():
    many = b"".join(b"X-%d: a\r\n" % i for i in range(10000))
    cases = [
        ("1 GiB announced", head(b"Content-Length: 1073741824"), b"413"),
        ("one byte too many", head(b"Content-Length: 16385"), b"413"),
        ("2^64", head(b"Content-Length: 18446744073709551616"), b"413"),
        ("a body where there is none", head(b"Content-Length: 1", method=b"POST /hello"), b"413"),
        ("over a route's own limit", head(b"Content-Length: 17", method=b"POST /tiny"), b"413"),
        ("endless chunks", head(b"Transfer-Encoding: chunked") + b"400\r\n" + b"x" * 1024, b"411"),
        ("no length", head(), b"411"),
        ("a target of 2,049 bytes", head(method=b"GET /" + b"a" * 2048), b"414"),
        ("a target of 1 MiB", head(method=b"GET /" + b"a" * (1 << 20)), b"414"),
        ("10,000 header lines", head(many[:-2], method=b"GET /hello"), b"431"),
        ("65 header lines", head(*[b"X: a"] * 64, method=b"GET /hello"), b"431"),
        ("a header line of 1 MiB", head(b"X: " + b"a" * (1 << 20), method=b"GET /hello"), b"431"),
        ("a head of 17 KiB", head(b"X: " + b"a" * 17 * 1024, method=b"GET /hello"), b"431"),
        ("gzip", head(b"Content-Encoding: gzip", b"Content-Length: 20") + b"\x1f\x8b" + b"x" * 18, b"415"),
        ("deflate", head(b"Content-Encoding: deflate", b"Content-Length: 1") + b"x", b"415"),
        ("two encodings", head(b"Content-Encoding: identity", b"Content-Encoding: br",
                               b"Content-Length: 1") + b"x", b"415"),
        ("another expectation", head(b"Expect: wonders", b"Content-Length: 1"), b"417"),
        ("PUT", head(b"Content-Length: 1", method=b"PUT /echo"), b"405"),
        ("DELETE", head(method=b"DELETE /echo"), b"405"),
        # Closed without an answer: libmicrohttpd runs out of its memory for a connection.
        ("cookies without end", head(b"Cookie: " + b"a=b; " * 3000, method=b"GET /hello"), None),
        ("arguments without end", head(method=b"GET /hello?" + b"a&" * 1000), None),
    ]
    with Probe(PROBE) as probe:
        before, memory = seen(probe), probe.memory()
        for name, attack, status in cases:
            begun = time.monotonic()
            reply, has_closed = exchange(probe, attack)
            # A peer that is still sending may lose the answer to a reset.
            lost = reply == b"" and (len(attack) > 24 * 1024 or not status)
            check(lost or reply.startswith(b"HTTP/1.1 " + (status or b"4")), f"{name}: {reply[:40]!r}")
            check(has_closed, f"{name}: the connection is closed")
            check(time.monotonic() - begun < 20, f"{name}: at once")
        check(seen(probe) == before, "nothing of it is handed on")
        grown = probe.memory() - memory
        check(grown < 1024 * len(cases), f"memory grew by {grown} KiB")
        # The control: what is just not too much is taken.
        for request in (head(b"Content-Length: 16384") + b"x" * 16384,
                        head(method=b"GET /" + b"a" * 2047), head(*[b"X: a"] * 63, method=b"GET /hello"),
                        head(b"Content-Encoding: identity", b"Content-Length: 1") + b"x",
                        head(b"X: " + b"a" * 15 * 1024, method=b"GET /hello")):
            exchange(probe, request.replace(b"Host: h", b"Host: h\r\nConnection: close").replace(
                b"X: a\r\n", b"", 1))
        check(seen(probe) == before + 5, "what is just not too much is taken")
        with probe.connect() as peer:
            peer.sendall(head(b"Expect: 100-continue", b"Content-Length: 3"))
            check(peer.recv(100).startswith(b"HTTP/1.1 100 "), "who asks first is told to go on")
            peer.sendall(b"abc")
            check(receive(peer)[0].endswith(b"abc"), "and is answered")
    print(f"H-2: {len(cases)} cases, memory grew by {grown} KiB")


class Honest:
    """Somebody who asks and delivers all the while, and how long that took at worst."""

    def __init__(self, probe):
        self.probe, self.n, self.n_failed, self.times = probe, 0, 0, []
        self.is_ending = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        body = os.urandom(16384)
        while not self.is_ending.wait(0.05):
            begun = time.monotonic()
            replies = [exchange(self.probe, b"GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")[0],
                       exchange(self.probe, head(b"Content-Length: 16384") + body)[0]]
            self.times.append(time.monotonic() - begun)
            self.n_failed += not (replies[0].endswith(b"hello\n") and replies[1].endswith(body))

    def end(self):
        self.is_ending.set()
        self.thread.join()
        return sorted(self.times)


def slow(probe, kind, seconds, n):
    """Opens n slow connections that go on sending bytes; returns how many the server closed."""
    begin = {"head": b"GET /hello HTTP/1.1\r\nHost: h\r\nX: ", "body": head(b"Content-Length: 16000"),
             "nothing": b""}[kind]
    honest = Honest(probe)
    peers = []
    begun = time.monotonic()
    for _ in range(n):
        peer = probe.connect()
        peer.sendall(begin)
        peer.setblocking(False)
        peers.append(peer)
        time.sleep(0.002)  # at most 500 a second
    closed = set()
    while time.monotonic() < begun + seconds and len(closed) < n:
        for i, peer in enumerate(peers):
            if i in closed:
                continue
            try:
                if kind != "nothing":
                    peer.send(b"a")
                if peer.recv(1000) == b"":
                    closed.add(i)
            except BlockingIOError:
                pass
            except OSError:
                closed.add(i)
        time.sleep(0.05)
    took = time.monotonic() - begun
    times = honest.end()
    for peer in peers:
        peer.close()
    check(times and honest.n_failed == 0, f"slow {kind}: {honest.n_failed} honest requests failed")
    print(f"H-1: {len(closed)} of {n} slow ({kind}) closed after {took:.1f} s; {2 * len(times)} honest requests "
          f"meanwhile, two took {times[len(times) // 2] * 1000:.0f} ms (median), {times[-1] * 1000:.0f} ms (worst)")
    return len(closed)


def h1_slow():
    n = 4000 if FULL else 200
    with Probe(PROBE) as probe:
        for kind in ("nothing", "head", "body"):
            # 256 connections at most: of 4,000 the honest still get through.
            check(slow(probe, kind, 120, n) == n, f"slow {kind}: each is closed")
            check(probe.settles(lambda: probe.connections() == 0), "no connection is left")
        # A peer that does not read its answer.
        peers = [probe.connect() for _ in range(50)]
        for peer in peers:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.sendall(HIDDEN.replace(b"hello", b"big") * 30)
        check(probe.settles(lambda: probe.connections() == 0, 300), "who does not read is cut")
        for peer in peers:
            peer.close()
    # Fewer descriptors than connections: the server makes room all the same.
    with Probe(PROBE, n_files=60) as probe:
        for kind in ("nothing", "head", "body"):
            check(slow(probe, kind, 120, 200) == 200, f"slow {kind}, 60 descriptors: each is closed")
    with Probe(PROBE, "patient") as probe:
        check(slow(probe, "head", 4, 50) == 0, "the control: without limits of time nobody is closed")


def churn(probe, n):
    for i in range(n):
        peer = probe.connect()
        kind = i % 5
        if kind == 1:
            peer.sendall(b"GET /hel")
        elif kind == 2:
            peer.sendall(head(b"Content-Length: 16000") + b"half")
        elif kind == 3:
            peer.sendall(HIDDEN)
        elif kind == 4:
            peer.sendall(b"GET /later HTTP/1.1\r\nHost: h\r\n\r\n")
        if i % 2:  # a reset instead of a farewell
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()


def h8_churn():
    n = 50000 if FULL else 2000
    with Probe(PROBE) as probe:
        exchange(probe, HIDDEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        check(probe.settles(lambda: probe.connections() == 0), "the baseline")
        base = probe.descriptors()
        churn(probe, n)
        check(probe.settles(lambda: probe.connections() == 0), "no connection is left")
        check(probe.settles(lambda: probe.descriptors() == base), "descriptors are back at the baseline")
        check(exchange(probe, head(b"Content-Length: 2") + b"ok")[0].endswith(b"ok"), "it still serves")
    with Probe(PROBE, "leak") as probe:
        base = probe.descriptors()
        churn(probe, 100)
        # On a busy machine the churn may be over before the server has looked at any of it.
        check(probe.settles(lambda: probe.descriptors() > base) and
              not probe.settles(lambda: probe.descriptors() == base, 2), "the control: a leak is noticed")
    print(f"H-8: {n} connections")


def mutate(random, seeds):
    data = bytearray(random.choice(seeds))
    if random.random() < 0.3:
        data += random.choice(seeds)
    for _ in range(random.choice([0, 1, 2, 5, 20])):
        kind, at = random.random(), random.randrange(len(data) + 1)
        if kind < 0.4 and at < len(data):
            data[at] = random.randrange(256)
        elif kind < 0.6:
            data[at:at] = bytes([random.choice(b"\r\n\0 :\t,;=?&%/")])
        elif kind < 0.8:
            del data[at:at + random.randrange(1, 9)]
        else:
            begin = random.randrange(len(data) + 1)
            data[at:at] = data[begin:begin + random.randrange(1, 400)] * random.randrange(1, 30)
    return bytes(data)


def h3_mutations():
    """Changed requests, sent in two parts, some reset: for the sanitizers; nothing of them stays."""
    n = 40000 if FULL else 2000
    seed = int(os.environ.get("UNDERSIGN_SEED", "1"))
    print(f"UNDERSIGN_SEED={seed}")
    random = Random(seed)
    seeds = [attack for _, attack in smuggling()] + [
        HIDDEN, head(b"Content-Length: 5") + b"abcde", HIDDEN.replace(b"hello", b"later"),
        head(b"Cookie: " + b"a=b; " * 200, method=b"GET /hello?x=1&y=2"),
        head(b"Expect: 100-continue", b"Content-Length: 3") + b"abc"]
    with Probe(PROBE) as probe:
        for _ in range(n // 40):
            peers = []
            for _ in range(40):
                data, peer = mutate(random, seeds), probe.connect()
                peer.settimeout(0.02)
                at = random.randrange(len(data) + 1)
                peers.append((peer, data[:at], data[at:]))
            for part in (1, 2):
                for peer in peers:
                    try:
                        peer[0].sendall(peer[part])
                    except OSError:
                        pass
            for peer, _, _ in peers:
                try:
                    peer.recv(2000)
                except OSError:
                    pass
                if random.random() < 0.3:
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                peer.close()
        check(probe.settles(lambda: probe.connections() == 0), "no connection is left")
        check(exchange(probe, head(b"Content-Length: 2") + b"ok")[0].endswith(b"ok"), "it still serves")
    print(f"H-3: {n} changed requests")


for attack in (h3_smuggling, h3_mutations, h4_paths, h2_too_much, h8_churn, h1_slow):
    attack()
raise SystemExit(1 if failures else 0)
