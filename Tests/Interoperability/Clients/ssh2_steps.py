"""libssh2 through ssh2-python."""

import os
import socket
import stat

import steps

CHUNK = 1 << 20


def version():
    from importlib.metadata import version as of

    from ssh2.utils import version as libssh2

    return f"{of('ssh2-python')} (libssh2 {os.fsdecode(libssh2())})"


class Client:
    def __init__(self):
        from ssh2 import sftp, session

        self.const = sftp
        self.socket = socket.create_connection((os.environ["BERTH_HOST"], int(os.environ["BERTH_PORT"])))
        self.session = session.Session()
        self.session.handshake(self.socket)
        self.check_host_key()
        self.session.userauth_password(os.environ["BERTH_USER"], steps.password())
        self.sftp = self.session.sftp_init()

    def check_host_key(self):
        import base64
        import hashlib

        digest = base64.b64encode(hashlib.sha256(self.session.hostkey()[0]).digest()).decode().rstrip("=")
        assert f"SHA256:{digest}" in os.environ["BERTH_HOST_KEYS"].split(), "another host key"

    def realpath(self, path):
        return self.sftp.realpath(path)

    def list(self, path):
        with self.sftp.opendir(path) as directory:
            return [(name, stat.S_ISDIR(attributes.permissions)) for _, name, attributes in directory.readdir()]

    def mkdir(self, path):
        self.sftp.mkdir(path, 0o755)

    def put(self, local, remote, offset=0):
        flags = self.const.LIBSSH2_FXF_WRITE | self.const.LIBSSH2_FXF_CREAT
        with open(local, "rb") as source, self.sftp.open(remote, flags, 0o644) as target:
            source.seek(offset)
            target.seek64(offset)
            while part := source.read(CHUNK):
                target.write(part)

    def get(self, remote, local, offset=0):
        try:
            source = self.sftp.open(remote, self.const.LIBSSH2_FXF_READ, 0)
        except Exception as error:
            # The exceptions have no text; the status is the server's.
            raise FileNotFoundError("no such file") if self.sftp.last_error() == 2 else error
        with source, open(local, "r+b" if offset else "wb") as target:
            source.seek64(offset)
            target.seek(offset)
            for _, part in source:
                target.write(part)

    def resume_put(self, local, remote):
        self.put(local, remote, self.sftp.stat(remote).filesize)

    def resume_get(self, remote, local):
        self.get(remote, local, os.path.getsize(local))

    def rename(self, old, new):
        self.sftp.rename(old, new)

    def chmod(self, path, mode):
        self.set(path, self.const.LIBSSH2_SFTP_ATTR_PERMISSIONS, permissions=mode)

    def utime(self, path, time):
        self.set(path, self.const.LIBSSH2_SFTP_ATTR_ACMODTIME, atime=time, mtime=time)

    def set(self, path, flags, **values):
        from ssh2.sftp_handle import SFTPAttributes

        attributes = SFTPAttributes()
        attributes.flags = flags
        for name, value in values.items():
            setattr(attributes, name, value)
        self.sftp.setstat(path, attributes)

    def remove(self, path):
        self.sftp.unlink(path)

    def rmdir(self, path):
        self.sftp.rmdir(path)

    def symlink(self, target, link):
        # Its arguments are (path, target): libssh2 sends them in this order, which is OpenSSH's.
        self.sftp.symlink(target, link)

    # ssh2-python has no readlink.
    readlink = None

    def close(self):
        self.session.disconnect()


if __name__ == "__main__":
    steps.main(version, Client)
