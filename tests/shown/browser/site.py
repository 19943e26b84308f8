"""What site.mjs opens: a desk, other sites that show its count, and servers that pass it on with other headers, for
the controls. Usage: site.py DEMO [PICTURES]"""
import http.client
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "desk"), str(HERE.parents[1] / "support"), str(HERE)]
from pages import ARABIC, ENGLISH, open_desk  # noqa: E402

SHOWN = """<!doctype html><title>Another site</title>
<img class=badge alt="" src="{url}/badge.svg"><img class=card alt="" src="{url}/card.svg">
<img class=picture alt="" src="{url}/card.png"><iframe class=counter src="{url}/counter.html"></iframe>
<iframe class=page src="{url}/"></iframe>
<script>globalThis.loaded = [];</script>
<script src="{url}/recount.js" onload="loaded.push(1)"></script>"""


# What answers a statement, and what is none.
PROMISED = {"en": ("Promised.", "This is not a signature"), "ar": ("وُعد به.", "هذا ليس توقيعًا"),
            "de": ("Versprochen.", "Das ist keine Unterschrift"), "es": ("Prometida.", "Esto no es una firma"),
            "fr": ("Promis.", "Ceci n’est pas une signature")}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except ConnectionError:  # a browser that has what it wanted
            pass

    def give(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(handler):
    """On any free port, until this process ends. Another name of the machine, so that it is another site."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}", f"http://127.0.0.1:{server.server_port}"


def other_site(url, headers=()):
    class Site(Handler):
        def do_GET(self):
            self.give(200, [("Content-Type", "text/html; charset=utf-8"), *headers], SHOWN.format(url=url).encode())

    return serve(Site)[0] + "/"


def passed_on(url, changes):
    """The desk, but with other headers: None takes one away."""
    origin = url.split("/letters/")[0].removeprefix("http://")

    class Proxy(Handler):
        def do_GET(self):
            desk = http.client.HTTPConnection(origin, timeout=60)
            desk.request("GET", self.path)
            answer = desk.getresponse()
            body = answer.read()
            headers = [(name, value) for name, value in answer.getheaders()
                       if name not in changes and name not in ("Content-Length", "Connection")]
            self.give(answer.status, headers + [(name, value) for name, value in changes.items() if value], body)
            desk.close()

    return serve(Proxy)[1] + "/letters/" + url.split("/letters/")[1]


def main():
    world, served = open_desk([ENGLISH, ARABIC])
    with world:
        url = served["url"]
        # The picture that packaging/cards would make.
        pictures = pathlib.Path(world.folder / "published/handouts" / world.letter)
        subprocess.run(["rsvg-convert", "-o", pictures / "card.png", pictures / "card.svg"], check=True)
        alone = {"Cross-Origin-Resource-Policy": "same-origin", "Content-Security-Policy": "frame-ancestors 'none'"}
        shared = {"Cross-Origin-Resource-Policy": "cross-origin", "Content-Security-Policy": None}
        world.stop(world.processes[0])  # the sealer: the page that is cited stays the last one
        orders = {
            "promised": {language: {"held": held, "refused": refused} for language, (held, refused) in PROMISED.items()},
            "statement": served["statements"][0], "noStatement": str(HERE / "site.py"),
            "pictures": str(pathlib.Path(sys.argv[2]).resolve()) if len(sys.argv) > 2 else None,
            "desk": url, "letter": world.letter,
            "size": json.loads(world.get(f"/letters/{world.letter}/tally.json")[2])["as_of"]["log_size"],
            "other": other_site(url),
            "isolated": other_site(url, [("Cross-Origin-Embedder-Policy", "require-corp"),
                                         ("Cross-Origin-Opener-Policy", "same-origin")]),
            "kept": other_site(passed_on(url, alone)), "shared": other_site(passed_on(url, shared)),
            "cached": passed_on(url, {"Cache-Control": "max-age=31536000"}),
        }
        done = subprocess.run(["node", str(HERE / "site.mjs"), json.dumps(orders)], timeout=3000)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
