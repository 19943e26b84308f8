"""The letter that the cases change, and how."""
from maker import Plan

base = Plan()


def flip(data, at=-1):
	data = bytearray(data)
	data[at] ^= 1
	return bytes(data)


def plan(change=None):
	p = base.copy()
	if change:
		change(p)
	return p.files()


def bare(change=None, **manifest):
	"""A letter without statements, whose rosters or manifest are another one."""
	p = Plan(with_statements=False, **manifest)
	if change:
		change(p)
	return p.files()


def set_files(change):
	def changed(files):
		files = dict(files)
		change(files)
		return files
	return plan(lambda p: setattr(p, "files_change", changed))


def renew(p):
	"""The rosters' records, the manifest and the first epochs after a change of members."""
	p.base = p.last = [len(r.members) for r in p.rosters]
	p.base_records = [r.record() for r in p.rosters]
	p.make_manifest()
	p.epochs[0].records = [p.log_record()] + list(p.base_records)
	p.epochs[1].records = [p.manifest, p.open_record()]
