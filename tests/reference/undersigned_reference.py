#!/usr/bin/env python3
"""A second verifier, written from doc/protocol.md and doc/formats.md alone.

    undersigned_reference.py verify BUNDLE              the object of formats.md 9; exit 0 or 1
    undersigned_reference.py check-claim BUNDLE CLAIM   exit 0 or 1
    undersigned_reference.py check-statement BUNDLE STATEMENT
    undersigned_reference.py make FOLDER                a small letter from scratch: bundle, bundle.tar
"""
import json
import sys

import bundle
from curve import Bad


def main(arguments):
	if len(arguments) == 2 and arguments[0] == "verify":
		try:
			found = bundle.verify(bundle.read(arguments[1]))
		except Bad as bad:
			found = bundle.refusal(arguments[1], str(bad))
		print(json.dumps(found, ensure_ascii=False))
		return 0 if found["valid"] else 1
	if len(arguments) == 3 and arguments[0] in ("check-claim", "check-statement"):
		with open(arguments[2], "rb") as file:
			data = file.read()
		try:
			opened = bundle.Bundle(bundle.read(arguments[1]))
			opened.check_claim(data) if arguments[0] == "check-claim" else \
				opened.check_statement_file(data)
		except Bad as bad:
			print(bad, file=sys.stderr)
			return 1
		return 0
	if len(arguments) == 2 and arguments[0] == "make":
		import maker
		maker.write(arguments[1], maker.Plan().files())
		return 0
	print(__doc__, file=sys.stderr)
	return 2


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
