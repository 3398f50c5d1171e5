"""Logs in by keyboard-interactive alone and prints how many prompts there were."""

from common import PASSWORD, USER, transport
import paramiko

prompts = []


def answer(title, instructions, fields):
    prompts.extend(fields)
    return [PASSWORD for _ in fields]


connection = transport()
connection.auth_interactive(USER, answer)
assert paramiko.SFTPClient.from_transport(connection).listdir("/") == []
print(f"prompts={len(prompts)}")
connection.close()
