# SPDX-License-Identifier: Apache-2.0
"""Captures made by hand, and what tshark finds in them: for the scripts beside this file."""
import ctypes
import random
import struct
import subprocess

CHECKS = [arg for name in ("ip.check_checksum", "tcp.check_checksum", "udp.check_checksum")
          for arg in ("-o", name + ":TRUE")]
# Warnings are 0x600000, errors 0x800000; notes and chat are below.
FAULTS = ("_ws.malformed || _ws.expert.severity >= 6291456 || ip.checksum.status == 0 || "
          "tcp.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0")


def ones_complement(data):
    """The 16-bit ones' complement sum of data, not inverted."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def ipv4(protocol, source, target, body, more=0):
    """An IPv4 packet of body and more bytes to come; source and target are integers."""
    head = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body) + more, 0, 0x4000, 64, protocol, 0,
                       source, target)
    return head[:10] + struct.pack(">H", 0xffff ^ ones_complement(head)) + head[12:] + body


def checksum(protocol, source, target, body):
    """Of TCP or UDP over IPv4, its own field taken as zero."""
    pseudo = struct.pack(">IIBBH", source, target, 0, protocol, len(body))
    return 0xffff ^ ones_complement(pseudo + body)


def udp(source, target, sport, dport, payload):
    body = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    value = checksum(17, source, target, body) or 0xffff
    return ipv4(17, source, target, body[:6] + struct.pack(">H", value) + body[8:])


def tcp(source, target, sport, dport, seq, ack, flags, payload=b"", window=29200, options=b""):
    body = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff,
                       (5 + len(options) // 4) << 4, flags, window, 0, 0) + options + payload
    value = checksum(6, source, target, body)
    return ipv4(6, source, target, body[:16] + struct.pack(">H", value) + body[18:])


class Payload:
    """Torchlight's payload behind packets whose transport checksum is drawn at random."""

    def __init__(self, library):
        self.fill = ctypes.CDLL(library).payload_fill_packet
        self.fill.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t,
                              ctypes.c_char_p, ctypes.c_size_t]
        self.policy = bytes(256)  # a WritePolicy (app/trace/policy.h) of zeros: the default

    def behind(self, source, target, header, protocol, size, row):
        """The IPv4 packet of a transport header and size bytes behind it."""
        buffer = ctypes.create_string_buffer(max(size, 1))
        at = 16 if protocol == 6 else 6
        header = header[:at] + struct.pack(">H", random.randrange(1, 65535)) + header[at + 2:]
        head = ipv4(protocol, source, target, header, more=size)
        self.fill(self.policy, row, head, len(head), buffer, size)
        data = buffer.raw[:size]
        if size < 2:  # no room for a word that makes the checksum right
            value = checksum(protocol, source, target, header[:at] + bytes(2) + header[at + 2:] + data)
            head = head[:20 + at] + struct.pack(">H", value) + head[22 + at:]
        return head + data

    def udp(self, source, target, sport, dport, size, row):
        header = struct.pack(">HHHH", sport, dport, 8 + size, 0)
        return self.behind(source, target, header, 17, size, row)

    def tcp(self, source, target, sport, dport, seq, ack, flags, size, row, window=65000):
        header = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff,
                             5 << 4, flags, window, 0, 0)
        return self.behind(source, target, header, 6, size, row)


FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


ETHERNET = bytes.fromhex("020000000002020000000001") + b"\x08\x00"


def write(path, packets, gap_ns=1000000):
    """packets are IPv4 packets, or pairs of a time in nanoseconds and one."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
        for i, packet in enumerate(packets):
            time, data = packet if isinstance(packet, tuple) else (i * gap_ns, packet)
            time += 1700000000 * 10**9
            frame = ETHERNET + data
            file.write(struct.pack("<IIII", time // 10**9, time % 10**9, len(frame), len(frame)))
            file.write(frame)


def faults(path, two_passes=False):
    """(frame from 1, protocol, messages) of every packet with a fault."""
    command = ["tshark", "-n", "-r", path, *CHECKS, "-Y", FAULTS, "-T", "fields", "-e",
               "frame.number", "-e", "_ws.col.Protocol", "-e", "_ws.expert.message"]
    if two_passes:
        command.insert(1, "-2")
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = []
    for line in lines.splitlines():
        frame, protocol, message = line.split("\t", 2)
        found.append((int(frame), protocol, message))
    return found
