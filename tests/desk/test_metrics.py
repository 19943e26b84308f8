"""The operator's counts: Prometheus' text format, nothing finer than an epoch, nothing of what is held."""
import re
import time

from test_abuse import spoil_proof
from test_desk import begin
from world import World, main

LINE = re.compile(r'^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9]+)$')


def scrape(world):
    status, headers, body = world.get("/metrics", listener="metrics")
    assert status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    out, kinds = {}, set()
    for line in body.decode().splitlines():
        assert LINE.match(line), line
        if line.startswith("# TYPE"):
            kinds.add(line.split(" ")[2])
        elif not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert name.split("{")[0] in kinds, f"{name} before its type"
            assert name not in out
            out[name] = int(value)
    return out


def in_one_epoch(world, act):
    """Scrapes before and after something in the midst of one epoch, and after its end."""
    world.wait_for(lambda: 1 < (time.time() - world.begins) % 8 < 4)
    before = scrape(world)
    act()
    during = scrape(world)
    assert during["undersigned_desk_epoch"] == before["undersigned_desk_epoch"], "too slow a machine"
    world.wait_for(lambda: scrape(world)["undersigned_desk_epoch"] > before["undersigned_desk_epoch"])
    return before, during, scrape(world)


def refused(scraped):
    return {re.search('reason="([a-z]+)"', name)[1]: value for name, value in scraped.items()
            if name.startswith("undersigned_desk_refused_total{")}


def test_metrics():
    with World(epoch_seconds=8, lines=["metrics = unix:metrics"]) as world:
        begin(world)
        bundle = world.mirror()
        files = [world.sign(i, bundle) for i in range(3)]
        assert scrape(world)["undersigned_desk_ready"] == 1

        def deliver_bad():
            for i in range(5):
                assert world.deliver(spoil_proof(files[0], i))[0] == 422
            assert world.deliver(files[0], letter="0" * 64)[0] == 404
            assert world.deliver(b"x")[0] == 400

        before, during, after = in_one_epoch(world, deliver_bad)
        assert during == before, "finer than an epoch"
        difference = {name: value - refused(before)[name] for name, value in refused(after).items()}
        assert difference == {"malformed": 1, "unknown": 1, "elsewhere": 0, "stamp": 0, "closed": 0,
                              "invalid": 5, "busy": 0}, difference # the control: it does count
        # Two that are held leave no trace, at once or later.
        before, during, after = in_one_epoch(
            world, lambda: [world.deliver(file) for file in (files[0], files[1], files[1])])
        assert during == before
        changed = {name.split("{")[0] for name in after if after[name] != before[name]}
        assert changed <= {"undersigned_desk_epoch", "undersigned_desk_epoch_ends_seconds",
                           "undersigned_desk_published_entries"}, changed
        world.wait_for(lambda: scrape(world)["undersigned_desk_published_entries"] ==
                       int(world.get("/checkpoint")[2].split(b"\n")[1]))
        # It is on its listener alone, and that has nothing else.
        assert world.get("/metrics")[0] == 404 and world.get("/metrics", listener="web")[0] == 404
        for path in ("/", "/checkpoint", "/desk.json", "/healthz"):
            assert world.get(path, listener="metrics")[0] == 404, path
        assert world.deliver(files[2], listener="metrics")[0] == 413
        headers = world.get("/metrics", listener="metrics")[1]
        assert "Date" not in headers and "Server" not in headers


if __name__ == "__main__":
    main(globals())
