"""`undersign witness run` as a process: every status by HTTP, what it writes checked by hashlib and
openssl, kills at each of its system calls (L-6). Usage: test_run.py UNDERSIGN"""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from common import Key, Log, Witness, b64, check, failures, make_witness_key, request, root, sha

PROGRAM = sys.argv[1]
FULL = os.environ.get("UNDERSIGN_FULL") == "1"
os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
# Where a witness touches the disk or answers.
CALLS = ["openat", "fsync", "rename", "renameat", "renameat2", "linkat", "write", "writev", "sendto", "sendmsg",
         "setsockopt"]


def statuses(folder, log, fork, path, key):
    witness = Witness(PROGRAM, folder, path, "state", "--log", log.key.vkey(1))
    check(witness.lines[0] == "witness " + key.vkey(4), "it tells its own key")
    check(witness.lines[1] == f"log {log.key.name} 0", "it tells its logs")
    latest = "/" + sha(log.key.name.encode()).hex() + "/checkpoint"
    add = lambda body: request(witness.port, "POST", "/add-checkpoint", body)
    check(request(witness.port, "GET", latest)[0] == 404, "nothing was cosigned yet")
    begun = int(time.time())
    status, kind, body = add(log.submission(0, 5))
    check(status == 200 and kind.startswith("text/plain"), "200")
    seconds = key.cosignature(body, log.text(5))
    check(seconds is not None and begun <= seconds <= time.time() + 1, "its cosignature holds")
    # The control of that check.
    check(key.cosignature(body, log.text(6)) is None, "for one text only")
    status, kind, body = request(witness.port, "GET", latest)
    check(status == 200 and body.startswith(log.note(5)), "the latest has the log's signature")
    check(key.cosignature(body[len(log.note(5)):], log.text(5)) == seconds, "and the cosignature")
    check(add(log.submission(0, 7)) == (409, "text/x.tlog.size", "5\n"), "409 with the size")
    check(add(log.submission(7, 9))[0] == 409, "409 for a larger size")
    check(add(log.submission(5, 7).replace("old 5", "old 8"))[0] == 400, "400 for too large an old size")
    check(add("nonsense")[0] == 400, "400 for nonsense")
    check(add("")[0] == 400, "400 for nothing")
    check(add(fork.submission(5, 7))[0] == 422, "422 for another log")
    check(add(log.submission(5, 9).replace("\n\n", "\n" + b64(sha(b"")) + "\n\n", 1))[0] == 422,
          "422 for a proof that is too long")
    check(add(fork.submission(0, 5).replace("old 0", "old 5"))[0] == 422, "422 for the same size")
    stranger = Key(folder, log.key.name, b"\x09" * 32)
    text = log.text(9)
    check(add(f"old 5\n\n{text}\n{stranger.line(text)}")[0] == 403, "403 for another key")
    other = Log(Key(folder, "log.example/unknown", b"\x08" * 32))
    check(add(other.submission(0, 3))[0] == 404, "404 for an unknown log")
    check(request(witness.port, "GET", "/add-checkpoint")[0] == 405, "405 for asking")
    check(request(witness.port, "POST", latest, "")[0] == 405, "405 for writing")
    check(request(witness.port, "GET", "/")[0] == 404, "404 elsewhere")
    check(request(witness.port, "GET", latest.replace("a", "A"))[0] == 404, "404 for another spelling")
    check(add(log.submission(5, 9))[0] == 200, "it goes on")
    code, said = Witness(PROGRAM, folder, path, "state", "--log", log.key.vkey(1)).end()
    check(code == 1 and "another process has it" in said, "one process has a state")
    check(witness.stop(signal.SIGKILL)[0] == -9, "killed")
    witness = Witness(PROGRAM, folder, path, "state", "--log", log.key.vkey(1))
    check(witness.lines[1] == f"log {log.key.name} 9", "it remembers after a kill")
    check(request(witness.port, "POST", "/add-checkpoint", fork.submission(9, 11))[0] == 422, "still")
    code, said = witness.stop()
    check(code == 0 and said == "", f"it ends well, and has said nothing about anybody: {said}")


def refusals(folder, log, path):
    logs = os.path.join(folder, "logs")
    with open(logs, "w") as file:
        file.write(f"# logs\n\nlog {log.key.vkey(1)} https://log.example/\n")
    witness = Witness(PROGRAM, folder, path, "listed", "--logs", logs)
    check(witness.lines[1] == f"log {log.key.name} 0", "logs from a file")
    check(witness.stop()[0] == 0, "it ends")
    for arguments, code, words in (
            (["--log", log.key.vkey(1), "--log", log.key.vkey(1)], 2, "a log has one key"),
            (["--log", "nonsense"], 1, "does not start"),
            (["--log", log.key.vkey(4)], 1, "signs notes"),
            (["--logs", path], 1, "line 1"),
            ([], 2, "--log VKEY or --logs FILE is missing"),
            (["--log", log.key.vkey(1), "--listen", "tcp:localhost:80"], 2, "IP address"),
            (["--log", log.key.vkey(1), "--listen", "http:1"], 2, "--listen takes")):
        ended = Witness(PROGRAM, folder, path, "refused", *arguments).end()
        check(ended[0] == code and words in ended[1].replace("\n         ", " "), f"{words}: {ended}")
    line = subprocess.run([PROGRAM, "witness", "show", "--name", "w1", "--url", "http://w", path], check=True,
                          capture_output=True, text=True).stdout
    check(line.startswith("witness w1 witness.example/w1+") and line.endswith(" http://w\n"), "show")


def activated(folder, log, path):
    """By a socket that was handed over, as systemd does it; and nothing of a request stays (P-4)."""
    canary = "canary-" + sha(os.urandom(16)).hex()
    socket_path = os.path.join(folder, "handed-over")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(socket_path)
        listening.listen()
        process = subprocess.Popen(
            ["sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=witness exec \"$@\" 3<&\"$FD\"", "sh",
             PROGRAM, "witness", "run", "--key", path, "--state", os.path.join(folder, "activated"), "--listen",
             "activated:witness", "--log", log.key.vkey(1)],
            env={**os.environ, "FD": str(listening.fileno())}, pass_fds=[listening.fileno()],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    body = log.submission(0, 5)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(socket_path)
        peer.sendall((f"POST /add-checkpoint?{canary} HTTP/1.1\r\nHost: {canary}\r\nUser-Agent: {canary}\r\n"
                      f"Cookie: {canary}\r\nX-Forwarded-For: {canary}\r\nReferer: {canary}\r\n"
                      f"Content-Length: {len(body.encode()) + len(canary) + 90}\r\n\r\n{body}"
                      + f"\u2014 {canary} " + b64(os.urandom(63)) + "\n").encode())
        peer.shutdown(socket.SHUT_WR)
        reply = b""
        while more := peer.recv(65536):
            reply += more
    check(reply.startswith(b"HTTP/1.1 200 "), f"it answers: {reply[:60]}")
    check(canary.encode() not in reply, "and repeats nothing")
    process.terminate()
    said = process.communicate(timeout=60)
    check(process.returncode == 0 and canary not in said[0] + said[1], f"it says nothing: {said}")
    kept = subprocess.run(["grep", "-rl", canary, folder], capture_output=True, text=True).stdout
    check(kept == "", f"it keeps nothing: {kept}")
    with open(os.path.join(folder, "control"), "w") as file:
        file.write(canary)
    kept = subprocess.run(["grep", "-rl", canary, folder], capture_output=True, text=True).stdout
    check(kept != "", "the control is found")


def kill_once(folder, log, path, state, call, n):
    """A submission to a witness that is killed when one of its threads makes a call for the nth time;
    what came back."""
    witness = Witness(PROGRAM, folder, path, state, "--log", log.key.vkey(1),
                      prefix=("strace", "-D", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                              f"inject={call}:signal=SIGKILL:when={n}"))
    reply = None
    if witness.port:
        reply = request(witness.port, "POST", "/add-checkpoint", log.submission(0, 5))
    if witness.process.poll() is None:
        witness.process.send_signal(signal.SIGTERM)
    return reply, witness.end()[0] == -9


def kills(folder, log, fork, path):
    """What came out as cosigned is never forgotten, and no other log of its size is cosigned."""
    n_killed, n_cosigned, n_between = 0, 0, 0
    for call in CALLS:
        for n in range(1, 4):
            state = f"{call}-{n}"
            reply, was_killed = kill_once(folder, log, path, state, call, n)
            was_cosigned = reply is not None and reply[0] == 200
            witness = Witness(PROGRAM, folder, path, state, "--log", log.key.vkey(1))
            remembers = witness.lines[1] == f"log {log.key.name} 5"
            check(remembers or witness.lines[1] == f"log {log.key.name} 0", f"{state}: a whole state")
            check(remembers or not was_cosigned, f"{state}: what was cosigned is remembered")
            body = fork.submission(0, 5).replace("old 0", "old 5" if remembers else "old 0")
            status = request(witness.port, "POST", "/add-checkpoint", body)[0]
            check(status == (422 if remembers else 200), f"{state}: one log of a size")
            witness.stop()
            n_killed += was_killed
            n_cosigned += was_cosigned
            n_between += remembers and not was_cosigned
    print(f"killed in {n_killed} of {3 * len(CALLS)} runs, {n_between} times between state and reply")
    check(n_killed >= 4 and n_cosigned >= 1 and n_between >= 1, "kills fell where they should")


with tempfile.TemporaryDirectory() as scratch:
    made = Log(Key(scratch, "log.example/letters", bytes(range(32))))
    forked = Log(made.key, other_from=3)
    check(root([b"entry-%d" % i for i in range(300)]).hex()[:8] == "aebb027d", "the known root")
    key_path, witness_key = make_witness_key(PROGRAM, scratch, "witness.example/w1")
    statuses(scratch, made, forked, key_path, witness_key)
    refusals(scratch, made, key_path)
    activated(scratch, made, key_path)
    kills(scratch, made, forked, key_path)
raise SystemExit(1 if failures else 0)
