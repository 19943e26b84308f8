#!/usr/bin/env python3
"""The recipes for web servers, run: each configuration is one that the server takes, a bundle is fetched
through it, the desk's socket is asked through it, and nothing about who asked is passed on or written
down (P-4). Usage: test_web.py PROGRAM PACKAGING-FOLDER nginx|caddy"""
import http.server
import os
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from ports import free_port  # noqa: E402

PROGRAM, PACKAGING, WHICH = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
FOLDER = tempfile.mkdtemp()
os.chmod(FOLDER, 0o755)
SOCKET = f"{FOLDER}/web.sock"
CANARIES = ["canary-agent", "canary-cookie", "203.0.113.77", "canary-referer", "xx-CANARY",
            "127.0.0.9"]
seen = []
# Header lines of every answer, as a desk has them.
FIXED = {
    "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp",
    "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
    "permissions-policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
                          "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"}
# What stands beside a bundle, and programs for browsers.
BESIDE = {"badge.svg": "image/svg+xml", "card.svg": "image/svg+xml", "counter.html": "text/html; charset=utf-8",
          "feed.atom": "application/atom+xml", "tally.csv": "text/csv; charset=utf-8", "tally.json": "application/json",
          "recount.js": "text/javascript; charset=utf-8", "undersign.wasm": "application/wasm",
          "as-of-9.html": "text/html; charset=utf-8", "kit.html": "application/octet-stream"}


class Desk(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "socket"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen.append((self.command, self.path, dict(self.headers.items()), body))
        reply = b"desk"
        self.send_response(202)
        for name, value in FIXED.items():
            self.send_header(name, value)
        self.send_header("cache-control", "no-store")
        self.send_header("cross-origin-resource-policy", "same-origin")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST = answer


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def handle_error(self, *_):  # a client that was cut off
        pass

    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("socket", 0)


def certificate():
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=desk.example",
         "-keyout", f"{FOLDER}/key.pem", "-out", f"{FOLDER}/fullchain.pem", "-days", "2"],
        check=True, capture_output=True)


def ask(port, path, method="GET", body=b"", source="127.0.0.9"):
    """Everything that could tell who asks. Returns status, headers, body."""
    connection = socket.create_connection(("127.0.0.1", port), source_address=(source, 0), timeout=20)
    connection.sendall(
        f"{method} {path} HTTP/1.1\r\nHost: desk.example\r\nUser-Agent: canary-agent\r\n"
        "Cookie: canary-cookie\r\nX-Forwarded-For: 203.0.113.77\r\nX-Real-IP: 203.0.113.77\r\n"
        "Forwarded: for=203.0.113.77\r\nReferer: http://canary-referer/\r\n"
        "Accept-Language: xx-CANARY\r\nUndersigned-Stamp: 0123\r\nAccept: */*\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n".encode() + body)
    data = b""
    while True:
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            break
        if not more:
            break
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return int(lines[0].split(" ")[1]), dict(
        line.lower().split(": ", 1) for line in lines[1:]), body


def assert_headers(path, headers, is_shown):
    for name, value in FIXED.items():
        assert headers.get(name) == value.lower(), (path, name, headers)
    wanted = "cross-origin" if is_shown else "same-origin"
    assert headers.get("cross-origin-resource-policy") == wanted, (path, headers)


class Nginx:
    """Takes the recipe as it is for `nginx -t`; to be run it loses TLS and gets a free port."""

    def __init__(self, recipe, changes):
        self.prefix = tempfile.mkdtemp(dir=FOLDER)
        os.chmod(self.prefix, 0o755)
        with open(f"{PACKAGING}/nginx/{recipe}") as file:
            text = file.read()
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        checked = re.sub(r"/etc/ssl/[a-z.]+/", f"{FOLDER}/", text)
        self.write("checked.conf", re.sub(r"(listen .*?)443", rf"\g<1>{free_port()}", checked))
        result = subprocess.run(self.command("checked.conf", "-t"), capture_output=True, text=True)
        assert result.returncode == 0 and "warn" not in result.stderr, result.stderr
        self.port = free_port()
        run = re.sub(r"\tlisten \[::\].*\n|\tssl_.*\n", "", text)
        run, n = re.subn(r"listen 443 ssl http2;", f"listen 127.0.0.1:{self.port};", run)
        assert n == 1
        self.write("run.conf", run)
        self.process = subprocess.Popen(self.command("run.conf"), stdout=subprocess.DEVNULL,
                                        stderr=open(f"{self.prefix}/stderr", "w"))
        wait(self.port, self.process)

    def write(self, name, server):
        with open(f"{self.prefix}/{name}", "w") as file:
            file.write(f"daemon off; master_process off; pid {self.prefix}/pid;\n"
                       f"error_log {self.prefix}/error.log info;\nevents {{}}\nhttp {{\n"
                       + "".join(f"{kind}_temp_path {self.prefix}/{kind};\n" for kind in (
                           "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
                       + f"access_log {self.prefix}/access.log;\n{server}}}\n")

    def command(self, name, *options):
        return ["nginx", "-p", self.prefix, "-c", f"{self.prefix}/{name}", *options]


class Caddy:
    def __init__(self, recipe, changes):
        self.prefix = tempfile.mkdtemp(dir=FOLDER)
        self.env = dict(os.environ, HOME=self.prefix, XDG_DATA_HOME=self.prefix,
                        XDG_CONFIG_HOME=self.prefix)
        with open(f"{PACKAGING}/caddy/{recipe}") as file:
            text = file.read()
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        self.write("checked", text)
        result = subprocess.run(
            ["caddy", "validate", "--adapter", "caddyfile", "--config", f"{self.prefix}/checked"],
            capture_output=True, text=True, env=self.env, timeout=60)
        assert result.returncode == 0, result.stderr
        self.port = free_port()
        run, n = re.subn(r"(?m)^(desk|mirror)\.example \{", f"http://:{self.port} {{\n\tbind 127.0.0.1",
                         text)
        assert n == 1
        self.write("run", run.replace("{\n\tadmin off", "{\n\tadmin off\n\tauto_https off", 1))
        self.process = subprocess.Popen(
            ["caddy", "run", "--adapter", "caddyfile", "--config", f"{self.prefix}/run"],
            stdout=open(f"{self.prefix}/stdout", "w"), stderr=open(f"{self.prefix}/stderr", "w"),
            env=self.env)
        wait(self.port, self.process)

    def write(self, name, text):
        with open(f"{self.prefix}/{name}", "w") as file:
            file.write(text)


def wait(port, process):
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def stop(server):
    server.process.terminate()
    server.process.wait(timeout=60)


def written(server):
    """The canaries in files that the server wrote."""
    found = set()
    for folder, _, names in os.walk(server.prefix):
        for name in names:
            if name in ("checked", "run", "checked.conf", "run.conf"):
                continue
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            found |= {canary for canary in CANARIES if canary.encode() in content}
    return found


def desk(make, recipe):
    backend = UnixServer(SOCKET, Desk)
    os.chmod(SOCKET, 0o777)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    where = {"/run/undersign-web.sock": SOCKET}
    server = make(recipe, where)
    seen.clear()
    body = os.urandom(16384)
    assert ask(server.port, "/letters/x/statements", "POST", body)[0] == 202
    status, headers, content = ask(server.port, "/desk.json?q=1")
    assert status == 202 and content == b"desk"
    assert_headers("/desk.json", headers, False)
    assert headers["cache-control"] == "no-store", headers
    assert "/" not in headers.get("server", ""), headers  # no version
    assert [(method, path) for method, path, _, _ in seen] == [
        ("POST", "/letters/x/statements"), ("GET", "/desk.json?q=1")]
    assert seen[0][3] == body
    assert seen[0][2]["Undersigned-Stamp"] == "0123"
    assert seen[0][2]["Content-Type"] == "application/octet-stream"
    allowed = {"Host", "Connection", "Accept", "Content-Type", "Undersigned-Stamp", "Content-Length"}
    for _, _, headers, _ in seen:
        assert not any(canary in value for canary in CANARIES for value in headers.values()), headers
        # Caddy passes on what is not named; nothing of it tells who asks, but nginx passes on these alone.
        assert WHICH == "caddy" or set(headers) <= allowed, headers
    # Too long, and a desk that is not there: errors leave nothing either.
    assert ask(server.port, "/entries", "POST", b"x" * 200000)[0] in (413, 400, 502)
    backend.shutdown()
    backend.server_close()
    os.remove(SOCKET)
    assert ask(server.port, "/checkpoint")[0] == 502
    stop(server)
    assert not written(server), written(server)


def bundle(make, recipe):
    root = f"{FOLDER}/root"
    os.mkdir(root)
    subprocess.run(["letter-world"], cwd=root, check=True, stdout=subprocess.DEVNULL)
    os.rename(f"{root}/bundle", f"{FOLDER}/served")
    shutil.rmtree(root)
    os.mkdir(root)
    os.rename(f"{FOLDER}/served", f"{root}/letter")
    os.symlink("/etc/passwd", f"{root}/letter/link")
    os.mkdir(f"{root}/beside")
    for name in BESIDE:
        with open(f"{root}/beside/{name}", "w") as file:
            file.write(name)
    server = make(recipe, {"/srv/undersigned": root})
    result = subprocess.run([PROGRAM, "fetch", f"http://127.0.0.1:{server.port}/letter", "mirror"],
                            cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    os.remove(f"{root}/letter/link")
    assert subprocess.run(["diff", "-r", f"{root}/letter", f"{FOLDER}/mirror"]).returncode == 0
    tile = f"/letter/tile/0/000.p/{os.listdir(f'{root}/letter/tile/0/000.p')[0]}"
    forever = "public, max-age=31536000, immutable"
    for path, kind, cache in (
            ("/letter/checkpoint", "text/plain; charset=utf-8", "no-store"),
            ("/letter/keys", "text/plain; charset=utf-8", "no-store"),
            ("/letter/manifest", "text/plain; charset=utf-8", "no-store"),
            ("/letter/texts/en.md", "text/plain; charset=utf-8", "no-store"),
            ("/letter/rosters/1.points", "application/octet-stream", "no-store"),
            ("/letter/index.html", "text/html; charset=utf-8", "no-store"),
            ("/letter/", "text/html; charset=utf-8", "no-store"),
            *((f"/beside/{name}", kind, "no-store") for name, kind in BESIDE.items()),
            (tile, "application/octet-stream", forever)):
        status, headers, _ = ask(server.port, path)
        assert status == 200 and headers["content-type"] == kind, (path, headers)
        assert headers["cache-control"] == cache, (path, headers)
        assert "last-modified" not in headers and "etag" not in headers, headers
        assert "/" not in headers.get("server", ""), headers
        assert_headers(path, headers, path.endswith(("/badge.svg", "/card.svg", "/counter.html")))
        framed = "frame-ancestors 'none'" not in headers["content-security-policy"]
        assert framed == path.endswith("/counter.html"), (path, headers)
    status, headers, _ = ask(server.port, "/letter/tile/0/999")
    assert_headers("404", headers, False)
    assert status == 404 and "immutable" not in headers.get("cache-control", ""), headers
    os.mkdir(f"{root}/.letter.fetch")
    shutil.copy(f"{root}/letter/checkpoint", f"{root}/.letter.fetch/checkpoint")
    assert ask(server.port, "/.letter.fetch/checkpoint")[0] in (403, 404)
    assert ask(server.port, "/letter/rosters/")[0] in (403, 404)  # no listing
    assert ask(server.port, "/letter/checkpoint", "POST", b"x")[0] in (403, 405, 413)
    assert ask(server.port, "/letter/../../etc/passwd")[0] in (400, 403, 404)
    stop(server)
    assert not written(server), written(server)


def control(make, recipe, change):
    """A recipe that does write: it is found."""
    server = make(recipe, change)
    ask(server.port, "/letter/tile/0/999")
    stop(server)
    assert "127.0.0.9" in written(server)


def main():
    if not shutil.which(WHICH):
        print(f"skipped: {WHICH} is not installed")
        sys.exit(77)
    certificate()
    if WHICH == "nginx":
        desk(Nginx, "undersigned-desk.conf")
        bundle(Nginx, "undersigned-bundle.conf")
        control(Nginx, "undersigned-bundle.conf", {"/srv/undersigned": f"{FOLDER}/root",
                                                   "\taccess_log off;\n": ""})
    else:
        desk(Caddy, "Caddyfile.desk")
        bundle(Caddy, "Caddyfile.bundle")
        control(Caddy, "Caddyfile.bundle", {"/srv/undersigned": f"{FOLDER}/root",
                                            "\t\toutput discard\n": "\t\toutput stderr\n",
                                            "\troute {": "\tlog\n\troute {"})
    shutil.rmtree(FOLDER)
    print("ok")


main()
