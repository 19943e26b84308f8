"""Ports on loopback for programs that must be told one. A port that the system offers for port 0 may be
taken, before the program listens, by any connection that goes out or by another test; these are below
those that the system gives away, and each belongs to one process of ours until it ends."""
import pathlib
import random
import socket

FIRST = 10000
held = []


def free_port():
    low = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.sample(range(FIRST, low), 1000):
        # A name that the system forgets with the process.
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0undersigned-test-port-{port}")
            with socket.create_server(("127.0.0.1", port)):
                pass
        except OSError:
            claim.close()
            continue
        held.append(claim)
        return port
    raise AssertionError("no port is free on loopback")
