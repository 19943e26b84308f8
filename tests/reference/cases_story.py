"""The story around a letter: doc/formats.md 3.5 and 6.4. What is void is no error; what is not of
its form, or not signed by its author, is one."""
import random

from cases_common import base, plan
from maker import SEED, key, note
from text import b64, sha256

ministry, mediator, person = (key(who + ".example") for who in ("ministry", "mediator", "person"))
stranger = key("stranger.example")
SOURCE = "source https://news.example/1\ncopy 3 %s 2031-05-01\n" % sha256(b"abc").hex()
POLL = ("asked-by A\npaid-by B\nquestion C\nanswer 410 yes\nanswer 250 rather yes\nanswer 340 no\n"
	"merged 1,2\nasked 1329\npopulation customers\nsampling random\nmode m\nfrom 2030-10-06\n"
	"until 2030-10-19\nweighting age\n")


def text_of(kind, who, lines, date="2031-04-04", revises=None, letter=None):
	return ("undersigned %s v1\nletter %s\nauthor %s\ndate %s\n%s%s" % (kind,
		letter or base.context.hex(), who.text, date,
		"revises %s\n" % b64(revises) if revises else "", lines)).encode()


class Telling:
	"""Adds records to a plan's epochs."""

	def __init__(self, p):
		self.p = p

	def add(self, epoch, kind, who, lines, *more, **named):
		text = text_of(kind, who, lines, *more, **named)
		self.p.epochs[epoch].records.append(note(text, who))
		return sha256(text)

	def begin(self, epoch=2):
		o = self.p.organiser
		for role, who, of in (("addressed", "Ministry", ministry), ("mediator", "Ombudsperson", mediator),
				("person", "Ilse", person)):
			self.add(epoch, "actor", o, "role %s\nname %s\nkey %s\n" % (role, who, of.text))
		self.add(epoch, "scale", o, "grade some\ngrade all\n")
		for k in (1, 2):
			self.add(epoch, "demand", o, "number %d\ntext Demand %d\n" % (k, k))


def told(tell):
	def change(p):
		telling = Telling(p)
		tell(telling, p.organiser)
	return plan(change)


def whole(t, o):
	t.begin()
	t.add(2, "endorsement", person, "actor Ilse\nstate given\nwords Yes.\n")
	t.add(3, "citation", o, "claim most of the public\n" + SOURCE + POLL)
	t.add(3, "stance", o, "actor Brisk\ngrade some\nquote “Yes.”\n" + SOURCE)
	t.add(4, "stance", o, "actor Brisk\ngrade all\n" + SOURCE, "2031-04-06")
	t.add(4, "stance", o, "actor Cadwen\ngrade withdrawn\n" + SOURCE, "2031-04-06")
	first = t.add(3, "reply", ministry, "actor Ministry\ntext No.\n")
	t.add(4, "reply", ministry, "actor Ministry\ntext Yes.\ntext All.\n", "2031-04-07", first)
	t.add(4, "move", mediator, "demand 1\nactor Ombudsperson\nstate offered\nwords 48 hours\n")
	t.add(4, "delivery", o, "actor Ministry\nwords By hand.\n" + SOURCE)
	t.add(5, "notice", o, "about correction\nwords A name.\n")


def random_story(seed):
	rng = random.Random("%s/%s" % (SEED, seed))

	def tell(t, o):
		t.begin(rng.choice((2, 2, 3)))
		made = [("none", None, o, bytes(32))]   # kind, actor, author, ID
		keys = {"Ministry": ministry, "Ombudsperson": mediator, "Ilse": person}
		pick = lambda *kinds: rng.choice([one for one in made if one[0] in kinds] or made)
		for k in range(40):
			epoch = 2 + k // 10 if rng.random() < 0.9 else rng.randrange(2, 6)
			actor = rng.choice(("Ministry", "Ombudsperson", "Ilse", "Brisk", "Cadwen"))
			source = SOURCE if rng.random() < 0.8 else ""
			who = keys.get(actor, o)
			kind = rng.choice(("stance", "stance", "reply", "reply", "move", "move", "endorsement",
				"demand", "citation", "actor", "scale", "removal", "removal", "appeal", "decision",
				"revocation", "correction", "delivery"))
			of = pick(*{"removal": ("stance", "reply", "move", "endorsement", "citation"),
				"appeal": ("removal",), "decision": ("appeal",)}.get(kind, (kind,)))
			if kind in ("demand", "citation", "actor", "scale", "delivery", "removal", "decision",
					"correction") or kind in ("stance", "move") and rng.random() < 0.4:
				who = o
			if kind == "appeal":
				who = keys.get(of[1], mediator)
			if kind == "revocation":
				who = rng.choice((o, ministry, mediator, person)) if rng.random() < 0.3 else stranger
			if rng.random() < 0.1:
				who = rng.choice((o, ministry, mediator, stranger))
			revises = None
			if kind not in ("scale", "removal", "appeal", "decision", "revocation", "correction") and \
					rng.random() < 0.4:
				old = pick(kind)
				actor, revises = old[1] or actor, old[3]
				who = old[2] if rng.random() < 0.9 else who
			lines = {
				"stance": "actor %s\ngrade %s\nquote %d\n" % (actor,
					rng.choice(("some", "all", "some", "withdrawn", "off")), k) + source,
				"reply": "actor %s\ntext %d\n" % (actor, k) + source,
				"move": "demand %d\nactor %s\nstate %s\nwords %d\n" % (1 + rng.randrange(5) // 2, actor,
					rng.choice(("open", "offered", "accepted", "refused", "met")), k) + source,
				"endorsement": "actor %s\nstate %s\nwords %d\n" % (actor,
					rng.choice(("given", "withdrawn")), k),
				"demand": "number %d\ntext %d\n" % (1 + rng.randrange(5) // 2, k),
				"citation": "claim %d\n" % k + SOURCE + rng.choice(("", POLL)),
				"actor": "role %s\nname %s\nabout %d\n%s" % (rng.choice(("person", "party")), actor, k,
					"key %s\n" % stranger.text if rng.random() < 0.5 else ""),
				"scale": "grade %d\ngrade all\n" % k,
				"removal": "about removal\nof %s\nreason off-topic\nuntil 2031-05-01\nwords %d\n" % (
					b64(of[3]), k),
				"appeal": "about appeal\nof %s\nwords %d\n" % (b64(of[3]), k),
				"decision": "about decision\nof %s\noutcome %s\nwords %d\n" % (b64(of[3]),
					rng.choice(("upheld", "reversed")), k),
				"revocation": "about revocation\nkey %s\nwords %d\n" % (
					rng.choice((ministry, mediator, person, stranger)).text, k),
				"correction": "about correction\nwords %d\n" % k,
				"delivery": "actor %s\nwords %d\n" % (actor, k) + SOURCE}[kind]
			made.append((kind, of[1] if kind in ("removal", "appeal") else actor, who, t.add(epoch,
				"notice" if kind in ("removal", "appeal", "decision", "revocation", "correction") else kind,
				who, lines, "2031-04-0%d" % rng.randrange(3, 4 + epoch), revises)))
	return tell


def cases():
	yield "a story", True, told(whole)
	for k in range(30):
		yield "a story at random, %d" % k, True, told(random_story(k))

	def form(name, valid, kind, lines, who=None, **named):
		def tell(t, o):
			text = text_of(kind, who or o, lines, **named)
			t.p.epochs[2].records.append(note(text, who or o))
		return "a record: " + name, valid, told(tell)
	yield form("of the organiser", True, "demand", "number 1\ntext x\n")
	yield form("by a stranger", True, "demand", "number 1\ntext x\n", stranger)
	yield form("a number of 0", False, "demand", "number 0\ntext x\n")
	yield form("a number of 100", False, "demand", "number 100\ntext x\n")
	yield form("a line too many", False, "demand", "number 1\ntext x\nmore y\n")
	yield form("a line that is none", False, "demand", "number 1\ntext  x\n")
	yield form("of a kind that is none", True, "wish", "text x\n")
	yield form("of another letter", True, "demand", "number 0\n", letter="ab" * 32)
	yield form("of no letter", True, "demand", "number 0\n", letter="AB" * 32)
	yield form("a date that is none", False, "demand", "number 1\ntext x\n", date="2031-02-29")
	yield form("a revised scale", False, "scale", "grade a\ngrade b\n", revises=bytes(32))
	yield form("ten grades", False, "scale", "".join("grade %d\n" % k for k in range(10)))
	yield form("a grade twice", False, "scale", "grade a\ngrade a\n")
	yield form("a grade withdrawn", False, "scale", "grade a\ngrade withdrawn\n")
	yield form("a source without its copy", False, "stance", "actor x\ngrade a\nsource y\n")
	yield form("a copy made before", False, "stance", "actor x\ngrade a\n" +
		SOURCE.replace("2031-05-01", "2031-04-03"))
	yield form("a copy of another form", False, "stance", "actor x\ngrade a\nsource y\ncopy 3 00 2031-05-01\n")
	yield form("a key that is none", False, "actor", "role party\nname x\nkey y\n")
	yield form("a role that is none", False, "actor", "role king\nname x\n")
	yield form("101 paragraphs", False, "reply", "actor x\n" + "text y\n" * 101)
	yield form("100 paragraphs", True, "reply", "actor x\n" + "text y\n" * 100 + SOURCE)
	for old, new in (("merged 1,2", "merged 1,4"), ("merged 1,2", "merged 2,1"), ("340", "341"),
			("410 yes", "460 yes"), ("asked 1329", "asked 0"), ("until 2030-10-19", "until 2030-10-05"),
			("paid-by B\n", ""), ("answer 250 rather yes\nanswer 340 no\n", ""), ("random", "sampled")):
		yield form("a poll, %s" % new.strip(), new == "341" and None, "citation",
			"claim x\n" + SOURCE + POLL.replace(old, new))
	for about in ("correction", "removal", "appeal", "decision", "revocation"):
		yield form("a notice of " + about, about == "correction", "notice", "about %s\nwords x\n" % about)
	yield form("a correction with a reason", False, "notice",
		"about correction\nreason off-topic\nwords x\n")

	def signed(name, valid, *keys):
		def tell(t, o):
			text = text_of("demand", o, "number 1\ntext x\n")
			t.p.epochs[2].records.append(note(text, *(o if one is None else one for one in keys)))
		return "a record signed by " + name, valid, told(tell)
	yield signed("another than its author", False, stranger)
	yield signed("its author and another", False, None, stranger)
	yield "a record before the letter", False, told(lambda t, o: t.p.epochs[0].records.append(
		note(text_of("demand", o, "number 1\ntext x\n", "2031-04-03"), o)))
	yield "a record after the closing", True, told(lambda t, o: t.add(5, "demand", o,
		"number 1\ntext x\n"))
