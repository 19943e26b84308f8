"""doc/openapi.json against running servers: every route and status that it names is brought about, each answer
is as it says, and nothing is answered that it does not name."""
import copy
import http.client
import json
import os
import pathlib
import re
import socket
import sys
import tempfile

from test_abuse import spoil_proof
from test_desk import begin, multipart
from world import UNDERSIGN, World, envelope, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = json.loads((ROOT / "doc/openapi.json").read_text())
BESIDE = ("/badge.svg", "/card.svg", "/counter.html", "/feed.atom", "/tally.csv", "/story.csv")
# Header lines of every answer of a desk, refusals too: what doc/http-api.md, "Headers", says.
POLICY_END = "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
OFF = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer", "microphone",
       "midi", "payment", "serial", "usb")
EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
              "Permissions-Policy": ", ".join(f"{name}=()" for name in OFF),
              "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
FOR_EVER = "public, max-age=31536000, immutable"
EMBEDDED = ("/badge.svg", "/card.svg", "/counter.html")
# What a test cannot bring about here: tests/witness breaks a witness's disk, test_poll has a poll.
ELSEWHERE = {("POST", "/add-checkpoint", 500), ("GET", "/letters/{id}/polls.csv", 200)}


def resolve(spec, node):
    while "$ref" in node:
        at = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            at = at[part]
        node = at
    return node


def fits(spec, schema, value, where=""):
    """The few words of JSON Schema that the file uses."""
    schema = resolve(spec, schema)
    known = {"type", "required", "properties", "additionalProperties", "pattern", "const", "enum", "minimum",
             "maximum", "items", "description", "contentMediaType"}
    assert set(schema) <= known, (where, set(schema) - known)
    kinds = {"object": dict, "string": str, "integer": int, "boolean": bool, "array": list}
    if "type" in schema:
        assert isinstance(value, kinds[schema["type"]]), (where, value)
    if "const" in schema:
        assert value == schema["const"], (where, value)
    assert value in schema.get("enum", [value]), (where, value)
    if "pattern" in schema:
        assert re.search(schema["pattern"], value), (where, value)
    if schema.get("type") == "integer":
        assert not isinstance(value, bool), (where, value)
        assert schema.get("minimum", value) <= value <= schema.get("maximum", value), (where, value)
    for name in schema.get("required", []):
        assert name in value, (where, name)
    if isinstance(value, dict):
        for name, each in value.items():
            properties = schema.get("properties", {})
            assert name in properties or schema.get("additionalProperties", True), (where, name)
            if name in properties:
                fits(spec, properties[name], each, f"{where}.{name}")
    for each in value if isinstance(value, list) else []:
        fits(spec, schema.get("items", {}), each, where)


def route_of(spec, path, tags):
    for template, item in spec["paths"].items():
        operation = next(iter(item.values()))
        if not set(operation["tags"]) & tags:
            continue
        pattern = re.escape(template)
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                inner = parameter["schema"]["pattern"].strip("^$")
                pattern = pattern.replace(re.escape("{" + parameter["name"] + "}"), f"(?:{inner})")
        if re.fullmatch(pattern, path):
            return template, item
    raise AssertionError(f"{path}: no route of {tags}")


def check(spec, method, path, tags, status, headers, body):
    """An answer is as the file says. Gives what was answered."""
    template, item = route_of(spec, path, tags)
    responses = item[method.lower()]["responses"]
    assert str(status) in responses, f"{method} {path}: {status} is not in the file"
    response = resolve(spec, responses[str(status)])
    for name, header in response.get("headers", {}).items():
        assert name in headers or not header.get("required"), (path, status, name)
        if name in headers:
            fits(spec, header["schema"], headers[name], f"{path} {name}")
    if "content" in response:
        kind = headers.get("Content-Type")
        assert kind in response["content"], (path, status, kind)
        value = json.loads(body) if kind.split(";")[0].endswith("json") else body.decode("latin-1") \
            if kind == "application/octet-stream" else body.decode()
        fits(spec, response["content"][kind]["schema"], value, f"{path} {status}")
    return method, template, status


def check_headers(path, status, headers):
    wanted = dict(EVERYWHERE)
    wanted["Cache-Control"] = FOR_EVER if status == 200 and "/tile/" in path else "no-store"
    is_embedded = status == 200 and path.endswith(EMBEDDED)
    wanted["Cross-Origin-Resource-Policy"] = "cross-origin" if is_embedded else "same-origin"
    for name, value in wanted.items():
        assert headers.get_all(name) == [value], (path, status, name, headers.items())
    [policy] = headers.get_all("Content-Security-Policy")
    assert policy.startswith("default-src 'none'; "), (path, policy)
    is_framed = status == 200 and path.endswith("/counter.html")
    assert policy.endswith("; base-uri 'none'; form-action 'none'" if is_framed else POLICY_END), (path, policy)
    for name in ("Set-Cookie", "Date", "Server", "Last-Modified", "ETag", "Access-Control-Allow-Origin"):
        assert name not in headers, (path, name)


def promised(spec, tags):
    return {(method.upper(), template, int(status))
            for template, item in spec["paths"].items() for method, operation in item.items()
            if set(operation["tags"]) & tags for status in operation["responses"] if status != "default"}


def test_the_file():
    """It holds together; the answers' statuses are those that doc/http-api.md names."""
    assert SPEC["openapi"] == "3.1.0"
    names = [operation["operationId"] for item in SPEC["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))

    def walk(node):
        if isinstance(node, dict):
            resolve(SPEC, node)
            for each in node.values():
                walk(each)
        for each in node if isinstance(node, list) else []:
            walk(each)

    walk(SPEC)
    for template, item in SPEC["paths"].items():
        for operation in item.values():
            named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", template)), template
            assert "default" in operation["responses"], template


def refused_early(world, line):
    """The answer to a request that is none, by its bytes."""
    with socket.create_connection(("127.0.0.1", world.port), timeout=60) as connection:
        connection.sendall(f"{line}\r\nHost: desk\r\n\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        body = answer.read()
    assert 400 <= answer.status < 500, (line, answer.status)
    return answer.status, answer.headers, body


def ask_desk(world, seen, answers):
    def get(path, tags=frozenset({"desk", "letter"}), **options):
        status, headers, body = world.get(path, **options)
        answers.append(("GET", path, set(tags), status, headers, body))
        seen.add(check(SPEC, *answers[-1]))
        return status

    def post(path, body, headers=(), **options):
        status, headers, text = world.post(path, body, headers, **options)
        answers.append(("POST", path, {"desk", "letter"}, status, headers, text))
        seen.add(check(SPEC, *answers[-1]))
        return status

    return get, post


def test_desk():
    seen, answers, tags = set(), [], {"desk", "letter", "metrics"}
    with World(epoch_seconds=3, hold_min=10, lines=["held-max = 2", "metrics = unix:metrics", "programs = programs"],
               more=[(900, 1000, 3)]) as world:
        get, post = ask_desk(world, seen, answers)
        letter = f"/letters/{world.letter}"
        programs = [world.folder / "programs" / name for name in ("recount.js", "undersign.wasm", "kit.html")]
        programs[0].parent.mkdir()
        for program in programs:
            program.write_text("x")
        # Before the sealer has given its word for the key.
        world.seal_once()
        world.acceptor = world.start("accept")
        request = sorted((world.folder / "members").glob("*.request"))[0].read_bytes()
        assert get("/healthz") == 503
        assert post("/entries", request) == 503
        world.stop(world.acceptor)
        begin(world)
        world.wait_published(1)
        bundle = world.mirror()
        members = [world.sign(i, bundle) for i in range(3)]
        for path in ("/desk.json", "/healthz", "/checkpoint", letter + "/checkpoint", letter + "/keys",
                     letter + "/manifest", letter + "/texts/en.md", letter + "/tally.json",
                     letter + "/", letter + "/index.html", letter + "/deliver", *(letter + name for name in BESIDE)):
            assert get(path) == 200, path
        assert get("/enrol") == 200
        for program in programs:
            assert get(f"{letter}/{program.name}") == 200
            program.unlink()
            assert get(f"{letter}/{program.name}") == 404
        size = json.loads(world.get(letter + "/tally.json")[2])["as_of"]["log_size"]
        assert get(f"{letter}/as-of-{size}.html") == 200
        assert get(letter) == 301
        for path in sorted((world.folder / "published").rglob("*")):
            name = path.relative_to(world.folder / "published").as_posix()
            if path.is_file() and name.startswith("tile/"):
                assert get("/" + name) in (200, 404) # an older partial one may go meanwhile
                get(letter + "/" + name)
            elif path.is_file() and re.search(r"/rosters/[^/]*$", name) and not path.is_symlink():
                assert get("/" + name) == 200, name
        assert get("/metrics", {"metrics"}, listener="metrics") == 200
        no = "/letters/" + "0" * 64
        for path in ("/tile/0/999", no + "/keys", no + "/manifest", no + "/texts/en.md", no + "/deliver",
                     no + "/", no + "/index.html", no + "/rosters/1.points", no + "/tally.json", letter + "/tile/0/999",
                     letter + "/as-of-999999.html", letter + "/polls.csv", *(no + name for name in BESIDE)):
            assert get(path) == 404, path
        where = letter + "/statements"
        assert post(where, envelope(members[0])) == 202
        form, headers = multipart(members[0])
        assert post(where, form, headers) == 202
        assert post(where, envelope(spoil_proof(members[0], 1))) == 422
        form, headers = multipart(spoil_proof(members[0], 1))
        assert post(where, form, headers) == 422
        assert post(where, b"") == 400
        assert post(where, envelope(members[0]), listener="web") == 403
        assert post(no + "/statements", envelope(members[0])) == 404
        assert post(f"/letters/{world.more[0]}/statements", envelope(members[0])) == 409
        assert post(where, bytes(30000)) == 413
        assert post(where, envelope(members[1])) == 202
        assert post(where, envelope(members[2])) == 503
        assert post("/entries", request) == 202
        assert post("/entries", b"x") == 400
        assert post("/entries", request, listener="web") == 403
        assert post("/entries", bytes(70000)) == 413
        note = next(path.read_bytes() for path in (world.folder / "letter").rglob("*")
                    if path.is_file() and path.read_bytes().startswith(b"undersigned open"))
        assert post("/entries", note) == 422 # it is open already
        # As before the first checkpoint.
        world.stop(world.sealer)
        (world.folder / "published/checkpoint").rename(world.folder / "away")
        assert get("/checkpoint") == 404 and get(letter + "/checkpoint") == 404
        missing = promised(SPEC, tags) - seen - ELSEWHERE
        assert not missing, f"in the file, and not brought about: {missing}"
        of_desk = [answer for answer in answers if "metrics" not in answer[2]]
        # What the server refuses before it is a request of the desk's, too.
        for line in ("GET /%2e HTTP/1.1", "PUT /enrol HTTP/1.1", "GET /" + "a" * 3000 + " HTTP/1.1"):
            of_desk.append((*line.split(" ")[:2], set(), *refused_early(world, line)))
        for _, path, _, status, headers, _ in of_desk:
            check_headers(path, status, headers)
        # Control: an answer that lacks a header, or has another one, is found out.
        for name in ("Cache-Control", "Cross-Origin-Resource-Policy", "Content-Security-Policy", *EVERYWHERE):
            for value in (None, "public"):
                headers = copy.deepcopy(of_desk[0][4])
                del headers[name]
                if value:
                    headers[name] = value
                try:
                    check_headers(of_desk[0][1], of_desk[0][3], headers)
                except (AssertionError, TypeError):
                    continue
                raise SystemExit(f"an answer without {name} passed")
        # Control: a file that leaves out a status, a header's value or a member is found out.
        for spoil in (lambda s: s["paths"]["/letters/{id}/statements"]["post"]["responses"].pop("409"),
                      lambda s: s["paths"].pop("/letters/{id}/keys"),
                      lambda s: s["components"]["schemas"]["Desk"]["properties"].pop("limits"),
                      lambda s: s["components"]["schemas"]["Problem"]["required"].append("type"),
                      lambda s: s["paths"]["/checkpoint"]["get"]["responses"]["200"]["headers"][
                          "Cache-Control"]["schema"].update(const="no-cache")):
            spoilt = copy.deepcopy(SPEC)
            spoil(spoilt)
            try:
                for answer in answers:
                    check(spoilt, *answer)
            except AssertionError:
                continue
            raise SystemExit("a spoilt file passed")
        print(f"openapi: {len(answers)} answers of a desk, {len(seen)} of its routes' statuses")


def test_witness():
    sys.path.insert(0, str(ROOT / "tests/witness"))
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
    from common import Key, Log, Witness, make_witness_key, request, sha

    with tempfile.TemporaryDirectory() as folder:
        path, _ = make_witness_key(UNDERSIGN, folder, "witness.example/1")
        log = Log(Key(folder, "log.example/a", b"\x01" * 32))
        fork = Log(log.key, other_from=3)
        stranger = Key(folder, log.key.name, b"\x09" * 32)
        other = Log(Key(folder, "log.example/unknown", b"\x08" * 32))
        witness = Witness(UNDERSIGN, folder, path, "state", "--log", log.key.vkey(1))
        seen = set()

        def ask(method, where, body=None):
            status, kind, text = request(witness.port, method, where, body)
            seen.add(check(SPEC, method, where, {"witness"}, status, {"Content-Type": kind}, text.encode()))
            return status

        latest = "/" + sha(log.key.name.encode()).hex() + "/checkpoint"
        assert ask("GET", latest) == 404
        assert ask("POST", "/add-checkpoint", log.submission(0, 5)) == 200
        assert ask("GET", latest) == 200
        assert ask("POST", "/add-checkpoint", log.submission(0, 7)) == 409
        assert ask("POST", "/add-checkpoint", "nonsense") == 400
        assert ask("POST", "/add-checkpoint", fork.submission(5, 7)) == 422
        text = log.text(9)
        assert ask("POST", "/add-checkpoint", f"old 5\n\n{text}\n{stranger.line(text)}") == 403
        assert ask("POST", "/add-checkpoint", other.submission(0, 3)) == 404
        witness.stop()
        missing = promised(SPEC, {"witness"}) - seen - ELSEWHERE
        assert not missing, f"in the file, and not brought about: {missing}"


if __name__ == "__main__":
    main(globals())
