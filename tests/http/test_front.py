"""Smuggling through a web server that stands before ours and keeps connections to it (H-3): whatever it
makes of a request with two readings, each request that ours handles is one that somebody got the answer of,
and the next one's answer is its own. Usage: test_front.py PROBE nginx|caddy"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from ports import free_port  # noqa: E402
from attacks import HIDDEN, Probe, check, exchange, failures, head, receive, seen, smuggling  # noqa: E402

PROBE, WHICH = sys.argv[1:3]
FULL = os.environ.get("UNDERSIGN_FULL") == "1"
FOLDER = tempfile.mkdtemp()

# So that the front closes, if it has understood what came before.
LAST = HIDDEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log /dev/null crit;
events {{ worker_connections 512; }}
http {{
	access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
	ignore_invalid_headers off; underscores_in_headers on; merge_slashes off;
	upstream ours {{ server {upstream}; keepalive 1; }}
	server {{
		listen 127.0.0.1:{port};
		location / {{
			proxy_pass http://ours; proxy_http_version 1.1; proxy_set_header Connection "";
			proxy_request_buffering {buffering};
		}}
	}}
}}
"""
CADDY = """
{{
	admin off
	auto_https off
}}
http://:{port} {{
	bind 127.0.0.1
	reverse_proxy {upstream}
}}
"""


class Front:
    def __init__(self, upstream, buffering="on"):
        self.port = free_port()
        path = f"{FOLDER}/{WHICH}.conf"
        with open(path, "w") as file:
            file.write((NGINX if WHICH == "nginx" else CADDY).format(
                folder=FOLDER, upstream=upstream, port=self.port, buffering=buffering))
        command = ["nginx", "-e", "/dev/null", "-c", path] if WHICH == "nginx" else \
            ["caddy", "run", "--adapter", "caddyfile", "--config", path]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env={**os.environ, "HOME": FOLDER, "XDG_DATA_HOME": FOLDER})
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{WHICH} does not start")

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


def replies(data):
    """How many replies of our handler are in what came back; to HTTP/0.9 without a head."""
    if data == b"hello\n":
        return 1
    return len(re.findall(rb"HTTP/1\.[01] (?:200 OK|404 Not Found)\r\n", data))


def victim(front, number):
    """Somebody else's request, by the connection that the front keeps."""
    body = b"victim-%d" % number
    data, _ = exchange(front, head(b"Content-Length: %d" % len(body), b"Connection: close") + body)
    hello, _ = exchange(front, LAST)
    return data.endswith(b"\r\n\r\n" + body) and hello.endswith(b"\r\n\r\nhello\n")


def attack_all(front, count, most=None):
    """Names of the attacks after which counts or answers were not right."""
    wrong, n_passed = [], 0
    for number, (name, attack) in enumerate(list(smuggling())[:most]):
        before = count()
        data, _ = exchange(front, attack + HIDDEN + LAST, wait=5)
        if not victim(front, number):
            wrong.append(name + " (the next request's answer)")
        handled = count() - before - 2
        n_passed += handled > 0
        # A front may answer some by itself.
        if handled > replies(data):
            wrong.append(f"{name} ({handled} handled, {replies(data)} answered)")
    return wrong, n_passed


def naive(port):
    """The planted fault: a server that answers well, and then handles too whatever stands behind."""
    handled = []

    def serve(peer):
        data = b""
        peer.settimeout(0.1)
        try:
            while more := peer.recv(65536):
                data += more
        except OSError:
            pass
        begun, _, body = data.partition(b"\r\n\r\n")
        handled.extend(re.findall(rb"(?m)^(?:GET|POST|HEAD) ", data))
        answer = b"hello\n" if begun.startswith(b"GET") else body
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
        peer.close()

    server = socket.create_server(("127.0.0.1", port))

    def run():
        while True:
            peer, _ = server.accept()
            threading.Thread(target=serve, args=(peer,), daemon=True).start()
    threading.Thread(target=run, daemon=True).start()
    return handled


class Direct:
    def __init__(self, port):
        self.port = port

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


if not shutil.which(WHICH):
    raise SystemExit(77)
with Probe(PROBE) as probe:
    for buffering in ("on", "off") if WHICH == "nginx" and FULL else ("on",):
        with Front(f"127.0.0.1:{probe.port}", buffering) as front:
            check(victim(front, 0), "the front works")
            wrong, n_passed = attack_all(front, lambda: seen(probe))
            for name in wrong:
                check(False, f"{WHICH}: {name}")
            print(f"{WHICH}, buffering {buffering}: {len(list(smuggling()))} cases, {n_passed} were handed on "
                  "as requests of one reading")
port = free_port()
counted = naive(port)
wrong, _ = attack_all(Direct(port), lambda: len(counted), 20)
check(len(wrong) == 20 and not any("answer" in name.split("(")[1] and "next" in name for name in wrong),
      f"the control: a server that handles more than it answers is caught: {wrong[:3]}")
print(f"the control: {len(wrong)} faults of a naive server")
shutil.rmtree(FOLDER)
raise SystemExit(1 if failures else 0)
