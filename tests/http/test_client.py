"""The HTTP client against servers on loopback: what is on the wire, limits, redirects, the proxy (P-5,
P-6). Usage: test_client.py PROBE"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROBE = sys.argv[1]
seen = []


def listen(handle):
    server = socket.create_server(("127.0.0.1", 0))

    def run():
        while True:
            peer, _ = server.accept()
            threading.Thread(target=handle, args=(peer,), daemon=True).start()
    threading.Thread(target=run, daemon=True).start()
    return server.getsockname()[1]


def read_request(peer):
    data = b""
    while b"\r\n\r\n" not in data:
        more = peer.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += peer.recv(65536)
    return head + b"\r\n\r\n" + body


def serve(peer):
    request = read_request(peer)
    seen.append(request)
    path = request.split(b" ")[1] if b" " in request else b""
    replies = {
        b"/full": b"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 4\r\n\r\nbusy",
        b"/away": b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n",
        b"/broken": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"/endless": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300000,
    }
    if path == b"/hang":
        time.sleep(5)
    if path == b"/slow":
        try:
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n")
            for _ in range(300):
                peer.sendall(b"x" * 10)
                time.sleep(0.1)
        except OSError:
            pass
    try:
        peer.sendall(replies.get(path, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    except OSError:
        pass
    peer.close()


proxied = []


def socks(peer):
    """SOCKS5 without authentication; the name `desk.onion` is the server's."""
    peer.recv(2 + peer.recv(2, socket.MSG_PEEK)[1])
    peer.sendall(b"\5\0")
    _, _, _, kind, n = peer.recv(5)
    name = peer.recv(n).decode()
    peer.recv(2)
    proxied.append((kind, name))
    upstream = socket.create_connection(("127.0.0.1", PORT))
    peer.sendall(b"\5\0\0\1\0\0\0\0\0\0")

    def pump(a, b):
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    threading.Thread(target=pump, args=(peer, upstream), daemon=True).start()
    pump(upstream, peer)


PORT = listen(serve)
PROXY = listen(socks)
HERE = f"http://127.0.0.1:{PORT}"


def probe(url, proxy="-", post="-", limit=100000, timeout=2000, env=None, trace=None, stall=0):
    command = [PROBE, proxy, post, str(limit), str(timeout), url, str(stall)]
    env = {**os.environ, **(env or {})}
    if trace:
        env["ASAN_OPTIONS"] = "detect_leaks=0"  # which cannot look while it is traced itself
        command = ["strace", "-f", "-o", trace, "-e", "trace=connect,sendto,sendmsg", *command]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True,
                          env=env).stdout.strip()


def connects(trace):
    return set(re.findall(r"connect\(.*?sin6?_port=htons\((\d+)\)", open(trace).read()))


def main():
    folder = tempfile.mkdtemp()
    envelope, trace = f"{folder}/envelope", f"{folder}/trace"
    with open(envelope, "wb") as file:
        file.write(os.urandom(16384))
    assert probe(HERE + "/ok") == "200 2 0"
    assert probe(HERE + "/full") == "503 4 120"
    # A redirect is not followed.
    seen.clear()
    assert probe(HERE + "/away") == "302 0 0"
    assert len(seen) == 1
    # Limits and failures.
    assert "failed" in probe(HERE + "/endless", limit=299999)
    assert probe(HERE + "/endless", limit=300000) == "200 300000 0"
    assert "failed" in probe(HERE + "/broken")
    assert "failed" in probe(HERE + "/hang", timeout=500)
    # 100 bytes a second: given up after the stall, not after the timeout; without one it goes on.
    start = time.monotonic()
    assert "failed" in probe(HERE + "/slow", limit=300000, timeout=25000, stall=2)
    assert time.monotonic() - start < 20
    start = time.monotonic()
    assert "failed" in probe(HERE + "/slow", limit=300000, timeout=6000)
    assert time.monotonic() - start > 5
    for bad in ("ftp://127.0.0.1/", "file:///etc/passwd", "http://a@127.0.0.1/", HERE + "/?q",
                "http:///x", HERE + "/a b", "http://", "gopher://127.0.0.1/", HERE + "/#f"):
        assert "failed" in probe(bad), bad
    # On the wire: just these headers, whatever the environment; one size.
    seen.clear()
    probe(HERE + "/ok", post=envelope)
    probe(HERE + "/ok", post=envelope, env={
        "LANG": "de_DE.UTF-8", "http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "socks5://127.0.0.1:1"})
    assert len(seen) == 2 and seen[0] == seen[1]
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /ok HTTP/1.1", b"Host: 127.0.0.1:%d" % PORT, b"Accept: */*",
        b"Content-Type: application/octet-stream", b"Content-Length: 16384"], head
    assert len(body) == 16384
    # Through the proxy: names go to it, and nothing else is connected to or asked.
    assert probe("http://desk.onion/ok", proxy=f"127.0.0.1:{PROXY}", trace=trace) == "200 2 0"
    assert proxied == [(3, "desk.onion")], proxied
    assert connects(trace) == {str(PROXY)}, connects(trace)
    # The control: strace sees a connection that goes elsewhere.
    probe(HERE + "/ok", trace=trace)
    assert connects(trace) == {str(PORT)}, connects(trace)
    print("ok")


main()
