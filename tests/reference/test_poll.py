#!/usr/bin/env python3
"""Sealed polls: the reference against tests/vectors/poll.json, and what the program makes against
the reference.

    test_poll.py VECTORS PROGRAM   checks; PROGRAM prints a poll of its own, as JSON
    test_poll.py --make            prints the vectors
"""
import json
import subprocess
import sys

import poll
import proofs as p
from curve import BASE, Bad, scalar_decode, scalar_encode

unhex = bytes.fromhex
flip = lambda data: data[:-1] + bytes([data[-1] ^ 1])
QUESTIONS = [(4, 1, 1), (3, 0, 2)]
CHOICES = [[0, 1, 0, 0, 1, 0, 1], [1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 1, 0]]


def check(what, holds):
	if not holds:
		sys.exit("does not hold: " + what)
	check.n += 1


check.n = 0


def make():
	tape = p.Tape(5000)
	names = [b"North", b"East", b"South", b"West", b"Centre"]
	secrets = [tape() for _ in names]
	keys = [poll.key_make(name, e, tape) for name, e in zip(names, secrets)]
	c = poll.Ceremony(3, names, keys)
	deals = [c.deal(i, [tape() for _ in range(3)], tape(), tape) for i in range(1, 6)]
	shares = [c.share(deals, j, e) for j, e in enumerate(secrets, 1)]
	accepts = [c.accept(deals, j, s, tape) for j, s in enumerate(shares, 1)]
	key = poll.Trustees(c, deals, accepts)
	complaint = c.complain(deals[1], 2, 4, secrets[3], tape)
	shape = poll.Shape(QUESTIONS)
	scope = p.letter_scope(b"undersigned letter v1\n", 2, 0)
	answers = []
	for k, choices in enumerate(CHOICES):
		ring, tag = p.b32(b"ring %d" % (k & 1)), ((k + 7) * BASE).encode()
		answers.append({"ring": ring.hex(), "T": tag.hex(), "choices": choices,
			"tape_start": 6000 + 100 * k, "answer": poll.answer(key, shape, scope, ring, tag,
			choices, p.Tape(6000 + 100 * k)).hex()})
	sums = poll.add_up(shape, [unhex(a["answer"]) for a in answers])
	out = [poll.share(key, scope, j, sums, s, tape) for j, s in enumerate(shares, 1)]
	return {"threshold": 3, "names": [n.hex() for n in names],
		"secrets": [scalar_encode(e).hex() for e in secrets], "keys": [k.hex() for k in keys],
		"ceremony": c.id.hex(), "deals": [d.hex() for d in deals],
		"shares": [scalar_encode(s).hex() for s in shares], "accepts": [a.hex() for a in accepts],
		"complaint_2_4": complaint.hex(), "Y": key.y.encode().hex(), "key_id": key.id.hex(),
		"P": [q.encode().hex() for q in key.p], "questions": QUESTIONS, "shape": shape.code.hex(),
		"scope": scope.hex(), "answers": answers,
		"payload_0": poll.payload(shape, unhex(answers[0]["answer"])).hex(), "sums": sums.hex(),
		"decryptions": [one.hex() for one in out], "counts": [sum(col) for col in zip(*CHOICES)]}


def refuses(make_it):
	try:
		make_it()
	except Bad:
		return True
	return False


def check_all(v, has_tape):
	names, keys = [unhex(n) for n in v["names"]], [unhex(k) for k in v["keys"]]
	c = poll.Ceremony(v["threshold"], names, keys)
	check("ceremony", c.id.hex() == v["ceremony"])
	check("a changed key", refuses(lambda: poll.Ceremony(v["threshold"], names,
		[flip(keys[0])] + keys[1:])))
	check("a key twice", refuses(lambda: poll.Ceremony(v["threshold"], names,
		[keys[1], keys[1]] + keys[2:])))
	deals, accepts = [unhex(d) for d in v["deals"]], [unhex(a) for a in v["accepts"]]
	check("a deal is of its dealer", not c.deal_holds(2, deals[0]) and
		not c.deal_holds(1, flip(deals[0])))
	for j, (secret, share) in enumerate(zip(v["secrets"], v["shares"]), 1):
		check("a share", scalar_encode(c.share(deals, j, scalar_decode(unhex(secret)))).hex() == share)
	check("a false complaint names who complains",
		c.judge(deals[1], 2, 4, unhex(v["complaint_2_4"])) == "complainer")
	check("a changed complaint names nobody",
		c.judge(deals[1], 2, 4, flip(unhex(v["complaint_2_4"]))) == "nobody")
	key = poll.Trustees(c, deals, accepts)
	check("Y", (key.y.encode().hex(), key.id.hex()) == (v["Y"], v["key_id"]))
	check("P", [q.encode().hex() for q in key.p] == v["P"])
	check("an acceptance of another's", refuses(lambda: poll.Trustees(c, deals,
		[accepts[1], accepts[0]] + accepts[2:])))

	shape, scope = poll.Shape([tuple(q) for q in v["questions"]]), unhex(v["scope"])
	check("shape", shape.code.hex() == v["shape"])
	for a in v["answers"]:
		ring, tag, data = unhex(a["ring"]), unhex(a["T"]), unhex(a["answer"])
		check("answer", poll.answer_holds(key, shape, scope, ring, tag, data))
		check("answer is the tape's", not has_tape or poll.answer(key, shape, scope, ring, tag,
			a["choices"], p.Tape(a["tape_start"])) == data)
		check("changed answer", not poll.answer_holds(key, shape, scope, ring, tag, flip(data)))
		check("answer of another ring", not poll.answer_holds(key, shape, scope, flip(ring), tag, data))
		check("answer of another tag", not poll.answer_holds(key, shape, scope, ring, flip(tag), data))
		check("answer in another scope", not poll.answer_holds(key, shape, flip(scope), ring, tag, data))
	check("payload", poll.payload(shape, unhex(v["answers"][0]["answer"])).hex() == v["payload_0"])

	sums = poll.add_up(shape, [unhex(a["answer"]) for a in v["answers"]])
	check("sums", sums.hex() == v["sums"])
	found = {j: unhex(d) for j, d in enumerate(v["decryptions"], 1)}
	for j, data in found.items():
		check("decryption", poll.share_holds(key, scope, j, sums, data))
		check("decryption of another", not poll.share_holds(key, scope, j % 5 + 1, sums, data))
		check("decryption of another poll", not poll.share_holds(key, flip(scope), j, sums, data))
		check("changed decryption", not poll.share_holds(key, scope, j, sums, flip(data)))
	for left_out in ([4, 5], [1, 3], [2, 4]):
		used = {j: d for j, d in found.items() if j not in left_out}
		check("counts", poll.count(key, sums, used, len(v["answers"])) == v["counts"])
	check("too few", refuses(lambda: poll.count(key, sums, {1: found[1], 2: found[2]}, 3)))


def check_groups():
	groups = poll.groups
	check("each for itself", groups({0: 5, 1: 7, 2: 9}, 2, 5) == {0: [0], 1: [1], 2: [2]})
	check("a small one joins", groups({0: 4, 1: 7, 2: 9}, 2, 5) == {1: [1], 2: [0, 2]})
	check("the smallest joins a small rest", groups({0: 3, 1: 7, 2: 0, 3: 6}, 2, 5) ==
		{1: [1], 2: [0, 3]})
	check("of two the last", groups({0: 6, 1: 6, 2: 1}, 2, 5) == {0: [0], 2: [1, 2]})
	check("no rest", groups({0: 6, 1: 6, 2: 0}, 2, 5) == {0: [0], 1: [1]})
	check("too few in all", groups({0: 1, 2: 3}, 2, 5) == {})


def main(args):
	if args == ["--make"]:
		json.dump(make(), sys.stdout, indent="\t")
		print()
		return
	vectors, program = args
	check_all(json.load(open(vectors)), True)
	# The first line is the program's seed.
	made = subprocess.run([program], check=True, capture_output=True, text=True).stdout
	check_all(json.loads(made.split("\n", 1)[1]), False)
	check_groups()
	print("%d checks hold" % check.n)


main(sys.argv[1:])
