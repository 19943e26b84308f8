#!/usr/bin/env python3
"""The units of systemd and the configuration of Tor, as their own programs judge them: an exposure of at
most 1.5, an acceptor without the Internet's sockets, and no setting that is not understood. Each check has
a control. Usage: test_units.py PACKAGING-FOLDER"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

PACKAGING = sys.argv[1]
SERVICES = ["undersign-accept.service", "undersign-seal.service", "undersign-witness.service",
            "undersign-fetch.service", "undersign-desk@.service", "undersign-repair.service",
            "undersign-cards.service"]
FOLDER = tempfile.mkdtemp()


def read(name):
    with open(f"{PACKAGING}/{name}") as file:
        return file.read()


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def exposure(name, text):
    """What systemd-analyze says of a unit: its number, and whether it stays below 1.5."""
    path = f"{FOLDER}/{name}"
    with open(path, "w") as file:
        file.write(text)
    result = run("systemd-analyze", "security", "--offline=yes", "--threshold=15", path)
    return float(re.search(r"exposure level for \S+ ([0-9.]+)", result.stdout)[1]), \
        result.returncode == 0


def values(text, key):
    return " ".join(re.findall(rf"(?m)^{key}=(.*)$", text)).split()


def security():
    for name in SERVICES:
        text = read(f"systemd/{name}")
        number, is_below = exposure(name, text)
        print(f"{name}: {number}")
        assert is_below and number <= 1.5, number
        # The control: the same without a third of it.
        weak = re.sub(r"(?m)^(Protect|Private|Restrict|Capability|NoNew|SystemCall).*\n", "", text)
        number, is_below = exposure(name, weak)
        assert not is_below and number > 1.5, number
        # A mirror's folder is for a web server, which no user that exists for a while can give it.
        is_fetch = name == "undersign-fetch.service"
        assert values(text, "DynamicUser") == ([] if is_fetch else ["yes"])
        assert values(text, "User")[0] not in ("root", "nobody")
        assert values(text, "LimitCORE") == ["0"] and values(text, "MemorySwapMax") == ["0"]
    accept = read("systemd/undersign-accept.service")
    assert values(accept, "RestrictAddressFamilies") == ["AF_UNIX"]
    assert values(accept, "PrivateNetwork") == ["yes"]
    assert "log.key" not in accept and "promise.key" not in read("systemd/undersign-seal.service")
    # Listeners of the example's configuration are those that the sockets name.
    names = {values(read(f"systemd/{name}"), "FileDescriptorName")[0]
             for name in ("undersign-accept.socket", "undersign-accept-web.socket")}
    with open(f"{PACKAGING}/../examples/desk/desk.conf") as file:
        assert set(re.findall(r"(?m)^listen = activated:(\w+)", file.read())) == names
    witness = read("systemd/undersign-witness.service")
    assert values(witness, "RestrictAddressFamilies") == ["AF_UNIX"]
    assert values(witness, "PrivateNetwork") == ["yes"]
    name = values(read("systemd/undersign-witness.socket"), "FileDescriptorName")[0]
    assert f"--listen activated:{name} " in witness
    # Both are counted, by name.
    for name in ("undersign-accept.socket", "undersign-accept-web.socket"):
        assert values(read(f"systemd/{name}"), "Service") == ["undersign-accept.service"]
        assert name in values(accept, "Sockets")


def verify(*texts):
    """What systemd finds wrong with units, the program and the manual being elsewhere."""
    for name, text in texts:
        with open(f"{FOLDER}/{name}", "w") as file:
            file.write(re.sub(r"(?m)^Documentation=.*\n", "", text).replace("/usr/bin/undersign", "/bin/true")
                       .replace("/usr/local/bin/undersign-cards", "/bin/true"))
    result = run("systemd-analyze", "verify", "--recursive-errors=no",
                 *(f"{FOLDER}/{name}" for name, _ in texts))
    return [line for line in result.stderr.split("\n") if "undersign" in line]


def syntax():
    names = sorted(os.listdir(f"{PACKAGING}/systemd"))
    assert len(names) == 14, names
    found = verify(*((name, read(f"systemd/{name}")) for name in names))
    assert not found, found
    # The control.
    assert verify(("undersign-accept.service", read("systemd/undersign-accept.service").replace(
        "ProtectHome=yes", "ProtectHoem=yes")))


def filters():
    """The filter has no call that systemd does not know."""
    known = set(re.findall(r"(?m)^    ([a-z0-9_]+)$", run("systemd-analyze", "syscall-filter").stdout))
    known |= set(re.findall(r"(?m)^(@[a-z-]+)$", run("systemd-analyze", "syscall-filter").stdout))
    for name in SERVICES:
        for call in values(read(f"systemd/{name}"), "SystemCallFilter"):
            assert call.lstrip("~") in known, call


def tor():
    # Tor, AppArmor and systemd mean the same socket.
    path = values(read("systemd/undersign-accept.socket"), "ListenStream")[0]
    assert f"HiddenServicePort 80 unix:{path}\n" in read("tor/torrc")
    assert path.replace("/run/", "/{,var/}run/", 1) + " rw," in read("tor/apparmor-system_tor")
    if not shutil.which("tor"):
        return
    text = read("tor/torrc")
    is_pow = "pow: yes" in run("tor", "--list-modules").stdout
    if not is_pow:
        text = re.sub(r"(?m)^HiddenServicePoW.*\n", "", text)
    text = text.replace("/var/lib/tor", FOLDER).replace("/run/", f"{FOLDER}/") \
        .replace("9050", "auto")
    for changed, is_good in ((text, True), (text.replace("HiddenServiceVersion 3",
                                                         "HiddenServiceVersion 2"), False)):
        with open(f"{FOLDER}/torrc", "w") as file:
            file.write(changed + f"\nDataDirectory {FOLDER}/tor\n")
        result = run("tor", "--verify-config", "-f", f"{FOLDER}/torrc", "--defaults-torrc",
                     "/dev/null")
        assert (result.returncode == 0) == is_good, result.stdout
        if is_good:
            bad = [line for line in result.stdout.split("\n")
                   if "[warn]" in line and "root" not in line]
            assert not bad, bad
    print(f"torrc: valid, proof of work {'on' if is_pow else 'left out'}")


def main():
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd is not installed")
        sys.exit(77)
    for part in (security, syntax, filters, tor):
        part()
    shutil.rmtree(FOLDER)
    print("ok")


main()
