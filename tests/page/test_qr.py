#!/usr/bin/env python3
"""QR codes are read by a program that knows nothing of ours (zbarimg), from the picture that
librsvg makes of the SVG and from the lines as a terminal shows them; so is the code that a member shows a
steward: test_qr.py QR-DRAW UNDERSIGN

Controls: with one corner's mark painted over, or with a third of the modules, nothing is read."""

import random, re, shutil, subprocess, sys, tempfile, os
import xml.etree.ElementTree as xml

SCALE = 4
BLOCKS = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def draw(program, form, text):
    made = subprocess.run([program, form], input=text, stdout=subprocess.PIPE)
    return made.stdout if made.returncode == 0 else None


def read(path):
    """What zbarimg reads: bytes; None: nothing."""
    found = subprocess.run(["zbarimg", "--quiet", "--raw", "--oneshot", "-Sbinary", path],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return found.stdout if found.returncode == 0 else None


def modules_of_lines(lines):
    rows = []
    for line in lines.decode().splitlines():
        rows.append([1 - BLOCKS[c][0] for c in line])
        rows.append([1 - BLOCKS[c][1] for c in line])
    return rows


def picture(path, rows):
    """A PGM of dark (1) and light (0) modules."""
    with open(path, "wb") as out:
        out.write(b"P5 %d %d 255\n" % (len(rows[0]) * SCALE, len(rows) * SCALE))
        for row in rows:
            out.write(b"".join((b"\0" if dark else b"\xff") * SCALE for dark in row) * SCALE)


def texts(generator):
    yield b"A"
    yield generator.randbytes(32).hex().encode()
    yield generator.randbytes(32).hex().upper().encode()
    yield b"http://examplewaterlettersxexamplewaterlettersxexamplewaterq23d.onion/letters/" \
        + generator.randbytes(32).hex().encode()
    yield "Mérida, Øresund, 北京, رسالة".encode()
    for length in (2, 17, 100, 600, 2048):
        yield bytes(generator.choice(b"abcdefghijklmnopqrstuvwxyz ./:0123456789")
                    for _ in range(length - 1)) + b"."


def enrolled(undersign, folder):
    """The fingerprint of a new request, as printed and as read from the code beside it."""
    def run(*arguments):
        return subprocess.run([undersign, *arguments], cwd=folder, check=True, stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE)

    run("key", "new", "steward", "-o", "s.key")
    run("roster", "new", "R", "--name", "Alder", "--organisation", "Alder", "--source", "a list",
        "--steward", "L. Marsh", "--key", "s.key")
    made = run("enrol", "--roster", "R", "-o", "me.credential", "--request", "me.request", "--qr",
               "--no-passphrase")
    lines = [line for line in made.stderr.decode().splitlines() if line and set(line) <= set(BLOCKS)]
    picture(os.path.join(folder, "a.pgm"), modules_of_lines("\n".join(lines).encode()))
    return made.stdout.strip(), read(os.path.join(folder, "a.pgm"))


def main(program, undersign):
    if not shutil.which("zbarimg") or not shutil.which("rsvg-convert"):
        print("no zbarimg or no rsvg-convert: tools/install-packages test", file=sys.stderr)
        return 1
    program, undersign = os.path.abspath(program), os.path.abspath(undersign)
    seed = int(os.environ.get("UNDERSIGN_SEED", "1"))
    print(f"UNDERSIGN_SEED={seed}")
    generator = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        svg, png, pgm = (os.path.join(folder, name) for name in ("a.svg", "a.png", "a.pgm"))
        for text in texts(generator):
            element = draw(program, "svg", text)
            root = xml.fromstring(element)
            assert root.get("aria-label") == 'a "label" & <more>' and root.get("style") is None
            side = int(root.get("viewBox").split()[2])
            with open(svg, "wb") as out:
                out.write(element)
            subprocess.run(["rsvg-convert", "-w", str(side * SCALE), "-o", png, svg], check=True)
            assert read(png) == text, f"SVG of {text!r}: {read(png)!r}"

            lines = draw(program, "lines", text)
            rows = modules_of_lines(lines)
            assert len(rows[0]) == side and len(rows) == side + 1
            picture(pgm, rows)
            assert read(pgm) == text, f"lines of {text!r}: {read(pgm)!r}"
            color = draw(program, "color", text).decode()
            assert re.sub("\x1b\\[[0-9;]*m", "", color) == lines.decode()
            for line in color.splitlines():
                assert line.startswith("\x1b[97;40m") and line.endswith("\x1b[0m")

            broken = [row[:] for row in rows]
            for y in range(4, 11):
                broken[y][4:11] = [0] * 7
            picture(pgm, broken)
            assert read(pgm) is None, "a code without a corner was read"
            noisy = [[d ^ (generator.random() < 1 / 3) for d in row] for row in rows]
            picture(pgm, noisy)
            assert read(pgm) is None, "noise was read"

        # 64 hexadecimal digits fit a terminal of 80 columns and 24 lines, with quiet modules.
        lines = draw(program, "lines", b"0123456789abcdef" * 4).decode().splitlines()
        assert len(lines) == 21 and all(len(line) == 41 for line in lines)
        for bad in (b"", b"a\0b", b"a" * 2049):
            assert draw(program, "svg", bad) is None

        printed, seen = enrolled(undersign, folder)
        assert len(printed) == 64 and printed == seen, (printed, seen)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
