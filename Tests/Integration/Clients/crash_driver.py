"""Makes users and uploads files without a pause until something breaks; prints each acknowledgement as it comes.

    user NAME PASSWORD HOME BUCKET
    file NAME PATH SIZE SEED
"""

import http.client
import json
import os
import random
import sys

import paramiko

ROUND = int(sys.argv[1])
KEY = os.environ["BERTH_API_KEY"]
api = http.client.HTTPConnection(os.environ["BERTH_API"], timeout=20)


def content(seed, size):
    state, parts = seed, []
    for _ in range((size + 7) // 8):
        state ^= (state << 13) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= (state << 17) & 0xFFFFFFFFFFFFFFFF
        parts.append(state.to_bytes(8, "little"))
    return b"".join(parts)[:size]


def create(number):
    body = json.dumps({"homeDirectory": f"/crash/{ROUND}/{number}", "description": "Crash"})
    api.request("POST", "/2022-04-01/users", body, {"Authorization": f"Key {KEY}", "Content-Type": "application/json"})
    answer = api.getresponse()
    user = json.loads(answer.read())
    assert answer.status == 201, user
    print("user", user["username"], user["password"], user["homeDirectory"], user["bucketName"], flush=True)
    return user


def upload(sftp, user, number):
    size, seed = random.choice([0, 1, 100, 33_000, 400_000]), random.getrandbits(63) | 1
    # A new directory now and then: its name has to last as well.
    directory = f"/d{number}" if number % 3 == 0 else ""
    if directory:
        sftp.mkdir(directory)
    path = f"{directory}/f{number}"
    file = sftp.open(path, "wb")
    file.set_pipelined(True)
    file.write(content(seed, size))
    file.close()
    print("file", user["username"], path, size, seed, flush=True)


try:
    for number in range(10_000):
        user = create(number)
        connection = paramiko.Transport(("127.0.0.1", int(os.environ["BERTH_SFTP_PORT"])))
        connection.start_client(timeout=10)
        connection.auth_password(user["username"], user["password"])
        sftp = paramiko.SFTPClient.from_transport(connection)
        sftp.get_channel().settimeout(10)
        for each in range(5):
            upload(sftp, user, each)
        connection.close()
except Exception as error:
    # The kill.
    print(repr(error), file=sys.stderr)
    os._exit(0)
