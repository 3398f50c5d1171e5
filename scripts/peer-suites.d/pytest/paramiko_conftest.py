"""In place of paramiko's conftest.py: the client that its SFTP tests get is connected to the server under test."""

import os
import shutil
import socket

import pytest
from paramiko import Ed25519Key, SFTP, Transport


@pytest.fixture
def sftp():
    transport = Transport(socket.create_connection(("127.0.0.1", int(os.environ["PEER_PORT"]))))
    if "PEER_KEY" in os.environ:
        login = {"pkey": Ed25519Key.from_private_key_file(os.environ["PEER_KEY"])}
    else:
        login = {"password": os.environ["PEER_PASSWORD"]}
    transport.connect(username=os.environ["PEER_USER"], **login)
    client = SFTP.from_transport(transport)
    directory = os.path.join(os.environ["PEER_WORK"], "paramiko-test-target")
    shutil.rmtree(directory, ignore_errors=True)
    os.mkdir(directory)
    # The tests want a relative path; both servers start at the root.
    client.FOLDER = directory.lstrip("/")
    yield client
    transport.close()
    shutil.rmtree(directory, ignore_errors=True)
