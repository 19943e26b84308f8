"""The proofs of doc/protocol.md: rings (4), signatures (5, 6), linear sigma proofs (7)."""
import hashlib
import os
from operator import mul

from curve import (BASE, L, Bad, decode, edwards_decode_prime, hash_to_group, msm, scalar_decode,
	scalar_encode, wide)

PROTO = b"undersigned/v1"
DST = PROTO + b":ristretto255_XMD:SHA-512_R255MAP_RO_:"
K = 4
ENROLLED, RAW_KEY = 1, 2
N_MAX = 2**22


def b32(data):
	return hashlib.sha512(data).digest()[:32]


def u32(n):
	return n.to_bytes(4, "little")


def u64(n):
	return n.to_bytes(8, "little")


def item(label, data):
	return bytes([len(label)]) + label.encode() + u64(len(data)) + bytes(data)


_generators = {}


def generator(name):
	if name not in _generators:
		_generators[name] = BASE if name == b"G\1" else hash_to_group(DST + b"gen", name)
	return _generators[name]


def gen_g(j):
	return generator(b"G" + bytes([j]))


def gen_h():
	return generator(b"H")


def gen_pq(which, d, c):
	return generator(which + bytes([d, c]))


_scopes = {}


def scope_points(scope):
	"""U_1 .. U_K."""
	if scope not in _scopes:
		_scopes[scope] = [hash_to_group(DST + b"scope", bytes([j]) + scope)
			for j in range(1, K + 1)]
	return _scopes[scope]


def context(manifest):
	return b32(PROTO + item("type", b"letter") + item("manifest", manifest))


def letter_scope(manifest, kind=1, index=0):
	return bytes([kind]) + context(manifest) + u32(index)


def sign_message(text, seq, payload=b""):
	return b"\1" + u32(seq) + hashlib.sha512(text).digest() + \
		len(payload).to_bytes(2, "little") + payload


def withdraw_message(seq):
	return b"\2" + u32(seq)


def claim_message(text):
	return b"\3" + b32(text)


# --- Secrets: s_1 .. s_4, r ----------------------------------------------------------------------

def commitment(secret):
	return msm(secret, [gen_g(j) for j in range(1, K + 1)] + [gen_h()])


def tag(secret, scope):
	return msm(secret[:K], scope_points(scope))


# --- Rings ---------------------------------------------------------------------------------------

def leaf(kind, source, meta):
	return b32(b"\0" + bytes([kind]) + source + b32(meta))


def merkle_root(leaves):
	"""RFC 6962's shape, protocol.md 10.3's hashes."""
	stack = []
	for node in leaves:
		stack.append((1, node))
		while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
			(n, right), (_, left) = stack.pop(), stack.pop()
			stack.append((2 * n, b32(b"\1" + left + right)))
	node = stack.pop()[1]
	while stack:
		node = b32(b"\1" + stack.pop()[1] + node)
	return node


_elements = {}


def element(kind, source):
	"""The ring's element of an entry; refuses what a ring loader must refuse."""
	key = (kind, bytes(source))
	if key not in _elements:
		if kind == ENROLLED:
			p = decode(source)
			if p.is_identity():
				raise Bad("the identity is no entry")
		elif kind == RAW_KEY:
			p = edwards_decode_prime(bytes(source))
		else:
			raise Bad("unknown kind of entry")
		p.encode()
		_elements[key] = p
	return _elements[key]


class Ring:
	"""An ordered list of elements with its id."""

	def __init__(self, name, elements, root):
		self.name, self.elements, self.root = name, elements, root
		self.n = len(elements)
		if not 2 <= self.n <= N_MAX:
			raise Bad("a ring has 2 to 2^22 members")
		self.id = b32(PROTO + item("ring", b"") + item("org", name.encode()) +
			item("N", u64(self.n)) + item("root", root))
		self.m, self.radices = layout(self.n)


def layout(n):
	m = 1
	while 4**m < n:
		m += 1
	return m, [4] * (m - 1) + [-(-n // 4 ** (m - 1))]


class Snapshot:
	"""Entries of one organisation: (kind, source, meta)."""

	def __init__(self, org, entries):
		self.org, self.entries, self.n = org, entries, len(entries)
		self.elements = [element(kind, source) for kind, source, _ in entries]
		if len({p.encode() for p in self.elements}) != self.n:
			raise Bad("two entries of a roster are one element")
		self.root = merkle_root([leaf(*entry) for entry in entries])

	def ring(self):
		return Ring(self.org, self.elements, self.root)


def join(name, snapshots):
	"""A ring of several organisations (4.4b)."""
	seen, elements = set(), []
	for snapshot in snapshots:
		for p in snapshot.elements:
			if p.encode() not in seen:
				seen.add(p.encode())
				elements.append(p)
	root = merkle_root([b32(b"\2" + item("org", s.org.encode()) + u64(s.n) + s.root)
		for s in snapshots])
	return Ring(name, elements, root)


# --- Signatures ----------------------------------------------------------------------------------

def proof_len(n):
	m, radices = layout(n)
	return 32 * (sum(radices) + 6 + K)


def fresh():
	return wide(os.urandom(64))


class Tape:
	"""The k-th scalar of the vectors' tape, from start + 1 on."""

	def __init__(self, start):
		self.k = start

	def __call__(self):
		self.k += 1
		return wide(hashlib.sha512(b"test tape" + u64(self.k)).digest())


def challenge(ring, scope, msg, points):
	"""points: the encodings of T, A, B, X_0 .., Y."""
	t, a, b, *x, y = points
	return wide(hashlib.sha512(PROTO + item("type", b"sign") + item("base", b"\4") +
		item("k", bytes([K])) + item("ring", ring.id) + item("N", u64(ring.n)) +
		item("scope", scope) + item("msg", msg) + item("T", t) + item("A", a) + item("B", b) +
		b"".join(item("X", one) for one in x) + item("Y", y)).digest())


def sign(ring, i, secret, scope, msg, nonce=fresh):
	m, radices = ring.m, ring.radices
	s, r = secret[:K], secret[K]
	g, h, u = [gen_g(j) for j in range(1, K + 1)], gen_h(), scope_points(scope)
	if not commitment(secret) == ring.elements[i]:
		raise Bad("the secret is not this entry's")
	t = tag(secret, scope)
	if t.is_identity():
		raise Bad("the tag is zero")
	digits = [i >> 2 * d & 3 for d in range(m)]
	while True:
		a = []
		for n_d in radices:
			row = [nonce() for _ in range(n_d - 1)]
			a.append([-sum(row) % L] + row)
		r_a, r_b = nonce(), nonce()
		rho = [nonce() for _ in range(m)]
		kappa = [nonce() for _ in range(K)]
		pq, ca, cb = [], [], []
		for d, row in enumerate(a):
			for c, value in enumerate(row):
				sigma = int(digits[d] == c)
				pq += [gen_pq(b"P", d, c), gen_pq(b"Q", d, c)]
				ca += [value, -value * value]
				cb += [sigma, value * (1 - 2 * sigma)]
		big_a = msm(ca + [r_a], pq + [h])
		big_b = msm(cb + [r_b], pq + [h])
		# The polynomial of every index, lowest power first; those from N - 1 on are added up.
		polys = [[1]]
		for d, row in enumerate(a):
			polys = [[(lo * value + hi) % L for lo, hi in zip(
				poly + [0], [0] + poly if digits[d] == c else [0] * (len(poly) + 1))]
				for c, value in enumerate(row) for poly in polys]
		folded = polys[:ring.n - 1] + [[sum(col) % L for col in zip(*polys[ring.n - 1:])]]
		x_points = []
		for d in range(m):
			scalars, points = [poly[d] for poly in folded] + [rho[d]], ring.elements + [h]
			if d == 0:
				scalars, points = scalars + kappa, points + g
			x_points.append(msm(scalars, points))
		y = msm(kappa, u)
		codes = [p.encode() for p in [t, big_a, big_b] + x_points + [y]]
		x = challenge(ring, scope, msg, codes)
		if x:
			break
	f = [(int(digits[d] == c) * x + a[d][c]) % L for d in range(m) for c in range(1, radices[d])]
	xm = pow(x, m, L)
	z = [r_b * x + r_a] + [s[j] * xm - kappa[j] for j in range(K)] + \
		[r * xm - sum(rho[d] * pow(x, d, L) for d in range(m))]
	return b"".join(codes) + b"".join(scalar_encode(one) for one in f + z)


class Opened:
	"""A signature's parts, decoded strictly."""

	def __init__(self, ring, scope, msg, sig):
		m, radices = ring.m, ring.radices
		if len(sig) != proof_len(ring.n):
			raise Bad("a proof's length is wrong")
		parts = [sig[k:k + 32] for k in range(0, len(sig), 32)]
		codes, scalars = parts[:m + 4], [scalar_decode(p) for p in parts[m + 4:]]
		points = [decode(code) for code in codes]
		self.t, self.a, self.b, self.y = points[0], points[1], points[2], points[-1]
		self.x_points = points[3:-1]
		if self.t.is_identity():
			raise Bad("the tag is zero")
		self.x = challenge(ring, scope, msg, codes)
		if not self.x:
			raise Bad("the challenge is zero")
		self.f, k = [], 0
		for n_d in radices:
			row = scalars[k:k + n_d - 1]
			k += n_d - 1
			self.f.append([(self.x - sum(row)) % L] + row)
		self.z_a, self.z, self.z_r = scalars[k], scalars[k + 1:k + 1 + K], scalars[k + 1 + K]
		assert k + K + 2 == len(scalars)


def _products(rows, first=1):
	phi = [first]
	for row in rows:
		phi = [p * value % L for value in row for p in phi]
	return phi


def verify(ring, scope, msg, sig):
	"""6.3, equation by equation."""
	try:
		o = Opened(ring, scope, msg, sig)
	except Bad:
		return False
	h, x = gen_h(), o.x
	scalars, points = [o.z_a, -1, -x], [h, o.a, o.b]
	for d, row in enumerate(o.f):
		for c, value in enumerate(row):
			scalars += [value, value * (x - value)]
			points += [gen_pq(b"P", d, c), gen_pq(b"Q", d, c)]
	if not msm(scalars, points).is_identity():
		return False
	phi = _products(o.f)
	scalars = phi[:ring.n - 1] + [sum(phi[ring.n - 1:])] + [-pow(x, d, L) for d in range(ring.m)]
	scalars += [-z for z in o.z] + [-o.z_r]
	points = ring.elements + o.x_points + [gen_g(j) for j in range(1, K + 1)] + [h]
	if not msm(scalars, points).is_identity():
		return False
	return msm([pow(x, ring.m, L), -1] + [-z for z in o.z],
		[o.t, o.y] + scope_points(scope)).is_identity()


def verify_batch(items):
	"""6.4. items: (ring, scope, msg, sig). The list of those that do not hold."""
	bad, opened = [], []
	for k, (ring, scope, msg, sig) in enumerate(items):
		try:
			opened.append((k, ring, scope, Opened(ring, scope, msg, sig)))
		except Bad:
			bad.append(k)
	seed = hashlib.sha512(os.urandom(32))
	for ring, scope, msg, sig in items:
		seed.update(item("ring", ring.id) + item("scope", scope) + item("msg", msg) +
			item("sig", sig))
	work = [opened]
	while work:
		part = work.pop()
		if not part or _batch_holds(part, seed.digest()):
			continue
		if len(part) == 1:
			bad.append(part[0][0])
			continue
		work += [part[:len(part) // 2], part[len(part) // 2:]]
	return sorted(bad)


def _batch_holds(part, seed):
	total = {}

	def put(point, scalar):
		entry = total.setdefault(id(point), [point, 0])
		entry[1] += scalar

	rings, h = {}, gen_h()
	for k, ring, scope, o in part:
		digest = hashlib.sha512(seed + u64(k)).digest()
		w1, w2, w3 = (int.from_bytes(digest[16 * j:16 * j + 16], "little") for j in range(3))
		x = o.x
		put(h, w1 * o.z_a - w2 * o.z_r)
		put(o.a, -w1)
		put(o.b, -w1 * x)
		for d, row in enumerate(o.f):
			for c, value in enumerate(row):
				put(gen_pq(b"P", d, c), w1 * value)
				put(gen_pq(b"Q", d, c), w1 * (value * (x - value) % L))
		for d in range(ring.m):
			put(o.x_points[d], -w2 * pow(x, d, L))
		u = scope_points(scope)
		for j in range(K):
			put(gen_g(j + 1), -w2 * o.z[j])
			put(u[j], -w3 * o.z[j])
		put(o.t, w3 * pow(x, ring.m, L))
		put(o.y, -w3)
		rings.setdefault(ring.id, (ring, []))[1].append((o, w2))
	for ring, members in rings.values():
		half = max(1, ring.m // 2)
		lo = list(zip(*(_products(o.f[:half]) for o, _ in members)))
		hi = list(zip(*(_products(o.f[half:], w2) for o, w2 in members)))
		k = 0
		for column_hi in hi:
			for column_lo in lo:
				put(ring.elements[min(k, ring.n - 1)], sum(map(mul, column_hi, column_lo)) % L)
				k += 1
	return msm([s for _, s in total.values()], [p for p, _ in total.values()]).is_identity()


# --- Linear sigma proofs -------------------------------------------------------------------------

def _header(kind, fields):
	return PROTO + item("type", kind.encode()) + b"".join(item(k, v) for k, v in fields)


def _sigma_hash(header, v, r, vk=None, rv=None):
	data = header + (item("VK", vk) if vk else b"")
	data += b"".join(item("V", one) for one in v) + b"".join(item("R", one) for one in r)
	return wide(hashlib.sha512(data + (item("RV", rv) if rv else b"")).digest())


def _sigma_prove(header, rows, values, witness, nonce):
	"""rows: lists of bases, None where a witness takes no part; values: V, encoded."""
	k = [nonce() for _ in witness]
	r = [_row(row, k).encode() for row in rows]
	x = _sigma_hash(header, values, r)
	return b"".join(r) + b"".join(scalar_encode(a + x * w) for a, w in zip(k, witness))


def _row(row, scalars):
	pairs = [(s, p) for s, p in zip(scalars, row, strict=True) if p is not None]
	return msm([s for s, _ in pairs], [p for _, p in pairs])


def _sigma_holds(header, rows, values, n_witness, proof):
	if len(proof) != 32 * (len(rows) + n_witness):
		return False
	try:
		parts = [proof[k:k + 32] for k in range(0, len(proof), 32)]
		points = [decode(code) for code in values]
		r, z = parts[:len(rows)], [scalar_decode(p) for p in parts[len(rows):]]
		r_points = [decode(code) for code in r]
	except Bad:
		return False
	if any(p.is_identity() for p in points):
		return False
	x = _sigma_hash(header, values, r)
	return all(_row(row, z) == big_r + x * v for row, big_r, v in zip(rows, r_points, points))


def _g_row():
	return [gen_g(j) for j in range(1, K + 1)] + [gen_h()]


def _register_header(org, meta, column):
	fields = [("org", org.encode()), ("meta", meta)]
	return _header("register", fields + ([("column", u32(column))] if column else []))


def register(org, meta, column, secret, nonce=fresh):
	"""column is 0 in a list of one column."""
	return _sigma_prove(_register_header(org, meta, column), [_g_row()],
		[commitment(secret).encode()], secret, nonce)


def register_holds(org, meta, column, code, proof):
	return _sigma_holds(_register_header(org, meta, column), [_g_row()], [code], K + 1, proof)


def withdraw(secret, scope, payload, nonce=fresh):
	t = tag(secret, scope).encode()
	header = _header("withdraw", [("scope", scope), ("msg", payload)])
	return t + _sigma_prove(header, [scope_points(scope)], [t], secret[:K], nonce)


def withdraw_holds(scope, payload, proof):
	header = _header("withdraw", [("scope", scope), ("msg", payload)])
	return len(proof) == 32 * (2 + K) and \
		_sigma_holds(header, [scope_points(scope)], [proof[:32]], K, proof[32:])


def vk_prove(name, v, nonce=fresh):
	return _sigma_prove(_header("vk", [("name", name)]), [[BASE]], [(v * BASE).encode()], [v], nonce)


def vk_holds(name, vk, proof):
	return _sigma_holds(_header("vk", [("name", name)]), [[BASE]], [vk], 1, proof)


def _claim_parts(kind, ring, i, scope, payload):
	header = _header(kind, [("ring", ring.id), ("i", u64(i)), ("scope", scope), ("msg", payload)])
	return header, [_g_row(), scope_points(scope) + [None]]


def claim(ring, i, secret, scope, payload, nonce=fresh):
	header, rows = _claim_parts("claim", ring, i, scope, payload)
	t = tag(secret, scope).encode()
	return t + _sigma_prove(header, rows, [ring.elements[i].encode(), t], secret, nonce)


def claim_holds(ring, i, scope, payload, proof):
	if i >= ring.n or len(proof) != 32 * 8:
		return False
	header, rows = _claim_parts("claim", ring, i, scope, payload)
	return _sigma_holds(header, rows, [ring.elements[i].encode(), proof[:32]], K + 1, proof[32:])


def dv_claim(ring, i, secret, scope, payload, vk, nonce=fresh):
	header, rows = _claim_parts("dv-claim", ring, i, scope, payload)
	t = tag(secret, scope).encode()
	k = [nonce() for _ in secret]
	c_v, z_v = nonce(), nonce()
	r = [_row(row, k).encode() for row in rows]
	rv = msm([z_v, -c_v], [BASE, decode(vk)]).encode()
	x = _sigma_hash(header, [ring.elements[i].encode(), t], r, vk, rv)
	c_1 = (x - c_v) % L
	return b"".join(r) + rv + b"".join(scalar_encode(s) for s in [c_1, c_v] +
		[a + c_1 * w for a, w in zip(k, secret)] + [z_v])


def dv_claim_holds(ring, i, scope, payload, vk, t, proof):
	if i >= ring.n or len(proof) != 32 * 11:
		return False
	header, rows = _claim_parts("dv-claim", ring, i, scope, payload)
	values = [ring.elements[i].encode(), t]
	parts = [proof[k:k + 32] for k in range(0, len(proof), 32)]
	try:
		points = [decode(code) for code in values]
		key = decode(vk)
		big_r = [decode(code) for code in parts[:3]]
		c_1, c_v, *z, z_v = [scalar_decode(p) for p in parts[3:]]
	except Bad:
		return False
	if key.is_identity() or any(p.is_identity() for p in points):
		return False
	if (c_1 + c_v) % L != _sigma_hash(header, values, parts[:2], vk, parts[2]):
		return False
	return all(_row(row, z) == r + c_1 * v for row, r, v in zip(rows, big_r, points)) and \
		z_v * BASE == big_r[2] + c_v * key
