"""In place of asyncssh's own server: the clients that its SFTP tests make are connected to the server under test.

The tests use relative paths on both sides, so each client starts in the tests' own directory.
"""

import inspect
import os
import re
import unittest

import asyncssh
import asyncssh.connection
import pytest

from .server import ServerTestCase

# The classes whose server is asyncssh's own as it comes; the others test servers that behave oddly on purpose.
CLASSES = {"_TestSFTP", "_TestSFTPSymlinkTraversal"}

# Tests that change asyncssh's server in the process, which is not the server here.
CHANGES_SERVER = re.compile(r"asyncssh\.sftp\.(SFTPServer|MIN_SFTP_VERSION|MAX_SFTP_VERSION)|'os\.ch|'os\.utime|'pwd\.|'grp\.")

# Without asyncssh's extension for the ranges of a sparse file, this one transfers 4 GB of zeros three times, and fails.
TOO_LARGE = {"test_sparse_copy"}


class _RemoteServer:
    """What asyncssh's tests expect of a listener."""

    sockets = property(lambda self: [self])

    def getsockname(self):
        return "127.0.0.1", int(os.environ["PEER_PORT"])

    def close(self):
        pass

    async def wait_closed(self):
        pass


async def _create_server(*_arguments, **_options):
    return _RemoteServer()


def _connect(_self, **options):
    login = {"password": os.environ.get("PEER_PASSWORD"), "client_keys": os.environ.get("PEER_KEY")}
    return asyncssh.connect(
        "127.0.0.1", int(os.environ["PEER_PORT"]), username=os.environ["PEER_USER"], known_hosts=None, config=None,
        agent_path=None, **{name: value for name, value in login.items() if value}, **options,
    )


_start_sftp_client = asyncssh.connection.start_sftp_client


async def _start_in_directory(*arguments):
    client = await _start_sftp_client(*arguments)
    asked = arguments[-1]
    if asked > client.version:
        client.exit()
        raise unittest.SkipTest(f"SFTP version {asked}; the server speaks {client.version}")
    client._cwd = os.getcwd().encode()
    return client


ServerTestCase.create_server = _create_server
ServerTestCase.connect = _connect
asyncssh.connection.start_sftp_client = _start_in_directory


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if item.cls is not None and item.cls.__name__ in CLASSES]
    for item in items:
        if CHANGES_SERVER.search(inspect.getsource(item.obj)):
            item.add_marker(pytest.mark.skip(reason="changes asyncssh's own server"))
        if item.name in TOO_LARGE:
            item.add_marker(pytest.mark.skip(reason="transfers 12 GB for want of asyncssh's own extension"))
