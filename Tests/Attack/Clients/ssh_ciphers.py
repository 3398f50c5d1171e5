"""The packet encryption of SSH, as plain functions of a key, a sequence number and bytes, so that packets can be forged."""

import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.poly1305 import Poly1305


def padded(payload, block, counted):
    """Padding length, payload and padding: with `counted` bytes before them a multiple of the block (RFC 4253, 6)."""
    padding = block - (counted + 1 + len(payload)) % block
    if padding < 4:
        padding += block
    return bytes([padding]) + payload + bytes(padding)


class Plain:
    """Before the first NEWKEYS."""

    def seal(self, number, payload):
        body = padded(payload, 8, 4)
        return struct.pack(">I", len(body)) + body

    def open(self, number, read):
        body = read(struct.unpack(">I", read(4))[0])
        return body[1 : len(body) - body[0]]


class GCM:
    """aes128-gcm@openssh.com (RFC 5647): the length is authenticated and readable, the nonce counts by itself."""

    key_size, iv_size, mac_size = 16, 12, 0

    def __init__(self, key, iv, mac):
        self.cipher = AESGCM(key)
        self.fixed, self.count = iv[:4], struct.unpack(">Q", iv[4:])[0]

    def nonce(self):
        nonce = self.fixed + struct.pack(">Q", self.count)
        self.count = (self.count + 1) % (1 << 64)
        return nonce

    def seal(self, number, payload):
        body = padded(payload, 16, 0)
        length = struct.pack(">I", len(body))
        return length + self.cipher.encrypt(self.nonce(), body, length)

    def open(self, number, read):
        length = read(4)
        sealed = read(struct.unpack(">I", length)[0] + 16)
        body = self.cipher.decrypt(self.nonce(), sealed, length)
        return body[1 : len(body) - body[0]]


class ChaCha:
    """chacha20-poly1305@openssh.com: the sequence number is the nonce, the length has a key of its own."""

    key_size, iv_size, mac_size = 64, 0, 0

    def __init__(self, key, iv, mac):
        self.body_key, self.length_key = key[:32], key[32:]

    def stream(self, key, number, counter, text):
        nonce = struct.pack("<Q", counter) + struct.pack(">Q", number)
        return Cipher(algorithms.ChaCha20(key, nonce), None).encryptor().update(text)

    def tag(self, number, text):
        return Poly1305.generate_tag(self.stream(self.body_key, number, 0, bytes(32)), text)

    def seal(self, number, payload):
        body = padded(payload, 8, 0)
        sealed = self.stream(self.length_key, number, 0, struct.pack(">I", len(body)))
        sealed += self.stream(self.body_key, number, 1, body)
        return sealed + self.tag(number, sealed)

    def open(self, number, read):
        sealed = read(4)
        length = struct.unpack(">I", self.stream(self.length_key, number, 0, sealed))[0]
        sealed += read(length)
        if read(16) != self.tag(number, sealed):
            raise ValueError("a wrong tag from the server")
        body = self.stream(self.body_key, number, 1, sealed[4:])
        return body[1 : len(body) - body[0]]


class CTR:
    """aes128-ctr with hmac-sha2-256, over the plain packet or over the encrypted one (etm)."""

    key_size, iv_size, mac_size = 16, 16, 32
    after_encryption = False

    def __init__(self, key, iv, mac):
        self.mac = mac
        self.cipher = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()

    def tag(self, number, text):
        return hmac.digest(self.mac, struct.pack(">I", number) + text, "sha256")

    def seal(self, number, payload):
        body = padded(payload, 16, 0 if self.after_encryption else 4)
        length = struct.pack(">I", len(body))
        if self.after_encryption:
            sealed = length + self.cipher.update(body)
            return sealed + self.tag(number, sealed)
        return self.cipher.update(length + body) + self.tag(number, length + body)

    def open(self, number, read):
        if self.after_encryption:
            length = read(4)
            sealed = read(struct.unpack(">I", length)[0])
            body = self.cipher.update(sealed)
            seen = length + sealed
        else:
            start = self.cipher.update(read(16))
            length = struct.unpack(">I", start[:4])[0]
            body = start[4:] + self.cipher.update(read(length - 12))
            seen = start[:4] + body
        if read(32) != self.tag(number, seen):
            raise ValueError("a wrong tag from the server")
        return body[1 : len(body) - body[0]]


class CTRThenMAC(CTR):
    after_encryption = True


# What a client names for each: cipher and MAC.
SUITES = {
    "gcm": (GCM, "aes128-gcm@openssh.com", "hmac-sha2-256"),
    "chacha": (ChaCha, "chacha20-poly1305@openssh.com", "hmac-sha2-256"),
    "ctr": (CTR, "aes128-ctr", "hmac-sha2-256"),
    "etm": (CTRThenMAC, "aes128-ctr", "hmac-sha2-256-etm@openssh.com"),
}
