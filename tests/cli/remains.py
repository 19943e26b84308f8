#!/usr/bin/env python3
"""What stays in a program's memory when it ends.

Usage: remains.py PROGRAM MODULE

C-15: after every command that holds a secret, no 14 bytes of it (a credential's scalars, a key's
seed, a passphrase; as they are and as in their files) stand anywhere in memory that can be
written: data, heap, stack, and so what the loader saved of registers. Control: bytes that are
planted are found."""

import base64, hashlib, os, subprocess, sys, tempfile

program, module = map(os.path.abspath, sys.argv[1:3])
ORDER = 2**252 + 27742317777372353535851937790883648493
failures = []


def run(*args, given=None, plant=""):
    """Everything that is left in memory of a command."""
    env = {**os.environ, "LD_PRELOAD": module, "REMAINS_TO": "dump", "REMAINS_PLANT": plant}
    options = {}
    if given is not None:
        with open("given", "w") as file:
            file.write(given)
        options = {"stdin": open("given")}
    done = subprocess.run([program, *args], env=env, capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f"{args}: {done.returncode} {done.stderr.decode()}")
    with open("dump", "rb") as file:
        memory = file.read()
    os.unlink("dump")
    return memory


def parts(secret):
    return [secret[k:k + 14] for k in range(0, len(secret) - 13, 14)] + [secret[-14:]]


def of_credential(path):
    """Of each secret: the scalars by themselves, and the text."""
    for line in open(path):
        if not line.startswith("column ") or line.endswith(" burnt\n"):
            continue
        text = line.split()[-1]
        secret = base64.b64decode(text)
        for k in range(0, len(secret), 32):
            yield from parts(secret[k:k + 32])
        yield from parts(text.encode())


def of_ssh_key(path):
    with open(path) as file:
        text = "".join(line.strip() for line in file if not line.startswith("---"))
    data = base64.b64decode(text)
    # After the last name of the type: the public key, then seed and public key again.
    seed = data[data.rfind(b"ssh-ed25519") + 11 + 4 + 32 + 4:][:32]
    scalar = hashlib.sha512(seed).digest()
    clamped = int.from_bytes(scalar[:32], "little") & (2**254 - 8) | 2**254
    for one in (seed, scalar, clamped.to_bytes(32, "little"),
                (clamped % ORDER).to_bytes(32, "little")):
        yield from parts(one)


def of_key(path):
    with open(path) as file:
        text = file.read().strip().split("+", 4)[4]
    yield from parts(base64.b64decode(text)[1:])
    yield from parts(text.encode())


def check(what, memory, secrets):
    found = sum(part in memory for part in set(secrets))
    print(f"{what}: {len(memory) >> 10} KiB, {found} found")
    if found or len(memory) < 1 << 16:
        failures.append(what)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    subprocess.run(["letter-world"], check=True)
    subprocess.run(["letter-world", "sign", "bundle", "s", "rivers", "1", "3"], check=True)
    mine, key, words = "members/rivers-6.credential", "members/harbour-1", "six words of nobody else"

    memory = run("verify", "--help", plant="".join(chr(ord(c) ^ 1) for c in words))
    if words.encode() not in memory:
        sys.exit("the control was not found")

    memory = run("enrol", "--roster", "lakes", "--no-passphrase", "-o", "a", "--request", "a.request")
    check("enrol", memory, of_credential("a"))
    memory = run("enrol", "--roster", "lakes", "--passphrase-fd", "0", "-o", "b", "--request",
                 "b.request", given=words + "\n")
    check("enrol with a passphrase", memory, parts(words.encode()))
    memory = run("enrol", "--roster", "lakes", "--no-passphrase", "--with", mine, "-o", "c",
                 "--request", "c.request")
    check("enrol with another's secrets", memory, [*of_credential(mine), *of_credential("c")])
    memory = run("sign", "bundle", "--yes", "--credential", mine, "-o", "d")
    check("sign", memory, of_credential(mine))
    memory = run("sign", "bundle", "--yes", "--ssh-key", key, "-o", "e")
    check("sign with a raw key", memory, of_ssh_key(key))
    memory = run("withdraw", "bundle", "--yes", "--credential", mine, "-o", "f")
    check("withdraw", memory, of_credential(mine))
    memory = run("publish", "desk", "--key", "log.key", "--date", "2031-04-04", "--bundle", "bundle",
                 "s-rivers-1", "s-rivers-2", "s-rivers-3")
    check("publish", memory, of_key("log.key"))
    first = "members/rivers-1.credential"
    memory = run("claim", "bundle", "--yes", "--credential", first, "--text", "I did", "-o", "g")
    check("claim", memory, of_credential(first))
    memory = run("key", "new", "h.example", "-o", "h")
    check("key new", memory, of_key("h"))
    secrets = list(of_credential(mine))
    check("burn", run("burn", mine, "--column", "1"), secrets)
    os.chdir("/")

sys.exit("left in memory after: " + ", ".join(failures) if failures else 0)
