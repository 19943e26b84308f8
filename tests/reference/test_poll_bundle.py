#!/usr/bin/env python3
"""A poll made by the program, in each of its states, and what a log's operator could make of it (poll_bundles.py), to both
verifiers: the same verdict, the same counts.

    test_poll_bundle.py UNDERSIGN DEMO_MEMBERS POLL_WORLD [KEEP]

KEEP: a folder that gets them all as tar files; then the second verifier is not asked.
"""
import json
import os
import subprocess
import sys
import tempfile

import bundle
import poll_bundles
from curve import Bad
from test_bundles import of_program, without_words

SIGNERS = [("rivers", range(1, 6)), ("lakes", range(1, 5)), ("springs", range(1, 3)), ("harbour", range(1, 4))]


def main(undersign, members, world, keep=None):
	undersign, members, world = map(os.path.abspath, (undersign, members, world))
	with tempfile.TemporaryDirectory(prefix="undersigned-poll-") as folder:
		compare_all(folder, undersign, members, world, keep and os.path.abspath(keep))


def compare_cases(folder, undersign, keep):
	"""What an operator could make of the opened poll."""
	found = {True: 0, False: 0}
	for number, (name, valid, files) in enumerate(poll_bundles.all_cases(bundle.read(os.path.join(folder, "bundle")), folder)):
		path = os.path.join(keep or folder, "case-%d.tar" % number)
		with open(path, "wb") as file:
			file.write(bundle.tar_bytes(files))
		if keep:
			continue
		theirs = of_program(undersign, path)
		try:
			ours = bundle.verify(files)
		except Bad as bad:
			ours = bundle.refusal(path, str(bad))
		if valid not in (None, ours["valid"]) or without_words(ours) != without_words(theirs):
			sys.exit("DIFFERENT, %s\n  reference %s\n  program   %s" % (name, json.dumps(ours), json.dumps(theirs)))
		found[ours["valid"]] += 1
	return found


def compare_all(folder, undersign, members, world, keep):
	env = {**os.environ, "UNDERSIGN": undersign, "DEMO_MEMBERS": members}

	def run(*args, **options):
		return subprocess.run(args, cwd=folder, env=env, check=True, capture_output=True, **options)

	def answer(name, secret, choices, *more):
		reader, writer = os.pipe()
		os.write(writer, choices.encode() + b"\n")
		os.close(writer)
		run(undersign, "answer", "bundle", *secret, "--yes", "--choices-fd", str(reader), "-o", name, *more,
			pass_fds=[reader])
		os.close(reader)
		return name

	def compare(state):
		path = os.path.join(folder, "bundle")
		if keep:
			run(undersign, "pack", "bundle", "-o", os.path.join(keep, "%d-%s.tar" % (len(os.listdir(keep)), state)))
			return None
		theirs, ours = of_program(undersign, path), bundle.verify(bundle.read(path))
		if not ours["valid"] or without_words(ours) != without_words(theirs):
			sys.exit("DIFFERENT, %s\n  reference %s\n  program   %s" % (state, json.dumps(ours), json.dumps(theirs)))
		if ours["poll"]["state"] != state:
			sys.exit("%s is not %s" % (ours["poll"]["state"], state))
		return ours

	run("sh", world)
	files = []
	for number, (name, those) in enumerate(SIGNERS):
		for i in those:
			secret = ("--ssh-key", "members/%s-%d" % (name, i)) if name == "harbour" else \
				("--credential", "members/%s-%d.credential" % (name, i))
			more = ("--as", "all") if name == "springs" else ("--second",) if name == "lakes" else ()
			files.append(answer("a-%s-%d" % (name, i), secret, "%d;%s" % (1 + (i + number) % 3,
				("-", "1", "2", "1,2")[i % 4]), *more))
	publish = lambda date, *more: run(undersign, "publish", "desk", "-k", "log.key", "--date", date, "--bundle",
		"bundle", "--yes", *more)
	publish("2031-04-04", *files)
	compare("sealed")
	# One more answer of one, and one of Harbour withdraws, so that too few are left there.
	again = answer("again", ("--credential", "members/rivers-1.credential"), "3;-")
	run(undersign, "withdraw", "bundle", "--ssh-key", "members/harbour-1", "--yes", "-o", "gone")
	publish("2031-04-05", again, "gone")
	compare("sealed")
	# What a member hands in, too.
	opened = bundle.Bundle(bundle.read(os.path.join(folder, "bundle")))
	with open(os.path.join(folder, "again"), "rb") as file:
		data = file.read()
	opened.check_statement_file(data)
	try:
		opened.check_statement_file(data[:-1] + bytes([data[-1] ^ 1]))
	except Bad:
		pass
	else:
		sys.exit("an answer that was changed is taken")
	run("sh", world, "close")
	compare("sealed")
	run("sh", world, "over")
	closed = compare("closed")
	if not keep:
		assert closed["poll"]["withheld"] == 2 and len(closed["poll"]["groups"]) >= 2, closed["poll"]
	for k, j in enumerate((2, 3)):
		run(undersign, "poll", "share", "bundle", "--secret", "secret-%d" % j, "-k", "trustee-%d.key" % j,
			"-o", "share-%d" % j)
		run(undersign, "poll", "add", "letter", "share-%d" % j)
		publish("2031-04-%d" % (15 + k), "--letter", "letter")
		found = compare("closed" if k == 0 else "opened")
	cases = compare_cases(folder, undersign, keep)
	if keep:
		return
	if min(cases.values()) < 5:
		sys.exit("%d hold and %d do not: that shows little" % (cases[True], cases[False]))
	print("%d bundles of an operator hold, %d are refused" % (cases[True], cases[False]))
	print("%d answers in %d sums: %s" % (found["poll"]["answers"], len(found["poll"]["groups"]),
		[question["totals"] for question in found["poll"]["questions"]]))


main(*sys.argv[1:])
