"""Bundles of a poll, good and bad, made of one that was opened: (name, does it hold, files). Each breaks one rule of polls; the
log's hashes and signatures are right, as if its operator took part.

Does it hold: as tests/reference/cases.py says."""
import os

from bundle import Bundle
from records import Statement, rank, statement_bytes
from text import Note, SecretKey, b64, checkpoint_text, entries_of, note, sha256, tiles, unbase64

STATEMENT, HEADER = 1, 2


def read_key(folder, name):
	"""The private key file of formats 2."""
	with open(os.path.join(folder, name), encoding="ascii") as file:
		*_, who, _, payload = file.read().strip().split("+", 4)
	return SecretKey(who, unbase64(payload)[1:])


class Opened:
	def __init__(self, files, folder):
		self.files = {name: data for name, data in files.items() if not name.startswith("tile/") and name != "index.html"}
		self.bundle = Bundle(files)
		self.entries = entries_of(files, self.bundle.checkpoint.size)
		self.log_key = read_key(folder, "log.key")
		self.key_of = {j: read_key(folder, "trustee-%d.key" % j) for j in (1, 2, 3)}
		self.organiser = read_key(folder, "organiser.key")

	def with_entries(self, entries):
		made, root = tiles(entries)
		text = checkpoint_text(self.log_key.name, len(entries), root)
		return {**self.files, **made, "checkpoint": text + b"\n" + self.log_key.line(text)}

	def at(self, holds):
		return [k for k, entry in enumerate(self.entries) if holds(entry)]

	def statements(self):
		return self.at(lambda entry: entry[0] == STATEMENT)

	def records(self, first):
		return self.at(lambda entry: entry.startswith(first + b"\n"))

	def epochs(self, entries):
		"""Lists of entries, a header first."""
		out = []
		for entry in entries:
			if entry[0] == HEADER:
				out.append([])
			out[-1].append(entry)
		return out

	def in_order(self, entries):
		"""Every epoch's records and statements where they belong."""
		out = []
		for header, *rest in self.epochs(entries):
			number = int.from_bytes(header[1:9], "big")
			records = [entry for entry in rest if entry[0] != STATEMENT]
			answers = [Statement(entry) for entry in rest if entry[0] == STATEMENT]
			out += [header, *sorted(records, key=lambda entry: (rank(entry), sha256(entry)))]
			out += [one.data for one in sorted(answers, key=lambda one: one.order(number))]
		return out

	def changed(self, k, new):
		"""With another entry in place of k; None: without it."""
		return self.with_entries(self.in_order(self.entries[:k] + ([] if new is None else [new]) + self.entries[k + 1:]))

	def moved(self, k, epoch):
		"""Entry k in another epoch."""
		epochs = self.epochs(self.entries[:k] + self.entries[k + 1:])
		epochs[epoch].append(self.entries[k])
		return self.with_entries(self.in_order([entry for one in epochs for entry in one]))

	def epoch_of(self, k):
		return len(self.epochs(self.entries[:k + 1])) - 1


def flip(data, at):
	data = bytearray(data)
	data[at] ^= 1
	return bytes(data)


def of_statement(s, proof=None, body=None, ring=None):
	return statement_bytes(s.action, s.scope, s.ring if ring is None else ring, s.seq, s.proof if proof is None else proof,
		s.body if body is None else body)


def cases_answers(o):
	answers = [k for k in o.statements() if o.entries[k][1] == 1]
	k = answers[0]
	s = Statement(o.entries[k])
	others = [Statement(o.entries[i]) for i in answers]
	n = len(s.body)
	for what, at in (("first ciphertext", 0), ("first half of the second", 64), ("last ciphertext", 5 * 64 - 1),
			("first proof", 5 * 64), ("middle", n * 2 // 3), ("last byte", n - 1)):
		yield "an answer, its %s changed" % what, False, o.changed(k, of_statement(s, body=flip(s.body, at)))
	yield "an answer's scalar above the order", False, o.changed(k, of_statement(s, body=s.body[:-32] + b"\xff" * 32))
	yield "an answer that is short", False, o.changed(k, of_statement(s, body=s.body[:-1]))
	yield "an answer that is long", False, o.changed(k, of_statement(s, body=s.body + b"\0"))
	yield "an answer that is empty", False, o.changed(k, of_statement(s, body=b""))
	yield "the membership proof of an answer", False, o.changed(k, of_statement(s, proof=flip(s.proof, len(s.proof) - 1)))
	stolen = next(one for one in others if one.tag != s.tag and one.ring == s.ring)
	yield "somebody else's answer", False, o.changed(k, of_statement(s, body=stolen.body))
	yield "two options exchanged", False, o.changed(k, of_statement(s, body=s.body[64:128] + s.body[:64] + s.body[128:]))
	yield "an answer's ring", False, o.changed(k, of_statement(s, ring=next(one.ring for one in others if one.ring != s.ring)))
	yield "an answer that is gone", None, o.changed(k, None)
	yield "an answer twice", None, o.with_entries(o.in_order(o.entries[:k + 1] + o.entries[k:]))
	last = len(o.epochs(o.entries)) - 1
	yield "an answer after the closing", False, o.moved(k, last)
	yield "an answer before the opening", False, o.moved(k, 0)
	two = [(a, b) for a in others for b in others if a.tag == b.tag and a.seq == b.seq and a.ring < b.ring]
	if two:
		a, b = two[0]
		yield "two proofs of different answers", None, o.changed(o.entries.index(b.data), of_statement(b, body=stolen.body))


def share_record(letter, j, data, key):
	return note(("undersigned poll-share v1\nletter %s\ntrustee %d\n%s" % (letter.hex(), j,
		"".join("share %s\n" % b64(data[i:i + 3072]) for i in range(0, len(data), 3072)))).encode(), key)


def cases_trustees(o):
	letter = o.bundle.letter.context
	shares = {j: data for j, data in o.bundle.poll.shares}
	at = {j: k for k in o.records(b"undersigned poll-share v1") for j in shares if b"\ntrustee %d\n" % j in o.entries[k]}
	two, three = at[2], at[3]
	made = lambda j, data, key=None, to=letter: share_record(to, j, data, key or o.key_of[j])
	yield "shares written again", True, o.changed(two, made(2, shares[2]))
	for what, data in (("a byte", flip(shares[2], 3)), ("the last byte", flip(shares[2], -1)), ("another trustee's", shares[3]),
			("too short", shares[2][:-32]), ("too long", shares[2] + bytes(32)), ("one byte", b"\0")):
		yield "a share that does not hold: " + what, None, o.changed(two, made(2, data))
	yield "both shares do not hold", None, o.with_entries(o.in_order([made(2, flip(shares[2], 3)) if k == two else
		made(3, flip(shares[3], 3)) if k == three else entry for k, entry in enumerate(o.entries)]))
	yield "a false share, then one that holds", None, o.with_entries(o.in_order(
		o.entries[:two] + [made(2, flip(shares[2], 3))] + o.entries[two:]))
	yield "a share signed by another trustee", False, o.changed(two, made(2, shares[2], o.key_of[3]))
	yield "a share signed by the organiser", False, o.changed(two, made(2, shares[2], o.organiser))
	yield "a share of a trustee who is none", False, o.changed(two, made(4, shares[2], o.key_of[2]))
	yield "a share of nobody", False, o.changed(two, made(0, shares[2], o.key_of[2]))
	yield "a share for another letter", None, o.changed(two, made(2, shares[2], to=bytes(32)))
	yield "a share before the closing", None, o.moved(two, o.epoch_of(o.statements()[0]))
	yield "a share that is missing", None, o.changed(two, None)
	yield "one share in two lines of a wrong length", False, o.changed(two, note((
		"undersigned poll-share v1\nletter %s\ntrustee 2\nshare %s\nshare %s\n" % (letter.hex(), b64(shares[2][:100]),
		b64(shares[2][100:]))).encode(), o.key_of[2]))
	(record,) = o.records(b"undersigned trustees v1")
	yield "no trustees' key", False, o.changed(record, None)
	yield "the trustees' key after the first answer", False, o.moved(record, o.epoch_of(o.statements()[-1]) + 1)
	text = Note(o.entries[record]).text
	yield "another threshold", False, o.changed(record, o.entries[record].replace(b"\nthreshold 2\n", b"\nthreshold 3\n"))
	yield "the trustees' record without a signature", False, o.changed(record, text + b"\n")


def all_cases(files, folder):
	opened = Opened(files, folder)
	yield "as its operator could write it", True, opened.with_entries(opened.in_order(opened.entries))
	yield from cases_answers(opened)
	yield from cases_trustees(opened)
