"""A whole Tor network on loopback, for tests: authorities, relays, and one more tor of the caller's. Nothing
leaves the machine. It takes half a minute or so until the first consensus."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from ports import free_port  # noqa: E402

N_AUTHORITIES, N_RELAYS = 3, 4
COMMON = """
TestingTorNetwork 1
Address 127.0.0.1
SocksPort 0
ORPort {orport} IPv4Only
DirPort {dirport} IPv4Only
DataDirectory {data}
Nickname {name}
Log notice file {data}/log
RunAsDaemon 0
AssumeReachable 1
EnforceDistinctSubnets 0
UseDefaultFallbackDirs 0
ProtocolWarnings 1
SafeLogging 0
PathsNeededToBuildCircuits 0.67
ShutdownWaitLength 0
ExitRelay 0
{authorities}
"""
AUTHORITY = """
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ContactInfo test@localhost
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingMinExitFlagThreshold 0
V3AuthNIntervalsValid 2
V3AuthVotingInterval 20 seconds
V3AuthVoteDelay 2 seconds
V3AuthDistDelay 2 seconds
TestingV3AuthInitialVotingInterval 10 seconds
TestingV3AuthInitialVoteDelay 2 seconds
TestingV3AuthInitialDistDelay 2 seconds
"""
CLIENT = """
TestingTorNetwork 1
DataDirectory {data}
Log notice file {data}/log
EnforceDistinctSubnets 0
UseDefaultFallbackDirs 0
PathsNeededToBuildCircuits 0.67
ShutdownWaitLength 0
{authorities}
"""


def tor(*arguments, **options):
    return subprocess.run(["tor", "--defaults-torrc", "/dev/null", *arguments], capture_output=True,
                          text=True, timeout=120, check=True, **options).stdout


class Network:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="undersigned-tor-")
        self.processes = []
        nodes = [self.node(i) for i in range(N_AUTHORITIES + N_RELAYS)]
        self.authorities = "\n".join(self.prepare(node) for node in nodes[:N_AUTHORITIES])
        for i, node in enumerate(nodes):
            text = COMMON.format(authorities=self.authorities, **node) \
                + (AUTHORITY if i < N_AUTHORITIES else "")
            self.run(node["data"], text)

    def node(self, i):
        data = f"{self.folder}/{i}"
        os.mkdir(data, 0o700)
        return {"data": data, "name": f"node{i}", "orport": free_port(), "dirport": free_port()}

    def prepare(self, node):
        """An authority's keys; gives the line that all need."""
        keys = f"{node['data']}/keys"
        os.mkdir(keys, 0o700)
        subprocess.run(["tor-gencert", "--create-identity-key", "--passphrase-fd", "0", "-m", "1", "-a",
                        f"127.0.0.1:{node['dirport']}"], cwd=keys, input=b"test\n", check=True,
                       capture_output=True)
        with open(f"{keys}/authority_certificate") as file:
            v3ident = re.search(r"(?m)^fingerprint (\S+)", file.read())[1]
        torrc = f"{node['data']}/fingerprint-torrc"
        with open(torrc, "w") as file:
            file.write(COMMON.format(authorities=f"DirAuthority x orport=1 127.0.0.1:1 {'F' * 40}", **node))
        fingerprint = tor("--list-fingerprint", "-f", torrc).split("\n")
        fingerprint = next(line for line in fingerprint if line.startswith(node["name"]))
        fingerprint = fingerprint.split(" ", 1)[1].replace(" ", "")
        return (f"DirAuthority {node['name']} orport={node['orport']} no-v2 v3ident={v3ident} "
                f"127.0.0.1:{node['dirport']} {fingerprint}")

    def run(self, data, text):
        path = f"{data}/torrc"
        with open(path, "w") as file:
            file.write(text)
        process = subprocess.Popen(["tor", "--defaults-torrc", "/dev/null", "-f", path],
                                   stdout=open(f"{data}/stdout", "w"), stderr=subprocess.STDOUT)
        self.processes.append(process)
        return process

    def start(self, name, lines):
        """One more tor, with lines of its own; gives its folder. Returns once it has circuits."""
        data = f"{self.folder}/{name}"
        os.makedirs(data, 0o700, exist_ok=True)
        process = self.run(data, CLIENT.format(data=data, authorities=self.authorities) + lines)
        self.wait(lambda: "Bootstrapped 100%" in self.log(name), process, name)
        return data

    def log(self, name):
        try:
            with open(f"{self.folder}/{name}/log") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait(self, what, process, name, seconds=240):
        end = time.monotonic() + seconds
        while not what():
            assert process.poll() is None, f"tor {name} ended: " + self.log(name)[-2000:]
            assert time.monotonic() < end, f"tor {name}: " + self.log(name)[-2000:]
            time.sleep(0.2)

    def close(self):
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
