"""What pages.mjs opens: a desk in English and one in Arabic with statements to deliver, the demonstration's
bundle as files, and the pages of hostile text that tests/page writes. Usage: pages.py DEMO [PICTURES]"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "desk"), str(HERE.parents[1] / "support")]
from ports import free_port  # noqa: E402
from world import World  # noqa: E402

ARABIC = ("ar", "انشروا ما نقيسه", "# رسالة\n\nنطلب من الوزارة أن *تنشر* كل قياس خلال 24 ساعة.\n\n1. كل قياس\n2. مع اسم المحطة\n")
ENGLISH = ("en", "Publish what we measure", "# A letter\n\nPublish what we *measure*, as "
           "[the law](https://example.org/law) asks.\n\n1. every measurement\n2. within 24 hours\n")


def open_desk(texts):
    """A desk that runs, and files of three statements for it: as many as a release needs, in whichever epochs
    they arrive."""
    port = free_port()
    world = World(epoch_seconds=2, texts=texts, lines=(f"listen = tcp:127.0.0.1:{port} statements",))
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


def hostile_page(folder):
    """The one whose title is a script."""
    [found] = [str(path) for path in pathlib.Path(folder).iterdir() if "&lt;script&gt;" in path.read_text()]
    return found


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
                orders = {"english": in_english, "arabic": in_arabic, "pictures": pictures,
                          "demo": str(demo / "bundle/index.html"),
                          "hostile": hostile_page(hostile)}
                done = subprocess.run(["node", str(HERE / "pages.mjs"), json.dumps(orders)], timeout=500)
    sys.exit(done.returncode)


main()
