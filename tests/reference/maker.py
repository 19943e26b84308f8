"""Makes a complete letter from scratch: keys, rosters, records, statements, log, bundle.

Everything is drawn from one seed. A Plan is plain data that a test changes before files() turns it
into a bundle with correct hashes and signatures, whatever the plan says.
"""
import copy
import hashlib
import os

import proofs
from bundle import tar_bytes
from curve import L, ed25519_public, ed25519_scalar, wide
from records import points_bytes, rank, statement_bytes
from text import (COSIGNATURE, DATE, SecretKey, b64, checkpoint_text, note, seconds_of, sha256, tiles)

SEED = os.environ.get("UNDERSIGN_SEED", "1")
DAY = 86400


def draw(*labels):
	return hashlib.sha512(("/".join(map(str, (SEED,) + labels))).encode()).digest()


class Draws:
	"""Nonces that repeat from run to run: these secrets are those of tests."""

	def __init__(self, *labels):
		self.labels, self.k = labels, 0

	def __call__(self):
		self.k += 1
		return wide(draw(*self.labels, self.k))


_keys = {}


def key(who, kind=1):
	if (who, kind) not in _keys:
		_keys[who, kind] = SecretKey(who, draw("key", who)[:32], kind)
	return _keys[who, kind]


class Member:
	"""A person in a roster: a secret for each column, or an Ed25519 key."""

	made = {}

	def __init__(self, cls, who, columns=2, meta=b""):
		self.cls, self.who, self.meta = cls, who, meta
		if cls == "raw-key":
			self.seed = draw("ed25519", who)[:32]
			self.secrets = [[ed25519_scalar(self.seed)[0] % L, 0, 0, 0, 0]]
			self.sources = [ed25519_public(self.seed)]
		else:
			self.secrets = [[wide(draw("secret", who, c, j)) for j in range(5)]
				for c in range(columns)]
			self.sources = [proofs.commitment(s).encode() for s in self.secrets]

	@classmethod
	def get(cls, *args):
		if args not in cls.made:
			cls.made[args] = cls(*args)
		return cls.made[args]

	def secret(self, column):
		return self.secrets[max(1, column) - 1]

	def request(self, roster, edition):
		if not hasattr(self, "requests"):
			self.requests = {}
		if (roster, edition) not in self.requests:
			rows = []
			for c, (secret, code) in enumerate(zip(self.secrets, self.sources)):
				proof = proofs.register(roster, self.meta, c + 1 if len(self.secrets) > 1 else 0,
					secret, Draws("register", self.who, roster, c))
				rows.append("column %d %s %s\n" % (c + 1, b64(code), b64(proof)))
			self.requests[roster, edition] = ("undersigned enrolment v1\nroster %s\nedition %d\n%s%s"
				% (roster, edition, "meta %s\n" % self.meta.hex() if self.meta else "",
				"".join(rows))).encode()
		return self.requests[roster, edition]


class Roster:
	def __init__(self, roster_name, organisation, cls, members, steward, columns=2, edition=1):
		self.name, self.organisation, self.cls = roster_name, organisation, cls
		self.members, self.steward, self.columns, self.edition = members, steward, columns, edition
		self.source, self.date, self.archive_data = "the list of 1 March 2031", "2031-03-01", None
		self.calendar = ["2031-04-01 2031-06-30 2031-07-28", "2031-07-01 2031-09-30 2031-10-28"]

	def __deepcopy__(self, memo):
		new = copy.copy(self)
		new.members = list(self.members)
		new.calendar = list(self.calendar)
		return new

	def kind(self):
		return proofs.ENROLLED if self.cls == "enrolled" else proofs.RAW_KEY

	def entries(self, column, n=None):
		at = max(1, column) - 1
		return [(self.kind(), m.sources[at], m.meta) for m in self.members[:n]]

	def archive(self, n):
		at = (self.name, self.edition, self.steward.text, tuple(m.who for m in self.members[:n]))
		if at not in _archives:
			_archives[at] = self.archive_bytes(n)
		return _archives[at]

	def archive_bytes(self, n):
		"""Two members an admission, the second one by a length of 0."""
		out, requests = b"", [m.request(self.name, self.edition) for m in self.members[:n]]
		for k, request in enumerate(requests):
			admission = b""
			if k % 2 == 0:
				grounds = k % 4 == 2
				text = "undersigned admission v%d\nroster %s\nedition %d\ndate 2031-03-01\n" % (
					1 + grounds, self.name, self.edition)
				for one in requests[k:k + 2]:
					text += "request %s" % sha256(one).hex()
					if grounds:
						text += " ssh %s %s,%s" % (sha256(b"evidence" + one).hex(),
							sha256(b"key" + one).hex(), sha256(b"person" + one).hex())
					text += "\n"
				admission = note((text + "key %s\n" % self.steward.text).encode(), self.steward)
			for part in (request, admission):
				out += len(part).to_bytes(4, "little") + part
		return out

	def record(self, n=None, **changed):
		"""The snapshot's signed note. A change replaces the text of a line, or its signers."""
		n = len(self.members) if n is None else n
		signers = changed.pop("signers", [self.steward])
		raw = self.cls == "raw-key"
		rows = [("roster", self.name), ("organisation", self.organisation), ("class", self.cls),
			("edition", str(self.edition)), ("date", self.date), ("source", self.source),
			("steward", "the staff council")]
		if raw:
			rows += [("persons", "comment")]
			archive = b""
		else:
			rows += [("column", "%d %s" % (c + 1, self.calendar[c])) for c in range(self.columns)]
			archive = self.archive(n) if self.archive_data is None else self.archive_data
		rows += [("members", str(n))]
		rows += [("root", b64(root_of(tuple(self.entries(c, n)))))
			for c in ([0] if raw else range(1, self.columns + 1))]
		rows += [("archive", "%d %s" % (len(archive), sha256(archive).hex())),
			("key", self.steward.text)]
		return note(lines("undersigned roster v1", rows, changed), *signers)


_roots, _archives = {}, {}


def root_of(entries):
	if entries not in _roots:
		_roots[entries] = proofs.merkle_root([proofs.leaf(*entry) for entry in entries])
	return _roots[entries]


def lines(first, rows, changed=()):
	"""changed: key -> None to leave the lines out, a text, or a list of texts."""
	out, done = [first], set()
	for k, value in rows:
		if k not in changed:
			out.append(k + " " + value)
		elif k not in done:
			new = changed[k]
			out += [k + " " + one for one in ([] if new is None else
				[new] if isinstance(new, str) else new)]
			done.add(k)
	return "".join(line + "\n" for line in out).encode()


def id_of(data):
	return sha256(data[:data.rfind(b"\n\n") + 1])


class Epoch:
	def __init__(self, records=(), statements=()):
		self.records, self.statements = list(records), list(statements)
		self.number = self.seconds = None    # otherwise what they must be
		self.is_sorted = True


_signatures = {}


def sign_cached(ring, i, secret, scope, message):
	at = (ring.id, i, scope, message)
	if at not in _signatures:
		_signatures[at] = proofs.sign(ring, i, secret, scope, message,
			Draws("sign", ring.id.hex(), i, scope.hex(), message.hex()))
	return _signatures[at]


def rosters_default():
	"""Seven rosters: two large ones, two in a group that share a person, a small one, raw keys."""
	enrolled = lambda roster, n, meta=b"": [Member.get("enrolled", "%s %d" % (roster, k), 2, meta)
		for k in range(n)]
	steward = key("steward.example/one")
	shared = Member.get("enrolled", "shared", 2)
	rosters = [
		Roster("Rivers", "Institute of Waters", "enrolled", enrolled("Rivers", 18), steward),
		Roster("Lakes", "Lake Survey", "enrolled", enrolled("Lakes", 16, b"\x17"),
			key("steward.example/lakes")),
		Roster("Springs", "Survey of Springs", "enrolled", enrolled("Springs", 8) + [shared],
			steward),
		Roster("Wells", "Wells", "enrolled", [shared] + enrolled("Wells", 8), steward),
		Roster("Ponds", "Ponds", "enrolled", enrolled("Ponds", 3), steward),
		Roster("Keys of Waters", "Institute of Waters", "raw-key",
			[Member.get("raw-key", "waters %d" % k) for k in range(17)], steward),
	]
	return rosters


class Plan:
	"""A letter of six epochs. Everything may be changed before files()."""

	def __init__(self, rosters=None, with_statements=True, begins="2031-04-03", epoch_seconds=DAY,
			**manifest):
		self.epoch_seconds = epoch_seconds
		self.begins_text = begins
		self.begins = seconds_of(begins, DATE if epoch_seconds % DAY == 0 else "%Y-%m-%dT%H:%M:%SZ")
		self.log_key = key("log.example/letters")
		self.organiser = key("organiser.example")
		self.witnesses = [key("witness.example/w1", COSIGNATURE)]
		self.checkpoint_change = lambda text: text
		self.keys_change = lambda rows: rows
		self.files_change = lambda files: files
		self.entries_change = lambda entries: entries
		self.extra_signers = {}
		self.rosters = rosters or rosters_default()
		self.columns = [0 if r.cls == "raw-key" else 1 for r in self.rosters]
		self.log_changed = {}
		self.texts = {"en": "# Publish what we measure\n\nWe ask.\n".encode(),
			"de": "# Veröffentlichen, was wir messen\n".encode()}
		self.groups = None
		self.manifest_changed = manifest
		self.base = [len(r.members) for r in self.rosters]
		self.base_records = [r.record() for r in self.rosters]
		self.last = list(self.base)
		self.make_manifest()
		self.epochs = [Epoch() for _ in range(6)]
		self.epochs[0].records = [self.log_record()] + list(self.base_records)
		self.epochs[1].records = [self.manifest, self.open_record()]
		if with_statements:
			self.default_statements()

	# --- Records

	def log_record(self, **changed):
		signers = changed.pop("signers", [self.log_key])
		return note(lines("undersigned log v1", [("log", self.log_key.text),
			("epoch-seconds", str(self.epoch_seconds)), ("begins", self.begins_text)],
			{k.replace("_", "-"): v for k, v in changed.items()}), *signers)

	def ring_rows(self):
		rows = []
		for cls in ("enrolled", "raw-key"):
			of_class = [k for k, r in enumerate(self.rosters) if r.cls == cls]
			if len(of_class) == 1:
				rows.append(("ring", "%s own %d" % (cls, of_class[0] + 1)))
				continue
			rows += [("ring", "%s own %d" % (cls, k + 1)) for k in of_class if self.base[k] >= 16]
			if cls == "enrolled" and self.groups is None and len(self.rosters) == 6:
				rows.append(("ring", "enrolled group 3,4 Springs and Wells"))
			rows += [("ring", "%s group %s" % (cls, g)) for c, g in self.groups or [] if c == cls]
			if of_class:
				rows.append(("ring", "%s all All %s members" % (cls, cls)))
		return rows

	def make_manifest(self):
		changed = {k.replace("_", "-"): v for k, v in self.manifest_changed.items()}
		signers = changed.pop("signers", [self.organiser])
		rows = [("title", "en Publish what we measure"), ("title", "de Veröffentlichen")]
		rows += [("text", "%s %d %s" % (language, len(data), sha256(data).hex()))
			for language, data in self.texts.items()]
		rows += [("authoritative", "en"), ("to", "The Ministry of Waters"),
			("organiser", self.organiser.text), ("log", self.log_key.text), ("opens", "1"),
			("closes", "5"), ("ring-min", "16"), ("hold-min", "3")]
		rows += [("roster", "%s %d %d %s" % (b64(id_of(record)), column, n, r.name))
			for record, column, n, r in zip(self.base_records, self.columns, self.base,
			self.rosters)]
		self.manifest_text = lines("undersigned letter v1", rows + self.ring_rows(), changed)
		self.manifest = note(self.manifest_text, *signers)
		self.context = proofs.context(self.manifest_text)
		self.scope = b"\1" + self.context + bytes(4)
		self.versions = [self.base]

	def open_record(self, *signers):
		return note(("undersigned open v1\nletter %s\n" % self.context.hex()).encode(),
			*signers or [self.organiser])

	def close_record(self, epoch):
		return note(("undersigned close v1\nletter %s\nepoch %d\n" %
			(self.context.hex(), epoch)).encode(), self.organiser)

	def extend_record(self, version, snapshot_records, members, names=None, signers=None):
		names = names or [r.name for r in self.rosters]
		return note(("undersigned extend v1\nletter %s\nversion %d\n%s" % (self.context.hex(), version,
			"".join("roster %s %d %s\n" % (b64(id_of(record)), n, one)
			for record, n, one in zip(snapshot_records, members, names)))).encode(),
			*signers or [self.organiser])

	# --- Rings and statements

	def snapshot(self, k, n):
		return snapshot_cached(self.rosters[k].name, tuple(self.rosters[k].entries(self.columns[k], n)))

	def ring(self, what, members=None):
		"""what: the number of a roster from 0, or a tuple (name, numbers)."""
		members = members or self.base
		if isinstance(what, int):
			return ring_cached(None, (self.snapshot(what, members[what]),))
		return ring_cached(what[0], tuple(self.snapshot(k, members[k]) for k in what[1]))

	def group(self):
		return "Springs and Wells", (2, 3)

	def all(self, cls="enrolled"):
		return "All %s members" % cls, tuple(k for k, r in enumerate(self.rosters) if r.cls == cls)

	def sign(self, roster, member, ring=None, seq=1, version=None, scope=None, message=None):
		"""Entry of a signature by a member of a roster."""
		ring = self.ring(roster if ring is None else ring, version)
		secret = self.rosters[roster].members[member].secret(self.columns[roster])
		code = proofs.element(self.rosters[roster].kind(),
			self.rosters[roster].members[member].sources[max(1, self.columns[roster]) - 1]).encode()
		i = [p.encode() for p in ring.elements].index(code)
		scope = scope or self.scope
		proof = sign_cached(ring, i, secret, scope,
			message or proofs.sign_message(self.manifest_text, seq))
		return statement_bytes(1, scope, ring.id, seq, proof)

	def withdraw(self, roster, member, seq=2, scope=None):
		scope = scope or self.scope
		secret = self.rosters[roster].members[member].secret(self.columns[roster])
		at = (b"withdraw", roster, member, scope, seq)
		if at not in _signatures:
			_signatures[at] = proofs.withdraw(secret, scope, proofs.withdraw_message(seq),
				Draws("withdraw", scope.hex(), roster, member, seq))
		return statement_bytes(2, scope, b"", seq, _signatures[at])

	def default_statements(self):
		e = self.epochs
		e[1].statements = [self.sign(0, k) for k in range(3)]
		e[2].statements = [self.sign(2, 0, self.group()), self.sign(2, 8, self.group()),
			self.sign(3, 4, self.group()), self.sign(0, 3), self.sign(0, 4), self.sign(0, 5)]
		# Two more in Rivers: version 1.
		self.rosters[0].members += [Member.get("enrolled", "late %d" % k, 2) for k in range(2)]
		grown = list(self.base)
		grown[0] += 2
		self.grown_records = [self.rosters[0].record()] + list(self.base_records[1:])
		self.extend_to(grown, 3, self.grown_records, 1)
		e[3].statements = [self.sign(0, k, version=grown) for k in (6, 18, 19)]
		e[3].statements += [self.sign(5, k) for k in range(3)] + [self.withdraw(0, 1)]
		e[4].statements = [self.sign(0, 2, seq=2, version=grown), self.withdraw(5, 1, seq=2)]
		e[4].statements += [self.withdraw(1, 7, seq=1)]     # void: nobody signed with this tag
		# The closing: what was too few, by second proofs in the ring of all; one more in Rivers.
		e[5].statements = [self.sign(1, 0, self.all(), version=grown),
			self.sign(4, 1, self.all(), version=grown), self.sign(0, 7, version=grown),
			self.sign(5, 9)]

	def extend_to(self, members, epoch, snapshot_records, version):
		new = [r for r in snapshot_records if not any(r in e.records for e in self.epochs)]
		self.epochs[epoch].records += new + [self.extend_record(version, snapshot_records, members)]
		self.versions = self.versions + [members]
		self.last = members

	# --- Log and bundle

	def entries(self):
		out = []
		for n, epoch in enumerate(self.epochs):
			number = n if epoch.number is None else epoch.number
			seconds = self.begins + n * self.epoch_seconds if epoch.seconds is None else epoch.seconds
			out.append(b"\2" + number.to_bytes(8, "big") + seconds.to_bytes(8, "big"))
			rows, statements = list(epoch.records), list(epoch.statements)
			if epoch.is_sorted:
				rows.sort(key=lambda entry: (rank(entry), sha256(entry)))
				statements.sort(key=lambda entry: statement_order(entry, number))
			out += rows + statements
		return self.entries_change(out)

	def signers_of(self, data):
		return data[data.rfind(b"\n\n") + 2:]

	def files(self, **options):
		entries = self.entries()
		files, root = tiles(entries)
		text = self.checkpoint_change(checkpoint_text(self.log_key.name, len(entries), root))
		files["checkpoint"] = text + b"\n" + self.log_key.line(text) + b"".join(
			w.line(text, 1900000000) for w in self.witnesses)
		files["manifest"] = self.manifest
		for language, data in self.texts.items():
			files["texts/%s.md" % language] = data
		for k, r in enumerate(self.rosters):
			files["rosters/%d.points" % (k + 1)] = points_bytes(r.kind(),
				r.entries(self.columns[k], self.last[k]))
		signers = {self.log_key.text, self.organiser.text} | {w.text for w in self.witnesses}
		signers |= {r.steward.text for r in self.rosters}
		rows = self.keys_change(sorted(signers | {k.text for k in self.extra_signers}))
		files["keys"] = "".join(row + "\n" for row in rows).encode()
		return self.files_change(files)

	def claim(self, roster, member, ring, version, ring_name, text):
		"""(ring, index, secret) of a claim."""
		found = self.ring(ring, self.versions[version])
		secret = self.rosters[roster].members[member].secret(self.columns[roster])
		code = proofs.commitment(secret).encode()
		return found, [p.encode() for p in found.elements].index(code), secret

	def copy(self):
		new = copy.copy(self)
		new.rosters = [copy.deepcopy(r) for r in self.rosters]
		new.epochs = [copy.deepcopy(e) for e in self.epochs]
		return new


_snapshots, _rings = {}, {}


def snapshot_cached(roster_name, entries):
	at = (roster_name, entries)
	if at not in _snapshots:
		_snapshots[at] = proofs.Snapshot(roster_name, list(entries))
	return _snapshots[at]


def ring_cached(ring_name, snapshots):
	at = (ring_name, tuple(id(s) for s in snapshots))
	if at not in _rings:
		_rings[at] = snapshots[0].ring() if ring_name is None else proofs.join(ring_name, snapshots)
	return _rings[at]


def statement_order(entry, epoch):
	at = 71 if entry[1] == 1 else 39
	tag = entry[at + 6:at + 38]
	return (sha256(epoch.to_bytes(8, "big") + tag), int.from_bytes(entry[at:at + 4], "little"),
		entry[1], sha256(entry))


def write_folder(folder, files):
	for path, data in files.items():
		full = os.path.join(folder, path)
		os.makedirs(os.path.dirname(full), exist_ok=True)
		with open(full, "wb") as file:
			file.write(data)


def write(folder, files):
	write_folder(os.path.join(folder, "bundle"), files)
	with open(os.path.join(folder, "bundle.tar"), "wb") as file:
		file.write(tar_bytes(files))

