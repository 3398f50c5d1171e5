"""Channels that ordinary clients don't open."""
import sys
import time

from peer import *


def eleventh_channel_is_refused():
    transport = logged_in()
    channels = [sftp_channel(transport) for _ in range(10)]
    try:
        transport.open_session()
        sys.exit("an eleventh channel was opened")
    except paramiko.ChannelException:
        pass
    # The others go on, and a closed one makes room.
    channels[0].close()
    for channel in channels[1:]:
        channel.sendall(frame(1, 3))
        expect(read_frame(channel)[0], 2)
    for _ in range(50):
        try:
            sftp_channel(transport)
            return
        except paramiko.ChannelException:
            time.sleep(0.1)
    sys.exit("a closed channel made no room")


def no_channel_opens():
    transport = logged_in()
    try:
        transport.open_session(timeout=10)
        sys.exit("a channel was opened")
    except paramiko.ChannelException:
        pass


def many_channels_one_after_the_other():
    transport = logged_in()
    for _ in range(60):
        channel = sftp_channel(transport)
        channel.sendall(frame(1, 3))
        expect(read_frame(channel)[0], 2)
        channel.shutdown_write()
        expect(channel.recv_exit_status(), 0)
        channel.close()


def what_takes_long_ends_with_its_channel():
    transport = logged_in()
    channels = [sftp_channel(transport) for _ in range(10)]
    for channel in channels:
        channel.sendall(frame(255, 7))
        channel.close()
    for _ in range(50):
        try:
            channel = sftp_channel(transport)
            break
        except paramiko.ChannelException:
            time.sleep(0.1)
    else:
        sys.exit("the closed channels go on")
    channel.sendall(frame(1, 3))
    expect(read_frame(channel)[0], 2)


def second_subsystem_is_refused():
    channel = sftp_channel(logged_in())
    try:
        channel.invoke_subsystem("sftp")
    except paramiko.SSHException:
        return
    sys.exit("a second subsystem was accepted")


def forwarding_is_refused():
    transport = logged_in()
    try:
        transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1))
        sys.exit("forwarding was accepted")
    except paramiko.ChannelException:
        pass
    try:
        transport.request_port_forward("127.0.0.1", 0)
        sys.exit("reverse forwarding was accepted")
    except paramiko.SSHException:
        pass
    sftp_channel(transport)


def requests_before_the_end_are_all_answered():
    channel = sftp_channel(logged_in())
    count = 2000
    channel.sendall(frame(1, 3) + b"".join(frame(16, i, string("/x")) for i in range(count)))
    channel.shutdown_write()
    expect(read_frame(channel)[0], 2)
    for identifier in range(count):
        expect(struct.unpack(">I", read_frame(channel)[1:5])[0], identifier)
    expect(read_exactly(channel, 1), b"")
    expect(channel.recv_exit_status(), 0)


def garbage_closes_the_channel_alone():
    transport = logged_in()
    channel = sftp_channel(transport)
    channel.sendall(b"\xff" * 64)
    expect(channel.recv_exit_status(), 1)
    other = sftp_channel(transport)
    other.sendall(frame(1, 3))
    expect(read_frame(other)[0], 2)


def tiny_packets():
    """Opens a channel with the maximum packet size in the third argument, and asks for an answer."""
    transport = logged_in()
    size = int(sys.argv[3])
    sanitize = transport._sanitize_packet_size
    transport._sanitize_packet_size = lambda asked: size if asked == size else sanitize(asked)
    channel = sftp_channel(transport, max_packet_size=size)
    channel.sendall(frame(1, 3))
    deadline = time.time() + 20
    while transport.is_active() and time.time() < deadline:
        time.sleep(0.02)
    expect(transport.is_active(), False)


def makes_it_spin():
    transport = logged_in()
    sftp_channel(transport).sendall(frame(254, 1))
    deadline = time.time() + 20
    while transport.is_active() and time.time() < deadline:
        time.sleep(0.02)
    expect(transport.is_active(), False)


def asks_for_much_and_reads_nothing():
    """Offers a window of 2 GiB, requests 2 GiB, then waits for its standard input to end."""
    transport = logged_in()
    channel = sftp_channel(transport, window_size=(1 << 31) - 1)
    open_zero(channel)
    stop_reading(transport)
    channel.settimeout(2)
    try:
        for identifier in range(8192):
            channel.sendall(read_request(identifier))
    except (socket.timeout, OSError):
        pass
    print("sent", flush=True)
    sys.stdin.read()


def ignores_the_window():
    """Reads nothing and sends far more than the server allows."""
    transport = logged_in()
    channel = sftp_channel(transport, window_size=(1 << 31) - 1)
    open_zero(channel)
    stop_reading(transport)
    channel.out_window_size = 1 << 40
    try:
        for identifier in range(1 << 20):
            channel.sendall(read_request(identifier))
            if not transport.is_active():
                return
    except (OSError, EOFError):
        return
    sys.exit("the server took everything")


globals()[sys.argv[2]]()
