#!/usr/bin/env python3
"""Proofs made here hold there, and the reverse; changed ones hold nowhere.

    test_agree.py AGREE    the program of agree.c
"""
import subprocess
import sys

import bundle
import proofs
import records
from curve import L, Bad, ed25519_public, ed25519_scalar, scalar_decode, scalar_encode
from maker import SEED, Draws, Member, Plan, draw
from records import points_bytes

checks = 0


def check(what, holds):
	global checks
	checks += 1
	if not holds:
		sys.exit("UNDERSIGN_SEED=%s: %s" % (SEED, what))


class Program:
	"""The other side."""

	def __init__(self, path):
		self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

	def ask(self, verb, *words):
		words = [w.hex() or "-" if isinstance(w, bytes) else str(w) for w in words]
		self.process.stdin.write((" ".join([verb] + words) + "\n").encode())
		self.process.stdin.flush()
		found = self.process.stdout.readline().decode().split()
		if not found:
			sys.exit("the program stopped at " + verb)
		return found[0] == "ok", found[1:]

	def bytes(self, verb, *words):
		"""The answers as bytes; None if it refuses."""
		ok, found = self.ask(verb, *words)
		found = [b"" if one == "-" else bytes.fromhex(one) for one in found] if ok else None
		return found[0] if ok and len(found) == 1 else found

	def end(self):
		self.process.stdin.close()
		check("the program ends well", self.process.wait() == 0)


def secret_bytes(secret):
	return b"".join(scalar_encode(one) for one in secret)


def flip(data, at):
	data = bytearray(data)
	data[at] ^= 1
	return bytes(data)


def people(cls, n):
	return [Member.get(cls, "agree %d" % k, 1) if cls == "enrolled" else
		Member.get(cls, "agree %d" % k) for k in range(n)]


class Both:
	"""One ring on both sides."""

	def __init__(self, program, org, cls, members):
		kind = records.CLASSES[cls]
		self.secrets = [m.secrets[0] for m in members]
		entries = [(kind, m.sources[0], m.meta) for m in members]
		self.ours = proofs.Snapshot(org, entries)
		self.ring = self.ours.ring()
		ok, found = program.ask("ring", org.encode(), points_bytes(kind, entries), 0)
		check("a ring of %d" % len(members), ok and found[1:] == [str(len(members)),
			self.ring.id.hex()])
		self.theirs = int(found[0])


class Joined:
	def __init__(self, program, name, parts):
		self.ring = proofs.join(name, [p.ours for p in parts])
		ok, found = program.ask("join", name.encode(), ",".join(str(p.theirs) for p in parts))
		check("a ring of several", ok and found[1:] == [str(self.ring.n), self.ring.id.hex()])
		self.theirs = int(found[0])
		codes = [p.encode() for p in self.ring.elements]
		self.secrets = [None] * self.ring.n
		for part in parts:
			for secret, point in zip(part.secrets, part.ours.elements):
				self.secrets[codes.index(point.encode())] = secret


def signatures(program, rings):
	items, expected = [], []

	def there(both, scope, msg, proof, holds):
		check("an item is taken", program.ask("item", both.theirs, scope, msg, proof)[0])
		expected.append(holds)

	for r, both in enumerate(rings):
		n = both.ring.n
		for k in sorted({0, n - 1}):
			kind = 1 + (r + k) % 3
			scope = bytes([kind]) + draw("scope", r, k)[:36 if kind > 1 else 32] + bytes(
				0 if kind > 1 else 4)
			msg = draw("message", r, k)[:k * 7 % 60]
			secret = both.secrets[k]
			ours = proofs.sign(both.ring, k, secret, scope, msg, Draws("nonce", r, k))
			theirs = program.bytes("sign", both.theirs, scope, msg, secret_bytes(secret))
			check("a signature of theirs in a ring of %d" % n, theirs)
			check("the length is protocol 5's", len(ours) == len(theirs) == proofs.proof_len(n))
			check("the tags are equal", ours[:32] == theirs[:32] ==
				program.bytes("tag", secret_bytes(secret), scope))
			items.append((both.ring, scope, msg, theirs))
			for proof in (ours, theirs):
				there(both, scope, msg, proof, True)
			# Every part of it, by turns; another message, scope and ring.
			at = draw("flip", r, k)
			place = int.from_bytes(at[:4], "little") % len(ours)
			there(both, scope, msg, flip(ours, place), False)
			items.append((both.ring, scope, msg, flip(theirs, place)))
			there(both, scope, msg + b"x", ours, False)
			there(both, flip(scope, place % 37), msg, ours, False)
			there(rings[r - 1], scope, msg, ours, False)
			there(both, scope, msg, ours + bytes(32), False)
			there(both, scope, msg, ours[:-32], False)
	single = [proofs.verify(*one) for one in items]
	check("theirs, one by one", single == [True, False] * (len(items) // 2))
	some = [k for k in range(len(items)) if k % 2 == 0 or k in (1, len(items) - 1)]
	check("theirs, at once", [some[k] for k in proofs.verify_batch([items[k] for k in some])] ==
		[1, len(items) - 1])
	ok, (found,) = program.ask("batch")
	check("ours, at once: " + found, [one == "1" for one in found] == expected)
	return len(items) + len(expected)


def encodings(program, both):
	"""Scalars that are not reduced, points that are not canonical: refused on both sides."""
	scope, msg = b"\1" + bytes(36), b"message"
	good = proofs.sign(both.ring, 0, both.secrets[0], scope, msg, Draws("encodings"))
	n_points, tried, expected = both.ring.m + 4, [good], [True]
	for k in range(len(good) // 32):
		part = good[32 * k:32 * k + 32]
		if k < n_points:
			bad = [bytes(32), b"\xff" * 32, flip(part, 0), flip(part, 31),
				(2**255 - 19).to_bytes(32, "little")]
		else:
			big = int.from_bytes(part, "little") + L
			bad = [big.to_bytes(32, "little"), L.to_bytes(32, "little"), b"\xff" * 32]
		for one in bad:
			tried.append(good[:32 * k] + one + good[32 * k + 32:])
			expected.append(False)
	for one in tried:
		program.ask("item", both.theirs, scope, msg, one)
	ok, (found,) = program.ask("batch")
	check("encodings: " + found, [one == "1" for one in found] == expected)
	check("encodings here", [proofs.verify(both.ring, scope, msg, one) for one in tried] == expected)
	return 2 * len(tried)


def rings_refused(program):
	one, two = (m.sources[0] for m in people("enrolled", 2))
	raw = people("raw-key", 2)
	for what, kind, sources in (("one member", 1, [one]), ("a member twice", 1, [one, two, one]),
			("the identity", 1, [one, bytes(32)]), ("a negative point", 1, [one, flip(two, 0)]),
			("a key twice", 2, [raw[0].sources[0]] * 2),
			("the neutral key", 2, [raw[0].sources[0], b"\1" + bytes(31)]),
			("a kind 3", 3, [one, two])):
		entries = [(kind, source, b"") for source in sources]
		try:
			proofs.Snapshot("x", entries).ring()
			ours = True
		except Bad:
			ours = False
		theirs = program.ask("ring", b"x", points_bytes(kind, entries), 0)[0]
		check("a ring with " + what, ours is theirs is False)


def enrolments(program):
	done = 0
	for k, (columns, meta, edition) in enumerate(((1, b"", 1), (2, b"", 1), (2, b"\0", 7),
			(16, b"x" * 32, 4294967295), (3, b"ab", 2), (1, b"\xff" * 31, 3))):
		name = "A list of %d, ü%s" % (columns, "ü" * k)
		found = program.bytes("enrol", name.encode(), edition, meta, columns)
		check("a request of theirs: %s" % name, found)
		theirs, secrets = found
		roster, found_edition, found_meta, codes = records.request_check(theirs)
		check("a request of theirs", (roster, found_edition, found_meta, len(codes)) ==
			(name, edition, meta, columns))
		for c, code in enumerate(codes):
			secret = secrets[160 * c:160 * c + 160]
			numbers = [scalar_decode(secret[j:j + 32]) for j in range(0, 160, 32)]
			check("a secret of theirs", proofs.commitment(numbers).encode() == code ==
				program.bytes("commitment", secret))
		ours = Member("enrolled", "request %d" % k, columns, meta).request(name, edition)
		check("a request of ours", program.ask("request", ours)[0])
		for data in (theirs, ours):
			lines = data.split(b"\n")
			bad = [data.replace(b"roster A", b"roster B"), data[:-1], data + b"\n",
				data.replace(b"edition ", b"edition 0"), flip(data, len(data) - 9)]
			if meta:
				bad.append(data.replace(b"meta " + meta.hex().encode() + b"\n", b""))
			if columns > 1:
				swapped = lines[:-3] + [b"column %d %s" % (columns - 1, lines[-2].split(b" ", 2)[2]),
					b"column %d %s" % (columns, lines[-3].split(b" ", 2)[2]), b""]
				bad += [b"\n".join(swapped), b"\n".join(lines[:-2] + [b""])]
			for one in bad:
				try:
					records.request_check(one)
					here = True
				except Bad:
					here = False
				# A list of fewer columns is a good request where their proofs still name them.
				there = program.ask("request", one)[0]
				check("a changed request: %r" % one[-80:], here is there)
				done += 1
		done += 2
	return done


def keys(program):
	for k in range(8):
		seed = draw("ed25519 seed", k)[:32]
		secret = program.bytes("ed25519", seed)
		numbers = [scalar_decode(secret[j:j + 32]) for j in range(0, 160, 32)]
		check("an Ed25519 secret", numbers == [ed25519_scalar(seed)[0] % L, 0, 0, 0, 0])
		check("an Ed25519 element", program.bytes("commitment", secret) ==
			proofs.element(proofs.RAW_KEY, ed25519_public(seed)).encode())
	text = draw("manifest")
	check("a scope", program.bytes("scope", text) == proofs.letter_scope(text))
	for seq in (1, 2, 4294967295):
		check("a message", program.bytes("message", text, seq) == proofs.sign_message(text, seq))


def letter(program):
	"""Statements, withdrawals and claims about one bundle, in both directions."""
	plan = Plan()
	early = plan.copy()
	early.epochs.pop()

	def open_both(files):
		for path, data in files.items():
			program.ask("file", path.encode(), data)
		ok, found = program.ask("bundle")
		check("the bundle: " + " ".join(found), ok)
		return bundle.Bundle(files)
	opened = open_both(early.files())    # before the closing: statements are still accepted
	scope, version = plan.scope, len(opened.versions) - 1
	names = [line.name for line in opened.ring_lines]
	done = 0

	def here(check_it, data):
		try:
			return check_it(data) is not None
		except Bad:
			return False

	def statement(data, holds, what):
		nonlocal done
		done += 1
		check(what + " there", program.ask("check-statement", data)[0] is holds)
		check(what + " here", here(opened.check_statement_file, data) is holds)

	def claim(data, holds, what):
		nonlocal done
		done += 1
		check(what + " there", program.ask("check-claim", data)[0] is holds)
		check(what + " here", here(opened.check_claim, data) is holds)

	signers = [(0, 3), (0, 18), (2, 0), (3, 4), (4, 1), (5, 0), (1, 5)]
	for roster, k in signers:
		member = plan.rosters[roster].members[k]
		secret = member.secret(plan.columns[roster])
		ok, found = program.ask("place", secret_bytes(secret))
		check("a place", ok)
		own, everybody, seq = (int(one) for one in found)
		cls = plan.rosters[roster].cls
		check("the rings of a place", opened.ring_lines[everybody].cls == cls and
			(own == 2**32 - 1 or roster in opened.ring_lines[own].rosters))
		rings = opened.versions[version].rings
		for second in (0, 1):
			ring = everybody if own == 2**32 - 1 else own
			pair = second == 1 and ring != everybody
			data = program.bytes("statement", ring, second, seq, secret_bytes(secret))
			statement(data, True, "a statement of theirs")
			found = records.statement_file_parse(data)
			check("its proofs", len(found) == 1 + pair)
			statement(flip(data, len(data) - 40), False, "a changed statement of theirs")
			made = []
			for number in [ring] + ([everybody] if pair else []):
				i = [p.encode() for p in rings[number].elements].index(
					proofs.commitment(secret).encode())
				proof = proofs.sign(rings[number], i, secret, scope,
					proofs.sign_message(opened.letter.note.text, seq), Draws("statement", roster, k, number))
				made.append(records.statement_bytes(1, scope, rings[number].id, seq, proof))
			data = records.statement_file_bytes(*made)
			statement(data, True, "a statement of ours")
			if pair:
				statement(records.statement_file_bytes(made[1], made[0]), False, "a pair the other way")
				statement(records.statement_file_bytes(made[0], made[0]), False, "a pair of one")
				statement(data[:-1], False, "a cut statement")
		theirs = program.bytes("withdraw", seq + 1, secret_bytes(secret))
		entry = records.statement_bytes(2, scope, b"", seq + 1, proofs.withdraw(secret, scope,
			proofs.withdraw_message(seq + 1), Draws("withdrawal", roster, k)))
		ours = records.statement_file_bytes(entry)
		for data, whose in ((theirs, "theirs"), (ours, "ours")):
			statement(data, True, "a withdrawal of " + whose)
			for at in (40, 67, 110, 150, 200, len(data) - 5):
				statement(flip(data, at), False, "a changed withdrawal of " + whose)

	opened = open_both(plan.files())

	# Claims: of those whose signatures are effective.
	verifiers = []
	public, secret_text = program.bytes("verifier", "An invented newspaper, Ü".encode())
	vk, proof, who = records.verifier_key_parse(public)
	verifiers.append((public, (vk, proof, who)))
	v = proofs.wide(draw("verifier"))
	vk = (v * proofs.BASE).encode()
	proof = proofs.vk_prove(b"Ours", v, Draws("vk"))
	verifiers.append((records.verifier_key_bytes("Ours", vk, proof), (vk, proof, "Ours")))
	text = "I signed, and I say so to %s."
	for roster, k, ring in ((0, 3, "Rivers"), (0, 18, "Rivers"), (2, 0, "Springs and Wells"),
			(4, 1, "All enrolled members"), (5, 0, "Keys of Waters")):
		secret = plan.rosters[roster].members[k].secret(plan.columns[roster])
		found = opened.ring_of(ring, version)
		i = [p.encode() for p in found.elements].index(proofs.commitment(secret).encode())
		words = text % "everybody"
		ours = records.claim_bytes(opened.letter.context, ring, version, i, words,
			proofs.claim(found, i, secret, scope, proofs.claim_message(words.encode()),
			Draws("claim", roster, k)))
		theirs = program.bytes("claim", words.encode(), secret_bytes(secret))
		for data, whose in ((ours, "ours"), (theirs, "theirs")):
			claim(data, True, "a claim of " + whose)
			claim(data.replace(b"everybody", b"nobody"), False, "another text of " + whose)
			claim(data.replace(b"index ", b"index 1"), False, "another index of " + whose)
			claim(flip(data, len(data) - 30), False, "a changed claim of " + whose)
			claim(data.replace(opened.letter.context.hex().encode(), b"0" * 64), False,
				"a claim of %s for another letter" % whose)
		tag = proofs.tag(secret, scope).encode()
		for public, verifier in verifiers:
			words = text % verifier[2]
			payload = proofs.claim_message(words.encode())
			ours = records.designated_claim_bytes(opened.letter.context, ring, version, i, words,
				verifier, tag, proofs.dv_claim(found, i, secret, scope, payload, verifier[0],
				Draws("dv", roster, k, verifier[2])))
			theirs = program.bytes("claim-for", words.encode(), public, secret_bytes(secret))
			check("a designated claim of theirs", theirs)
			for data, whose in ((ours, "ours"), (theirs, "theirs")):
				claim(data, True, "a designated claim of " + whose)
				claim(data.replace(b"I signed", b"I wrote"), False, "another text of " + whose)
				claim(flip(data, len(data) - 30), False, "a changed designated claim of " + whose)
				claim(flip(data, data.index(b"\ntag ") + 20), False, "another tag of " + whose)
	# No effective signature: neither withdrawn (0, 1) nor never signed (1, 5).
	for roster, k, ring in ((0, 1, "Rivers"), (1, 5, "Lakes")):
		secret = plan.rosters[roster].members[k].secret(1)
		found = opened.ring_of(ring, version)
		ours = records.claim_bytes(opened.letter.context, ring, version, k, "I", proofs.claim(found, k,
			secret, scope, proofs.claim_message(b"I"), Draws("claim", roster, k)))
		claim(ours, False, "a claim of what is not on the letter")
		check("no claim is made", program.bytes("claim", b"I", secret_bytes(secret)) is None)
	check("rings have names", len(set(names)) == len(names))
	return done


def main(path):
	program = Program(path)
	sizes = [2, 3, 4, 5, 8, 9, 12, 13, 15, 16, 17, 33, 48, 49, 64, 65]
	enrolled = people("enrolled", max(sizes))
	raw = people("raw-key", 20)
	rings = [Both(program, "list %d" % n, "enrolled", enrolled[-n:]) for n in sizes]
	rings += [Both(program, "keys %d" % n, "raw-key", raw[:n]) for n in (2, 7, 20)]
	rings.append(Joined(program, "all", [rings[9], rings[3], rings[5]]))
	rings.append(Joined(program, "mixed", [rings[0], rings[-2], rings[4]]))
	n = signatures(program, rings)
	n += encodings(program, rings[10])
	rings_refused(program)
	n += enrolments(program)
	keys(program)
	n += letter(program)
	program.end()
	print("%d proofs judged alike, %d checks, UNDERSIGN_SEED=%s" % (n, checks, SEED))
	assert n >= 200


main(sys.argv[1])
