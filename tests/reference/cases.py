"""Bundles, good and bad: (name, does it hold, files | bytes of a tar file | a maker of a folder).

Does it hold: True, False, or None where both verifiers need only agree."""
import base64
import os
import time

import proofs
from bundle import tar_bytes
from curve import L, P, times_l, decode, edwards_decode, edwards_encode
from maker import Epoch, Member, Plan, Roster, id_of, key, note, write_folder
from records import points_bytes, statement_bytes
from text import COSIGNATURE, Key, SecretKey, b64, sha256

base = Plan()


def flip(data, at=-1):
	data = bytearray(data)
	data[at] ^= 1
	return bytes(data)


def plan(change=None):
	p = base.copy()
	if change:
		change(p)
	return p.files()


def bare(change=None, **manifest):
	"""A letter without statements, whose rosters or manifest are another one."""
	p = Plan(with_statements=False, **manifest)
	if change:
		change(p)
	return p.files()


def set_files(change):
	def changed(files):
		files = dict(files)
		change(files)
		return files
	return plan(lambda p: setattr(p, "files_change", changed))


def all_cases():
	yield "the letter", True, plan()
	yield "the letter without statements", True, bare()
	for group in (cases_files, cases_tar, cases_notes, cases_log, cases_order, cases_roster,
			cases_points, cases_manifest, cases_rings, cases_records, cases_extend,
			cases_close, cases_statements, cases_release, cases_count):
		yield from group()


# --- 7.1, 7.2: files -----------------------------------------------------------------------------

def cases_files():
	for path in sorted(base.files()):
		yield "without " + path, False, set_files(lambda f: f.pop(path))
		yield "changed " + path, False, set_files(lambda f: f.update({path: flip(f[path], -9)}))
		yield "longer " + path, False, set_files(lambda f: f.update({path: f[path] + b"\n"}))
	for path in ("extra", "texts/fr.md", "rosters/7.points", "rosters/01.points", "tile/0/000",
			"tile/entries/000.p/2", "tile/2/000.p/1", "manifest.txt", "tile/0/001.p/1"):
		yield "with " + path, False, set_files(lambda f: f.update({path: b"x\n"}))
	yield "with an older partial tile", False, set_files(lambda f: f.update(
		{"tile/0/000.p/2": f["tile/0/000.p/%d" % len(base.entries())][:64]}))

	def keys(change):
		return plan(lambda p: setattr(p, "keys_change", change))
	yield "keys in another order", False, keys(lambda rows: rows[::-1])
	yield "a key too many", False, keys(lambda rows: sorted(rows + [key("other.example").text]))
	yield "a key twice", False, keys(lambda rows: sorted(rows + rows[:1]))
	for k in range(len(base.files()["keys"].split(b"\n")) - 1):
		yield "key %d missing" % k, False, keys(lambda rows: rows[:k] + rows[k + 1:])
	yield "an empty line in keys", False, keys(lambda rows: [""] + rows)

	def folder_with(change):
		def make(path):
			write_folder(path, base.files())
			change(path)
		return make
	yield "a folder", True, folder_with(lambda path: None)
	yield "an empty folder in it", False, folder_with(lambda path: os.mkdir(path + "/more"))
	yield "a link in it", False, folder_with(lambda path: os.symlink("keys", path + "/more"))


def cases_tar():
	files = base.files()
	tar = tar_bytes(files)

	def header(at, data):
		"""The first header changed, its sum right."""
		new = bytearray(tar)
		new[at:at + len(data)] = data
		new[148:156] = b" " * 8
		new[148:156] = b"%06o\0 " % sum(new[:512])
		return bytes(new)
	yield "tar", True, header(0, b"c")
	yield "mode 0600", False, header(100, b"000600")
	yield "mode with a zero", False, header(100, b"0000644\0")
	yield "an owner", False, header(108, b"000001")
	yield "a time", False, header(136, b"00000000001")
	yield "a type of old", False, header(156, b"\0")
	yield "a link", False, header(156, b"2")
	yield "another version", False, header(263, b"  ")
	yield "gnu", False, header(257, b"ustar  \0")
	yield "an owner's name", False, header(265, b"root")
	yield "no device", False, header(329, bytes(16))
	yield "a prefix", False, header(345, b"x")
	yield "something in the last bytes", False, header(511, b"x")
	yield "something in the padding", False, tar[:1020] + b"x" + tar[1021:]
	yield "a wrong sum", False, flip(tar, 149)
	yield "one zero block", False, tar[:-512]
	yield "three zero blocks", False, tar + bytes(512)
	yield "a whole record of zeros", False, tar + bytes(-len(tar) % 10240)
	yield "cut", False, tar[:-1024]
	yield "cut in a file", False, tar[:1500]
	yield "another order", False, tar_bytes({"keys": files["keys"]})[:-1024] + \
		tar_bytes({k: v for k, v in files.items() if k != "keys"})
	yield "a file twice", False, tar_bytes({"checkpoint": files["checkpoint"]})[:-1024] + tar
	yield "no file", False, bytes(1024)


# --- 2, 3: signatures ----------------------------------------------------------------------------

def cases_notes():
	other, steward = key("other.example"), key("steward.example/one")

	def manifest_signed(more, extra=(), broken=False):
		def change(p):
			line = more.line(p.manifest_text)
			p.manifest += flip(line, -12) if broken else line
			p.epochs[1].records[0] = p.manifest
			for one in extra:
				p.extra_signers = {**p.extra_signers, one: 1}
		return plan(change)
	yield "a second signer of the letter", True, manifest_signed(other, [other])
	yield "a second signer, a steward", True, manifest_signed(steward)
	yield "a second signer who is not listed", False, manifest_signed(other)
	yield "a second signer whose signature is broken", False, manifest_signed(other, [other], True)
	yield "the organiser signs twice", False, manifest_signed(base.organiser)

	def manifest_by(*keys):
		def change(p):
			p.manifest = note(p.manifest_text, *keys)
			p.epochs[1].records[0] = p.manifest
		return plan(change)
	yield "the letter signed by a steward", False, manifest_by(steward)
	yield "another signer first", True, manifest_by(steward, base.organiser)

	def record(make, by):
		def change(p):
			k = p.epochs[1].records.index(p.open_record())
			p.epochs[1].records[k] = make(p, by)
		return change
	yield "opened by a steward", False, plan(record(lambda p, by: p.open_record(by), steward))
	yield "opened by both", True, plan(record(lambda p, by: p.open_record(p.organiser, by), steward))
	yield "opened by none who is listed", False, plan(
		record(lambda p, by: p.open_record(p.organiser, by), other))

	def log_by(*keys):
		return plan(lambda p: p.epochs[0].records.__setitem__(0, p.log_record(signers=list(keys))))
	yield "the log's record by another", False, log_by(base.organiser)
	yield "the log's record by two", True, log_by(base.organiser, base.log_key)

	def checkpoint(change):
		def changed(files):
			return {**files, "checkpoint": change(files["checkpoint"])}
		return lambda p: setattr(p, "files_change", changed)
	text = lambda data: data[:data.rfind(b"\n\n") + 1]
	witness = key("witness.example/w1", COSIGNATURE)
	witness2 = key("witness.example/w2", COSIGNATURE)

	def no_witness(p):
		p.witnesses = []
	yield "no witness", True, plan(no_witness)
	yield "two witnesses", True, plan(lambda p: setattr(p, "witnesses", [witness, witness2]))
	yield "a witness twice", False, plan(checkpoint(lambda d: d + witness.line(text(d), 1900000001)))
	yield "an unlisted witness", False, plan(checkpoint(lambda d: d + witness2.line(text(d), 9)))
	yield "a witness at time 0", False, plan(checkpoint(lambda d: text(d) + b"\n" +
		base.log_key.line(text(d)) + witness.line(text(d), 0)))
	yield "a witness at time 1", True, plan(checkpoint(lambda d: text(d) + b"\n" +
		base.log_key.line(text(d)) + witness.line(text(d), 1)))
	yield "a witness at time 2^63", False, plan(checkpoint(lambda d: text(d) + b"\n" +
		base.log_key.line(text(d)) + witness.line(text(d), 2**63)))
	yield "the log's signature is missing", False, plan(checkpoint(lambda d: text(d) + b"\n" +
		witness.line(text(d), 1)))
	yield "a checkpoint by another log", False, plan(checkpoint(lambda d: text(d) + b"\n" +
		base.organiser.line(text(d)) + witness.line(text(d), 1)))
	for name, change in (
			("another origin", lambda t: t.replace(b"log.example", b"lag.example")),
			("a smaller size", lambda t: t.replace(b"\n%d\n" % len(base.entries()),
				b"\n%d\n" % (len(base.entries()) - 1))),
			("a larger size", lambda t: t.replace(b"\n%d\n" % len(base.entries()),
				b"\n%d\n" % (len(base.entries()) + 1))),
			("a size with a zero", lambda t: t.replace(b"\n", b"\n0", 1)),
			("another root", lambda t: t[:-40] + (b"A" if t[-40:-39] != b"A" else b"B") + t[-39:])):
		yield "a checkpoint of " + name, False, plan(lambda p: setattr(p, "checkpoint_change", change))
	yield "a checkpoint with an extension line", False, plan(
		lambda p: setattr(p, "checkpoint_change", lambda t: t + b"more\n"))

	class Unstrict(SecretKey):
		def line(self, text, when=0):
			s = base.organiser.line(text).split(b" ")
			raw = base64.b64decode(s[2])
			big = int.from_bytes(raw[36:], "little") + L
			return b" ".join(s[:2] + [b64(raw[:36] + big.to_bytes(32, "little")).encode() + b"\n"])

	def unstrict(p):
		p.manifest = note(p.manifest_text, Unstrict(base.organiser.name, base.organiser.seed))
		p.epochs[1].records[0] = p.manifest
	yield "a signature with S + l", False, plan(unstrict)

	def steward_not_signing(p):
		p.base_records[0] = p.rosters[0].record(signers=[other])
		p.make_manifest()
		p.epochs[0].records[1] = p.base_records[0]
		p.epochs[1].records = [p.manifest, p.open_record()]
	yield "a roster by another steward", False, bare(steward_not_signing)


# --- 3.1: the log's record -----------------------------------------------------------------------

def cases_log():
	def log(seconds, begins, start=None, **changed):
		def change(p):
			p.epoch_seconds, p.begins_text = seconds, begins
			p.begins = base.begins if start is None else start
			p.epochs[0].records[0] = p.log_record(**changed)
		return plan(change)
	yield "a log by the hour", True, log(3600, "2031-04-03T00:00:00Z")
	yield "a log by the second", True, log(1, "2031-04-03T00:00:01Z", base.begins + 1)
	yield "a log by the hour with a date", False, log(3600, "2031-04-03")
	yield "a log by the day with a time", False, log(86400, "2031-04-03T00:00:00Z")
	yield "begins at the half hour", False, log(3600, "2031-04-03T00:30:00Z", base.begins + 1800)
	week = base.begins // 604800 * 604800
	yield "a log by the week", True, log(604800, "2031-04-03", week)
	yield "begins in the week", False, log(604800, "2031-04-04", week + 86400)
	yield "another begin than the headers'", False, log(86400, "2031-04-04")
	yield "a log by no second", False, log(0, "2031-04-03")
	yield "the longest epoch", True, log(31622400, "1970-01-01", 0)
	yield "too long an epoch", False, log(31622401, "1970-01-01T00:00:00Z", 0)
	leap = 8012 * 31622400
	yield "epochs after 9999", False, log(31622400, time.strftime("%Y-%m-%d",
		time.gmtime(leap)), leap)
	for name, begins in (("29 February", "2031-02-29"), ("month 13", "2031-13-01"),
			("1969", "1969-12-31"), ("a short date", "2031-4-3"), ("day 0", "2031-04-00")):
		yield "begins on " + name, False, log(86400, begins)
	for name, begins in (("second 60", "2031-04-03T00:00:60Z"), ("hour 24", "2031-04-02T24:00:00Z"),
			("no Z", "2031-04-03T00:00:00"), ("small t", "2031-04-03t00:00:00Z")):
		yield "begins at " + name, False, log(3600, begins)
	yield "epoch-seconds with a plus", False, log(86400, "2031-04-03", epoch_seconds="+86400")
	yield "another log's record", False, log(86400, "2031-04-03", log=key("lag.example").text,
		signers=[key("lag.example")])
	yield "a second record of the log", False, plan(lambda p: p.epochs[1].records.append(
		p.log_record(begins="2031-04-04")))
	yield "a second record of the log in epoch 0", False, plan(lambda p: p.epochs[0].records.append(
		p.log_record(begins="2031-04-04")))


# --- 6.1: entries and their order ----------------------------------------------------------------

def cases_order():
	def entries(change):
		def changed(rows):
			rows = list(rows)
			change(rows)
			return rows
		return plan(lambda p: setattr(p, "entries_change", changed))
	rows = base.entries()
	headers = [k for k, entry in enumerate(rows) if entry[:1] == b"\2"]
	statements = [k for k, entry in enumerate(rows) if entry[:1] == b"\1"]

	def swap(a, b):
		def change(entries):
			entries[a], entries[b] = entries[b], entries[a]
		return change
	yield "the header and the log's record swapped", False, entries(swap(0, 1))
	for k in range(1, len(rows) - 1):
		# Past a header it is another epoch's, which may be right.
		valid = None if {k, k + 1} & set(headers) else False
		yield "entries %d and %d swapped" % (k, k + 1), valid, entries(swap(k, k + 1))
	for k in headers:
		yield "header %d missing" % k, False, entries(lambda e: e.pop(k))
		yield "header %d twice" % k, False, entries(lambda e: e.insert(k, e[k]))
		yield "header %d of another number" % k, False, entries(
			lambda e: e.__setitem__(k, e[k][:1] + (int.from_bytes(e[k][1:9], "big") + 1).to_bytes(8,
			"big") + e[k][9:]))
		yield "header %d of another time" % k, False, entries(
			lambda e: e.__setitem__(k, flip(e[k])))
		yield "header %d too long" % k, False, entries(lambda e: e.__setitem__(k, e[k] + b"\0"))
	yield "no log's record", False, entries(lambda e: e.pop(1))
	yield "a statement twice", False, entries(lambda e: e.insert(statements[0], e[statements[0]]))
	yield "a statement again in the next epoch", False, plan(
		lambda p: p.epochs[2].statements.append(p.epochs[1].statements[0]))
	yield "a roster's record again", False, plan(
		lambda p: p.epochs[1].records.append(p.base_records[0]))
	yield "the letter again", False, plan(lambda p: p.epochs[2].records.append(p.manifest))
	other = key("other.example")

	def again(p):
		p.epochs[2].records.append(p.manifest + other.line(p.manifest_text))
		p.extra_signers = {other: 1}
	yield "the letter again with another signature", False, plan(again)
	yield "an empty entry", False, entries(lambda e: e.append(b""))
	yield "an entry of another kind", False, entries(lambda e: e.append(b"\3\0\0"))
	yield "a record that is no note", False, plan(
		lambda p: p.epochs[2].records.append(b"undersigned roster v1\n"))
	yield "a record of another kind", True, plan(lambda p: p.epochs[2].records.append(
		note(b"something else v1\nof other people\n", other)))
	yield "an other record before the letter", True, plan(lambda p: p.epochs[0].records.append(
		note(b"aaa\n", other)))
	yield "a note with empty lines", True, plan(lambda p: p.epochs[2].records.append(
		note(b"something else v1\n\nof other people\n", other)))
	yield "a note without a signature", False, plan(lambda p: p.epochs[2].records.append(
		b"something else v1\n\n"))
	yield "a note with a control character", False, plan(lambda p: p.epochs[2].records.append(
		note(b"something\telse v1\n", other)))
	yield "empty epochs", True, plan(lambda p: p.epochs.extend([Epoch(), Epoch()]))
	yield "the end cut off", True, plan(lambda p: p.epochs.pop())
	yield "an entry of 65,535 bytes", True, plan(lambda p: p.epochs[2].records.append(
		(lambda text: note(text, other))(b"x" * (65535 - len(note(b"\n", other))) + b"\n")))

	stranger = b"\1" + proofs.context(b"another letter\n") + bytes(4)

	def strangers(count):
		def change(p):
			p.epochs[2].statements += [statement_bytes(1, stranger, bytes(32), 1,
				proofs.b32(b"%d" % k) + bytes(32)) for k in range(count)]
		return change
	yield "statements of another letter", True, plan(strangers(3))
	full = base.copy()
	strangers(300)(full)
	yield "a log of more than 256 entries", True, full.files()
	for path in ("tile/0/000", "tile/entries/000", "tile/1/000.p/1"):
		files = full.files()
		files.pop(path)
		yield "more than 256 entries without " + path, False, files
	exact = base.copy()
	strangers(256 - len(rows))(exact)
	yield "a log of 256 entries", True, exact.files()
	files = exact.files()
	files["tile/0/001.p/1"] = bytes(32)
	yield "256 entries with a tile too many", False, files


# --- 3.2: rosters --------------------------------------------------------------------------------

def with_roster(k, steward=None, **changed):
	"""The letter without statements whose k-th roster's record is changed."""
	def change(p):
		p.base_records[k] = p.rosters[k].record(**changed)
		p.epochs[0].records[k + 1] = p.base_records[k]
		p.make_manifest()
		p.epochs[1].records = [p.manifest, p.open_record()]
	return bare(change)


def cases_roster():
	days = "2031-04-01 2031-06-30 2031-07-28"
	later = "2031-07-01 2031-09-30 2031-10-28"
	column = lambda *rows: with_roster(0, column=["%d %s" % (k + 1, r) for k, r in enumerate(rows)])
	cls = lambda k: {"class": k}
	yield "class of another name", False, with_roster(0, **cls("persons"))
	yield "class of the other kind", False, with_roster(0, **cls("raw-key"))
	yield "edition 0", False, with_roster(0, edition="0")
	yield "edition 4294967295", True, with_roster(0, edition="4294967295")
	yield "edition 4294967296", False, with_roster(0, edition="4294967296")
	yield "a date that is none", False, with_roster(0, date="2031-02-30")
	yield "a date of 9999", True, with_roster(0, date="9999-12-31")
	yield "no source", False, with_roster(0, source=None)
	yield "two sources", False, with_roster(0, source=["a", "b"])
	yield "the longest source", True, with_roster(0, source="ü" * 2048)
	yield "too long a source", False, with_roster(0, source="ü" * 2048 + "x")
	yield "a source that begins with a space", False, with_roster(0, source=" x")
	yield "a source that ends with a space", False, with_roster(0, source="x ")
	yield "a source with two spaces", True, with_roster(0, source="x  y")
	yield "an empty source", False, with_roster(0, source="")
	for code in (1, 9, 13, 31, 127):
		yield "a source with U+%04X" % code, False, with_roster(0, source="a%cb" % code)
	for code in (0x80, 0x85, 0xA0, 0x2028, 0x3000, 0xFEFF, 0xFFFF, 0x10FFFF):
		yield "a source with U+%04X" % code, True, with_roster(0, source="a%cb" % code)
	yield "columns of a day", True, column("2031-04-01 2031-04-01 2031-04-02", later)
	yield "a column that ends before it begins", False, column("2031-04-02 2031-04-01 2031-04-03", later)
	yield "a column burnt on its last day", False, column("2031-04-01 2031-04-02 2031-04-02", later)
	yield "columns that touch", False, column("2031-04-01 2031-07-01 2031-07-28", later)
	yield "columns in another order", False, column(later, days)
	yield "columns numbered from 2", False, with_roster(0, column=["2 " + days, "3 " + later])
	yield "a column too few", False, column(days)
	yield "a root too many", False, with_roster(0, root=[b64(bytes(32))] * 3)
	yield "no column", False, with_roster(0, column=None)
	p = base.rosters[0]
	first = b64(proofs.Snapshot("x", p.entries(1, 18)).root)
	second = b64(proofs.Snapshot("x", p.entries(2, 18)).root)
	years = ["%d %d-04-01 %d-06-30 %d-07-28" % (k + 1, *[2031 + k] * 3) for k in range(17)]
	yield "16 columns", True, with_roster(0, column=years[:16], root=[first] * 16)
	yield "17 columns", False, with_roster(0, column=years, root=[first] * 17)
	yield "one column", True, with_roster(0, column=years[:1], root=first)
	yield "the roots swapped", False, with_roster(0, root=[second, first])
	yield "another root of another column", True, with_roster(0, root=[first, first])
	yield "base64 with bits left over", False, with_roster(0, root=[first[:-2] + chr(
		ord(first[-2]) + 1) + "=", second])
	yield "base64 without padding", False, with_roster(0, root=[first[:-1], second])
	for name, value in (("0", "0"), ("more", "19"), ("fewer", "17"), ("with a zero", "018"),
			("2^22+1", "4194305")):
		yield "members " + name, False, with_roster(0, members=value)
	digest = sha256(b"").hex()
	yield "an archive of nothing", True, with_roster(0, archive="0 " + digest)
	yield "the longest archive", True, with_roster(0, archive="9223372036854775807 " + digest)
	yield "too long an archive", False, with_roster(0, archive="9223372036854775808 " + digest)
	yield "an archive in capitals", False, with_roster(0, archive="0 " + digest.upper())
	yield "a short hash", False, with_roster(0, archive="0 " + digest[2:])
	yield "an archive of raw keys", False, with_roster(5, archive="1 " + digest)
	yield "another hash of no archive", False, with_roster(5, archive="0 " + "0" * 64)
	for value, valid in (("principal", True), ("comment", True), ("file", True), ("declared", True),
			("nobody", False), (None, False)):
		yield "persons %s" % value, valid, with_roster(5, persons=value)
	yield "raw keys with a column", False, with_roster(5, persons=["file\ncolumn 1 " + days])
	yield "enrolled with persons", False, with_roster(0, **{"class": "enrolled\npersons file"})
	yield "a key of another", False, with_roster(0, key=key("other.example").text)
	yield "a witness's key", False, with_roster(0, key=key("w.example", COSIGNATURE).text)
	steward = key("steward.example/one")
	yield "a key with another id", False, with_roster(0, key=steward.text.replace(
		steward.id.hex(), flip(steward.id).hex()))
	yield "a line too many", False, with_roster(0, key=[steward.text, "x\nmore x"])
	yield "a line of capitals", False, with_roster(0, source="x\nMore x")
	yield "an empty line", False, with_roster(0, source="x\n")
	yield "a long name", False, with_roster(0, organisation="x" * 129)
	yield "the longest name", True, with_roster(0, organisation="x" * 128)
	yield "another organisation", True, with_roster(0, organisation="Keys of Waters")
	for name, code in (("of small order", small_order()), ("with torsion", with_torsion(steward.public)),
			("of y = p + 1", (P + 1).to_bytes(32, "little"))):
		yield "a steward's key " + name, False, with_roster(0, key=key_of("steward.example/one", code))


def key_of(who, public):
	return Key(who, 1, public).text


def order_8():
	"""A point of order 8 on the Edwards curve."""
	y = 2
	while True:
		try:
			p = times_l(edwards_decode(y.to_bytes(32, "little")))
			double = p + p
			if not (double + double).x % P == 0 or (double + double).y % P == (double + double).z % P:
				raise ValueError
			return p
		except Exception:
			y += 1


def small_order():
	return edwards_encode(order_8())


def with_torsion(public):
	return edwards_encode(edwards_decode(public) + order_8())


# --- 4.3: points ---------------------------------------------------------------------------------

class Forged(Member):
	"""An entry whose source nobody looked at."""

	def __init__(self, cls, who, source, meta=b""):
		super().__init__(cls, who)
		self.who, self.meta = who, meta
		self.sources = [source] * len(self.sources)


def cases_points():
	def with_member(roster, cls, source, meta=b""):
		def change(p):
			members = p.rosters[roster].members
			members[3] = Forged(cls, "forged %s %s" % (source.hex(), meta.hex()), source, meta)
			renew(p)
		return bare(change)
	good = Member.get("enrolled", "somebody", 2).sources[0]
	yield "another member", True, with_member(0, "enrolled", good)
	yield "a meta of 32 bytes", True, with_member(0, "enrolled", good, bytes(32))
	yield "the identity", False, with_member(0, "enrolled", bytes(32))
	yield "a negative encoding", False, with_member(0, "enrolled", flip(good, 0))
	yield "a point that is none", False, with_member(0, "enrolled", not_a_point())
	yield "p as a point", False, with_member(0, "enrolled", P.to_bytes(32, "little"))
	yield "a member twice", False, with_member(0, "enrolled", base.rosters[0].members[0].sources[0])
	raw = base.rosters[5].members[0].sources[0]
	fresh = Member.get("raw-key", "somebody").sources[0]
	yield "another key", True, with_member(5, "raw-key", fresh)
	yield "a key twice", False, with_member(5, "raw-key", raw)
	yield "a key with torsion", False, with_member(5, "raw-key", with_torsion(fresh))
	yield "a key of small order", False, with_member(5, "raw-key", small_order())
	yield "the neutral key", False, with_member(5, "raw-key", b"\1" + bytes(31))
	yield "the neutral key with a sign", False, with_member(5, "raw-key", b"\1" + bytes(30) + b"\x80")
	yield "a key with y > p", False, with_member(5, "raw-key", (P + 3).to_bytes(32, "little"))

	def points(change, k=0):
		def changed(files):
			path = "rosters/%d.points" % (k + 1)
			return {**files, path: change(files[path])}
		return bare(lambda p: setattr(p, "files_change", changed))
	entries = base.rosters[0].entries(1, 18)
	yield "the other kind", False, points(lambda d: d[:22] + b"\2" + d[23:])
	yield "an unknown kind", False, points(lambda d: d[:22] + b"\0" + d[23:])
	yield "one entry fewer", False, points(lambda d: points_bytes(1, entries[:-1]))
	yield "one entry more", False, points(lambda d: points_bytes(1, base.rosters[0].entries(1, 19)))
	yield "no entry", False, points(lambda d: points_bytes(1, []))
	yield "another meta", False, points(lambda d: points_bytes(1, entries[:-1] +
		[entries[-1][:2] + (b"x",)]))
	yield "another order", False, points(lambda d: points_bytes(1, entries[::-1]))
	yield "points of the other column", False, points(
		lambda d: points_bytes(1, base.rosters[0].entries(2, 18)))
	yield "a meta of 33 bytes", False, points(lambda d: points_bytes(1, entries[:-1] +
		[entries[-1][:2] + (bytes(33),)]))


def not_a_point():
	s = 2
	while True:
		try:
			decode(s.to_bytes(32, "little"))
		except Exception:
			return s.to_bytes(32, "little")
		s += 2


def renew(p):
	"""The rosters' records, the manifest and the first epochs after a change of members."""
	p.base = p.last = [len(r.members) for r in p.rosters]
	p.base_records = [r.record() for r in p.rosters]
	p.make_manifest()
	p.epochs[0].records = [p.log_record()] + list(p.base_records)
	p.epochs[1].records = [p.manifest, p.open_record()]


# --- 3.3: the manifest ---------------------------------------------------------------------------

def cases_manifest():
	en, de = (("%s %d %s" % (k, len(d), sha256(d).hex())) for k, d in base.texts.items())
	yield "no recipient", True, bare(to=None)
	yield "two recipients", False, bare(to=["a", "b"])
	yield "titles of one language", False, bare(title=["en a", "en b"], text=[en, en])
	yield "texts in another order", False, bare(text=[de, en])
	yield "a text too few", False, bare(text=[en])
	yield "authoritative in another language", False, bare(authoritative="fr")
	yield "the other one authoritative", True, bare(authoritative="de")
	yield "an empty title", False, bare(title=["en ", "de x"])
	yield "a title without text", False, bare(title=["en", "de x"])

	def language(code):
		def change(p):
			p.texts = {code: b"x\n"}
			p.manifest_changed = {"title": code + " x", "authoritative": code}
			renew(p)
		return bare(change)
	for code, valid in (("en", True), ("EN", True), ("zh-Hant-TW", True), ("x" * 35, True),
			("7-", True), ("e", False), ("x" * 36, False), ("de_AT", False), ("dé", False),
			("e/n", False), ("..", False)):
		yield "language " + code, valid, language(code)

	def text(data):
		def change(p):
			p.texts = {"en": data}
			p.manifest_changed = {"title": "en x"}
			renew(p)
		return bare(change)
	yield "an empty text", True, text(b"")
	yield "a text without an end of line", True, text(b"x")
	yield "a text that is not UTF-8", False, text(b"\xff\n")
	yield "a text with a surrogate", False, text(b"\xed\xa0\x80\n")
	yield "a text with control characters", True, text(b"a\tb\r\nc\n")
	yield "the longest text", True, text(b"x" * 2**20)
	yield "too long a text", False, text(b"x" * (2**20 + 1))
	yield "the wrong length of a text", False, bare(text=[en.replace(" ", " 1", 1), de])
	yield "opens 01", False, bare(opens="01")
	yield "opens 0", True, bare(opens="0")
	yield "closes as it opens", False, bare(opens="5")
	yield "closes after it opens", True, bare(opens="4")
	last = (253402300799 - base.begins) // 86400
	yield "closes in 9999", True, bare(closes=str(last))
	yield "closes after 9999", False, bare(closes=str(last + 1))
	yield "closes last", False, bare(closes="253402300799")
	yield "closes later than that", False, bare(closes="253402300800")
	yield "ring-min 15", False, bare(ring_min="15")
	yield "hold-min 2", False, bare(hold_min="2")
	yield "hold-min 2^22", True, bare(hold_min="4194304")
	yield "hold-min 2^22 + 1", False, bare(hold_min="4194305")
	yield "another organiser", False, bare(organiser=key("other.example").text)
	yield "another log", False, bare(log=key("other.example").text)
	other = key("other.example")
	yield "another log that has signed too", False, bare(log=other.text,
		signers=[base.organiser, other])

	def rosters(change):
		def changed(p):
			rows = [[b64(id_of(record)), str(column), str(n), r.name] for record, column, n, r in
				zip(p.base_records, p.columns, p.base, p.rosters)]
			change(rows)
			p.manifest_changed = {"roster": [" ".join(row) for row in rows]}
			renew(p)
		return bare(changed)

	def field(k, at, value):
		return rosters(lambda rows: rows[k].__setitem__(at, value))
	yield "the rosters as they are", True, rosters(lambda rows: None)
	yield "a roster that is not in the log", False, field(0, 0, b64(bytes(32)))
	yield "another roster's record", False, rosters(lambda rows: rows[0].__setitem__(0, rows[1][0]))
	yield "column 0", False, field(0, 1, "0")
	yield "column 2 with the points of 1", False, field(0, 1, "2")
	yield "column 3", False, field(0, 1, "3")
	yield "column 01", False, field(0, 1, "01")
	yield "raw keys in column 1", False, field(5, 1, "1")
	yield "other members than the record's", False, field(0, 2, "17")
	yield "another name than the record's", False, field(0, 3, "River")
	yield "a roster twice", False, rosters(lambda rows: rows.append(rows[5]))

	def column_2(p):
		p.columns = [2, 1, 2, 2, 1, 0]
		renew(p)
	yield "other columns", True, bare(column_2)

	def two_of_one_name(p):
		p.rosters[4].name = "Rivers"
		renew(p)
	yield "two rosters of one name", False, bare(two_of_one_name)

	def late(p):
		p.epochs[0].records.remove(p.base_records[0])
		p.epochs[2].records.append(p.base_records[0])
	yield "a roster's record after the letter", False, plan(late)

	def same_epoch(p):
		p.epochs[0].records.remove(p.base_records[0])
		p.epochs[1].records.append(p.base_records[0])
	yield "a roster's record in the letter's epoch", True, plan(same_epoch)
	yield "no letter in the log", False, bare(lambda p: p.epochs[1].records.remove(p.manifest))


def cases_rings():
	own = ["enrolled own 1", "enrolled own 2"]
	group, everybody, raw = "enrolled group 3,4 G", "enrolled all E", "raw-key own 6"

	def rings(valid, *rows, **more):
		return "rings " + ", ".join(rows) + "".join(" %s %s" % one for one in more.items()), valid, \
			bare(ring=list(rows), **more)
	yield rings(True, *own, group, everybody, raw)
	yield rings(True, *own, everybody, raw)
	yield rings(True, *own, "enrolled group 3,4,5 G", everybody, raw)
	yield rings(False, *own, "enrolled group 3,5 G", everybody, raw)
	yield rings(False, own[0], group, everybody, raw)
	yield rings(False, *own, "enrolled own 3", everybody, raw)
	yield rings(False, own[1], own[0], group, everybody, raw)
	yield rings(False, *own, own[1], group, everybody, raw)
	yield rings(False, group, *own, everybody, raw)
	yield rings(False, *own, everybody, group, raw)
	yield rings(False, raw, *own, group, everybody)
	yield rings(False, *own, group, everybody)
	yield rings(False, *own, group, raw)
	yield rings(False, *own, group, everybody, "enrolled all F", raw)
	yield rings(False, *own, group, everybody, raw, "raw-key all K")
	yield rings(False, *own, group, everybody, "raw-key all K")
	yield rings(False, *own, "enrolled group 4,3 G", everybody, raw)
	yield rings(False, *own, "enrolled group 3,3,4 G", everybody, raw)
	yield rings(False, *own, "enrolled group 2,3,4 G", everybody, raw)
	yield rings(False, *own, "enrolled group 3,4,6 G", everybody, raw)
	yield rings(False, *own, "enrolled group 3,4,7 G", everybody, raw)
	yield rings(False, *own, "enrolled group 0,3,4 G", everybody, raw)
	yield rings(False, *own, "enrolled group 03,4 G", everybody, raw)
	yield rings(False, *own, "enrolled group 3,4, G", everybody, raw)
	yield rings(False, *own, "enrolled group 3, 4 G", everybody, raw)
	yield rings(False, *own, "enrolled group 3,4", everybody, raw)
	yield rings(False, *own, group, "enrolled group 4,5 H", everybody, raw)
	for taken in ("Rivers", "Ponds", "Lake Survey", "Keys of Waters", "E", "x" * 129):
		yield rings(False, *own, "enrolled group 3,4 " + taken, everybody, raw)
	yield rings(False, *own, group, "enrolled all Wells", raw)
	yield rings(True, *own, "enrolled group 3,4 " + "x" * 128, everybody, raw)
	yield rings(False, *own, group, "enrolled all", raw)
	yield rings(False, *own, group, "enrolled some E", raw)
	yield rings(False, *own, group, "persons all E", raw)
	yield rings(False, *own, group, everybody, "raw-key own 5")
	yield rings(False, *own, group, everybody, "raw-key own 6 Keys of Waters")
	yield rings(True, own[0], group, everybody, raw, ring_min="17")
	yield rings(False, *own, group, everybody, raw, ring_min="17")
	yield rings(False, own[0], group, everybody, raw, ring_min="18")
	yield rings(True, own[0], "enrolled group 2,4 G", everybody, raw, ring_min="18")
	yield rings(True, "enrolled group 1,5 H", "enrolled group 2,3,4 G", everybody, raw, ring_min="19")
	yield rings(False, "enrolled group 2,3,4 G", "enrolled group 1,5 H", everybody, raw, ring_min="19")

	def classes(keep, rows):
		def change(p):
			p.rosters = [p.rosters[k] for k in keep]
			p.columns = [p.columns[k] for k in keep]
			p.manifest_changed = {"ring": rows}
			renew(p)
		return bare(change)
	yield "one roster of 3", True, classes([4], ["enrolled own 1"])
	yield "one roster with a ring of all", False, classes([4], ["enrolled own 1", "enrolled all E"])
	yield "raw keys first", True, classes([5, 0], ["enrolled own 2", "raw-key own 1"])
	yield "two small ones", True, classes([4, 2], ["enrolled all E"])
	yield "two small ones, own rings", False, classes([4, 2], ["enrolled own 1", "enrolled own 2",
		"enrolled all E"])


# --- 3.4: opening, extension, closing ------------------------------------------------------------

def cases_records():
	def moved(epoch):
		def change(p):
			p.epochs[1].records.remove(p.open_record())
			p.epochs[epoch].records.append(p.open_record())
		return change
	yield "opened before the letter", False, plan(moved(0))
	yield "opened after the first signature", False, plan(moved(2))

	def late(p):
		moved(2)(p)
		p.epochs[2].statements += p.epochs[1].statements
		p.epochs[1].statements = []
	yield "opened in epoch 2", True, plan(late)
	def after_closing(p):
		p.epochs[1].records.remove(p.open_record())
		p.epochs.append(Epoch([p.open_record()]))
	yield "opened after the closing", True, bare(after_closing)
	yield "opened twice", False, plan(lambda p: (p.epochs[2].records.append(
		p.open_record(p.organiser, key("steward.example/one")))))
	yield "never opened", False, plan(lambda p: p.epochs[1].records.remove(p.open_record()))
	yield "never opened, never signed", True, bare(lambda p: p.epochs[1].records.remove(p.open_record()))

	def opens(first, epoch):
		def change(p):
			p.epochs[epoch].statements = [p.sign(0, k) for k in range(3)]
		return bare(change, opens=first)
	yield "signed before it opens", False, opens("2", 1)
	yield "signed when it opens", True, opens("2", 2)

	def stranger(text, by=None, epoch=2):
		return plan(lambda p: p.epochs[epoch].records.append(note(text, by or key("other.example"))))
	other = "ab" * 32
	yield "another letter's opening", True, stranger(b"undersigned open v1\nletter %s\n" % other.encode())
	yield "another letter's opening, not in form", False, stranger(
		b"undersigned open v1\nletter %s\nmore x\n" % other.encode())
	text = base.manifest_text.replace(b"Publish", b"Conceal")
	yield "another letter", True, stranger(text, base.organiser)
	yield "another letter by another", True, stranger(text)
	yield "another letter, not in form", True, stranger(text.replace(b"hold-min 3", b"hold-min 2"))
	record = base.base_records[0]
	text = record[:record.rfind(b"\n\n") + 1]
	yield "another roster", True, stranger(text.replace(b"Rivers", b"Brooks"))
	yield "another roster, not in form", True, stranger(text.replace(b"edition 1", b"edition 0"))
	yield "a roster's record with other signatures", True, stranger(text)
	yield "the letter's closing by another", False, stranger(
		b"undersigned close v1\nletter %s\nepoch 5\n" % base.context.hex().encode())
	yield "the letter's closing, not in form", False, stranger(
		b"undersigned close v1\nletter %s\nepoch 05\n" % base.context.hex().encode(), base.organiser)


def cases_extend():
	def without(p):
		"""No extension, nor anything under it."""
		for epoch in p.epochs[3:]:
			epoch.records, epoch.statements = [], []
		p.last = p.base
		return p

	def trial(change, last=None):
		def changed(p):
			without(p)
			change(p)
			if last:
				p.last = last
		return plan(changed)
	grown = base.last
	yield "no extension", True, trial(lambda p: None)

	def put(epoch, version=1, grown_records=None, members=None, **more):
		def change(p):
			rows = grown_records or p.grown_records
			for one in rows:
				if not any(one in e.records for e in p.epochs):
					p.epochs[epoch].records.append(one)
			p.epochs[epoch].records.append(p.extend_record(version, rows, members or grown, **more))
		return change
	yield "an extension", True, trial(put(3), grown)
	yield "an extension, points of the base", True, trial(put(3))
	yield "points of no extension", False, trial(lambda p: None, grown)
	yield "version 2 first", True, trial(put(3, 2))
	yield "version 2 first, points of it", False, trial(put(3, 2), grown)
	yield "version 0", False, trial(put(3, 0))
	yield "an extension that changes nothing", True, trial(put(3, 1, base.base_records, base.base))
	yield "other members than the record's", True, trial(put(3, 1, None, base.base))
	names = [r.name for r in base.rosters]
	yield "a roster by another name", True, trial(put(3, names=["River"] + names[1:]))
	yield "extended by a steward", False, trial(put(3, signers=[key("steward.example/one")]), grown)

	def fewer(p):
		p.epochs[3].records.append(p.extend_record(1, p.grown_records[:5], grown[:5]))
		p.epochs[3].records.append(p.grown_records[0])
	yield "a roster too few", True, trial(fewer)

	def swapped(p):
		rows, members = list(p.grown_records), list(grown)
		rows[0], rows[1] = rows[1], rows[0]
		members[0], members[1] = members[1], members[0]
		p.epochs[3].records += [p.grown_records[0], p.extend_record(1, rows, members,
			[names[1], names[0]] + names[2:])]
	yield "the rosters in another order", True, trial(swapped)

	def later_record(p):
		p.epochs[3].records.append(p.extend_record(1, p.grown_records, grown))
		p.epochs[4].records.append(p.grown_records[0])
	yield "a roster's record after the extension", True, trial(later_record)
	yield "a roster's record after the extension, points of it", False, trial(later_record, grown)
	yield "no roster's record at all", True, trial(lambda p: p.epochs[3].records.append(
		p.extend_record(1, p.grown_records, grown)))

	def roster_changed(**changed):
		record = base.rosters[0].record(**changed)
		return trial(put(3, 1, [record] + list(base.base_records[1:])))
	yield "another edition", True, roster_changed(edition="2")
	yield "another calendar", True, roster_changed(column=["1 2031-04-01 2031-06-30 2031-07-28",
		"2 2031-07-01 2031-09-30 2031-10-29"])
	yield "another organisation's", True, roster_changed(organisation="Institute")
	yield "another steward's", True, roster_changed(key=key("other.example").text,
		signers=[key("other.example")])
	root = b64(proofs.Snapshot("x", base.rosters[0].entries(1, 20)[::-1]).root)
	yield "another root", True, roster_changed(root=[root, root])

	def good_change(**changed):
		record = base.rosters[0].record(**changed)
		return trial(put(3, 1, [record] + list(base.base_records[1:])), grown)
	yield "another date, source and steward", True, good_change(date="2031-05-01", source="s",
		steward="t")
	other = key("other.example")
	yield "a roster's record by two", False, good_change(signers=[base.rosters[0].steward, other])
	yield "a roster's record by two, both listed", True, trial(lambda p: (put(3, 1,
		[base.rosters[0].record(signers=[base.rosters[0].steward, other])] +
		list(base.base_records[1:]))(p), setattr(p, "extra_signers", {other: 1})), grown)
	yield "a roster's record by the wrong one", None, good_change(signers=[other])

	# Two in one epoch: the first in order of their hashes counts, void or not.
	def two(p):
		put(3)(p)
		p.epochs[3].records.append(p.extend_record(2, p.grown_records, grown))
	yield "two in one epoch", True, two_sorted(base, trial, grown, True)
	yield "two in one epoch, the void one first", True, two_sorted(base, trial, grown, False)

	def second(p):
		put(3)(p)
		p.epochs[4].records.append(p.extend_record(2, p.grown_records, grown))
	yield "two versions", True, trial(second, grown)

	def more(p):
		"""Version 2: another roster grows."""
		put(3)(p)
		p.rosters[5].members.append(Member.get("raw-key", "late key"))
		rows = list(p.grown_records)
		rows[5] = p.rosters[5].record()
		members = list(grown)
		members[5] += 1
		p.epochs[4].records += [rows[5], p.extend_record(2, rows, members)]
		p.epochs[4].statements = [p.sign(5, k, version=members) for k in (4, 5, 17)]
		p.last = members
	yield "raw keys grow", True, trial(more)

	def shrink(p):
		put(3)(p)
		p.epochs[4].records.append(p.extend_record(2, p.base_records, p.base))
	yield "back to the base", True, trial(shrink, grown)

	def after_end(epoch):
		def change(p):
			p.epochs.append(Epoch())
			put(epoch)(p)
		return change
	yield "extended in the last epoch", True, trial(after_end(5), grown)
	yield "extended after the closing", True, trial(after_end(6))
	yield "extended after the closing, points of it", False, trial(after_end(6), grown)

	def signed_early(p):
		p.epochs[2].statements += [p.sign(0, k, version=grown) for k in (6, 18, 19)]
		put(3)(p)
	yield "signed in a version before it", False, trial(signed_early, grown)

	def signed_void(p):
		put(3, 2)(p)
		p.epochs[4].statements = [p.sign(0, k, version=grown) for k in (6, 18, 19)]
	yield "signed in a void version", False, trial(signed_void)


def two_sorted(base, trial, grown, good_first):
	"""A good extension and a void one in one epoch, in the order that is asked for."""
	good = base.extend_record(1, base.grown_records, grown)
	k = 2
	while True:
		void = base.extend_record(k, base.grown_records, grown)
		if (sha256(good) < sha256(void)) == good_first:
			break
		k += 1

	def change(p):
		p.epochs[3].records += [p.grown_records[0], good, void]
	return trial(change, grown if good_first else None)


def cases_close():
	def close(at, epoch, last=None, keep=6):
		def change(p):
			p.epochs[at].records.append(p.close_record(epoch))
			if last is not None:
				p.epochs[last].statements += p.epochs[5].statements
				p.epochs[5].statements = []
			for epoch_ in p.epochs[keep:]:
				epoch_.statements = []
		return plan(change)
	yield "closed earlier", True, close(3, 4, 4)
	yield "closed at once", True, close(4, 4, 4)
	yield "signed after it was closed", False, close(3, 4)
	yield "closed in the past", True, close(4, 3)
	yield "closed later", True, close(3, 6)
	yield "closed when it closes anyway", True, close(3, 5)
	yield "closed early, the last ones too few", False, close(2, 3, 4)
	yield "closed early, the end left away", True, close(2, 4, keep=5)

	def twice(first, second):
		def change(p):
			p.epochs[1].records.append(p.close_record(first))
			p.epochs[2].records.append(p.close_record(second))
			p.epochs[4].statements += p.epochs[5].statements
			p.epochs[5].statements = []
		return plan(change)
	yield "closed twice", True, twice(4, 5)
	yield "closed after a void closing", False, twice(0, 4)
	yield "closed before the letter", False, plan(lambda p: p.epochs[0].records.append(
		p.close_record(5)))


# --- 5.1, 6.2: statements ------------------------------------------------------------------------

def cases_statements():
	def add(*make, epoch=4):
		return plan(lambda p: p.epochs[epoch].statements.extend(one(p) for one in make))

	def three(change, **more):
		"""Three new signatures in Rivers, one of them changed."""
		def changed(p):
			rows = [p.sign(0, k, **more) for k in (8, 9, 10)]
			p.epochs[4].statements += [change(p, rows[0])] + rows[1:]
		return plan(changed)
	ring_at, seq_at, proof_at = 39, 71, 77
	yield "three more", True, three(lambda p, e: e)
	yield "seq 0", False, three(lambda p, e: p.sign(0, 8, seq=0))
	yield "seq 2^32 - 1", True, three(lambda p, e: p.sign(0, 8, seq=2**32 - 1))
	yield "seq 2 on a proof for 1", False, three(lambda p, e: e[:seq_at] + b"\2" + e[seq_at + 1:])
	yield "a changed proof", False, three(lambda p, e: flip(e, -3))
	yield "a changed tag", False, three(lambda p, e: e[:proof_at] +
		p.sign(0, 11)[proof_at:proof_at + 32] + e[proof_at + 32:])
	yield "the ring of another", False, three(lambda p, e: e[:ring_at] + p.ring(1).id + e[ring_at + 32:])
	yield "an unknown ring", False, three(lambda p, e: e[:ring_at] + bytes(32) + e[ring_at + 32:])
	size = lambda n: n.to_bytes(2, "little")
	yield "a body", False, three(lambda p, e: e[:-2] + size(1) + b"x")
	yield "a byte too many", False, three(lambda p, e: e + b"\0")
	yield "a byte too few", False, three(lambda p, e: e[:-1])
	longer = lambda e, n: e[:75] + size(len(e) - 79 + n) + e[77:-2] + bytes(n) + e[-2:]
	yield "a longer proof", False, three(lambda p, e: longer(e, 32))
	yield "a proof of a tag only", False, three(lambda p, e: e[:75] + size(32) + e[77:109] + e[-2:])
	yield "action 3", False, three(lambda p, e: e[:1] + b"\3" + e[2:])
	yield "a scope of kind 2", False, three(lambda p, e: e[:2] + b"\2" + e[3:])
	yield "a scope of index 1", False, three(lambda p, e: e[:35] + b"\1" + e[36:])
	yield "a proof in a scope of index 1", False, three(
		lambda p, e: p.sign(0, 8, scope=p.scope[:33] + b"\1\0\0\0"))
	yield "a proof in a poll's scope", False, three(
		lambda p, e: p.sign(0, 8, scope=b"\2" + p.scope[1:]))
	stranger = b"\1" + proofs.context(b"another letter\n") + bytes(4)
	yield "a statement of another letter", True, add(lambda p: p.sign(0, 8, scope=stranger))
	yield "a withdrawal of another letter", True, add(lambda p: p.withdraw(0, 8, scope=stranger))
	yield "a broken one of another letter", True, add(
		lambda p: flip(p.sign(0, 8, scope=stranger), -3))
	yield "one of another letter with a body", True, add(
		lambda p: p.sign(0, 8, scope=stranger)[:-2] + size(3) + b"abc")
	yield "one of another letter that is cut", False, add(
		lambda p: p.sign(0, 8, scope=stranger)[:-1])
	yield "one of another letter without a tag", False, add(
		lambda p: statement_bytes(1, stranger, bytes(32), 1, bytes(31)))
	yield "one of another letter with a tag only", True, add(
		lambda p: statement_bytes(1, stranger, bytes(32), 1, bytes(32)))
	yield "one of another letter with action 3", False, add(
		lambda p: statement_bytes(3, stranger, b"", 1, bytes(32)))
	yield "one of another letter with seq 0", True, add(
		lambda p: statement_bytes(1, stranger, bytes(32), 0, bytes(32)))
	yield "another message", False, three(lambda p, e: p.sign(0, 8,
		message=proofs.sign_message(p.manifest_text, 1, b"\0")))
	yield "a signature for another letter", False, three(lambda p, e: p.sign(0, 8,
		message=proofs.sign_message(b"another letter\n", 1)))
	yield "a withdrawal", True, add(lambda p: p.withdraw(0, 0))
	yield "a withdrawal of seq 0", False, add(lambda p: p.withdraw(0, 0, seq=0))
	yield "a withdrawal with another seq", False, add(
		lambda p: (lambda e: e[:39] + b"\7" + e[40:])(p.withdraw(0, 0)))
	yield "a broken withdrawal", False, add(lambda p: flip(p.withdraw(0, 0), -3))
	yield "a longer withdrawal", False, add(
		lambda p: (lambda e: e[:43] + size(224) + e[45:-2] + bytes(34))(p.withdraw(0, 0)))
	yield "a withdrawal of another's tag", False, add(lambda p: (lambda e, o:
		e[:45] + o[45:77] + e[77:])(p.withdraw(0, 0), p.withdraw(0, 2)))
	yield "a withdrawal of nothing", True, add(lambda p: p.withdraw(0, 12))
	yield "a withdrawal in the first epoch", True, add(lambda p: p.withdraw(0, 0), epoch=1)
	yield "a withdrawal before the opening", False, add(lambda p: p.withdraw(0, 0), epoch=0)

	def after(make):
		def change(p):
			p.epochs.append(Epoch(statements=[make(p)]))
		return plan(change)
	yield "a withdrawal after the closing", False, after(lambda p: p.withdraw(0, 0))
	yield "a signature after the closing", False, after(lambda p: p.sign(0, 0, seq=2))
	yield "another letter's after the closing", True, after(lambda p: p.sign(0, 8, scope=stranger))
	yield "a withdrawal in the closing", True, add(lambda p: p.withdraw(0, 0), epoch=5)
	for action in (1, 2):
		def zero(p, action=action):
			n = 32 * 6 if action == 2 else proofs.proof_len(18)
			return statement_bytes(action, p.scope, p.ring(0).id, 1, bytes(n))
		yield "a proof of zeros, action %d" % action, False, add(zero)


def cases_release():
	def put(change, **manifest):
		def changed(p):
			p.epochs[1].statements = []
			change(p)
		return bare(changed, **manifest)

	def signed(*rows, **manifest):
		"""rows: (epoch, roster, members, ring)."""
		def change(p):
			for epoch, roster, members, ring, *more in rows:
				ring = p.group() if ring == "group" else p.all() if ring == "all" else ring
				p.epochs[epoch].statements += [p.sign(roster, k, ring, *more) for k in members]
		return put(change, **manifest)
	yield "three", True, signed((1, 0, (0, 1, 2), None))
	yield "two", False, signed((1, 0, (0, 1), None))
	yield "three and two", False, signed((1, 0, (0, 1, 2), None), (2, 0, (3, 4), None))
	yield "three and the same again", True, signed((1, 0, (0, 1, 2), None), (2, 0, (0,), None, 2))
	yield "three and two with one again", False, signed((1, 0, (0, 1, 2), None),
		(2, 0, (3, 4), None), (2, 0, (0,), None, 2))
	yield "two, and one of them again", False, signed((1, 0, (0, 1), None), (1, 0, (1,), None, 2))
	yield "three, and one of them again", True, signed((1, 0, (0, 1, 2), None), (1, 0, (1,), None, 2))
	yield "one at the closing", True, signed((1, 0, (0, 1, 2), None), (5, 0, (3,), None))
	yield "one at the closing, the first", False, signed((5, 0, (3,), None))
	yield "three at the closing, the first", True, signed((5, 0, (3, 4, 5), None))
	yield "one in all", False, signed((2, 4, (0,), "all"))
	yield "three in all", True, signed((2, 4, (0, 1, 2), "all"))
	yield "one in all at the closing", True, signed((5, 4, (0,), "all"))
	yield "one in the group at the closing", False, signed((5, 2, (0,), "group"))
	yield "one in the group at the closing, after three", True, signed((1, 2, (0, 1, 2), "group"),
		(5, 2, (3,), "group"))
	yield "three in the group of both rosters", True, signed((1, 2, (0, 1), "group"),
		(1, 3, (2,), "group"))
	yield "the shared one from both rosters", False, signed((1, 2, (0, 8), "group"),
		(1, 3, (0,), "group", 2))
	yield "one raw key at the closing", True, signed((5, 5, (0,), None))
	yield "one raw key before", False, signed((4, 5, (0,), None))
	yield "own and all", False, signed((1, 0, (0, 1, 2), None), (2, 0, (0,), "all"))
	yield "own and all at the closing", True, signed((1, 0, (0, 1, 2), None), (5, 0, (0,), "all"))
	yield "three with hold-min 4", False, signed((1, 0, (0, 1, 2), None), hold_min="4")
	yield "four with hold-min 4", True, signed((1, 0, (0, 1, 2, 3), None), hold_min="4")

	def other_version(p):
		"""A tag that is known in version 0 is not new in version 1; one that is new counts."""
		p.epochs[1].statements = [p.sign(0, k) for k in range(3)]
		p.rosters[0].members += [Member.get("enrolled", "late %d" % k, 2) for k in range(2)]
		grown = [p.base[0] + 2] + p.base[1:]
		p.extend_to(grown, 2, [p.rosters[0].record()] + list(p.base_records[1:]), 1)
		p.epochs[3].statements = [p.sign(0, 0, seq=2, version=grown)]
		return grown
	yield "the same in another version", True, put(other_version)

	def two_versions(p):
		grown = other_version(p)
		p.epochs[4].statements = [p.sign(0, 3), p.sign(0, 4), p.sign(0, 18, version=grown)]
	yield "three in two versions", True, put(two_versions)

	def two_in_two_versions(p):
		grown = other_version(p)
		p.epochs[4].statements = [p.sign(0, 3), p.sign(0, 3, seq=2, version=grown),
			p.sign(0, 18, version=grown)]
	yield "two in two versions", False, put(two_in_two_versions)


# --- 6.3: the count ------------------------------------------------------------------------------

def cases_count():
	def also(*make, epoch=4):
		return plan(lambda p: p.epochs[epoch].statements.extend(one(p) for one in make))
	grown = base.last
	yield "signed again in the ring of all", True, also(
		lambda p: p.sign(0, 0, p.all(), 1, grown), epoch=5)
	yield "signed later in the ring of all", True, also(
		lambda p: p.sign(0, 0, p.all(), 2, grown), epoch=5)
	yield "the same proof's second version", True, also(lambda p: p.sign(0, 0, version=grown))
	yield "withdrawn and signed again", True, also(lambda p: p.sign(0, 1, seq=3))
	yield "withdrawn before it was signed", True, also(lambda p: p.withdraw(0, 0, seq=1), epoch=1)
	yield "an older withdrawal", True, also(lambda p: p.withdraw(0, 2, seq=1))
	yield "signed at the seq of the withdrawal", True, also(lambda p: p.sign(0, 1, seq=2))

	def twins(p):
		"""One person: enrolled in two rosters of an organisation, and with the same secret as a key."""
		one = Member("enrolled", "twin 1")
		two = Member("enrolled", "twin 2")
		three = Member("enrolled", "twin 3")
		raw = p.rosters[5].members[0]
		for c in range(2):
			two.secrets[c] = one.secrets[c][:4] + [two.secrets[c][4]]
			three.secrets[c] = raw.secrets[0][:4] + [three.secrets[c][4]]
		for m in (two, three):
			m.sources = [proofs.commitment(s).encode() for s in m.secrets]
		p.rosters[0].members[0] = one
		p.rosters[1].members[0] = two
		p.rosters[1].organisation = p.rosters[0].organisation
		p.rosters[0].members[1] = three
		renew(p)
		p.epochs[2].statements = [p.sign(0, k) for k in range(3)] + [p.sign(1, k) for k in range(3)] + \
			[p.sign(5, k) for k in range(3)]
	yield "one person in two rosters and two classes", True, bare(twins)

	def pair_of_keys(p):
		"""Two raw-key rosters: a ring of all, repeats across them."""
		members = [Member.get("raw-key", "more %d" % k) for k in range(15)] + \
			p.rosters[5].members[:2]
		p.rosters.append(Roster("More keys", "Wells", "raw-key", members, key("steward.example/one")))
		p.columns.append(0)
		p.manifest_changed = {"ring": ["enrolled own 1", "enrolled own 2", "enrolled all E",
			"raw-key own 6", "raw-key own 7", "raw-key all K"]}
		renew(p)
		p.epochs[2].statements = [p.sign(5, k) for k in range(3)] + \
			[p.sign(6, k) for k in (14, 15, 16)]
		p.epochs[5].statements = [p.sign(6, 3, ("K", (5, 6))), p.sign(5, 1, ("K", (5, 6)))]
	yield "two rosters of raw keys", True, bare(pair_of_keys)
