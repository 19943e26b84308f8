"""A desk to be tried: keys, a letter of one enrolled and one raw-key list, a configuration, processes.
Everything real: the program, its files, sockets, a store. UNDERSIGN and DEMO_MEMBERS are the programs."""
import base64
import concurrent.futures
import ctypes
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from ports import free_port  # noqa: E402

UNDERSIGN = os.environ["UNDERSIGN"]
DEMO_MEMBERS = os.environ["DEMO_MEMBERS"]
ENVELOPE = 16384


def run(*args, code=0, **options):
    """The program, its exit code checked. Gives stdout and stderr as text."""
    done = subprocess.run([UNDERSIGN, *map(str, args)], capture_output=True, text=True, timeout=300,
                          **options)
    assert done.returncode == code, (f"undersign {' '.join(map(str, args))}: exit {done.returncode}, "
                                     f"not {code}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def end_with_me():
    """In a child, before it begins: no desk outlives its test."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def envelope(file):
    return len(file).to_bytes(2, "little") + file + bytes(ENVELOPE - 2 - len(file))


class Unix(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("desk", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


# Of a letter: language, title, text.
TEXTS = (("en", "Publish what we measure", "# A letter\n\nPublish what we measure.\n"),)


class World:
    """The folder of a letter and its desk. members: of the enrolled list, signers of them with
    credentials, quick of them with secrets in one file (DESK_SIGNERS signs). more: (opens, closes,
    hold_min) of more letters, whose ids are in self.more."""

    def __init__(self, members=20, signers=12, epoch_seconds=2, opens=1, closes=1000, begins=None,
                 hold_min=3, stamp_bits=0, store=None, folder=None, lines=(), texts=TEXTS, more=(), quick=0):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="undersigned-desk-"))
        self.folder.mkdir(exist_ok=True)
        self.epoch_seconds = epoch_seconds
        self.patience = 60  # seconds that an answer may take
        self.processes = []
        self.stamp_bits = stamp_bits
        self.begins = begins or int(time.time()) // epoch_seconds * epoch_seconds
        f = self.folder
        (f / "members").mkdir()
        quarter = time.gmtime(self.begins)
        start = f"{quarter.tm_year}-{(quarter.tm_mon - 1) // 3 * 3 + 1:02}-01"
        day = time.strftime("%Y-%m-%d", quarter)
        run("key", "new", "steward.example/all", "-o", f / "steward.key")
        run("roster", "new", f / "rivers", "--name", "Rivers Office", "--organisation", "Rivers Office",
            "--source", "staff list", "--steward", "L. Marsh", "--key", f / "steward.key", "--class",
            "enrolled", "--columns", "2", "--from", start)
        (f / "members/others").mkdir()
        if quick:
            subprocess.run([os.environ["DESK_SIGNERS"], "enrol", str(quick), f / "members", "2",
                            "Rivers Office", f / "secrets"], check=True)
        subprocess.run([DEMO_MEMBERS, "enrolled", str(members - signers - quick), f / "members/others", "2",
                        "Rivers Office"], check=True, capture_output=True)
        for i in range(signers):
            run("enrol", "--roster", f / "rivers", "--no-passphrase", "-o",
                f / f"members/{i}.credential", "--request", f / f"members/{i}.request")
        requests = sorted((f / "members").glob("*.request")) + sorted((f / "members/others").glob("*"))
        run("roster", "admit", f / "rivers", "--key", f / "steward.key", "--date", day, *requests)
        run("roster", "snapshot", f / "rivers", "--key", f / "steward.key", "--date", day)
        self.log_vkey = run("key", "new", "desk.example/letters", "-o", f / "log.key").splitlines()[0]
        run("key", "new", "desk.example/promises", "-o", f / "promise.key")
        run("key", "new", "organiser.example/water", "-o", f / "organiser.key")
        (f / "policy").write_text(f"log {self.log_vkey}\nquorum none\n")
        self.texts = texts
        for language, _, text in texts:
            (f / f"letter.{language}.md").write_text(text)
        self.letter_folders = []
        run("publish", f / "hand", "--key", f / "log.key", "--new", "--begins",
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.begins)), "--epoch-seconds",
            epoch_seconds)
        self.letter = self.new_letter("letter", opens, closes, hold_min)
        self.more = [self.new_letter(f"letter-{i}", *letter) for i, letter in enumerate(more)]
        self.socket = str(f / "onion")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = f / "desk.conf"
        self.store = store or f"sqlite:{f / 'desk.sqlite'}"
        self.config.write_text("\n".join([
            "title = Letters of the water offices", f"store = {self.store}",
            f"published = {f / 'published'}", f"log-record = {f / 'hand/log.note'}",
            f"log-key = {f / 'log.key'}", f"promise-key = {f / 'promise.key'}",
            f"checkpoint-copy = {f / 'checkpoint-copy'}",
            *(f"letter = {folder}" for folder in self.letter_folders),
            f"listen = unix:{self.socket} statements", f"listen = unix:{f / 'web'}",
            f"listen = tcp:127.0.0.1:{self.port}",
            f"stamp-bits = {stamp_bits}", *lines]) + "\n")

    def new_letter(self, name, opens, closes, hold_min, is_open=True):
        f = self.folder
        texts = [word for language, title, _ in self.texts
                 for word in ("--title", f"{language}:{title}", "--text",
                              f"{language}:{f / f'letter.{language}.md'}")]
        letter = run("letter", "new", f / name, "--key", f / "organiser.key", "--desk", f / "hand",
                     *texts, "--to", "The Ministry of Waters and Works", "--opens", opens, "--closes", closes,
                     "--ring-min", "16", "--hold-min", hold_min, "--roster",
                     f / "rivers").splitlines()[0]
        if is_open:
            run("letter", "open", f / name, "--key", f / "organiser.key")
        self.letter_folders.append(f / name)
        return letter

    # --- Processes -----------------------------------------------------------------------------

    def start(self, verb, *args, wait=True, env=None, program=None):
        """`desk VERB`, until it says that it is ready. env: more of the environment; program: another."""
        reader, writer = os.pipe()
        process = subprocess.Popen([program or UNDERSIGN, "desk", verb, "--config", self.config,
                                    "--ready-fd", str(writer), *args], pass_fds=[writer], stderr=subprocess.PIPE,
                                   text=True, preexec_fn=end_with_me,
                                   env={**os.environ, **(env or {})})
        os.close(writer)
        self.processes.append(process)
        if wait:
            ready = os.read(reader, 1)
            if ready != b"\n":
                os.close(reader)
                process.wait(60)
                raise AssertionError(f"desk {verb} did not start: {process.stderr.read()}")
        os.close(reader)
        return process

    def stop(self, process, code=0, how=signal.SIGTERM):
        process.send_signal(how)
        said = process.communicate(timeout=60)[1]
        self.processes.remove(process)
        assert code is None or process.returncode == code, f"exit {process.returncode}: {said}"
        return said

    def seal_once(self, *args, code=0, env=None):
        return run("desk", "seal", "--config", self.config, "--once", *args, code=code,
                   env={**os.environ, **(env or {})})

    def close(self):
        for process in self.processes:
            process.kill()
            process.communicate()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- Requests ------------------------------------------------------------------------------

    def connect(self, listener="onion"):
        return Unix(str(self.folder / listener), self.patience)

    def get(self, path, listener="onion"):
        connection = self.connect(listener)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def json(self, path):
        status, _, body = self.get(path)
        assert status == 200, (path, status, body)
        return json.loads(body)

    def post(self, path, body, headers=(), listener="onion"):
        connection = self.connect(listener)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/octet-stream",
                                                    **dict(headers)})
        except BrokenPipeError:
            pass # refused by its head; the answer is there
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, text

    def deliver(self, file, headers=(), letter=None, **options):
        return self.post(f"/letters/{letter or self.letter}/statements", envelope(file), headers,
                         **options)

    # --- Members -------------------------------------------------------------------------------

    def mirror(self, name="mirror", letter=None):
        """The letter's bundle, fetched."""
        run("fetch", f"{self.url}/letters/{letter or self.letter}", self.folder / name)
        return self.folder / name

    def sign(self, member, bundle, *args, name=None):
        out = self.folder / (name or f"s-{member}-{time.monotonic_ns()}")
        run("sign", bundle, "--credential", self.folder / f"members/{member}.credential", "--yes", "-o",
            out, *args)
        return out.read_bytes()

    def sign_many(self, bundle, first, count, times=1):
        """Statements of quick members, each `times` times; by their hashes (as promises have them)."""
        folder = self.folder / "statements"
        folder.mkdir(exist_ok=True)
        subprocess.run([os.environ["DESK_SIGNERS"], "sign", bundle, self.folder / "secrets", folder,
                        str(first), str(count), str(times)], check=True)
        files = [folder / f"{i + 1:05}" for i in range(first * times, (first + count) * times)]
        return {hashlib.sha512(file.read_bytes()).hexdigest(): file.read_bytes() for file in files}

    def epoch(self):
        return self.json("/desk.json")["epoch"]["number"]

    def wait_for(self, what, seconds=60):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, "it did not come about"
            time.sleep(0.05)

    def published_epoch(self):
        """The last epoch that is published; by the program itself."""
        try:
            bundle = self.mirror("look")
        except AssertionError as fault:  # between the pages and the checkpoint, for a moment
            if "index.html" not in str(fault):
                raise
            time.sleep(0.5)
            bundle = self.mirror("look")
        return json.loads(run("verify", bundle, "--json"))["as_of"]["epoch"]

    def counted(self, name="count", letter=None):
        """What the program counts in the bundle as it is served."""
        return json.loads(run("verify", self.mirror(name, letter), "--json"))

    def wait_published(self, epoch, seconds=60):
        """Until the epoch is in the checkpoint that is served."""
        self.wait_for(lambda: (self.folder / "published/checkpoint").exists() and
                      self.published_epoch() >= epoch, seconds)

    def entries(self):
        """All entries of the log, from the served files, by this program's own reading of tlog-tiles."""
        lines = self.get("/checkpoint")[2].decode().split("\n")
        size, out, at = int(lines[1]), [], 0
        while len(out) < size:
            width = min(256, size - len(out))
            index = len(out) // 256
            name = f"/tile/entries/{index:03d}" + (f".p/{width}" if width < 256 else "")
            status, _, data = self.get(name)
            assert status == 200, (name, status)
            at = 0
            while at < len(data):
                n = int.from_bytes(data[at:at + 2], "big")
                out.append(data[at + 2:at + 2 + n])
                at += 2 + n
        return out


def leading_zero_bits(digest):
    return len(digest) * 8 - int.from_bytes(digest, "big").bit_length()


def make_stamp(file, letter, log_vkey, epoch, bits):
    """doc/formats.md 10.2, in other words than the program's. letter: 64 digits, or None."""
    public = base64.b64decode(log_vkey.split("+", 2)[2])[1:]
    start = hashlib.sha512(b"undersigned stamp v1\n" + (bytes.fromhex(letter) if letter else bytes(32)) +
                           public + hashlib.sha512(file).digest() + epoch.to_bytes(8, "big")).digest()
    nonce = 0
    while leading_zero_bits(hashlib.sha512(start + nonce.to_bytes(8, "big")).digest()) < bits:
        nonce += 1
    return f"{epoch:016x}{nonce:016x}"


def note_parts(note):
    """Text and [(name, key id, signature)] of a signed note."""
    text, _, signatures = note.decode().rpartition("\n\n")
    out = []
    for line in signatures.splitlines():
        dash, name, blob = line.split(" ")
        assert dash == "\u2014"
        blob = base64.b64decode(blob)
        out.append((name, blob[:4], blob[4:]))
    return text + "\n", out


def ed25519_holds(public, message, signature):
    """By openssl."""
    with tempfile.TemporaryDirectory() as folder:
        f = pathlib.Path(folder)
        (f / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
        (f / "message").write_bytes(message)
        (f / "signature").write_bytes(signature)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
                               f / "key", "-rawin", "-in", f / "message", "-sigfile",
                               f / "signature"], capture_output=True)
        return done.returncode == 0


def vkey_signed(vkey, text, signatures):
    """One signature, of that key, over the text."""
    name, key_id, blob = vkey.split("+", 2)
    public = base64.b64decode(blob)
    assert public[0] == 1
    of_name = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    assert of_name.hex() == key_id
    return (len(signatures) == 1 and signatures[0][:2] == (name, of_name) and
            ed25519_holds(public[1:], text.encode(), signatures[0][2]))


def check_promise(note, letter, file, log, key):
    """All that doc/formats.md 10.3 says, from the bytes."""
    text, signatures = note_parts(note)
    lines = text.splitlines()
    assert lines[:5] == ["undersigned promise v1", f"log {log}", f"letter {letter}",
                         f"statement {hashlib.sha512(file).hexdigest()}", f"key {key}"], lines
    assert lines[5].startswith("appointed ") and len(lines) == 6
    assert vkey_signed(key, text, signatures), "the promise's signature"
    appointment = f"undersigned promise-key v1\nlog {log}\nkey {key}\n"
    public = base64.b64decode(log.split("+", 2)[2])[1:]
    assert ed25519_holds(public, appointment.encode(), base64.b64decode(lines[5][10:])), "appointment"


def file_entries(file):
    """The entries of a statement file (doc/formats.md 5.2)."""
    header = b"undersigned statement v1\n"
    assert file.startswith(header)
    at, out = len(header) + 1, []
    for _ in range(file[len(header)]):
        n = int.from_bytes(file[at:at + 2], "little")
        out.append(file[at + 2:at + 2 + n])
        at += 2 + n
    assert at == len(file)
    return out


def main(tests):
    """Runs the functions test_* of a module's globals(): those whose names are given, or all of them, four at
    a time, since they wait for epochs most of the time."""
    names = [name for name, test in tests.items() if name.startswith("test_") and callable(test)]
    if len(sys.argv) > 1:
        for name in sys.argv[1:]:
            began = time.monotonic()
            tests[name]()
            print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
        return
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        def one(name):
            return subprocess.run([sys.executable, sys.argv[0], name], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False)

        done = list(pool.map(one, names))
    print("".join(each.stdout for each in done))
    if any(each.returncode != 0 for each in done):
        sys.exit(1)


class Witness:
    """A witness of a world's log, on a port of this machine."""

    def __init__(self, world, number):
        self.folder = world.folder
        self.name = f"w{number}"
        run("key", "new", f"witness{number}.example", "-o", self.folder / f"{self.name}.key")
        (self.folder / self.name).mkdir()
        self.port = free_port()
        self.log = world.log_vkey
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [UNDERSIGN, "witness", "run", "--key", self.folder / f"{self.name}.key", "--state",
             self.folder / self.name, "--listen", f"tcp:127.0.0.1:{self.port}", "--log", self.log],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=end_with_me)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def line(self):
        return run("witness", "show", "--name", self.name, "--url", f"http://127.0.0.1:{self.port}",
                   self.folder / f"{self.name}.key").strip().splitlines()[-1]
