#!/usr/bin/env python3
"""A desk as the units run it: the acceptor gets its sockets from systemd (systemd-socket-activate), and
no process makes a system call, or a socket of a family, that its unit forbids. A letter is served,
delivered to and mirrored meanwhile. The control: the same look finds what a stricter unit would forbid.
Usage: test_desk.py PACKAGING-FOLDER, with UNDERSIGN and DEMO_MEMBERS"""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading

PACKAGING = sys.argv[1]
sys.path.insert(0, os.path.join(PACKAGING, "../tests/desk"))
from world import UNDERSIGN, World  # noqa: E402

STRACE_ENV = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")


def values(unit, key):
    with open(f"{PACKAGING}/systemd/{unit}") as file:
        return [value.split() for value in re.findall(rf"(?m)^{key}=(.*)$", file.read())]


def calls_of(name, sets):
    """The calls of a set, those of the sets in it too."""
    found = set()
    for item in sets.get(name, ()):
        found |= calls_of(item, sets) if item.startswith("@") else {item}
    return found


def allowed_calls(unit, n_lines=None):
    """As systemd reads SystemCallFilter: the first line allows, ~ takes away, a further one adds."""
    sets, name = {}, None
    for line in subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True,
                               check=True).stdout.split("\n"):
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            sets[name].append(line.strip())
    allowed = calls_of("@default", sets)
    for words in values(unit, "SystemCallFilter")[:n_lines]:
        is_denied = words[0].startswith("~")
        for word in words:
            word = word.lstrip("~")
            these = calls_of(word, sets) if word.startswith("@") else {word}
            allowed = allowed - these if is_denied else allowed | these
    return allowed


def used_calls(trace):
    """Of the program itself, from its own start on."""
    with open(trace) as file:
        text = file.read()
    calls = set(re.findall(r"(?m)^\d+ +([a-z0-9_]+)\(", text))
    families = set(re.findall(r"\bsocket(?:pair)?\((AF_\w+)", text))
    return calls - {"execve", "exit_group"}, families


def check(unit, trace):
    calls, families = used_calls(trace)
    assert len(calls) > 20, calls
    forbidden = calls - allowed_calls(unit)
    if os.geteuid() == 0:
        forbidden -= {"fchown"}  # SQLite, of its files, as root alone; the units are not
    assert not forbidden, (unit, forbidden)
    may = set(values(unit, "RestrictAddressFamilies")[0])
    assert families <= may, (unit, families)
    print(f"{unit}: {len(calls)} system calls, sockets {sorted(families)}")
    return calls


def forward(path):
    """What Tor does: connections of a port go to the socket. Gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(a, b):
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)

    def run_forever():
        while True:
            peer, _ = listener.accept()
            desk = socket.socket(socket.AF_UNIX)
            desk.connect(path)
            threading.Thread(target=pump, args=(peer, desk), daemon=True).start()
            threading.Thread(target=pump, args=(desk, peer), daemon=True).start()
    threading.Thread(target=run_forever, daemon=True).start()
    return listener.getsockname()[1]


def post_status(path, target):
    """The status of a delivery that is refused before its body is read: in one piece, so that it is sent."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(path)
    connection.sendall(f"POST {target} HTTP/1.1\r\nHost: desk\r\nContent-Type: "
                       "application/octet-stream\r\nContent-Length: 3\r\n\r\nabc".encode())
    return int(connection.recv(1000).split(b" ")[1])


def traced(trace, credentials, *command, before=(), **options):
    """The tracer is the grandchild, so that the process is the program."""
    return subprocess.Popen([*before, "strace", "-D", "-f", "-o", str(trace), *map(str, command)],
                            env=dict(STRACE_ENV, CREDENTIALS_DIRECTORY=str(credentials)), **options)


def wait_for(world, name, what):
    try:
        world.wait_for(what, 150)
    except AssertionError:
        raise AssertionError(f"{name}: it did not come about\n"
                             + (world.folder / "errors").read_text()[-2000:]) from None


def end(world, process, trace):
    process.terminate()
    process.wait(timeout=60)
    # strace fills short numbers up with spaces.
    wait_for(world, "the end", lambda: re.search(f"^{process.pid} +[+]{{3}} exited", trace.read_text(), re.M))
    assert process.returncode == 0, process.returncode


def main():
    for needed in ("systemd-socket-activate", "systemd-analyze", "strace"):
        if not shutil.which(needed) or (needed == "strace" and subprocess.run(
                ["strace", "-D", "-o", os.devnull, "true"]).returncode):
            print(f"skipped: {needed} is not here or does not work")
            sys.exit(77)
    with World(epoch_seconds=4) as world:
        folder = world.folder
        text = world.config.read_text()
        text = text.replace(f"listen = unix:{world.socket} statements",
                            "listen = activated:onion statements")
        text = text.replace(f"listen = unix:{folder / 'web'}", "listen = activated:web")
        for key in ("log", "promise"):
            text = text.replace(f"{key}-key = {folder}/{key}.key", f"{key}-key = credential:{key}.key")
            (folder / f"for-{key}").mkdir()
            os.rename(folder / f"{key}.key", folder / f"for-{key}/{key}.key")
        (folder / "for-nobody").mkdir()
        world.config.write_text(re.sub(r"listen = tcp:.*\n", "", text))
        # Each process has its own key and no other.
        subprocess.run([UNDERSIGN, "desk", "seal", "--once", "--config", world.config], check=True,
                       env=dict(os.environ, CREDENTIALS_DIRECTORY=str(folder / "for-log")))
        sealed, accepted, errors = folder / "seal.trace", folder / "accept.trace", folder / "errors"
        names = [values(unit, "FileDescriptorName")[0][0] for unit in (
            "undersign-accept.socket", "undersign-accept-web.socket")]
        with open(errors, "w") as log:
            acceptor = traced(accepted, folder / "for-promise", UNDERSIGN, "desk", "accept", "--config", world.config,
                              stderr=log, before=[
                                  "systemd-socket-activate", "-E", "CREDENTIALS_DIRECTORY", "-E",
                                  "ASAN_OPTIONS", "-l", world.socket, "-l",
                                  str(folder / "web"), f"--fdname={':'.join(names)}"])
            world.processes.append(acceptor)
            sealer = traced(sealed, folder / "for-log", UNDERSIGN, "desk", "seal", "--config", world.config, stderr=log)
            world.processes.append(sealer)
        wait_for(world, "the socket", lambda: os.path.exists(world.socket))
        wait_for(world, "desk.json", lambda: world.get("/desk.json")[0] == 200)
        world.url = f"http://127.0.0.1:{forward(world.socket)}"
        wait_for(world, "an epoch", lambda: world.published_epoch() >= 1)
        # What members made comes in by the socket of the onion service alone.
        bundle = world.mirror()
        files = [world.sign(i, bundle, name=f"s-{i}") for i in range(3)]
        assert post_status(str(folder / "web"), f"/letters/{world.letter}/statements") in (
            403, 404, 405, 413)
        # Busy until the sealer has appointed the acceptor's key; to deliver twice is harmless.
        for i in range(3):
            wait_for(world, f"promise {i}", lambda: subprocess.run(
                [UNDERSIGN, "deliver", "--to", world.url, "--log", world.log_vkey, folder / f"s-{i}"],
                capture_output=True).returncode == 0)
        assert all((folder / f"s-{i}.promise").exists() for i in range(3))

        def is_published():
            world.mirror()
            return subprocess.run([UNDERSIGN, "deliver", "--check", "--bundle", bundle, "--policy",
                                   folder / "policy", "--delete", folder / "s-0"],
                                  capture_output=True).returncode == 0
        wait_for(world, "the publication", is_published)
        assert not (folder / "s-0").exists() and not (folder / "s-0.promise").exists()
        end(world, acceptor, accepted)
        end(world, sealer, sealed)
        world.processes.clear()
        # undersign-desk@.service and undersign-repair.service: no key at all.
        for words in (["status"], ["fsck"], ["fsck", "--repair"]):
            subprocess.run([UNDERSIGN, "desk", *words, "--config", world.config], check=True,
                           stdout=subprocess.DEVNULL, timeout=120, env=dict(
                               os.environ, CREDENTIALS_DIRECTORY=str(folder / "for-nobody")))
        calls = check("undersign-accept.service", accepted)
        check("undersign-seal.service", sealed)
        # The control: a filter of nothing but the least would have been noticed.
        assert {"accept4", "fdatasync"} <= calls - allowed_calls("undersign-accept.service", 0), calls
    print("ok")


main()
