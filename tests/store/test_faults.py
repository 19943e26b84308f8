"""Faults of the machine under a store in SQLite: every system call that fails or is the last one
(R-3, R-4), writes that fall short (R-5), a torn write-ahead log (R-9). UNDERSIGN_FULL=1: all cases.

    python3 test_faults.py WORK WORK-SHORT [TEST ...]"""

import struct
import subprocess
import sys

from driving import (ENV, FULL, FILES, E_SYSTEM, Folder, Report, Work, acknowledged, copy_store, main,
                     run_script, seeded)

WORK, SHORT = sys.argv[1:3]

CALLS = ["openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate",
         "fallocate", "rename", "linkat", "mkdir", "unlink", "close", "fcntl", "flock", "mmap",
         "fstat", "newfstatat", "fchmod", "lseek", "access"]
FAULTS = ["error=EIO", "error=ENOSPC", "error=EINTR", "signal=KILL"]

# One epoch from end to end, twice, with what stays held over it.
SCRIPT = ["wait 20", "open sealer", "keep 4", "hold 5 0 3 3000", "hold 5 3 5 600", "turn 5", "close",
          "hold 6 8 2 9000", "take-back", "hold 6 10 3 2000", "turn 6", "close", "take-back",
          "hold 7 13 2 2000", "end"]
SUBMITTED = set(range(15))


def traced(folder, call, rule=None, log="/dev/null"):
    command = ["strace", "-f", "-qq", "-o", log]
    for name in [*FILES, "store-shm", "store-log-shm"]:
        command += ["-P", f"{folder}/{name}"]
    return command + ["-e", f"trace={call}"] + (["-e", f"inject={call}:{rule}"] if rule else [])


def count_calls(base, folder, program=WORK):
    """How often each call is made on a store's files."""
    copy_store(base, folder)
    log = str(folder) + ".log"
    run_script(program, folder / "store", SCRIPT, traced(folder, "all", log=log))
    counts = {}
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            name = line.split("(")[0].split()[-1]
            counts[name] = counts.get(name, 0) + 1
    return {call: n for call, n in counts.items() if call in CALLS}


def never_again(answers):
    """After a write in doubt nothing is acknowledged by the same handle."""
    is_doubtful = False
    for line in answers:
        if line.startswith(f"refused {E_SYSTEM} "):
            is_doubtful = True
        elif is_doubtful and line.split()[0] in ("held", "turned", "closed"):
            return [f"acknowledged after a failure: {line}"]
    return []


def sweep_one(base, folder, call, at, fault, script=None):
    copy_store(base, folder)
    answers = run_script(WORK, folder / "store", script or SCRIPT,
                         traced(folder, call, f"{fault}:when={at}"))
    faults = Report(WORK, folder / "store").faults(acknowledged(answers), SUBMITTED)
    return faults + never_again(answers), answers


def sweep():
    """R-3, R-4: each call, each fault."""
    choose = seeded("sweep")
    with Folder() as top:
        base, folder = top / "base", top / "run"
        base.mkdir()
        run_script(WORK, base / "store", ["open sealer", "end"])
        counts = count_calls(base, folder)
        cases = [(call, at, fault) for call in counts for at in range(1, counts[call] + 1)
                 for fault in FAULTS]
        assert len(cases) > 300, counts
        n_all = len(cases)
        if not FULL:
            cases = choose.sample(cases, 40)
            # The calls that decide are always among them.
            cases += [(call, at, fault) for call in ("fdatasync",) for at in (2, 5, 8)
                      for fault in ("error=EIO", "signal=KILL")]
        choose.shuffle(cases)
        n_refused = 0
        for case, (call, at, fault) in enumerate(cases):
            if case % 500 == 499:
                print(f"{case + 1} of {len(cases)}", flush=True)
            faults, answers = sweep_one(base, folder, call, at, fault)
            assert not faults, f"{call} {at} {fault}: {faults}: {answers}"
            n_refused += any(line.startswith("refused") for line in answers)
        print(f"R-3, R-4: {len(cases)} of {n_all} cases over {counts}; {n_refused} were refused")
        assert n_refused > 0

        # Planted: acknowledged before it is held, and the handle replaced by another after a
        # failure.
        careless = SCRIPT[:2] + ["careless"] + SCRIPT[2:]
        n_caught = {"missing": 0, "after": 0}
        for at in range(1, counts["fdatasync"] + 1):
            for fault in ("error=EIO", "signal=KILL"):
                faults, answers = sweep_one(base, folder, "fdatasync", at, fault, careless)
                n_caught["missing"] += "missing" in str(faults)
        for at in range(1, counts["pwrite64"] + 1, 1 if FULL else 7):
            faults, answers = sweep_one(base, folder, "pwrite64", at, "signal=KILL", careless)
            n_caught["missing"] += "missing" in str(faults)
        n_caught["after"] = len(never_again(["held 0 1", f"refused {E_SYSTEM} x", "held 1 1"]))
        print(f"R-3, R-4, control: {n_caught}")
        assert n_caught["missing"] > 0 and n_caught["after"] > 0


def checkpoint():
    """R-4: syncs of the database itself. One happens as it is made; later ones after a commit, and are
    nobody's answer."""
    n_ended = 0
    with Folder() as top:
        for at in range(1, 7) if FULL else (1, 2, 3):
            folder = top / str(at)
            folder.mkdir()
            lines = ["open sealer"] + [f"hold 5 {10 * i} 10 30000" for i in range(40)] + ["end"]
            trace = ["strace", "-qq", "-o", "/dev/null", "-P", folder / "store", "-e",
                     "trace=fdatasync,fsync"]
            rule = ["-e", f"inject=fdatasync,fsync:error=EIO:when={at}"]
            answers = run_script(WORK, folder / "store", lines, trace + rule)
            held = [line.startswith("held") for line in answers[1:]]
            if answers[0] != "ok":
                assert answers[0].startswith(f"refused {E_SYSTEM} "), answers[0]
                assert True not in held, answers
            else:
                assert False in held, f"sync {at}: nobody was told"
                assert not any(held[held.index(False):]), "acknowledged after a failed sync"
                n_ended += True in held
                with open(folder / "store", "rb") as file:
                    assert file.read(20)[18:] == b"\2\2", "no write-ahead log"
            faults = Report(WORK, folder / "store").faults(acknowledged(answers), set(range(400)))
            assert not faults, faults
        # The same without a fault: it is the fault that is refused.
        answers = run_script(WORK, top / "whole", lines)
        assert len(acknowledged(answers)) == 400, answers
    print(f"R-4: the first {at} syncs of the database fail, {n_ended} of them after a commit: each ends the "
          "handle; what was acknowledged is there")
    assert n_ended >= 2


def short_writes():
    """R-5: a write that writes less is continued, one that writes nothing is an error."""
    choose = seeded("short writes")
    with Folder() as top:
        for run in range(50 if FULL else 3):
            folder = top / str(run)
            folder.mkdir()
            answers = run_script(SHORT, folder / "store", SCRIPT)
            assert acknowledged(answers) == SUBMITTED, answers
            assert not Report(WORK, folder / "store").faults(SUBMITTED, SUBMITTED)
        base, folder = top / "base", top / "run"
        base.mkdir()
        run_script(WORK, base / "store", ["open sealer", "end"])
        n = count_calls(base, folder)["pwrite64"]
        # Planted: that they do fall short.
        n_short = count_calls(base, folder, SHORT)["pwrite64"]
        assert n_short > 2 * n, (n_short, n)
        whens = range(1, n + 1) if FULL else choose.sample(range(1, n + 1), 8)
        for at in whens:
            faults, answers = sweep_one(base, folder, "pwrite64", at, "retval=0")
            assert not faults, f"pwrite64 {at}: {faults}: {answers}"
        print(f"R-5: {run + 1} runs with short writes ({n_short} in place of {n}), {len(whens)} writes of nothing")


def frames(wal):
    """Of each frame: its end, and whether it commits."""
    page = struct.unpack(">I", wal[8:12])[0]
    at, out = 32, []
    while at + 24 + page <= len(wal):
        out.append((at + 24 + page, struct.unpack(">I", wal[at + 4:at + 8])[0] != 0))
        at += 24 + page
    return out


def torn():
    """R-9: a torn log of writes gives exactly a prefix of the transactions, or is refused."""
    choose = seeded("torn")
    with Folder() as top:
        base, folder = top / "base", top / "run"
        base.mkdir()
        work = Work(WORK, base / "store")
        work.must("open sealer")
        work.must("hold 5 0 2 3000", "held")
        work.must("take-back")
        n_batches = 12
        for batch in range(n_batches):
            work.must(f"hold 5 {2 + 3 * batch} 3 {500 + 700 * (batch % 5)}", "held")
        copy_store(base, top / "image")
        work.kill()
        wal = (top / "image" / "store-wal").read_bytes()
        ends = frames(wal)
        assert sum(commits for _, commits in ends) == n_batches

        def expect(length):
            n = sum(1 for end, commits in ends if commits and end <= length)
            return set(range(2 + 3 * n))

        def judge(content, length, what):
            copy_store(top / "image", folder)
            (folder / "store-wal").write_bytes(content)
            report = Report(WORK, folder / "store")
            if report.refusal:
                return "refused"
            faults = report.faults(set(), set(range(2 + 3 * n_batches)))
            assert not faults, f"{what}: {faults}"
            return "prefix" if set(report.held) == expect(length) else "wrong"

        cuts = {end + d for end, _ in ends for d in (-1, 0, 1)} | {0, 1, 31, 32, 33}
        cuts |= {choose.randrange(len(wal)) for _ in range(500)}
        flips = [choose.randrange(8 * len(wal)) for _ in range(500)]
        if not FULL:
            cuts, flips = choose.sample(sorted(cuts), 25), flips[:25]
        verdicts = {"prefix": 0, "refused": 0}
        for cut in cuts:
            verdicts[judge(wal[:cut], cut, f"cut at {cut}")] += 1
        for bit in flips:
            torn_wal = bytearray(wal)
            torn_wal[bit // 8] ^= 1 << bit % 8
            # The frame with the bit and all after it do not count; in the header, none does.
            at = max([end for end, _ in ends if end <= bit // 8], default=0)
            verdicts[judge(bytes(torn_wal), at, f"bit {bit}")] += 1
        print(f"R-9: {len(cuts)} cuts, {len(flips)} flipped bits: {verdicts}")

        # Planted: a cut that is judged as if it were none, and a byte of the database itself.
        assert judge(wal[:ends[-1][0] - 1], len(wal), "control") == "wrong"
        copy_store(top / "image", folder)
        subprocess.run([WORK, folder / "store"], input="open sealer\nend\n", text=True, env=ENV,
                       check=True, stdout=subprocess.DEVNULL)
        whole = bytearray((folder / "store").read_bytes())
        intact = run_script(WORK, folder / "store", ["open sealer", "check", "held"])
        assert intact[:2] == ["ok", "ok"]
        n_caught = 0
        for _ in range(20):
            at = choose.randrange(4096, len(whole))
            whole[at] ^= 1
            (folder / "store").write_bytes(whole)
            whole[at] ^= 1
            for suffix in ("-wal", "-shm"):
                (folder / ("store" + suffix)).unlink(missing_ok=True)
            answers = run_script(WORK, folder / "store", ["open sealer", "check", "held"])
            n_caught += answers != intact
            assert answers == intact or answers[1:2] != ["ok"], f"flip at {at} is not seen"
        print(f"R-9, control: a cut misjudged is caught; {n_caught} of 20 flips in the database are "
              "found by check, the others change nothing that is read")
        assert n_caught > 0


if __name__ == "__main__":
    sys.exit(main({"torn": torn, "checkpoint": checkpoint, "short_writes": short_writes, "sweep": sweep}))
