#!/usr/bin/env python3
"""Runs one scenario of the command line: run.py PROGRAM SCENARIO

A scenario is a text file: commands, one a line, then the files that they begin with, each after a
line `-- name --`. It runs in a new folder. `#` begins a comment. Commands:

    undersign ARGUMENTS...      must exit with 0; `exit N` stands before one that must exit with N;
                                \\e in an argument is an escape character
    stdout REGEX, stderr REGEX  is found in what the last undersign wrote (`not` before: is not)
    json PATH VALUE             the last stdout as JSON has this value there: problems.0.rule "..."
    save NAME                   the last stdout, without its newline, is $NAME from now on
    stdin TEXT                  standard input of the next undersign
    secret TEXT                 the next undersign reads this line (or lines) from descriptor 9
    type TEXT                   the next undersign has a terminal, where this line is typed; several
    limit BYTES                 the next undersign cannot write longer files: like a full disk
    unprivileged                the next undersign obeys modes of files, even as root
    full                        the next undersign's stdout is /dev/full
    umask OCTAL                 for all that follows
    exists NAME..., absent NAME...
    files FOLDER NAME...        exactly these are in it, sorted
    mode NAME OCTAL
    same A B, differs A B       two files' content
    copy A B, remove NAME, rename A B, mkdir NAME, chmod OCTAL NAME
    replace NAME OLD NEW        the first occurrence of a text in a file, which must be there
    count NAME TEXT NUMBER      a text stands so often in a file
    flip NAME OFFSET            one bit of a byte; negative: from the end
    append NAME TEXT, cut NAME BYTES
    run PROGRAM ARGUMENTS...    another program; skips the scenario if there is none

Every undersign must keep its talk within 80 columns and print no control character."""

import ctypes, json, os, pty, re, resource, select, shlex, shutil, signal, subprocess, sys, tempfile

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER = 1, 2, 3
TIMEOUT_S = 600
QUIET_S = 0.3  # after a question


class Failure(Exception):
    pass


def parse(path):
    commands, files, name = [], {}, None
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        start = re.fullmatch(r"-- (\S+) --\n", line)
        if start:
            name = start[1]
            files[name] = ""
        elif name is not None:
            files[name] += line
        elif line.strip() and not line.startswith("#"):
            commands.append((number, line.strip()))
    return commands, files


class Scenario:
    def __init__(self, program):
        self.program = program
        self.variables = {}
        self.n_checks = 0
        self.stdout = self.stderr = ""
        self.reset()

    def reset(self):
        self.expected = 0
        self.stdin = b""
        self.secret = None
        self.typed = []
        self.limit = None
        self.is_unprivileged = False
        self.is_full = False

    def check(self, condition, what):
        self.n_checks += 1
        if not condition:
            raise Failure(what)

    def prepare(self, secret_fd):
        if secret_fd is not None:
            os.dup2(secret_fd, 9)
        if self.limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.limit, self.limit))
        if self.is_unprivileged and os.geteuid() == 0:
            libc = ctypes.CDLL(None)
            for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER):
                libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)

    def on_terminal(self, arguments):
        """The talk goes to a terminal; what is typed follows each question."""
        out = tempfile.TemporaryFile()
        pid, terminal = pty.fork()
        if pid == 0:
            os.dup2(out.fileno(), 1)
            self.prepare(None)
            os.execv(self.program, [self.program] + arguments)
        talk, lines, n_answered = b"", list(self.typed), 0
        while True:
            ready, _, _ = select.select([terminal], [], [], TIMEOUT_S)
            if not ready:
                os.kill(pid, signal.SIGKILL)
                raise Failure(f"it waits: {talk.decode()}")
            try:
                part = os.read(terminal, 65536)
            except OSError:
                break
            if not part:
                break
            talk += part
            # A question ends so, and nothing follows it; a line that is still being written may
            # look like one for a moment.
            if talk[n_answered:].endswith((b": ", b"? ", b"] ")) and \
                    not select.select([terminal], [], [], QUIET_S)[0]:
                n_answered = len(talk)
                if not lines:
                    os.kill(pid, signal.SIGKILL)
                    raise Failure(f"it asks once more: {talk.decode()}")
                os.write(terminal, lines.pop(0).encode() + b"\n")
        _, status = os.waitpid(pid, 0)
        self.check(not lines, f"it did not ask for: {lines}")
        out.seek(0)
        return os.waitstatus_to_exitcode(status), out.read(), talk.replace(b"\r\n", b"\n")

    def undersign(self, arguments):
        if self.typed:
            code, stdout, stderr = self.on_terminal(arguments)
        else:
            read_fd = None
            if self.secret is not None:
                read_fd, write_fd = os.pipe()
                os.write(write_fd, self.secret.encode() + b"\n")
                os.close(write_fd)
            stdout_to = open("/dev/full", "wb") if self.is_full else subprocess.PIPE
            done = subprocess.run([self.program] + arguments, input=self.stdin, stdout=stdout_to,
                                  stderr=subprocess.PIPE, timeout=TIMEOUT_S,
                                  pass_fds=(9,) if read_fd is not None else (),
                                  preexec_fn=lambda: self.prepare(read_fd))
            code, stdout, stderr = done.returncode, done.stdout or b"", done.stderr
            if read_fd is not None:
                os.close(read_fd)
        self.stdout, self.stderr = stdout.decode("utf-8"), stderr.decode("utf-8")
        expected, has_terminal = self.expected, bool(self.typed)
        self.reset()
        self.check(code == expected, f"exit {code} instead of {expected}")
        for line in self.stderr.split("\n"):
            # A word longer than the line (a path, a key) stands whole on a line of its own.
            is_long = len(line) > 80 and len(line.split()) > 4 and not has_terminal
            self.check(not is_long or max(map(len, line.split())) > 40,
                       f"wider than 80 columns: {line}")
        if not has_terminal:
            self.check(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", self.stderr),
                       "a control character in the talk")

    def find(self, text, pattern, is_expected):
        # Wrapped lines are read as one.
        joined = re.sub(r"\s*\n\s*", " ", text)
        found = re.search(pattern, text, re.M) or re.search(pattern, joined)
        self.check(bool(found) == is_expected,
                   ("not found: " if is_expected else "found: ") + pattern)

    def command(self, line):
        line = re.sub(r"\$(\w+)", lambda m: self.variables[m[1]], line)
        verb, _, rest = line.partition(" ")
        rest = rest.strip()
        if verb == "exit":
            number, _, line = rest.partition(" ")
            self.expected = int(number)
            verb, _, rest = line.strip().partition(" ")
            if verb != "undersign":
                raise Failure("exit stands before undersign")
        is_expected = verb != "not"
        if not is_expected:
            verb, _, rest = rest.partition(" ")
        words = shlex.split(rest) if verb not in ("stdout", "stderr") else []
        if verb == "undersign":
            self.undersign([word.replace("\\e", "\x1b") for word in words])
        elif verb == "stdout":
            self.find(self.stdout, rest.strip(), is_expected)
        elif verb == "stderr":
            self.find(self.stderr, rest.strip(), is_expected)
        elif verb == "json":
            path, _, value = rest.partition(" ")
            found = json.loads(self.stdout)
            for step in path.split("."):
                found = found[int(step)] if isinstance(found, list) else found[step]
            self.check(found == json.loads(value), f"{path} is {json.dumps(found)}")
        elif verb == "save":
            self.variables[words[0]] = self.stdout.rstrip("\n")
        elif verb == "stdin":
            self.stdin = rest.encode().decode("unicode_escape").encode()
        elif verb == "secret":
            self.secret = rest.encode().decode("unicode_escape")
        elif verb == "type":
            self.typed.append(rest)
        elif verb == "limit":
            self.limit = int(rest)
        elif verb == "unprivileged":
            self.is_unprivileged = True
        elif verb == "full":
            self.is_full = True
        elif verb == "umask":
            os.umask(int(rest, 8))
        elif verb == "exists":
            for name in words:
                self.check(os.path.lexists(name), f"{name} is not there")
        elif verb == "absent":
            for name in words:
                self.check(not os.path.lexists(name), f"{name} is there")
        elif verb == "files":
            there = sorted(os.listdir(words[0]))
            self.check(there == sorted(words[1:]), f"{words[0]} holds {there}")
        elif verb == "mode":
            mode = os.stat(words[0]).st_mode & 0o7777
            self.check(mode == int(words[1], 8), f"{words[0]} has mode {mode:o}")
        elif verb in ("same", "differs"):
            is_same = open(words[0], "rb").read() == open(words[1], "rb").read()
            self.check(is_same == (verb == "same"), f"{rest}: they do not")
        elif verb == "copy":
            (shutil.copytree if os.path.isdir(words[0]) else shutil.copy)(words[0], words[1])
        elif verb == "remove":
            (shutil.rmtree if os.path.isdir(words[0]) else os.remove)(words[0])
        elif verb == "rename":
            os.rename(words[0], words[1])
        elif verb == "mkdir":
            os.mkdir(words[0])
        elif verb == "chmod":
            os.chmod(words[1], int(words[0], 8))
        elif verb == "replace":
            data = open(words[0], "rb").read()
            if words[1].encode() not in data:
                raise Failure(f"{words[1]} is not in {words[0]}")
            open(words[0], "wb").write(data.replace(words[1].encode(), words[2].encode(), 1))
        elif verb == "count":
            found = open(words[0], "rb").read().count(words[1].encode())
            self.check(found == int(words[2]), f"{found} times")
        elif verb == "flip":
            data = bytearray(open(words[0], "rb").read())
            data[int(words[1])] ^= 1
            open(words[0], "wb").write(data)
        elif verb == "append":
            with open(words[0], "ab") as file:
                file.write(words[1].encode().decode("unicode_escape").encode())
        elif verb == "cut":
            os.truncate(words[0], int(words[1]))
        elif verb == "run":
            if not shutil.which(words[0]):
                print(f"skipped: there is no {words[0]}")
                sys.exit(77)
            done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S)
            if done.returncode != 0:
                raise Failure(done.stderr.decode())
            self.stdout = done.stdout.decode()
        else:
            raise Failure(f"no such command: {verb}")


def main():
    program, path = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    commands, files = parse(path)
    scenario = Scenario(program)
    os.umask(0o022)
    os.environ.pop("TERM", None)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, content in files.items():
            if os.path.dirname(name):
                os.makedirs(os.path.dirname(name), exist_ok=True)
            open(name, "w", encoding="utf-8", newline="").write(content)
        for number, line in commands:
            try:
                scenario.command(line)
            except (Failure, OSError, KeyError, ValueError, IndexError, subprocess.TimeoutExpired,
                    UnicodeDecodeError) as failure:
                print(f"{path}:{number}: {line}\n  {type(failure).__name__}: {failure}\n"
                      f"stdout:\n{scenario.stdout}\nstderr:\n{scenario.stderr}")
                sys.exit(1)
        os.chdir("/")
    if scenario.n_checks == 0:
        sys.exit(f"{path}: nothing was checked")
    print(f"{os.path.basename(path)}: {scenario.n_checks} checks")


main()
