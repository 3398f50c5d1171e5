"""Sends everything byte by byte until the key exchange is done, then logs in."""
from peer import *


class Pieces(socket.socket):
    def send(self, data):
        for offset in range(len(data)):
            super().send(data[offset:offset + 1])
        return len(data)


plain = socket.create_connection(("127.0.0.1", port()))
plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
transport = paramiko.Transport(Pieces(fileno=plain.detach()))
transport.start_client(timeout=20)
transport.auth_password(USER, PASSWORD)
