"""Attacks on the key exchange and on the encryption. Arguments: PORT USER LISTENER-PID.

What a session's process holds is read from /proc: each case that looks at it has the only session."""

import os
import sys
import time

from ssh_wire import *

PORT, USER, LISTENER = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
PASSWORD = os.environ["BERTH_TEST_PASSWORD"]


def ended(wire):
    """The server closes, and makes no sense of anything meanwhile."""
    try:
        kinds = wire.answers()
    except ValueError:
        # What still comes under old keys can't be read under the new ones.
        return
    allowed = {DISCONNECT, UNIMPLEMENTED, KEXINIT, ECDH_REPLY, NEWKEYS, EXT_INFO}
    assert not set(kinds) - allowed, kinds


def strict_exchange_is_offered():
    """Terrapin (CVE-2023-48795): to clients that offer first, and to those that wait."""
    with Wire(PORT) as wire:
        assert wire.shake_hands().offers_strict()
    with Wire(PORT) as wire:
        wire.identify()
        wire.take_offer()
        assert wire.offers_strict()


def packets_before_new_keys_end_it():
    """Terrapin: whatever is put between the packets of the first exchange, one that strict exchange does not allow."""
    injected = [
        message(IGNORE, "x"), message(DEBUG, False, "x", ""), message(UNIMPLEMENTED, 0), message(EXT_INFO, 0),
        message(PING, "x"), message(SERVICE_REQUEST, "ssh-userauth"), message(255),
    ]
    for payload in injected:
        for place in range(4):
            with Wire(PORT) as wire:
                wire.identify()
                try:
                    for step in (wire.offer_keys, wire.exchange, None):
                        if place == 0:
                            wire.send(payload)
                        place -= 1
                        if step:
                            step()
                        if step == wire.offer_keys:
                            wire.take_offer()
                    wire.take_exchange()
                    if place == 0:
                        wire.send(payload)
                    wire.new_keys()
                    # The counts began again: with packets injected, the encryption would still be right.
                    wire.service()
                except (Closed, ValueError):
                    continue
                raise AssertionError("message %d before step %d is taken" % (payload[0], place))


def counts_begin_again():
    """Terrapin: a client that agreed on strict exchange and counts on is cut off."""
    for suite in ("chacha", "ctr", "etm"):
        with Wire(PORT, suite) as wire:
            wire.identify()
            wire.offer_keys()
            wire.take_offer()
            wire.exchange()
            wire.take_exchange()
            wire.new_keys()
            wire.sent = 3
            wire.send(message(SERVICE_REQUEST, "ssh-userauth"))
            ended(wire)


def flip(place):
    def tamper(sealed):
        changed = bytearray(sealed)
        changed[place] ^= 1
        return bytes(changed)

    return tamper


def forged_packets_end_it():
    """CVE-2026-59847 (AES-GCM tags that nobody checked), CVE-2025-5987 (ChaCha20): a changed bit in length, body or tag,
    before and after login. Nothing that such a packet asks for is done."""
    for suite in ("gcm", "chacha", "ctr", "etm"):
        for place in (-1, -8, -16, 4, 6, 20, 3):
            with Wire(PORT, suite) as wire:
                wire.shake_hands()
                wire.send(message(SERVICE_REQUEST, "ssh-userauth"), flip(place))
                # A longer packet that the server might wait for.
                wire.put(bytes(300))
                ended(wire)
            with Wire(PORT, suite) as wire:
                wire.shake_hands().log_in(USER, PASSWORD)
                channel = wire.start_sftp(wire.open_channel())
                directory = "/forged-%s%d" % (suite, place)
                wire.send(message(CHANNEL_DATA, channel, text(b"\x0e" + number(1) + text(directory) + number(0))), flip(place))
                wire.put(bytes(300))
                ended(wire)


def packets_sent_twice_or_left_out_end_it():
    for suite in ("gcm", "chacha", "ctr", "etm"):
        with Wire(PORT, suite) as wire:
            wire.shake_hands()
            wire.send(message(IGNORE, "x"), lambda sealed: sealed * 2)
            ended(wire)
        with Wire(PORT, suite) as wire:
            wire.shake_hands()
            wire.send(message(IGNORE, "x"), lambda sealed: b"")
            wire.send(message(SERVICE_REQUEST, "ssh-userauth"))
            wire.put(bytes(300))
            ended(wire)


def broken_offers_end_it():
    whole = Wire.kexinit
    with Wire(PORT) as maker:
        good = whole(maker)
    broken = [good[:length] for length in range(1, len(good), 7)] + [
        good[:17] + number(0xFFFFFFFF) + good[21:], good[:17] + number(0x7FFFFFFF), bytes([KEXINIT]) + bytes(20),
        good + bytes(1000), good[:17] + text("," * 20000) + good[17:], good[:17] + text(b"\0" * 100) + good[17:],
    ]
    for payload in broken:
        with Wire(PORT) as wire:
            wire.identify()
            wire.send(payload)
            wire.send(message(ECDH_INIT, bytes(32)))
            ended(wire)


def broken_exchanges_end_it():
    """Also points of small order, of which the shared secret would be known (RFC 8731, 3)."""
    for key in (b"", bytes(31), bytes(33), bytes(32), b"\1" + bytes(31), bytes(20000)):
        with Wire(PORT) as wire:
            wire.identify()
            wire.offer_keys()
            wire.take_offer()
            wire.send(message(ECDH_INIT, key))
            try:
                wire.send(bytes([NEWKEYS]))
                wire.send(message(SERVICE_REQUEST, "ssh-userauth"))
            except Closed:
                # It was over before that could be sent.
                continue
            ended(wire)


def resident(sessions=1):
    """Resident bytes of the only session."""
    children = open("/proc/%d/task/%d/children" % (LISTENER, LISTENER)).read().split()
    assert len(children) == sessions, children
    return int(open("/proc/%s/statm" % children[0]).read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def settled():
    """Waits until the sessions of other cases are gone."""
    for _ in range(500):
        if not open("/proc/%d/task/%d/children" % (LISTENER, LISTENER)).read().split():
            return
        time.sleep(0.01)
    raise AssertionError("sessions go on")


def new_keys_cost_no_memory():
    """CVE-2025-8277, CVE-2023-1667: new keys again and again, with guesses of the exchange that are wrong and right."""
    settled()
    with Wire(PORT) as wire:
        wire.shake_hands().log_in(USER, PASSWORD)
        channel = wire.start_sftp(wire.open_channel())

        def renew(count):
            for index in range(count):
                # The guess is right when both sides name the same exchange first; a wrong one is passed over.
                guesses_wrong = index % 2 == 1
                wire.offer_keys(wire.kexinit(
                    "guess@example.com,curve25519-sha256" if guesses_wrong else "curve25519-sha256", follows=True))
                wire.exchange()
                wire.take_offer()
                if guesses_wrong:
                    wire.exchange()
                wire.take_exchange()
                wire.new_keys()
                # Without traffic between them, the connection would end.
                wire.send(message(IGNORE, "x" * 32_768))

        renew(100)
        before = resident()
        renew(600)
        grown = resident() - before
        assert grown < 256 * 1024, "%d bytes more after 600 renewals" % grown
        assert wire.ask_sftp(channel, 16, text("."))[0] == 104


def floods_that_nobody_reads_the_answers_of_end_it():
    """OpenSSH CVE-2025-26466: a flood of PING before login, the answers to which piled up. Also of requests after it."""
    def before(wire):
        return message(PING, "x")

    def after(wire):
        wire.log_in(USER, PASSWORD)
        return message(CHANNEL_OPEN, "no such type", 0, 1, 1000)

    for prepare in (before, after):
        settled()
        with Wire(PORT) as wire:
            # What the kernel keeps for a reader that does not read is no part of this.
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            payload = prepare(wire.shake_hands())
            start = most = resident()
            try:
                for _ in range(2000):
                    wire.cork()
                    for _ in range(200):
                        wire.send(payload)
                    wire.uncork()
                    most = max(most, resident())
            except (Closed, Silent, AssertionError, OSError):
                pass
            else:
                raise AssertionError("%s: 400,000 answers are kept" % prepare.__name__)
            assert most - start < 8 << 20, "%s: %d bytes more" % (prepare.__name__, most - start)


run_cases(
    strict_exchange_is_offered, packets_before_new_keys_end_it, counts_begin_again, forged_packets_end_it,
    packets_sent_twice_or_left_out_end_it, broken_offers_end_it, broken_exchanges_end_it, new_keys_cost_no_memory,
    floods_that_nobody_reads_the_answers_of_end_it)
