"""A store in SQLite on disks that fill up (R-6), in processes that run out of files, inodes, quota and
memory (R-7), on a disk whose power is cut (R-2). Needs the right to mount; skipped (77), and said
so, without. UNDERSIGN_FULL=1: all cases.

    python3 test_disk.py WORK WORK-LYING LYING-LIBRARY [TEST ...]"""

import contextlib
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

from driving import (ENV, FULL, E_LIMIT, E_MEMORY, Folder, Report, Work, acknowledged, main, run_script,
                     seeded)
from with_postgresql import Cluster, find_programs

WORK, LYING, LYING_LIBRARY = sys.argv[1:4]
SHUTDOWN = 0x8004587D  # _IOR('X', 125, u32): ext4, and others
NO_LOG_FLUSH = 2


def call(*command):
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


@contextlib.contextmanager
def mounted(folder, *arguments):
    folder.mkdir(exist_ok=True)
    if not call("mount", *arguments, folder):
        raise PermissionError(f"mount {arguments}")
    try:
        yield folder
    finally:
        # Processes that were killed may take a moment.
        any(call("umount", folder) or time.sleep(0.1) for _ in range(600)) or call(
            "umount", "-l", folder)


def is_sanitized():
    """AddressSanitizer reserves more memory than there is."""
    with open(WORK, "rb") as program:
        return b"__asan_init" in program.read()


def may_mount():
    with Folder() as top:
        try:
            with mounted(top / "m", "-t", "tmpfs", "none"):
                return True
        except PermissionError:
            return False


def fill_up(path, leave):
    """A file that leaves so many bytes free."""
    with open(path, "wb") as filler:
        free = os.statvfs(path.parent)
        n = free.f_bavail * free.f_frsize - leave
        with contextlib.suppress(OSError):
            os.posix_fallocate(filler.fileno(), 0, max(n, 1))


def full_disk():
    """R-6: refused with E_LIMIT while there is no room, and it goes on by itself."""
    choose = seeded("full disk")
    n_points = 50 if FULL else 6
    n_refused = {}
    os.environ["SQLITE_TMPDIR"] = ENV["SQLITE_TMPDIR"] = "/tmp"
    with Folder() as top:
        image = top / "image"
        for point in range(n_points):
            is_ext4 = point % 2 == 1
            how = ["-t", "tmpfs", "-o", "size=8m", "none"]
            if is_ext4:
                image.unlink(missing_ok=True)
                with open(image, "wb") as file:
                    file.truncate(12 << 20)
                assert call("mkfs.ext4", "-q", "-m", "0", image)
                how = ["-o", "loop", image]
            with mounted(top / "disk", *how) as disk:
                # The database's temporary file too.
                ENV["SQLITE_TMPDIR"] = str(disk)
                work = Work(WORK, disk / "store")
                work.must("open sealer")
                answers = [work.must("hold 5 0 40 3000", "held")]
                work.must("take-back")
                fill_up(disk / "filler", choose.choice([0, 5000, 20000, 60000, 150000, 400000]))
                submitted = 40
                for step in range(12):
                    line = choose.choice([f"hold 5 {submitted} 20 3000"] * 4 +
                                         ["close", "take-back", "check"])
                    if line.startswith("hold"):
                        submitted += 20
                    got = work.ask(line)
                    assert got is not None, line
                    answers.append(got)
                    if got.startswith("refused"):
                        assert got.startswith(f"refused {E_LIMIT} "), f"{line}: {got}"
                        n_refused[line.split()[0]] = n_refused.get(line.split()[0], 0) + 1
                (disk / "filler").unlink()
                # The same process, without being started again.
                answers.append(work.must(f"hold 5 {submitted} 5 3000", "held"))
                submitted += 5
                work.must("close", "closed")
                work.must("take-back")
                work.end()
                faults = Report(WORK, disk / "store").faults(acknowledged(answers),
                                                             set(range(submitted)))
                assert not faults, faults
        # Planted: one that acknowledges before there is room.
        with mounted(top / "disk", "-t", "tmpfs", "-o", "size=8m", "none") as disk:
            work = Work(WORK, disk / "store")
            work.must("open sealer")
            work.must("careless")
            fill_up(disk / "filler", 5000)
            answers = [work.must("hold 5 0 400 3000", "held")]
            work.must("state", "takes")
            (disk / "filler").unlink()
            work.end()
            faults = Report(WORK, disk / "store").faults(acknowledged(answers), set(range(400)))
            assert "missing" in str(faults), faults
    ENV.pop("SQLITE_TMPDIR")
    print(f"R-6: {n_points} fill points (tmpfs, ext4), refused: {n_refused}; control: "
          "acknowledged too early is seen")
    assert n_refused.get("hold") and (not FULL or len(n_refused) >= 3)


def limits():
    """R-7: no more files, inodes, quota, memory; and back."""
    with Folder() as top, mounted(top / "disk", "-t", "tmpfs", "-o", "size=64m,nr_inodes=40",
                                  "none") as disk:
        ENV["SQLITE_TMPDIR"] = str(disk)
        work = Work(WORK, disk / "store")
        pid = work.process.pid
        answers = []
        n_refused = {"files": 0, "inodes": 0, "memory": 0, "quota": 0}
        at = 0

        def step(kind, wanted):
            nonlocal at
            for line in (f"hold 5 {at} 30 3000", "take-back", "close"):
                got = work.ask(line)
                assert got is not None, f"{kind}: {line}: it died"
                answers.append(got)
                if got.startswith("refused"):
                    assert int(got.split()[1]) in wanted, f"{kind}: {line}: {got}"
                    n_refused[kind] += 1
            at += 30

        work.must("open sealer")
        # Enough that taking back needs a temporary file.
        work.must("keep 2")
        for _ in range(6):
            answers.append(work.must(f"hold 5 {at} 500 3000", "held"))
            at += 500
        step("files", [])
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
        step("files", [E_LIMIT])
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        step("files", [])
        for i in range(40):
            with contextlib.suppress(OSError):
                (disk / f"inode{i}").touch()
        step("inodes", [E_LIMIT])
        for i in range(40):
            (disk / f"inode{i}").unlink(missing_ok=True)
        step("inodes", [])
        before = resource.prlimit(pid, resource.RLIMIT_AS)
        for spare in (0, 100000, 1000000, 3000000):
            with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
                size = int(statm.read().split()[0]) * resource.getpagesize()
            if is_sanitized():
                break
            resource.prlimit(pid, resource.RLIMIT_AS, (size + spare, before[1]))
            step("memory", [E_MEMORY, E_LIMIT])
            got = work.ask(f"hold 5 {at} 4000 3000")
            assert got is not None
            answers.append(got)
            n_refused["memory"] += got.startswith("refused")
            at += 4000
            resource.prlimit(pid, resource.RLIMIT_AS, before)
        step("memory", [])
        work.end()
        faults = Report(WORK, disk / "store").faults(acknowledged(answers), set(range(at)))
        assert not faults, faults

        # The quota: strace stands in for it.
        for nth in range(1, 40, 1 if FULL else 13):
            trace = ["strace", "-qq", "-o", "/dev/null", "-P", f"{disk}/store-wal", "-e",
                     "trace=pwrite64", "-e", f"inject=pwrite64:error=EDQUOT:when={nth}"]
            more = run_script(WORK, disk / "store", ["open sealer", f"hold 5 {at} 9 3000",
                                                     f"hold 5 {at + 9} 9 3000", "close", "end"],
                              trace)
            answers += more
            at += 18
            for line in more:
                if line.startswith("refused"):
                    assert line.startswith(f"refused {E_LIMIT} "), line
                    n_refused["quota"] += 1
        faults = Report(WORK, disk / "store").faults(acknowledged(answers), set(range(at)))
        assert not faults, faults
        # Planted: one that acknowledges whatever becomes of it.
        n_seen = 0
        for nth in range(1, 12):
            trace = ["strace", "-qq", "-o", "/dev/null", "-P", f"{disk}/careless-wal", "-e",
                     "trace=pwrite64", "-e", f"inject=pwrite64:error=EDQUOT:when={nth}"]
            run_script(WORK, disk / "careless", ["open sealer", "end"]) # it is made without faults
            answers = run_script(WORK, disk / "careless",
                                 ["open sealer", "careless", "hold 5 0 9 3000", "end"], trace)
            if any(line.startswith("held") for line in answers):
                faults = Report(WORK, disk / "careless").faults(acknowledged(answers), set(range(9)))
                n_seen += "missing" in str(faults)
            for file in disk.glob("careless*"):
                file.unlink()
        assert n_seen, "acknowledged too early, and not seen"
        ENV.pop("SQLITE_TMPDIR")
        print(f"R-7: refused and gone on: {n_refused}; control: acknowledged whatever becomes of it is "
              f"seen ({n_seen} of 11)")
        assert all(n for kind, n in n_refused.items() if kind != "memory" or not is_sanitized())


def work_until_cut(program, url, disk, choose):
    """Holds, turns, closes until the power is cut: what was acknowledged, and what was submitted."""
    work = Work(program, url)
    work.must("open sealer")
    folder = os.open(disk, os.O_RDONLY)
    delay = choose.uniform(0.01, 0.4)
    is_cut = threading.Event()

    def cut():
        time.sleep(delay)
        is_cut.set()
        fcntl.ioctl(folder, SHUTDOWN, NO_LOG_FLUSH.to_bytes(4, sys.byteorder))

    # Something is done each time.
    answers = [work.must("hold 5 0 2 3000", "held")]
    submitted, epoch = 2, 5
    cutter = threading.Thread(target=cut)
    cutter.start()
    while cutter.is_alive():
        n = choose.randrange(1, 9)
        step = choose.randrange(12)
        line = f"hold {epoch} {submitted} {n} {choose.randrange(200, 6000)}"
        if step == 0:
            line, epoch = f"turn {epoch}", epoch + 1
        elif step == 1:
            line = "close"
        elif step == 2:
            line = "take-back"
        else:
            submitted += n
        got = work.ask(line)
        # A machine without power answers nothing. This one does for a moment longer: a sync that
        # runs while the file system is shut down may return 0 (seen with Linux 6.18).
        if is_cut.is_set() or got is None or got.startswith("refused"):
            break
        answers.append(got)
    cutter.join()
    os.close(folder)
    work.kill()
    return acknowledged(answers), set(range(submitted))


def cut_once(program, top, choose):
    """Runs until the power is cut; what was acknowledged and is not there."""
    image, disk = top / "image", top / "disk"
    image.unlink(missing_ok=True)
    with open(image, "wb") as file:
        file.truncate(40 << 20)
    assert call("mkfs.ext4", "-q", image)
    with mounted(disk, "-o", "loop", image):
        acked, submitted = work_until_cut(program, disk / "store", disk, choose)
    with mounted(disk, "-o", "loop", image):
        return Report(WORK, disk / "store").faults(acked, submitted)


def power_cut():
    """R-2: nothing that was acknowledged is lost when the power is."""
    choose = seeded("power cut")
    n_cuts = 100 if FULL else 5
    with Folder() as top:
        for cut in range(n_cuts):
            faults = cut_once(WORK, top, choose)
            assert not faults, f"cut {cut}: {faults}"
        n_caught = 0
        n_control = 0
        while n_control < 20 and (n_caught == 0 or FULL):
            n_control += 1
            n_caught += bool(cut_once(LYING, top, choose))
    print(f"R-2: {n_cuts} cuts, 0 lost; control (a disk that does not write): "
          f"{n_caught} of {n_control} caught")
    assert n_caught > 0


def power_cut_postgresql():
    """R-2 on a server, whose whole folder is on the disk whose power is cut."""
    if not find_programs():
        print("R-2, PostgreSQL: there is none here")
        return
    choose = seeded("power cut, PostgreSQL")
    n_cuts = 30 if FULL else 2
    with Folder() as top:
        os.chmod(top, 0o755)
        image, base, disk = top / "image", top / "base", top / "disk"
        with open(base, "wb") as file:
            file.truncate(256 << 20)
        assert call("mkfs.ext4", "-q", base)
        shutil.copy(LYING_LIBRARY, top / "lying.so")
        with mounted(disk, "-o", "loop", base):
            cluster = Cluster(inside=disk)
            run_script(WORK, cluster.url, ["open sealer", "end"])
            cluster.stop()

        def cut_once_here():
            assert call("cp", "--sparse=always", base, image)
            with mounted(disk, "-o", "loop", image):
                cluster.start()
                acked, submitted = work_until_cut(WORK, cluster.url, disk, choose)
                cluster.stop(signal.SIGKILL)
            with mounted(disk, "-o", "loop", image):
                try:
                    cluster.start()
                except (RuntimeError, OSError) as error:  # not even its files can be opened
                    return len(acked), [str(error)]
                try:
                    faults = Report(WORK, cluster.url).faults(acked, submitted)
                except AssertionError as error:
                    faults = [f"it cannot be read: {error}"]
                cluster.stop(signal.SIGQUIT)
            return len(acked), faults

        n_acked = 0
        for cut in range(n_cuts):
            n, faults = cut_once_here()
            n_acked += n
            assert not faults, f"cut {cut}: {faults}"
        # Planted: a server whose syncs do nothing.
        cluster.env["LD_PRELOAD"] = str(top / "lying.so")
        n_caught = n_control = 0
        while n_control < 5 and (n_caught == 0 or FULL):
            n_control += 1
            n_caught += bool(cut_once_here()[1])
    print(f"R-2, PostgreSQL: {n_cuts} cuts, {n_acked} acknowledged, 0 lost; control (syncs that do "
          f"nothing): {n_caught} of {n_control} caught")
    assert n_caught > 0


if __name__ == "__main__":
    if not may_mount():
        print("not permitted to mount here: R-2, R-6, R-7 are skipped", file=sys.stderr)
        sys.exit(77)
    sys.exit(main({"full_disk": full_disk, "limits": limits, "power_cut": power_cut,
                   "power_cut_postgresql": power_cut_postgresql}))
