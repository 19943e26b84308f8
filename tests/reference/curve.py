"""ristretto255 (RFC 9496), hash to group (RFC 9380) and strict Ed25519, on Python's integers.

Nothing here runs in constant time: these secrets are those of tests.
"""
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
D2 = 2 * D % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
ONE_MINUS_D_SQ = (1 - D * D) % P
D_MINUS_ONE_SQ = (D - 1) ** 2 % P
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
INVSQRT_A_MINUS_D = 54469307008909316920995813868745141605393597292927456921205312896311721017578
assert SQRT_AD_MINUS_ONE**2 % P == (-D - 1) % P
assert INVSQRT_A_MINUS_D**2 * (-1 - D) % P == 1


class Bad(Exception):
	"""What was given does not hold, or cannot be read."""


def sqrt_ratio_m1(u, v):
	v3 = v * v % P * v % P
	r = u * v3 % P * pow(u * v3 % P * v3 % P * v % P, (P - 5) // 8, P) % P
	check = v * r % P * r % P
	was_square = check == u % P or check == -u % P
	if check == -u % P or check == -u * SQRT_M1 % P:
		r = r * SQRT_M1 % P
	return was_square, P - r if r & 1 else r


class Point:
	"""An element; extended coordinates, made affine when it first takes part in a sum."""

	__slots__ = ("x", "y", "z", "t", "niels", "code")

	def __init__(self, x, y, z, t, code=None):
		self.x, self.y, self.z, self.t, self.niels, self.code = x, y, z, t, None, code

	def affine(self):
		if self.niels is None:
			i = pow(self.z, -1, P)
			x, y = self.x * i % P, self.y * i % P
			self.niels = (y + x, y - x, x * y % P * D2 % P)
		return self.niels

	def __eq__(self, other):
		return (self.x * other.y - self.y * other.x) % P == 0 or \
			(self.y * other.y - self.x * other.x) % P == 0

	__hash__ = None

	def is_identity(self):
		return self.x % P == 0 or self.y % P == 0

	def __add__(self, other):
		return add(self, other)

	def __neg__(self):
		return Point(-self.x % P, self.y, self.z, -self.t % P)

	def __sub__(self, other):
		return add(self, -other)

	def __rmul__(self, scalar):
		return msm([scalar], [self])

	def encode(self):
		if self.code is None:
			self.code = encode(self)
		return self.code


def identity():
	return Point(0, 1, 1, 0)


def add(p, q):
	a = (p.y - p.x) * (q.y - q.x)
	b = (p.y + p.x) * (q.y + q.x)
	c = p.t * q.t % P * D2
	d = 2 * p.z * q.z
	e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
	return Point(e * f % P, g * h % P, f * g % P, e * h % P)


def decode(data):
	"""The strict decoding of RFC 9496."""
	if len(data) != 32:
		raise Bad("a point has 32 bytes")
	s = int.from_bytes(data, "little")
	if s >= P or s & 1:
		raise Bad("a point is not canonical")
	ss = s * s % P
	u1, u2 = (1 - ss) % P, (1 + ss) % P
	u2s = u2 * u2 % P
	v = (-(D * u1 % P * u1) - u2s) % P
	was_square, inv = sqrt_ratio_m1(1, v * u2s % P)
	dx = inv * u2 % P
	dy = inv * dx % P * v % P
	x = 2 * s * dx % P
	if x & 1:
		x = P - x
	y = u1 * dy % P
	t = x * y % P
	if not was_square or t & 1 or y == 0:
		raise Bad("not the encoding of a point")
	return Point(x, y, 1, t, bytes(data))


def encode(p):
	x, y, z, t = p.x % P, p.y % P, p.z % P, p.t % P
	u1 = (z + y) * (z - y) % P
	u2 = x * y % P
	inv = sqrt_ratio_m1(1, u1 * u2 % P * u2 % P)[1]
	d1, d2 = inv * u1 % P, inv * u2 % P
	zi = d1 * d2 % P * t % P
	if t * zi % P & 1:
		x, y, den = y * SQRT_M1 % P, x * SQRT_M1 % P, d1 * INVSQRT_A_MINUS_D % P
	else:
		den = d2
	if x * zi % P & 1:
		y = -y % P
	s = den * (z - y) % P
	return (P - s if s & 1 else s).to_bytes(32, "little")


def one_way_map(data):
	def one(half):
		t = (int.from_bytes(half, "little") & (2**255 - 1)) % P
		r = SQRT_M1 * t * t % P
		u = (r + 1) * ONE_MINUS_D_SQ % P
		v = (-1 - r * D) * (r + D) % P
		was_square, s = sqrt_ratio_m1(u, v)
		c = -1
		if not was_square:
			s = s * t % P
			s = s if s & 1 else -s % P
			c = r
		n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % P
		w0, w1 = 2 * s * v % P, n * SQRT_AD_MINUS_ONE % P
		w2, w3 = (1 - s * s) % P, (1 + s * s) % P
		return Point(w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P)
	return one(data[:32]) + one(data[32:])


def expand_message_xmd(msg, dst, length):
	prime = dst + bytes([len(dst)])
	b0 = hashlib.sha512(bytes(128) + msg + length.to_bytes(2, "big") + b"\0" + prime).digest()
	assert length == 64
	return hashlib.sha512(b0 + b"\1" + prime).digest()


def hash_to_group(dst, msg):
	return one_way_map(expand_message_xmd(msg, dst, 64))


def msm(scalars, points):
	"""Sum of scalar times point, by Pippenger's buckets; scalars are taken mod l."""
	pairs = [(s % L, p.affine()) for s, p in zip(scalars, points, strict=True)]
	pairs = [(s, n) for s, n in pairs if s]
	if not pairs:
		return identity()
	n = len(pairs)
	c = 4 if n < 20 else 5 if n < 100 else 6 if n < 300 else 7 if n < 1000 else 8 if n < 3000 else 10
	# Signed digits, lowest first: half as many buckets.
	half, full, digits = 1 << c - 1, 1 << c, []
	for s, (yp, ym, xy) in pairs:
		k = 0
		while s:
			d = s & full - 1
			s >>= c
			if d > half:
				d, s = d - full, s + 1
			if d:
				while len(digits) <= k:
					digits.append([])
				digits[k].append((d, yp, ym, xy) if d > 0 else (-d, ym, yp, -xy))
			k += 1
	rx, ry, rz, rt = 0, 1, 1, 0
	for row in reversed(digits):
		if ry != 1 or rx:
			for _ in range(c):
				a, b, cc = rx * rx, ry * ry, 2 * rz * rz
				h = a + b
				e = h - (rx + ry) ** 2
				g = a - b
				f = cc + g
				rx, ry, rz, rt = e * f % P, g * h % P, f * g % P, e * h % P
		buckets = [None] * (half + 1)
		for k, yp, ym, xy in row:
			old = buckets[k]
			if old is None:
				# Extended coordinates of an affine point, doubled to spare halvings: X = 2x, Y = 2y, Z = 2.
				x2, y2 = yp - ym, yp + ym
				buckets[k] = (2 * x2, 2 * y2, 4, x2 * y2)
				continue
			x, y, z, t = old
			a, b, cc, d = (y - x) * ym, (y + x) * yp, t * xy, z + z
			e, f, g, h = (b - a) % P, (d - cc) % P, (d + cc) % P, (b + a) % P
			buckets[k] = (e * f % P, g * h % P, f * g % P, e * h % P)
		run, total = None, None
		for k in range(half, 0, -1):
			if buckets[k] is not None:
				run = buckets[k] if run is None else _sum(run, buckets[k])
			if run is not None:
				total = run if total is None else _sum(total, run)
		if total is not None:
			rx, ry, rz, rt = _sum((rx, ry, rz, rt), total)
	return Point(rx, ry, rz, rt)


def _sum(p, q):
	x, y, z, t = p
	x2, y2, z2, t2 = q
	a, b, c, d = (y - x) * (y2 - x2), (y + x) * (y2 + x2), t * t2 % P * D2, 2 * z * z2
	e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
	return e * f % P, g * h % P, f * g % P, e * h % P


def scalar_decode(data):
	s = int.from_bytes(data, "little")
	if len(data) != 32 or s >= L:
		raise Bad("a scalar is not canonical")
	return s


def scalar_encode(s):
	return (s % L).to_bytes(32, "little")


def wide(data):
	return int.from_bytes(data, "little") % L


# --- Ed25519, strict (formats.md 2, protocol.md 4.2) ---------------------------------------------

B_ENCODED = bytes.fromhex("58" + "66" * 31)


def edwards_decode(data):
	"""RFC 8032 with y < p and no negative zero; any point of the curve."""
	if len(data) != 32:
		raise Bad("an Edwards point has 32 bytes")
	y = int.from_bytes(data, "little")
	sign, y = y >> 255, y & (2**255 - 1)
	if y >= P:
		raise Bad("an Edwards point is not canonical")
	ok, x = sqrt_ratio_m1((y * y - 1) % P, (D * y * y + 1) % P)
	if not ok or (x == 0 and sign):
		raise Bad("not the encoding of an Edwards point")
	if x & 1 != sign:
		x = P - x
	return Point(x, y, 1, x * y % P)


def edwards_encode(p):
	i = pow(p.z, -1, P)
	x, y = p.x * i % P, p.y * i % P
	return (y | (x & 1) << 255).to_bytes(32, "little")


def edwards_is_zero(p):
	return p.x % P == 0 and (p.y - p.z) % P == 0


def times_l(p):
	"""[l]P on the curve, where msm must not reduce the scalar."""
	x = (p.x, p.y, p.z, p.t)
	r = (0, 1, 1, 0)
	for bit in bin(L)[2:]:
		r = _sum(r, r)
		if bit == "1":
			r = _sum(r, x)
	return Point(*r)


_prime_order = {}


def edwards_decode_prime(data):
	"""A point of order l, as an Edwards point."""
	if data not in _prime_order:
		p = edwards_decode(data)
		if edwards_is_zero(p) or not edwards_is_zero(times_l(p)):
			raise Bad("a key is not of prime order")
		_prime_order[bytes(data)] = p
	return _prime_order[data]


BASE = edwards_decode(B_ENCODED)
assert BASE.x % 2 == 0


def ed25519_scalar(seed):
	h = bytearray(hashlib.sha512(seed).digest())
	h[0] &= 248
	h[31] = h[31] & 127 | 64
	return int.from_bytes(h[:32], "little"), bytes(h[32:])


_public, _signed = {}, {}


def ed25519_public(seed):
	if seed not in _public:
		_public[seed] = _ed25519_public(seed)
	return _public[seed]


def _ed25519_public(seed):
	return edwards_encode(ed25519_scalar(seed)[0] % L * BASE)


def ed25519_sign(seed, msg):
	if (seed, msg) not in _signed:
		_signed[seed, msg] = _ed25519_sign(seed, msg)
	return _signed[seed, msg]


def _ed25519_sign(seed, msg):
	a, prefix = ed25519_scalar(seed)
	public = ed25519_public(seed)
	r = wide(hashlib.sha512(prefix + msg).digest())
	big_r = edwards_encode(r * BASE)
	k = wide(hashlib.sha512(big_r + public + msg).digest())
	return big_r + scalar_encode(r + k * a)


_verified = {}


def ed25519_is_valid(public, msg, sig):
	"""S < l, key and R canonical, key of prime order, no cofactor."""
	key = (bytes(public), hashlib.sha512(msg).digest(), bytes(sig))
	if key not in _verified:
		_verified[key] = _ed25519_is_valid(public, msg, sig)
	return _verified[key]


def _ed25519_is_valid(public, msg, sig):
	try:
		if len(sig) != 64:
			return False
		a = edwards_decode_prime(bytes(public))
		r = edwards_decode(sig[:32])
		s = scalar_decode(sig[32:])
	except Bad:
		return False
	k = wide(hashlib.sha512(sig[:32] + public + msg).digest())
	return edwards_is_zero(msm([s, -k], [BASE, a]) - r)
