#!/usr/bin/env python3
"""undersign fetch against servers on loopback: an honest one, whose requests are counted, and hostile
ones: wrong, short, long, endless and slow files, redirects, a log set back, a forked log (L-3, L-4), one
that grows meanwhile. Killed at each request: the mirror stays whole, the next run goes on.
Usage: fetch.py PROGRAM"""
import contextlib
import filecmp
import http.server
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp()
env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
seen = []
# What the server does instead of serving a file: path -> function(handler, content).
tricks = {}
root = {"path": "bundle"}


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def give(self, content, status=200, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(content)

    def do_GET(self):
        assert self.path.startswith("/b/"), self.path
        name = self.path[3:]
        if name.startswith("letters/"):  # as a desk serves it
            letters.add(name.split("/")[1])
            name = name.split("/", 2)[2]
        seen.append(name)
        headers.append([key for key, _ in self.headers.items()])
        path = os.path.join(FOLDER, root["path"], name)
        content = None
        if os.path.isfile(path):
            with open(path, "rb") as file:
                content = file.read()
        trick = tricks.get(name) or tricks.get("*")
        if trick:
            trick(self, content)
        elif content is None:
            self.give(b"", 404)
        else:
            self.give(content)


headers = []
letters = set()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.handle_error = lambda *_: None  # clients are killed
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_port}/b"


def run(*arguments, wrap=(), code=0, said=""):
    result = subprocess.run([*wrap, PROGRAM, *arguments], cwd=FOLDER, env=env, capture_output=True,
                            text=True, timeout=120, stdin=subprocess.DEVNULL)
    text = " ".join(result.stderr.split())
    assert result.returncode == code, (arguments, result.returncode, text, result.stdout)
    assert said in text, (said, text)
    return result.stdout


def fetch(*arguments, folder="m", code=0, said="", wrap=(), url=None):
    seen.clear()
    headers.clear()
    return run("fetch", *arguments, url or URL, folder, code=code, said=said, wrap=wrap)


def publish(date, *statements, desk="desk", bundle="bundle"):
    run("publish", desk, "--key", "log.key", "--date", date, "--bundle", bundle, *statements)


def same(a, b):
    result = subprocess.run(["diff", "-r", os.path.join(FOLDER, a), os.path.join(FOLDER, b)],
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def copy(a, b):
    shutil.rmtree(os.path.join(FOLDER, b), ignore_errors=True)
    shutil.copytree(os.path.join(FOLDER, a), os.path.join(FOLDER, b))


def remove(name):
    shutil.rmtree(os.path.join(FOLDER, name), ignore_errors=True)


def nothing_left():
    left = [name for name in os.listdir(FOLDER) if name.endswith((".fetch", ".fork", ".old"))]
    assert not left, left


@contextlib.contextmanager
def trick(name, function):
    tricks[name] = function
    try:
        yield
    finally:
        tricks.clear()


def read(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def partial(bundle):
    """The names of a log's partial tile of level 0 and of its partial entry bundle."""
    names = []
    for kind in ("0", "entries"):
        folder = os.path.join(FOLDER, bundle, "tile", kind)
        last = [name for name in os.listdir(folder) if name.endswith(".p")]
        assert len(last) == 1
        names.append(f"tile/{kind}/{last[0]}/{os.listdir(os.path.join(folder, last[0]))[0]}")
    return tuple(names)


def honest():
    """From nothing, again, and after each epoch: what is asked for."""
    publish("2031-04-04", "s-rivers-1", "s-rivers-2", "s-rivers-3")
    fetch(said="Consistent, not anchored")
    same("bundle", "m")
    assert sorted(seen) == sorted(
        ["checkpoint", "keys", "manifest", "index.html", "texts/en.md", "tile/0/000.p/13",
         "tile/entries/000.p/13", *(f"rosters/{n}.points" for n in range(1, 6))]), seen
    assert seen[0] == "checkpoint"
    assert all(names == ["Host", "Accept"] for names in headers), headers
    fetch(said="1 requests")
    assert seen == ["checkpoint"]
    with open(os.path.join(FOLDER, "letter-id")) as file:
        letter = file.read().strip()
    fetch("--policy", "policy", "--letter", letter, said="anchored in your policy")
    publish("2031-04-05", "s-rivers-4")
    copy("bundle", "small")
    fetch()
    same("bundle", "m")
    assert seen == ["checkpoint", "keys", "manifest", "tile/0/000.p/14", "tile/entries/000.p/14",
                    "index.html"], seen
    # Two levels of tiles; then the full ones are never asked for again, nor read from the network.
    publish("2033-01-01")
    fetch()
    same("bundle", "m")
    assert "tile/1/000.p/2" in seen and "tile/0/001" in seen, seen
    edge, leaves = partial("bundle")
    publish("2033-01-02")
    fetch()
    same("bundle", "m")
    assert partial("bundle") != (edge, leaves)
    assert seen == ["checkpoint", "keys", "manifest", *partial("bundle"), "index.html"], seen
    # A damaged file of the mirror is asked for again.
    for name in ("tile/entries/001", "tile/0/000", "rosters/1.points", "texts/en.md"):
        with open(os.path.join(FOLDER, "m", name), "r+b") as file:
            file.seek(100)
            file.write(b"\x55\xaa\x55")
        fetch()
        assert seen == ["checkpoint", name], seen
        same("bundle", "m")
    remove("m/tile/1")
    fetch()
    same("bundle", "m")
    # A damaged page too, which nothing names by its hash: where it is damaged, or was made to say that another
    # version wrote it, which nobody here could check.
    for damage in (lambda page: page[:5000] + b"\x55" + page[5001:], lambda page: page.replace(b"undersigned page ", b"undersigned page x", 1),
                   lambda page: b""):
        with open(os.path.join(FOLDER, "m/index.html"), "wb") as file:
            file.write(damage(read("bundle/index.html")))
        fetch()
        assert seen == ["checkpoint", "checkpoint", "index.html"], seen
        same("bundle", "m")
    # The page is asked for where there is none. A server need not have it; another one is refused.
    os.remove(os.path.join(FOLDER, "m/index.html"))
    fetch()
    assert seen == ["checkpoint", "index.html"], seen
    same("bundle", "m")
    with trick("index.html", lambda handler, content: handler.give(b"", 404)):
        fetch(folder="pageless")
    assert not os.path.exists(os.path.join(FOLDER, "pageless/index.html"))
    remove("pageless")
    for how in (flipped, wrong(b""), lambda handler, content: handler.give(content + b"x")):
        with trick("index.html", how):
            fetch(folder="new", code=1, said="index.html")
        remove("new")
        remove("new.fetch")
    nothing_left()


def wrong(content):
    return lambda handler, _: handler.give(content)


def flipped(handler, content):
    handler.give(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])


def endless(handler, _):
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"x" * 65536)
    handler.close_connection = True


def hostile():
    """What does not fit is refused and named; the mirror stays, and nothing else is left."""
    copy("small", "m")
    names = ["checkpoint", "keys", "manifest", "tile/0/000", "tile/1/000.p/2", "tile/entries/000",
             *partial("bundle")]
    fresh = ["texts/en.md", "rosters/3.points"]
    for name in names + fresh:
        folder = "m" if name in names else "new"
        for how in (flipped, lambda handler, content: handler.give(content[:-1]),
                    lambda handler, content: handler.give(content + b"x"),
                    wrong(b""), wrong(b"<html>"), endless,
                    lambda handler, content: handler.give(
                        content, 302, [("Location", f"{URL}/{handler.path[3:]}")]),
                    lambda handler, content: handler.give(content, 206),
                    lambda handler, content: handler.give(b"", 404)):
            with trick(name, how):
                fetch(folder=folder, code=1, said="REFUSED")
                assert len(seen) < 40, seen
            # At once: nothing more is asked for, but whether there is another checkpoint.
            if how is flipped and name in ("tile/0/000", "tile/entries/000", *fresh):
                # Some times, since for a moment it might be that of the next one.
                while seen[-2:] == ["checkpoint", "checkpoint"]:
                    seen.pop()
                assert seen[-2:] == [name, "checkpoint"], seen
            if folder == "m":
                same("small", "m")
            else:
                assert not os.path.exists(os.path.join(FOLDER, "new"))
            nothing_left()
    # The control.
    fetch()
    same("bundle", "m")
    # A checkpoint of absurd size, signed by the log: refused before anything is asked for.
    # Without a policy any log will do; with one it must be the one.
    with open(os.path.join(FOLDER, "strange-policy"), "w") as file:
        run("key", "new", "strange.example/log", "-o", "strange.key")
        file.write("log " + run("key", "show", "strange.key").strip() + "\nquorum none\n")
    fetch("--policy", "strange-policy", folder="new", code=1, said="REFUSED")
    assert len(seen) <= 5, seen
    fetch("--letter", "0" * 64, folder="new", code=1, said="another letter")
    # The limit of all bytes together: what has arrived may stay.
    big = b"x" * 1000000
    with trick("texts/en.md", wrong(big)):
        fetch("--limit", "1", folder="new", code=1, said="REFUSED")
    # A folder that is no bundle is not replaced.
    os.mkdir(os.path.join(FOLDER, "home"))
    with open(os.path.join(FOLDER, "home/thesis"), "w") as file:
        file.write("years of work")
    fetch(folder="home", code=1, said="this folder is no bundle")
    assert read("home/thesis") == b"years of work" and not seen
    for bad in ("file:///etc", "http://a@b/", URL + "/", "bundle"):
        fetch(url=bad, code=2, said="URL is an address")
    fetch(url="http://127.0.0.1:1/b", folder="new", code=1, said="Not fetched to the end")
    remove(".new.fetch")


def split():
    """The log set back, and forked: both checkpoints are printed, the mirror stays."""
    copy("bundle", "m")
    root["path"] = "small"
    both = fetch(code=1, said="ends before the one that you saw last time")
    assert read("m/checkpoint").decode() in both and read("small/checkpoint").decode() in both
    same("bundle", "m")
    nothing_left()
    # One history has s-lakes, the other s-rivers: both are signed by the log's key.
    for date, name in (("2031-04-04", "same"), ("2033-01-02", "same"), ("2034-01-01", "larger"),
                       ("2031-06-01", "smaller")):
        copy("desk0", "fork-desk")
        publish("2031-04-04", "s-lakes-1", "s-lakes-2", "s-lakes-3", desk="fork-desk",
                bundle="fork")
        if date > "2031-04-04":
            publish(date, desk="fork-desk", bundle="fork")
        root["path"] = "fork"
        run("verify", "fork")
        both = fetch(code=1, said="Two versions of this log exist")
        assert read("m/checkpoint").decode() in both and read("fork/checkpoint").decode() in both
        assert f"-- {URL} --" in both and "-- m --" in both
        same("bundle", "m")
        assert read("m.fork/checkpoint") == read("fork/checkpoint"), name
        if name == "larger":
            assert filecmp.cmp(os.path.join(FOLDER, "fork/tile/0/000"),
                               os.path.join(FOLDER, "m.fork/tile/0/000"))
        # Anybody can check it; the order does not matter, and neither does the rest of the bundle.
        for folders in (["m", "m.fork"], ["m.fork", "m"]):
            assert "FORK, if this is the log's key\n" in run("check-fork", *folders)
            assert run("check-fork", "--policy", "policy", *folders).startswith("FORK\n")
            run("check-fork", "--policy", "strange-policy", *folders, code=1)
        # A tile of the larger one that was changed, where the smaller one ends.
        tile = {"larger": "m.fork/tile/0/002", "smaller": "m/tile/0/000"}.get(name)
        if tile:
            before = read(tile)
            for changed in (before[:40] + b"\0\0\0" + before[43:], before[:-1], b""):
                with open(os.path.join(FOLDER, tile), "wb") as file:
                    file.write(changed)
                run("check-fork", "m", "m.fork", code=1, said="not those of the checkpoint")
            with open(os.path.join(FOLDER, tile), "wb") as file:
                file.write(before)
        remove("m.fork")
        nothing_left()
    # Two of one history are no fork, nor is one twice.
    run("check-fork", "m", "small", code=1, said="continues the smaller one")
    run("check-fork", "m", "m", code=1, said="This shows no fork")
    # The control: the same log, larger.
    root["path"] = "bundle"
    publish("2033-01-03")
    fetch()
    same("bundle", "m")


def grows():
    """An epoch is closed while the bundle is fetched: it begins again with the new one."""
    copy("bundle", "before")
    publish("2033-01-04")
    copy("bundle", "after")
    root["path"] = "before"

    def switch(handler, content):
        root["path"] = "after"
        tricks.clear()
        handler.give(b"", 404)
    for name in (partial("before")[0], "keys", "manifest", "tile/entries/000"):
        remove("m")
        root["path"] = "before"
        with trick(name, switch):
            fetch()
        same("after", "m")
        nothing_left()
    root["path"] = "bundle"


def busy():
    """Busy for a moment; then it goes on."""
    remove("m")
    times = []

    def once(handler, content):
        times.append(1)
        tricks.clear()
        handler.give(b"", 503, [("Retry-After", "1")])
    with trick("manifest", once):
        fetch()
    assert times and seen.count("manifest") == 2
    same("bundle", "m")

    def cut(handler, content):
        times.append(1)
        tricks.clear()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        handler.close_connection = True
    remove("m")
    with trick("tile/0/000", cut):
        fetch()
    same("bundle", "m")


def killed():
    """Killed at each request: the mirror is whole, and the next run does not ask again."""
    for folder in ("small", None):
        remove("m")
        fetch(folder="whole")
        n = None
        for at in range(1, 30):
            remove("m")
            remove(".m.fetch")
            if folder:
                copy(folder, "m")
            process = {}

            def stop(handler, content, at=at):
                if len(seen) == at:
                    os.kill(process["it"].pid, signal.SIGKILL)
                    process["it"].wait()
                    handler.close_connection = True
                else:
                    handler.give(content)
            seen.clear()
            with trick("*", lambda handler, content: stop(handler, content)):
                process["it"] = subprocess.Popen([PROGRAM, "fetch", URL, "m"], cwd=FOLDER, env=env,
                                                 stdout=subprocess.DEVNULL,
                                                 stderr=subprocess.DEVNULL)
                process["it"].wait(timeout=60)
            asked = list(seen)
            if len(asked) < at:
                n = at
                break
            if folder:
                same(folder, "m")
            else:
                assert not os.path.exists(os.path.join(FOLDER, "m"))
            fetch()
            same("bundle", "m")
            again = set(seen) & set(asked[:-1])
            assert again <= {"checkpoint", "keys", "manifest"}, again
            nothing_left()
        assert n and n > 5, n
        remove("whole")
        remove("m")
        remove(".m.fetch")


def verified():
    """verify of an address says what it says of the folder, and writes nothing."""
    with open(os.path.join(FOLDER, "letter-id")) as file:
        trust = ["--policy", "policy", "--letter", file.read().strip()]
    env["TMPDIR"] = os.path.join(FOLDER, "tmp")
    os.mkdir(env["TMPDIR"])
    before = sorted(os.listdir(FOLDER))
    for options in ([], trust, ["--json"], ["--mine", "s-rivers-1"]):
        assert run("verify", *options, URL).replace("FOLDER, after undersign fetch", "bundle") \
            == run("verify", *options, "bundle")
    assert before == sorted(os.listdir(FOLDER)) and not os.listdir(env["TMPDIR"])
    for where in (["--to", URL], ["--bundle", URL]):
        assert "Published. It counts." in run("deliver", "--check", *where, "s-rivers-1")
    assert letters == {trust[-1].replace(" ", "")}, letters
    with trick("tile/entries/000", flipped):
        run("deliver", "--check", "--to", URL, "s-rivers-1", code=1, said="could not be fetched")
        run("verify", URL, code=1, said="REFUSED. No number of this bundle can be believed.")
        assert '"valid": false' in run("verify", "--json", URL, code=1).replace(":f", ": f")
    run("verify", URL + "/", code=2)
    run("verify", "--proxy", "127.0.0.1:9", "bundle", code=2)
    run("verify", "http://127.0.0.1:1/b", code=1, said="Nothing was verified")

    def switch(handler, _):
        root["path"] = "after"
        tricks.clear()
        handler.give(b"", 404)
    root["path"] = "before"
    with trick("tile/entries/000", switch):
        assert f", {read('after/checkpoint').split()[1].decode()} entries" in run("verify", URL)
    root["path"] = "bundle"


def large():
    """More levels, many files; the limit of all bytes, after which it goes on."""
    copy("desk", "large-desk")
    publish("2211-01-01", desk="large-desk", bundle="large")
    root["path"] = "large"
    remove("m")
    fetch("--limit", "1", code=1, said="it sends at most 1000000 bytes")
    n = len(seen)
    assert not os.path.exists(os.path.join(FOLDER, "m"))
    fetch()
    same("large", "m")
    assert n + len(seen) < 532, (n, len(seen))
    nothing_left()
    root["path"] = "bundle"


def proxied():
    """Through a proxy nothing but it is connected to; it is asked for the name."""
    if not shutil.which("strace") or subprocess.run(["strace", "-o", os.devnull, "true"]).returncode:
        return
    names = []
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(a, b):
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)

    def serve():
        while True:
            peer, _ = listener.accept()
            peer.recv(2 + peer.recv(2, socket.MSG_PEEK)[1])
            peer.sendall(b"\5\0")
            _, _, _, kind, n = peer.recv(5)
            names.append((kind, peer.recv(n).decode()))
            peer.recv(2)
            upstream = socket.create_connection(("127.0.0.1", server.server_port))
            peer.sendall(b"\5\0\0\1\0\0\0\0\0\0")
            threading.Thread(target=pump, args=(peer, upstream), daemon=True).start()
            threading.Thread(target=pump, args=(upstream, peer), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()
    port = str(listener.getsockname()[1])
    trace = os.path.join(FOLDER, "trace")
    strace = ("strace", "-f", "-o", trace, "-e", "trace=connect,sendto,sendmsg")

    def connected():
        with open(trace) as file:
            return set(re.findall(r"connect\(.*?sin6?_port=htons\((\d+)\)", file.read()))
    remove("m")
    fetch("--proxy", f"127.0.0.1:{port}", url="http://desk.onion/b", wrap=strace,
          said="Through the proxy")
    same("bundle", "m")
    assert set(names) == {(3, "desk.onion")}, names
    assert connected() == {port}, connected()
    # The control: strace sees a connection that goes elsewhere.
    fetch(wrap=strace)
    assert connected() == {str(server.server_port)}, connected()


def main():
    subprocess.run(["letter-world"], cwd=FOLDER, check=True)
    for who in (["rivers", "1", "4"], ["lakes", "1", "3"]):
        subprocess.run(["letter-world", "sign", "bundle", "s", *who], cwd=FOLDER, check=True)
    copy("desk", "desk0")
    for part in (honest, hostile, split, grows, busy, killed, verified, large, proxied):
        start = time.monotonic()
        part()
        print(f"{part.__name__}: {time.monotonic() - start:.1f} s")
    shutil.rmtree(FOLDER)


main()
