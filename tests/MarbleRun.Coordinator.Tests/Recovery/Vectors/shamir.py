#!/usr/bin/env python3
"""Writes shamir.json: GF(256) and Shamir's scheme computed in another way than the product does, to compare with.

Products come from tables of powers of the generator 3, polynomials are evaluated power by power, and inverses are searched. Run: ./shamir.py > shamir.json
"""
import hashlib
import json

POWERS = [1]
for _ in range(254):
    last = POWERS[-1]
    doubled = last << 1
    POWERS.append((doubled ^ 0x11B if doubled & 0x100 else doubled) ^ last)
LOGARITHMS = {value: exponent for exponent, value in enumerate(POWERS)}
assert len(LOGARITHMS) == 255


def multiply(a, b):
    return 0 if a == 0 or b == 0 else POWERS[(LOGARITHMS[a] + LOGARITHMS[b]) % 255]


def power(a, exponent):
    result = 1
    for _ in range(exponent):
        result = multiply(result, a)
    return result


def invert(a):
    return next((b for b in range(256) if multiply(a, b) == 1), 0)


def stream(label, length):
    """Reproducible bytes."""
    result = b""
    counter = 0
    while len(result) < length:
        result += hashlib.sha256(f"{label} {counter}".encode()).digest()
        counter += 1
    return result[:length]


def share(secret, coefficients, x):
    """coefficients[i] belongs to the power i + 1."""
    y = bytes(
        byte ^ xor(multiply(row[k], power(x, i + 1)) for i, row in enumerate(coefficients))
        for k, byte in enumerate(secret)
    )
    return y + bytes([x])


def xor(values):
    result = 0
    for value in values:
        result ^= value
    return result


def vector(name, threshold, xs, size=32):
    secret = stream(name + " secret", size)
    coefficients = [stream(f"{name} coefficient {i}", size) for i in range(1, threshold)]
    return {
        "name": name,
        "threshold": threshold,
        "secret": secret.hex(),
        "shares": [share(secret, coefficients, x).hex() for x in xs],
    }


print(json.dumps({
    "products": hashlib.sha256(bytes(multiply(a, b) for a in range(256) for b in range(256))).hexdigest(),
    "inverses": bytes(invert(a) for a in range(256)).hex(),
    "vectors": [
        vector("2 of 3", 2, [1, 2, 3]),
        vector("3 of 5", 3, [1, 2, 3, 4, 5]),
        vector("3 of 5, x as they fall", 3, [254, 7, 128, 1, 255]),
        vector("5 of 7", 5, [9, 200, 33, 90, 171, 2, 64]),
        vector("10 of 12", 10, list(range(1, 13))),
        vector("255 of 255", 255, list(range(255, 0, -1)), size=3),
        vector("2 of 2, one byte", 2, [17, 34], size=1),
    ],
}, indent=1))
