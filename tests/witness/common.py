"""What tests of witnesses share: logs, notes and cosignatures written from the C2SP texts alone, with
hashlib and openssl; and running witnesses."""
import base64
import hashlib
import os
import re
import socket
import subprocess
import tempfile

failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print("FAILED:", what, flush=True)


def sha(data):
    return hashlib.sha256(data).digest()


def root(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return sha(b"\0" + leaves[0])
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1" + root(leaves[:k]) + root(leaves[k:]))


def consistency(m, leaves, whole=True):
    n = len(leaves)
    if m == 0:
        return []
    if m == n:
        return [] if whole else [root(leaves)]
    k = 1 << (n - 1).bit_length() - 1
    if m <= k:
        return consistency(m, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [root(leaves[:k])]


def b64(data):
    return base64.b64encode(data).decode()


class Key:
    """An Ed25519 key for openssl, from a seed."""

    def __init__(self, folder, name, seed):
        self.name, self.seed = name, seed
        self.path = os.path.join(folder, sha(seed).hex() + ".pem")
        der = bytes.fromhex("302e020100300506032b657004220420") + seed
        with open(self.path, "w") as file:
            file.write("-----BEGIN PRIVATE KEY-----\n" + b64(der) + "\n-----END PRIVATE KEY-----\n")
        self.public = subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"],
                                     check=True, capture_output=True).stdout[-32:]

    def sign(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in",
                                   file.name], check=True, capture_output=True).stdout

    def verifies(self, data, signature):
        with tempfile.NamedTemporaryFile() as file, tempfile.NamedTemporaryFile() as other:
            file.write(data)
            file.flush()
            other.write(signature)
            other.flush()
            return subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-inkey", self.path, "-in",
                                   file.name, "-sigfile", other.name], capture_output=True).returncode == 0

    def id(self, kind):
        return sha(self.name.encode() + b"\n" + bytes([kind]) + self.public)[:4]

    def vkey(self, kind):
        return f"{self.name}+{self.id(kind).hex()}+{b64(bytes([kind]) + self.public)}"

    def line(self, text, kind=1):
        return f"\u2014 {self.name} {b64(self.id(kind) + self.sign(text.encode()))}\n"

    def cosign(self, text, seconds):
        message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        payload = self.id(4) + seconds.to_bytes(8, "big") + self.sign(message)
        return f"\u2014 {self.name} {b64(payload)}\n"

    def cosignature(self, line, text):
        """Seconds of a cosignature's line if it holds, else None."""
        match = re.fullmatch("\u2014 (\\S+) (\\S+)\n", line)
        payload = base64.b64decode(match[2])
        seconds = int.from_bytes(payload[4:12], "big")
        message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        holds = (match[1] == self.name and payload[:4] == self.id(4) and len(payload) == 76
                 and self.verifies(message, payload[12:]))
        return seconds if holds else None


def make_witness_key(program, folder, name):
    """A private key by the program, and the same for openssl."""
    path = os.path.join(folder, name.replace("/", "-") + ".key")
    subprocess.run([program, "key", "new", name, "-o", path], check=True, capture_output=True)
    with open(path) as file:
        seed = base64.b64decode(file.read().strip().split("+", 4)[4])[1:]
    return path, Key(folder, name, seed)


class Log:
    def __init__(self, key, size=40, other_from=None):
        self.key = key
        self.leaves = [b"entry-%d" % i + b"!" * (other_from is not None and i >= other_from)
                       for i in range(size)]

    def text(self, size):
        return f"{self.key.name}\n{size}\n{b64(root(self.leaves[:size]))}\n"

    def note(self, size):
        return self.text(size) + "\n" + self.key.line(self.text(size))

    def submission(self, old, size):
        proof = "".join(b64(h) + "\n" for h in consistency(old, self.leaves[:size]))
        return f"old {old}\n{proof}\n{self.note(size)}"


def request(port, method, path, body=None):
    """(status, content type, body) of one request; None if there was no whole reply."""
    data = f"{method} {path} HTTP/1.1\r\nHost: w\r\n".encode()
    if body is not None:
        data += b"Content-Length: %d\r\n" % len(body.encode())
    data += b"Connection: close\r\n\r\n" + (body or "").encode()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as peer:
            peer.sendall(data)
            reply = b""
            while more := peer.recv(65536):
                reply += more
    except OSError:
        return None
    if b"\r\n\r\n" not in reply:
        return None
    head, _, text = reply.partition(b"\r\n\r\n")
    kind = re.search(rb"(?im)^content-type: (.*?)\r?$", head)
    length = re.search(rb"(?im)^content-length: (\d+)\r?$", head)
    if length and len(text) != int(length[1]):
        return None
    return int(head.split()[1]), kind[1].decode() if kind else "", text.decode()


class Witness:
    """`undersign witness run`, on a port of its own."""

    def __init__(self, program, folder, key_path, state, *arguments, prefix=()):
        self.process = subprocess.Popen(
            [*prefix, program, "witness", "run", "--key", key_path, "--state", os.path.join(folder, state),
             "--listen", "tcp:127.0.0.1:0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.port = None
        while line := self.process.stdout.readline():
            self.lines.append(line.rstrip("\n"))
            if line.startswith("listening "):
                self.port = int(line.rsplit(":", 1)[1])
                break

    def stop(self, signal_number=15):
        self.process.send_signal(signal_number)
        return self.end()

    def end(self):
        """Its exit code, what it said."""
        _, said = self.process.communicate(timeout=120)
        return self.process.returncode, said

