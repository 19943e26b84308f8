"""Bundles whose records were changed at random, signed and hashed anew: both verifiers must agree.

40 of them, or 2,000 where UNDERSIGN_FULL is 1."""
import os
import random

import proofs

from maker import SEED, Plan, key, note
from text import COSIGNATURE

COUNT = 2000 if os.environ.get("UNDERSIGN_FULL") == "1" else 40
PIECES = [b" ", b"  ", b"0", b"1", b"9", b"-", b"+", b"=", b"A", b"a", b"\t", b"\r", b"\0", b"\x7f",
	"ü".encode(), "\u2028".encode(), "\ufeff".encode(), b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"/", b",", b"x" * 130,
	b"\n", b"4294967296", b"18446744073709551616", b"2031-02-29", "\u00a0".encode()]


def change(random_, text):
	"""One change of a text: a line, a field, or a byte."""
	rows = text.split(b"\n")[:-1]
	k = random_.randrange(len(rows))
	what = random_.randrange(9)
	if what == 0:
		del rows[k]
	elif what == 1:
		rows.insert(k, rows[k])
	elif what == 2:
		j = random_.randrange(len(rows))
		rows[k], rows[j] = rows[j], rows[k]
	elif what == 3:
		fields = rows[k].split(b" ")
		j = random_.randrange(len(fields))
		if random_.random() < 0.5:
			del fields[j]
		else:
			fields.insert(j, fields[j])
		rows[k] = b" ".join(fields)
	elif what == 4:
		other = random_.choice(rows).split(b" ")
		fields = rows[k].split(b" ")
		fields[random_.randrange(len(fields))] = random_.choice(other)
		rows[k] = b" ".join(fields)
	elif what == 5:
		fields = rows[k].split(b" ")
		numbers = [j for j, one in enumerate(fields) if one.isdigit()]
		if numbers:
			j = random_.choice(numbers)
			fields[j] = b"%d" % max(0, int(fields[j]) + random_.choice((-1, 1, 2, 15, 2**22)))
		rows[k] = b" ".join(fields)
	else:
		at = random_.randrange(len(rows[k]) + 1)
		piece = random_.choice(PIECES)
		cut = random_.choice((0, 0, 1, len(piece)))
		rows[k] = rows[k][:at] + piece + rows[k][at + cut:]
	return b"".join(row + b"\n" for row in rows)


def text_of(data):
	return data[:data.rfind(b"\n\n") + 1]


def cases():
	other = key("other.example")
	for k in range(COUNT):
		random_ = random.Random("%s/%d" % (SEED, k))
		p = Plan(with_statements=False)
		p.epochs[2].records = [p.close_record(4)]
		p.epochs[3].records = [p.extend_record(1, p.base_records, p.base)]
		what = random_.choice(("log", "roster", "letter", "letter", "open", "extend", "close",
			"keys", "checkpoint", "note", "entry"))
		if what == "log":
			p.epochs[0].records[0] = note(change(random_, text_of(p.log_record())), p.log_key)
		elif what == "roster":
			j = random_.randrange(len(p.rosters))
			p.base_records[j] = note(change(random_, text_of(p.base_records[j])), p.rosters[j].steward)
			p.epochs[0].records = [p.log_record()] + list(p.base_records)
			p.make_manifest()
			p.epochs[1].records = [p.manifest, p.open_record()]
			p.epochs[2].records = [p.close_record(4)]
			p.epochs[3].records = [p.extend_record(1, p.base_records, p.base)]
		elif what == "letter":
			p.manifest_text = change(random_, p.manifest_text)
			p.manifest = note(p.manifest_text, p.organiser)
			p.context = proofs.context(p.manifest_text)
			p.epochs[1].records = [p.manifest, p.open_record()]
			p.epochs[2].records = [p.close_record(4)]
			p.epochs[3].records = [p.extend_record(1, p.base_records, p.base)]
		elif what in ("open", "extend", "close"):
			epoch = {"open": 1, "extend": 3, "close": 2}[what]
			data = p.epochs[epoch].records.pop()
			p.epochs[epoch].records.append(note(change(random_, text_of(data)), p.organiser))
		elif what == "entry":
			# Of this letter or of another one, whose proof nobody looks at.
			stranger = b"\1" + proofs.context(b"another letter\n") + bytes(4)
			scope = random_.choice((p.scope, stranger, stranger, stranger))
			data = bytearray(random_.choice((p.sign(0, 0, scope=scope), p.withdraw(0, 0, scope=scope))))
			for _ in range(random_.choice((1, 1, 2))):
				at = random_.choice((0, 1, 2, 34, 39, 43, 44, 71, 75, 76, len(data) - 1,
					random_.randrange(len(data))))
				at = min(at, len(data) - 1)
				data[at:at + random_.randrange(2)] = bytes(random_.choice((0, 1, 2, 3, 128, 255))
					for _ in range(random_.randrange(3)))
			p.epochs[4].statements = [bytes(data)]
			p.epochs[4].is_sorted = len(data) > 110
		elif what == "keys":
			p.files_change = lambda files: {**files, "keys": change(random_, files["keys"])}
		elif what == "checkpoint":
			p.checkpoint_change = lambda text: change(random_, text)
		else:
			epoch = random_.randrange(4)
			j = random_.randrange(len(p.epochs[epoch].records))
			data = p.epochs[epoch].records[j]
			lines = change(random_, data[data.rfind(b"\n\n") + 2:] + other.line(text_of(data)) +
				key("witness.example/w1", COSIGNATURE).line(text_of(data), 5))
			p.epochs[epoch].records[j] = text_of(data) + b"\n" + lines
			if data == p.manifest:
				p.manifest = p.epochs[epoch].records[j]
			p.extra_signers = {other: 1}
		try:
			yield "random %d, %s" % (k, what), None, p.files()
		except Exception as problem:
			raise RuntimeError("random %d, %s" % (k, what)) from problem
