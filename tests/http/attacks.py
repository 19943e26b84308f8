"""What attacks on the HTTP server share: the server, and requests with more than one reading."""
import os
import resource
import socket
import subprocess
import tempfile
import time

failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print("FAILED:", what)


class Probe:
    def __init__(self, program, *faults, n_files=None):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "socket")
        self.process = subprocess.Popen([program, *faults, self.path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        preexec_fn=n_files and (lambda: resource.setrlimit(
                                            resource.RLIMIT_NOFILE, (n_files, n_files))))
        self.port = int(self.process.stdout.readline())

    def connect(self):
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=60)
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the server takes no connections")

    def connections(self):
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def settles(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.05)
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        check(self.process.wait(60) == 0, "the server ends well")
        self.process.stdout.close()
        self.folder.cleanup()


def receive(peer):
    """All that comes until the other side closes, and whether it did."""
    data = b""
    try:
        while True:
            more = peer.recv(65536)
            if not more:
                return data, True
            data += more
    except socket.timeout:
        return data, False
    except OSError:
        return data, True


def exchange(probe, request, wait=30):
    with probe.connect() as peer:
        peer.settimeout(wait)
        try:
            peer.sendall(request)
        except OSError:
            pass
        return receive(peer)


def seen(probe):
    reply, _ = exchange(probe, b"GET /seen HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    return int(reply.rpartition(b"\r\n\r\n")[2])


HIDDEN = b"GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"


def head(*lines, method=b"POST /echo", version=b"HTTP/1.1"):
    return b"\r\n".join((method + b" " + version, b"Host: h") + lines) + b"\r\n\r\n"


def smuggling():
    """(name, bytes): each has more than one reading; behind each stands a request that must not be
    served."""
    one = b"Content-Length: 1"
    chunked = b"Transfer-Encoding: chunked"
    body = b"0\r\n\r\n"
    yield "length and chunked", head(b"Content-Length: 5", chunked) + body
    yield "chunked and length", head(chunked, b"Content-Length: 5") + body
    yield "two lengths", head(one, b"Content-Length: 2") + b"xx"
    yield "two equal lengths", head(one, one) + b"x"
    yield "two lengths in a list", head(b"Content-Length: 1, 1") + b"x"
    yield "two lengths, one folded", head(b"Content-Length: 1\r\n 2") + b"x"
    for text in (b"+1", b"-1", b"1 ", b"0x1", b"1.0", b"1e0", b"01", b"", b"one", b"1;", b"1\t",
                 b"\x0b1", b"18446744073709551617", b"9" * 400, b"\xc2\xa01", b"1_0", b"1 1"):
        yield f"length {text[:24]!r}", head(b"Content-Length: " + text) + b"x"
    for name in (b"Content-Length ", b" Content-Length", b"Content-Length\t", b"Content\x00-Length",
                 b"Content-Length\x0b", b"Content_Length\x7f", b"Content-Length\xff", b"",
                 b"Content Length", b"(Content-Length)"):
        yield f"name {name!r}", head(one, name + b": 31", method=b"GET /hello")
    for text in (b"xchunked", b"chunked, chunked", b"identity", b"chunked;q=1", b"gzip, chunked",
                 b"\x0bchunked", b"chunked\x0b", b"\"chunked\"", b"", b"chunked,", b"chunked ",
                 b"chunked\x00", b"chu\x00nked", b"CHUNKED, identity"):
        yield f"coding {text!r}", head(b"Transfer-Encoding: " + text) + body
    yield "two codings", head(chunked, b"Transfer-Encoding: identity") + body
    yield "coding folded", head(b"Transfer-Encoding:\r\n chunked") + body
    yield "coding with space before colon", head(b"Transfer-Encoding : chunked") + body
    yield "coding in HTTP/1.0", head(chunked, one, version=b"HTTP/1.0") + body
    yield "GET with a length", head(b"Content-Length: 31", method=b"GET /hello")
    yield "GET with chunks", head(chunked, method=b"GET /hello") + body
    yield "HEAD with a length", head(b"Content-Length: 31", method=b"HEAD /hello")
    yield "folded line", head(b"X: a\r\n b", method=b"GET /hello")
    yield "folded by tabulator", head(b"X: a\r\n\tb", method=b"GET /hello")
    yield "folded first line", b"GET /hello HTTP/1.1\r\n X: a\r\nHost: h\r\n\r\n"
    yield "folded empty line", head(b"X: a\r\n ", method=b"GET /hello")
    yield "folded host", b"GET /hello HTTP/1.1\r\nHost:\r\n h\r\n\r\n"
    yield "LF alone", b"GET /hello HTTP/1.1\nHost: h\n\n"
    yield "LF behind the request line", b"GET /hello HTTP/1.1\nHost: h\r\n\r\n"
    yield "LF in the middle", head(b"X: a\nContent-Length: 31", method=b"GET /hello")
    yield "LF behind a space", head(b"X: a \nContent-Length: 31", method=b"GET /hello")
    yield "LF at the end", b"GET /hello HTTP/1.1\r\nHost: h\r\n\n"
    yield "LF before the end", b"GET /hello HTTP/1.1\r\nHost: h\n\r\n"
    yield "CR alone", head(b"X: a\rContent-Length: 31", method=b"GET /hello")
    yield "CR CR LF", head(b"X: a\r", method=b"GET /hello")
    yield "CR in the request line", b"GET /hello HTTP/1.1\r\r\nHost: h\r\n\r\n"
    yield "zero in a value", head(b"X: a\x00b", method=b"GET /hello")
    yield "zero in a name", head(b"X\x00Y: a", method=b"GET /hello")
    yield "zero in the target", b"GET /hello\x00/x HTTP/1.1\r\nHost: h\r\n\r\n"
    yield "zero in the version", b"GET /hello HTTP/1.1\x00\r\nHost: h\r\n\r\n"
    yield "escape in a value", head(b"X: a\x1bb", method=b"GET /hello")
    yield "line without a colon", head(b"nothing", method=b"GET /hello")
    yield "two hosts", head(b"Host: other", method=b"GET /hello")
    yield "no host", b"GET /hello HTTP/1.1\r\n\r\n"
    yield "two spaces", b"GET  /hello HTTP/1.1\r\nHost: h\r\n\r\n"
    yield "tabulator between", b"GET\t/hello HTTP/1.1\r\nHost: h\r\n\r\n"
    yield "space behind", b"GET /hello HTTP/1.1 \r\nHost: h\r\n\r\n"
    yield "space in the target", b"GET /hel lo HTTP/1.1\r\nHost: h\r\n\r\n"
    yield "no version", b"GET /hello\r\nHost: h\r\n\r\n"
    yield "HTTP/0.9", b"GET /hello\r\n"
    yield "HTTP/1.2", head(method=b"GET /hello", version=b"HTTP/1.2")
    yield "HTTP/2.0", head(method=b"GET /hello", version=b"HTTP/2.0")
    yield "HTTP/1.10", head(method=b"GET /hello", version=b"HTTP/1.10")
    yield "http/1.1", head(method=b"GET /hello", version=b"http/1.1")
    yield "a preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield "a PROXY line", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n" + head(method=b"GET /hello")
    yield "absolute target", b"GET http://h/hello HTTP/1.1\r\nHost: h\r\n\r\n"
    yield "CONNECT", b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"
    yield "TRACE", head(method=b"TRACE /hello")
    yield "OPTIONS *", head(method=b"OPTIONS *")
    yield "chunk size negative", head(chunked) + b"-1\r\nx\r\n0\r\n\r\n"
    yield "chunk size overflowing", head(chunked) + b"10000000000000001\r\nx\r\n0\r\n\r\n"
    yield "chunk size 0x", head(chunked) + b"0x1\r\nx\r\n0\r\n\r\n"
    yield "chunk extension of 64 KiB", head(chunked) + b"1;" + b"e" * 65536 + b"\r\nx\r\n0\r\n\r\n"
    yield "chunk ended by LF", head(chunked) + b"1\nx\n0\n\n"
    yield "trailer with a length", head(chunked) + b"0\r\nContent-Length: 31\r\n\r\n"
    yield "a request as body", head(b"Content-Length: 0") + HIDDEN
