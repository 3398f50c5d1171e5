"""What WinSCP does, request by request, since WinSCP itself runs on Windows alone: it offers version 6, uploads what is large
to NAME.filepart, resumes that, removes the old file, renames, and sets the time and the mode at the end. (From
source/core/SftpFileSystem.cpp of WinSCP 6; the transport here is paramiko's.)"""

import os
import stat
import struct

import steps

(INIT, OPEN, CLOSE, READ, WRITE, LSTAT, SETSTAT, OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, RENAME, READLINK,
 SYMLINK, EXTENDED) = 1, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14, 15, 16, 18, 19, 20, 200
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105
FOR_READ, FOR_WRITE, CREATE, TRUNCATE = 1, 2, 8, 16
SIZE, PERMISSIONS, TIMES = 1, 4, 8
BLOCK = 32_768
QUEUE = 64
RESUME_ABOVE = 100 * 1024


def version():
    import paramiko

    return f"6, over paramiko {paramiko.__version__}"


def string(data):
    return struct.pack(">I", len(data)) + data


class Failure(Exception):
    pass


class Client:
    def __init__(self):
        import paramiko_steps

        self.ssh = paramiko_steps.Client().ssh
        self.channel = self.ssh.get_transport().open_session()
        self.channel.invoke_subsystem("sftp")
        self.stream = self.channel.makefile("rb")
        self.number = 0
        self.uses_posix_rename = False
        self.write_packet(struct.pack(">BI", INIT, 6))
        kind, body = self.read_packet()
        assert (kind, struct.unpack(">I", body[:4])[0]) == (2, 3), "version 3 is what both know"
        self.realpath(b".")

    def write_packet(self, packet):
        self.channel.sendall(string(packet))

    def read_packet(self):
        length = struct.unpack(">I", self.stream.read(4))[0]
        packet = self.stream.read(length)
        return packet[0], packet[1:]

    def send(self, kind, body):
        self.number += 1
        self.write_packet(struct.pack(">BI", kind, self.number) + body)
        return self.number

    def receive(self, number, wanted):
        """The reply's body; None for the end of a file or directory."""
        kind, body = self.read_packet()
        assert struct.unpack(">I", body[:4])[0] == number, "replies come in the order of the requests"
        if kind == STATUS:
            code = struct.unpack(">I", body[4:8])[0]
            if code == 1:
                return None
            if code != 0 or wanted != STATUS:
                length = struct.unpack(">I", body[8:12])[0]
                raise Failure(body[12:12 + length].decode())
        assert kind == wanted, f"reply {kind}"
        return body[4:]

    def ask(self, kind, body, wanted=STATUS):
        return self.receive(self.send(kind, body), wanted)

    def exists(self, path):
        """LSTAT, as WinSCP asks; the size, or None."""
        try:
            attributes = self.ask(LSTAT, string(path), ATTRS)
        except Failure as failure:
            assert "no such file" in str(failure).lower(), failure
            return None
        return struct.unpack(">IQ", attributes[:12])[1]

    def open(self, path, flags):
        body = self.ask(OPEN, string(path) + struct.pack(">II", flags, 0), HANDLE)
        return body

    def realpath(self, path):
        body = self.ask(REALPATH, string(path), NAME)
        length = struct.unpack(">I", body[4:8])[0]
        return body[8:8 + length]

    def put(self, local, remote, resumes=False):
        resumable = os.path.getsize(local) > RESUME_ABOVE
        target, offset, there = remote, 0, None
        if resumable:
            there = self.exists(remote)
            target = remote + b".filepart"
            part = self.exists(target)
            if part is not None and resumes:
                offset = part
            elif part is not None:
                self.ask(REMOVE, string(target))
        handle = self.open(target, FOR_WRITE | CREATE | (0 if offset else TRUNCATE))
        self.write(handle, local, offset)
        properties = string(remote) + struct.pack(
            ">IIII", PERMISSIONS | TIMES, stat.S_IMODE(os.stat(local).st_mode), steps.TIME, int(os.stat(local).st_mtime))
        # A small file's properties and its close are on their way together.
        closing = self.send(CLOSE, handle)
        if not resumable:
            setting = self.send(SETSTAT, properties)
        self.receive(closing, STATUS)
        if resumable:
            if there is not None:
                self.ask(REMOVE, string(remote))
            self.rename(target, remote)
            setting = self.send(SETSTAT, properties)
        self.receive(setting, STATUS)

    def write(self, handle, local, offset):
        waiting = []
        with open(local, "rb") as source:
            source.seek(offset)
            while data := source.read(BLOCK):
                waiting.append(self.send(WRITE, handle + struct.pack(">Q", offset) + string(data)))
                offset += len(data)
                if len(waiting) > QUEUE:
                    self.receive(waiting.pop(0), STATUS)
        for number in waiting:
            self.receive(number, STATUS)

    def get(self, remote, local, offset=0):
        handle = self.open(remote, FOR_READ)
        size = self.exists(remote)
        waiting, asked = [], offset
        with open(local, "r+b" if offset else "wb") as target:
            target.seek(offset)
            while True:
                while asked < size and len(waiting) < QUEUE:
                    waiting.append(self.send(READ, handle + struct.pack(">QI", asked, BLOCK)))
                    asked += BLOCK
                if not waiting:
                    break
                data = self.receive(waiting.pop(0), DATA)
                target.write(data[4:])
        self.ask(CLOSE, handle)

    def resume_put(self, local, remote):
        # What an upload that broke off left, beside an older file of that name.
        self.ask(RENAME, string(remote) + string(remote + b".filepart"))
        self.ask(CLOSE, self.open(remote, FOR_WRITE | CREATE | TRUNCATE))
        # A setting of WinSCP's sessions; here, so that both ways are seen.
        self.uses_posix_rename = True
        self.put(local, remote, resumes=True)

    def resume_get(self, remote, local):
        self.get(remote, local, os.path.getsize(local))

    def list(self, path):
        handle = self.ask(OPENDIR, string(path), HANDLE)
        entries = []
        while (body := self.ask(READDIR, handle, NAME)) is not None:
            count, at = struct.unpack(">I", body[:4])[0], 4
            for _ in range(count):
                length = struct.unpack(">I", body[at:at + 4])[0]
                name = body[at + 4:at + 4 + length]
                at += 4 + length
                at += 4 + struct.unpack(">I", body[at:at + 4])[0]
                flags = struct.unpack(">I", body[at:at + 4])[0]
                at += 4
                at += 8 if flags & SIZE else 0
                at += 8 if flags & 2 else 0
                mode = struct.unpack(">I", body[at:at + 4])[0]
                at += (4 if flags & PERMISSIONS else 0) + (8 if flags & TIMES else 0)
                entries.append((name, stat.S_ISDIR(mode)))
        self.ask(CLOSE, handle)
        return entries

    def mkdir(self, path):
        self.ask(MKDIR, string(path) + struct.pack(">I", 0))

    def rename(self, old, new):
        if self.uses_posix_rename:
            self.ask(EXTENDED, string(b"posix-rename@openssh.com") + string(old) + string(new))
        else:
            self.ask(RENAME, string(old) + string(new))

    def chmod(self, path, mode):
        self.ask(SETSTAT, string(path) + struct.pack(">II", PERMISSIONS, mode))

    def utime(self, path, time):
        self.ask(SETSTAT, string(path) + struct.pack(">III", TIMES, time, time))

    def remove(self, path):
        self.ask(REMOVE, string(path))

    def rmdir(self, path):
        self.ask(RMDIR, string(path))

    def symlink(self, target, link):
        # It knows OpenSSH by its identification string and sends OpenSSH's order; without that string, the draft's.
        self.ask(SYMLINK, string(target) + string(link))

    def readlink(self, path):
        body = self.ask(READLINK, string(path), NAME)
        length = struct.unpack(">I", body[4:8])[0]
        return body[8:8 + length]

    def close(self):
        self.channel.close()
        self.ssh.close()


if __name__ == "__main__":
    steps.main(version, Client)
