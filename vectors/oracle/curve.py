# SPDX-License-Identifier: MIT OR Apache-2.0
"""X25519 (RFC 7748) and XEdDSA (revision 1) in plain, slow, variable-time Python."""
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
D = -121665 * pow(121666, -1, P) % P


def clamped(k):
    k = bytearray(k)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    return bytes(k)


def x25519(k, u):
    """The Montgomery ladder over (x : z), with projective doubling and differential addition."""
    scalar = int.from_bytes(clamped(k), "little")
    x1 = (int.from_bytes(u, "little") & (2**255 - 1)) % P
    a, b = (1, 0), (x1, 1)
    for bit in bin(scalar)[2:]:
        if bit == "1":
            a, b = b, a
        s, d = (a[0] + a[1]) ** 2, (a[0] - a[1]) ** 2
        cross_1, cross_2 = (a[0] - a[1]) * (b[0] + b[1]), (a[0] + a[1]) * (b[0] - b[1])
        b = (cross_1 + cross_2) ** 2 % P, x1 * (cross_1 - cross_2) ** 2 % P
        a = s * d % P, (s - d) * (d + 121666 * (s - d)) % P
        if bit == "1":
            a, b = b, a
    return (a[0] * pow(a[1], P - 2, P) % P).to_bytes(32, "little")


def public_of(k):
    return x25519(k, (9).to_bytes(32, "little"))


def is_canonical(u):
    return int.from_bytes(u, "little") < P


def is_low_order(u):
    """Eight times the point is the neutral one: every clamped scalar is a multiple of eight."""
    return x25519(bytes(32), u) == bytes(32) and x25519(b"\x08" + bytes(31), u) == bytes(32)


# Points of edwards25519, affine: simple, and slow enough to be plainly right.
def add(p, q):
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P,
            (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P)


def times(n, p):
    total = (0, 1)
    for bit in bin(n)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, p)
    return total


def encode(p):
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def decode(b):
    """The point of an encoding, or None."""
    y = int.from_bytes(b, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if x * x % P != xx:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != xx or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x, y)


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def _hash(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def xeddsa_sign(secret, message, nonce, form):
    k = int.from_bytes(clamped(secret), "little")
    point = encode(times(k, BASE))
    sign = point[31] >> 7
    if form == "specification":
        point = point[:31] + bytes([point[31] & 127])
        a = (-k if sign else k) % L
        hashed = a.to_bytes(32, "little")
    else:
        a, hashed = k % L, clamped(secret)
    r = _hash((2**256 - 2).to_bytes(32, "little"), hashed, message, nonce)
    commitment = encode(times(r, BASE))
    s = (r + _hash(commitment, point, message) * a) % L
    if form == "wire":
        s |= sign << 255
    return commitment + s.to_bytes(32, "little")


def xeddsa_verify(u, message, signature):
    if not is_canonical(u) or is_low_order(u):
        return False
    u = int.from_bytes(u, "little")
    y = (u - 1) * pow(u + 1, -1, P) % P
    s = int.from_bytes(signature[32:], "little")
    point = (y | s >> 255 << 255).to_bytes(32, "little")
    s &= 2**255 - 1
    a, r = decode(point), decode(signature[:32])
    if a is None or r is None or s >= L or times(8, r) == (0, 1):
        return False
    h = _hash(signature[:32], point, message)
    return encode(add(times(s, BASE), times(L - h, a))) == signature[:32]
