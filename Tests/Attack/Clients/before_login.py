"""What a client sends that has not logged in, with all that other servers once took for a login.

Arguments: PORT USER OTHER-USER; their password is in BERTH_TEST_PASSWORD (the other user's is another)."""

import os
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ssh_wire import *

PORT, USER, OTHER = int(sys.argv[1]), sys.argv[2], sys.argv[3]
PASSWORD = os.environ["BERTH_TEST_PASSWORD"]
OPEN = message(CHANNEL_OPEN, "session", 0, 1 << 20, 32768)
# What only somebody who is logged in is told.
PRIVILEGED = {USERAUTH_SUCCESS, REQUEST_SUCCESS, OPEN_CONFIRMATION, CHANNEL_DATA, CHANNEL_SUCCESS}


def handshaken(**options):
    return Wire(PORT, **options).shake_hands()


def waiting():
    return handshaken().service()


def prompted():
    wire = waiting()
    wire.request("keyboard-interactive", "", "", user=USER)
    wire.expect(USERAUTH_60)
    return wire


def denied_once():
    wire = waiting()
    wire.request("password", False, "wrong", user=USER)
    wire.expect(USERAUTH_FAILURE)
    return wire


MOMENTS = [handshaken, waiting, prompted, denied_once]


def ended(wire, *payloads):
    """After these the server closes, and has told nothing that it tells who is logged in."""
    with wire:
        try:
            for payload in payloads:
                wire.send(payload)
        except Closed:
            pass
        kinds = wire.answers()
        assert not PRIVILEGED & set(kinds), kinds


def the_servers_own_messages():
    """libssh CVE-2018-10933: a server that took SSH_MSG_USERAUTH_SUCCESS from its client let it in."""
    forged = [
        message(USERAUTH_SUCCESS), message(USERAUTH_FAILURE, "", False), message(USERAUTH_FAILURE, "password", True),
        message(SERVICE_ACCEPT, "ssh-userauth"), message(SERVICE_ACCEPT, "ssh-connection"),
        message(OPEN_CONFIRMATION, 0, 0, 1 << 20, 32768), message(CHANNEL_SUCCESS, 0), message(REQUEST_SUCCESS),
        message(USERAUTH_60, "ssh-ed25519", bytes(51)), message(USERAUTH_60, "", "", "", 0),
        message(USERAUTH_BANNER, "welcome", ""),
    ]
    for moment in MOMENTS:
        for payload in forged:
            try:
                ended(moment(), payload, OPEN, message(GLOBAL_REQUEST, "keepalive@openssh.com", True))
            except (AssertionError, Silent) as error:
                raise AssertionError("%s %d: %r" % (moment.__name__, payload[0], error))


def channels_without_login():
    """Erlang CVE-2025-32433: channel messages were heeded before anybody had logged in."""
    requests = [
        message(CHANNEL_REQUEST, 0, "exec", True, "id"), message(CHANNEL_REQUEST, 0, "subsystem", True, "sftp"),
        message(CHANNEL_REQUEST, 0, "shell", True), message(CHANNEL_DATA, 0, text(b"\x01" + number(3))),
        message(EXTENDED_DATA, 0, 1, "x"), message(WINDOW_ADJUST, 0, 1), message(CHANNEL_EOF, 0),
        message(CHANNEL_CLOSE, 0), message(OPEN_FAILURE, 0, 1, "", ""), message(CHANNEL_FAILURE, 0),
        message(GLOBAL_REQUEST, "tcpip-forward", True, "", 0), message(GLOBAL_REQUEST, "keepalive@openssh.com", True),
        message(REQUEST_FAILURE),
    ]
    for moment in MOMENTS:
        ended(moment(), OPEN, *requests[:2])
        for payload in requests:
            ended(moment(), payload)


def channels_behind_a_login_in_one_piece():
    for password in ("wrong", ""):
        wire = waiting()
        wire.cork()
        wire.request("password", False, password, user=USER)
        for payload in (OPEN, message(CHANNEL_REQUEST, 0, "subsystem", True, "sftp")):
            wire.send(payload)
        wire.uncork()
        ended(wire)


def empty_and_long_names_and_passwords():
    names = ["", "\0", USER + "\0", "\0" + USER, USER + " ", " " + USER, USER.lower(), USER + "/", "../" + USER,
             "u" * 255, "u" * 256, "u" * 1024, "u" * 32000, b"\xff" * 8, "%s%n"]
    for name in names:
        with waiting() as wire:
            wire.request("password", False, PASSWORD, user=name)
            assert set(wire.expect(USERAUTH_SUCCESS, USERAUTH_FAILURE)[:1]) == {USERAUTH_FAILURE}, name
    passwords = ["", "\0", PASSWORD + "\0", "\0" + PASSWORD, PASSWORD + "\0x", PASSWORD[:-1], PASSWORD + "x",
                 "p" * 255, "p" * 1024, "p" * 1025, "p" * 32000, PASSWORD + "p" * 32000]
    for password in passwords:
        with waiting() as wire:
            wire.request("password", False, password, user=USER)
            assert set(wire.expect(USERAUTH_SUCCESS, USERAUTH_FAILURE)[:1]) == {USERAUTH_FAILURE}, password
            # The next, whole one is what counts.
            wire.request("password", False, PASSWORD, user=USER)
            wire.expect(USERAUTH_SUCCESS)


def a_password_is_not_changed():
    """RFC 4252, 8: with TRUE a new password follows. Right or wrong, the old one stays."""
    with waiting() as wire:
        wire.request("password", True, PASSWORD, "another", user=USER)
        assert wire.expect(USERAUTH_SUCCESS, USERAUTH_FAILURE)[0] == USERAUTH_FAILURE
        wire.request("password", False, "another", user=USER)
        assert wire.expect(USERAUTH_SUCCESS, USERAUTH_FAILURE)[0] == USERAUTH_FAILURE
        wire.request("password", False, PASSWORD, user=USER)
        wire.expect(USERAUTH_SUCCESS)


def nothing_is_kept_of_another_attempt():
    """RFC 4252, 5: what one attempt showed counts for its user and service alone."""
    with waiting() as wire:
        wire.request("password", False, PASSWORD, user=OTHER)
        wire.expect(USERAUTH_FAILURE)
        wire.request("password", False, PASSWORD, user=USER, service="ssh-userauth")
        wire.expect(USERAUTH_FAILURE)
        wire.request("keyboard-interactive", "", "", user=OTHER)
        wire.expect(USERAUTH_60)
        # The question was asked for the other user: an answer does not become this one's.
        wire.request("none", user=USER)
        wire.expect(USERAUTH_FAILURE)
        ended(wire, message(USERAUTH_61, 1, PASSWORD))
    with waiting() as wire:
        wire.request("keyboard-interactive", "", "", user=OTHER)
        wire.expect(USERAUTH_60)
        wire.send(message(USERAUTH_61, 1, PASSWORD))
        wire.expect(USERAUTH_FAILURE)


def public_key(key):
    return text("ssh-ed25519") + text(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def signed(wire, key, user, algorithm="ssh-ed25519"):
    """A publickey request with a right signature (RFC 4252, 7)."""
    start = message(USERAUTH_REQUEST, user, "ssh-connection", "publickey", True, algorithm, public_key(key))
    return start + text(text("ssh-ed25519") + text(key.sign(text(wire.session) + start)))


def public_keys_prove_nothing():
    """Go CVE-2024-45337, MOVEit CVE-2024-5806, libssh CVE-2023-2283: keys shown but not used, empty or forged ones, and
    errors of a check that read as success. All requests of a connection go out at once: each gets a failure or none."""
    key, another = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    probes = [
        ("", ""), ("ssh-ed25519", ""), ("ssh-ed25519", public_key(key)), ("ssh-ed25519", bytes(51)),
        ("ssh-rsa", text("ssh-rsa") + text("") + text("")), ("ssh-ed25519", text("ssh-ed25519") + text("")),
        ("ssh-ed25519-cert-v01@openssh.com", public_key(key)), ("none", ""), ("ssh-dss", text("ssh-dss")),
        ("ssh-ed25519", "\\\\127.0.0.1\\share\\key.ppk"), ("ssh-ed25519", "/etc/ssh/ssh_host_rsa_key.pub"),
        ("ssh-ed25519", "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n"),
        ("sk-ssh-ed25519@openssh.com", text("sk-ssh-ed25519@openssh.com") + text(bytes(32)) + text("ssh:")),
    ]
    for algorithm, blob in probes:
        for members in ([False, algorithm, blob], [True, algorithm, blob, ""], [True, algorithm, blob, text("") * 2]):
            with waiting() as wire:
                wire.request("none", user=USER)
                wire.expect(USERAUTH_FAILURE)
                wire.request("publickey", *members, user=USER)
                wire.send(message(GLOBAL_REQUEST, "keepalive@openssh.com", True))
                kinds = wire.answers()
                assert not ({USERAUTH_60} | PRIVILEGED) & set(kinds), (algorithm, members, kinds)
    wire = waiting()
    with wire:
        wire.request("none", user=USER)
        wire.expect(USERAUTH_FAILURE)
        # Shown: one key. Used: another, which is nobody's.
        wire.request("publickey", False, "ssh-ed25519", public_key(key), user=USER)
        wire.expect(USERAUTH_FAILURE)
        wire.send(signed(wire, another, USER))
        wire.expect(USERAUTH_FAILURE)
        wire.send(signed(wire, key, USER))
        wire.expect(USERAUTH_FAILURE)
        wire.request("password", False, PASSWORD, user=USER)
        wire.expect(USERAUTH_SUCCESS)


def other_methods_prove_nothing():
    for members in [("none",), ("hostbased", "ssh-ed25519", bytes(51), "localhost", "root", ""), ("gssapi-keyex", ""),
                    ("",), ("password@example.com", False, PASSWORD), ("none\0password", False, PASSWORD)]:
        with waiting() as wire:
            for _ in range(2):
                wire.request(*members, user=USER)
                kind = wire.expect(USERAUTH_SUCCESS, USERAUTH_FAILURE, USERAUTH_60)[0]
                assert kind == USERAUTH_FAILURE, members
    with waiting() as wire:
        wire.request("none", user=USER)
        wire.expect(USERAUTH_FAILURE)
        wire.request("gssapi-with-mic", 1, bytes.fromhex("06092a864886f712010202"), user=USER)
        wire.send(message(66))
        wire.send(OPEN)
        kinds = wire.answers()
        assert not ({USERAUTH_60} | PRIVILEGED) & set(kinds), kinds


def truncated_requests_let_nobody_in():
    whole = message(USERAUTH_REQUEST, USER, "ssh-connection", "password", False, PASSWORD)
    for length in range(1, len(whole)):
        with waiting() as wire:
            wire.send(whole[:length])
            wire.send(OPEN)
            kinds = wire.answers()
            assert not PRIVILEGED & set(kinds), (length, kinds)


run_cases(
    the_servers_own_messages, channels_without_login, channels_behind_a_login_in_one_piece,
    empty_and_long_names_and_passwords, a_password_is_not_changed, nothing_is_kept_of_another_attempt,
    public_keys_prove_nothing, other_methods_prove_nothing, truncated_requests_let_nobody_in)
