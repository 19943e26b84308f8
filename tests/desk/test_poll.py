"""A poll on a desk, everything real: answers delivered, the close, shares delivered by two of three trustees,
and the tally that is served is that of the bundle."""
import csv
import io
import json
import os
import xml.dom.minidom

import feedparser

from test_handouts import validator

from world import World, main, run

QUESTIONS = """quorum 3
question 1 1 How soon?
option a day
option a week
option a month
question 0 2 Where?
option online
option on paper
"""


class Poll(World):
    """Its letter is a poll."""

    def make_trustees(self):
        f = self.folder
        numbers = (1, 2, 3)
        for j in numbers:
            run("key", "new", f"trustee.example/{j}", "-o", f / f"trustee-{j}")
            run("poll", "key", f / f"secret-{j}", "--no-passphrase", "-k", f / f"trustee-{j}", "-o", f / f"key-{j}")
        run("poll", "roll", "-t", 2, "-o", f / "roll", *(f / f"key-{j}" for j in numbers))
        own = lambda j: ("--secret", f / f"secret-{j}", "-k", f / f"trustee-{j}")
        for j in numbers:
            run("poll", "deal", f / "roll", *own(j), "-o", f / f"deal-{j}")
        deals = [f / f"deal-{j}" for j in numbers]
        for j in numbers:
            run("poll", "accept", f / "roll", *deals, *own(j), "-o", f / f"accept-{j}")
        run("key", "new", "organiser.example/polls", "-o", f / "polls.key")
        run("poll", "trustees", f / "roll", *deals, *(f / f"accept-{j}" for j in numbers), "-k",
            f / "polls.key", "-o", f / "trustees")
        (f / "questions").write_text(QUESTIONS)

    def new_letter(self, name, opens, closes, hold_min, is_open=True):
        f = self.folder
        self.make_trustees()
        letter = run("letter", "new", f / name, "--key", f / "organiser.key", "--desk", f / "hand",
                     "--title", "en:Two questions", "--text", f"en:{f / 'letter.en.md'}", "--opens", opens,
                     "--closes", closes, "--ring-min", 16, "--hold-min", hold_min, "--roster",
                     f / "rivers", "--poll", f / "questions", "--trustees", f / "trustees").splitlines()[0]
        run("letter", "open", f / name, "--key", f / "organiser.key")
        self.letter_folders.append(f / name)
        return letter

    def answer(self, member, bundle, choices, *args):
        out = self.folder / f"answer-{member}-{len(os.listdir(self.folder))}"
        reader, writer = os.pipe()
        os.write(writer, choices.encode() + b"\n")
        os.close(writer)
        run("answer", bundle, "--credential", self.folder / f"members/{member}.credential", "--yes", "-o",
            out, "--choices-fd", reader, *args, pass_fds=[reader])
        os.close(reader)
        return out.read_bytes()

    def share(self, j, bundle):
        out = self.folder / f"share-{j}"
        run("poll", "share", bundle, "--secret", self.folder / f"secret-{j}", "-k",
            self.folder / f"trustee-{j}", "-o", out)
        return out.read_bytes()


def check_handouts(world, answers, counts):
    """What is served beside the bundle of a poll says what its tally says; counts: None until it is opened."""
    get = lambda name: world.get(f"/letters/{world.letter}/{name}")[2].decode()
    rows = list(csv.DictReader(io.StringIO(get("polls.csv"), newline=""), strict=True))
    for row in rows:
        validator("polls-row").validate(row)
    of_all = [row for row in rows if not row["ring"]]
    assert len(of_all) == 5 and {row["answers"] for row in of_all} == {str(answers)}, rows
    assert [row["count"] for row in of_all] == ([""] * 5 if counts is None else [str(n) for n in counts]), rows
    badge = xml.dom.minidom.parseString(get("badge.svg")).documentElement
    assert badge.getAttribute("aria-label").startswith(f"{answers} of "), badge.toxml()
    assert ("a month" in badge.toxml()) == (counts is not None), badge.toxml()
    assert get("counter.html").count("a month") == (counts is not None)
    feed = feedparser.parse(get("feed.atom"))
    assert not feed.bozo and feed.version == "atom10", feed
    results = [entry for entry in feed.entries if entry.title == "The answers were opened, as sums."]
    assert len(results) == (counts is not None), feed.entries
    assert any(f"{answers} answers" in entry.title for entry in feed.entries), feed.entries
    assert "signature" not in get("feed.atom")
    size = json.loads(get("tally.json"))["as_of"]["log_size"]
    assert get(f"as-of-{size}.html") == get("")


def test_poll():
    with Poll(epoch_seconds=2, closes=1000) as world:
        world.sealer = world.start("seal")
        world.acceptor = world.start("accept")
        world.wait_for(lambda: world.get("/healthz")[0] == 200)
        world.wait_published(1)
        bundle = world.mirror()
        files = [world.answer(0, bundle, "1;1"), world.answer(1, bundle, "1;-"), world.answer(2, bundle, "3;1,2")]
        for file in files:
            assert world.deliver(file)[0] == 202
            # A bit of the answer's own proofs, which the membership proof does not cover.
            assert world.deliver(file[:-1] + bytes([file[-1] ^ 1]))[0] in (400, 422)
        counted = lambda: world.counted()
        world.wait_for(lambda: counted()["signatures"]["total"] == 3)
        # Another answer of the first: the last one counts.
        assert world.deliver(world.answer(0, world.mirror("again"), "2;2"))[0] == 202
        world.wait_for(lambda: counted()["poll"]["state"] == "sealed" and len(world.entries()) > 0)
        seq_2 = lambda: sum(entry[:1] == b"\1" for entry in world.entries()) == 4
        world.wait_for(seq_2)
        assert counted()["poll"]["questions"][0]["totals"] is None
        world.stop(world.sealer)
        check_handouts(world, 3, None)
        world.sealer = world.start("seal")
        # The organiser closes it early.
        run("letter", "close", world.folder / "letter", "--key", world.folder / "organiser.key", "--desk",
            world.folder / "hand", "--epoch", world.epoch() + 4)
        closed = (world.folder / "letter/close").read_bytes()
        if world.post("/entries", closed)[0] != 202:  # the desk reads the folder too
            world.wait_for(lambda: closed in world.entries())
        world.wait_for(lambda: counted()["poll"]["state"] == "closed")
        last = world.mirror("last")
        shares = [world.share(j, last) for j in (2, 3)]
        # The share of one, signed by nobody or for nothing, is not taken.
        assert world.post("/entries", shares[0][:-4] + b"AAA\n")[0] in (400, 422)
        for share in shares:
            world.wait_for(lambda share=share: world.post("/entries", share)[0] == 202)
        world.wait_for(lambda: counted()["poll"]["state"] == "opened")
        world.stop(world.sealer)  # so that both are of one checkpoint
        served = json.loads(world.get(f"/letters/{world.letter}/tally.json")[2])
        poll = json.loads(run("tally", "--json", world.mirror("opened")))["poll"]
        assert served["poll"] == poll, (served["poll"], poll)
        assert [question["totals"] for question in poll["questions"]] == [[1, 1, 1], [1, 2]], poll
        assert poll["answers"] == 3 and poll["quorum_reached"], poll
        assert poll["trustees"]["given"] == [False, True, True], poll
        assert poll["groups"][0]["counts"] == [[1, 1, 1], [1, 2]], poll
        check_handouts(world, 3, [1, 1, 1, 1, 2])


if __name__ == "__main__":
    main(globals())
