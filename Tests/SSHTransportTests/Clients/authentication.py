"""Authentication messages that ordinary clients don't send. Each case must end as its name says."""
import sys

from peer import *


def none_is_denied_and_password_accepted():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.request("none")
    expect(peer.answer(), FAILURE)
    peer.request("password", False, PASSWORD)
    expect(peer.answer(), SUCCESS)


def other_service_ends():
    peer = RawAuthentication()
    peer.service("ssh-connection")
    expect(peer.answer(), "closed")


def request_before_service_ends():
    peer = RawAuthentication()
    peer.request("password", False, PASSWORD)
    expect(peer.answer(), "closed")


def other_service_in_request_is_denied():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.send(50, USER, "berth-connection", "password", False, PASSWORD)
    expect(peer.answer(), FAILURE)


def password_change_is_denied():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.request("password", True, PASSWORD, "another")
    expect(peer.answer(), FAILURE)


def password_with_nul_is_denied():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.request("password", False, PASSWORD + "\0more")
    expect(peer.answer(), FAILURE)


def user_with_nul_is_denied():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.request("password", False, PASSWORD, user=USER + "\0more")
    expect(peer.answer(), FAILURE)


def odd_lengths_are_denied():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    for user, password in ((USER, ""), ("", PASSWORD), ("u" * 256, PASSWORD), (USER, "p" * 1025)):
        peer.request("password", False, password, user=user)
        expect(peer.answer(), FAILURE)


def unanswered_requests_are_denied_after_a_while():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.request("none")
    expect(peer.answer(), FAILURE)
    # libssh makes no message of these.
    peer.request("publickey", False, "ssh-ed25519", "no key at all")
    expect(peer.answer(), FAILURE)
    peer.request("gssapi-with-mic", 1, "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02")
    expect(peer.answer(), FAILURE)
    peer.request("password", False, PASSWORD)
    expect(peer.answer(), SUCCESS)


def unknown_methods_count_as_attempts():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    for _ in range(6):
        peer.request("hostbased", "a", "b", "c", "d", "e")
        expect(peer.answer(), FAILURE)
    expect(peer.answer(), "closed")


def interactive_answer_without_question_ends():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.send(61, 1, PASSWORD)
    expect(peer.answer(), "closed")


def interactive_with_two_answers_is_denied():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.request("keyboard-interactive", "", "")
    expect(peer.answer(), INFO_REQUEST)
    peer.send(61, 2, PASSWORD, PASSWORD)
    expect(peer.answer(), FAILURE)


def channel_before_login_ends():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.send(90, "session", 0, 1 << 20, 32768)
    expect(peer.answer(), "closed")


def success_from_the_client_ends():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.send(52)
    expect(peer.answer(), "closed")


def request_after_login_ends():
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    peer.request("password", False, PASSWORD)
    expect(peer.answer(), SUCCESS)
    peer.request("password", False, PASSWORD)
    expect(peer.answer(), "closed")


def pile_of_requests_ends():
    """For a server that answers late."""
    peer = RawAuthentication()
    peer.service()
    expect(peer.answer(), SERVICE_ACCEPT)
    for _ in range(20):
        peer.request("password", False, "wrong")
    expect(peer.answer(), "closed")


globals()[sys.argv[2]]()
