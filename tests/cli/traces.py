#!/usr/bin/env python3
"""What commands leave behind, and whom they talk to.

Usage: traces.py PROGRAM

P-7: of all files of a member's home, temporary and working folders only the declared ones differ
after a command, and no other file anywhere is opened for writing; after the burn neither the
credential nor the signature's own log gives the member away, while a raw key does (as documented).
L-11: every command works without a network, and makes no network call. Controls: a file left in
the home folder, a write elsewhere, a socket, and a raw key's tag are all noticed."""

import hashlib, os, re, shutil, subprocess, sys, tempfile

program = os.path.abspath(sys.argv[1])
full = os.environ.get("UNDERSIGN_FULL") == "1"
failures = []
n_checks = 0


def check(condition, what):
    global n_checks
    n_checks += 1
    if not condition:
        failures.append(what)
        print(f"FAILED: {what}")


if not shutil.which("strace") or subprocess.run(["strace", "-o", os.devnull, "true"]).returncode:
    print("skipped: strace does not work here")
    sys.exit(77)
no_network = next((wrap for wrap in (["unshare", "-n"], ["unshare", "-r", "-n"])
                   if subprocess.run([*wrap, "true"], capture_output=True).returncode == 0), None)
if no_network is None:
    print("note: no network namespaces here; the calls are watched all the same")
    no_network = []

top = tempfile.TemporaryDirectory()
base = top.name
places = {name: os.path.join(base, name) for name in ("home", "tmp", "run", "work")}
for place in places.values():
    os.mkdir(place)
os.mkdir(os.path.join(places["home"], ".cache"))
open(os.path.join(places["home"], ".bash_history"), "w").write("ls\n")
env = {"HOME": places["home"], "TMPDIR": places["tmp"], "XDG_RUNTIME_DIR": places["run"],
       "XDG_CACHE_HOME": places["home"] + "/.cache", "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
       "HISTFILE": places["home"] + "/.bash_history", "ASAN_OPTIONS": "detect_leaks=0"}
work = places["work"]


def snapshot():
    """Every file and folder: mode, times of change aside, and content."""
    seen = {}
    for place, folders, names in os.walk(base):
        for name in folders + names:
            path = os.path.join(place, name)
            mode = os.lstat(path).st_mode
            content = b"" if name in folders else open(path, "rb").read()
            seen[os.path.relpath(path, base)] = (mode, hashlib.sha256(content).hexdigest())
    return seen


WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT")
CHANGING = ("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "mkdir",
            "mkdirat", "unlink", "unlinkat", "creat", "truncate", "mknod", "mknodat", "chmod",
            "fchmodat")
NETWORK = ("socket", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg",
           "recvfrom", "recvmsg", "socketpair", "getaddrinfo")


def traced(command, stdin=None):
    """Runs without a network, under strace. The result, changed files, foreign writes, network."""
    trace = os.path.join(base, "..", os.path.basename(base) + ".trace")
    before = snapshot()
    # Descriptors are shown with their paths.
    done = subprocess.run([*no_network, "strace", "-f", "-y", "-o", trace, "-e",
                           "trace=%file,%network", *command], cwd=work, env=env, input=stdin,
                          capture_output=True, text=True, timeout=120)
    after = snapshot()
    changed = {path for path in before.keys() | after.keys()
               if before.get(path) != after.get(path)}
    foreign, network = [], []
    for line in open(trace, encoding="utf-8", errors="replace"):
        match = re.match(r"\d+ +(\w+)\(", line)
        if not match:
            continue
        call = match[1]
        if call in NETWORK:
            network.append(line.strip())
        if (call in ("open", "openat") and WRITING.search(line)) or call in CHANGING:
            if " = -1 " in line:
                continue
            named = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
            folder = re.findall(r"(?:AT_FDCWD|\d+)<([^>]*)>", line)
            paths = [os.path.normpath(os.path.join(folder[0] if folder else work, name))
                     for name in named]
            for path in paths:
                if not path.startswith((base, "/dev/tty", "/dev/null", "/proc/self/fd/")):
                    foreign.append(line.strip())
    os.unlink(trace)
    return done, changed, foreign, network


def command(arguments, declared, code=0):
    """One undersign: its exit, that only the declared files differ, that it keeps to itself."""
    done, changed, foreign, network = traced([program, *arguments])
    name = "undersign " + " ".join(arguments)
    check(done.returncode == code, f"{name}: exit {done.returncode}: {done.stderr}")
    check(changed == {"work/" + path for path in declared}, f"{name}: changed {sorted(changed)}")
    check(not foreign, f"{name}: writes elsewhere: {foreign}")
    check(not network, f"{name}: network calls: {network}")
    return done


environment = dict(os.environ, TMPDIR=places["tmp"])
for arguments in ([], ["sign", "bundle", "s", "rivers", "1", "3"],
                  ["sign", "bundle", "s", "harbour", "1", "3"]):
    subprocess.run(["letter-world", *arguments], cwd=work, check=True, env=environment)
statements = sorted(name for name in os.listdir(work) if name.startswith("s-"))
subprocess.run([program, "publish", "desk", "--key", "log.key", "--date", "2031-04-04", "--bundle",
                "bundle", *statements], cwd=work, check=True, capture_output=True)

# A member's commands.
mine = "members/rivers-4.credential"
command(["enrol", "--roster", "rivers", "--no-passphrase", "-o", "new.credential", "--request",
         "new.request"], ["new.credential", "new.request"])
command(["vouch", "new.request", "--credential", mine, "-o", "vouch"], ["vouch"])
command(["sign", "bundle", "--credential", mine, "--yes", "-o", "mine"], ["mine"])
command(["sign", "bundle", "--ssh-key", "members/harbour-4", "--yes", "-o", "raw"], ["raw"])
command(["sign", "bundle", "--credential", mine, "--yes", "-o", "mine"], [], 1)
command(["sign", "bundle", "--credential", mine, "-o", "none"], [], 1)
command(["sign", "bundle", "--credential", "new.credential", "--yes", "-o", "none"], [], 1)
command(["withdraw", "bundle", "--credential", "members/rivers-1.credential", "--yes", "-o",
         "back"], ["back"])
command(["claim", "bundle", "--credential", "members/rivers-2.credential", "--text", "I signed",
         "--yes", "-o", "claim"], ["claim"])
command(["check-claim", "bundle", "claim"], [])
command(["verify", "--mine", "s-rivers-1", "--proof", "proof", "bundle"], ["proof"])
for arguments in (["verify", "bundle"], ["verify", "--json", "bundle"],
                  ["tally", "--csv", "bundle"], ["tally", "--rosters", "bundle"],
                  ["letter", "show", "letter"], ["roster", "audit", "rivers"],
                  ["roster", "list", "rivers"], ["key", "show", "log.key"]):
    command(arguments, [])
command(["pack", "bundle", "-o", "one.tar"], ["one.tar"])
command(["verify", "one.tar"], [])
done = command(["verify", "missing"], [], 1)

# A desk's, without a network too.
done, changed, foreign, network = traced([program, "publish", "desk", "--key", "log.key", "--date",
                                          "2031-04-05", "--bundle", "bundle", "mine", "raw"])
check(done.returncode == 0, f"publish: {done.stderr}")
check(all(path.startswith(("work/desk", "work/bundle")) for path in changed),
      f"publish: changed {sorted(changed)}")
check(not foreign and not network, f"publish: {foreign} {network}")

# The seizure after the burn: the credential holds no secret any more, and no command can tell from
# it whether the member signed. The key of a raw entry can (that is what its label says).
secret = re.search(rb"column 1 \S+ \S+ \S+ (\S+)", open(os.path.join(work, mine), "rb").read())[1]
check(len(secret) > 200, "the credential has a secret before the burn")
command(["claim", "bundle", "--credential", mine, "--text", "x", "--yes", "-o", "held"], [], 1)
for name in ("members/rivers-2.credential", mine):
    command(["burn", name, "--column", "1"], [name])
check(secret not in open(os.path.join(work, mine), "rb").read(), "the secret is gone")
for place, _, names in os.walk(base):
    for name in names:
        check(secret not in open(os.path.join(place, name), "rb").read(), f"{name} has the secret")
# rivers-2 signed, rivers-4 is held: burnt, they are told the same.
answers = set()
for number in (2, 4):
    name = f"members/rivers-{number}.credential"
    for verb in (["claim", "--text", "x"], ["withdraw"], ["sign"]):
        done = command([verb[0], "bundle", "--credential", name, *verb[1:], "--yes", "-o", "none"],
                       [], 1)
        answers.add((verb[0], (done.stdout + done.stderr).replace(name, "NAME")))
check(len(answers) == 3, f"burnt credentials of a signer and another differ: {answers}")
command(["claim", "bundle", "--ssh-key", "members/harbour-1", "--text", "x", "--yes", "-o",
         "oracle"], ["oracle"])
command(["burn", mine, "--all", "--yes"], [mine])
check(not os.path.exists(os.path.join(work, mine)), "a credential that is burnt whole is gone")

# Controls: each of these is noticed.
_, changed, _, _ = traced(["sh", "-c", f"echo x >$HOME/.cache/leak; {program} verify bundle"])
check(changed == {"home/.cache/leak"}, f"control: a file in the home folder: {changed}")
with tempfile.NamedTemporaryFile() as elsewhere:
    _, changed, foreign, _ = traced(["sh", "-c", f"echo x >{elsewhere.name}"])
    check(not changed and foreign, "control: a write elsewhere")
_, _, _, network = traced([sys.executable, "-c", "import socket; socket.socket()"])
check(network, "control: a socket")

top.cleanup()
print(f"{n_checks} checks")
sys.exit(1 if failures else 0)
