"""What speed.mjs measures: letters of one list of 3,000, 20,000 and 100,000 members (bench/large-bundle), and a demonstration's
bundle behind a web server. Usage: speed.py BUILD [DEMO]"""
import base64
import functools
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
# Members, and seconds that one proof may take.
LETTERS = ((3000, 0.4), (20000, 1.5), (100000, 6))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(build, bundle, folder):
    """Any web server over a bundle, with the programs beside it."""
    shutil.copytree(bundle, folder)
    for name in ("recount.js", "undersign.wasm"):
        shutil.copy(build / "web" / name, folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def make_letter(build, folder, members, limit):
    """A letter, and the credential of one of its members, from the secrets that large-bundle keeps."""
    subprocess.run([HERE.parents[2] / "bench/large-bundle", build, folder, "1", str(members), "4", "2"], check=True,
                   stdout=subprocess.DEVNULL)
    tar = folder / "letter.tar"
    subprocess.run([build / "undersign", "pack", folder / "bundle", "-o", tar], check=True)
    secret = (folder / "secrets/1").read_bytes()[:160]
    roster = (folder / "rosters/1/roster").read_text().splitlines()
    column = next(line for line in roster if line.startswith("column 1 "))
    credential = folder / "credential"
    credential.write_text("\n".join([
        "undersigned credential v1", next(line for line in roster if line.startswith("roster ")), "edition 1", "seal none",
        f"{column} {base64.b64encode(secret).decode()}", ""]))
    return {"members": members, "tar": str(tar), "credential": str(credential), "limit": limit}


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as made:
        made = pathlib.Path(made)
        orders = {"kit": str(build / "web/kit.html"), "letters": [make_letter(build, made / str(n), n, limit) for n, limit in LETTERS]}
        if len(sys.argv) > 2:
            orders["page"] = serve(build, pathlib.Path(sys.argv[2]).resolve() / "bundle", made / "served")
        os.environ["NODE_PATH"] = str(build / "browser/node_modules")
        sys.exit(subprocess.run(["node", str(HERE / "speed.mjs"), json.dumps(orders)], timeout=580).returncode)


main()
