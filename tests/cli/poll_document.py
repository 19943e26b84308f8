#!/usr/bin/env python3
"""Runs every command of doc/poll.md, as people on machines of their own would: poll_document.py PROGRAM DOCUMENT

Each trustee, each member and the organiser has a folder; whoever is named by the bold words before a command runs it
there, and what it leaves, but for secrets, is then in everybody's folder. Questions are answered on a terminal.
UNDERSIGN and DEMO_MEMBERS are the programs; letter-world makes the rosters: 30 members of three, who answer."""
import glob
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile

program, document = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
LISTS = {"rivers": "Rivers Office", "lakes": "Lakes Office", "springs": "Springs Office"}
MEMBERS = 10  # of each list, who answer
WORDS = "six plain words to remember well"
PROMPTS = {r"passphrase: $": WORDS, r"Once more: $": WORDS, r"Passphrase for .*: $": WORDS,
           r'Type "burn" to go on.*: $': "burn"}
OWN_RING = ["1", "n"]  # and no second proof


def run(folder, words, choices=None):
    """On a terminal, where each question is answered. Returns what was printed."""
    words = [name for word in words for name in (sorted(glob.glob(word, root_dir=folder)) if "*" in word else [word])]
    out = tempfile.TemporaryFile()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.dup2(out.fileno(), 1)
        os.execv(program, [program, *words[1:]])
    talk, answered, left = "", 0, list(choices or ())
    while True:
        if not select.select([terminal], [], [], 300)[0]:
            sys.exit(f"{shlex.join(words)}: it waits: {talk}")
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        talk += part.decode(errors="replace").replace("\r\n", "\n")
        question = talk[answered:]
        if not question.endswith((": ", "? ", "] ")) or select.select([terminal], [], [], 0.3)[0]:
            continue
        answered = len(talk)
        known = [answer for pattern, answer in PROMPTS.items() if re.search(pattern, question)]
        if not known and not left:
            sys.exit(f"{shlex.join(words)}: nothing answers this: {talk}")
        os.write(terminal, (known[0] if known else left.pop(0)).encode() + b"\n")
    _, status = os.waitpid(pid, 0)
    out.seek(0)
    printed = out.read().decode()
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{shlex.join(words)}: exit {os.waitstatus_to_exitcode(status)}\n{talk}{printed}")
    return printed


def is_public(path):
    return path.name != "secret" and path.suffix not in (".key", ".credential") and path.name != "answers"


def share_out(folder):
    """What is new in a folder goes to all others, but for what an organiser works in."""
    for path in folder.iterdir():
        if not is_public(path) or path.name in ("desk", "poll", "later", "text.md", "questions", *LISTS) or \
                path.name.startswith("my-"):
            continue
        for other in everybody:
            to = other / path.name
            if other != folder and path.is_dir():
                shutil.rmtree(to, ignore_errors=True)
                shutil.copytree(path, to)
            elif other != folder:
                shutil.copy(path, to)


def steps():
    """(who, command) of the document, and its file of questions."""
    who, questions, found = None, [], []
    for line in document.read_text().splitlines():
        bold = re.match(r"\*\*(.+?)[.]?\*\*", line)
        if bold:
            who = bold[1]
        elif line.startswith("    undersign "):
            found.append((who, line.strip()))
        elif line.startswith("    "):
            questions.append(line.strip())
    return found, "\n".join(questions) + "\n"


top = pathlib.Path(tempfile.mkdtemp(prefix="undersigned-poll-"))
try:
    organiser = top / "organiser"
    organiser.mkdir()
    for name, title in LISTS.items():
        subprocess.run(["letter-world", "members", name, "enrolled", "16", str(MEMBERS), title], cwd=organiser,
                       check=True)
    trustees = [top / f"trustee-{n}" for n in (1, 2, 3)]
    members = [top / f"{name}-{i}" for name in LISTS for i in range(1, MEMBERS + 1)]
    everybody = [organiser, *trustees, *members]
    for folder in (*trustees, *members):
        folder.mkdir()
    for member in members:
        shutil.move(organiser / f"members/{member.name}.credential", member / "me.credential")
    shutil.rmtree(organiser / "members")
    commands, questions = steps()
    (organiser / "questions").write_text(questions)
    (organiser / "text.md").write_text("# How soon?\n\nWe ask all members.\n")
    vkey = run(organiser, ["undersign", "key", "new", "desk.example/letters", "-o", "log.key"]).split()[0]
    run(organiser, ["undersign", "key", "new", "organiser.example/water", "-o", "organiser.key"])
    run(organiser, ["undersign", "publish", "desk", "--key", "log.key", "--new", "--begins", "2031-04-03"])
    (organiser / "policy").write_text(f"log {vkey}\nquorum none\n")
    (organiser / "answers").mkdir()
    (organiser / "later").mkdir()
    share_out(organiser)
    printed = ""
    for who, command in commands:
        words = shlex.split(command)
        if who.startswith(("Each trustee", "Two trustees")):
            for n, folder in list(enumerate(trustees, 1))[:2 if who.startswith("Two") else 3]:
                run(folder, [re.sub(r"\bN\b", str(n), word) for word in words])
                share_out(folder)
        elif who == "Each member":
            for k, member in enumerate(members):
                run(member, words, OWN_RING + ["1" if k % 3 else "2", "2", "answer"])
                shutil.move(member / "my-answer", organiser / "answers" / member.name)
        elif who.startswith("A member"):
            run(members[0], words, OWN_RING + ["1", "1", "answer"])
            shutil.move(members[0] / "my-later-answer", organiser / "later" / "one")
        elif who in ("The organiser", "Anybody"):
            printed = run(organiser, words)
            share_out(organiser)
        else:
            sys.exit(f"who is this: {who}")
    # Every third of 30 chose the second option, and the first of these another one later.
    counted = run(organiser, ["undersign", "tally", "--csv", "bundle"])
    for line in ("within a day\",21", "within a week\",9", "the values\",1", "the methods\",29"):
        option, _, number = line.partition('",')
        found = sum(int(row.rsplit(",", 1)[1]) for row in counted.splitlines() if f'"{option}"' in row)
        if found != int(number):
            sys.exit(f"{option}: {found} instead of {number}\n{counted}")
    gone = [not (folder / "secret").exists() for folder in trustees]
    if gone != [True, True, False]:
        sys.exit(f"secrets that are gone: {gone}")
    print(f"{document.name}: {len(commands)} commands, {len(members)} members, as it says")
finally:
    shutil.rmtree(top)
