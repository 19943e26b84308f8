"""Runs a command with a PostgreSQL cluster of its own: UNDERSIGN_STORE_URL names it. On a Unix
socket alone, in a temporary folder, by a user without rights, with fsync on. Whatever happens, the
cluster is stopped and removed.

    python3 with_postgresql.py [--set NAME=VALUE ...] COMMAND [ARGUMENT ...]

UNDERSIGN_STORE_DATA is the cluster's folder. Exit code: that of the command; 77 (skipped) where
there is no PostgreSQL."""

import ctypes
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PR_SET_PDEATHSIG = 1


def find_programs():
    for folder in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True):
        if os.path.exists(folder + "/initdb"):
            return folder
    found = shutil.which("initdb")
    return os.path.dirname(found) if found else None


def as_user():
    """What turns a child into the cluster's owner (the server refuses to be root)."""
    owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    libc = ctypes.CDLL(None)

    def become():
        if owner:
            os.setgroups([])
            os.setgid(owner.pw_gid)
            os.setuid(owner.pw_uid)
        # After the user: changing him clears it. No cluster outlives its test. SIGQUIT: at once.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)

    return owner, become


class Cluster:
    """A server in a folder of its own, below `inside`. start and stop may be called any number of
    times."""

    def __init__(self, settings=(), inside=None):
        self.programs = find_programs()
        self.owner, self.become = as_user()
        self.top = tempfile.mkdtemp(prefix="undersigned-pg-", dir=inside)
        os.chmod(self.top, 0o755)
        self.data = self.top + "/data"
        self.server = None
        os.mkdir(self.data)
        self.sockets = self.top + "/s"
        os.mkdir(self.sockets)
        if self.owner:
            os.chown(self.data, self.owner.pw_uid, self.owner.pw_gid)
            os.chown(self.sockets, self.owner.pw_uid, self.owner.pw_gid)
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        self.run("initdb", "--no-sync", "--auth=trust", "--username=undersign", "-D", self.data)
        with open(self.data + "/postgresql.conf", "a", encoding="ascii") as conf:
            conf.write("listen_addresses = ''\nfsync = on\nsynchronous_commit = on\n"
                       "shared_buffers = 32MB\nmax_connections = 40\nmin_wal_size = 32MB\n"
                       "max_wal_size = 256MB\nautovacuum = off\n")
            conf.write(f"unix_socket_directories = '{self.sockets}'\n")
            for setting in settings:
                conf.write(setting + "\n")
        self.url = f"postgresql://undersign@/postgres?host={self.sockets}"
        self.start()

    def run(self, program, *arguments):
        subprocess.run([f"{self.programs}/{program}", *arguments], check=True, env=self.env,
                       cwd="/", preexec_fn=self.become, stdout=subprocess.DEVNULL)

    def start(self):
        log = open(self.top + "/log", "ab")
        self.server = subprocess.Popen([f"{self.programs}/postgres", "-D", self.data], cwd="/",
                                       env=self.env, preexec_fn=self.become, stdout=log,
                                       stderr=log)
        log.close()
        for _ in range(1200):
            if subprocess.run([f"{self.programs}/pg_isready", "-q", "-h", self.sockets],
                              check=False).returncode == 0:
                return
            if self.server.poll() is not None:
                break
            time.sleep(0.05)
        sys.stderr.write(pathlib.Path(self.top, "log").read_text(errors="replace")[-4000:])
        raise RuntimeError("the cluster does not start")

    def stop(self, how=signal.SIGINT):
        """SIGINT: fast, with a checkpoint. SIGQUIT: at once, as in a crash."""
        if self.server:
            self.server.send_signal(how)
            self.server.wait(timeout=120)
            self.server = None

    def remove(self):
        try:
            self.stop(signal.SIGQUIT)
        finally:
            shutil.rmtree(self.top, ignore_errors=True)


def main():
    arguments = sys.argv[1:]
    settings = []
    while arguments and arguments[0] == "--set":
        settings.append(arguments[1])
        arguments = arguments[2:]
    if not find_programs():
        print("no PostgreSQL here: skipped", file=sys.stderr)
        return 77
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    cluster = Cluster(settings)
    try:
        env = dict(os.environ, UNDERSIGN_STORE_URL=cluster.url, UNDERSIGN_STORE_DATA=cluster.data)
        return subprocess.run(arguments, env=env, check=False).returncode
    finally:
        cluster.remove()


if __name__ == "__main__":
    sys.exit(main())
