"""paramiko."""

import collections
import collections.abc
import os
import stat

import steps

# Versions before 2.5 look for it where Python had it before 3.10.
collections.MutableMapping = collections.abc.MutableMapping


def version():
    import paramiko

    return paramiko.__version__


class Client:
    def __init__(self):
        import paramiko

        self.ssh = paramiko.SSHClient()
        self.ssh.load_host_keys(os.environ["BERTH_KNOWN_HOSTS"])
        self.ssh.set_missing_host_key_policy(paramiko.RejectPolicy())
        self.ssh.connect(
            os.environ["BERTH_HOST"], int(os.environ["BERTH_PORT"]), os.environ["BERTH_USER"],
            steps.password(), allow_agent=False, look_for_keys=False)
        self.sftp = self.ssh.open_sftp()

    def realpath(self, path):
        return self.sftp.normalize(path)

    def list(self, path):
        # paramiko's names are text where they can be, and bytes where not.
        return [(entry.filename, stat.S_ISDIR(entry.st_mode)) for entry in self.sftp.listdir_attr(path)]

    def mkdir(self, path):
        self.sftp.mkdir(path)

    def put(self, local, remote):
        self.sftp.put(local, remote)

    def get(self, remote, local):
        self.sftp.get(remote, local)

    def resume_put(self, local, remote):
        with open(local, "rb") as source, self.sftp.open(remote, "ab") as target:
            source.seek(self.sftp.stat(remote).st_size)
            target.write(source.read())

    def resume_get(self, remote, local):
        with self.sftp.open(remote, "rb") as source, open(local, "ab") as target:
            source.seek(target.tell())
            target.write(source.read())

    def rename(self, old, new):
        self.sftp.rename(old, new)

    def chmod(self, path, mode):
        self.sftp.chmod(path, mode)

    def utime(self, path, time):
        self.sftp.utime(path, (time, time))

    def remove(self, path):
        self.sftp.remove(path)

    def rmdir(self, path):
        self.sftp.rmdir(path)

    def symlink(self, target, link):
        self.sftp.symlink(target, link)

    def readlink(self, path):
        return self.sftp.readlink(path)

    def close(self):
        self.ssh.close()


if __name__ == "__main__":
    steps.main(version, Client)
