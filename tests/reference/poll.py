"""Sealed polls: doc/protocol.md 14. Not constant time: these secrets are those of tests."""
import hashlib

from curve import BASE, L, Bad, decode, identity, msm, scalar_decode, scalar_encode, wide
from proofs import PROTO, _header, _sigma_holds, _sigma_prove, b32, fresh, item

ANSWER_MAX = 6144


def u8(n):
	return bytes([n])


def strict(code):
	p = decode(code)
	if p.is_identity():
		raise Bad("the identity")
	return p


# --- Trustees (14.2) -----------------------------------------------------------------------------

def key_make(name, e, nonce=fresh):
	code = (e * BASE).encode()
	return code + _sigma_prove(_header("trustee-key", [("name", name)]), [[BASE]], [code], [e], nonce)


def key_holds(name, key):
	return len(key) == 96 and _sigma_holds(_header("trustee-key", [("name", name)]), [[BASE]],
		[key[:32]], 1, key[32:])


class Ceremony:
	def __init__(self, t, names, keys):
		if not 1 <= t <= len(names) <= 16:
			raise Bad("1 <= t <= n <= 16")
		if not all(key_holds(name, key) for name, key in zip(names, keys, strict=True)):
			raise Bad("a trustee's key does not hold")
		self.t, self.n = t, len(names)
		self.e = [key[:32] for key in keys]
		if len(set(self.e)) != self.n or len(set(names)) != self.n:
			raise Bad("names and keys are distinct")
		self.id = b32(_header("trustees", [("t", u8(t)), ("n", u8(self.n))] + [pair
			for name, e in zip(names, self.e) for pair in (("name", name), ("E", e))]))

	def pad(self, i, j, shared):
		return wide(hashlib.sha512(_header("trustee-pad", [("ceremony", self.id), ("i", u8(i)),
			("j", u8(j)), ("K", shared.encode())])).digest())

	def deal_len(self):
		return 32 * (self.t + self.n + 5)

	def _deal_header(self, i, f, e):
		return _header("trustee-deal", [("ceremony", self.id), ("i", u8(i)), ("F", f), ("e", e)])

	def deal(self, i, f, tau, nonce=fresh):
		"""f: the polynomial, lowest coefficient first."""
		big_f = b"".join((c * BASE).encode() for c in f)
		big_t = (tau * BASE).encode()
		e = b"".join(scalar_encode(poly(f, j) + self.pad(i, j, tau * decode(self.e[j - 1])))
			for j in range(1, self.n + 1))
		return big_f + big_t + e + _sigma_prove(self._deal_header(i, big_f, e),
			[[BASE, None], [None, BASE]], [big_f[:32], big_t], [f[0], tau], nonce)

	def parts(self, deal):
		at = 32 * self.t
		return deal[:at], deal[at:at + 32], deal[at + 32:at + 32 + 32 * self.n], \
			deal[at + 32 + 32 * self.n:]

	def deal_holds(self, i, deal):
		if len(deal) != self.deal_len() or not 1 <= i <= self.n:
			return False
		f, t, e, proof = self.parts(deal)
		try:
			[decode(f[k:k + 32]) for k in range(0, len(f), 32)]
			[scalar_decode(e[k:k + 32]) for k in range(0, len(e), 32)]
		except Bad:
			return False
		return _sigma_holds(self._deal_header(i, f, e), [[BASE, None], [None, BASE]], [f[:32], t], 2,
			proof)

	def committed(self, deal, j):
		f = self.parts(deal)[0]
		return msm([j**k for k in range(self.t)], [decode(f[32 * k:32 * k + 32]) for k in range(self.t)])

	def dealt(self, deal, i, j, shared):
		e = self.parts(deal)[2]
		value = (scalar_decode(e[32 * j - 32:32 * j]) - self.pad(i, j, shared)) % L
		return value, value * BASE == self.committed(deal, j)

	def share(self, deals, j, secret):
		total = 0
		for i, deal in enumerate(deals, 1):
			value, fits = self.dealt(deal, i, j, secret * decode(self.parts(deal)[1]))
			if not fits:
				raise Bad("trustee %d dealt a wrong share" % i)
			total += value
		return total % L

	def _accept_header(self, deals, j):
		return _header("trustee-accept", [("ceremony", self.id), ("deals", b32(b"".join(deals))),
			("j", u8(j))])

	def verifier(self, deals, j):
		p = identity()
		for deal in deals:
			p = p + self.committed(deal, j)
		return p

	def accept(self, deals, j, share, nonce=fresh):
		return _sigma_prove(self._accept_header(deals, j), [[BASE]], [(share * BASE).encode()],
			[share], nonce)

	def _complaint_parts(self, deal, i, j, shared):
		header = _header("trustee-complaint", [("ceremony", self.id), ("deal", b32(deal)),
			("i", u8(i)), ("j", u8(j))])
		return header, [[BASE], [decode(self.parts(deal)[1])]], [self.e[j - 1], shared]

	def complain(self, deal, i, j, secret, nonce=fresh):
		shared = (secret * decode(self.parts(deal)[1])).encode()
		return shared + _sigma_prove(*self._complaint_parts(deal, i, j, shared), [secret], nonce)

	def judge(self, deal, i, j, complaint):
		if not _sigma_holds(*self._complaint_parts(deal, i, j, complaint[:32]), 1, complaint[32:]):
			return "nobody"
		return "complainer" if self.dealt(deal, i, j, decode(complaint[:32]))[1] else "dealer"


def poly(f, x):
	total = 0
	for c in reversed(f):
		total = (total * x + c) % L
	return total


class Trustees:
	"""A complete key."""

	def __init__(self, ceremony, deals, accepts):
		for i, deal in enumerate(deals, 1):
			if not ceremony.deal_holds(i, deal):
				raise Bad("the deal of trustee %d does not hold" % i)
		y = identity()
		for deal in deals:
			y = y + decode(deal[:32])
		if y.is_identity():
			raise Bad("the key is zero")
		self.t, self.n, self.y = ceremony.t, ceremony.n, y
		self.id = b32(_header("trustees-key", [("ceremony", ceremony.id),
			("deals", b32(b"".join(deals))), ("Y", y.encode())]))
		self.p = [ceremony.verifier(deals, j) for j in range(1, self.n + 1)]
		for j, accept in enumerate(accepts, 1):
			if not _sigma_holds(ceremony._accept_header(deals, j), [[BASE]],
					[self.p[j - 1].encode()], 1, accept):
				raise Bad("trustee %d does not accept" % j)


# --- Answers (14.1, 14.3, 14.4) ------------------------------------------------------------------

class Shape:
	"""questions: (options, min, max)."""

	def __init__(self, questions):
		self.questions = questions
		self.n = sum(o for o, _, _ in questions)
		self.proofs = []  # options that add up, lowest and highest value
		at = 0
		for o, low, high in questions:
			if not (2 <= o <= 32 and 0 <= low <= high <= o and high >= 1):
				raise Bad("a question's options")
			self.proofs += [([at + k], 0, 1) for k in range(o)] + [(list(range(at, at + o)), low, high)]
			at += o
		self.values = sum(high - low + 1 for _, low, high in self.proofs)
		self.answer_len = 64 * self.n + 64 * self.values + 32 * (2 * self.values - len(self.proofs))
		if not 1 <= len(questions) <= 16 or self.answer_len > ANSWER_MAX:
			raise Bad("a poll's questions")
		self.code = bytes([len(questions)] + [b for q in questions for b in q])


def encrypt(key, choices, r):
	return b"".join((one * BASE).encode() + msm([v, one], [BASE, key.y]).encode()
		for v, one in zip(choices, r, strict=True))


def answer_challenge(key, shape, scope, ring_id, tag, c, a):
	return wide(hashlib.sha512(_header("answer", [("key", key.id), ("shape", shape.code),
		("Y", key.y.encode()), ("scope", scope), ("ring", ring_id), ("T", tag), ("C", c),
		("A", a)])).digest())


def answer(key, shape, scope, ring_id, tag, choices, nonce=fresh):
	r = [nonce() for _ in choices]
	code = encrypt(key, choices, r)
	branches, a = [], b""
	for options, low, high in shape.proofs:
		v, rr = sum(choices[o] for o in options), sum(r[o] for o in options)
		row = []
		for u in range(low, high + 1):
			z, c = nonce(), nonce()
			if u == v:
				c = 0
			# zG - cR and zY - c(S - uG), with R and S as they are.
			a += ((z - c * rr) * BASE).encode()
			a += msm([z - c * rr, c * (u - v)], [key.y, BASE]).encode()
			row.append([z, c, u == v])
		branches.append((row, rr))
	x = answer_challenge(key, shape, scope, ring_id, tag, code, a)
	out = code + a
	for row, rr in branches:
		rest = (x - sum(c for _, c, _ in row)) % L
		for one in row:
			if one[2]:
				one[1], one[0] = rest, (one[0] + rest * rr) % L
		out += b"".join(scalar_encode(c) for _, c, _ in row[1:])
		out += b"".join(scalar_encode(z) for z, _, _ in row)
	return out


def ciphertexts(shape, data):
	return [(decode(data[64 * k:64 * k + 32]), decode(data[64 * k + 32:64 * k + 64]))
		for k in range(shape.n)]


def answer_holds(key, shape, scope, ring_id, tag, data):
	if len(data) != shape.answer_len:
		return False
	at = 64 * shape.n
	a, rest = data[at:at + 64 * shape.values], data[at + 64 * shape.values:]
	x = answer_challenge(key, shape, scope, ring_id, tag, data[:at], a)
	try:
		pairs = ciphertexts(shape, data)
		scalars = [scalar_decode(rest[k:k + 32]) for k in range(0, len(rest), 32)]
		commitments = [decode(a[k:k + 32]) for k in range(0, len(a), 32)]
	except Bad:
		return False
	for options, low, high in shape.proofs:
		n = high - low + 1
		c, z, scalars = scalars[:n - 1], scalars[n - 1:2 * n - 1], scalars[2 * n - 1:]
		c = [(x - sum(c)) % L] + c
		r, s = identity(), identity()
		for o in options:
			r, s = r + pairs[o][0], s + pairs[o][1]
		for u, ck, zk in zip(range(low, high + 1), c, z, strict=True):
			big_a, big_b, *commitments = commitments
			if not msm([zk, -ck], [BASE, r]) == big_a:
				return False
			if not msm([zk, -ck, ck * u], [key.y, s, BASE]) == big_b:
				return False
	return True


def payload(shape, data):
	return hashlib.sha512(data[:64 * shape.n]).digest()


# --- Sums, shares, counts (14.5 to 14.7) ---------------------------------------------------------

def add_up(shape, answers):
	sums = [(identity(), identity())] * shape.n
	for data in answers:
		sums = [(r + a, s + b) for (r, s), (a, b) in zip(sums, ciphertexts(shape, data))]
	return b"".join(r.encode() + s.encode() for r, s in sums)


def _share_hash(key, scope, j, sums, d, a, b):
	return wide(hashlib.sha512(_header("share", [("key", key.id), ("scope", scope), ("j", u8(j)),
		("P", key.p[j - 1].encode()), ("sums", sums), ("D", d), ("A", a), ("B", b)])).digest())


def share(key, scope, j, sums, secret, nonce=fresh):
	r = [decode(sums[k:k + 32]) for k in range(0, len(sums), 64)]
	kappa = nonce()
	d = b"".join((secret * p).encode() for p in r)
	x = _share_hash(key, scope, j, sums, d, (kappa * BASE).encode(),
		b"".join((kappa * p).encode() for p in r))
	return d + scalar_encode(x) + scalar_encode(kappa + x * secret)


def share_holds(key, scope, j, sums, data):
	m = len(sums) // 64
	if len(data) != 32 * (m + 2) or not 1 <= j <= key.n:
		return False
	try:
		r = [decode(sums[64 * k:64 * k + 32]) for k in range(m)]
		d = [decode(data[32 * k:32 * k + 32]) for k in range(m)]
		x, z = scalar_decode(data[32 * m:32 * m + 32]), scalar_decode(data[32 * m + 32:])
	except Bad:
		return False
	a = msm([z, -x], [BASE, key.p[j - 1]]).encode()
	b = b"".join(msm([z, -x], [p, q]).encode() for p, q in zip(r, d))
	return x == _share_hash(key, scope, j, sums, data[:32 * m], a, b)


def count(key, sums, shares, limit):
	"""shares: {j: share} of at least t trustees; the count of each sum."""
	used = sorted(shares)[:key.t]
	if len(used) < key.t:
		raise Bad("too few shares")
	weights = []
	for j in used:
		w = 1
		for i in used:
			if i != j:
				w = w * i % L * pow(i - j, -1, L) % L
		weights.append(-w)
	counts = []
	for k in range(len(sums) // 64):
		points = [decode(shares[j][32 * k:32 * k + 32]) for j in used]
		m = decode(sums[64 * k + 32:64 * k + 64]) + msm(weights, points)
		for v in range(limit + 1):
			if m == identity():
				break
			m = m - BASE
		else:
			raise Bad("a sum does not open")
		counts.append(v)
	return counts


def groups(rings, all_ring, hold_min):
	"""14.5 for one class. rings: {number: how many tags}; all_ring: number of the ring of all.
	{ring: numbers of the rings whose tags are in its sum}."""
	own = {r: [r] for r, n in rings.items() if r != all_ring and n >= hold_min}
	rest = [r for r in rings if r not in own and rings[r]]
	size = sum(rings[r] for r in rest)
	while 0 < size < hold_min and own:
		last = min(own, key=lambda r: (rings[r], -r))
		del own[last]
		rest.append(last)
		size += rings[last]
	if size >= hold_min:
		own[all_ring] = sorted(rest)
	return own
