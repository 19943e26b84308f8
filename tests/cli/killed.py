#!/usr/bin/env python3
"""Kills `publish` at its system calls, one after the other, and runs it again.

Usage: killed.py PROGRAM

After each kill the bundle that is there verifies, and a second run ends with the same count, the
same log and the same held statements as a run that was never killed: nothing is lost, nothing is
logged twice. A sample of the calls; all of them with UNDERSIGN_FULL=1. Control: a held file that
is taken away is noticed."""

import json, os, shutil, subprocess, sys, tempfile

program = os.path.abspath(sys.argv[1])
CALLS = ["rename", "renameat", "renameat2", "linkat", "unlinkat", "mkdir", "mkdirat", "fsync",
         "pwrite64", "write", "openat"]
SAMPLE = None if os.environ.get("UNDERSIGN_FULL") == "1" else 24
env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")


def fail(what):
    print(f"FAILED: {what}")
    sys.exit(1)


def run(*arguments, wrap=(), folder="."):
    return subprocess.run([*wrap, program, *arguments], cwd=folder, env=env, capture_output=True,
                          text=True, timeout=120, stdin=subprocess.DEVNULL)


def publish(folder, wrap=()):
    return run("publish", "desk", "--key", "log.key", "--date", "2031-04-05", "--bundle", "bundle",
               "s-rivers-2", "s-rivers-3", "s-lakes-2", "s-rivers-2", wrap=wrap, folder=folder)


def held(folder):
    return sorted(os.listdir(os.path.join(folder, "desk", "held")))


def state(folder):
    """What must be the same in the end."""
    result = run("verify", "--json", "bundle", folder=folder)
    if result.returncode != 0:
        return f"the bundle does not verify: {result.stdout}{result.stderr}"
    return json.loads(result.stdout), held(folder)


def again(folder):
    """A second run; if the epoch was closed already, its bundle is written again."""
    result = publish(folder)
    if result.returncode == 0:
        return
    if "this one is closed" not in result.stderr:
        fail(f"the second run: exit {result.returncode}\n{result.stderr}")
    result = run("publish", "desk", "--key", "log.key", "--export", "--bundle", "bundle",
                 folder=folder)
    if result.returncode != 0:
        fail(f"--export: exit {result.returncode}\n{result.stderr}")
    # What was published is dropped from what is held by the next epoch.
    result = run("publish", "desk", "--key", "log.key", "--date", "2031-04-06", "--bundle", "next",
                 folder=folder)
    if result.returncode != 0:
        fail(f"the next epoch: exit {result.returncode}\n{result.stderr}")
    shutil.rmtree(os.path.join(folder, "next"))


if not shutil.which("strace") or subprocess.run(["strace", "-o", os.devnull, "true"]).returncode:
    print("skipped: strace does not work here")
    sys.exit(77)

with tempfile.TemporaryDirectory() as folder:
    world = os.path.join(folder, "world")
    os.mkdir(world)
    for arguments in ([], ["sign", "bundle", "s", "rivers", "1", "3"],
                      ["sign", "bundle", "s", "lakes", "1", "2"]):
        subprocess.run(["letter-world", *arguments], cwd=world, check=True)
    # rivers-1 and lakes-1 are held by the epoch before.
    result = run("publish", "desk", "--key", "log.key", "--date", "2031-04-04", "--bundle",
                 "bundle", "s-rivers-1", "s-lakes-1", folder=world)
    if result.returncode != 0:
        fail(result.stderr)

    good = os.path.join(folder, "good")
    shutil.copytree(world, good)
    trace = os.path.join(folder, "trace")
    result = publish(good, ["strace", "-f", "-o", trace, "-e", "trace=" + ",".join(CALLS)])
    if result.returncode != 0:
        fail(result.stderr)
    expected = state(good)
    if isinstance(expected, str) or expected[0]["signatures"]["total"] != 3 or \
            len(expected[1]) != 2:
        fail(f"the run that is not killed: {expected}")

    # Where to kill: call and number, from the first call that touches the desk.
    points, counts = [], {}
    for line in open(trace, encoding="utf-8", errors="replace"):
        call = line.split()[1].split("(")[0]
        if call in CALLS:
            counts[call] = counts.get(call, 0) + 1
            # Reading files changes nothing; two of these are enough.
            if call != "openat" or "O_RDONLY" not in line or counts[call] % 50 == 0:
                points.append((call, counts[call]))
    if SAMPLE and len(points) > SAMPLE:
        points = [points[i * len(points) // SAMPLE] for i in range(SAMPLE)]
    n_killed = 0
    for call, number in points:
        victim = os.path.join(folder, "victim")
        shutil.copytree(world, victim)
        result = publish(victim, ["strace", "-f", "-o", os.devnull, "-e",
                                  f"inject={call}:signal=KILL:when={number}"])
        n_killed += result.returncode in (-9, 137)
        half = run("verify", "bundle", folder=victim)
        if half.returncode != 0:
            fail(f"{call} {number}: the bundle is broken after the kill\n{half.stderr}")
        again(victim)
        if state(victim) != expected:
            fail(f"{call} {number}: another end\n{state(victim)}\n{expected}")
        shutil.rmtree(victim)
    if n_killed < len(points):
        fail(f"only {n_killed} of {len(points)} runs were killed")

    # The control.
    os.unlink(os.path.join(good, "desk", "held", held(good)[0]))
    if state(good) == expected:
        fail("the control: a lost statement was not noticed")
    print(f"{n_killed} kills")
