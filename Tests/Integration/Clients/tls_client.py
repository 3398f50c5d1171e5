"""Connects by TLS and says what was agreed, then asks for /healthz on that connection for each line that it is given.

Arguments: PORT LOWEST HIGHEST PROTOCOLS [CIPHERS]; versions as in ssl.TLSVersion, protocols separated by commas. The first
line is `VERSION PROTOCOL CIPHER NAMES`, the common names of the certificates that the server shows, or `refused` and why."""

import socket
import ssl
import sys
import warnings

from cryptography import x509
from cryptography.x509.oid import NameOID

port, lowest, highest, protocols = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4].split(",")
warnings.simplefilter("ignore")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
# Whatever the system's own floor is: the server is to refuse.
context.set_ciphers((sys.argv[5] if len(sys.argv) > 5 else "ALL") + ":@SECLEVEL=0")
context.minimum_version = getattr(ssl.TLSVersion, lowest)
context.maximum_version = getattr(ssl.TLSVersion, highest)
context.set_alpn_protocols(protocols)
try:
    connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10))
except OSError as error:
    print("refused", type(error).__name__, error, flush=True)
    sys.exit()
subject = x509.load_der_x509_certificate(connection.getpeercert(True)).subject
print(
    connection.version(), connection.selected_alpn_protocol(), connection.cipher()[0],
    subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value, flush=True)
for _ in sys.stdin:
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = connection.recv(65536).decode()
    print("answer", answer.split(" ")[1] if answer else "none", flush=True)
