#!/usr/bin/env python3
"""undersign deliver against a desk on loopback that answers as it is told: promises that hold, promises
that do not, a busy desk, a closed letter, nobody. Usage: deliver.py PROGRAM"""
import base64
import hashlib
import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = sys.argv[1]
FOLDER = tempfile.mkdtemp()
BITS, EPOCH = 10, 12
LETTER = bytes(range(32))
TAG = bytes(range(64, 96))
ENTRY = (b"\1\2\1" + LETTER + bytes(4) + (1).to_bytes(4, "little") + (96).to_bytes(2, "little")
         + TAG + bytes(64) + bytes(2))
STATEMENT = b"undersigned statement v1\n\1" + len(ENTRY).to_bytes(2, "little") + ENTRY


class Key:
    def __init__(self, name, seed):
        self.name, self.path = name, f"{FOLDER}/key-{seed}"
        with open(self.path, "wb") as file:
            file.write(bytes.fromhex("302e020100300506032b657004220420") + bytes([seed]) * 32)
        self.public = subprocess.run(
            ["openssl", "pkey", "-inform", "DER", "-in", self.path, "-pubout", "-outform", "DER"],
            capture_output=True, check=True).stdout[-32:]
        self.id = hashlib.sha256(name.encode() + b"\n\1" + self.public).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(bytes([1]) + self.public).decode()}"

    def sign(self, text):
        with open(self.path + ".text", "w") as file:
            file.write(text)
        return subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", self.path, "-in",
             self.path + ".text"], capture_output=True, check=True).stdout

    def note(self, text):
        line = base64.b64encode(self.id + self.sign(text)).decode()
        return f"{text}\n— {self.name} {line}\n"


LOG, PROMISES, STRANGER = Key("desk.example", 1), Key("desk.example/p", 2), Key("desk.example/p", 3)


def promise(statement=STATEMENT, key=PROMISES, appointed_by=LOG, letter=LETTER):
    appointment = f"undersigned promise-key v1\nlog {LOG.vkey}\nkey {key.vkey}\n"
    return key.note(
        f"undersigned promise v1\nlog {LOG.vkey}\nletter {letter.hex()}\n"
        f"statement {hashlib.sha512(statement).hexdigest()}\nkey {key.vkey}\n"
        f"appointed {base64.b64encode(appointed_by.sign(appointment)).decode()}\n").encode()


answer = {}
taken = []
closes = {}


class Desk(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def reply(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        assert self.path == "/desk.json"
        self.reply(200, json.dumps({
            "log": LOG.vkey, "promise_key": PROMISES.vkey, "stamp_bits": BITS,
            "epoch": {"number": EPOCH, "seconds": 86400, **closes}}).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        taken.append((self.path, list(self.headers.items()), body))
        self.reply(*answer["reply"])


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
threading.Thread(target=server.serve_forever, daemon=True).start()
HERE = f"http://127.0.0.1:{server.server_port}"
PATH, KEPT = f"{FOLDER}/note", f"{FOLDER}/note.promise"
with open(PATH, "wb") as statement_file:
    statement_file.write(STATEMENT)


def deliver(code, said, *arguments, reply=(202, b""), to=HERE, files=(PATH,)):
    answer["reply"] = reply
    result = subprocess.run([PROGRAM, "deliver", "--to", to, *arguments, *files],
                            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    text = " ".join(result.stderr.split())
    assert result.returncode == code, (result.returncode, text)
    assert said in text, (said, text)
    with open(PATH, "rb") as file:
        assert file.read() == STATEMENT  # nothing is lost
    return text


def leading_zeros(header, letter=LETTER, content=STATEMENT):
    epoch, nonce = bytes.fromhex(header)[:8], bytes.fromhex(header)[8:]
    assert int.from_bytes(epoch, "big") == EPOCH
    shared = hashlib.sha512(b"undersigned stamp v1\n" + letter + LOG.public
                            + hashlib.sha512(content).digest() + epoch).digest()
    return 512 - int.from_bytes(hashlib.sha512(shared + nonce).digest(), "big").bit_length()


def socks_server(users):
    """A SOCKS5 proxy that asks for a name and a password, and notes the names."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(a, b):
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)

    def one(peer):
        methods = peer.recv(2 + peer.recv(2, socket.MSG_PEEK)[1])[2:]
        if 2 in methods:
            peer.sendall(b"\5\2")
            _, n = peer.recv(2)
            users.append(peer.recv(n))
            peer.recv(peer.recv(1)[0])
            peer.sendall(b"\1\0")
        else:
            users.append(None)
            peer.sendall(b"\5\0")
        head = peer.recv(4)
        peer.recv(peer.recv(1)[0] if head[3] == 3 else 4)
        peer.recv(2)
        upstream = socket.create_connection(("127.0.0.1", server.server_port))
        peer.sendall(b"\5\0\0\1\0\0\0\0\0\0")
        threading.Thread(target=pump, args=(peer, upstream), daemon=True).start()
        pump(upstream, peer)

    def run():
        while True:
            threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


def several(good):
    """Records and requests too; each file by itself, in another order, over a circuit of its own."""
    record, request = f"{FOLDER}/record", f"{FOLDER}/request"
    with open(record, "w") as file:
        file.write(LOG.note("undersigned open v1\nletter " + LETTER.hex() + "\n"))
    with open(request, "w") as file:
        file.write("undersigned enrolment v1\nroster Rivers\nedition 1\ncolumn 1 "
                   f"{base64.b64encode(bytes(32)).decode()} {base64.b64encode(bytes(192)).decode()}\n")
    for path, said in ((record, "Delivered. Not published yet."),
                       (request, "Delivered. You are on no list yet.")):
        taken.clear()
        deliver(0, said, files=[path])
        (where, headers, body), = taken
        with open(path, "rb") as file:
            assert body == file.read()
        assert where == "/entries"
        assert [name for name, _ in headers] == [
            "Host", "Accept", "Undersigned-Stamp", "Content-Type", "Content-Length"], headers
        assert leading_zeros(dict(headers)["Undersigned-Stamp"], bytes(32), body) >= BITS
    # One that is nothing: none is sent.
    taken.clear()
    with open(f"{FOLDER}/nothing", "w") as file:
        file.write("hello\n")
    deliver(1, "no statement, request or record", files=[record, f"{FOLDER}/nothing", PATH])
    with open(f"{FOLDER}/long", "wb") as file:
        file.write(b"x" * 65536)
    deliver(1, "Nothing was delivered", files=[f"{FOLDER}/long"])
    assert not taken
    # Each has a user's name of its own for the proxy, and both its requests have the same one.
    users = []
    port = socks_server(users)
    orders = set()
    os.remove(KEPT)
    for _ in range(12):
        taken.clear()
        users.clear()
        deliver(0, "Promised.", "--proxy", f"127.0.0.1:{port}", "--wait", "0", reply=(202, good),
                files=[PATH, record, request])
        assert sorted(path for path, _, _ in taken) == sorted(
            ["/entries", "/entries", f"/letters/{LETTER.hex()}/statements"])
        orders.add(tuple(len(body) for _, _, body in taken))
        assert len(set(users)) == 3 and None not in users, users
        assert all(len(user) == 32 for user in users)
    assert len(orders) > 1  # the same one 12 times: 1 in 6^11
    # Until the epoch ends: a moment here; a desk that does not say, or whose epoch is over, is not waited for.
    for text in ("in 4 s", "2031-06-11", "yesterday", None):
        closes.clear()
        if text:
            closes["closes"] = text if "in" not in text else time.strftime(
                "%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))
        if text != "2031-06-11":
            deliver(0, "Promised.", "--wait", "epoch", reply=(202, good))
            continue
        # A day, far away: it waits, and was not killed by the end of its time.
        with subprocess.Popen([PROGRAM, "deliver", "--to", HERE, "--wait", "epoch", PATH],
                              stderr=subprocess.PIPE, text=True) as process:
            said = ""
            while "Waiting" not in said:
                said += process.stderr.readline()
                assert process.poll() is None or "Waiting" in said, said
            process.kill()
    for bad in ("169", "-1", "soon", ""):
        deliver(2, "", "--wait", bad)
    # One refused of several: the others are delivered, and the exit code tells.
    deliver(1, "no promise that holds", reply=(202, b"x"), files=[PATH, record])


def main():
    # What does not hold is not kept as a promise.
    lies = {
        "another statement": promise(STATEMENT + b"x"),
        "another letter": promise(letter=bytes(32)),
        "a key that the log did not appoint": promise(appointed_by=STRANGER),
        "a key that desk.json does not name": promise(key=STRANGER),
        "no promise": b"thank you",
        "nothing": b"",
    }
    for lie in lies.values():
        deliver(1, "no promise that holds", reply=(202, lie))
        assert not os.path.exists(KEPT)
    deliver(1, "Come back in 2 minutes", reply=(503, b"", [("Retry-After", "120")]))
    deliver(1, "Closed since 11 June", reply=(
        409, b'{"title":"closed","detail":"Closed since 11 June"}'))
    deliver(1, "status 500", reply=(500, b"<html>"))
    deliver(1, "status 302", reply=(302, b"", [("Location", "/elsewhere")]))
    deliver(1, "Not delivered", "--log", STRANGER.vkey)
    deliver(1, "Not delivered", to="http://127.0.0.1:1")
    deliver(2, "--to is an address", to="file:///etc")
    assert not os.path.exists(KEPT)
    # The control, and a second delivery, which is the same.
    taken.clear()
    good = promise()
    for _ in range(2):
        text = deliver(0, "Promised. Not published yet.", "--log", LOG.vkey, reply=(202, good))
        assert "Directly, not through Tor" in text
        with open(KEPT, "rb") as file:
            assert file.read() == good
        assert os.stat(KEPT).st_mode & 0o777 == 0o600
    assert taken[0] == taken[1]
    path, headers, body = taken[0]
    assert path == f"/letters/{LETTER.hex()}/statements"
    assert [name for name, _ in headers] == [
        "Host", "Accept", "Undersigned-Stamp", "Content-Type", "Content-Length"], headers
    assert leading_zeros(dict(headers)["Undersigned-Stamp"]) >= BITS
    assert body == len(STATEMENT).to_bytes(2, "little") + STATEMENT + bytes(16382 - len(STATEMENT))
    # A promise that is there already and is another one is not overwritten.
    with open(KEPT, "wb") as file:
        file.write(b"mine")
    deliver(1, "promise could not be written", reply=(202, good))
    os.mkdir(f"{FOLDER}/kept")
    deliver(0, "Promised.", "--promises", f"{FOLDER}/kept", "--wait", "0", reply=(202, good))
    assert os.listdir(f"{FOLDER}/kept") == ["note.promise"]
    several(good)
    # Through a proxy: it is asked for the name; without one that answers nothing is sent.
    listener = socket.create_server(("127.0.0.1", 0))
    names = []

    def socks():
        peer, _ = listener.accept()
        peer.recv(64)
        peer.sendall(b"\5\0")
        names.append(peer.recv(300)[5:-2])
        peer.sendall(b"\5\4\0\1\0\0\0\0\0\0")
        peer.close()
    threading.Thread(target=socks, daemon=True).start()
    taken.clear()
    deliver(1, "Through the proxy", "--proxy", f"127.0.0.1:{listener.getsockname()[1]}",
            to="http://localhost.onion")
    assert names == [b"localhost.onion"] and not taken
    print("ok")


main()
