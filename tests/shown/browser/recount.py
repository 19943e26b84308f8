"""What recount.mjs opens: a poll in each of its states behind a web server, and servers that do what they should not: wrong types, ends
that are missing, other files each time, no answer, more than anybody can take, modules without memory. And every bundle of the poll,
good and bad, with the program's verdict (W-3). Usage: recount.py [BUNDLE...]

BUNDLE: folders that are compared too, as W-3 asks: one of 10,000 signatures for instance."""
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "reference"), str(HERE.parents[1] / "desk"), str(HERE.parents[1] / "support"), str(HERE)]
from bundle import read, tar_bytes  # noqa: E402
from pages import hostile_bundle  # noqa: E402

WEB = pathlib.Path(os.environ["UNDERSIGN_WEB"])
ROOT = HERE.parents[2]
HELD = threading.Event()  # set at the end: what never answered may go
HTML = b"<!doctype html><title>Log in</title><p>Log in first.</p>"


def little_memory(module, more):
    """The module with a memory that grows by so many pages at most."""
    def number(at):
        value = shift = 0
        while True:
            value |= (module[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if module[at - 1] < 128:
                return value, at

    def leb(value):
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    at = 8
    while module[at] != 5:
        length, begin = number(at + 1)
        at = begin + length
    length, begin = number(at + 1)
    assert module[begin:begin + 2] == b"\1\0", "one memory without a limit"
    least, end = number(begin + 2)
    assert end == begin + length
    section = b"\1\1" + leb(least) + leb(least + more)
    return module[:at + 1] + leb(len(section)) + section + module[end:]


class Site(http.server.BaseHTTPRequestHandler):
    """/NAME/FILE: whatever the function of that name in `sites` does."""
    protocol_version = "HTTP/1.1"
    sites = {}

    def log_message(self, *_):
        pass

    def do_GET(self):
        name, _, path = self.path[1:].partition("/")
        if name not in self.sites:
            return self.give(None)
        try:
            return self.sites[name](self, path or "index.html")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def give(self, data, kind="application/octet-stream", head=()):
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data or b"")))
        for key, value in head:
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data or b"")

    def give_file(self, files, path):
        kinds = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wasm": "application/wasm"}
        found = files.get(path)
        if path in ("recount.js", "undersign.wasm"):
            found = (WEB / path).read_bytes()
        self.give(found, kinds.get(pathlib.PurePath(path).suffix, "application/octet-stream"))

    def cut(self, data, chunked):
        """Less than was announced; then the connection ends."""
        self.send_response(200)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data) // 2, data[:len(data) // 2]))
        else:
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:len(data) // 2])
        self.close_connection = True

    def endless(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while not HELD.is_set():
            self.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    def silent(self, data=b""):
        """The head and a part, then nothing; or nothing at all."""
        if data:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
        HELD.wait()
        self.close_connection = True


def plain(files):
    return lambda site, path: site.give_file(files, path)


def with_file(files, name, act):
    """All as it should be, but one file."""
    return lambda site, path: act(site) if path == name else site.give_file(files, path)


def changing(files, other, times):
    """Files of two checkpoints in turn: the first so many bundles are none."""
    asked = []

    def serve(site, path):
        if path == "checkpoint":
            asked.append(None)
        # The page has to have the button, and is of the one to which the files come.
        is_other = 0 < len(asked) <= times and (path == "checkpoint") == (len(asked) % 2 == 1)
        site.give_file(other if is_other else files, path)
    return serve


def make_sites(states, letters):
    opened, sealed = states["opened"], states["sealed"]
    module = (WEB / "undersign.wasm").read_bytes()
    flipped = bytearray(opened["rosters/1.points"])
    flipped[60] ^= 1
    size = lambda n: b"\n".join([opened["checkpoint"].split(b"\n")[0], b"%d" % n, *opened["checkpoint"].split(b"\n")[2:]])
    texts = opened["manifest"].replace(b"\ntext ", b"\n" + b"".join(b"text a%05d 1 00\n" % n for n in range(100_000)) + b"text ", 1)
    english = lambda name: opened["index.html"].replace(b'<html lang="en"', b'<html lang="%s"' % name, 1)
    other = lambda name, data: plain({**opened, name: data})
    tile = next(name for name in opened if name.startswith("tile/entries/"))
    consistent, refused, failed = "Consistent, not anchored: ", "Refused. Do not believe this page.", "The recount did not take place ("
    no_program = "The recount did not take place: this website does not have the program."
    yield "opened", plain(opened), [consistent + "13 answers from 3 of 5 organisations, as of epoch", "opened by 2 of 3 trustees."]
    yield "closed", plain(states["closed"]), [consistent + "13 answers", "given by 0 of the 2 trustees who are needed."]
    yield "sealed", plain(sealed), [consistent + "13 answers", "nothing was added up."]
    yield "changes-once", changing(opened, states["closed"], 1), [consistent + "13 answers", "opened by 2 of 3 trustees."]
    for name, files in letters.items():
        yield name, plain(files), [consistent + "0 signatures from 0 of 1 organisations"]
    for name in (b"constructor", b"__proto__", b"xx-x"):
        # Of another language there are no words; the page differs from the one that the bundle gives.
        yield "language-" + name.decode(), with_file(opened, "index.html", lambda site, name=name: site.give(
            english(name), "text/html; charset=utf-8")), [refused]
    yield "changed-byte", other("rosters/1.points", bytes(flipped)), [refused, "points"]
    yield "other-page", other("index.html", sealed["index.html"]), [refused, "index.html"]
    yield "empty-tile", other(tile, b""), [refused]
    yield "html-everywhere", lambda site, path: site.give_file(opened, path) if path in (
        "index.html", "recount.js", "undersign.wasm") else site.give(HTML, "text/html"), [failed, "checkpoint"]
    yield "html-for-the-module", with_file(opened, "undersign.wasm", lambda site: site.give(HTML, "text/html")), [failed]
    yield "no-module", with_file(opened, "undersign.wasm", lambda site: site.give(None)), [failed, "undersign.wasm"]
    yield "another-module", with_file(opened, "undersign.wasm", lambda site: site.give(b"\0asm\1\0\0\0")), [failed]
    yield "no-worker", with_file(opened, "recount.js", lambda site: site.give(None)), [no_program]
    yield "worker-of-another-type", with_file(opened, "recount.js", lambda site: site.give(
        (WEB / "recount.js").read_bytes(), "text/plain", [("X-Content-Type-Options", "nosniff")])), [no_program]
    yield "worker-that-breaks", with_file(opened, "recount.js", lambda site: site.give(b"throw new Error('x');", "text/javascript")), [
        no_program]
    yield "short-manifest", with_file(opened, "manifest", lambda site: site.cut(opened["manifest"], False)), [failed, "manifest"]
    yield "short-tile", with_file(opened, tile, lambda site: site.cut(opened[tile], True)), [failed, tile]
    yield "short-module", with_file(opened, "undersign.wasm", lambda site: site.cut(module, False)), [failed, "undersign.wasm"]
    yield "bad-gzip", with_file(opened, "keys", lambda site: site.give(opened["keys"], head=[("Content-Encoding", "gzip")])), [failed, "keys"]
    yield "elsewhere", with_file(opened, "keys", lambda site: site.send_error(503)), [failed, "keys"]
    yield "endless-keys", with_file(opened, "keys", Site.endless), [failed, "more than a browser takes", "keys"]
    yield "endless-tile", with_file(opened, tile, Site.endless), [failed, "more than a browser takes", tile]
    yield "endless-checkpoint", with_file(opened, "checkpoint", Site.endless), [failed, "more than a browser takes", "checkpoint"]
    yield "many-entries", other("checkpoint", size(4_000_000_000)), [failed, "more than a browser takes", "checkpoint"]
    yield "no-entries", other("checkpoint", size(-1)), [failed, "checkpoint"]
    yield "many-texts", with_file(opened, "manifest", lambda site: site.give(texts)), [failed, "manifest"]
    yield "changes-always", changing(opened, states["closed"], 1000), [failed, "the files changed while they were fetched"]
    yield "deep", other("keys", b"[" * 500_000), [refused, "keys"]
    for more in (4, 16, 64):
        yield f"memory-{more}", with_file(opened, "undersign.wasm", lambda site, more=more: site.give(
            little_memory(module, more), "application/wasm")), [failed, "not enough memory"]
    yield "dies", with_file(opened, "recount.js", lambda site: site.give(
        b"onmessage = () => { const all = []; for (;;) { all.push(new Array(1e6).fill({})); } };", "text/javascript")), [no_program]
    yield "silent-tile", with_file(opened, tile, lambda site: site.silent(opened[tile])), [failed, "no answer", tile]
    yield "silent-checkpoint", with_file(opened, "checkpoint", Site.silent), [failed, "no answer", "checkpoint"]
    yield "silent-worker", with_file(opened, "recount.js", Site.silent), [no_program]


def verdict(path):
    done = subprocess.run([os.environ["UNDERSIGN"], "verify", "--json", path], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def compared(folder, paths):
    """Bundles as tar files, and what the program says of each."""
    for number, path in enumerate(paths):
        name = f"{number}.tar"
        data = tar_bytes(read(path)) if path.is_dir() else path.read_bytes()
        (folder / name).write_bytes(data)
        yield {"name": path.name, "tar": f"/tars/{name}", "verdict": verdict(folder / name)}


def main():
    with tempfile.TemporaryDirectory() as made:
        made = pathlib.Path(made)
        (made / "polls").mkdir()
        (made / "tars").mkdir()
        subprocess.run([sys.executable, "-B", ROOT / "tests/reference/test_poll_bundle.py", os.environ["UNDERSIGN"],
                        os.environ["DEMO_MEMBERS"], ROOT / "tests/cli/poll-world", made / "polls"], check=True)
        all_polls = sorted((made / "polls").iterdir())
        last = {path.stem.partition("-")[2]: path for path in all_polls if not path.name.startswith("case-")}
        # The last one before the closing stands, sealed still; of the closed ones the first.
        first = {}
        for path in all_polls:
            if not path.name.startswith("case-"):
                first.setdefault(path.stem.partition("-")[2], path)
        states = {"sealed": read(str(last["sealed"])), "closed": read(str(first["closed"])), "opened": read(str(last["opened"]))}
        letters = {name.strip("_"): read(hostile_bundle(made / name, name)) for name in ("__proto__", "constructor")}
        sites = {name: (serve, says) for name, serve, says in make_sites(states, letters)}
        Site.sites = {name: serve for name, (serve, _) in sites.items()}
        Site.sites["tars"] = lambda site, path: site.give((made / "tars" / path).read_bytes())
        Site.sites["modules"] = lambda site, path: site.give(
            (ROOT / {"undersign.mjs": "src/wasm", "tar.mjs": "web/kit", "texts.mjs": "web/kit"}[path] / path).read_bytes(), "text/javascript")
        Site.sites["blank"] = lambda site, path: site.give(b"<!doctype html><title>x</title>", "text/html")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        paths = all_polls + [pathlib.Path(path) for path in sys.argv[1:]]
        orders = {"origin": f"http://127.0.0.1:{server.server_port}", "module": "/opened/undersign.wasm",
                  "sites": [{"name": name, "says": says} for name, (_, says) in sites.items()],
                  "bundles": list(compared(made / "tars", paths))}
        (made / "orders").write_text(json.dumps(orders))
        done = subprocess.run(["node", str(HERE / "recount.mjs"), made / "orders"], timeout=1800)
        HELD.set()
        server.shutdown()
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
