"""Makes a certificate with its key: DIRECTORY NAME KIND FROM_DAYS TO_DAYS [ISSUER].

Writes NAME.pem (with ISSUER.pem behind it, where one is named) and NAME.key, both in PEM, the key for its owner alone. KIND is
p256, p384, ed25519, rsa or p256-encrypted. The days count from now; the certificate is for 127.0.0.1, ::1 and localhost."""

import datetime
import ipaddress
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

directory, name, kind, first, last = sys.argv[1:6]
issuer = sys.argv[6] if len(sys.argv) > 6 else None
key = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()), "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate, "rsa": lambda: rsa.generate_private_key(65537, 2048),
}[kind.split("-")[0]]()


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, text)])


def path(of, suffix):
    return os.path.join(directory, of + suffix)


signer, signed_by, chain = key, named(name), b""
if issuer:
    chain = open(path(issuer, ".pem"), "rb").read()
    signed_by = x509.load_pem_x509_certificate(chain).subject
    signer = serialization.load_pem_private_key(open(path(issuer, ".key"), "rb").read(), None)
now = datetime.datetime.utcnow()
places = [x509.DNSName("localhost")] + [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
certificate = (
    x509.CertificateBuilder().subject_name(named(name)).issuer_name(signed_by).public_key(key.public_key())
    .serial_number(x509.random_serial_number())
    .not_valid_before(now + datetime.timedelta(days=float(first))).not_valid_after(now + datetime.timedelta(days=float(last)))
    .add_extension(x509.SubjectAlternativeName(places), critical=False)
    .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    .sign(signer, None if "ed25519" in type(signer).__name__.lower() else hashes.SHA256())
)
lock = serialization.BestAvailableEncryption(b"secret") if kind.endswith("-encrypted") else serialization.NoEncryption()
# Beside the files, which are then replaced in one step.
for target, mode, content in (
    (path(name, ".pem"), 0o644, certificate.public_bytes(serialization.Encoding.PEM) + chain),
    (path(name, ".key"), 0o600, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)),
):
    with open(os.open(target + ".new", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, mode), "wb") as file:
        file.write(content)
    os.replace(target + ".new", target)
