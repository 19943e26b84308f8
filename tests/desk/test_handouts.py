"""What a desk serves beside a letter's bundle: the count as a picture, in a frame, as news, as a table, each read by
a parser that others wrote; pages as of earlier checkpoints; and its page for whoever organises. Debian's python3."""
import csv
import io
import json
import pathlib
import xml.dom.minidom

import feedparser
import jsonschema

from test_desk import begin
from world import World, main, run

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "doc/schema"
TYPES = {"badge.svg": "image/svg+xml", "counter.html": "text/html; charset=utf-8", "card.svg": "image/svg+xml",
         "feed.atom": "application/atom+xml", "tally.csv": "text/csv; charset=utf-8", "tally.json": "application/json",
         "story.csv": "text/csv; charset=utf-8"}


def validator(name):
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))


def signed(world):
    """A desk whose letter has three signatures; its sealer has stopped."""
    begin(world)
    world.wait_published(1)
    bundle = world.mirror()
    for member in range(3):
        assert world.deliver(world.sign(member, bundle))[0] == 202
    world.wait_for(lambda: world.counted()["signatures"]["total"] == 3)
    return bundle


def test_beside_the_bundle():
    with World(epoch_seconds=2, closes=1000) as w:
        signed(w)
        w.stop(w.sealer)
        got = {}
        for name, kind in TYPES.items():
            status, headers, body = w.get(f"/letters/{w.letter}/{name}")
            assert status == 200 and headers["Content-Type"] == kind, (name, status, headers)
            assert headers["Cache-Control"] == "no-store", headers
            framed = "frame-ancestors" not in headers["Content-Security-Policy"]
            assert framed == (name == "counter.html"), (name, headers)
            assert headers["Content-Security-Policy"].startswith("default-src 'none'"), headers
            got[name] = body.decode()
            assert w.get(f"/letters/{'0' * 64}/{name}")[0] == 404
        for name in ("badge.svg", "card.svg"):
            root = xml.dom.minidom.parseString(got[name]).documentElement
            assert root.getAttribute("aria-label").startswith("3 signatures from 1 of 1 organisations"), got[name]
        feed = feedparser.parse(got["feed.atom"])
        assert not feed.bozo and feed.version == "atom10", feed
        assert any("3 signatures" in entry.title for entry in feed.entries), got["feed.atom"]
        validator("tally").validate(json.loads(got["tally.json"]))
        rows = list(csv.DictReader(io.StringIO(got["tally.csv"], newline=""), strict=True))
        assert rows and rows[0]["signatures"] == "3", rows
        for row in rows:
            validator("tally-row").validate(row)
        # A picture that nobody has made is no error of the desk.
        assert w.get(f"/letters/{w.letter}/card.png")[0] == 404
        page = w.get(f"/letters/{w.letter}/")[2].decode()
        for name in TYPES:
            assert name in ("card.svg", "story.csv") or f'href="{name}"' in page, name
        # No record stands in the log, and it is no poll.
        assert list(csv.reader(io.StringIO(got["story.csv"], newline="")))[1:] == []
        assert w.get(f"/letters/{w.letter}/polls.csv")[0] == 404


def test_a_citation_stays():
    with World(epoch_seconds=2, closes=1000) as w:
        signed(w)
        json_of = lambda: json.loads(w.get(f"/letters/{w.letter}/tally.json")[2])
        size = json_of()["as_of"]["log_size"]
        status, headers, cited = w.get(f"/letters/{w.letter}/as-of-{size}.html")
        assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8", (status, headers)
        assert headers["Cache-Control"] == "no-store", headers
        assert f'<a href="as-of-{size}.html">'.encode() in cited and b'<p class="big">3</p>' in cited
        w.wait_for(lambda: json_of()["as_of"]["log_size"] > size)
        w.wait_for(lambda: b'<p class="big">3</p>' in w.get(f"/letters/{w.letter}/")[2])
        assert w.get(f"/letters/{w.letter}/as-of-{size}.html")[2] == cited
        assert w.get(f"/letters/{w.letter}/")[2] != cited
        for other in ("0", "01", "999999", "-1", str(2 ** 70), ""):
            assert w.get(f"/letters/{w.letter}/as-of-{other}.html")[0] == 404, other
        # It is written once: a repair leaves it as it is.
        w.stop(w.sealer)
        run("desk", "fsck", "--config", w.folder / "desk.conf")
        file = next((w.folder / "published/cited" / w.letter).glob(f"{size}.html"))
        older = b"<!doctype html>\n<!-- undersigned page 0 -->\nwhat an older version wrote"
        file.write_bytes(older)
        run("desk", "fsck", "--config", w.folder / "desk.conf", "--repair")
        assert file.read_bytes() == older
        # Other files are checked, and written again.
        badge = w.folder / "published/handouts" / w.letter / "badge.svg"
        good = badge.read_bytes()
        badge.write_bytes(b"x")
        run("desk", "fsck", "--config", w.folder / "desk.conf", code=1)
        run("desk", "fsck", "--config", w.folder / "desk.conf", "--repair")
        assert badge.read_bytes() == good


def test_the_organisers_page():
    """It says what is published, and nothing of what waits."""
    with World(epoch_seconds=2, closes=1000) as w:
        bundle = signed(w)
        w.stop(w.sealer)
        page = lambda *options: run(*options, "desk", "status", "--config", w.folder / "desk.conf", "--html")
        before = page()
        assert "<b>3 signatures from 1 of 1 organisations</b>" in before and w.letter in before, before
        assert "The configuration names none." in before and "at least 1 GB free" in before, before
        for member in range(4, 9):
            assert w.deliver(w.sign(member, bundle))[0] == 202
        assert page() == before
        assert '<html lang="ar" dir="rtl">' in page("--lang", "ar")
        assert "Veröffentlicht, nach Liste" in page("--lang=de")


if __name__ == "__main__":
    main(globals())
