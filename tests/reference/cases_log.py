"""Files, tar, signatures, the log's record, order: doc/formats.md 2, 3.1, 6.1, 7."""
import base64
import os
import time

import proofs
from bundle import tar_bytes
from cases_common import bare, base, flip, plan, set_files
from curve import L
from maker import Epoch, key, note, write_folder
from records import statement_bytes
from text import b64, COSIGNATURE, SecretKey


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
