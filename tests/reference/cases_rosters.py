"""Rosters, points, the manifest and its rings: doc/formats.md 3.2, 3.3, 4.3."""
import proofs
from cases_common import bare, base, flip, plan, renew
from curve import decode, edwards_decode, edwards_encode, P, times_l
from maker import id_of, key, Member
from records import points_bytes
from text import b64, COSIGNATURE, Key, sha256


# --- 3.2: rosters --------------------------------------------------------------------------------

def with_roster(k, **changed):
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


# --- 3.3: the manifest ---------------------------------------------------------------------------

def cases_manifest():
	en, de = (("%s %d %s" % (k, len(d), sha256(d).hex())) for k, d in base.texts.items())
	yield "no recipient", True, bare(to=None)
	yield "two recipients", False, bare(to=["a", "b"])
	yield "titles of one language", False, bare(title=["en a", "en b"], text=[en, en])
	yield "texts in another order", False, bare(text=[de, en])
	yield "a text twice", False, bare(text=[en, en, de])
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
