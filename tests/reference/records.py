"""Records, points, statements, claims: doc/formats.md 3, 4, 5 and 8.2, each parsed as it stands."""
import hashlib
import re

import poll_log
import proofs
from text import (EPOCH_MAX, Key, Lines, Note, b64, date, decimal, instant, name, need, sha256,
	unbase64, unhex)

CLASSES = {"enrolled": proofs.ENROLLED, "raw-key": proofs.RAW_KEY}
FIRST_LINES = ["undersigned %s v1" % kind for kind in
	("log", "roster", "letter", "open", "extend", "close")]


def rank(entry):
	"""Where a record stands in its epoch: by its first line (6.1)."""
	first = entry.split(b"\n", 1)[0].decode("utf-8", "replace")
	return FIRST_LINES.index(first) if first in FIRST_LINES else 6


class Record:
	def __init__(self, data):
		self.note = Note(data)
		self.id = sha256(self.note.text)
		self.lines = Lines(self.note.text, FIRST_LINES[self.rank])
		self.parse(self.lines)
		self.lines.done()


class Log(Record):
	rank = 0

	def parse(self, lines):
		self.key = Key.parse(lines.take_text("log"))
		self.epoch_seconds = decimal(lines.take("epoch-seconds"), 1, 31622400)
		self.begins = instant(lines.take("begins"), self.epoch_seconds)
		need(self.begins % self.epoch_seconds == 0, "begins is no multiple of epoch-seconds")


class Roster(Record):
	rank = 1

	def parse(self, lines):
		self.name = name(lines.take_text("roster"))
		self.organisation = name(lines.take_text("organisation"))
		cls = lines.take("class")
		need(cls in CLASSES, "unknown class: " + cls)
		self.cls = cls
		self.edition = decimal(lines.take("edition"), 1)
		self.date = date(lines.take("date"))
		self.source = lines.take_text("source")
		self.steward = lines.take_text("steward")
		self.columns = []
		if cls == "raw-key":
			need(lines.take("persons") in ("principal", "comment", "file", "declared"), "persons")
		else:
			for row in lines.many("column", 4):
				number, first, until, burn = decimal(row[0]), *(date(one) for one in row[1:])
				need(number == len(self.columns) + 1, "columns are numbered from 1")
				need(first <= until < burn, "a column's dates")
				need(not self.columns or first > self.columns[-1][1], "columns overlap")
				self.columns.append((first, until, burn))
			need(len(self.columns) <= 16, "more than 16 columns")
		self.members = decimal(lines.take("members"), 1, proofs.N_MAX)
		self.roots = [unbase64(one, 32) for one in lines.many("root")]
		need(len(self.roots) == max(1, len(self.columns)), "a root for each column")
		length, digest = lines.take("archive", 2)
		self.archive = decimal(length, 0, 2**63 - 1), unhex(digest, 32, 32)
		need(cls == "enrolled" or self.archive == (0, sha256(b"")), "raw keys have no archive")
		self.key = Key.parse(lines.take_text("key"))

	def edition_of(self):
		return self.name, self.organisation, self.cls, self.edition, self.columns, self.key.text

	def root(self, column):
		return self.roots[max(1, column) - 1]


LANGUAGE = r"[A-Za-z0-9-]{2,35}"


class RingLine:
	"""One ring of a manifest: which rosters, counted from 0."""

	def __init__(self, cls, kind, rosters, ring_name):
		self.cls, self.kind, self.rosters, self.name = cls, kind, rosters, ring_name


class Manifest(Record):
	rank = 2

	def parse(self, lines):
		titles = [row for row in lines.many("title", 2, True)]
		languages = [row[0] for row in titles]
		need(all(re.fullmatch(LANGUAGE, one) for one in languages), "a language")
		need(len(set(languages)) == len(languages), "a language stands twice")
		rows = lines.many("text", 3)
		need([row[0] for row in rows] == languages, "texts have the languages of the titles")
		self.texts = {row[0]: (decimal(row[1], 0, 2**20), unhex(row[2], 32, 32)) for row in rows}
		self.authoritative = lines.take("authoritative")
		need(self.authoritative in languages, "authoritative is one of the languages")
		self.to = lines.maybe("to", 1, True)
		self.organiser = Key.parse(lines.take_text("organiser"))
		self.log = Key.parse(lines.take_text("log"))
		self.opens = decimal(lines.take("opens"), 0, EPOCH_MAX)
		self.closes = decimal(lines.take("closes"), 0, EPOCH_MAX)
		need(self.closes > self.opens, "closes is not after opens")
		self.ring_min = decimal(lines.take("ring-min"), 16, proofs.N_MAX)
		self.hold_min = decimal(lines.take("hold-min"), 3, proofs.N_MAX)
		self.rosters = []
		for row in lines.many("roster", 4, True):
			self.rosters.append((unbase64(row[0], 32), decimal(row[1], 0, 16),
				decimal(row[2], 1, proofs.N_MAX), name(row[3])))
		need(len(self.rosters) <= 1000, "more than 1,000 rosters")
		self.ring_lines = lines.many("ring", 2, True)
		self.context = proofs.context(self.note.text)
		self.scope = bytes([1]) + self.context + bytes(4)
		poll_log.parse_manifest(self, lines)

	def rings(self, classes):
		"""The rings as written; the classes of the rosters are known by now."""
		found = []
		for cls, rest in self.ring_lines:
			need(cls in CLASSES, "unknown class: " + cls)
			kind, _, rest = rest.partition(" ")
			if kind == "own":
				numbers, ring_name = [decimal(rest, 1)], None
			elif kind == "group":
				listed, _, ring_name = rest.partition(" ")
				numbers = [decimal(one, 1) for one in listed.split(",")]
				need(numbers == sorted(set(numbers)), "a group's rosters are in ascending order")
			else:
				need(kind == "all", "unknown kind of ring: " + kind)
				numbers = [k + 1 for k, one in enumerate(classes) if one == cls]
				ring_name = rest
			need(numbers and all(1 <= k <= len(classes) and classes[k - 1] == cls
				for k in numbers), "a ring's rosters are not there, or of another class")
			if ring_name is None:
				ring_name = self.rosters[numbers[0] - 1][3]
			found.append(RingLine(cls, kind, [k - 1 for k in numbers], name(ring_name)))
		return found


def letter_id(lines):
	return unhex(lines.take("letter"), 32, 32)


class Open(Record):
	rank = 3

	def parse(self, lines):
		self.letter = letter_id(lines)


class Extend(Record):
	rank = 4

	def parse(self, lines):
		self.letter = letter_id(lines)
		self.version = decimal(lines.take("version"), 1)
		self.rosters = [(unbase64(row[0], 32), decimal(row[1], 1, proofs.N_MAX), name(row[2]))
			for row in lines.many("roster", 3, True)]


class Close(Record):
	rank = 5

	def parse(self, lines):
		self.letter = letter_id(lines)
		self.epoch = decimal(lines.take("epoch"), 0, EPOCH_MAX)


# --- Points (4.3) --------------------------------------------------------------------------------

POINTS = b"undersigned points v1\n"


def points_parse(data):
	"""The entries of a points file."""
	need(data.startswith(POINTS) and len(data) >= len(POINTS) + 5, "not a points file")
	at = len(POINTS)
	kind, n = data[at], int.from_bytes(data[at + 1:at + 5], "little")
	need(kind in (proofs.ENROLLED, proofs.RAW_KEY), "unknown kind of entry")
	need(n <= proofs.N_MAX, "a points file has too many entries")
	at += 5
	entries = []
	for _ in range(n):
		need(at + 33 <= len(data), "a points file is too short")
		source, length = data[at:at + 32], data[at + 32]
		need(length <= 32 and at + 33 + length <= len(data), "a meta is too long")
		entries.append((kind, source, data[at + 33:at + 33 + length]))
		at += 33 + length
	need(at == len(data), "a points file is too long")
	return entries


def points_bytes(kind, entries):
	return POINTS + bytes([kind]) + proofs.u32(len(entries)) + b"".join(
		source + bytes([len(meta)]) + meta for _, source, meta in entries)


# --- Enrolment and admission (4.1, 4.2) ----------------------------------------------------------

def request_check(data):
	"""(roster, edition, meta, commitments) of an enrolment request whose proofs hold."""
	lines = Lines(data, "undersigned enrolment v1")
	roster, edition = name(lines.take_text("roster")), decimal(lines.take("edition"), 1)
	meta = lines.maybe("meta")
	meta = unhex(meta, 1, 32) if meta else b""
	rows = lines.many("column", 3)
	lines.done()
	need(len(rows) <= 16, "more than 16 columns")
	codes = []
	for k, (number, code, proof) in enumerate(rows):
		need(decimal(number) == k + 1, "columns are numbered from 1")
		codes.append(unbase64(code, 32))
		need(proofs.register_holds(roster, meta, k + 1 if len(rows) > 1 else 0, codes[-1],
			unbase64(proof, 192)), "a proof of possession does not hold")
	return roster, edition, meta, codes


def admission_check(data):
	"""(roster, edition, requests, key) of an admission whose signature holds."""
	note = Note(data)
	grounds = note.text.startswith(b"undersigned admission v2\n")
	lines = Lines(note.text, "undersigned admission v2" if grounds else "undersigned admission v1")
	roster, edition = name(lines.take_text("roster")), decimal(lines.take("edition"), 1)
	date(lines.take("date"))
	if grounds:
		requests = []
		for request, kind, evidence, identities in lines.many("request", 4):
			need(kind in ("steward", "vouch", "ssh", "openpgp", "x509"), "no kind of evidence")
			hashes = [unhex(one, 32, 32) for one in [evidence] + identities.split(",")]
			need(len(hashes) <= 9 and len(set(hashes[1:])) == len(hashes) - 1, "bad identities")
			requests.append(unhex(request, 32, 32))
	else:
		requests = [unhex(one, 32, 32) for one in lines.many("request")]
	key = Key.parse(lines.take_text("key"))
	lines.done()
	note.check(key, [])
	return roster, edition, requests, key.text


def archive_check(data, record):
	"""An archive (4.3) against its roster's record: every request, every admission, every root."""
	length, digest = record.archive
	need(len(data) >= length and sha256(data[:length]) == digest, "the archive is not the record's")
	at, entries, admission = 0, [], None

	def part():
		nonlocal at
		n = int.from_bytes(data[at:at + 4], "little")
		need(at + 4 + n <= length, "the archive is too short")
		at += 4 + n
		return data[at - n:at]

	while at < length:
		request, admitted = part(), part()
		admission = admission_check(admitted) if admitted else admission
		need(admission, "the first entry has no admission")
		roster, edition, requests, key = admission
		need((roster, edition, key) == (record.name, record.edition, record.key.text) and
			sha256(request) in requests, "an admission is of another roster or request")
		roster, edition, meta, codes = request_check(request)
		need((roster, edition, len(codes)) == (record.name, record.edition, len(record.columns)),
			"a request is of another roster")
		entries.append((meta, codes))
	need(len(entries) == record.members, "the archive has another number of entries")
	for c, root in enumerate(record.roots):
		need(proofs.Snapshot(record.name, [(proofs.ENROLLED, codes[c], meta)
			for meta, codes in entries]).root == root, "a root is not that of the archive")


# --- Statements (5) ------------------------------------------------------------------------------

class Statement:
	def __init__(self, data):
		need(len(data) <= 65535 and len(data) >= 2 and data[0] == 1, "not a statement")
		self.data, self.action = data, data[1]
		need(self.action in (1, 2), "unknown action")
		self.scope = data[2:39]
		at = 39
		self.ring = None
		if self.action == 1:
			self.ring = data[39:71]
			at = 71
		need(len(data) >= at + 6, "a statement is too short")
		self.seq = int.from_bytes(data[at:at + 4], "little")
		at += 4
		parts = []
		for _ in range(2):
			need(len(data) >= at + 2, "a statement is too short")
			length = int.from_bytes(data[at:at + 2], "little")
			need(len(data) >= at + 2 + length, "a statement is too short")
			parts.append(data[at + 2:at + 2 + length])
			at += 2 + length
		need(at == len(data), "a statement is too long")
		self.proof, self.body = parts
		need(len(self.proof) >= 32, "a statement has no tag")
		self.tag = self.proof[:32]

	def order(self, epoch):
		return (sha256(epoch.to_bytes(8, "big") + self.tag), self.seq, self.action,
			sha256(self.data))


def statement_bytes(action, scope, ring_id, seq, proof, body=b""):
	return bytes([1, action]) + scope + (ring_id if action == 1 else b"") + proofs.u32(seq) + \
		len(proof).to_bytes(2, "little") + proof + len(body).to_bytes(2, "little") + body


STATEMENT_FILE = b"undersigned statement v1\n"


def statement_file_bytes(*entries):
	return STATEMENT_FILE + bytes([len(entries)]) + b"".join(
		len(entry).to_bytes(2, "little") + entry for entry in entries)


def statement_file_parse(data):
	need(data.startswith(STATEMENT_FILE) and len(data) > len(STATEMENT_FILE),
		"not a statement file")
	at = len(STATEMENT_FILE)
	n = data[at]
	need(n in (1, 2), "a statement file has one or two statements")
	at, found = at + 1, []
	for _ in range(n):
		need(len(data) >= at + 2, "a statement file is too short")
		length = int.from_bytes(data[at:at + 2], "little")
		need(len(data) >= at + 2 + length, "a statement file is too short")
		found.append(Statement(data[at + 2:at + 2 + length]))
		at += 2 + length
	need(at == len(data), "a statement file is too long")
	return found


# --- Claims (8.2) --------------------------------------------------------------------------------

class Claim:
	def __init__(self, data):
		self.designated = data.startswith(b"undersigned designated-claim v1\n")
		lines = Lines(data, "undersigned %s v1" % ("designated-claim" if self.designated else "claim"))
		self.letter, self.ring = letter_id(lines), name(lines.take_text("ring"))
		self.version = decimal(lines.take("version"))
		self.index = decimal(lines.take("index"))
		self.text = lines.take_text("text")
		if self.designated:
			code, proof, self.verifier = lines.take("verifier", 3, True)
			name(self.verifier)
			self.vk = unbase64(code, 32)
			need(proofs.vk_holds(self.verifier.encode(), self.vk, unbase64(proof, 64)),
				"the verifier's key has no proof of possession")
			self.tag = unbase64(lines.take("tag"), 32)
			self.proof = unbase64(lines.take("proof"), 32 * 11)
		else:
			self.proof = unbase64(lines.take("proof"), 32 * 8)
			self.tag = self.proof[:32]
		lines.done()

	def holds(self, ring, scope):
		payload = proofs.claim_message(self.text.encode())
		if not self.designated:
			return proofs.claim_holds(ring, self.index, scope, payload, self.proof)
		return proofs.dv_claim_holds(ring, self.index, scope, payload, self.vk, self.tag, self.proof)


def claim_bytes(letter, ring_name, version, index, text, proof):
	return ("undersigned claim v1\nletter %s\nring %s\nversion %d\nindex %d\ntext %s\nproof %s\n" %
		(letter.hex(), ring_name, version, index, text, b64(proof))).encode()


def designated_claim_bytes(letter, ring_name, version, index, text, verifier, tag, proof):
	vk, vk_proof, verifier_name = verifier
	return ("undersigned designated-claim v1\nletter %s\nring %s\nversion %d\nindex %d\ntext %s\n"
		"verifier %s %s %s\ntag %s\nproof %s\n" % (letter.hex(), ring_name, version, index, text,
		b64(vk), b64(vk_proof), verifier_name, b64(tag), b64(proof))).encode()


def verifier_key_bytes(verifier_name, vk, proof):
	return ("undersigned verifier-key v1\nname %s\nkey %s\nproof %s\n" %
		(verifier_name, b64(vk), b64(proof))).encode()


def verifier_key_parse(data):
	lines = Lines(data, "undersigned verifier-key v1")
	who = name(lines.take_text("name"))
	vk, proof = unbase64(lines.take("key"), 32), unbase64(lines.take("proof"), 64)
	lines.done()
	need(proofs.vk_holds(who.encode(), vk, proof), "a proof of possession does not hold")
	return vk, proof, who


def credential_parse(data):
	"""(roster, edition, meta, secrets by column) of an unsealed credential (8.1)."""
	lines = Lines(data, "undersigned credential v1")
	roster, edition = name(lines.take_text("roster")), decimal(lines.take("edition"), 1)
	meta = lines.maybe("meta")
	need(lines.take_text("seal") == "none", "the credential is sealed")
	secrets = {}
	for row in lines.many("column", 5):
		if row[4] != "burnt":
			data = unbase64(row[4], 160)
			secrets[decimal(row[0])] = [proofs.scalar_decode(data[k:k + 32])
				for k in range(0, 160, 32)]
	lines.done()
	return roster, edition, unhex(meta, 1, 32) if meta else b"", secrets


def text_hash(data):
	return len(data), hashlib.sha256(data).hexdigest()
