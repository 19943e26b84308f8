#!/usr/bin/env python3
"""Letters made here, good and bad, to both verifiers: same verdict, same count.

    test_bundles.py UNDERSIGN [NAME]    the program; only the cases whose name has NAME in it

Every bad bundle breaks one rule of doc/formats.md; all its hashes and signatures are right.
"""
import json
import os
import subprocess
import sys
import tempfile

import bundle
import cases
import proofs
from maker import write_folder

verdicts = {}


def holds(items):
	"""proofs.verify_batch, which looks at no proof twice."""
	at = [(ring.id, scope, message, proof) for ring, scope, message, proof in items]
	new = [k for k, one in enumerate(at) if one not in verdicts]
	bad = proofs.verify_batch([items[k] for k in new])
	for k, position in enumerate(new):
		verdicts[at[position]] = k not in bad
	return [k for k, one in enumerate(at) if not verdicts[one]]


def of_program(program, path):
	done = subprocess.run([program, "verify", "--json", path], capture_output=True, timeout=60)
	found = json.loads(done.stdout) if done.stdout else {"valid": None}
	if done.returncode not in (0, 1) or found["valid"] != (done.returncode == 0):
		found["valid"] = "exit %d, %s, %r" % (done.returncode, found["valid"], done.stderr[:300])
	return found


def without_words(found):
	"""Rules and warnings are each verifier's own words; the reference draws no page."""
	found = json.loads(json.dumps({k: v for k, v in found.items() if k not in ("problems", "page")}))
	for record in found.get("story", {}).get("records", []):
		record["rule"] = bool(record.get("rule"))
	for one in found.get("story", {}).get("citations", []):
		one.pop("warnings", None), one.pop("called", None)
	return found


def main(program, only=""):
	failed = tried = 0
	with tempfile.TemporaryDirectory() as folder:
		for name, valid, made in cases.all_cases():
			if only not in name:
				continue
			tried += 1
			path = os.path.join(folder, "%d.tar" % tried)
			if isinstance(made, bytes):
				with open(path, "wb") as file:
					file.write(made)
			elif callable(made):
				path = os.path.join(folder, str(tried))
				os.mkdir(path)
				made(path)
			else:
				try:
					tar = bundle.tar_bytes(made)
					with open(path, "wb") as file:
						file.write(tar)
				except bundle.Bad:
					write_folder(path, made)
			theirs = of_program(program, path)
			try:
				notices = []
				ours = bundle.verify(bundle.read(path), holds, notices)
			except bundle.Bad as bad:
				ours = bundle.refusal(path, str(bad))
			same = valid in (None, ours["valid"]) and \
				without_words(ours) == without_words(theirs) and \
				all(row["where"] and row["rule"] and row["what"] for row in theirs["problems"])
			if same and notices:
				words = subprocess.run([program, "verify", path], capture_output=True, text=True)
				same = len(notices) == words.stdout.count("  Note: entry ")
			if not same or only:
				print("%s: %s (expected %s)\n  reference %s\n  program   %s" % (
					"as expected" if same else "DIFFERENT", name, valid,
					json.dumps(ours if ours["valid"] else ours["problems"], ensure_ascii=False),
					json.dumps(theirs if theirs["valid"] is True else
						theirs.get("problems") or theirs, ensure_ascii=False)))
				failed += not same
	print("%d bundles, %d judged otherwise" % (tried, failed))
	return 1 if failed or not tried else 0


if __name__ == "__main__":
	sys.exit(main(*sys.argv[1:]))
