"""A balancer: what connects to it reaches the target from the source address, behind a header that is sent in pieces.

usage: balancer.py TARGET-PORT SOURCE HEADER-HEX PIECE-BYTES
Prints the port that it listens on.
"""
import socket
import sys
import threading
import time

target, source, header, piece = int(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3]), int(sys.argv[4])


def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for end in (a, b):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    server = socket.create_connection(("127.0.0.1", target), source_address=(source, 0))
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        for start in range(0, len(header), piece):
            server.sendall(header[start:start + piece])
            if start + piece < len(header):
                time.sleep(0.005)
    except OSError:
        pass
    threading.Thread(target=pump, args=(server, client), daemon=True).start()
    pump(client, server)


listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen(64)
print(listening.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
