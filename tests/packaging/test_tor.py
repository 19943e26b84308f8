#!/usr/bin/env python3
"""A desk behind an onion service, as packaging/tor/torrc has it, on a Tor network of this machine alone: a
letter is fetched, a statement delivered, promised and published, all by the onion's name through a
client's SOCKS port, and the program connects to that port alone. Usage: test_tor.py PACKAGING-FOLDER, with UNDERSIGN and DEMO_MEMBERS"""
import os
import re
import shutil
import subprocess
import sys

PACKAGING = sys.argv[1]
sys.path.insert(0, os.path.join(PACKAGING, "../tests/desk"))
from tor_network import Network, free_port  # noqa: E402
from world import UNDERSIGN, World  # noqa: E402


def service_lines(world, folder):
    with open(f"{PACKAGING}/tor/torrc") as file:
        text = file.read()
    for old, new in (("/var/lib/tor/undersigned/", f"{folder}/onion/"),
                     ("/run/undersign-onion.sock", world.socket),
                     ("127.0.0.1:9050", f"127.0.0.1:{free_port()}"),
                     ("SafeLogging 1\n", ""), ("Log err stderr\n", "")):
        assert old in text, old
        text = text.replace(old, new)
    if "pow: yes" not in subprocess.run(["tor", "--list-modules"], capture_output=True,
                                        text=True).stdout:
        text = re.sub(r"(?m)^HiddenServicePoW.*\n", "", text)
    return text


def main():
    if not shutil.which("tor") or not shutil.which("tor-gencert"):
        print("skipped: tor is not installed")
        sys.exit(77)
    has_strace = shutil.which("strace") and subprocess.run(
        ["strace", "-o", os.devnull, "true"]).returncode == 0
    with World(epoch_seconds=10, stamp_bits=8) as world, Network() as network:
        world.start("seal")
        world.start("accept")
        folder = world.folder
        socks = free_port()
        data = network.start("service", service_lines(world, network.folder))
        network.start("client", f"SocksPort 127.0.0.1:{socks}\n")
        with open(f"{network.folder}/onion/hostname") as file:
            url = f"http://{file.read().strip()}"
        assert os.path.isdir(data)

        def by_tor(*arguments, trace=None):
            command = [UNDERSIGN, *map(str, arguments), "--proxy", f"127.0.0.1:{socks}"]
            if trace and has_strace:
                command = ["strace", "-f", "-o", str(trace), "-e", "trace=connect", *command]
            return subprocess.run(command, capture_output=True, text=True, timeout=300,
                                  env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
        result = None

        def is_fetched():
            nonlocal result
            result = by_tor("fetch", f"{url}/letters/{world.letter}", folder / "mirror",
                            trace=folder / "trace")
            return result.returncode == 0
        # The onion's descriptor takes a moment to be found.
        world.wait_for(is_fetched, 240)
        if has_strace:
            ports = set(re.findall(r"sin6?_port=htons\((\d+)\)", (folder / "trace").read_text()))
            assert ports == {str(socks)}, ports
        files = [folder / f"s-{i}" for i in range(3)]
        world.wait_for(lambda: world.published_epoch() >= 1)
        world.mirror("now")
        for i, file in enumerate(files):
            world.sign(i, folder / "now", name=file.name)
        for file in files:
            world.wait_for(lambda: by_tor("deliver", "--to", url, "--log", world.log_vkey,
                                          file).returncode == 0, 240)
        world.wait_for(lambda: by_tor("deliver", "--check", "--to", url, "--policy",
                                      folder / "policy", "--delete", files[0]).returncode == 0, 240)
        assert not files[0].exists()
        said = by_tor("verify", "--json", f"{url}/letters/{world.letter}").stdout
        assert '"valid":true' in said.replace(" ", ""), said
    print("ok")


main()
