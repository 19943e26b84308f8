#!/usr/bin/env python3
"""Evidence of membership, between the program and evidence.py: test_evidence.py UNDERSIGN

Words, vouches and SSH signatures are made here and admitted by the program, and the reverse; all that the
program publishes and keeps is checked again from the formats alone. Then rules, refusals, words, vouches
and disclosures are changed at random, signed anew, and judged by both: the same verdict.

Controls: what was not changed is taken by both, and each kind of change is refused by both at least once."""
import base64
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import bundle
import evidence
import proofs
import test_letter
from cases_common import bare, base
from cases_random import change, text_of
from curve import Bad, ed25519_sign
from maker import SEED, Draws, key
from test_letter import Person, Run, check, string
from text import b64, Checkpoint, entries_of, need, note, sha256

FULL = os.environ.get("UNDERSIGN_FULL") == "1"


def ssh_signature(person, request):
	digest = hashlib.sha512(request).digest()
	signed = b"SSHSIG" + string(evidence.NAMESPACE) + string(b"") + string(b"sha512") + string(digest)
	blob = b"SSHSIG\0\0\0\1" + string(string(b"ssh-ed25519") + string(person.public)) + \
		string(evidence.NAMESPACE) + string(b"") + string(b"sha512") + \
		string(string(b"ssh-ed25519") + string(ed25519_sign(person.seed, signed)))
	text = b64(blob)
	return ("-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n" %
		"\n".join(text[k:k + 70] for k in range(0, len(text), 70))).encode()


def secrets_of(credential):
	"""Of a credential without passphrase (8.1), each column's five scalars."""
	found = []
	for row in credential.decode().splitlines():
		if row.startswith("column "):
			data = base64.b64decode(row.split(" ")[-1])
			found.append([int.from_bytes(data[k:k + 32], "little") for k in range(0, 160, 32)])
	return found


def vouch_text(request, column, secrets, label):
	code = proofs.commitment(secrets[column - 1]).encode()
	proof = proofs.register(evidence.vouch_org("Rivers", 1, request), b"", column, secrets[column - 1],
		Draws("vouch", label))
	return ("undersigned vouches v1\nroster Rivers\nedition 1\nrequest %s\nvouch %d %s %s\n" % (
		sha256(request).hex(), column, b64(code), b64(proof))).encode()


def word_text(request, person=None):
	return ("undersigned word v1\nroster Rivers\nedition 1\nrequest %s\n%s" % (sha256(request).hex(),
		"person %s\n" % person if person else "")).encode()


def judged(read, *arguments):
	try:
		read(*arguments)
	except Bad:
		return False
	return True


def changed(run, generator, what, text, signers, program, ours, count):
	"""Changes a text and compares verdicts. program and ours: of the note's bytes, whether it holds."""
	sign = lambda body: note(body, *signers) if signers else body
	check("the whole %s" % what, program(sign(text)) and ours(sign(text)))
	refused = 0
	for k in range(count * (20 if FULL else 1)):
		body = text
		for _ in range(generator.choice((1, 1, 2))):
			if body:
				body = change(generator, body)
		data = sign(body)
		mine, its = ours(data), program(data)
		check("a changed %s, number %d: here %s, there %s:\n%r" % (what, k, mine, its, body), mine == its)
		refused += not mine
	check("changes of a %s that are refused" % what, refused > count // 3)


def act(generator, p):
	"""A note about a roster of the plan, good or not."""
	r = p.rosters[generator.randrange(2)]
	who = generator.choice((r.steward,) * 8 + (key("stranger.example"),))
	signer = generator.choice((who,) * 9 + (key("stranger.example"),))
	top = "roster %s\nedition %d\n" % (generator.choice((r.name,) * 12 + ("Nobody",)),
		generator.choice((1,) * 12 + (2,)))
	what = generator.randrange(4)
	if what == 0:
		text = "undersigned evidence-rules v2\n%sadditions %d\n" % (top, generator.randrange(1, 4))
	elif what < 3:
		numbers = [generator.randrange(3) for _ in evidence.REASONS]
		text = "undersigned refusals v1\n%sdate 2031-04-%02d\n%s" % (top, generator.randrange(1, 5), "".join(
			"refused %s %d\n" % row for row in zip(evidence.REASONS, numbers) if row[1]))
	else:
		snapshot = sha256(text_of(generator.choice(p.base_records[:2] + [p.manifest])))
		text = "undersigned sample v1\n%sdate 2031-04-05\nsnapshot %s\ncheckpoint %s\ndrawn %d\nopened 1\n" % (
			top, b64(snapshot), "0a" * 32, generator.choice((1, 16, 18, 20)))
	return note((text + "key %s\n" % who.text).encode(), signer)


def logged(program, folder, generator):
	"""Logs with such notes in them: the same are told, and the bundles hold."""
	seen = set()
	for k in range(400 if FULL else 24):
		def change(p):
			for epoch in p.epochs[1:5]:
				epoch.records += sorted({act(generator, p) for _ in range(generator.randrange(3))})
		rosters = [(r.name, r.edition, r.steward.text) for r in base.rosters]
		files = bare(change)
		size = Checkpoint(files["checkpoint"]).size
		told = evidence.acts_told(entries_of(files, size), rosters)
		path = os.path.join(folder, "acts.tar")
		with open(path, "wb") as file:
			file.write(bundle.tar_bytes(files))
		done = subprocess.run([program, "verify", path], capture_output=True, text=True, timeout=60)
		check("the bundle holds: " + done.stdout + done.stderr, done.returncode == 0)
		first = re.search(r"(?m)^  Record: entry (\d+), roster", done.stdout)
		more = re.search(r"(?m)^  and (\d+) more records of rosters", done.stdout)
		theirs = (int(first[1]) if first else None, 1 + int(more[1]) if more else int(bool(first)))
		check("told: here %s, there %s" % (told, theirs), theirs == (told[0] if told else None, len(told)))
		seen.add(min(len(told), 2))
	check("logs in which none, one and several are told", seen == {0, 1, 2})


def main(program):
	program = os.path.abspath(program)
	generator = random.Random(SEED)
	with tempfile.TemporaryDirectory() as folder:
		logged(program, folder, generator)
		run = Run(program, folder)
		roster_key = key("steward.example/rivers")
		stewards = [key("steward.example/%d" % k) for k in range(3)]
		for name, one in [("roster", roster_key)] + [(str(k), one) for k, one in enumerate(stewards)]:
			run.write(name + ".key", one.private_text().encode())
		run.do("roster", "new", "R", "--name", "Rivers", "--organisation", "Rivers", "--source", "list",
			"--steward", "S", "--key", "roster.key", "--columns", 2, "--from", "2031-04-01")
		run.do("roster", "rules", "R", "--key", "roster.key", "--words", 2, *(word for one in stewards
			for word in ("--steward", one.text)), "--vouchers", 2, "--vouches", 2, "--additions", 3)
		rules = evidence.Rules(run.read("R", "rules"))
		check("the rules", (rules.words, rules.vouchers, rules.cap, rules.additions) == (2, 2, 2, 3))

		people = [Person(k) for k in range(2)]
		signers = "".join("%s@rivers %s" % (one.comment, one.line) for one in people).encode()
		run.write("signers", signers)
		requests, secrets = [], []
		for k in range(8):
			run.do("enrol", "--roster", "R", "-o", "%d.credential" % k, "--request", "%d.request" % k,
				"--no-passphrase")
			requests.append(run.read("%d.request" % k))
			secrets.append(secrets_of(run.read("%d.credential" % k)))
		admit = lambda *words, wanted=0: run.do("roster", "admit", "R", "--key", "roster.key", "--date",
			"2031-04-01", "--keep", "keep", *words, wanted=wanted)
		# Made here: two SSH keys, a word of two stewards, two vouches. By the program: the same.
		for k in range(2):
			run.write("%d.request.sig" % k, ssh_signature(people[k], requests[k]))
		admit("--against", "signers", "0.request", "1.request")
		run.write("2.request.stewards", note(word_text(requests[2], "Staff 2"), stewards[0], stewards[2]))
		admit("2.request")
		for k in range(2):
			run.write("vouch-%d" % k, vouch_text(requests[3], k + 1, secrets[k], k))
		admit("--evidence", "vouch-0", "--evidence", "vouch-1", "3.request")
		run.do("roster", "word", "4.request", "--key", "0.key", "-o", "4.request.stewards")
		run.do("roster", "word", "4.request", "--key", "1.key", "-o", "4.request.stewards")
		admit("4.request")
		for k in (0, 2):
			run.do("vouch", "5.request", "--credential", "%d.credential" % k, "-o", "by-%d" % k)
		admit("--evidence", "by-0", "--evidence", "by-2", "5.request")

		# All of it again, from the formats.
		salt = evidence.Salt(run.read("keep", "salt"))
		disclosures = {bytes.fromhex(name[:-len(".evidence")]): run.read("keep", name)
			for name in os.listdir(run.path("keep")) if name.endswith(".evidence")}
		lists = {"signers": signers}
		kinds = evidence.check_roster(run.read("R", "archive"), rules, salt, disclosures, lists)
		check("kinds", kinds == ["ssh", "ssh", "steward", "vouch", "steward", "vouch"])
		for at, spoil in ((0, lambda d: d.replace(b"kind ssh", b"kind x509")), (3, lambda d: d + b"x")):
			bad = dict(disclosures)
			which = sha256(requests[at])
			bad[which] = spoil(bad[which])
			check("a changed disclosure", not judged(evidence.check_roster, run.read("R", "archive"), rules,
				salt, bad, lists))

		# Refusals.
		for reason, number in (("twice", 2), ("no-evidence", 1), ("twice", 1)):
			run.do("roster", "refuse", "R", "--key", "roster.key", "--reason", reason, "--number", number,
				"--date", "2031-04-02")
		refusals = evidence.Refusals(run.read("R", "refusals"))
		check("refusals", refusals.numbers == {"no-evidence": 1, "twice": 3})
		run.do("roster", "snapshot", "R", "--key", "roster.key", "--date", "2031-04-01")
		run.do("roster", "audit", "R")

		# Changed at random.
		def audited(name):
			def judge(data):
				run.write("R/" + name, data)
				done = subprocess.run([program, "roster", "audit", "R"], cwd=folder, timeout=60,
					stdin=subprocess.DEVNULL, capture_output=True)
				run.write("R/" + name, kept[name])
				check("an exit code of 0 or 1", done.returncode in (0, 1))
				return done.returncode == 0
			return judge

		def of_roster(read):
			def judge(data):
				found = read(data)
				if (found.roster, found.edition, found.key.text) != ("Rivers", 1, roster_key.text):
					raise Bad("of another roster")
				return found
			return lambda data: judged(judge, data)

		kept = {name: run.read("R", name) for name in ("rules", "refusals")}
		def rules_that_fit(data):
			found = evidence.Rules(data)
			need(found.cap >= 2, "entry 0 has vouched twice")
			return found

		changed(run, generator, "text of rules", text_of(kept["rules"]), [roster_key], audited("rules"),
			of_roster(rules_that_fit), 60)
		changed(run, generator, "text of refusals", text_of(kept["refusals"]), [roster_key],
			audited("refusals"), of_roster(evidence.Refusals), 40)

		def admitted(number):
			"""Whether the program takes this evidence; the roster is then as it was."""
			def judge(data):
				shutil.rmtree(run.path("T"), ignore_errors=True)
				shutil.rmtree(run.path("tkeep"), ignore_errors=True)
				shutil.copytree(run.path("R"), run.path("T"))
				shutil.copytree(run.path("keep"), run.path("tkeep"))
				run.write("given", data)
				done = subprocess.run([program, "roster", "admit", "T", "--key", "roster.key", "--date",
					"2031-04-01", "--keep", "tkeep", "--evidence", "given", "%d.request" % number],
					cwd=folder, timeout=60, stdin=subprocess.DEVNULL, capture_output=True)
				check("an exit code of 0 or 1: %r" % done.stderr, done.returncode in (0, 1))
				return done.returncode == 0
			return judge

		words = word_text(requests[6], "Staff 6")
		for who in ([stewards[0], stewards[1]], [stewards[2], stewards[1], stewards[0]]):
			changed(run, generator, "word", words, who, admitted(6),
				lambda data: judged(evidence.word_person, data, rules, requests[6]), 20)
		for who in ([stewards[0]], [stewards[0], stewards[0]], [roster_key, stewards[0]]):
			data = note(words, *who)
			check("too few stewards", not admitted(6)(data) and
				not judged(evidence.word_person, data, rules, requests[6]))
		entries = [evidence.request_check(request)[3]
			for request, _ in evidence.archive(run.read("R", "archive"))]
		vouches = vouch_text(requests[7], 1, secrets[3], "a") + vouch_text(requests[7], 2, secrets[4],
			"b").split(b"\n", 4)[4]
		changed(run, generator, "text of vouches", vouches, [], admitted(7),
			lambda data: judged(evidence.vouchers, data, rules, requests[7], entries), 40)

		# Drawn alike.
		snapshot = run.read("R", "snapshots", "6.note")
		for number in range(1, 7):
			check("a sample without repeats", len(set(evidence.drawn(text_of(snapshot), b"c%d" % number,
				number, 6))) == number)
	print("UNDERSIGN_SEED=%s: %d checks" % (SEED, test_letter.checks))


if __name__ == "__main__":
	main(*sys.argv[1:])
