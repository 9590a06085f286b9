# SPDX-License-Identifier: Apache-2.0
"""Captures made by hand, and what tshark finds in them: for the scripts beside this file."""
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


def ipv4(protocol, source, target, body, ttl=64, options=b""):
    """An IPv4 packet; source and target are integers, options whole words."""
    head = struct.pack(">BBHHHBBHII", 0x45 + len(options) // 4, 0, 20 + len(options) + len(body),
                       0, 0x4000, ttl, protocol, 0, source, target) + options
    return head[:10] + struct.pack(">H", 0xffff ^ ones_complement(head)) + head[12:] + body


def checksum(protocol, source, target, body):
    """Of TCP or UDP over IPv4, its own field taken as zero."""
    pseudo = struct.pack(">IIBBH", source, target, 0, protocol, len(body))
    return 0xffff ^ ones_complement(pseudo + body)


def udp(source, target, sport, dport, payload):
    body = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    value = checksum(17, source, target, body) or 0xffff
    return ipv4(17, source, target, body[:6] + struct.pack(">H", value) + body[8:])


FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def tcp(source, target, sport, dport, seq, ack, flags, payload=b"", window=29200, options=b""):
    body = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff,
                       (5 + len(options) // 4) << 4, flags, window, 0, 0) + options + payload
    value = checksum(6, source, target, body)
    return ipv4(6, source, target, body[:16] + struct.pack(">H", value) + body[18:])


def zeros(size, word):
    """Zeros and a 16-bit word near the end, as app/trace/payload.c keeps a checksum."""
    if size < 2:
        return bytes(size)
    at = size // 2 * 2 - (4 if size % 2 and size >= 5 else 2)
    return bytes(at) + struct.pack(">H", word) + bytes(size - at - 2)


DNS_PORTS = (53, 137, 5353, 5355)


def payload(protocol, sport, dport, size, word, row):
    """What app/trace/payload.c writes: a form of its own for DNS and OpenVPN, else zeros."""
    data = bytearray(zeros(size, word))
    start = 0
    if protocol == 6 and size > 2 and {sport, dport} & {53, 1194}:
        data[0:2] = struct.pack(">H", size - 2)
        start = 2
    if size >= start + 14 and ({sport, dport} & {53} or
                               (protocol == 17 and {sport, dport} & set(DNS_PORTS))):
        data[start:start + 4] = struct.pack(">HH", row & 0xffff,
                                            0x8180 if sport in DNS_PORTS else 0x0100)
    if protocol == 6 and size > 2 and {sport, dport} & {1194}:
        data[2] = 0x30
    return bytes(data)


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
