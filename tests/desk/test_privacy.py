"""What a desk keeps, shows and lets be measured: no order of arrival, nothing of who asked, no time finer than
the epoch, answers of one length. UNDERSIGN_FULL=1 for full length."""
import math
import os
import re
import socket
import statistics
import time

from test_abuse import at_once, cpu_seconds, spoil_proof
from test_desk import begin, multipart
from world import World, envelope, file_entries, main, make_stamp, run

FULL = os.environ.get("UNDERSIGN_FULL") == "1"


def rank_correlation(places):
    """Spearman's, of distinct places in their order of arrival."""
    n = len(places)
    ranks = {place: i for i, place in enumerate(sorted(places))}
    squares = sum((ranks[place] - i) ** 2 for i, place in enumerate(places))
    return 1 - 6 * squares / (n * (n * n - 1))


def is_order(places):
    """More than chance gives once in some ten thousand."""
    return len(places) > 4 and abs(rank_correlation(places)) > min(0.95, 4 / math.sqrt(len(places) - 1))


def tag_of(file):
    """Its statement's tag (doc/formats.md 5.1): what finds it anywhere."""
    entry = file_entries(file)[0]
    at = 2 + 65 + 32 + 4 + 2
    tag = entry[at:at + 32]
    assert len(tag) == 32
    return tag


def places_in(data, tags, last=False):
    places = [(data.rfind if last else data.find)(tag) for tag in tags]
    return places if min(places) >= 0 else None


def desk_files(world):
    """Everything that the desk's processes wrote."""
    for path in sorted(world.folder.iterdir()):
        if path.name.startswith(("desk.sqlite", "checkpoint-copy")):
            yield path
    for path in sorted((world.folder / "published").rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def orders(world, tags):
    """Of each file that holds all of them: in the order of arrival, or not."""
    found = {}
    for path in desk_files(world):
        data = path.read_bytes()
        for last in (False, True):
            places = places_in(data, tags, last)
            if places and len(set(places)) == len(places):
                found[path.name, last] = places
    return found


def order_test(count, hold_min):
    with World(members=count + 20, signers=count, epoch_seconds=10, hold_min=hold_min) as world:
        begin(world)
        bundle = world.mirror()
        files = at_once([lambda i=i: world.sign(i, bundle) for i in range(count)], 2)
        # In the midst of an epoch, so that what its ends write is not taken for it.
        world.wait_for(lambda: 2 < (time.time() - world.begins) % 10 < 5)
        started = time.time()
        for file in files:
            assert world.deliver(file)[0] == 202
        ended = time.time()
        tags = [tag_of(file) for file in files]
        # Control: before the epoch ends, the store's journal tells all, and is seen to.
        now = orders(world, tags)
        assert any(is_order(places) for places in now.values()), "the control"
        last = world.epoch()
        world.wait_for(lambda: world.published_epoch() >= last)
        time.sleep(1.5) # the store takes back what it freed
        found = orders(world, tags)
        where = {path.name for path in desk_files(world)}
        for (name, _), places in found.items():
            assert not is_order(places), f"{name} tells the order of arrival: {rank_correlation(places):.3f}"
        assert found, f"found nowhere: {where}"
        # P-5: no file of the desk says when something came.
        for path in desk_files(world):
            facts = path.stat()
            for stamp in (facts.st_mtime, facts.st_ctime):
                assert not started - 0.5 <= stamp <= ended, (path.name, stamp, started, ended)
        # P-1: what is published stands in the order of its own hashes.
        logged = world.entries()
        places = [logged.index(file_entries(file)[0]) for file in files
                  if file_entries(file)[0] in logged]
        if hold_min <= count:
            assert len(places) == count and not is_order(places)
        else:
            assert not places
        return [rank_correlation(places) for places in found.values()]


def test_order_of_arrival():
    """P-1, P-3, P-5: what is published, and its files."""
    for count in (20, 100, 1000) if FULL else (20,):
        print(f"P-3: {count}:", " ".join(f"{rho:.2f}" for rho in order_test(count, 3)))


def test_order_of_what_is_held():
    """P-3 of what stays in the store."""
    for count in (20, 100, 1000) if FULL else (20,):
        print(f"P-3, held: {count}:", " ".join(f"{rho:.2f}" for rho in order_test(count, count + 5)))


def memory_of(process):
    """All of a process's readable memory, mapping by mapping."""
    for line in open(f"/proc/{process.pid}/maps", encoding="ascii"):
        where, access, *_ = line.split()
        if not access.startswith("r") or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
            continue
        begin_at, end = (int(part, 16) for part in where.split("-"))
        with open(f"/proc/{process.pid}/mem", "rb", 0) as memory:
            memory.seek(begin_at)
            try:
                yield line.rstrip(), memory.read(end - begin_at)
            except OSError:
                continue


def is_searchable(process):
    """Not so in a sanitizer's build: its shadow of all memory is larger than any machine's."""
    sizes = (line.split(" ")[0].split("-") for line in open(f"/proc/{process.pid}/maps", encoding="ascii"))
    return all(int(end, 16) - int(begin_at, 16) < 1 << 34 for begin_at, end in sizes)


def hits(process, canary):
    out = []
    for name, data in memory_of(process):
        for found in re.finditer(canary, data):
            out.append((name, data[max(0, found.start() - 60):found.start() + 60]))
    return out


CANARY = b"canary-7f3a91-"


def marked(number, kind):
    return (CANARY + f"{kind}-{number}".encode()).decode()


def marked_headers(i):
    return {"User-Agent": marked(i, "agent"), "Cookie": f"a={marked(i, 'cookie')}",
            "X-Forwarded-For": marked(i, "forwarded"), "Referer": f"http://x/{marked(i, 'referer')}",
            "Accept-Language": marked(i, "language"), "X-Circuit": marked(i, "circuit"),
            "From": marked(i, "from"), "Forwarded": f"for={marked(i, 'for')}"}


def test_nothing_of_who_asked():
    """P-4: words that stand in a request's head, or around its file, are nowhere afterwards: not in the desk's
    files, not in what it says, not in the memory of its processes."""
    with World(epoch_seconds=2) as world:
        begin(world)
        bundle = world.mirror()
        files = [world.sign(i, bundle) for i in range(12)]
        bad = [spoil_proof(files[i % 12], i) for i in range(60)]
        where = f"/letters/{world.letter}/statements"

        def one(i):
            headers = marked_headers(i)
            connection = world.connect()
            if i % 5 == 0:
                connection.request("GET", f"/letters/{world.letter}/keys?{marked(i, 'query')}",
                                   headers=headers)
            elif i % 5 == 1:
                connection.request("GET", f"/letters/{marked(i, 'path')}", headers=headers)
            elif i % 5 == 2:
                body, more = multipart(files[i % 12], marked(i, "file"), marked(i, "field"))
                connection.request("POST", where, body, {**headers, **more})
            elif i % 5 == 3:
                connection.request("POST", where, envelope(bad[i % 60]), headers)
            else:
                connection.request("POST", "/entries", marked(i, "body").encode(), headers)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            assert CANARY not in body

        at_once([lambda i=i: one(i) for i in range(10000 if FULL else 1000)], 8)
        # Control: what is under way is seen.
        waiting = socket.socket(socket.AF_UNIX)
        waiting.connect(world.socket)
        waiting.sendall(b"GET /checkpoint HTTP/1.1\r\nHost: a\r\nUser-Agent: control-5b1c-" + b"x" * 20)
        time.sleep(0.5)
        searchable = is_searchable(world.acceptor)
        seen = searchable and hits(world.acceptor, b"control-5b1c-")
        waiting.close()
        assert seen or not searchable, "the control: memory is searched"
        time.sleep(3)
        for process in (world.acceptor, world.sealer):
            found = hits(process, CANARY) if searchable else []
            kinds = {re.search(CANARY + rb"([a-z]+)", text).group(1) for _, text in found
                     if re.search(CANARY + rb"([a-z]+)", text)}
            assert not found, f"{len(found)} in memory, of {kinds}; the first: {found[0]}"
        for path in desk_files(world):
            assert CANARY not in path.read_bytes(), path
        for process in (world.acceptor, world.sealer):
            assert CANARY.decode() not in world.stop(process)


def on_the_wire(world, path, body, headers=()):
    """One POST on a connection of its own: its status, and all bytes that came back."""
    head = "".join(f"{name}: {value}\r\n" for name, value in dict(headers).items())
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(world.socket)
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: desk\r\nContent-Length: {len(body)}\r\n{head}\r\n"
                           .encode() + body)
        data = b""
        while part := connection.recv(65536):
            data += part
    return int(data.split(b" ")[1]), data


def is_of_one_length(answers):
    return len({len(data) for _, data in answers.values()}) == 1


def test_lengths():
    """P-6, A-9: whatever became of a delivery, as many bytes come back, and the head tells no time."""
    with World(epoch_seconds=3, stamp_bits=4, hold_min=10, lines=["held-max = 3"],
               more=[(900, 1000, 3)]) as world:
        desk = begin(world)
        bundle = world.mirror()
        files = [world.sign(i, bundle) for i in range(4)]

        def give(file, letter=None, stamp=True, form=False):
            letter = letter or world.letter
            headers = {"Undersigned-Stamp": make_stamp(file, letter, desk["log"], world.epoch(), 4)}
            if not stamp:
                headers = {}
            path = f"/letters/{letter}/statements"
            if form:
                body, more = multipart(file)
                return on_the_wire(world, path, body, {**headers, **more})
            return on_the_wire(world, path, envelope(file), headers)

        for form in (False, True):
            answers = {
                "first": give(files[1 if form else 0], form=form),
                "again": give(files[1 if form else 0], form=form),
                "invalid": give(spoil_proof(files[0], 1), form=form),
                "malformed": give(b"x" * 700, form=form),
                "no such letter": give(files[0], "0" * 64, form=form),
                "not open": give(files[0], world.more[0], form=form),
            }
            if not form:
                answers["no stamp"] = give(files[0], stamp=False)
            else:
                assert give(files[2], form=form)[0] == 202
                answers["busy"] = give(files[3], form=form)
                without_form = give(files[3])
                assert without_form[0] == 503 and len(without_form[1]) == wire, "busy"
            expected = {"first": 202, "again": 202, "invalid": 422, "malformed": 400,
                        "no such letter": 404, "not open": 409, "no stamp": 403, "busy": 503}
            for what, (status, data) in answers.items():
                assert status == expected[what], (what, data)
                assert b"\r\nDate:" not in data and b"\r\nServer:" not in data
            assert is_of_one_length(answers), {what: len(data) for what, (_, data) in answers.items()}
            assert answers["first"][1] == answers["again"][1], "the same bytes"
            # Control: one byte more is noticed.
            assert not is_of_one_length({**answers, "longer": (202, answers["first"][1] + b"x")})
            wire = len(answers["first"][1])
            print(f"P-6: {'form' if form else 'envelope'}: {wire} bytes for each of {len(answers)} answers")


def welch(a, b):
    spread = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    return (statistics.mean(a) - statistics.mean(b)) / math.sqrt(spread)


def test_times():
    """A-9: the time of the first and of a second delivery of one statement. A measurement; |t| of 4.5 and more
    is a failure in the long form, where the machine has nothing else to do."""
    count = 400 if FULL else 40
    with World(members=count + 20, signers=count, epoch_seconds=600,
               begins=int(time.time()) // 600 * 600 - 1200) as world:
        begin(world)
        bundle = world.mirror()
        files = at_once([lambda i=i: world.sign(i, bundle) for i in range(count)], 2)
        first, again = [], []
        for i, file in enumerate(files):
            for times, what in ((first, file), (again, files[i // 2 if i else 0])):
                began = time.perf_counter()
                status = world.deliver(what)[0]
                times.append(time.perf_counter() - began)
                assert status == 202
        t = welch(first[1:], again[1:])
        # Control: a millisecond more would be seen.
        assert abs(welch([x + 0.05 for x in first], again)) > 4.5
        print(f"A-9: first {statistics.median(first) * 1e3:.2f} ms, again "
              f"{statistics.median(again) * 1e3:.2f} ms, t {t:.2f} of {count} each")
        assert not FULL or abs(t) < 4.5, t


def test_release_guards():
    """P-2: colluders that sign again and again do not let out anybody else's signature."""
    with World(epoch_seconds=2, hold_min=3) as world:
        begin(world)
        bundle = world.mirror()
        honest = world.sign(0, bundle)
        assert world.deliver(honest)[0] == 202
        # One colluder, many statements: one tag.
        for seq in range(1, 7):
            assert world.deliver(world.sign(1, bundle, "--seq", str(seq)))[0] == 202
        # Copies of the honest one, and changed ones, add nothing.
        for i in range(6):
            assert world.deliver(honest)[0] == 202
            assert world.deliver(spoil_proof(honest, i))[0] in (400, 422)
        world.wait_published(world.epoch() + 1)
        before = world.counted()
        assert before["signatures"]["total"] == 0
        assert not any(tag_of(honest) in entry for entry in world.entries())
        # Nothing that is published tells that something is held.
        for path in (world.folder / "published").rglob("*"):
            if path.is_file():
                assert tag_of(honest) not in path.read_bytes(), path
        said = run("desk", "status", "--config", world.config)
        assert "held" not in said
        # Control: the third tag lets out all three.
        assert world.deliver(world.sign(2, bundle))[0] == 202
        world.wait_for(lambda: world.counted()["signatures"]["total"] == 3)
        assert any(tag_of(honest) in entry for entry in world.entries())


def test_cost():
    """A-1: what an invalid statement costs the desk, and its stamp whoever delivers it. A measurement."""
    count = 400 if FULL else 100
    with World(members=200, epoch_seconds=600, begins=int(time.time()) // 600 * 600 - 1200) as world:
        begin(world)
        bundle = world.mirror()
        files = [world.sign(i, bundle) for i in range(10)]
        before = cpu_seconds(world.acceptor)
        for i in range(count):
            assert world.deliver(spoil_proof(files[i % 10], i // 10))[0] in (400, 422)
        invalid = (cpu_seconds(world.acceptor) - before) / count

        def deliver_all(bits):
            world.stop(world.acceptor)
            text = re.sub(r"stamp-bits = \d+", f"stamp-bits = {bits}", world.config.read_text())
            world.config.write_text(text.replace(f"listen = tcp:127.0.0.1:{world.port}\n",
                                                 f"listen = tcp:127.0.0.1:{world.port} statements\n"))
            world.acceptor = world.start("accept")
            paths = []
            for i, file in enumerate(files):
                paths.append(world.folder / f"cost-{bits}-{i}")
                paths[-1].write_bytes(file)
            began = os.times()
            run("deliver", "--to", world.url, *paths)
            ended = os.times()
            return ended.children_user - began.children_user

        stamp = (deliver_all(16) - deliver_all(0)) / len(files)
        print(f"A-1: an invalid statement in a ring of 200 costs the desk {invalid * 1e3:.2f} ms, a stamp of 16 "
              f"bits {stamp * 1e3:.0f} ms")
        assert invalid > 0


if __name__ == "__main__":
    main(globals())
