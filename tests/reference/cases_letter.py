"""Opening, extension, closing, statements, the count: doc/formats.md 3.4, 5, 6.2, 6.3."""
import proofs
from cases_common import bare, base, flip, plan, renew
from maker import Epoch, key, Member, note, Roster
from records import statement_bytes
from text import b64, sha256


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
