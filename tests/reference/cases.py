"""Bundles, good and bad: (name, does it hold, files | bytes of a tar file | a maker of a folder).

Does it hold: True, False, or None where both verifiers need only agree."""
import cases_letter as letter
import cases_log as log
import cases_random
import cases_rosters as rosters
import cases_story
from cases_common import bare, plan


def all_cases():
	yield "the letter", True, plan()
	yield "the letter without statements", True, bare()
	for group in (log.cases_files, log.cases_tar, log.cases_notes, log.cases_log, log.cases_order,
			rosters.cases_roster, rosters.cases_points, rosters.cases_manifest, rosters.cases_rings,
			letter.cases_records, letter.cases_extend, letter.cases_close, letter.cases_statements,
			letter.cases_release, letter.cases_count, cases_random.cases, cases_story.cases):
		yield from group()
