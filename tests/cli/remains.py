#!/usr/bin/env python3
"""What stays in a program's memory when it ends.

Usage: remains.py PROGRAM MODULE

C-15: after every command that holds a secret, no word of it (a credential's scalars, a key's seed,
a passphrase; as they are, as in their files, and as digits of base 16) stands anywhere in memory
that can be written: data, heap, stack, and so what the loader saved of registers. Nor do the random
bytes of its nonces, or the scalars that they make. UNDERSIGN_FULL=1: 100 runs of each command on
each backend. Controls: bytes that are planted are found, as is a word of them alone."""

import base64, hashlib, os, shutil, subprocess, sys, tempfile

program, module = map(os.path.abspath, sys.argv[1:3])
ORDER = 2**252 + 27742317777372353535851937790883648493
failures, totals = [], {}


def run(*args, given=None, plant=""):
    """Everything that is left in memory of a command."""
    env = {**os.environ, "LD_PRELOAD": module, "REMAINS_TO": "dump", "REMAINS_PLANT": plant,
           "REMAINS_DRAWS": "draws"}
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
    """Words of eight bytes, as limbs and registers hold them."""
    return [secret[k:k + 8] for k in range(0, len(secret) - 7, 8)] + [secret[-8:]]


def of_scalar(scalar):
    """Its bytes, and its 64 digits in [-8, 8) as they stand in tables of multiples."""
    yield from parts(scalar)
    value, digits = int.from_bytes(scalar, "little"), bytearray()
    for _ in range(64):
        digit = (value + 8) % 16 - 8
        digits.append(digit % 256)
        value = (value - digit) // 16
    for k in range(0, 64, 16):
        yield bytes(digits[k:k + 16])


def of_draws():
    """Of each 64 bytes that the command drew: they, and the scalar."""
    with open("draws", "rb") as file:
        drawn = file.read()
    if len(drawn) < 64:
        sys.exit(f"no secret was drawn ({len(drawn)})")
    for k in range(0, len(drawn), 64):
        yield from parts(drawn[k:k + 64])
        yield from of_scalar((int.from_bytes(drawn[k:k + 64], "little") % ORDER).to_bytes(32, "little"))


def of_credential(path):
    """Of each secret: the scalars by themselves, and the text."""
    for line in open(path):
        if not line.startswith("column ") or line.endswith(" burnt\n"):
            continue
        text = line.split()[-1]
        secret = base64.b64decode(text)
        for k in range(0, len(secret), 32):
            yield from of_scalar(secret[k:k + 32])
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


def of_trustee(path):
    """A secret that is not sealed, and its text."""
    text = open(path).read().split()[-1]
    yield from of_scalar(base64.b64decode(text))
    yield from parts(text.encode())


def check(what, memory, *secrets):
    searched = set().union(*secrets)
    found = sum(part in memory for part in searched)
    runs, before = totals.get(what, (0, 0))
    totals[what] = runs + 1, before + found
    if found:
        print(f"{what}: {len(searched)} words, {len(memory) >> 10} KiB, {found} found")
    if found or len(memory) < 1 << 16 or len(searched) < 3:
        failures.append(what)


def check_trustees():
    """A trustee's commands before a poll; the last ones open a sealed secret."""
    memory = run("poll", "key", "t", "-k", "log.key", "-o", "t.key", "--no-passphrase")
    check("poll key", memory, of_trustee("t"), of_key("log.key"))
    run("poll", "roll", "-t", "1", "-o", "t.roll", "t.key")
    memory = run("poll", "deal", "t.roll", "--secret", "t", "-k", "log.key", "-o", "t.deal")
    check("poll deal", memory, of_trustee("t"), of_draws(), of_key("log.key"))
    memory = run("poll", "accept", "t.roll", "t.deal", "--secret", "t", "-k", "log.key", "-o", "t.accept")
    check("poll accept", memory, of_trustee("t"), of_draws(), of_key("log.key"))
    memory = run("poll", "key", "u", "-k", "log.key", "-o", "u.key", "--passphrase-fd", "0", given=words + "\n")
    check("poll key with a passphrase", memory, parts(words.encode()), of_draws())
    run("poll", "roll", "-t", "1", "-o", "u.roll", "u.key")
    memory = run("poll", "deal", "u.roll", "--secret", "u", "-k", "log.key", "-o", "u.deal", "--passphrase-fd", "0",
                 given=words + "\n")
    check("poll deal with a passphrase", memory, parts(words.encode()), of_draws())
    for name in ("t", "t.key", "t.roll", "t.deal", "t.accept", "u", "u.key", "u.roll", "u.deal"):
        os.unlink(name)


def check_all():
    """Each command once, with outputs of its own."""
    memory = run("enrol", "--roster", "lakes", "--no-passphrase", "-o", "a", "--request", "a.request")
    check("enrol", memory, of_credential("a"), of_draws())
    memory = run("enrol", "--roster", "lakes", "--passphrase-fd", "0", "-o", "b", "--request",
                 "b.request", given=words + "\n")
    check("enrol with a passphrase", memory, parts(words.encode()), of_draws())
    memory = run("enrol", "--roster", "lakes", "--no-passphrase", "--with", mine, "-o", "c",
                 "--request", "c.request")
    check("enrol with another's secrets", memory, of_credential(mine), of_credential("c"), of_draws())
    memory = run("sign", "bundle", "--yes", "--credential", mine, "-o", "d")
    if os.path.getsize("draws") < 64 * 16:
        sys.exit("the nonces of a signature were not seen")
    check("sign", memory, of_credential(mine), of_draws())
    memory = run("sign", "bundle", "--yes", "--ssh-key", key, "-o", "e")
    check("sign with a raw key", memory, of_ssh_key(key), of_draws())
    memory = run("withdraw", "bundle", "--yes", "--credential", mine, "-o", "f")
    check("withdraw", memory, of_credential(mine), of_draws())
    run("enrol", "--roster", "rivers", "--no-passphrase", "-o", "i", "--request", "i.request")
    memory = run("vouch", "i.request", "--credential", mine, "-o", "j")
    check("vouch", memory, of_credential(mine), of_draws())
    first = "members/rivers-1.credential"
    memory = run("claim", "published", "--yes", "--credential", first, "--text", "I did", "-o", "g")
    check("claim", memory, of_credential(first), of_draws())
    memory = run("key", "new", "h.example", "-o", "h")
    check("key new", memory, of_key("h"))
    check_trustees()
    shutil.copy(mine, "burnt")
    check("burn", run("burn", "burnt", "--column", "1"), list(of_credential(mine)))
    for name in ("a", "a.request", "b", "b.request", "c", "c.request", "d", "e", "f", "g", "h", "i", "i.request", "j",
                 "burnt"):
        os.unlink(name)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    subprocess.run(["letter-world"], check=True)
    subprocess.run(["letter-world", "sign", "bundle", "s", "rivers", "1", "3"], check=True)
    mine, key, words = "members/rivers-6.credential", "members/harbour-1", "six words of nobody else"

    for control in (words, words[8:16]):
        memory = run("verify", "--help", plant="".join(chr(ord(c) ^ 1) for c in control))
        if not any(part in memory for part in parts(words.encode())):
            sys.exit("the control was not found")

    memory = run("publish", "desk", "--key", "log.key", "--date", "2031-04-04", "--bundle", "published",
                 "s-rivers-1", "s-rivers-2", "s-rivers-3")
    check("publish", memory, of_key("log.key"))
    for _ in range(100 if os.environ.get("UNDERSIGN_FULL") == "1" else 1):
        check_all()
    os.chdir("/")

for what, (runs, found) in totals.items():
    print(f"{what}: {runs} runs, {found} found")
sys.exit("left in memory after: " + ", ".join(failures) if failures else 0)
