"""A proxy to the port in the first argument that flips the last bit of what a client sends, once 200,000 bytes went by.

It prints its own port, and ends when the server has closed the connection or was not reached."""
import socket
import sys
import threading

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))


def to_server():
    sent = 0
    flipped = False
    while True:
        piece = bytearray(client.recv(65536))
        if not piece:
            break
        sent += len(piece)
        if sent > 200_000 and not flipped:
            piece[-1] ^= 1
            flipped = True
        try:
            server.sendall(piece)
        except OSError:
            break


threading.Thread(target=to_server, daemon=True).start()
while True:
    try:
        piece = server.recv(65536)
    except OSError:
        break
    if not piece:
        break
    client.sendall(piece)
client.close()
