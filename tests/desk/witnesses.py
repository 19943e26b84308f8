#!/usr/bin/env python3
"""A desk with three real witnesses and a quorum of two: what is published bears their signatures; one may
be dead; with two dead the log goes on and is not published; it is once one is back (decision 9, R-13).
UNDERSIGN and DEMO_MEMBERS are the programs."""
import shutil
import time

from world import Witness, World, run


def signers(world):
    text = (world.folder / "published/checkpoint").read_text()
    return {line.split()[1] for line in text.splitlines() if line.startswith("\u2014 ")}


with World(epoch_seconds=2, closes=1000) as w:
    witnesses = [Witness(w, i) for i in range(3)]
    policy = w.folder / "policy"
    policy.write_text("\n".join([f"log {w.log_vkey}", *(x.line() for x in witnesses),
                                 "group two 2 w0 w1 w2", "quorum two"]) + "\n")
    w.config.write_text(w.config.read_text() +
                        f"witness-policy = {policy}\nwitness-timeout = 2\n")
    try:
        sealer, acceptor = w.start("seal"), w.start("accept")
        w.wait_for(lambda: (w.folder / "published/checkpoint").exists())
        w.wait_for(lambda: signers(w) == {"desk.example/letters", "witness0.example",
                                          "witness1.example", "witness2.example"})
        run("verify", w.mirror(), "--policy", policy)

        witnesses[0].kill()
        w.wait_for(lambda: "witness0.example" not in signers(w))
        assert len(signers(w)) == 3, signers(w)
        run("verify", w.mirror(), "--policy", policy)
        run("desk", "fsck", "--config", w.config)

        witnesses[1].kill()
        w.wait_for(lambda: "published" in (said := run("desk", "status", "--config", w.config))
                   and (numbers := [int(n.rstrip(",")) for n in said.split("entries")[1].split()[:3:2]])
                   and numbers[0] > numbers[1] + 1)
        before = (w.folder / "published/checkpoint").read_text()
        time.sleep(2 * w.epoch_seconds)
        assert (w.folder / "published/checkpoint").read_text() == before, "published without a quorum"
        run("verify", w.mirror(), "--policy", policy)

        witnesses[0].start()
        w.wait_for(lambda: signers(w) == {"desk.example/letters", "witness0.example",
                                          "witness2.example"})
        run("verify", w.mirror(), "--policy", policy)
        # One that has lost its state cosigns again, and is named: but not the one that was only away.
        witnesses[2].kill()
        shutil.rmtree(w.folder / "w2")
        (w.folder / "w2").mkdir()
        witnesses[2].start()
        said = ""
        while "its state was lost" not in said.replace("\n", " "):
            said += sealer.stderr.readline()
        for name, n in (("w2", 1), ("w0", 0)):
            lost = [part for part in said.split("undersign desk seal: ") if part.startswith(f"witness {name}:")
                    and "keeps what it has cosigned" in " ".join(part.split())]
            assert len(lost) == n, said
        # Control: without the policy file the same desk publishes with nobody's signature but its own.
        w.stop(sealer)
        w.config.write_text("".join(line for line in w.config.read_text().splitlines(True)
                                    if not line.startswith("witness-")))
        sealer = w.start("seal")
        w.wait_for(lambda: signers(w) == {"desk.example/letters"})
        run("verify", w.mirror(), "--policy", policy, code=1)
        w.stop(acceptor)
        w.stop(sealer)
    finally:
        for witness in witnesses:
            witness.kill()
print("witnesses: all held")
