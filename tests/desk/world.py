"""A desk to be tried: keys, a letter of one enrolled and one raw-key list, a configuration, processes.
Everything real: the program, its files, sockets, a store. UNDERSIGN and DEMO_MEMBERS are the programs."""
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

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


class World:
    """The folder of a letter and its desk. members: of the enrolled list, signers of them with credentials."""

    def __init__(self, members=20, signers=12, epoch_seconds=2, opens=1, closes=1000, begins=None,
                 hold_min=3, stamp_bits=0, store=None, folder=None, lines=()):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="undersigned-desk-"))
        self.folder.mkdir(exist_ok=True)
        self.epoch_seconds = epoch_seconds
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
        subprocess.run([DEMO_MEMBERS, "enrolled", str(members - signers), f / "members/others", "2",
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
        (f / "letter.en.md").write_text("# A letter\n\nPublish what we measure.\n")
        run("publish", f / "hand", "--key", f / "log.key", "--new", "--begins",
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.begins)), "--epoch-seconds",
            epoch_seconds)
        self.letter = run("letter", "new", f / "letter", "--key", f / "organiser.key", "--desk",
                          f / "hand", "--title", "en:Publish what we measure", "--text",
                          f"en:{f / 'letter.en.md'}", "--to", "The Ministry of Waters and Works",
                          "--opens", opens, "--closes", closes, "--ring-min", "16", "--hold-min",
                          hold_min, "--roster", f / "rivers").splitlines()[0]
        run("letter", "open", f / "letter", "--key", f / "organiser.key")
        self.socket = str(f / "onion")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = f / "desk.conf"
        self.store = store or f"sqlite:{f / 'desk.sqlite'}"
        self.config.write_text("\n".join([
            "title = Letters of the water offices", f"store = {self.store}",
            f"published = {f / 'published'}", f"log-record = {f / 'hand/log.note'}",
            f"log-key = {f / 'log.key'}", f"promise-key = {f / 'promise.key'}",
            f"checkpoint-copy = {f / 'checkpoint-copy'}", f"letter = {f / 'letter'}",
            f"listen = unix:{self.socket} statements", f"listen = unix:{f / 'web'}",
            f"listen = tcp:127.0.0.1:{self.port}",
            f"stamp-bits = {stamp_bits}", *lines]) + "\n")

    # --- Processes -----------------------------------------------------------------------------

    def start(self, verb, *args, wait=True):
        """`desk VERB`, until it says that it is ready."""
        reader, writer = os.pipe()
        process = subprocess.Popen([UNDERSIGN, "desk", verb, "--config", self.config, "--ready-fd",
                                    str(writer), *args], pass_fds=[writer], stderr=subprocess.PIPE,
                                   text=True)
        os.close(writer)
        self.processes.append(process)
        if wait:
            ready = os.read(reader, 1)
            if ready != b"\n":
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

    def seal_once(self, *args, code=0):
        return run("desk", "seal", "--config", self.config, "--once", *args, code=code)

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
        return Unix(str(self.folder / listener))

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
        connection.request("POST", path, body, {"Content-Type": "application/octet-stream",
                                                **dict(headers)})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, text

    def deliver(self, file, headers=(), **options):
        return self.post(f"/letters/{self.letter}/statements", envelope(file), headers, **options)

    # --- Members -------------------------------------------------------------------------------

    def mirror(self, name="mirror"):
        """The letter's bundle, fetched."""
        run("fetch", f"{self.url}/letters/{self.letter}", self.folder / name)
        return self.folder / name

    def sign(self, member, bundle, *args, name=None):
        out = self.folder / (name or f"s-{member}-{time.monotonic_ns()}")
        run("sign", bundle, "--credential", self.folder / f"members/{member}.credential", "--yes", "-o",
            out, *args)
        return out.read_bytes()

    def epoch(self):
        return self.json("/desk.json")["epoch"]["number"]

    def wait_for(self, what, seconds=60):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, "it did not come about"
            time.sleep(0.05)

    def published_epoch(self):
        """The last epoch that is published; by the program itself."""
        bundle = self.mirror("look")
        return json.loads(run("verify", bundle, "--json"))["as_of"]["epoch"]
