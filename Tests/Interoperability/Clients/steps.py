"""The steps of the matrix for clients that are Python libraries. A driver gives a `connect` that returns an object with
the methods used here; paths are bytes where the library takes them, else strings with surrogates."""

import os
import sys

LOCAL = os.fsencode(os.environ.get("BERTH_LOCAL", ""))
REMOTE = os.fsencode(os.environ.get("BERTH_REMOTE", ""))
TIME = 1234567890


def password():
    with open(os.environ["BERTH_PASSWORD_FILE"]) as file:
        return file.readline().rstrip("\n")


def there(name):
    return REMOTE + b"/" + os.fsencode(name)


def here(name):
    return LOCAL + b"/" + os.fsencode(name)


def put_tree(client, name):
    for directory, _, files in os.walk(here(name)):
        below = os.path.relpath(directory, LOCAL)
        client.mkdir(there(below))
        for file in files:
            client.put(os.path.join(directory, file), there(os.path.join(below, file)))


def get_tree(client, remote, local):
    os.mkdir(local)
    for name, is_directory in client.list(remote):
        name = os.fsencode(name)
        if name in (b".", b".."):
            continue
        if is_directory:
            get_tree(client, remote + b"/" + name, local + b"/" + name)
        else:
            client.get(remote + b"/" + name, local + b"/" + name)


def run(connect, step):
    client = connect()
    files = ("empty", "one", "mebibyte")
    if step in ("login", "wrong-password"):
        print(client.realpath(b"."))
    elif step == "list":
        for name, _ in client.list(REMOTE):
            print(os.fsdecode(name))
    elif step == "make-directories":
        client.mkdir(there("made"))
        client.mkdir(there("made/deeper"))
    elif step == "upload":
        for name in files:
            client.put(here(name), there(name))
    elif step == "download":
        for name in files:
            client.get(there(name), here(name))
    elif step == "large":
        client.put(os.fsencode(os.environ["BERTH_LARGE"]), there("large"))
        client.get(there("large"), here("large"))
    elif step == "resume-upload":
        client.resume_put(here("file"), there("file"))
    elif step == "resume-download":
        client.resume_get(there("file"), here("file"))
    elif step == "rename":
        client.rename(there("old"), there("new"))
    elif step == "mode":
        client.chmod(there("file"), 0o604)
    elif step == "time":
        client.utime(there("file"), TIME)
    elif step == "remove":
        client.remove(there("file"))
        client.rmdir(there("directory"))
    elif step == "symlink":
        client.symlink(b"target", there("link"))
        assert client.readlink is None or os.fsencode(client.readlink(there("link"))) == b"target"
    elif step in ("names", "tree"):
        put_tree(client, step)
        get_tree(client, there(step), here("back"))
    elif step == "missing":
        client.get(there("missing"), here("missing"))
    else:
        sys.exit(f"unknown step: {step}")
    client.close()


def main(version, connect):
    step = sys.argv[-1]
    if step == "version":
        try:
            print(version())
        except ImportError as error:
            print(error, file=sys.stderr)
            sys.exit(69)
        return
    run(connect, step)
