#!/usr/bin/env python3
"""Runs tests/machines/verdicts.c as several machines compiled it on one letter; all must say and make
the same, byte for byte (L-12).

Usage: compare.py UNDERSIGN DEMO-MEMBERS LETTER-WORLD NAME=COMMAND...

The first is what the others are compared with. UNDERSIGN_FULL=1: 250 whole bundles and 250 with a
change; else 25 and 25. Control: another seed gives another text."""

import base64, os, subprocess, sys, tempfile

program, members, world = map(os.path.abspath, sys.argv[1:4])
machines = [one.partition("=") for one in sys.argv[4:]]
changes = "250" if os.environ.get("UNDERSIGN_FULL") == "1" else "25"
os.environ.update(UNDERSIGN=program, DEMO_MEMBERS=members)
failed = False


def run(*command):
    done = subprocess.run(command, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stderr.decode()}")
    return done.stdout


def verdicts(command, seed, n=changes):
    return run(*command.split(), "bundle", "secret", n, seed)


with tempfile.TemporaryDirectory() as folder:
    machines = [(name, " ".join(os.path.abspath(word) if "/" in word else word
                                for word in command.split())) for name, _, command in machines]
    os.chdir(folder)
    run(world)
    run(world, "sign", "bundle", "s", "rivers", "1", "4")
    run(world, "sign", "bundle", "s", "harbour", "1", "4")
    run(program, "withdraw", "bundle", "--yes", "--credential", "members/rivers-2.credential", "-o", "w")
    statements = [f"s-{name}-{i}" for name in ("rivers", "harbour") for i in range(1, 5)]
    run(program, "publish", "desk", "--key", "log.key", "--date", "2031-04-04", "--bundle", "bundle",
        *statements)
    run(program, "publish", "desk", "--key", "log.key", "--date", "2031-04-05", "--bundle", "bundle", "w")
    for line in open("members/rivers-1.credential"):
        if line.startswith("column 1 "):
            with open("secret", "wb") as file:
                file.write(base64.b64decode(line.split()[-1]))

    expected = verdicts(machines[0][1], "1")
    lines = expected.decode().splitlines()
    whole = sum(" whole: holds 7 " in line for line in lines)
    refused = sum(": refused " in line for line in lines)
    if whole != int(changes) or refused < int(changes) or verdicts(machines[0][1], "2", "2") == expected:
        sys.exit(f"the first says {whole} whole and {refused} refused: this comparison proves nothing")
    print(f"{machines[0][0]}: {len(lines)} lines, {whole} hold, {refused} refused")
    for name, command in machines[1:]:
        said = verdicts(command, "1").decode().splitlines()
        if said == lines:
            print(f"{name}: the same")
            continue
        failed = True
        for k, (one, other) in enumerate(zip(lines, said)):
            if one != other:
                print(f"{name}: line {k + 1} differs\n  {one[:200]}\n  {other[:200]}")
                break
        else:
            print(f"{name}: {len(said)} lines")
    os.chdir("/")
sys.exit(failed)
