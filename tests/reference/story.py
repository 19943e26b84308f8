"""The story around a letter: doc/formats.md 3.5 and 6.4, from that page alone."""
import math
import re

from text import Key, Lines, Note, date, decimal, is_plain, name, need, sha256, unbase64, unhex

WORDS = {
	"role": ("addressed", "mediator", "party", "institution", "person"),
	"endorsement state": ("given", "withdrawn"),
	"move state": ("open", "offered", "accepted", "refused", "met"),
	"sampling": ("random", "quota", "self-selected", "all"),
	"about": ("correction", "removal", "appeal", "decision", "revocation"),
	"reason": ("private-person", "unlawful", "false-source", "off-topic", "duplicate"),
	"outcome": ("upheld", "reversed"),
}
KINDS = ("actor", "scale", "endorsement", "stance", "citation", "demand", "move", "reply",
	"delivery", "notice", "earlier")


def kind_of(data):
	first = data.split(b"\n", 1)[0]
	for kind in KINDS:
		if first == b"undersigned %s v1" % kind.encode():
			return kind
	return None


def letter_of(data):
	"""The letter that a record is about, or None where it is not well-formed so far."""
	text = Note(data).text
	rows = text.decode().split("\n")[:-1]
	if len(text) > 65000 or not all(row and is_plain(row) for row in rows):
		return None
	found = re.fullmatch("letter ([0-9a-f]{64})", rows[1] if len(rows) > 1 else "")
	return bytes.fromhex(found.group(1)) if found else None


class Record:
	"""One record; Bad if it is not of its form or its author has not signed it."""

	def __init__(self, data, entry, epoch, seconds):
		note = Note(data)
		self.kind, self.id = kind_of(data), sha256(note.text)
		self.entry, self.epoch, self.seconds = entry, epoch, seconds
		lines = Lines(note.text, "undersigned %s v1" % self.kind)
		self.letter = unhex(lines.take("letter"), 32, 32)
		self.author = Key.parse(lines.take_text("author"))
		self.date = date(lines.take("date"))
		self.revises = None
		if lines.peek() == "revises" and self.kind not in ("scale", "notice"):
			self.revises = unbase64(lines.take("revises"), 32)
		self.fields = {}
		getattr(self, self.kind)(lines)
		lines.done()
		note.check(self.author, [])
		self.state, self.signed, self.why = "holds", False, None
		self.next = self.previous = self.of = self.removal = self.decision = None

	# --- Lines

	def text(self, lines, key, optional=False):
		if not optional or lines.peek() == key:
			self.fields[key] = lines.take_text(key)

	def word(self, lines, key, words, optional=False):
		if not optional or lines.peek() == key:
			self.fields[key] = lines.take(key)
			need(self.fields[key] in WORDS[words], "not one of the words: " + key)

	def named(self, lines, key):
		self.fields[key] = name(lines.take_text(key))

	def number(self, lines, key, most):
		self.fields[key] = lines.take(key)
		return decimal(self.fields[key], 1, most)

	def source(self, lines, optional=True):
		if optional and lines.peek() != "source":
			return
		self.text(lines, "source")
		self.fields["copy"] = lines.take_text("copy")
		parts = self.fields["copy"].split(" ")
		need(len(parts) == 3, "a copy has three fields")
		decimal(parts[0], 0, 2**63 - 1), unhex(parts[1], 32, 32)
		if self.kind in ("stance", "move", "reply"):
			need(date(parts[2]) >= self.date, "copied before it was said")
		date(parts[2])

	# --- Kinds

	def actor(self, lines):
		self.word(lines, "role", "role")
		self.named(lines, "name")
		self.text(lines, "about", True)
		self.fields["key"] = lines.many("key", 1, True) if lines.peek() == "key" else []
		need(len(self.fields["key"]) <= 8, "more than 8 keys")
		self.keys = [Key.parse(one) for one in self.fields["key"]]
		if not self.keys:
			del self.fields["key"]

	def scale(self, lines):
		grades = self.fields["grade"] = [name(one) for one in lines.many("grade", 1, True)]
		need(2 <= len(grades) <= 9 and len(set(grades)) == len(grades), "grades")
		need("withdrawn" not in grades, "withdrawn is a grade of every scale")

	def endorsement(self, lines):
		self.named(lines, "actor")
		self.word(lines, "state", "endorsement state")
		self.text(lines, "words", True)

	def stance(self, lines):
		self.named(lines, "actor")
		self.named(lines, "grade")
		self.text(lines, "quote", True)
		self.source(lines)

	def citation(self, lines):
		self.text(lines, "claim")
		self.text(lines, "quote", True)
		self.source(lines, False)
		self.poll = None
		if lines.peek() != "asked-by":
			return
		for key in ("asked-by", "paid-by", "question"):
			self.text(lines, key)
		rows = self.fields["answer"] = lines.many("answer", 1, True)
		need(2 <= len(rows) <= 20, "2 to 20 answers")
		shares = []
		for row in rows:
			share, _, words = row.partition(" ")
			need(words and not words.startswith(" "), "an answer has words")
			shares.append(decimal(share, 0, 1000))
		need(sum(shares) <= 1000 + 5 * len(shares), "more than 100 %")
		self.fields["merged"] = lines.take("merged")
		merged = [decimal(one, 1, len(rows)) for one in self.fields["merged"].split(",")]
		need(merged == sorted(set(merged)), "merged is in ascending order")
		asked = self.number(lines, "asked", 10**9)
		self.text(lines, "population")
		self.text(lines, "called", True)
		self.word(lines, "sampling", "sampling")
		self.text(lines, "mode")
		for key in ("from", "until"):
			self.fields[key] = lines.take(key)
		need(date(self.fields["from"]) <= date(self.fields["until"]) <= self.date, "dates of a poll")
		self.text(lines, "weighting")
		self.poll = min(1000, sum(shares[k - 1] for k in merged)), asked

	def demand(self, lines):
		self.number(lines, "number", 99)
		self.text(lines, "text")

	def earlier(self, lines):
		self.fields["earlier"] = lines.take("earlier")
		self.earlier_id = unbase64(self.fields["earlier"], 32)
		self.text(lines, "title")
		for key in ("opened", "as-of"):
			self.fields[key] = lines.take(key)
			date(self.fields[key])
		if lines.peek() == "signed":
			self.number(lines, "signed", 2**32 - 1)
		if lines.peek() == "text":
			self.fields["text"] = lines.many("text", 1, True)
			need(len(self.fields["text"]) <= 100, "more than 100 paragraphs")

	def move(self, lines):
		self.number(lines, "demand", 99)
		self.named(lines, "actor")
		self.word(lines, "state", "move state", True)
		self.text(lines, "words")
		self.source(lines)

	def reply(self, lines):
		self.named(lines, "actor")
		self.fields["text"] = lines.many("text", 1, True)
		need(len(self.fields["text"]) <= 100, "more than 100 paragraphs")
		self.source(lines)

	def delivery(self, lines):
		self.named(lines, "actor")
		self.text(lines, "words")
		self.source(lines, False)

	def notice(self, lines):
		self.word(lines, "about", "about")
		about = self.fields["about"]
		if about in ("removal", "appeal", "decision") or \
				about == "correction" and lines.peek() == "of":
			self.fields["of"] = lines.take("of")
			self.of_id = unbase64(self.fields["of"], 32)
		if about == "removal":
			self.word(lines, "reason", "reason")
			self.fields["until"] = lines.take("until")
			need(date(self.fields["until"]) >= self.date, "an appeal before the removal")
		if about == "decision":
			self.word(lines, "outcome", "outcome")
		if about == "revocation":
			self.fields["key"] = lines.take_text("key")
			Key.parse(self.fields["key"])
		self.text(lines, "words")

	def about(self):
		return self.fields.get("about") if self.kind == "notice" else None

	def who(self):
		return self.fields.get("name" if self.kind == "actor" else "actor")


class Story:
	"""What holds, and what follows from it."""

	def __init__(self, records, organiser):
		self.records, self.organiser = sorted(records, key=lambda one: one.entry), organiser.text
		self.actors, self.demands, self.scale = {}, {}, None
		self.earlier = set()
		self.keys = []        # [actor, vkey, epoch, revoked or None]
		self.by_id = {}
		for one in self.records:
			self.by_id.setdefault(one.id, one)
		for one in self.records:
			if one.revises:
				one.previous = self.by_id.get(one.revises)
			elif one.kind == "notice" and "of" in one.fields:
				one.of = self.by_id.get(one.of_id)
		for one in sorted(self.records, key=self.turn):
			one.why = self.judge(one)
			if one.why:
				one.state, one.previous = "void", None
		self.settle()

	def turn(self, one):
		phase = {"actor": 0, "scale": 2, "demand": 3}.get(one.kind, 4)
		if one.about() == "revocation":
			phase = 1
		depth, at = 0, one.previous or one.of
		while at:
			depth, at = depth + 1, at.previous or at.of
		return phase, depth, one.entry

	def before(self, one, other):
		return other is not None and other.why is None and other.epoch <= one.epoch

	# --- 6.4, rule by rule: the reason why a record is void, or None

	def judge(self, one):
		if self.by_id[one.id] is not one:
			return "twice"
		if one.date > one.seconds:
			return "dated later than its epoch"
		self.by_organiser = one.author.text == self.organiser
		if one.kind == "actor":
			return self.judge_actor(one)
		if one.kind == "notice":
			return getattr(self, "judge_" + one.about())(one)
		if one.kind in ("scale", "citation", "demand", "delivery", "earlier"):
			if not self.by_organiser:
				return "not the organiser's"
			if one.kind == "earlier":
				if one.earlier_id == one.letter:
					return "the letter itself"
				if not date(one.fields["opened"]) <= date(one.fields["as-of"]) <= one.date:
					return "counted before it opened, or told of before that"
				if not one.revises:
					if one.earlier_id in self.earlier:
						return "named twice"
					if len(self.earlier) == 16:
						return "too many"
					self.earlier.add(one.earlier_id)
			if one.kind == "scale":
				if self.scale:
					return "a second scale"
				self.scale = one
				return None
			if one.kind == "demand" and not one.revises:
				if one.fields["number"] in self.demands:
					return "a number twice"
				self.demands[one.fields["number"]] = one
			return self.revision(one)
		why = self.author(one) or getattr(self, "judge_" + one.kind)(one)
		return why or self.revision(one)

	def key_of(self, who, one):
		for row in self.keys:
			if row[0] == who and row[1] == one.author.text:
				return row
		return None

	def author(self, one):
		row = self.key_of(one.who(), one)
		if row and row[2] <= one.epoch:
			if row[3] is not None and row[3] <= one.epoch:
				return "a revoked key"
			one.signed = True
			return None
		return None if self.by_organiser else "signed by somebody else"

	def revision(self, one):
		if not one.revises:
			return None
		old = one.previous
		if not self.before(one, old):
			return "of what does not hold before"
		if old.next:
			return "revised already"
		same = lambda key: old.fields.get(key) == one.fields.get(key)
		if old.kind != one.kind or old.who() != one.who() or old.signed != one.signed or \
				not same("number") or not same("demand") or not same("earlier") or old.date > one.date:
			return "of something else"
		old.next = one
		return None

	def judge_actor(self, one):
		if not self.by_organiser:
			return "not the organiser's"
		who, old = one.who(), one.previous
		if not one.revises and who in self.actors:
			return "introduced twice"
		if one.revises and old and (old.fields.get("role") != one.fields["role"] or
				one.fields.get("key", [])[:len(old.fields.get("key", []))] != old.fields.get("key", [])):
			return "another role, or a key is gone"
		why = self.revision(one)
		if why:
			return why
		self.actors.setdefault(who, {"role": one.fields["role"], "endorses": False})
		for key in one.keys:
			if not any(row[:2] == [who, key.text] for row in self.keys):
				self.keys.append([who, key.text, one.epoch, None])
		return None

	def judge_endorsement(self, one):
		if not one.signed:
			return "not signed by the endorser"
		actor = self.actors[one.who()]
		if actor["role"] not in ("person", "institution"):
			return "neither a person nor an institution"
		if not one.revises:
			if actor["endorses"]:
				return "endorses twice"
			actor["endorses"] = True
		return None

	def judge_reply(self, one):
		return None if one.signed or "source" in one.fields else "no source"

	def judge_stance(self, one):
		if not self.before(one, self.scale):
			return "no scale before it"
		if one.fields["grade"] not in self.scale.fields["grade"] + ["withdrawn"]:
			return "off the scale"
		return self.judge_reply(one)

	def judge_move(self, one):
		if not self.before(one, self.demands.get(one.fields["demand"])):
			return "no such demand"
		return self.judge_reply(one)

	def judge_revocation(self, one):
		found = False
		for row in self.keys:
			if row[1] != one.fields["key"] or row[2] > one.epoch:
				continue
			addressed = self.actors[row[0]]["role"] == "addressed"
			if one.author.text != row[1] and (not self.by_organiser or addressed):
				return "not its to revoke"
			row[3] = one.epoch if row[3] is None else min(row[3], one.epoch)
			found = True
		return None if found else "no such key"

	def judge_removal(self, one):
		if not self.by_organiser:
			return "not the organiser's"
		if not self.before(one, one.of):
			return "of what does not hold before"
		if one.of.signed and self.actors[one.of.who()]["role"] == "addressed":
			return "signed by somebody addressed"
		if one.of.kind in ("notice", "actor", "scale", "demand", "earlier") or one.of.removal:
			return "not to be removed, or removed already"
		one.of.removal = one
		return None

	def judge_appeal(self, one):
		if not self.before(one, one.of) or one.of.about() != "removal":
			return "of no removal"
		row = self.key_of(one.of.of.who(), one)
		if not row or row[2] > one.epoch or row[3] is not None and row[3] <= one.epoch:
			return "not by whom it is about"
		if one.date > date(one.of.fields["until"]):
			return "too late"
		one.signed = True
		return None

	def judge_decision(self, one):
		if not self.by_organiser:
			return "not the organiser's"
		if not self.before(one, one.of) or one.of.about() != "appeal" or one.of.decision:
			return "of no appeal, or decided already"
		one.of.decision = one
		if one.fields["outcome"] == "reversed":
			one.of.of.of.removal = None
		return None

	def judge_correction(self, one):
		if "of" in one.fields and not self.before(one, one.of):
			return "of what does not hold before"
		return None if self.by_organiser else "not the organiser's"

	# --- What is in its place

	def settle(self):
		for one in self.records:
			if one.removal and one.state == "holds":
				one.state = "removed"
		for one in self.records:
			if one.state == "void" or one.previous:
				continue
			chain = []
			while one:
				chain.append(one)
				one = one.next
			shown = [link for link in chain if link.state == "holds"][-1:]
			for link in chain:
				if link.state == "holds" and link not in shown:
					link.state = "revised"

	def shown(self, kind):
		return sorted((one for one in self.records if one.kind == kind and one.state == "holds"),
			key=lambda one: (one.date, one.entry))

	def json(self, day):
		grades = self.scale.fields["grade"] if self.scale else []
		standing, changes = {}, []
		for one in self.shown("stance"):
			who, grade = one.who(), one.fields["grade"]
			row = standing.setdefault(who, {"actor": who, "grade": None})
			row["entry"] = one.entry
			if row["grade"] != grade:
				row["grade"], row["since"] = grade, day(one.date)
				changes.append({"date": day(one.date), "actor": who, "grade": grade})
		rank = lambda row: grades.index(row["grade"]) if row["grade"] in grades else -1
		standings = sorted(standing.values(),
			key=lambda row: (-rank(row), row["since"], row["actor"].encode()))
		demands = []
		for number in sorted(self.demands, key=int):
			first = last = self.demands[number]
			while last.next:
				last = last.next
			row = {"number": int(number), "text": last.fields["text"], "state": "open",
				"since": day(first.date), "moves": []}
			for one in self.shown("move"):
				if one.fields["demand"] != number:
					continue
				row["moves"].append(one.entry)
				if one.fields.get("state", row["state"]) != row["state"]:
					row["state"], row["since"] = one.fields["state"], day(one.date)
			demands.append(row)
		counts = {"people": 0, "institutions": 0, "withdrawn": 0}
		for one in self.shown("endorsement"):
			role = self.actors[one.who()]["role"]
			counts["withdrawn" if one.fields["state"] == "withdrawn" else
				"people" if role == "person" else "institutions"] += 1
		return {
			"grades": [{"grade": grade, "institutions": sum(row["grade"] == grade for row in standings)}
				for grade in (grades + ["withdrawn"] if grades else [])],
			"stances": standings, "changes": changes, "demands": demands,
			"citations": [self.citation(one) for one in self.records
				if one.kind == "citation" and one.state == "holds"],
			"endorsements": counts,
			"removals": sum(one.state == "removed" for one in self.records),
			"void": sum(one.state == "void" for one in self.records),
			"records": [self.row(one, day) for one in self.records]}

	def citation(self, one):
		row = {"entry": one.entry, "claim": one.fields["claim"]}
		if one.poll:
			joined, asked = one.poll
			row["asked"], row["share"] = asked, joined / 10
			if one.fields["sampling"] == "random":
				half = lambda share: float("%.1f" % (196 * math.sqrt(share * (1 - share) / asked)))
				row["error"], row["error_at_most"] = half(joined / 1000), half(0.5)
		return row

	def row(self, one, day):
		row = {"entry": one.entry, "epoch": one.epoch, "date": day(one.date), "kind": one.kind,
			"id": one.id.hex(), "state": one.state, "signed": one.signed, "author": one.author.name}
		if one.why:
			row["rule"] = one.why
		if one.revises:
			row["revises"] = one.revises.hex()
		if one.state != "removed":
			row["fields"] = one.fields
		return row
