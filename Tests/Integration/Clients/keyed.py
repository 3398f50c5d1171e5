"""Asks the API for the users, says what it is answered, and keeps the connection until the server ends it.

Arguments: PORT, `tls` or `clear`. BERTH_TEST_KEY: the API key."""

import os
import socket
import ssl
import sys

connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=30)
if sys.argv[2] == "tls":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = context.wrap_socket(connection)
head = "GET /2022-04-01/users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Key %s\r\n\r\n" % os.environ["BERTH_TEST_KEY"]
connection.sendall(head.encode())
print("answer", connection.recv(65536).decode().split(" ")[1], flush=True)
while connection.recv(65536):
    pass
print("end", flush=True)
