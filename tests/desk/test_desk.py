"""A desk from end to end, with everything real: every way to deliver, promises checked by openssl, epochs,
hold-back, the closing, restarts, two letters, an extension, refusals."""
import base64
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from world import (UNDERSIGN, World, check_promise, envelope, file_entries, main, make_stamp, run)


def multipart(file, name="a-file", field="statement"):
    mark = "----------------------------5c1a0e9b7"
    body = (f"--{mark}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\n").encode() + file + f"\r\n--{mark}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={mark}"}


def begin(world):
    """Both processes, until the first epoch is published and statements are taken."""
    world.sealer = world.start("seal")
    world.acceptor = world.start("accept")
    world.wait_for(lambda: world.get("/healthz")[0] == 200)
    world.wait_published(0)
    world.wait_published(json.loads(world.get("/desk.json")[2])["epoch"]["number"] - 1)
    return world.json("/desk.json")


def wait_closed(world, closes, letter=None):
    world.wait_published(closes)
    return world.counted(letter=letter)


def test_every_way_to_deliver():
    with World(stamp_bits=8, closes=1000) as world:
        desk = begin(world)
        assert desk["stamp_bits"] == 8
        log, key = desk["log"], desk["promise_key"]
        bundle = world.mirror()
        # The program's own deliverer, over TCP: its listener takes no statements.
        first = world.folder / "first"
        first.write_bytes(world.sign(5, bundle))
        said = run("deliver", "--to", world.url, first, code=1)
        assert "takes signatures only through Tor" in " ".join(said.split()), said
        status, _, body = world.post(f"/letters/{world.letter}/statements", bytes(16384), listener="web")
        assert status == 403 and b"only through Tor" in body, (status, body)
        # An envelope and a stamp, by code of our own.
        files = [world.sign(i, bundle) for i in range(4)]
        for file in files[:2]:
            stamp = make_stamp(file, world.letter, log, world.epoch(), 8)
            status, headers, promise = world.deliver(file, {"Undersigned-Stamp": stamp})
            assert status == 202, promise
            check_promise(promise, world.letter, file, log, key)
            # The same again: the same bytes.
            stamp = make_stamp(file, world.letter, log, world.epoch(), 8)
            assert world.deliver(file, {"Undersigned-Stamp": stamp})[2] == promise
        # A form without scripts, whose page has no stamp.
        assert b"multipart/form-data" in world.get(f"/letters/{world.letter}/deliver")[2]
        body, headers = multipart(files[2])
        status, headers, page = world.post(f"/letters/{world.letter}/statements", body, headers)
        assert status == 202 and b"Promised. Not published yet." in page, page
        page = page[page.index(b"<pre>") + 5:page.index(b"</pre>")]
        page = page.replace(b"&#39;", b"'").replace(b"&amp;", b"&")
        check_promise(page, world.letter, files[2], log, key)
        # Controls: none of the checks above passes for another file, key or letter.
        for change in ((world.letter, files[0], log, key), (world.letter, files[2], log, log),
                       ("00" * 32, files[2], log, key)):
            try:
                check_promise(page, *change)
            except AssertionError:
                continue
            raise SystemExit("a promise passed for something else")
        # An enrolment request for the steward.
        run("enrol", "--roster", world.folder / "rivers", "--no-passphrase", "-o",
            world.folder / "new.credential", "--request", world.folder / "new.request")
        request = (world.folder / "new.request").read_bytes()
        assert world.post("/entries", request)[0] == 403
        stamp = make_stamp(request, None, log, world.epoch(), 8)
        status, _, body = world.post("/entries", request, {"Undersigned-Stamp": stamp})
        assert (status, body) == (202, b""), (status, body)
        # The steward gets it, once.
        got = world.folder / "requests"
        get = ("desk", "requests", "--config", world.config, "--roster")
        assert run(*get, "Rivers Office", got) == "1 request, 1 of them new\n"
        assert run(*get, "Rivers Office", got) == "1 request, 0 of them new\n"
        assert [file.read_bytes() for file in got.iterdir()] == [request]
        assert run(*get, "Another Office", world.folder / "none") == "0 requests, 0 of them new\n"
        # And it is held no longer, once he says so: only his own, only what is in his folder.
        removed = "0 requests, 0 of them new, held no longer\n"
        assert run(*get, "Another Office", "--remove", world.folder / "none") == removed
        assert run(*get, "Rivers Office", got) == "1 request, 0 of them new\n"
        removed = "1 request, 0 of them new, held no longer\n"
        assert run(*get, "Rivers Office", "--remove", got) == removed
        assert run(*get, "Rivers Office", got) == "0 requests, 0 of them new\n"
        assert [file.read_bytes() for file in got.iterdir()] == [request]
        # All three are published.
        world.wait_for(lambda: world.counted()["signatures"]["total"] == 3)
        entries = world.entries()
        for file in files[:3]:
            assert file_entries(file)[0] in entries
        assert file_entries(files[3])[0] not in entries
        # The program's deliverer, by a listener that takes statements.
        world.stop(world.acceptor)
        world.config.write_text(world.config.read_text().replace(
            f"listen = tcp:127.0.0.1:{world.port}", f"listen = tcp:127.0.0.1:{world.port} statements"))
        world.acceptor = world.start("accept")
        rest = [world.folder / f"rest-{i}" for i in (6, 7)] # three, as less would be held
        for i, path in zip((6, 7), rest):
            path.write_bytes(world.sign(i, bundle))
        run("deliver", "--to", world.url, first, *rest)
        promise = (world.folder / "first.promise").read_bytes()
        check_promise(promise, world.letter, first.read_bytes(), log, key)
        world.wait_for(lambda: world.counted()["signatures"]["total"] == 6)
        assert run("desk", "fsck", "--config", world.config).startswith("in order: ")
        for process in (world.acceptor, world.sealer):
            said = world.stop(process)
            assert said == "" or "no seccomp" in said, said # a sanitizer's build has none


def test_a_record_by_itself():
    """The opening comes by POST /entries, not by the letter's folder."""
    with World() as world:
        other = world.new_letter("later", 1, 999, 3, is_open=False)
        world.config.write_text(world.config.read_text() + f"letter = {world.folder / 'later'}\n")
        begin(world)
        shutil.copytree(world.folder / "later", world.folder / "elsewhere")
        before = {name for name in os.listdir(world.folder / "elsewhere")}
        run("letter", "open", world.folder / "elsewhere", "--key", world.folder / "organiser.key")
        notes = [path for path in (world.folder / "elsewhere").rglob("*") if path.is_file()
                 and path.relative_to(world.folder / "elsewhere").as_posix() not in before
                 and b"undersigned open" in path.read_bytes()]
        assert len(notes) == 1, notes
        record = notes[0].read_bytes()
        assert world.post("/entries", record[:-4] + b"AAA\n")[0] in (400, 422)
        assert world.post("/entries", record)[0] == 202
        assert world.post("/entries", record)[0] in (202, 422) # by now it may be logged
        world.wait_for(lambda: record in world.entries())
        bundle = world.mirror("other", other)
        file = world.sign(0, bundle)
        world.wait_for(lambda: world.deliver(file, letter=other)[0] == 202) # it looks each second
        assert world.deliver(file)[0] == 404 # another letter


def test_the_story():
    """Records of a letter's story come by POST /entries: what would be void is refused before it is logged."""
    with World() as world:
        begin(world)
        bundle = world.mirror()
        run("key", "new", "ministry.example", "-o", world.folder / "ministry.key")
        vkey = run("key", "show", world.folder / "ministry.key").strip()

        def record(name, kind, key, *lines):
            out = world.folder / name
            run("record", "add", kind, bundle, "--key", world.folder / f"{key}.key", "-o", out, *lines)
            return out.read_bytes()

        actor = record("actor", "actor", "organiser", "--role", "addressed", "--name", "Ministry", "--vkey", vkey)
        first = record("first", "reply", "ministry", "--actor", "Ministry", "--text", "Not <b>possible</b>.")
        stance = record("stance", "stance", "ministry", "--actor", "Ministry", "--grade", "all")
        # Nobody has introduced the key, and there is no scale, yet.
        for early in (first, stance):
            status, _, said = world.post("/entries", early)
            assert status == 422, (status, said)
        assert b"organiser introduced" in world.post("/entries", first)[2]
        assert world.post("/entries", actor)[0] == 202
        world.wait_for(lambda: actor in world.entries())
        world.wait_for(lambda: world.post("/entries", first)[0] == 202) # it looks each second
        world.wait_for(lambda: first in world.entries())
        world.wait_for(lambda: world.counted().get("story", {}).get("void") == 0 and
                       len(world.counted()["story"]["records"]) == 2)
        # A revision of what is there; one of nothing is refused, and so is a removal.
        second = record("second", "reply", "ministry", "--actor", "Ministry", "--text", "Possible.",
                        "--revises", world.folder / "first")
        lost = record("lost", "reply", "ministry", "--actor", "Ministry", "--text", "x", "--revises", "00" * 32)
        removal = record("removal", "notice", "organiser", "--about", "removal", "--of", world.folder / "first",
                         "--reason", "off-topic", "--until", "2099-01-01", "--words", "x")
        world.wait_for(lambda: world.post("/entries", second)[0] == 202)
        assert world.post("/entries", lost)[0] == 422
        assert world.post("/entries", removal)[0] == 422
        world.wait_for(lambda: second in world.entries())
        story = run("record", "list", world.mirror("later"), "--kind", "reply")
        assert "revised" in story and "holds" in story, story
        page = world.get(f"/letters/{world.letter}/")[2].decode()
        assert "Signed with <bdi>Ministry</bdi>" in page and "&lt;b&gt;" in page and "<b>possible" not in page


def test_closing():
    """Held back, superseded, withdrawn while held, the second proofs at the closing, a restart between."""
    with World(members=20, signers=12, epoch_seconds=5, closes=9, hold_min=3) as world:
        desk = begin(world)
        bundle = world.mirror()
        for i in (0, 1, 2):
            assert world.deliver(world.sign(i, bundle, "--no-second"))[0] == 202
        world.wait_for(lambda: world.counted()["signatures"]["total"] == 3)
        # One more is held: nothing is to be seen of it.
        later, again = world.sign(3, bundle), world.sign(3, bundle, "--seq", "2")
        gone = world.sign(4, bundle)
        for file in (later, again, gone):
            assert world.deliver(file)[0] == 202
        run("withdraw", bundle, "--credential", world.folder / "members/4.credential", "--yes", "-o",
            world.folder / "withdrawal")
        assert world.deliver((world.folder / "withdrawal").read_bytes())[0] == 202
        # A restart of both, one of them by force.
        world.stop(world.acceptor, code=None, how=9)
        world.stop(world.sealer)
        world.sealer = world.start("seal")
        world.acceptor = world.start("accept")
        assert world.counted()["signatures"]["total"] == 3
        assert desk["promise_key"] == world.json("/desk.json")["promise_key"]
        late = world.sign(5, bundle) # while its letter is open
        closed = wait_closed(world, 9)
        assert closed["signatures"]["total"] == 4, closed["signatures"]
        entries = world.entries()
        assert file_entries(again)[0] in entries
        assert file_entries(later)[0] not in entries and file_entries(gone)[0] not in entries
        status, _, body = world.deliver(late)
        assert status == 409 and b"is closed" in body, (status, body)
        assert "closed with epoch 9" in run("desk", "status", "--config", world.config)


def test_second_proofs():
    """Fewer than hold_min of a ring by the closing: the second proofs stand in, and nothing else."""
    with World(epoch_seconds=5, closes=6, hold_min=3) as world:
        begin(world)
        bundle = world.mirror()
        files = [world.sign(0, bundle, "--second"), world.sign(1, bundle, "--second"),
                 world.sign(2, bundle, "--no-second")]
        owner = [len(file_entries(file)) for file in files]
        assert owner == [2, 2, 1] or owner == [1, 1, 1], owner
        world.deliver(files[0])
        world.deliver(files[1])
        wait_closed(world, 6)
        entries = world.entries()
        if owner[0] == 2:
            for file in files[:2]:
                assert file_entries(file)[1] in entries and file_entries(file)[0] not in entries
        assert file_entries(files[2])[0] not in entries


def test_two_letters():
    """Two letters on one desk, the second of which opens when the first is closed; the sealer is late."""
    with World(epoch_seconds=4, closes=9, more=[(10, 1000, 3)]) as world:
        begin(world)
        first, second = world.letter, world.more[0]
        bundle, other = world.mirror(), world.mirror("other", second)
        early = [world.sign(i, bundle) for i in range(3)]
        answers = [world.deliver(file) for file in early]
        assert [answer[0] for answer in answers] in ([202] * 3, [409] * 3), answers
        world.stop(world.sealer)
        world.wait_for(lambda: world.epoch() >= 11)
        late = [world.sign(i, other) for i in range(3)]
        for file in late:
            status, _, body = world.deliver(file, letter=second)
            assert status == 202, body
            assert world.deliver(file)[0] == 409 # the first one is closed
        said = world.seal_once()
        assert "do not hold" not in said, said
        entries = world.entries()
        for file in late:
            assert file_entries(file)[0] in entries, "promised, and not published"
        if answers[0][0] == 202:
            for file in early:
                assert file_entries(file)[0] in entries, "promised before the closing"


def test_the_tally():
    """What is served as the tally is what counting the bundle gives."""
    with World(epoch_seconds=2, closes=1000) as w:
        begin(w)
        w.wait_published(1)
        bundle = w.mirror()
        # As many as a release needs: of a fourth alone in its epoch nothing would be seen.
        for member in range(3):
            assert w.deliver(w.sign(member, bundle))[0] == 202
        w.wait_for(lambda: w.counted()["signatures"]["total"] == 3)
        w.stop(w.sealer) # so that both are of one checkpoint
        status, headers, body = w.get(f"/letters/{w.letter}/tally.json")
        served, counted = json.loads(body), json.loads(run("tally", "--json", w.mirror("last")))
        assert status == 200 and headers["Content-Type"] == "application/json", (status, headers)
        growth = served.pop("growth")
        assert served == {key: counted[key] for key in served}, (served, counted)
        assert set(counted) - set(served) == {"valid", "anchored", "page", "problems"}, served
        assert growth[-1]["total"] == 3 and growth[-1]["epoch"] <= served["as_of"]["epoch"], growth
        assert w.get(f"/letters/{'0' * 64}/tally.json")[0] == 404


def test_an_extension():
    """New members sign while the desk runs. One may be added alone: the steward's rules say so, in the log."""
    with World() as world:
        begin(world)
        run("roster", "rules", world.folder / "rivers", "--key", world.folder / "steward.key",
            "--additions", "1")
        rules = (world.folder / "rivers/rules").read_bytes()
        status, _, said = world.post("/entries", rules.replace(b"additions 1", b"additions 2"))
        assert status == 422, said
        assert world.post("/entries", rules)[0] == 202
        world.wait_for(lambda: rules in world.entries())
        run("enrol", "--roster", world.folder / "rivers", "--no-passphrase", "-o",
            world.folder / "members/new.credential", "--request", world.folder / "members/new.request")
        day = time.strftime("%Y-%m-%d", time.gmtime())
        run("roster", "admit", world.folder / "rivers", "--key", world.folder / "steward.key", "--date",
            day, world.folder / "members/new.request")
        run("roster", "snapshot", world.folder / "rivers", "--key", world.folder / "steward.key",
            "--date", day)
        run("letter", "extend", world.folder / "letter", "--key", world.folder / "organiser.key",
            "--roster", world.folder / "rivers")
        world.wait_for(lambda: any(entry.startswith(b"undersigned extend") for entry in world.entries()))
        bundle = world.mirror()
        files = [world.sign(i, bundle) for i in ("new", 0, 1)]
        for file in files:
            status, _, body = world.deliver(file)
            assert status == 202, body
        world.wait_for(lambda: world.counted()["signatures"]["total"] == 3)
        assert run("desk", "fsck", "--config", world.config).startswith("in order: ")


def test_programs():
    """What browsers load is served as what it is; the kit as a download, and never shown."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="undersigned-programs-"))
    for name in ("recount.js", "undersign.wasm", "kit.html", "more.js"):
        (folder / name).write_text(name)
    with World(lines=(f"programs = {folder}",)) as world:
        begin(world)
        world.wait_published(1)
        letter = f"/letters/{world.letter}"
        for name, kind in (("recount.js", "text/javascript; charset=utf-8"), ("undersign.wasm", "application/wasm"),
                           ("kit.html", "application/octet-stream")):
            status, headers, body = world.get(f"{letter}/{name}")
            assert (status, body) == (200, name.encode()) and headers["Content-Type"] == kind, (name, headers)
            shown = headers["Content-Disposition"]
            assert (shown is None) == (name != "kit.html"), shown
            assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Content-Disposition"].startswith("attachment; ")
        assert world.get(f"{letter}/more.js")[0] == 404
    shutil.rmtree(folder)


def test_enrol_form():
    """Members deliver requests by a form, without a stamp; records and anything else are refused, at one length."""
    with World(stamp_bits=8) as world:
        begin(world)
        world.wait_published(1)
        status, _, form = world.get("/enrol")
        assert status == 200 and b'action="/entries?lang=en"' in form and b"<script" not in form
        request = (world.folder / "members/0.request").read_bytes()
        record = world.entries()[1]
        lengths = set()
        for content, wanted, said in ((request, 202, "Received. Not admitted yet."), (request, 202, "Received."),
                                      (record, 400, "this form takes enrolment requests"), (b"nothing", 400, "not an enrolment request"),
                                      (request.replace(b"Rivers", b"Riverz"), 422, "not an enrolment request")):
            body, headers = multipart(content, field="file")
            status, answered, page = world.post("/entries", body, headers)
            assert status == wanted and said in page.decode(), (status, page)
            lengths.add(len(page) + len(answered["Undersigned-Padding"]) + len(str(len(page))))
        assert world.post("/entries", request)[0] == 403, "without a stamp, and without the form"
        body, headers = multipart(bytes(20000), field="file")
        assert world.post("/entries", body, headers)[0] == 413


def test_languages():
    """Forms and what answers them, in the letter's language or the one that the form's address names: nothing is
    stored, no cookie; answers to people have one length, in whichever language."""
    german = ("de", "Veröffentlicht, was wir messen", "# Ein Brief\n\nVeröffentlicht alles.\n")
    arabic = ("ar", "انشروا ما نقيسه", "# رسالة\n\nانشروا كل شيء.\n")
    with World(texts=(german, arabic)) as world:
        begin(world)
        world.wait_published(1)
        letter = f"/letters/{world.letter}"

        def page(path, accept=None):
            client = http.client.HTTPConnection("127.0.0.1", world.port, timeout=60)
            client.request("GET", path, headers={"Accept-Language": accept} if accept else {})
            answer = client.getresponse()
            body = answer.read().decode()
            client.close()
            assert answer.status == 200 and answer.getheader("Vary") == "Accept-Language", path
            assert answer.getheader("Set-Cookie") is None and answer.getheader("Cache-Control") == "no-store"
            style = hashlib.sha256(body.split("<style>")[1].split("</style>")[0].encode()).digest()
            assert answer.getheader("Content-Security-Policy").startswith(
                f"default-src 'none'; style-src 'sha256-{base64.b64encode(style).decode()}'; form-action"), path
            return re.search(r'<html lang="(\w+)" dir="(\w+)">', body).groups(), body

        for path, accept, wanted in (
                ("/deliver", None, "de"), ("/deliver", "en-US,en;q=0.5", "de"), ("/deliver", "fr, ar;q=0.3", "ar"),
                ("/deliver", "de;q=0.2, ar;q=0.7", "ar"), ("/deliver", "ar;q=0, de;q=0.001", "de"),
                ("/deliver?lang=fr", "ar", "fr"), ("/deliver?lang=xx", "ar", "ar"), ("/deliver?lang=", None, "de")):
            got, body = page(letter + path, accept)
            assert got == (wanted, "rtl" if wanted == "ar" else "ltr"), (path, accept, got)
            assert f'action="{letter}/statements?lang={wanted}"' in body and f'href="/enrol?lang={wanted}"' in body
            assert body.count("<a href=\"?lang=") == 5
        for accept, wanted in ((None, "en"), ("es-MX, fr;q=0.9", "es"), ("zz", "en"), ("*", "en"), (",,;q=1, ar", "ar")):
            assert page("/enrol", accept)[0][0] == wanted, accept
        file = world.sign(0, world.mirror())
        lengths = set()
        for language, promised, refused in (
                ("en", "Promised. Not published yet.", "or it was changed on the way"),
                ("de", "Versprochen. Noch nicht veröffentlicht.", "oder sie wurde unterwegs verändert"),
                ("fr", "Promis. Pas encore publié.", "ou elle a été modifiée en chemin"),
                ("es", "Prometida. Aún no publicada.", "o se cambió por el camino"),
                ("ar", "وُعد به. لم يُنشر بعد.", "أو أنه غُيّر في الطريق")):
            for content, status, said in ((file, 202, promised), (b"<b>nothing</b>", 400, refused)):
                body, headers = multipart(content, field="file")
                got, answered, answer = world.post(f"{letter}/statements?lang={language}", body, headers)
                text = answer.decode()
                assert got == status and said in text.split("<h1>")[1].split("</h1>")[0], text
                assert f'<html lang="{language}"' in text and "<b>nothing" not in text
                assert answered["Vary"] == "Accept-Language" and answered["Set-Cookie"] is None
                phrase = {202: "Accepted", 400: "Bad Request"}[status]
                lengths.add(len(answer) + len(answered["Undersigned-Padding"]) + len(str(len(answer))) + len(phrase))
                # Programs get English, whatever the address says.
                got, answered, answer = world.post(f"{letter}/statements?lang={language}", envelope(content),
                                                   {"Accept-Language": language})
                assert got == status and (status == 202 or "or it was changed on the way" in json.loads(answer)["title"])
                assert "Vary" not in answered
        assert len(lengths) == 1, lengths
        # Of the listener that takes none, too.
        body, headers = multipart(file, field="file")
        got, _, answer = world.post("/entries?lang=de", body, headers, listener="web")
        assert got == 403 and "nur über Tor" in answer.decode()


def test_pages():
    with World() as world:
        begin(world)
        world.wait_published(1)
        letter = f"/letters/{world.letter}"
        for path, status in (("/", 404), ("/letters", 404), (letter, 301), (letter + "/", 200),
                             (letter + "/index.html", 200), ("/letters/" + "0" * 64 + "/", 404),
                             (letter[:-1], 404),
                             (letter + "/nothing", 404), ("/letters/" + "0" * 64 + "/manifest", 404),
                             (letter + "/checkpoint", 200), ("/checkpoint", 200), ("/healthz", 200),
                             (letter + "/manifest", 200), (letter + "/texts/en.md", 200),
                             (letter + "/rosters", 404), ("/tile/0/999", 404), ("/tile", 404),
                             (letter + "/../../desk.sqlite", 400), ("/desk.sqlite", 404),
                             (letter + "/texts/%2e%2e/manifest", 400)):
            got, headers, _ = world.get(path)
            assert got == status, (path, got)
            assert "Date" not in headers and "Server" not in headers
        for path, cache in ((letter + "/manifest", "no-store"), ("/checkpoint", "no-store"),
                            (letter + "/keys", "no-store"), ("/desk.json", "no-store")):
            assert world.get(path)[1]["Cache-Control"] == cache, path
        assert world.post("/checkpoint", b"")[0] == 404
        assert world.post("/entries", b"")[0] == 400
        assert world.post(letter + "/statements", b"")[0] == 400
        assert world.post(letter + "/statements", bytes(25000))[0] == 413
        assert world.post("/letters/" + "0" * 64 + "/statements", bytes(16384))[0] == 400
        # The letter's page: the bundle's file, with a policy that lets its style and its script in, and for
        # the recount a worker of the same server.
        assert world.get(letter)[1]["Location"] == letter + "/"
        status, headers, page = world.get(letter + "/")
        assert headers["Content-Type"] == "text/html; charset=utf-8", headers
        assert page.startswith(b"<!doctype html>\n<!-- undersigned page ")
        style = base64.b64encode(hashlib.sha256(page.split(b"<style>")[1].split(b"</style>")[0]).digest())
        script = base64.b64encode(hashlib.sha256(page.split(b"<script>")[1].split(b"</script>")[0]).digest())
        policy = (f"default-src 'none'; style-src 'sha256-{style.decode()}'; script-src 'sha256-{script.decode()}' "
                  "'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'")
        assert headers["Content-Security-Policy"] == (
            f"{policy}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"), headers
        assert policy.encode() in page.split(b"</head>")[0]
        # Programs for browsers: none here; in test_programs there are.
        for name in ("recount.js", "undersign.wasm", "kit.html"):
            assert world.get(f"{letter}/{name}")[0] == 404
        assert f"style-src 'sha256-{style.decode()}'".encode() in page.split(b"</head>")[0]
        assert headers["Referrer-Policy"] == "no-referrer" and headers["Cache-Control"] == "no-store"
        world.wait_for(lambda: world.mirror("page") and True)
        assert (world.folder / "page/index.html").read_bytes().startswith(b"<!doctype html>")
        # The form's page leads to where the form goes.
        page = world.get(letter + "/deliver")[2].decode()
        assert f'action="{letter}/statements?lang=en"' in page
        assert world.get("/letters/" + "0" * 64 + "/deliver")[0] == 404


def test_run():
    """`desk run`: one that is killed leaves nothing behind that keeps the next one out."""
    with World() as world:
        children = []
        for how in (signal.SIGKILL, signal.SIGTERM):
            process = subprocess.Popen([UNDERSIGN, "desk", "run", "--config", world.config],
                                       stderr=subprocess.DEVNULL)
            world.processes.append(process)
            world.wait_for(lambda: is_ready(world))
            own = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            assert len(own) == 2
            children += own
            process.send_signal(how)
            assert process.wait(60) == (-9 if how == signal.SIGKILL else 0)
            world.processes.remove(process)
            world.wait_for(lambda: not any(is_alive(child) for child in children))


def is_alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def is_ready(world):
    try:
        return world.get("/healthz")[0] == 200
    except OSError:
        return False


def spoil(path):
    """(what, undo) for each way in which a file can be spoilt."""
    content = path.read_bytes()

    def write(data):
        path.write_bytes(data)

    yield "flip", lambda: write(bytes([content[0] ^ 1]) + content[1:])
    yield "flip the end", lambda: write(content[:-1] + bytes([content[-1] ^ 0x40]))
    yield "cut", lambda: write(content[:len(content) // 2])
    yield "empty", lambda: write(b"")
    yield "zeros", lambda: write(bytes(len(content)))
    yield "missing", path.unlink


def test_fsck():
    """R-10: each published file, spoilt in each way, is named; --repair makes the tree again."""
    with World() as world:
        begin(world)
        bundle = world.mirror()
        for i in range(4):
            world.deliver(world.sign(i, bundle))
        world.wait_for(lambda: world.counted()["signatures"]["total"] >= 3)
        world.stop(world.acceptor)
        world.stop(world.sealer)
        published = world.folder / "published"
        fsck = ("desk", "fsck", "--config", world.config)
        run(*fsck) # the control: whole, it is in order
        files = [path for path in sorted(published.rglob("*")) if path.is_file()
                 and not any(parent.is_symlink() for parent in path.parents) and not path.is_symlink()]
        whole = {path: path.read_bytes() for path in files}
        # Partial tiles of the epoch before stand for readers only; pages of earlier epochs are as they were then.
        size = int(whole[published / "checkpoint"].decode().split("\n")[1])
        of_now = [path for path in files if ".p" not in path.as_posix() or
                  path.name == str(size % 256)]
        of_now = [path for path in of_now if "cited" not in path.parts or path.stem == str(size)]
        n = 0
        for path in of_now:
            for what, spoilt in spoil(path):
                spoilt()
                try:
                    said = run(*fsck, code=1)
                except AssertionError as missed:
                    raise AssertionError(f"{path}, {what}: not noticed") from missed
                assert str(path.relative_to(published)) in said.replace("\n", ""), (path, what, said)
                run(*fsck, "--repair")
                assert path.read_bytes() == whole[path], (path, what)
                n += 1
        for path in published.rglob("*"):
            if path.is_symlink():
                path.unlink()
                run(*fsck, code=1)
                run(*fsck, "--repair")
                assert path.is_symlink(), path
                n += 1
        run(*fsck)
        # All of it, gone.
        shutil.rmtree(published)
        published.mkdir()
        run(*fsck, code=1)
        run(*fsck, "--repair")
        for path in of_now:
            assert path.read_bytes() == whole[path]
        print(f"fsck: {n} faults of {len(of_now)} files")


if __name__ == "__main__":
    main(globals())
