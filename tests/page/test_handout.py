"""What test_handout writes, read by parsers that others wrote: feedparser, expat, csv, jsonschema. Usage:
test_handout.py TEST-HANDOUT TEST-RECORDS TEST-POLL SCHEMAS"""
import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.dom.minidom

import feedparser
import jsonschema

LANGUAGES = ("en", "de", "fr", "es", "ar", "hostile")


def validator(folder, name):
    schema = json.loads((pathlib.Path(folder) / name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def check_feed(text):
    feed = feedparser.parse(text)
    assert not feed.bozo and feed.version == "atom10", (feed.version, feed.get("bozo_exception"))
    # RFC 4287, 4.1.1 and 4.1.2: what must be there, once.
    for name in ("id", "title", "updated", "author"):
        assert feed.feed.get(name), name
    ids = [entry.id for entry in feed.entries]
    assert len(ids) >= 3 and len(set(ids)) == len(ids) and feed.feed.id not in ids, ids
    times = [entry.updated_parsed for entry in feed.entries]
    assert all(times) and times == sorted(times, reverse=True), times
    assert feed.feed.updated_parsed == times[0]
    for entry in feed.entries:
        assert entry.title and entry.summary and entry.link
    return feed


def check_svg(text):
    root = xml.dom.minidom.parseString(text).documentElement
    assert root.tagName == "svg" and root.getAttribute("role") == "img" and root.getAttribute("aria-label")
    texts = root.getElementsByTagName("text")
    assert len(texts) >= 3 and all(node.firstChild.data for node in texts)
    names = {node.tagName for node in root.getElementsByTagName("*")}
    assert names <= {"rect", "text"}, names


def check_table(text, rows):
    table = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert len(table) >= 2
    for row in table:
        rows.validate(row)


def main():
    rows, records, answers = (validator(sys.argv[4], f"{name}-row.schema.json") for name in ("tally", "story", "polls"))
    with tempfile.TemporaryDirectory() as folder:
        for program in sys.argv[1:4]:
            subprocess.run([program], env={**os.environ, "UNDERSIGN_PAGES": folder}, check=True, capture_output=True)
        files = pathlib.Path(folder)
        ids = set()
        for language in LANGUAGES:
            read = lambda name: (files / f"{language}-{name}").read_bytes().decode()
            ids.add(check_feed(read("feed.atom")).feed.id)
            check_svg(read("badge.svg"))
            check_svg(read("card.svg"))
            check_table(read("tally.csv"), rows)
        assert len(ids) == len(LANGUAGES)
        for name in ("told", "evil", "formulas"):
            check_table((files / f"{name}-story.csv").read_bytes().decode(), records)
        tables = [file.read_bytes().decode() for file in sorted(files.glob("poll-*-polls.csv"))]
        for table in tables:
            check_table(table, answers)
        assert {state for table in tables for state in ("sealed", "closed", "opened") if state in table} == \
            {"sealed", "closed", "opened"}
        for file in files.glob("poll-*-feed.atom"):
            check_feed(file.read_bytes())
        for kind in ("badge", "card"):
            for file in files.glob(f"poll-*-{kind}.svg"):
                check_svg(file.read_bytes().decode())
        title = feedparser.parse((files / "hostile-feed.atom").read_bytes()).feed.title_detail
        assert title.type == "text/plain" and "<script>" in title.value, title
    # Controls: each checker sees what is planted.
    for check, text in ((check_feed, "<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title>"),
                        (check_svg, "<svg role='img' aria-label='x'><script/></svg>"),
                        (lambda text: check_table(text, answers), tables[0].replace("sealed", "opened")),
                        (lambda text: check_table(text, rows), 'ring,class,members,signatures\r\n"=1",enrolled,1,1\r\nb,enrolled,1,1\r\n')):
        try:
            check(text)
        except Exception:
            continue
        raise AssertionError(f"not seen: {text}")


main()
