"""Verifies a bundle and counts: doc/formats.md 6, 7 and 9, from the files alone."""
import hashlib
import os
import stat

import poll_log
import proofs
import records
import story
from curve import Bad
from records import Close, Extend, Log, Manifest, Open, Roster, Statement, rank
from text import (COSIGNATURE, EPOCH_MAX, NOTE, Checkpoint, Key, Note, entries_of, instant_text, need, sha256,
	tiles, b64)

BLOCK = 512
KINDS = {kind.rank: kind for kind in (Log, Open, Extend, Close)}


# --- Files (7.1, 7.3) ----------------------------------------------------------------------------

def read_folder(folder):
	files = {}
	for where, folders, names in os.walk(folder):
		need(folders or names, "an empty folder: " + where)
		for one in names:
			path = os.path.join(where, one)
			need(stat.S_ISREG(os.lstat(path).st_mode), "not a regular file: " + path)
			with open(path, "rb") as file:
				files[os.path.relpath(path, folder)] = file.read()
	return files


def tar_bytes(files):
	"""The one tar file that a bundle can be."""
	out = bytearray()
	for path in sorted(files, key=str.encode):
		data = files[path]
		header = bytearray(BLOCK)

		def put(at, value):
			header[at:at + len(value)] = value

		need(1 <= len(path) <= 100 and all("!" <= c <= "~" for c in path), "a file's name")
		put(0, path.encode())
		put(100, b"000644 \0" + b"000000 \0" * 2 + b"%011o " % len(data) + b"%011o " % 0)
		put(148, b" " * 8)
		put(156, b"0")
		put(257, b"ustar\0" + b"00")
		put(329, b"000000 \0" * 2)
		put(148, b"%06o\0 " % sum(header))
		out += header + data + bytes(-len(data) % BLOCK)
	return bytes(out + bytes(2 * BLOCK))


def read_tar(data):
	"""Reads just enough, and then wants the same bytes as tar_bytes makes of it."""
	files, at = {}, 0
	while data[at:at + 1] not in (b"", b"\0"):
		header = data[at:at + BLOCK]
		try:
			path = header[:100].rstrip(b"\0").decode()
			size = int(header[124:135], 8)
		except ValueError:
			raise Bad("a tar header cannot be read") from None
		need(path not in files, "a file stands twice in the tar file")
		files[path] = data[at + BLOCK:at + BLOCK + size]
		at += BLOCK + size + -size % BLOCK
	need(tar_bytes(files) == data, "not the canonical tar file")
	return files


def read(path):
	if os.path.isdir(path):
		return read_folder(path)
	with open(path, "rb") as file:
		return read_tar(file.read())


# --- The rings of a manifest (3.3) ---------------------------------------------------------------

def check_rings(manifest, rosters, snapshots, rings):
	"""They must be exactly these."""
	want = []
	for cls in records.CLASSES:
		of_class = [k for k, roster in enumerate(rosters) if roster.cls == cls]
		written = [ring for ring in rings if ring.cls == cls]
		if not of_class:
			need(not written, "a ring of a class without rosters")
			continue
		if len(of_class) == 1:
			need([(r.kind, r.rosters) for r in written] == [("own", of_class)],
				"a class of one roster has its own ring only")
			want += written
			continue
		large = [k for k in of_class if rosters[k].members >= manifest.ring_min]
		own = [r for r in written if r.kind == "own"]
		groups = [r for r in written if r.kind == "group"]
		last = [r for r in written if r.kind == "all"]
		need([r.rosters for r in own] == [[k] for k in large],
			"exactly the rosters of ring-min members have own rings")
		need(groups == sorted(groups, key=lambda r: r.rosters[0]), "groups are in order")
		grouped = [k for r in groups for k in r.rosters]
		need(len(set(grouped)) == len(grouped) and not set(grouped) & set(large),
			"a roster is in one group at most, and in none if it has an own ring")
		for r in groups:
			need(len(r.rosters) >= 2, "a group has two rosters")
			need(proofs.join(r.name, [snapshots[k] for k in r.rosters]).n >= manifest.ring_min,
				"a group has ring-min members")
		need(len(last) == 1, "one ring of all")
		want += own + groups + last
	need(rings == want, "the rings are not in order")
	names = [r.name for r in rings]
	need(len(set(names)) == len(names), "two rings have one name")
	taken = {roster.name for roster in rosters} | {roster.organisation for roster in rosters}
	need(not any(r.kind != "own" and r.name in taken for r in rings),
		"a ring of several has the name of a roster or an organisation")


class Version:
	"""The rings of one version: one snapshot of each roster."""

	def __init__(self, rosters, snapshots, ring_lines):
		self.rosters, self.snapshots = rosters, snapshots
		self.rings = []
		for line in ring_lines:
			parts = [snapshots[k] for k in line.rosters]
			self.rings.append(parts[0].ring() if line.kind == "own" else
				proofs.join(line.name, parts))


# --- The whole -----------------------------------------------------------------------------------

class Bundle:
	"""Raises Bad where it does not hold; self.where says what was looked at."""

	def __init__(self, files, holds=None):
		"""holds: takes the list of proofs and says which do not (for tests that keep verdicts)."""
		self.files, self.where, self.notices = dict(files), "the bundle", []
		# The page is made of the rest; this verifier does not make it.
		self.left = set(files) - {"index.html"}
		self.check_proofs = holds or proofs.verify_batch
		self.read_log()
		self.read_letter()
		self.read_points()
		self.replay()
		self.check_keys()
		self.where = "the bundle"
		need(not self.left, "files that do not belong here: " + ", ".join(sorted(self.left)))
		self.where = "proofs"
		self.check_statements()
		self.count()

	def file(self, path):
		self.where = path
		need(path in self.files, path + " is missing")
		self.left.discard(path)
		return self.files[path]

	def read_log(self):
		rows = self.file("keys").decode("ascii", "replace").split("\n")
		need(rows.pop() == "", "the last line does not end")
		self.keys = [Key.parse(row, (NOTE, COSIGNATURE)) for row in rows]
		need(all(a < b for a, b in zip(rows, rows[1:])), "keys are in ascending order")
		self.signed = set()
		self.checkpoint = Checkpoint(self.file("checkpoint"))
		self.entries = entries_of(self.files, self.checkpoint.size)
		expected, root = tiles(self.entries)
		for path, data in expected.items():
			need(self.file(path) == data, "a tile is not that of the entries")
		self.where = "checkpoint"
		need(root == self.checkpoint.root, "the root is not that of the entries")
		need(len(self.entries) >= 2, "the log has no record")
		self.where = "entry 1"
		self.log = Log(self.entries[1])
		self.check_note(self.log.note, self.log.key)
		self.where = "checkpoint"
		need(self.checkpoint.origin == self.log.key.name, "the origin is not the log's")
		self.check_note(self.checkpoint.note, self.log.key)

	def check_note(self, note, author):
		self.signed |= note.check(author, self.keys)

	def read_letter(self):
		data = self.file("manifest")
		self.letter = Manifest(data)
		self.check_note(self.letter.note, self.letter.organiser)
		self.poll = poll_log.Poll(self.letter) if self.letter.questions else None
		need(self.letter.log.text == self.log.key.text, "the letter is of another log")
		same = [k for k, entry in enumerate(self.entries) if rank(entry) == Manifest.rank and
			Note(entry).text == self.letter.note.text]
		need(len(same) == 1 and self.entries[same[0]] == data, "the manifest is in the log, and once")
		self.at_letter = same[0]
		need(self.log.begins + self.letter.closes * self.log.epoch_seconds <= EPOCH_MAX,
			"the letter closes after the year 9999")
		self.text = None
		for language, (length, digest) in self.letter.texts.items():
			text = self.file("texts/%s.md" % language)
			need(len(text) == length and sha256(text) == digest, "not the manifest's text")
			try:
				text.decode("utf-8")
			except UnicodeDecodeError:
				raise Bad("not UTF-8") from None
		self.where = "manifest"
		self.by_id = {}
		for k, entry in enumerate(self.entries):
			if rank(entry) == Roster.rank:
				self.by_id.setdefault(sha256(Note(entry).text), k)
		self.rosters = []
		for roster_id, column, members, roster_name in self.letter.rosters:
			at = self.by_id.get(roster_id)
			need(at is not None and at < self.at_letter, "a roster's record is not before the letter")
			roster = Roster(self.entries[at])
			self.check_note(roster.note, roster.key)
			need((members, roster_name) == (roster.members, roster.name),
				"the manifest's line is not the roster's")
			need(column == 0 if roster.cls == "raw-key" else 1 <= column <= len(roster.columns),
				"the roster has no such column")
			self.rosters.append(roster)
		names = [roster.name for roster in self.rosters]
		need(len(set(names)) == len(names), "two rosters have one name")
		self.columns = [row[1] for row in self.letter.rosters]

	def read_points(self):
		self.points = []
		for k, roster in enumerate(self.rosters):
			entries = records.points_parse(self.file("rosters/%d.points" % (k + 1)))
			need(all(kind == records.CLASSES[roster.cls] for kind, _, _ in entries), "another kind")
			need(len(entries) >= roster.members, "fewer entries than the record has")
			self.points.append(entries)
		self.prefixes = {}
		snapshots = []
		for k, roster in enumerate(self.rosters):
			self.where = "rosters/%d.points" % (k + 1)
			snapshots.append(self.prefix(k, roster.members))
			need(snapshots[-1].root == roster.root(self.columns[k]), "the root is not the record's")
		self.where = "manifest"
		self.ring_lines = self.letter.rings([roster.cls for roster in self.rosters])
		check_rings(self.letter, self.rosters, snapshots, self.ring_lines)
		self.versions = [Version(self.rosters, snapshots, self.ring_lines)]

	def prefix(self, k, n):
		if (k, n) not in self.prefixes:
			self.prefixes[k, n] = proofs.Snapshot(self.rosters[k].name, self.points[k][:n])
		return self.prefixes[k, n]

	# --- Replay (6.1, 6.2)

	def replay(self):
		self.epoch, self.opening, self.closing = -1, None, self.letter.closes
		self.is_closed = False
		self.known = {}        # ring id -> number of the ring
		self.add_rings(self.versions[0])
		self.statements = []   # (entry, epoch, Statement, number of the ring, Ring)
		self.epoch_extended = self.epoch_records = None
		self.story = []
		self.last_order, self.seen = None, set()
		self.tags = [set() for _ in self.ring_lines]
		self.fresh = [set() for _ in self.ring_lines]
		for k, entry in enumerate(self.entries):
			self.where = "entry %d" % k
			need(len(entry) <= 65535 and entry not in self.seen, "an entry stands twice")
			self.seen.add(entry)
			kind = entry[:1]
			need(kind, "an empty entry")
			if kind == b"\2":
				self.end_epoch()
				self.begin_epoch(entry)
			elif kind == b"\1":
				self.statement(k, entry)
			else:
				self.record(k, entry)
		self.end_epoch()
		self.where = "rosters"
		for k, roster in enumerate(self.versions[-1].rosters):
			need(len(self.points[k]) == roster.members, "the points are not those of the last version")

	def add_rings(self, version):
		for number, ring in enumerate(version.rings):
			self.known.setdefault(ring.id, (number, ring))

	def begin_epoch(self, entry):
		self.epoch += 1
		seconds = self.log.begins + self.epoch * self.log.epoch_seconds
		need(seconds <= EPOCH_MAX, "an epoch after the year 9999")
		need(entry == b"\2" + self.epoch.to_bytes(8, "big") + seconds.to_bytes(8, "big"),
			"not the header of the next epoch")
		self.last_order = (0,)

	def end_epoch(self):
		for number, tags in enumerate(self.fresh):
			if not tags:
				continue
			ring = self.ring_lines[number]
			is_all = ring.kind == "all" or \
				[r.cls for r in self.ring_lines].count(ring.cls) == 1
			allowed = len(tags) >= self.letter.hold_min or (self.epoch == self.closing and
				(is_all or self.tags[number]))
			need(allowed, "epoch %d releases fewer than hold-min in %s" % (self.epoch, ring.name))
			self.tags[number] |= tags
		self.fresh = [set() for _ in self.ring_lines]

	def in_order(self, order):
		need(self.last_order is not None, "the first entry is no epoch's header")
		need(order > self.last_order, "an entry is out of order")
		self.last_order = order

	def record(self, k, entry):
		Note(entry)
		self.in_order((1, rank(entry), sha256(entry)))
		if rank(entry) == Log.rank:
			need(k == 1, "the log's record is entry 1, and once")
		elif k == 1:
			raise Bad("entry 1 is not the log's record")
		if self.poll:
			self.poll.record(entry)
		if story.kind_of(entry) and story.letter_of(entry) == self.letter.context:
			need(k > self.at_letter, "a record of the letter stands before the letter")
			seconds = self.log.begins + self.epoch * self.log.epoch_seconds
			self.story.append(story.Record(entry, k, self.epoch, seconds))
			need(len(self.story) <= 10000, "more than 10,000 records")
		if rank(entry) not in (Log.rank, Open.rank, Extend.rank, Close.rank):
			return
		record = KINDS[rank(entry)](entry)
		if getattr(record, "letter", None) == self.letter.context:
			self.check_note(record.note, self.letter.organiser)
			need(k > self.at_letter, "a record of the letter stands before the letter")
			{Open: self.open, Extend: self.extend, Close: self.close}[type(record)](k, record)

	def notice(self, why):
		self.notices.append({"where": self.where, "rule": "void", "what": why})

	def open(self, _, record):
		need(self.opening is None, "the letter is opened twice")
		self.opening = max(self.letter.opens, self.epoch)

	def extend(self, k, record):
		first = self.epoch_extended != self.epoch
		self.epoch_extended = self.epoch
		why = self.why_void(k, record, first)
		if why:
			self.notice(why)

	def why_void(self, k, record, first):
		if record.version != len(self.versions):
			return "not the next version"
		if not first:
			return "not the first extension in its epoch"
		if self.epoch > self.closing:
			return "after the closing"
		last = self.versions[-1]
		if [row[2] for row in record.rosters] != [roster.name for roster in self.rosters]:
			return "not the rosters of the manifest"
		rosters, snapshots = [], []
		for j, (roster_id, members, _) in enumerate(record.rosters):
			at = self.by_id.get(roster_id)
			if at is None or at >= k:
				return "a roster's record is not before it"
			try:
				roster = Roster(self.entries[at])
			except Bad:
				return "a roster's record is none"
			if roster.members != members or roster.edition_of() != last.rosters[j].edition_of():
				return "a roster's record is of another edition"
			if members < last.rosters[j].members:
				return "a roster has become shorter"
			if members > len(self.points[j]) or \
					self.prefix(j, members).root != roster.root(self.columns[j]):
				return "the version before is no prefix"
			rosters.append(roster)
			snapshots.append(self.prefix(j, members))
		for roster in rosters:
			self.check_note(roster.note, roster.key)
		self.versions.append(Version(rosters, snapshots, self.ring_lines))
		self.add_rings(self.versions[-1])
		return None

	def close(self, _, record):
		if self.is_closed or not self.epoch <= record.epoch <= self.letter.closes:
			self.notice("a closing that is not the first, or not in time")
		else:
			self.closing = record.epoch
		self.is_closed = True

	def statement(self, k, entry):
		s = Statement(entry)
		self.in_order((2,) + s.order(self.epoch))
		if s.scope[1:33] != self.letter.context:
			return
		need(s.scope == self.letter.scope, "a letter's scope has kind 1, a poll's 2, and index 0")
		need(self.opening is not None and self.opening <= self.epoch <= self.closing,
			"a statement outside the letter's epochs")
		need(s.seq >= 1 and (self.poll or not s.body), "a statement's seq or body")
		if self.poll:
			self.poll.check_form(s)
		number = ring = None
		if s.action == 1:
			need(s.ring in self.known, "an unknown ring")
			number, ring = self.known[s.ring]
			need(len(s.proof) == proofs.proof_len(ring.n), "a proof's length is wrong")
			if s.tag not in self.tags[number]:
				self.fresh[number].add(s.tag)
		else:
			need(len(s.proof) == 32 * 6, "a proof's length is wrong")
		self.statements.append((k, self.epoch, s, number, ring))

	def check_keys(self):
		self.where = "keys"
		need(self.signed == {key.text for key in self.keys}, "keys that signed nothing here")

	def message(self, s):
		return proofs.sign_message(self.letter.note.text, s.seq, self.poll.payload(s) if self.poll else b"")

	def check_statements(self):
		signatures = [row for row in self.statements if row[2].action == 1]
		bad = self.check_proofs([(ring, s.scope, self.message(s), s.proof)
			for _, _, s, _, ring in signatures])
		for k in bad:
			self.where = "entry %d" % signatures[k][0]
			raise Bad("a signature does not hold")
		for k, _, s, _, _ in self.statements:
			if s.action == 1 and self.poll:
				self.where = "entry %d" % k
				need(self.poll.holds(s), "an answer does not hold")
			if s.action == 2:
				self.where = "entry %d" % k
				need(proofs.withdraw_holds(s.scope, proofs.withdraw_message(s.seq), s.proof),
					"a withdrawal does not hold")

	# --- The count (6.3)

	def count(self):
		by_tag, answers = {}, []
		for _, _, s, number, _ in self.statements:
			by_tag.setdefault(s.tag, []).append((s.seq, s.action, number, s))
		self.total, self.withdrawn = 0, 0
		self.in_ring = [set() for _ in self.ring_lines]
		for tag, rows in by_tag.items():
			if not any(action == 1 for _, action, _, _ in rows):
				continue
			top = max(seq for seq, _, _, _ in rows)
			effective = [row for row in rows if row[0] == top]
			if any(action == 2 for _, action, _, _ in effective) or \
					len({self.message(s) for _, _, _, s in effective}) > 1:
				self.withdrawn += 1
				continue
			self.total += 1
			for _, _, number, _ in effective:
				self.in_ring[number].add(tag)
			answers.append(min((number, s.body) for _, _, number, s in effective))
		if self.poll:
			self.poll.count(answers, self.ring_lines, self.epoch > self.closing)

	def json(self):
		last = self.versions[-1]
		of_class = lambda cls: len(set().union(*(tags for tags, ring in
			zip(self.in_ring, self.ring_lines) if ring.cls == cls)))
		organisations = []
		for wanted in dict.fromkeys(roster.organisation for roster in self.rosters):
			numbers = [k for k, roster in enumerate(self.rosters) if roster.organisation == wanted]
			tags = set().union(*(self.in_ring[j] for j, ring in enumerate(self.ring_lines)
				if ring.kind == "own" and ring.rosters[0] in numbers))
			organisations.append({"name": wanted, "rosters": [{
				"name": last.rosters[k].name, "class": last.rosters[k].cls,
				"members": last.rosters[k].members, "edition": last.rosters[k].edition,
				"source": last.rosters[k].source, "steward": last.rosters[k].steward,
				"hash": last.rosters[k].id.hex()} for k in numbers], "signatures": len(tags)})
		seconds = self.log.begins + self.epoch * self.log.epoch_seconds
		told = {"story": story.Story(self.story, self.letter.organiser).json(
			lambda at: instant_text(at, 86400))} if self.story else {}
		if self.poll:
			told["poll"] = self.poll.json()
		return {**told, "valid": True, "anchored": False, "letter": self.letter.context.hex(),
			"as_of": {"epoch": self.epoch, "date": instant_text(seconds, self.log.epoch_seconds),
				"log_size": len(self.entries), "root": b64(self.checkpoint.root)},
			"signatures": {"total": self.total, "enrolled": of_class("enrolled"),
				"raw_key": of_class("raw-key"), "withdrawn": self.withdrawn},
			"organisations_represented": sum(1 for one in organisations if one["signatures"]),
			"rings": [{"name": line.name, "class": line.cls, "members": ring.n,
				"signatures": len(tags)} for line, ring, tags in
				zip(self.ring_lines, last.rings, self.in_ring)],
			"organisations": organisations, "problems": []}

	# --- What a member hands in or shows (5.2, 8.2)

	def ring_of(self, ring_name, version):
		need(version < len(self.versions), "there is no such version")
		for line, ring in zip(self.ring_lines, self.versions[version].rings):
			if line.name == ring_name:
				return ring
		raise Bad("there is no such ring")

	def check_statement_file(self, data):
		found = records.statement_file_parse(data)
		for s in found:
			need(s.scope == self.letter.scope and s.seq >= 1 and (self.poll or not s.body),
				"not of this letter")
			if s.action == 2:
				need(proofs.withdraw_holds(s.scope, proofs.withdraw_message(s.seq), s.proof),
					"a withdrawal does not hold")
				continue
			need(s.ring in self.known, "an unknown ring")
			need(proofs.verify(self.known[s.ring][1], s.scope, self.message(s), s.proof),
				"a signature does not hold")
			if self.poll:
				self.poll.check_form(s)
				need(self.poll.holds(s), "an answer does not hold")
		if len(found) == 2:
			a, b = found
			need(a.action == b.action == 1 and a.seq == b.seq and a.tag == b.tag, "not a pair")
			line_a, line_b = (self.ring_lines[self.known[s.ring][0]] for s in found)
			need(line_a.cls == line_b.cls and line_b.kind == "all" and line_a.kind != "all",
				"the second proof is not over the ring of all")
		return found

	def check_claim(self, data):
		claim = records.Claim(data)
		need(claim.letter == self.letter.context, "a claim of another letter")
		ring = self.ring_of(claim.ring, claim.version)
		need(claim.index < ring.n and claim.holds(ring, self.letter.scope), "the claim does not hold")
		need(any(claim.tag in tags for tags in self.in_ring), "the tag is not on the letter")
		return claim


def verify(files, holds=None, notices=None):
	"""The object of section 9. notices: a list to which what is void is added."""
	bundle = Bundle.__new__(Bundle)
	try:
		bundle.__init__(files, holds)
		if notices is not None:
			notices += bundle.notices
		return bundle.json()
	except Bad as bad:
		return refusal(bundle.where, str(bad))


def refusal(where, what):
	return {"valid": False, "anchored": False, "letter": None, "as_of": None,
		"signatures": {"total": 0, "enrolled": 0, "raw_key": 0, "withdrawn": 0},
		"organisations_represented": 0, "rings": [], "organisations": [],
		"problems": [{"where": where, "rule": "doc/formats.md", "what": what}]}


def digest(files):
	return hashlib.sha256(tar_bytes(files)).hexdigest()
