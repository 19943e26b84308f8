#!/usr/bin/env python3
"""The pictures for previews: made of what a desk's page code draws, once, in their size; a damaged card leaves the
picture that was there. Usage: test_cards.py PACKAGING-FOLDER TEST-HANDOUT"""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(sys.argv[1]) / "cards/undersign-cards"


def run(folder):
    return subprocess.run([SCRIPT, folder], capture_output=True, text=True, timeout=60, check=False)


def size(path):
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR", head
    return struct.unpack(">II", head[16:24])


def main():
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as published:
        subprocess.run([sys.argv[2]], env={**os.environ, "UNDERSIGN_PAGES": made}, check=True, capture_output=True)
        cards = {}
        for language in ("en", "ar"):
            folder = pathlib.Path(published) / "handouts" / language
            folder.mkdir(parents=True)
            cards[language] = folder / "card.svg"
            shutil.copy(f"{made}/{language}-card.svg", cards[language])
        assert run(published).returncode == 0
        pictures = {language: card.with_suffix(".png") for language, card in cards.items()}
        assert all(size(picture) == (1200, 630) for picture in pictures.values())
        # Something is drawn, in each script: two languages do not look alike, nor empty.
        contents = {language: picture.read_bytes() for language, picture in pictures.items()}
        assert contents["en"] != contents["ar"] and all(len(content) > 5000 for content in contents.values())
        times = {language: picture.stat().st_mtime_ns for language, picture in pictures.items()}
        assert run(published).returncode == 0
        assert times == {language: picture.stat().st_mtime_ns for language, picture in pictures.items()}
        cards["en"].write_text("<svg")
        os.utime(pictures["en"], (1, 1))
        assert run(published).returncode == 1
        assert pictures["en"].read_bytes() == contents["en"]
        assert sorted(path.name for path in cards["en"].parent.iterdir()) == ["card.png", "card.svg"]


main()
