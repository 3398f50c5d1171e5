"""Bytes as nobody sends them."""


def mutated(chance, raw):
    """The bytes with one to four changes."""
    raw = bytearray(raw)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        kind = chance.randrange(9)
        place = chance.randrange(len(raw) + 1)
        if kind == 0 and raw:
            raw[place % len(raw)] ^= 1 << chance.randrange(8)
        elif kind == 1 and raw:
            raw[place % len(raw)] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif kind == 2:
            del raw[place:]
        elif kind == 3:
            del raw[place : place + chance.randrange(1, 9)]
        elif kind == 4:
            raw[place:place] = chance.randbytes(chance.choice((1, 4, 16, 300)))
        elif kind == 5:
            raw[place : place + 4] = chance.choice((0, 1, 5, 10, 255, 35000, 1 << 18, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000)
                                                   ).to_bytes(4, "big")
        elif kind == 6:
            piece = raw[place : place + chance.randrange(1, 64)]
            raw[place:place] = piece * chance.choice((1, 1, 50))
        elif kind == 7:
            raw += bytes(chance.choice((1, 4, 1000)))
        else:
            raw[place : place + 1] = chance.choice((b",", b"\0", b"@", b"\r\n", b"%", b"\xff\xff"))
    return bytes(raw[:33000])
