"""Evidence of membership, from doc/formats.md 4.2 to 4.8 alone: rules, words, vouches, SSH signatures of
Ed25519 keys, disclosures, identities, refusals, samples. Raises Bad where something does not hold."""
import base64
import hashlib

import proofs
from records import Roster, request_check
from text import (Bad, Key, Lines, Note, date, decimal, ed25519_is_valid, name, need, sha256, unbase64,
	unhex)

KINDS = ("steward", "vouch", "ssh", "openpgp", "x509")
REASONS = ("no-evidence", "bad-evidence", "not-member", "twice", "late", "withdrawn")
NAMESPACE = b"undersigned-enrolment"


def head(lines):
	return name(lines.take_text("roster")), decimal(lines.take("edition"), 1)


class Rules:
	"""4.6: a note of the roster's key alone."""

	def __init__(self, data, signed=True):
		note = Note(data)
		second = note.text.startswith(b"undersigned evidence-rules v2\n")
		lines = Lines(note.text, "undersigned evidence-rules v%d" % (1 + second))
		self.roster, self.edition = head(lines)
		self.words, self.stewards, self.vouchers, self.cap, self.additions = 0, [], 0, 0, 5
		words = lines.maybe("stewards")
		if words:
			self.words = decimal(words, 1, 16)
			self.stewards = [Key.parse(one) for one in lines.many("steward", 1, True)]
			need(self.words <= len(self.stewards) <= 16, "stewards")
			need(len({one.public for one in self.stewards}) == len(self.stewards), "a steward twice")
		vouchers = lines.maybe("vouchers", 2)
		if vouchers:
			self.vouchers, self.cap = decimal(vouchers[0], 1, 8), decimal(vouchers[1], 1, 1000)
		if second:
			self.additions = decimal(lines.take("additions"), 1, 1000)
		self.key = Key.parse(lines.take_text("key"))
		lines.done()
		if signed:
			note.check(self.key, [])


class Refusals:
	"""4.8."""

	def __init__(self, data, signed=True):
		note = Note(data)
		lines = Lines(note.text, "undersigned refusals v1")
		self.roster, self.edition = head(lines)
		self.date, self.numbers = date(lines.take("date")), {}
		last = -1
		while lines.peek() == "refused":
			reason, number = lines.take("refused", 2)
			need(reason in REASONS and REASONS.index(reason) > last, "reasons")
			last = REASONS.index(reason)
			self.numbers[reason] = decimal(number, 1)
		self.key = Key.parse(lines.take_text("key"))
		lines.done()
		if signed:
			note.check(self.key, [])


class Sample:
	"""4.7: what a steward says of a sample."""

	def __init__(self, data, signed=True):
		note = Note(data)
		lines = Lines(note.text, "undersigned sample v1")
		self.roster, self.edition = head(lines)
		self.date = date(lines.take("date"))
		self.snapshot = unbase64(lines.take("snapshot"), 32)
		self.checkpoint = unhex(lines.take("checkpoint"), 32, 32)
		self.drawn = decimal(lines.take("drawn"), 1, 1000)
		self.opened = decimal(lines.take("opened"), 0, self.drawn)
		self.key = Key.parse(lines.take_text("key"))
		lines.done()
		if signed:
			note.check(self.key, [])


def acts_told(entries, rosters):
	"""The numbers of the log's entries that 4.9 has a verifier report; rosters: (name, edition, key) of
	each roster of the letter."""
	kinds = {b"undersigned evidence-rules v1": Rules, b"undersigned evidence-rules v2": Rules,
		b"undersigned refusals v1": Refusals, b"undersigned sample v1": Sample}
	snapshots, ruled, refused, told = {}, set(), {}, []
	for number, entry in enumerate(entries):
		first = entry.split(b"\n", 1)[0]
		if first == b"undersigned roster v1":
			record = Roster(entry)
			snapshots.setdefault(record.id, record)
		if first not in kinds:
			continue
		try:
			act = kinds[first](entry, False)
		except Bad:
			continue
		at = (act.roster, act.edition, act.key.text)
		if at not in rosters:
			continue
		try:
			act = kinds[first](entry)
			if isinstance(act, Rules):
				need(at not in ruled, "rules a second time")
				ruled.add(at)
			elif isinstance(act, Refusals):
				before = refused.get(at)
				need(not before or act.date >= before.date and all(
					act.numbers.get(reason, 0) >= n for reason, n in before.numbers.items()), "taken back")
				refused[at] = act
			else:
				record = snapshots.get(act.snapshot)
				need(record and (record.name, record.edition, record.key.text) == at and
					act.drawn <= record.members, "no snapshot of it")
		except Bad:
			told.append(number)
	return told


def word_person(data, rules, request):
	"""The person whom so many stewards name, or "" (4.4, steward)."""
	note = Note(data)
	lines = Lines(note.text, "undersigned word v1")
	need(head(lines) == (rules.roster, rules.edition), "a word for another roster")
	need(unhex(lines.take("request"), 32, 32) == sha256(request), "a word for another request")
	person = lines.maybe("person", 1, True)
	need(person is None or name(person), "a person's name")
	lines.done()
	need(rules.words > 0, "no words of stewards serve")
	found = set()
	for who, key_id, payload in note.lines:
		steward = [one for one in rules.stewards if (one.name, one.id) == (who, key_id)]
		need(steward and steward[0].text not in found, "a signature of nobody, or a second one")
		need(ed25519_is_valid(steward[0].public, *steward[0].message(note.text, payload)),
			"a steward's signature does not hold")
		found.add(steward[0].text)
	need(len(found) >= rules.words, "too few stewards")
	return person or ""


def vouch_org(roster, edition, request):
	return "%s\nvouch %d %s" % (roster, edition, sha256(request).hex())


def vouchers(data, rules, request, entries):
	"""The numbers of the entries whose members vouch (4.4, vouch); entries: of each its commitments."""
	lines = Lines(data, "undersigned vouches v1")
	need(head(lines) == (rules.roster, rules.edition), "a vouch for another roster")
	need(unhex(lines.take("request"), 32, 32) == sha256(request), "a vouch for another request")
	rows = lines.many("vouch", 3)
	lines.done()
	need(len(rows) <= 16 and len({row[1] for row in rows}) == len(rows), "vouches")
	need(rules.vouchers > 0, "no vouches serve")
	found = []
	for column, code, proof in rows:
		column, code = decimal(column, 1, 16), unbase64(code, 32)
		places = [k for k, codes in enumerate(entries) if column <= len(codes) and
			codes[column - 1] == code]
		need(len(places) == 1 and places[0] not in found, "no entry, or one twice")
		need(proofs.register_holds(vouch_org(rules.roster, rules.edition, request), b"", column, code,
			unbase64(proof, 192)), "a vouch does not hold")
		found.append(places[0])
	need(len(found) >= rules.vouchers, "too few vouch")
	return found[:rules.vouchers]


def string(data):
	return len(data).to_bytes(4, "big") + data


class Wire:
	def __init__(self, data):
		self.data, self.at = data, 0

	def take(self, n):
		need(self.at + n <= len(self.data), "too short")
		self.at += n
		return self.data[self.at - n:self.at]

	def string(self):
		return self.take(int.from_bytes(self.take(4), "big"))

	def done(self):
		need(self.at == len(self.data), "bytes left over")


def ssh_key(data, request):
	"""The key's bytes of an Ed25519 signature by ssh-keygen -Y sign (4.4, ssh)."""
	rows = data.decode("ascii", "replace").split("\n")
	need(rows[0] == "-----BEGIN SSH SIGNATURE-----" and rows[-1] == "" and
		rows[-2] == "-----END SSH SIGNATURE-----", "not armoured")
	wire = Wire(base64.b64decode("".join(rows[1:-2]), validate=True))
	need(wire.take(10) == b"SSHSIG\0\0\0\1", "not a signature of version 1")
	key, namespace, reserved, hashed, signature = (wire.string() for _ in range(5))
	wire.done()
	need(namespace == NAMESPACE and reserved == b"" and hashed in (b"sha256", b"sha512"), "fields")
	inner, outer = Wire(key), Wire(signature)
	need(inner.string() == outer.string() == b"ssh-ed25519", "another kind of key")
	public, number = inner.string(), outer.string()
	inner.done()
	outer.done()
	digest = hashlib.new(hashed.decode(), request).digest()
	need(len(public) == 32 and len(number) == 64 and ed25519_is_valid(public, b"SSHSIG" +
		string(namespace) + string(b"") + string(hashed) + string(digest), number), "it does not hold")
	return key


def ssh_person(listed, key):
	"""The principals of the allowed_signers line of a key; only lines `PRINCIPALS ssh-ed25519 KEY`."""
	for row in listed.decode().splitlines():
		fields = row.split()
		if len(fields) >= 3 and fields[1] == "ssh-ed25519" and base64.b64decode(fields[2]) == key:
			return fields[0].lower()
	raise Bad("the key is on no list")


class Salt:
	def __init__(self, data):
		lines = Lines(data, "undersigned evidence-salt v1")
		self.roster, self.edition = head(lines)
		self.salt = unbase64(lines.take("salt"), 32)
		self.burn = date(lines.take("burn"))
		lines.done()

	def identity(self, label, value):
		label = label.encode()
		return sha256(b"undersigned identity v1\n" + self.salt + bytes([len(label)]) + label +
			len(value).to_bytes(8, "little") + value)


class Disclosure:
	"""4.5."""

	def __init__(self, data):
		at = data.find(b"\n\n")
		need(at >= 0, "no empty line")
		self.evidence = data[at + 2:]
		lines = Lines(data[:at + 1], "undersigned evidence v1")
		self.salt = unbase64(lines.take("salt"), 32)
		self.roster, self.edition = head(lines)
		self.request = unhex(lines.take("request"), 32, 32)
		self.kind = lines.take("kind")
		need(self.kind in KINDS, "no kind of evidence")
		self.date = date(lines.take("date"))
		self.against = []
		while lines.peek() == "against":
			digest, which = lines.take("against", 2, True)
			self.against.append((unhex(digest, 32, 32), which))
		need(decimal(lines.take("length"), 1, 65536) == len(self.evidence), "another length")
		lines.done()


class Admission:
	"""Version 2: of each request's hash (kind, disclosure's hash, identities)."""

	def __init__(self, data):
		note = Note(data)
		lines = Lines(note.text, "undersigned admission v2")
		self.roster, self.edition = head(lines)
		self.date = date(lines.take("date"))
		self.grounds = {}
		for request, kind, disclosed, identities in lines.many("request", 4):
			hashes = [unhex(one, 32, 32) for one in identities.split(",")]
			need(kind in KINDS and 1 <= len(hashes) <= 8 and len(set(hashes)) == len(hashes), "grounds")
			self.grounds[unhex(request, 32, 32)] = (kind, unhex(disclosed, 32, 32), hashes)
		self.key = Key.parse(lines.take_text("key"))
		lines.done()
		note.check(self.key, [])


def archive(data):
	"""(request, admission) of each entry."""
	at, found, admission = 0, [], b""
	while at < len(data):
		parts = []
		for _ in range(2):
			n = int.from_bytes(data[at:at + 4], "little")
			need(at + 4 + n <= len(data), "the archive is too short")
			parts.append(data[at + 4:at + 4 + n])
			at += 4 + n
		admission = parts[1] or admission
		found.append((parts[0], admission))
	return found


def check_roster(data, rules, salt, disclosures, lists):
	"""Everything that an auditor can check who was given all: the archive, the rules, the edition's salt,
	disclosures by request's hash, and the lists of keys. Returns the kinds in order. No two entries have
	an identity in common, and nobody vouches more often than he may."""
	entries, kinds, seen, vouched = [], [], set(), {}
	for request, admitted in archive(data):
		codes = request_check(request)[3]
		entries.append(codes)
		if b"undersigned admission v2\n" != admitted[:25]:
			kinds.append("word")
			continue
		admission = Admission(admitted)
		need((admission.roster, admission.edition, admission.key.text) ==
			(rules.roster, rules.edition, rules.key.text), "an admission to another roster")
		kind, digest, identities = admission.grounds[sha256(request)]
		disclosed = disclosures[sha256(request)]
		need(sha256(disclosed) == digest, "another disclosure than was published")
		opened = Disclosure(disclosed)
		need((opened.roster, opened.edition, opened.request, opened.kind) ==
			(rules.roster, rules.edition, sha256(request), kind), "a disclosure of something else")
		for one, which in opened.against:
			need(sha256(lists[which]) == one, "another list than it was checked against")
		if kind == "vouch":
			who = vouchers(opened.evidence, rules, request, entries[:-1])
			expected = [salt.identity("voucher", k.to_bytes(4, "little")) for k in who]
			for k in who:
				vouched[k] = vouched.get(k, 0) + 1
				need(vouched[k] <= rules.cap, "somebody vouches too often")
		elif kind == "steward":
			person = word_person(opened.evidence, rules, request)
			expected = [salt.identity("key", sha256(request))]
			if person:
				expected.append(salt.identity("person", person.lower().encode()))
		elif kind == "ssh":
			key = ssh_key(opened.evidence, request)
			person = [ssh_person(lists[which], key) for _, which in opened.against]
			expected = [salt.identity("key", key), salt.identity("person", person[0].encode())]
		else:
			raise Bad("not read here: " + kind)
		need(identities == expected, "other identities than those of the evidence: " + kind)
		if kind != "vouch":
			need(not seen & set(identities), "one person has two entries")
			seen |= set(identities)
		kinds.append(kind)
	return kinds


def drawn(snapshot_text, checkpoint_text, number, members):
	"""4.7."""
	seed = sha256(b"undersigned sample v1\n" + sha256(snapshot_text) + sha256(checkpoint_text))
	limit, found, counter = 2**64 - 1 - (2**64 - 1) % members, [], 0
	while len(found) < min(number, members):
		value = int.from_bytes(sha256(seed + counter.to_bytes(8, "little"))[:8], "little")
		counter += 1
		if value < limit and value % members not in found:
			found.append(value % members)
	return found
