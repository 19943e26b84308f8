"""Polls in the log: doc/formats.md 3.3 and 11, protocol.md 14.5 to 14.7."""
import hashlib

import poll
import proofs
from curve import ed25519_is_valid
from text import Key, Lines, Note, decimal, need, unbase64, unhex

TRUSTEES, SHARE = "undersigned trustees v1", "undersigned poll-share v1"


def first_line(entry):
	return entry.split(b"\n", 1)[0].decode("utf-8", "replace")


def parse_manifest(manifest, lines):
	"""The lines after the rings."""
	manifest.questions = []
	if lines.peek() != "trustees":
		return
	manifest.trustees = unbase64(lines.take("trustees"), 32)
	manifest.quorum = decimal(lines.take("quorum"))
	while lines.peek() == "question" or not manifest.questions:
		low, high, text = lines.take("question", 3, True)
		options = lines.many("option", 1, True)
		need(len(set(options)) == len(options), "two options are the same")
		manifest.questions.append((text, decimal(low, 0, 32), decimal(high, 0, 32), options))
	manifest.shape = poll.Shape([(len(options), low, high)
		for _, low, high, options in manifest.questions])
	need(manifest.shape.n * len(manifest.ring_lines) <= 1400, "too many rings times options")
	manifest.scope = bytes([2]) + manifest.scope[1:]


_held = {}  # no answer is looked at twice


class Trustees:
	"""11.5."""

	def __init__(self, note):
		lines = Lines(note.text, TRUSTEES)
		t = decimal(lines.take("threshold"), 1, 16)
		rows = lines.many("trustee", 5)
		key = Key.parse(lines.take_text("key"))
		lines.done()
		note.check(key, [])
		self.signers = [Key.parse(row[0]) for row in rows]
		ceremony = poll.Ceremony(t, [row[0].encode() for row in rows],
			[unbase64(row[1], 96) for row in rows])
		deals = [unbase64(row[2], ceremony.deal_len()) for row in rows]
		accepts = [unbase64(row[3], 64) for row in rows]
		self.key = poll.Trustees(ceremony, deals, accepts)
		for j, row in enumerate(rows, 1):
			text = "undersigned trustee-accept v1\nceremony %s\ndeals %s\ntrustee %d\nproof %s\n" % (
				ceremony.id.hex(), proofs.b32(b"".join(deals)).hex(), j, row[3])
			need(ed25519_is_valid(self.signers[j - 1].public, text.encode(), unbase64(row[4], 64)),
				"a trustee has not signed its acceptance")


class Poll:
	"""What a letter that is a poll has beside."""

	def __init__(self, letter):
		self.letter, self.shape = letter, letter.shape
		self.trustees, self.shares = None, []

	def record(self, entry):
		first = first_line(entry)
		if first == TRUSTEES and hashlib.sha256(Note(entry).text).digest() == self.letter.trustees:
			self.trustees = self.trustees or Trustees(Note(entry))
		if first == SHARE:
			self.share(Note(entry))

	def share(self, note):
		lines = Lines(note.text, SHARE)
		letter, j = unhex(lines.take("letter"), 32, 32), decimal(lines.take("trustee"), 0, 16)
		parts = [unbase64(row) for row in lines.many("share")]
		lines.done()
		need(all(len(part) == 3072 for part in parts[:-1]) and 1 <= len(parts[-1]) <= 3072,
			"the lines of a share")
		if letter != self.letter.context:
			return
		need(self.trustees and 1 <= j <= self.trustees.key.n, "a share of no trustee")
		note.check(self.trustees.signers[j - 1], [])
		self.shares.append((j, b"".join(parts)))

	def check_form(self, s):
		need(self.trustees, "an answer before the trustees' key")
		need(len(s.body) == (self.shape.answer_len if s.action == 1 else 0), "an answer's length")

	def payload(self, s):
		return poll.payload(self.shape, s.body)

	def holds(self, s):
		at = (self.trustees.key.id, self.shape.code, s.scope, s.ring, s.tag, s.body)
		if at not in _held:
			_held[at] = poll.answer_holds(self.trustees.key, self.shape, s.scope, s.ring, s.tag, s.body)
		return _held[at]

	def count(self, effective, ring_lines, is_over):
		"""effective: of each tag that counts, the number of a ring and an answer there, the first."""
		self.effective, self.ring_lines = effective, ring_lines
		self.state, self.groups, self.totals = "sealed", [], None
		self.given, self.false = set(), set()
		self.withheld = 0
		if not is_over:
			return
		self.state = "closed"
		sizes = {}
		for number, _ in effective:
			sizes[number] = sizes.get(number, 0) + 1
		found = {}
		for cls in ("enrolled", "raw-key"):
			numbers = [k for k, ring in enumerate(ring_lines) if ring.cls == cls]
			if numbers:
				found.update(poll.groups({k: sizes.get(k, 0) for k in numbers}, numbers[-1],
					self.letter.hold_min))
		for ring in sorted(found):
			rings = [k for k in found[ring] if sizes.get(k)]
			answers = [data for number, data in effective if number in rings]
			self.groups.append([ring, rings, answers, None])
		self.withheld = len(effective) - sum(len(group[2]) for group in self.groups)
		if self.groups:
			self.open(b"".join(poll.add_up(self.shape, group[2]) for group in self.groups))

	def open(self, sums):
		good = {}
		for j, data in self.shares:
			if j in good:
				continue
			if poll.share_holds(self.trustees.key, self.letter.scope, j, sums, data):
				good[j] = data
			else:
				self.false.add(j)
		self.given = set(good)
		if len(good) < self.trustees.key.t:
			return
		limit = max(len(group[2]) for group in self.groups)
		counts = poll.count(self.trustees.key, sums, good, limit)
		self.state, n = "opened", self.shape.n
		for k, group in enumerate(self.groups):
			group[3] = counts[k * n:k * n + n]
		self.totals = [sum(group[3][o] for group in self.groups) for o in range(n)]

	def split(self, counts):
		"""A list of each question."""
		if counts is None:
			return None
		at, rows = 0, []
		for _, _, _, options in self.letter.questions:
			rows.append(counts[at:at + len(options)])
			at += len(options)
		return rows

	def json(self):
		totals = self.split(self.totals) or [None] * len(self.letter.questions)
		n = self.trustees.key.n if self.trustees else 0
		return {"state": self.state, "answers": len(self.effective), "quorum": self.letter.quorum,
			"quorum_reached": len(self.effective) >= self.letter.quorum, "withheld": self.withheld,
			"trustees": {"threshold": self.trustees.key.t if self.trustees else 0,
				"names": [key.name for key in self.trustees.signers] if self.trustees else [],
				"given": [j in self.given for j in range(1, n + 1)],
				"false": [j in self.false for j in range(1, n + 1)]},
			"questions": [{"question": text, "min": low, "max": high, "options": options,
				"totals": total} for (text, low, high, options), total in
				zip(self.letter.questions, totals)],
			"groups": [{"ring": self.ring_lines[ring].name,
				"rings": [self.ring_lines[k].name for k in rings], "answers": len(answers),
				"counts": self.split(counts)} for ring, rings, answers, counts in self.groups]}
