"""What pages.mjs opens: a desk in English and one in Arabic with statements to deliver, the demonstration's
bundle as files, and the pages of hostile text that tests/page writes. Usage: pages.py DEMO [PICTURES]"""
import functools
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / name) for name in ("desk", "support", "reference")]
from bundle import read, tar_bytes  # noqa: E402
from ports import free_port  # noqa: E402
from world import World, run  # noqa: E402

WEB = pathlib.Path(os.environ["UNDERSIGN_WEB"])

ARABIC = ("ar", "انشروا ما نقيسه", "# رسالة\n\nنطلب من الوزارة أن *تنشر* كل قياس خلال 24 ساعة.\n\n1. كل قياس\n2. مع اسم المحطة\n")
ENGLISH = ("en", "Publish what we measure", "# A letter\n\nPublish what we *measure*, as "
           "[the law](https://example.org/law) asks.\n\n1. every measurement\n2. within 24 hours\n")


def open_desk(texts):
    """A desk that runs, and files of three statements for it: as many as a release needs, in whichever epochs
    they arrive."""
    port = free_port()
    world = World(epoch_seconds=2, texts=texts, lines=(f"listen = tcp:127.0.0.1:{port} statements",
                                                          f"programs = {WEB}"))
    world.start("seal")
    world.start("accept")
    world.wait_for(lambda: world.get("/healthz")[0] == 200)
    world.wait_published(2)
    bundle = world.mirror("bundle")
    files = []
    for member in range(3):
        files.append(str(world.folder / f"statement-{member}"))
        pathlib.Path(files[-1]).write_bytes(world.sign(member, bundle))
    return world, {"url": f"http://127.0.0.1:{port}/letters/{world.letter}", "statements": files}


REFUSED = "Refused. Do not believe this page."


def serve_changed(world, folder):
    """Any web server over a bundle in which one byte of a list is another one, with the programs beside it."""
    bundle = world.mirror(folder)
    points = bundle / "rosters/1.points"
    data = bytearray(points.read_bytes())
    data[60] ^= 1
    points.write_bytes(data)
    for name in ("recount.js", "undersign.wasm"):
        (bundle / name).write_bytes((WEB / name).read_bytes())

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=bundle))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}", server


def hostile_page(folder):
    """The one whose title is a script."""
    [found] = [str(path) for path in pathlib.Path(folder).iterdir()
               if path.is_file() and "&lt;script&gt;" in path.read_text()]
    return found


def open_kit_desk():
    """A desk for the kit: more of its members have credentials, and nothing is signed yet."""
    port = free_port()
    world = World(epoch_seconds=2, members=24, texts=[ENGLISH],
                  lines=(f"listen = tcp:127.0.0.1:{port} statements", f"programs = {WEB}"))
    world.start("seal")
    world.start("accept")
    world.wait_for(lambda: world.get("/healthz")[0] == 200)
    world.wait_published(2)
    # The log says which kit it gives out.
    run("record", "kit", WEB / "kit.html", "--key", world.folder / "log.key", "--version", "0.1.0", "-o", world.folder / "kit.record")
    status, _, said = world.post("/entries", (world.folder / "kit.record").read_bytes())
    assert status == 202, said
    # Who enrols with the kit is not alone: a list grows by several at once, or not on that day.
    (world.folder / "late").mkdir()
    subprocess.run([os.environ["DEMO_MEMBERS"], "enrolled", "4", world.folder / "late", "2", "Rivers Office"], check=True,
                   capture_output=True)
    origin = f"http://127.0.0.1:{port}"
    return world, {"folder": str(world.folder), "letter": world.letter, "origin": origin,
                   "url": f"{origin}/letters/{world.letter}"}


# What wants to be markup, an order of writing, or a line without end.
HOSTILE = "<img src=x onerror=alert(1)> \u202e{{title}} " + "w" * 60
HOSTILE_TEXT = ("<script>alert(1)</script> [x](javascript:alert(1)) ![x](http://127.0.0.1:9/x)\n\n" + "> " * 400 + "x\n\n" +
                "w" * 10_000 + "\n")


def hostile_bundle(folder, name=HOSTILE):
    """A bundle by hand, of which every name and text is hostile; and its tar file."""
    f = pathlib.Path(folder)
    (f / "others").mkdir(parents=True)
    (f / "letter.md").write_text(HOSTILE_TEXT)
    keys = {name: run("key", "new", f"{name}.example/all", "-o", f / f"{name}.key") for name in ("steward", "organiser", "log")}
    assert keys
    run("roster", "new", f / "roster", "--name", name, "--organisation", name, "--source", name, "--steward",
        name, "--key", f / "steward.key", "--class", "enrolled", "--columns", "1", "--from", "2031-04-01")
    subprocess.run([os.environ["DEMO_MEMBERS"], "enrolled", "17", f / "others", "1", name], check=True, capture_output=True)
    run("roster", "admit", f / "roster", "--key", f / "steward.key", "--date", "2031-04-01", *sorted((f / "others").iterdir()))
    run("roster", "snapshot", f / "roster", "--key", f / "steward.key", "--date", "2031-04-01")
    run("publish", f / "desk", "--key", f / "log.key", "--new", "--begins", "2031-04-03")
    run("letter", "new", f / "letter", "--key", f / "organiser.key", "--desk", f / "desk", "--title",
        "en:<script>alert(1)</script>", "--text", f"en:{f / 'letter.md'}", "--to", name, "--opens", "1", "--closes", "9",
        "--ring-min", "16", "--hold-min", "3", "--roster", f / "roster")
    run("letter", "open", f / "letter", "--key", f / "organiser.key")
    run("publish", f / "desk", "--key", f / "log.key", "--letter", f / "letter", "--date", "2031-04-03", "--bundle", f / "bundle")
    run("pack", f / "bundle", "-o", f / "bundle.tar")
    return str(f / "bundle")


def made_poll(folder):
    """A poll that was opened, as a tar file, and the same with 100,000 files too many."""
    folder = pathlib.Path(folder)
    (folder / "polls").mkdir()
    subprocess.run([sys.executable, "-B", HERE.parents[1] / "reference/test_poll_bundle.py", os.environ["UNDERSIGN"],
                    os.environ["DEMO_MEMBERS"], HERE.parents[1] / "cli/poll-world", folder / "polls"], check=True)
    [poll] = (folder / "polls").glob("*-opened.tar")
    many = folder / "many.tar"
    many.write_bytes(tar_bytes({**read(str(poll)), **{f"tile/x/{n:06}": b"x" for n in range(100_000)}}))
    return str(poll), str(many)


def test_kit(demo, arabic, folder, pictures):
    world, in_kit = open_kit_desk()
    with world:
        credential = next(path for path in sorted((demo / "members").rglob("signer-1.credential")))
        poll, many_files = made_poll(folder)
        named = {name: hostile_bundle(pathlib.Path(folder) / f"named {name}", name) for name in ("__proto__", "constructor")}
        orders = {"poll": poll, "many_files": many_files, "named": named, "kit": str(WEB / "kit.html"), "kit_world": in_kit, "pictures": pictures,
                  "arabic_bundle": arabic, "hostile_bundle": hostile_bundle(pathlib.Path(folder) / "hostile"),
                  "demo_bundle": str(demo / "bundle"), "demo_credential": str(credential),
                  "demo_key": str(next(path for path in sorted((demo / "members").rglob("signer-*"))
                                       if path.is_file() and b"OPENSSH PRIVATE KEY" in path.read_bytes())),
                  "languages": [["ar", 360], ["ar", 1280], ["de", 360], ["de", 1280], ["es", 360], ["fr", 360]]}
        code = subprocess.run(["node", str(HERE / "kit.mjs"), json.dumps(orders)], timeout=500).returncode
        # The desk is as kit.mjs leaves it.
        spoken = subprocess.run(["node", str(HERE / "kit_languages.mjs"), json.dumps(orders)], timeout=1800).returncode
        return code or spoken


def main():
    demo = pathlib.Path(sys.argv[1]).resolve()
    pictures = str(pathlib.Path(sys.argv[2]).resolve()) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as hostile:
        subprocess.run([os.environ["TEST_PAGE"]], env={**os.environ, "UNDERSIGN_PAGES": hostile},
                       check=True, capture_output=True, timeout=120)
        english, in_english = open_desk([ENGLISH, ARABIC])
        with english:
            arabic, in_arabic = open_desk([ARABIC])
            with arabic:
                changed, server = serve_changed(english, pathlib.Path(hostile) / "changed")
                orders = {"english": in_english, "changed": changed, "words": {"refused": REFUSED}, "arabic": in_arabic, "pictures": pictures,
                          "demo": str(demo / "bundle/index.html"),
                          "hostile": hostile_page(hostile)}
                done = subprocess.run(["node", str(HERE / "pages.mjs"), json.dumps(orders)], timeout=500)
                server.shutdown()
                bundle = str(arabic.mirror(hostile + "/arabic"))
        code = test_kit(demo, bundle, hostile, pictures)
    sys.exit(done.returncode or code)


if __name__ == "__main__":
    main()
