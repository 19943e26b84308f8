#!/usr/bin/env python3
"""A letter from the program's command line, verified here after every epoch.

    test_letter.py UNDERSIGN
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

import bundle
import proofs
import records
from curve import ed25519_public
from maker import SEED, Draws, draw
from text import Key, b64, sha256

checks = 0


def check(what, holds):
	global checks
	checks += 1
	if not holds:
		sys.exit("UNDERSIGN_SEED=%s: %s" % (SEED, what))


def string(data):
	return len(data).to_bytes(4, "big") + data


class Person:
	"""An SSH key as ssh-keygen writes it, without passphrase."""

	def __init__(self, number):
		self.seed = draw("ssh", number)[:32]
		self.public = ed25519_public(self.seed)
		self.comment = "person-%d" % number
		blob = string(b"ssh-ed25519") + string(self.public)
		self.line = "ssh-ed25519 %s %s\n" % (b64(blob), self.comment)
		check_number = draw("check", number)[:4]
		secret = check_number * 2 + blob + string(self.seed + self.public) + \
			string(self.comment.encode())
		secret += bytes(range(1, 1 + -len(secret) % 8))
		body = b"openssh-key-v1\0" + string(b"none") * 2 + string(b"") + b"\0\0\0\1" + \
			string(blob) + string(secret)
		self.private = b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.encodebytes(body) + \
			b"-----END OPENSSH PRIVATE KEY-----\n"


class Run:
	def __init__(self, program, folder):
		self.program, self.folder = program, folder

	def path(self, *names):
		return os.path.join(self.folder, *names)

	def read(self, *names):
		with open(self.path(*names), "rb") as file:
			return file.read()

	def write(self, name, data, mode=0o600):
		with open(os.open(self.path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
			file.write(data)

	def do(self, *words, wanted=0):
		done = subprocess.run([self.program, *map(str, words)], cwd=self.folder, timeout=120,
			stdin=subprocess.DEVNULL, capture_output=True, text=True)
		if done.returncode != wanted:
			sys.exit("%s: exit %d\n%s%s" % (" ".join(map(str, words)), done.returncode, done.stdout,
				done.stderr))
		return done.stdout.strip()

	def agree(self, name):
		"""Both verifiers count the same, from the folder and from the tar file."""
		self.do("pack", name, "-o", name + ".tar")
		files = bundle.read(self.path(name))
		check("the tar file of " + name, bundle.tar_bytes(files) == self.read(name + ".tar"))
		check("the tar file read", bundle.read(self.path(name + ".tar")) == files)
		ours = bundle.verify(files)
		for path in (name, name + ".tar"):
			theirs = json.loads(self.do("verify", "--json", path))
			check("the page of " + path, theirs.pop("page") == "checked")  # the reference draws none
			check("%s: %s\n%s" % (path, ours, theirs), ours == theirs and ours["valid"] is True)
		return bundle.Bundle(files), ours


def make_rosters(run):
	"""Rivers 17, Springs 9, Wells 8, Keys 16."""
	for who in ("log", "organiser", "steward"):
		text = run.do("key", "new", who + ".example", "-o", who + ".key")
		key = Key.parse(text)
		seed = base64.b64decode(run.read(who + ".key").decode().strip().split("+", 4)[-1])
		check("a private key", seed[:1] == b"\1" and ed25519_public(seed[1:]) == key.public)
	for name, n in (("Rivers", 17), ("Springs", 9), ("Wells", 8)):
		run.do("roster", "new", name, "--name", name, "--organisation", "Office of " + name,
			"--source", "a list", "--steward", "the staff council", "--key", "steward.key",
			"--columns", 2, "--from", "2031-04-01")
		enrol(run, name, range(n))
	people = [Person(k) for k in range(16)]
	for k, person in enumerate(people):
		run.write("key-%d" % k, person.private)
	run.write("authorized_keys", "".join(person.line for person in people).encode())
	run.do("roster", "new", "Keys", "--class", "raw-key", "--name", "Keys", "--organisation",
		"Office of Rivers", "--source", "a page", "--steward", "the staff council", "--key",
		"steward.key")
	run.do("roster", "import", "Keys", "--key", "steward.key", "--from", "authorized_keys",
		"authorized_keys")
	for name in ("Rivers", "Springs", "Wells", "Keys"):
		snapshot(run, name, "2031-04-01")


def enrol(run, roster, numbers):
	requests = []
	for k in numbers:
		name = "%s-%d" % (roster, k)
		meta = ["--meta", "%02x" % k] if k % 3 == 0 else []
		fingerprint = run.do("enrol", "--roster", roster, "-o", name + ".credential", "--request",
			name + ".request", "--no-passphrase", *meta)
		data = run.read(name + ".request")
		check("a fingerprint", sha256(data).hex() == fingerprint)
		found = records.request_check(data)
		kept = records.credential_parse(run.read(name + ".credential"))
		check("a request and its credential", found[:3] == kept[:3] and [
			proofs.commitment(kept[3][c + 1]).encode() for c in range(2)] == found[3])
		requests.append(name + ".request")
	run.do("roster", "admit", roster, "--key", "steward.key", "--date", "2031-04-01", *requests)


def snapshot(run, name, date):
	roster_id = run.do("roster", "snapshot", name, "--key", "steward.key", "--date", date)
	notes = sorted(os.listdir(run.path(name, "snapshots")), key=lambda one: int(one.split(".")[0]))
	data = run.read(name, "snapshots", notes[-1])
	record = records.Roster(data)
	record.note.check(record.key, [])
	check("a snapshot's id", record.id.hex() == roster_id)
	check("a snapshot's file", notes[-1] == "%d.note" % record.members)
	if record.cls == "enrolled":
		records.archive_check(run.read(name, "archive"), record)
	for c in range(len(record.roots)):
		column = c + 1 if record.cls == "enrolled" else 0
		entries = records.points_parse(run.read(name, "column-%d.points" % column))
		check("a snapshot's root", proofs.Snapshot(name, entries).root == record.roots[c])


def main(program):
	with tempfile.TemporaryDirectory() as folder:
		run = Run(os.path.abspath(program), folder)
		make_rosters(run)
		run.write("en.md", b"# Publish what we measure\n")
		run.write("de.md", "# Veröffentlichen, was wir messen\n".encode())
		run.do("publish", "desk", "--key", "log.key", "--new", "--begins", "2031-04-03")
		letter = run.do("letter", "new", "letter", "--key", "organiser.key", "--desk", "desk",
			"--title", "en:Publish what we measure", "--text", "en:en.md", "--title",
			"de:Veröffentlichen, was wir messen", "--text", "de:de.md", "--to", "The Ministry",
			"--opens", 1, "--closes", 5, "--ring-min", 16, "--hold-min", 3,
			"--roster", "Rivers", "--roster", "Springs", "--roster", "Wells", "--roster", "Keys",
			"--group", "Springs and Wells=Springs;Wells")
		run.do("letter", "open", "letter", "--key", "organiser.key")

		def publish(epoch, *words):
			name = "bundle-%d" % epoch
			run.do("publish", "desk", "--key", "log.key", "--date", "2031-04-%02d" % (3 + epoch),
				"--bundle", name, *words)
			found, counts = run.agree(name)
			check("the letter's id", counts["letter"] == letter)
			check("the epoch", counts["as_of"]["epoch"] == epoch)
			return found, counts["signatures"]

		def sign(who, epoch, *more):
			secret = ["--credential", who + ".credential"] if "-" in who and \
				not who.startswith("key") else ["--ssh-key", who]
			name = "%s.%d.statement" % (who, len(statements))
			run.do("sign", "bundle-%d" % epoch, "--yes", *secret, "-o", name, *more)
			opened.check_statement_file(run.read(name))
			statements.append(name)
			return name

		statements = []
		opened, counts = publish(0, "--letter", "letter")
		check("nothing is signed", counts["total"] == 0)
		first = [sign("Rivers-%d" % k, 0) for k in range(3)]
		first += [sign(who, 0) for who in ("Springs-0", "Springs-1", "Wells-0", "key-0", "key-1")]
		check("one with two proofs", len(records.statement_file_parse(run.read(
			sign("Wells-5", 0, "--as", "own", "--second")))) == 2)
		opened, counts = publish(1, *first)
		check("three of Rivers and three of the group: %s" % counts, counts["total"] == 6)
		run.do("withdraw", "bundle-1", "--yes", "--credential", "Rivers-1.credential", "-o", "w.statement")
		opened.check_statement_file(run.read("w.statement"))
		more = [sign("key-2", 1), sign("Rivers-3", 1, "--as", "all"), sign("Springs-2", 1, "--second"),
			"w.statement"]
		enrol(run, "Rivers", [17, 18])
		snapshot(run, "Rivers", "2031-04-05")
		run.do("letter", "extend", "letter", "--key", "organiser.key", "--roster", "Rivers")
		opened, counts = publish(2, "--letter", "letter", *more)
		check("the keys, one withdrawn: %s" % counts, counts ==
			{"total": 8, "enrolled": 5, "raw_key": 3, "withdrawn": 1})
		check("version 1", len(opened.versions) == 2)
		more = [sign("Rivers-%d" % k, 2) for k in (4, 17, 18)] + [sign("Rivers-1", 2, "--seq", 3)]
		opened, counts = publish(3, *more)
		check("signed again: %s" % counts, counts["total"] == 12 and counts["withdrawn"] == 0)
		run.do("letter", "close", "letter", "--key", "organiser.key", "--epoch", 4)
		opened, counts = publish(4, "--letter", "letter", sign("key-5", 3))
		check("closed, with second proofs: %s" % counts, counts["total"] >= 14 and
			opened.closing == 4)
		opened, counts = publish(5)

		# Claims, of both sides.
		check("a claim of the program", claim(run, opened, "Rivers-0", "bundle-5"))
		verifier = run.do("key", "verifier", "An invented newspaper", "-o", "verifier.secret")
		run.write("verifier.key", verifier.encode() + b"\n")
		records.verifier_key_parse(verifier.encode() + b"\n")
		check("a designated claim of the program", claim(run, opened, "Springs-1", "bundle-5",
			"--for", "verifier.key"))
		secret = records.credential_parse(run.read("Rivers-17.credential"))[3][1]
		ring = opened.ring_of("Rivers", 1)
		proof = proofs.claim(ring, 17, secret, opened.letter.scope, proofs.claim_message(b"I did."),
			Draws("claim"))
		ours = records.claim_bytes(opened.letter.context, "Rivers", 1, 17, "I did.", proof)
		run.write("ours", ours)
		check("a claim of ours", opened.check_claim(ours))
		run.do("check-claim", "bundle-5", "ours")
		run.write("ours", ours.replace(b"I did.", b"We do."))
		run.do("check-claim", "bundle-5", "ours", wanted=1)
		print("%d checks, UNDERSIGN_SEED=%s" % (checks, SEED))


def claim(run, opened, who, name, *more):
	file = who + ".claim"
	run.do("claim", name, "--yes", "--credential", who + ".credential", "--text",
		"I signed, An invented newspaper.", "-o", file, *more)
	run.do("check-claim", name, file)
	return opened.check_claim(run.read(file))


if __name__ == "__main__":
	main(sys.argv[1])
