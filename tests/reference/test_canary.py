#!/usr/bin/env python3
"""A list that was made for one victim (attack A-4), and a clone of the log (A-10): test_canary.py UNDERSIGN

A member is given bundles whose lists are not what they should be: not in the log, changed, smaller
than a ring may be, under a checkpoint without its quorum, of another log of the same name, or only
other than the one that everybody else has. `sign` refuses each before it opens the credential's
file (inotify tells), and leaves nothing behind. All hashes and signatures are right but those that
the case is about.

Controls: the honest bundle is signed with the same credential, whose opening is then seen; so is the
canary's own letter when nobody says which letter is meant, which is why people compare
fingerprints."""
import ctypes
import os
import random
import subprocess
import sys
import tempfile

import bundle
import cases_rosters as rosters
from cases_common import bare, base, renew
from maker import key, Member, write_folder
from proofs import context
from text import b64, COSIGNATURE, Note, SecretKey

IN_OPEN, IN_NONBLOCK = 0x20, 0o4000
libc = ctypes.CDLL(None, use_errno=True)


class Watch:
	"""Whether somebody opens a file."""

	def __init__(self, path):
		self.fd = libc.inotify_init1(IN_NONBLOCK)
		assert self.fd >= 0 and libc.inotify_add_watch(self.fd, os.fsencode(path), IN_OPEN) >= 0

	def has_opened(self):
		try:
			return len(os.read(self.fd, 4096)) > 0
		except BlockingIOError:
			return False


def credential_of(roster, number):
	"""doc/formats.md 8.1, without a passphrase."""
	member = roster.members[number]
	rows = ["column %d %s %s\n" % (c + 1, dates, b64(b"".join(s.to_bytes(32, "little") for s in secret)))
		for c, (dates, secret) in enumerate(zip(roster.calendar, member.secrets))]
	return ("undersigned credential v1\nroster %s\nedition %d\n%sseal none\n%s" % (roster.name,
		roster.edition, "meta %s\n" % member.meta.hex() if member.meta else "", "".join(rows))).encode()


def letter_of(files):
	return context(Note(files["manifest"]).text).hex()


def put(path, files):
	try:
		with open(path, "wb") as file:
			file.write(bundle.tar_bytes(files))
	except bundle.Bad:
		write_folder(path, files)


class Case:
	def __init__(self, program, folder):
		self.program, self.folder = program, folder
		self.credential = os.path.join(folder, "me.credential")
		with open(os.open(self.credential, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
			file.write(credential_of(base.rosters[0], 0))
		self.watch = Watch(self.credential)
		self.n = 0

	def sign(self, files, *trust):
		"""(exit code, whether the credential was opened, what was said)."""
		self.n += 1
		path, out = (os.path.join(self.folder, "%d.%s" % (self.n, end)) for end in ("tar", "out"))
		put(path, files)
		done = subprocess.run([self.program, "sign", path, "--credential", self.credential, "-o", out,
			"--yes", *trust], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
		assert os.path.exists(out) == (done.returncode == 0), done.stderr
		return done.returncode, self.watch.has_opened(), done.stderr


def canary(p):
	"""The victim among people who do not exist."""
	p.rosters[0].members[1:] = [Member.get("enrolled", "nobody %d" % i) for i in range(17)]
	renew(p)


def early(p):
	"""The log ends while the letter is open."""
	p.epochs = p.epochs[:2]


def twin(log):
	"""Another key under the log's name."""
	return SecretKey(log.name, bytes([7]) * 32).text


def policies(folder, log):
	witness, other = (
		key("witness.example/" + name, COSIGNATURE) for name in ("w1", "other"))
	for name, text in (
			("log", "log %s\nquorum none\n" % log.text),
			("other-log", "log %s\nquorum none\n" % key("other.example/log").text),
			("same-name", "log %s\nquorum none\n" % twin(log)),
			("no-witness", "log %s\nwitness w %s\nquorum w\n" % (log.text, other.text)),
			("one-of-two", "log %s\nwitness w %s\nwitness o %s\ngroup g all w o\nquorum g\n" % (
				log.text, witness.text, other.text))):
		with open(os.path.join(folder, name), "w") as file:
			file.write(text)


def clone(seed):
	"""The same letter, by the same organiser, in a log of the same name with another key (A-10)."""
	def change(p):
		p.log_key = SecretKey(p.log_key.name, bytes([seed]) * 32)
		p.make_manifest()
		p.epochs[0].records[0] = p.log_record()
		p.epochs[1].records = [p.manifest, p.open_record()]
		early(p)
	return change


def clones(case, program, folder, log, good):
	for seed in range(20, 30):
		files = bare(clone(seed))
		path, policy = os.path.join(folder, "clone.tar"), os.path.join(folder, "clone-policy")
		put(path, files)
		with open(policy, "w") as file:
			file.write("log %s\nquorum none\n" % SecretKey(log.name, bytes([seed]) * 32).text)
		verify = lambda *trust: subprocess.run([program, "verify", *trust, path], capture_output=True,
			timeout=60).returncode
		# The control: for who trusts the clone it holds.
		assert verify("--policy", policy, "--letter", letter_of(files)) == 0
		assert verify("--policy", os.path.join(folder, "log")) == 1
		assert verify("--letter", letter_of(good)) == 1
		code, opened, said = case.sign(files, "--policy", os.path.join(folder, "log"))
		assert code == 1 and not opened, (code, opened, said)


def main(program):
	generator = random.Random(int(os.environ.get("UNDERSIGN_SEED", "1")))
	is_full = os.environ.get("UNDERSIGN_FULL") == "1"
	bad = [(name, made) for group in (rosters.cases_roster, rosters.cases_points,
		rosters.cases_manifest, rosters.cases_rings) for name, valid, made in group()
		if valid is False and isinstance(made, dict)]
	assert len(bad) > 100
	named = [case for case in bad if case[0] in ("a roster that is not in the log",
		"another roster's record", "a roster's record after the letter", "one entry fewer",
		"one entry more", "other members than the record's", "a member twice", "ring-min 15",
		"no letter in the log", "another log", "another organiser", "another order")]
	assert len(named) >= 10, [case[0] for case in named]
	rest = [case for case in bad if case not in named]
	chosen = bad if is_full else named + generator.sample(rest, 24)

	with tempfile.TemporaryDirectory() as folder:
		case = Case(program, folder)
		good, other = bare(early), bare(lambda p: (canary(p), early(p)))
		policies(folder, base.log_key)
		policy = lambda name: ("--policy", os.path.join(folder, name))
		letter = lambda files: ("--letter", letter_of(files))

		# The honest letter, said to be this one: signed.
		code, opened, said = case.sign(good, *policy("log"), *letter(good))
		assert code == 0 and opened, said
		for name, made in chosen:
			code, opened, said = case.sign(made)
			assert code == 1 and "REFUSED" in said, (name, code, said)
			assert not opened, "%s: the credential was opened" % name
		# The canary's list is consistent: only a comparison tells.
		code, opened, said = case.sign(other)
		assert code == 0 and opened and "Compare with somebody else's copy" in said, said
		tried = len(chosen)
		for name, files, trust in (
				("the list that my peers do not have", other, letter(good)),
				("the same, with the log's policy", other, (*policy("log"), *letter(good))),
				("another log", good, policy("other-log")),
				("another log of that name", good, policy("same-name")),
				("a witness that has not signed", good, policy("no-witness")),
				("one witness of two", good, policy("one-of-two")),
				("a witness, and the canary", other, (*policy("no-witness"), *letter(other)))):
			code, opened, said = case.sign(files, *trust)
			assert code == 1 and not opened, (name, code, opened, said)
			tried += 1
		clones(case, program, folder, base.log_key, good)
		print("%d lists refused before the credential was opened" % tried)
	return 0


sys.exit(main(*sys.argv[1:]))
