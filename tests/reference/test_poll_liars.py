#!/usr/bin/env python3
"""Trustees who lie, made by the second implementation, to the program's trustees: who is named, and that no key comes of it.

    test_poll_liars.py UNDERSIGN
"""
import os
import subprocess
import sys
import tempfile

import poll
from curve import BASE, scalar_decode, scalar_encode
from poll_bundles import flip, read_key
from proofs import b32, fresh
from text import b64, note, unbase64


class Liar(poll.Ceremony):
	"""Deals trustee `cheated` one too much, with proofs that hold."""
	cheated = 0

	def pad(self, i, j, shared):
		return super().pad(i, j, shared) + (j == self.cheated)


def main(undersign):
	undersign = os.path.abspath(undersign)
	with tempfile.TemporaryDirectory(prefix="undersigned-liars-") as folder:
		check(folder, undersign)


def check(folder, undersign):
	def run(expected, *args):
		done = subprocess.run((undersign, *args), cwd=folder, capture_output=True, encoding="utf-8", check=False)
		if done.returncode != expected:
			sys.exit("%s: %d, not %d\n%s" % (" ".join(args), done.returncode, expected, done.stderr))
		return done.stdout, " ".join(done.stderr.split())

	def write(name, data):
		with open(os.path.join(folder, name), "wb") as file:
			file.write(data)
		return name

	def lines(name):
		with open(os.path.join(folder, name), encoding="utf-8") as file:
			return [line.split() for line in file.read().splitlines() if line]

	def need(what, holds):
		if not holds:
			sys.exit("not so: " + what)

	who = "trustee.example/%d"
	mine = lambda j: ("--secret", "secret-%d" % j, "-k", "trustee-%d.key" % j)
	for j in (1, 2, 3):
		run(0, "key", "new", who % j, "-o", "trustee-%d.key" % j)
		run(0, "poll", "key", "secret-%d" % j, "--no-passphrase", "-k", "trustee-%d.key" % j, "-o", "key-%d" % j)
	run(0, "poll", "roll", "-t", "2", "-o", "roll", "key-1", "key-2", "key-3")
	rows = [line for line in lines("roll") if line[0] == "trustee"]
	liar = Liar(2, [row[1].encode() for row in rows], [unbase64(row[2], 96) for row in rows])
	for j in (2, 3):
		run(0, "poll", "deal", "roll", *mine(j), "-o", "deal-%d" % j)
	deal_of = lambda j: unbase64(next(line[1] for line in lines("deal-%d" % j) if line[0] == "deal"), liar.deal_len())
	secret_of = lambda j: scalar_decode(unbase64(next(line[1] for line in lines("secret-%d" % j) if line[0] == "secret"), 32))
	complaint_text = lambda i, j, data: ("undersigned trustee-complaint v1\nceremony %s\ndealer %d\ntrustee %d\ncomplaint %s\n" % (
		liar.id.hex(), i, j, b64(data))).encode()

	def dealt(name, cheated):
		liar.cheated = cheated
		data = liar.deal(1, [fresh(), fresh()], fresh())
		write(name, note(("undersigned trustee-deal v1\nceremony %s\ntrustee 1\ndeal %s\n" % (liar.id.hex(), b64(data))).encode(),
			read_key(folder, "trustee-1.key")))
		liar.cheated = 0
		return data

	# The control: dealt rightly, it is accepted, by whoever it was made.
	dealt("right", 0)
	run(0, "poll", "accept", "roll", "right", "deal-2", "deal-3", *mine(2), "-o", "control")

	# Wrong for trustee 2 alone: it finds it, names the dealer, and everybody sees it.
	wrong = dealt("deal-1", 2)
	_, said = run(1, "poll", "accept", "roll", "deal-1", "deal-2", "deal-3", *mine(2), "-o", "accept-2", "--complaint", "complaint")
	need("the dealer is named", "wrong for you is the deal of " + who % 1 in said)
	need("nothing is accepted", not os.path.exists(os.path.join(folder, "accept-2")))
	found, _ = run(0, "poll", "judge", "roll", "deal-1", "complaint")
	need("the dealer is at fault", found == who % 1 + "\n")
	_, said = run(1, "poll", "accept", "roll", "deal-1", "right", "deal-2", "deal-3", *mine(3), "-o", "none")
	need("a trustee deals once", "another deal of this trustee" in said)
	run(0, "poll", "accept", "roll", "deal-1", "deal-2", "deal-3", *mine(3), "-o", "accept-3")

	# The complaint is of this deal and no other, and not of a bit less.
	run(1, "poll", "judge", "roll", "right", "complaint")
	data = unbase64(next(line[1] for line in lines("complaint") if line[0] == "complaint"), 128)
	for at in (0, 40, 127):
		run(1, "poll", "judge", "roll", "deal-1", write("bent", complaint_text(1, 2, flip(data, at))))

	# Somebody complains of what is right: he is at fault.
	false = liar.complain(deal_of(2), 2, 3, secret_of(3))
	found, _ = run(0, "poll", "judge", "roll", "deal-2", write("false", complaint_text(2, 3, false)))
	need("the complainer is at fault", found == who % 3 + "\n")
	# With another's secret he says nothing.
	run(1, "poll", "judge", "roll", "deal-2", write("other", complaint_text(2, 1, false)))

	# Trustee 2 is in league with the dealer and accepts what is wrong; of 1, what it knows. No key comes of it.
	deals = [wrong, deal_of(2), deal_of(3)]
	total = sum(liar.dealt(deal, i, 2, secret_of(2) * poll.decode(liar.parts(deal)[1]))[0] for i, deal in enumerate(deals, 1))
	need("the share is wrong", (total * BASE).encode() != liar.verifier(deals, 2).encode())
	for j, share in ((1, liar.share(deals, 1, secret_of(1))), (2, total)):
		write("accept-%d" % j, note(("undersigned trustee-accept v1\nceremony %s\ndeals %s\ntrustee %d\nproof %s\n" % (liar.id.hex(),
			b32(b"".join(deals)).hex(), j, b64(liar.accept(deals, j, share)))).encode(), read_key(folder, "trustee-%d.key" % j)))
	all_files = ("deal-1", "deal-2", "deal-3", "accept-1", "accept-2", "accept-3")
	run(0, "key", "new", "organiser.example/polls", "-o", "organiser.key")
	_, said = run(1, "poll", "trustees", "roll", *all_files, "-k", "organiser.key", "-o", "none")
	need("who accepts falsely is named", "trustee 2" in said and "its acceptance does not hold" in said)
	# The control: with the right share of what was dealt to 2, as if the pad had been right, the key is made.
	repaired = total - 1
	write("accept-2", note(("undersigned trustee-accept v1\nceremony %s\ndeals %s\ntrustee 2\nproof %s\n" % (liar.id.hex(),
		b32(b"".join(deals)).hex(), b64(liar.accept(deals, 2, repaired)))).encode(), read_key(folder, "trustee-2.key")))
	run(0, "poll", "trustees", "roll", *all_files, "-k", "organiser.key", "-o", "trustees")
	need("nothing half-written", not os.path.exists(os.path.join(folder, "none")))

	# A key without possession: E = 2 E_1, the proof copied.
	parts = lines("key-1")
	data = unbase64(next(line[1] for line in parts if line[0] == "key"), 96)
	run(0, "key", "new", who % 4, "-o", "trustee-4.key")
	run(0, "poll", "key", "secret-4", "--no-passphrase", "-k", "trustee-4.key", "-o", "key-4")
	vkey = next(line[1] for line in lines("key-4") if line[0] == "trustee")
	for name, key in (("related", (2 * poll.decode(data[:32])).encode() + data[32:]), ("copied", data),
			("zero", bytes(96)), ("not canonical", b"\xff" * 32 + data[32:]), ("large", data[:64] + scalar_encode(0)[:31] + b"\xff")):
		write("key-x", note(("undersigned trustee-key v1\ntrustee %s\nkey %s\n" % (vkey, b64(key))).encode(),
			read_key(folder, "trustee-4.key")))
		_, said = run(1, "poll", "roll", "-t", "2", "-o", "none", "key-1", "key-2", "key-x")
		need(name + " keys are refused", "No roll was made" in said)
	_, said = run(0, "poll", "roll", "-t", "2", "-o", "roll-4", "key-1", "key-2", "key-3", "key-4")
	need("half of them: a warning", "half of the trustees are enough" in said)
	print("who lies is named")


main(*sys.argv[1:])
