#!/usr/bin/env python3
"""The unit of a member's computer that burns what is due: its own command, in a home of its own. Usage:
test_burn.py UNDERSIGN PACKAGING-FOLDER

Three credentials: one whose periods are long over, one of the same sealed under a passphrase, which
nobody types, and one of periods to come, which stays as it is (the control)."""
import os
import re
import subprocess
import sys
import tempfile

UNDERSIGN, PACKAGING = sys.argv[1:]


def unit(name):
    with open(f"{PACKAGING}/systemd/{name}") as file:
        return file.read()


def command(text):
    """What systemd would run: the words of ExecStart, split as it splits them."""
    line = re.search(r"(?m)^ExecStart=(.*)$", text)[1]
    words = re.findall(r"'[^']*'|\S+", line)
    assert not re.search(r"%[a-zA-Z]|\\", line), "specifiers are systemd's to fill in"
    # A dollar sign before a name is the shell's here: systemd replaces ${NAME} and whole words only.
    assert "${" not in line and not any(word.startswith("$") for word in words)
    return [word.strip("'") for word in words]


def main():
    with tempfile.TemporaryDirectory() as home:
        bin_folder, kept = f"{home}/bin", f"{home}/undersigned"
        os.mkdir(bin_folder)
        os.mkdir(kept)
        os.symlink(os.path.abspath(UNDERSIGN), f"{bin_folder}/undersign")
        environment = {"HOME": home, "PATH": f"{bin_folder}:/usr/bin:/bin",
                       "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}

        def run(*words, **options):
            done = subprocess.run(words, cwd=home, env=environment, capture_output=True, text=True,
                                  timeout=120, **options)
            assert done.returncode == 0, (words, done.stderr)
            return done

        run("undersign", "key", "new", "s", "-o", "s.key")
        for name, first in (("over", "2019-01-01"), ("sealed", "2019-01-01"), ("coming", "9000-01-01")):
            run("undersign", "roster", "new", f"R-{name}", "--name", name, "--organisation", "O",
                "--source", "s", "--steward", "S", "--key", "s.key", "--columns", "2", "--from", first)
            seal = ["--passphrase-fd", "0"] if name == "sealed" else ["--no-passphrase"]
            run("undersign", "enrol", "--roster", f"R-{name}", "-o", f"{kept}/{name}.credential",
                "--request", f"{name}.request", *seal,
                **({"input": "six plain words to remember well\n"} if name == "sealed" else
                   {"stdin": subprocess.DEVNULL}))

        def columns(name):
            with open(f"{kept}/{name}.credential") as file:
                return [row.split(" ")[-1] for row in file.read().split("\n")
                        if row.startswith("column ")]

        before = columns("coming")
        assert "burnt" not in columns("over") + columns("sealed") + before
        service = unit("undersign-burn.service")
        # The condition of the unit is met by what the command burns.
        pattern = re.search(r"(?m)^ConditionPathExistsGlob=%h/(.*)$", service)[1]
        assert pattern == "undersigned/*.credential"
        for _ in range(2):  # the second time there is nothing left to do
            run(*command(service), stdin=subprocess.DEVNULL)
            assert columns("over") == columns("sealed") == ["burnt", "burnt"]
            assert columns("coming") == before
        assert sorted(os.listdir(kept)) == ["coming.credential", "over.credential",
                                            "sealed.credential"]
        timer = unit("undersign-burn.timer")
        assert re.search(r"(?m)^OnCalendar=daily$", timer) and re.search(r"(?m)^Persistent=yes$", timer)
        shown = subprocess.run(["systemd-analyze", "calendar", "daily"], capture_output=True, text=True,
                               timeout=60)
        assert shown.returncode == 0 and "Next elapse" in shown.stdout


main()
