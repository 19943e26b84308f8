"""Lines, signed notes and the tiles of a log: doc/formats.md 1, 2, 6.1 and the C2SP pages it names."""
import base64
import binascii
import calendar
import hashlib
import re
import time

from curve import Bad, ed25519_is_valid, ed25519_public, ed25519_sign, edwards_decode_prime

NOTE, COSIGNATURE = 1, 4
U32_MAX = 2**32 - 1
EPOCH_MAX = 253402300799


def sha256(data):
	return hashlib.sha256(data).digest()


def need(holds, what):
	if not holds:
		raise Bad(what)


# --- Values --------------------------------------------------------------------------------------

def decimal(text, low=0, high=U32_MAX):
	need(re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.A), "not a decimal number: " + text[:40])
	need(low <= int(text) <= high, "a number is out of its bounds: " + text)
	return int(text)


def unbase64(text, length=None):
	try:
		data = base64.b64decode(text, validate=True)
	except (binascii.Error, ValueError):
		raise Bad("not base64: " + text[:40]) from None
	need(base64.b64encode(data).decode() == text, "base64 is not canonical: " + text[:40])
	need(length is None or len(data) == length, "base64 of a wrong length")
	return data


def b64(data):
	return base64.b64encode(data).decode()


def unhex(text, low, high):
	need(re.fullmatch(r"([0-9a-f]{2})+", text, re.A), "not lower-case hexadecimal: " + text[:40])
	need(low <= len(text) // 2 <= high, "hexadecimal of a wrong length")
	return bytes.fromhex(text)


def seconds_of(text, form):
	try:
		parsed = time.strptime(text, form)
	except ValueError:
		raise Bad("not a date: " + text[:40]) from None
	seconds = calendar.timegm(parsed)
	need(seconds >= 0 and time.strftime(form, time.gmtime(seconds)) == text, "not a date: " + text)
	return seconds


DATE, TIME = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"


def date(text):
	need(len(text) == 10, "not a date: " + text[:40])
	return seconds_of(text, DATE)


def instant(text, epoch_seconds):
	return date(text) if epoch_seconds % 86400 == 0 else seconds_of(text, TIME)


def instant_text(seconds, epoch_seconds):
	return time.strftime(DATE if epoch_seconds % 86400 == 0 else TIME, time.gmtime(seconds))


def name(text):
	need(1 <= len(text.encode()) <= 128 and text == text.strip(" "), "not a name: " + text[:40])
	return text


# --- Lines (1) -----------------------------------------------------------------------------------

def is_plain(text):
	return not re.search(r"[\x00-\x1f\x7f]", text)


class Lines:
	"""A text's lines, taken in order. Nothing is skipped; done() says that nothing is left."""

	def __init__(self, data, first):
		need(len(data) <= 65000, "a text has more than 65,000 bytes")
		try:
			text = data.decode("utf-8")
		except UnicodeDecodeError:
			raise Bad("not UTF-8") from None
		need(text.endswith("\n"), "the last line does not end")
		lines = text[:-1].split("\n")
		need(all(line and is_plain(line) for line in lines), "an empty line or a control character")
		need(lines[0] == first, "the first line is not: " + first)
		self.rows, self.at = [], 0
		for line in lines[1:]:
			found = re.fullmatch(r"([a-z-]+) (.*)", line)
			need(found, "not a key and a value: " + line[:60])
			key, value = found.groups()
			need(1 <= len(value.encode()) <= 4096 and value == value.strip(" "),
				"a value begins or ends with a space, or is too long: " + line[:60])
			self.rows.append((key, value))

	def peek(self):
		return self.rows[self.at][0] if self.at < len(self.rows) else None

	def take(self, key, fields=1, last_is_text=False):
		"""A list of fields, or the value if there is one only."""
		need(self.peek() == key, "expected the line: " + key)
		value = self.rows[self.at][1]
		self.at += 1
		if fields == 1:
			need(last_is_text or " " not in value, "too many fields: " + key)
			return value
		parts = value.split(" ", fields - 1)
		need(len(parts) == fields and all(parts), "too few fields: " + key)
		need(parts[-1] == parts[-1].strip(" "), "two spaces: " + key)
		need(last_is_text or " " not in parts[-1], "too many fields: " + key)
		return parts

	def take_text(self, key):
		return self.take(key, 1, True)

	def maybe(self, key, *more):
		return self.take(key, *more) if self.peek() == key else None

	def many(self, key, *more):
		found = []
		while self.peek() == key:
			found.append(self.take(key, *more))
		need(found, "expected the line: " + key)
		return found

	def done(self):
		need(self.peek() is None, "one line too many: " + str(self.peek()))


# --- Keys and signed notes (2) -------------------------------------------------------------------

def key_name(text):
	"""As signed-note says: not empty, no Unicode space, no plus."""
	need(1 <= len(text.encode()) <= 255 and "+" not in text and not any(c.isspace() for c in text) and is_plain(text),
		"not a key's name: " + text[:40])
	return text


class Key:
	"""A verifier key."""

	def __init__(self, who, kind, public):
		self.name, self.kind, self.public = who, kind, public
		self.id = sha256(who.encode() + b"\n" + bytes([kind]) + public)[:4]
		self.text = who + "+" + self.id.hex() + "+" + b64(bytes([kind]) + public)

	@classmethod
	def parse(cls, text, kinds=(NOTE,)):
		parts = text.split("+", 2)
		need(len(parts) == 3, "not a verifier key: " + text[:60])
		data = unbase64(parts[2], 33)
		need(data[0] in kinds, "a verifier key of a wrong type")
		edwards_decode_prime(data[1:])
		key = cls(key_name(parts[0]), data[0], data[1:])
		need(key.text == text, "a verifier key's id is not its own")
		return key

	def message(self, text, payload):
		"""What a signature of this key covers, and the signature in the payload."""
		if self.kind == NOTE:
			need(len(payload) == 64, "a signature of a wrong length")
			return text, payload
		when = int.from_bytes(payload[:8], "big")
		need(len(payload) == 72 and 1 <= when < 2**63, "a cosignature of a wrong length or time")
		need(len(text) <= 4096, "a cosigned text has more than 4,096 bytes")
		return b"cosignature/v1\ntime %d\n" % when + text, payload[8:]


class SecretKey(Key):
	def __init__(self, who, seed, kind=NOTE):
		super().__init__(who, kind, ed25519_public(seed))
		self.seed = seed

	def line(self, text, when=0):
		if self.kind == NOTE:
			payload = ed25519_sign(self.seed, text)
		else:
			payload = when.to_bytes(8, "big") + ed25519_sign(self.seed,
				b"cosignature/v1\ntime %d\n" % when + text)
		return ("— %s %s\n" % (self.name, b64(self.id + payload))).encode()

	def private_text(self):
		"""The private key file of formats 2."""
		return "PRIVATE+KEY+%s+%s+%s\n" % (self.name, self.id.hex(), b64(b"\1" + self.seed))


def note(text, *keys):
	return text + b"\n" + b"".join(key.line(text) for key in keys)


class Note:
	"""A signed note, taken apart; no signature is checked yet."""

	def __init__(self, data):
		need(len(data) <= 128 * 1024, "a note has more than 128 KiB")
		try:
			data.decode("utf-8")
		except UnicodeDecodeError:
			raise Bad("not UTF-8") from None
		at = data.rfind(b"\n\n")
		need(at >= 0 and data.endswith(b"\n"), "not a signed note")
		self.data, self.text = data, data[:at + 1]
		need(not re.search(rb"[\x00-\x09\x0b-\x1f]", data), "a control character")
		rows = data[at + 2:].decode().split("\n")[:-1]
		need(1 <= len(rows) <= 64, "a note has 1 to 64 signatures")
		self.lines = []
		for row in rows:
			found = re.fullmatch("— ([^ ]+) ([^ ]+)", row)
			need(found, "not a signature line: " + row[:60])
			payload = unbase64(found.group(2))
			need(len(payload) > 4, "a signature is too short")
			self.lines.append((key_name(found.group(1)), payload[:4], payload[4:]))

	def check(self, author, keys):
		"""The author's signature holds; every other is of one of the keys, and holds. Says whose."""
		found = set()
		known = {(key.name, key.id): key for key in keys}
		known[author.name, author.id] = author
		for who, key_id, payload in self.lines:
			key = known.get((who, key_id))
			need(key, "a signature of a key that is not listed: " + who)
			need(key.text not in found, "two signatures of one key: " + who)
			need(ed25519_is_valid(key.public, *key.message(self.text, payload)),
				"a signature does not hold: " + who)
			found.add(key.text)
		need(author.text in found, "the author's signature is missing: " + author.name)
		return found


# --- Tree and tiles ------------------------------------------------------------------------------

def _node(left, right):
	return sha256(b"\1" + left + right)


def tree_root(leaves):
	stack = []
	for one in leaves:
		stack.append((1, one))
		while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
			(n, right), (_, left) = stack.pop(), stack.pop()
			stack.append((2 * n, _node(left, right)))
	if not stack:
		return sha256(b"")
	top = stack.pop()[1]
	while stack:
		top = _node(stack.pop()[1], top)
	return top


def tile_path(level, number):
	groups = ["%03d" % (number % 1000)]
	while number >= 1000:
		number //= 1000
		groups.insert(0, "x%03d" % (number % 1000))
	return "tile/%s/%s" % (level, "/".join(groups))


def tiles(entries):
	"""All files under tile/ of a log of these entries, and its root."""
	files = {}

	def put(level, parts):
		for first in range(0, len(parts), 256):
			part = parts[first:first + 256]
			path = tile_path(level, first // 256)
			files[path if len(part) == 256 else path + ".p/%d" % len(part)] = b"".join(part)

	put("entries", [len(entry).to_bytes(2, "big") + entry for entry in entries])
	hashes = leaves = [sha256(b"\0" + entry) for entry in entries]
	level = 0
	while hashes:
		put(level, hashes)
		hashes = [tree_root(hashes[k:k + 256]) for k in range(0, len(hashes) // 256 * 256, 256)]
		level += 1
	return files, tree_root(leaves)


def entries_of(files, size):
	"""The entries in the bundles of a log of this size; files: path -> bytes."""
	entries = []
	for first in range(0, size, 256):
		count = min(256, size - first)
		path = tile_path("entries", first // 256) + ("" if count == 256 else ".p/%d" % count)
		need(path in files, path + " is missing")
		data, at = files[path], 0
		for _ in range(count):
			need(at + 2 <= len(data), path + " is too short")
			length = int.from_bytes(data[at:at + 2], "big")
			need(at + 2 + length <= len(data), path + " is too short")
			entries.append(data[at + 2:at + 2 + length])
			at += 2 + length
		need(at == len(data), path + " is too long")
	return entries


class Checkpoint:
	def __init__(self, data):
		self.note = Note(data)
		lines = self.note.text.decode().split("\n")
		need(len(lines) == 4 and lines[3] == "", "a checkpoint has three lines")
		need(lines[0] and is_plain(lines[0]), "a checkpoint's origin")
		self.origin, self.size = lines[0], decimal(lines[1], 0, 2**63 - 1)
		self.root = unbase64(lines[2], 32)


def checkpoint_text(origin, size, root):
	return ("%s\n%d\n%s\n" % (origin, size, b64(root))).encode()
