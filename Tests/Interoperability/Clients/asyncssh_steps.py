"""asyncssh, which looks at the server's identification string for the order of SYMLINK's arguments."""

import asyncio
import os
import stat

import steps


def version():
    import asyncssh

    return asyncssh.__version__


class Client:
    def __init__(self):
        import asyncssh

        self.loop = asyncio.new_event_loop()
        # Versions before 2.3 know nothing of configuration files.
        options = {"config": None} if tuple(map(int, asyncssh.__version__.split("."))) >= (2, 3) else {}
        self.ssh = self.wait(asyncssh.connect(
            os.environ["BERTH_HOST"], int(os.environ["BERTH_PORT"]), username=os.environ["BERTH_USER"],
            password=steps.password(), known_hosts=os.environ["BERTH_KNOWN_HOSTS"], client_keys=None, **options))
        # Names as bytes, in and out.
        self.sftp = self.wait(self.ssh.start_sftp_client(path_encoding=None))

    def wait(self, what):
        return self.loop.run_until_complete(what)

    def realpath(self, path):
        return self.wait(self.sftp.realpath(path))

    def list(self, path):
        entries = self.wait(self.sftp.readdir(path))
        return [(entry.filename, stat.S_ISDIR(entry.attrs.permissions or 0)) for entry in entries]

    def mkdir(self, path):
        self.wait(self.sftp.mkdir(path))

    def put(self, local, remote):
        self.wait(self.sftp.put(local, remote))

    def get(self, remote, local):
        self.wait(self.sftp.get(remote, local))

    def resume_put(self, local, remote):
        async def resume():
            size = await self.sftp.getsize(remote)
            async with self.sftp.open(remote, "ab") as target:
                with open(local, "rb") as source:
                    source.seek(size)
                    await target.write(source.read())

        self.wait(resume())

    def resume_get(self, remote, local):
        async def resume():
            async with self.sftp.open(remote, "rb") as source:
                with open(local, "ab") as target:
                    target.write(await source.read(offset=target.tell()))

        self.wait(resume())

    def rename(self, old, new):
        self.wait(self.sftp.rename(old, new))

    def chmod(self, path, mode):
        self.wait(self.sftp.chmod(path, mode))

    def utime(self, path, time):
        self.wait(self.sftp.utime(path, (time, time)))

    def remove(self, path):
        self.wait(self.sftp.remove(path))

    def rmdir(self, path):
        self.wait(self.sftp.rmdir(path))

    def symlink(self, target, link):
        self.wait(self.sftp.symlink(target, link))

    def readlink(self, path):
        return self.wait(self.sftp.readlink(path))

    def close(self):
        self.sftp.exit()
        self.ssh.close()
        self.wait(self.ssh.wait_closed())


if __name__ == "__main__":
    steps.main(version, Client)
