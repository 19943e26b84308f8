"""A desk under attack: floods, broken bodies, stamps, replays, races. UNDERSIGN_FULL=1 for full length."""
import concurrent.futures
import os
import random
import subprocess
import threading
import time

from test_desk import begin, multipart
from world import (World, check_promise, envelope, file_entries, main, make_stamp, run)

FULL = os.environ.get("UNDERSIGN_FULL") == "1"
SEED = int(os.environ.get("UNDERSIGN_SEED", "0")) or random.SystemRandom().getrandbits(32)
chance = random.Random(SEED)
print(f"UNDERSIGN_SEED={SEED}")


def at_once(tasks, threads):
    """Results of functions, so many at a time."""
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda task: task(), tasks))


def until_taken(world, file, headers=lambda: (), limit=300):
    """Delivers as people do: again, while the desk is busy."""
    end = time.monotonic() + limit
    while True:
        status, answer, body = world.deliver(file, headers())
        if status != 503 or time.monotonic() > end:
            return status, answer, body
        assert answer["Retry-After"] == "60"
        time.sleep(0.05)


def spoil_proof(file, number):
    """Valid-looking, and invalid: one bit of the lowest byte of a scalar or point is another one."""
    at = len(file) - 32 * (1 + number % 4)
    out = bytearray(file)
    out[at] ^= 1 << number // 4 % 8
    # The tag's last bit stays; the ring and all of the form do.
    return bytes(out)


def cpu_seconds(process):
    fields = open(f"/proc/{process.pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def refused_rightly(answers):
    """No invalid proof was taken."""
    return all(status in (400, 422, 503) for status, _, _ in answers)


def test_flood():
    """H-5: invalid proofs by many at once, honest ones among them."""
    count = 5000 if FULL else 600
    with World(epoch_seconds=2) as world:
        begin(world)
        bundle = world.mirror()
        honest = [world.sign(i, bundle) for i in range(12)]
        bad = [spoil_proof(honest[i % 12], i // 12) for i in range(count)]
        slow = []
        world.stop(world.sealer) # all twelve in one epoch, so that none is held back

        def deliver_honest(file):
            began = time.monotonic()
            answer = until_taken(world, file)
            slow.append(time.monotonic() - began)
            return answer

        tasks = [lambda file=file: world.deliver(file) for file in bad]
        for i, file in enumerate(honest):
            tasks.insert((i + 1) * len(tasks) // 13, lambda file=file: deliver_honest(file))
        began = time.monotonic()
        answers = at_once(tasks, 32)
        took = time.monotonic() - began
        taken = [answer for answer in answers if answer[0] == 202]
        assert len(taken) == 12, len(taken)
        others = [answer for answer in answers if answer[0] != 202]
        assert refused_rightly(others), {answer[0] for answer in others}
        assert sum(answer[0] == 422 for answer in others) > count // 2
        # Control: an answer that took one would be noticed.
        assert not refused_rightly(others + [taken[0]])
        world.sealer = world.start("seal")
        world.wait_for(lambda: world.counted()["signatures"]["total"] == 12)
        logged = world.entries()
        assert not any(file_entries(file)[0] in logged for file in bad)
        print(f"H-5: {count} invalid in {took:.1f} s, honest at most {max(slow):.2f} s")


def test_full_queue():
    """H-5, A-2: the queue is bounded; who delivers with a stamp gets through a flood of those without."""
    with World(epoch_seconds=2, stamp_bits=8, lines=["queue-max = 8"]) as world:
        desk = begin(world)
        bundle = world.mirror()
        honest = [world.sign(i, bundle) for i in range(6)]
        bad = [spoil_proof(honest[0], i) for i in range(32)]
        stop = threading.Event()
        seen = {}

        def flood(number):
            while not stop.is_set():
                body, headers = multipart(bad[number % 32])
                status, answer, _ = world.post(f"/letters/{world.letter}/statements", body, headers)
                seen[status] = seen.get(status, 0) + 1
                if status == 503:
                    assert answer["Retry-After"] == "60"

        threads = [threading.Thread(target=flood, args=(i,)) for i in range(48)]
        for thread in threads:
            thread.start()
        try:
            refused = 0
            for file in honest:
                stamp = make_stamp(file, world.letter, desk["log"], world.epoch(), 8)
                status, _, body = world.deliver(file, {"Undersigned-Stamp": stamp})
                if status == 503:
                    refused += 1
                else:
                    assert status == 202, body
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert seen.get(503, 0) > 0, f"the control: the flood filled its share of the queue: {seen}"
        assert set(seen) <= {422, 503}, seen
        assert refused == 0, f"{refused} of 6 honest deliveries were told to come back; {seen}"
        print(f"A-2: flood {seen}, honest 6 of 6 at once")


def test_one_stamp_buys_one_place():
    """H-9, A-2: one stamped statement by many, again and again, keeps nobody out and costs one proof at a time."""
    with World(epoch_seconds=2, stamp_bits=8, lines=["queue-max = 8"]) as world:
        desk = begin(world)
        bundle = world.mirror()
        honest = [world.sign(i, bundle) for i in range(6)]
        again = world.sign(6, bundle)
        flooded = {"valid": again, "invalid": spoil_proof(again, 1)}
        for what, file in flooded.items():
            stop, seen = threading.Event(), {}
            stamps = [make_stamp(file, world.letter, desk["log"], world.epoch() + i, 8) for i in range(20)]

            def flood():
                while not stop.is_set():
                    epoch = world.epoch()
                    stamp = next((s for s in stamps if int(s[:16], 16) == epoch), stamps[-1])
                    status = world.deliver(file, {"Undersigned-Stamp": stamp})[0]
                    seen[status] = seen.get(status, 0) + 1

            threads = [threading.Thread(target=flood) for _ in range(48)]
            for thread in threads:
                thread.start()
            statuses = []
            try:
                for one in honest:
                    stamp = make_stamp(one, world.letter, desk["log"], world.epoch(), 8)
                    statuses.append(world.deliver(one, {"Undersigned-Stamp": stamp})[0])
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            assert statuses == [202] * 6, (what, statuses, seen)
            assert 503 not in seen and seen[202 if what == "valid" else 422] > 48, (what, seen)
            print(f"H-9: {what}, by 48 at once: {seen}")


def test_replays_fill_nothing():
    """One statement again and again, and requests of nobody, must not fill the desk."""
    with World(epoch_seconds=600, lines=["held-max = 8"]) as world:
        # The letter opens with epoch 1, whose records come with the close of epoch 0.
        world.sealer = world.start("seal")
        world.acceptor = world.start("accept")
        world.wait_for(lambda: world.get("/healthz")[0] == 200)
        requests = []
        for i in range(12):
            run("enrol", "--roster", world.folder / "rivers", "--no-passphrase", "-o",
                world.folder / f"n{i}", "--request", world.folder / f"n{i}.request")
            requests.append((world.folder / f"n{i}.request").read_bytes())
        for _ in range(20):
            assert world.post("/entries", requests[0])[0] == 202, "a replay filled the desk"
        answers = [world.post("/entries", request)[0] for request in requests]
        assert answers.count(202) == 8 and answers.count(503) == 4, answers
    with World(epoch_seconds=3, lines=["held-max = 5"], hold_min=10) as world:
        begin(world)
        bundle = world.mirror()
        files = [world.sign(i, bundle) for i in range(7)]
        for i in range(12):
            run("enrol", "--roster", world.folder / "rivers", "--no-passphrase", "-o",
                world.folder / f"n{i}", "--request", world.folder / f"n{i}.request")
            world.post("/entries", (world.folder / f"n{i}.request").read_bytes())
        for _ in range(20):
            assert world.deliver(files[0])[0] == 202, "a replay filled the desk"
        statuses = [world.deliver(file)[0] for file in files]
        assert statuses == [202] * 5 + [503] * 2, statuses
        assert world.deliver(files[1])[0] in (202, 503)


def test_records_are_bounded():
    """Anybody can sign a roster's record; it costs the log little, and the sealer less."""
    with World(epoch_seconds=3) as world:
        begin(world)
        f = world.folder
        note = next(path for path in (f / "letter").rglob("*") if path.is_file()
                    and path.read_bytes().startswith(b"undersigned roster"))
        run("key", "new", "stranger.example/all", "-o", f / "stranger.key")
        run("roster", "new", f / "own", "--name", "Own", "--organisation", "Own", "--source", "none",
            "--steward", "Nobody", "--key", f / "stranger.key", "--class", "raw-key")
        (f / "keys").write_text(subprocess.run(
            [os.environ["DEMO_MEMBERS"], "raw-key", "3"], check=True, capture_output=True,
            text=True).stdout)
        run("roster", "import", f / "own", "--key", f / "stranger.key", "--from", "authorized_keys",
            f / "keys")
        run("roster", "snapshot", f / "own", "--key", f / "stranger.key", "--date",
            time.strftime("%Y-%m-%d"))
        own = [path for path in (f / "own").rglob("*") if path.is_file()
               and path.read_bytes().startswith(b"undersigned roster") and path.suffix != ".key"]
        statuses = [world.post("/entries", path.read_bytes())[0] for path in [note, *own]]
        assert 202 not in statuses, "a stranger's roster gets into the log"
        assert all(status in (400, 404, 422) for status in statuses), statuses


def mutations(bodies, count):
    for _ in range(count):
        kind, body, headers, path = chance.choice(bodies)
        out = bytearray(body)
        for _ in range(chance.choice((1, 1, 2, 5))):
            what = chance.randrange(6)
            at = chance.randrange(len(out) + 1)
            if what == 0 and out:
                out[min(at, len(out) - 1)] ^= 1 << chance.randrange(8)
            elif what == 1:
                del out[at:at + chance.choice((1, 2, 32, 1000))]
            elif what == 2:
                out[at:at] = bytes(chance.randrange(256) for _ in range(chance.choice((1, 2, 32))))
            elif what == 3:
                out[at:at] = out[at // 2:at // 2 + chance.choice((1, 40, 200))]
            elif what == 4 and out:
                near = min(chance.randrange(64), len(out) - 1) # lengths and heads stand there
                out[near] = chance.choice((0, 1, 2, 127, 128, 255))
            elif what == 5:
                del out[at:]
        yield kind, bytes(out), headers, path


def test_malformed():
    """H-6: nothing that was changed is taken, and the desk works on."""
    with World(epoch_seconds=60, begins=int(time.time()) // 60 * 60 - 120) as world:
        begin(world)
        bundle = world.mirror()
        file = world.sign(0, bundle)
        request = sorted((world.folder / "members").glob("*.request"))[0].read_bytes()
        record = next(path.read_bytes() for path in (world.folder / "letter").rglob("*")
                      if path.is_file() and path.read_bytes().startswith(b"undersigned open"))
        where = f"/letters/{world.letter}/statements"
        form, form_headers = multipart(file)
        bodies = [("envelope", envelope(file), {}, where), ("form", form, form_headers, where),
                  ("bare", file, {}, where), ("request", request, {}, "/entries"),
                  ("record", record, {}, "/entries")]
        # Control: two of them are taken as they are.
        assert world.post(where, form, form_headers)[0] == 202
        assert world.post("/entries", request)[0] == 202
        seen = {}

        def one(mutation):
            kind, body, headers, path = mutation
            try:
                status, _, _ = world.post(path, body, headers)
            except OSError:
                status = 0
            seen[kind, status] = seen.get((kind, status), 0) + 1
            # A form may be changed around its file.
            whole = kind == "form" and file in body or body == dict(
                (b[0], b[1]) for b in bodies)[kind]
            assert status in (400, 403, 404, 413, 422) or status == 202 and whole, (kind, status, body)

        at_once([lambda m=m: one(m) for m in mutations(bodies, 100000 if FULL else 1500)], 8)
        assert world.deliver(file)[0] == 202
        print("H-6:", sorted(seen.items()))


def test_stamps():
    """H-9"""
    with World(epoch_seconds=60, begins=int(time.time()) // 60 * 60 - 180, stamp_bits=10,
               more=[(1, 900, 3)]) as world:
        desk = begin(world)
        log, epoch, letter = desk["log"], world.epoch(), world.letter
        bundle = world.mirror()
        file, other = world.sign(0, bundle), world.sign(1, bundle)

        def give(stamp, what=file, **options):
            headers = {} if stamp is None else {"Undersigned-Stamp": stamp}
            return world.deliver(what, headers, **options)[0]

        good = make_stamp(file, letter, log, epoch, 10)
        assert give(good) == 202 # the control
        assert give(good) == 202 # the same statement may come again: nothing is to be gained
        assert give(make_stamp(file, letter, log, epoch - 1, 10)) == 202
        another = world.sign(2, world.mirror("other", world.more[0]))
        in_vain = {
            "none": None,
            "of another statement": make_stamp(other, letter, log, epoch, 10),
            "of another letter": make_stamp(file, world.more[0], log, epoch, 10),
            "of another log": make_stamp(file, letter, world.json("/desk.json")["promise_key"], epoch, 10),
            "of an entry": make_stamp(file, None, log, epoch, 10),
            "stale": make_stamp(file, letter, log, epoch - 2, 10),
            "of the first epoch": make_stamp(file, letter, log, 0, 10),
            "of the future": make_stamp(file, letter, log, epoch + 3, 10),
            "of the end of time": make_stamp(file, letter, log, 2 ** 64 - 1, 10),
            "empty": "", "short": good[:-1], "long": good + "0", "words": "x" * 32,
            "upper case": good.upper() if good.upper() != good else "A" * 32,
            "with a space": good[:16] + " " + good[17:], "two": good + ", " + good,
            "signed": "+" + good[1:], "with 0x": "0x" + good[2:], "10 kB": "0" * 10000,
        }
        # One bit too cheap.
        nonce = 0
        while True:
            cheap = make_stamp(file, letter, log, epoch, 9)
            if cheap != good:
                break
            file = world.sign(0, bundle, name=f"again-{nonce}")
            good = make_stamp(file, letter, log, epoch, 10)
            nonce += 1
        in_vain["cheap"] = cheap
        for what, stamp in in_vain.items():
            assert give(stamp, file) == 403, what
        assert give(good, other) == 403 and give(good, file) == 202
        assert give(good, another, letter=world.more[0]) == 403
        # Refusals are cheap: microseconds of the desk's own time each.
        before = cpu_seconds(world.acceptor)
        tries = 10000 if FULL else 1000
        for i in range(tries):
            assert give(f"{epoch:016x}{i:016x}", file) in (403, 202)
        used = cpu_seconds(world.acceptor) - before
        print(f"H-9: {len(in_vain)} kinds refused; {used / tries * 1e6:.0f} us of the desk for each, HTTP included")


def test_parallel_duplicates():
    """A-11: one statement by many at once is one."""
    rounds = 100 if FULL else 9
    with World(epoch_seconds=2) as world:
        desk = begin(world)
        bundle = world.mirror()
        files = [world.sign(i, bundle) for i in range(9)]
        world.stop(world.sealer) # all nine in one epoch, so that none is held back
        for i in range(rounds):
            file = files[i % 9]
            answers = at_once([lambda: until_taken(world, file)] * 32, 32)
            assert {answer[0] for answer in answers} == {202}
            assert len({answer[2] for answer in answers}) == 1
        check_promise(answers[0][2], world.letter, file, desk["log"], desk["promise_key"])
        world.sealer = world.start("seal")
        world.wait_for(lambda: world.counted()["signatures"]["total"] == 9)
        logged = world.entries()
        for file in files:
            assert logged.count(file_entries(file)[0]) == 1


def keeps_word(taken, refused, logged):
    return (all(file_entries(file)[0] in logged for file in taken) and
            not any(file_entries(file)[0] in logged for file in refused))


def test_close_race():
    """A-12: statements in the last moments, by many threads."""
    for _ in range(10 if FULL else 1):
        # Eighty seconds to make the statements in.
        with World(members=40, signers=32, epoch_seconds=8, closes=10) as world:
            begin(world)
            bundle = world.mirror()
            files = [world.sign(i, bundle) for i in range(32)]
            closing = world.begins + 8 * 10
            taken, refused = [], []

            def one(i, file):
                # From a second before the closing until after it.
                time.sleep(max(0, closing - 1.2 + i * 2.4 / 32 - time.time()))
                status, _, body = until_taken(world, file)
                assert status in (202, 409), body
                (taken if status == 202 else refused).append(file)

            at_once([lambda i=i, file=file: one(i, file) for i, file in enumerate(files)], 32)
            world.wait_published(10)
            logged = world.entries()
            assert keeps_word(taken, refused, logged), "a promise was broken, or a refusal was none"
            if taken and refused: # control
                assert not keeps_word(taken + refused[:1], refused[1:], logged)
            print(f"A-12: {len(taken)} taken, {len(refused)} refused")


def test_early_close_race():
    """A-12 where the closing comes as a record in its own epoch, and the sealer is slow (each sync takes
    0.4 s more): between the end of the epoch and its entries nothing is promised that cannot be kept."""
    with World(members=40, signers=32, epoch_seconds=8, closes=1000) as world:
        begin(world)
        bundle = world.mirror()
        files = [world.sign(i, bundle) for i in range(32)]
        closing = world.epoch()
        if world.begins + 8 * closing - time.time() < 2:
            world.wait_for(lambda: world.epoch() > closing)
            closing = world.epoch()
        run("letter", "close", world.folder / "letter", "--key", world.folder / "organiser.key",
            "--epoch", closing)
        world.stop(world.sealer)
        taken, refused = [], []
        for file in files[:4]:
            assert until_taken(world, file)[0] == 202
            taken.append(file)
        world.wait_for(lambda: time.time() > world.begins + 8 * closing + 0.05)
        slow = subprocess.Popen(
            ["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
             "inject=fsync,fdatasync:delay_enter=400000", os.environ["UNDERSIGN"], "desk", "seal",
             "--config", world.config, "--once"],
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}, stderr=subprocess.PIPE, text=True)
        for file in files[4:]:
            status, _, body = until_taken(world, file)
            assert status in (202, 409), body
            (taken if status == 202 else refused).append(file)
            time.sleep(0.15)
        assert slow.wait(120) == 0, slow.stderr.read()
        slow.stderr.close()
        world.sealer = world.start("seal")
        world.wait_published(closing + 2)
        logged = world.entries()
        assert any(entry.startswith(b"undersigned close") for entry in logged), "the record came too late"
        assert keeps_word(taken, refused, logged), "a promise was broken, or a refusal was none"
        print(f"A-12, closed early: {len(taken)} taken, {len(refused)} refused")


if __name__ == "__main__":
    main(globals())
