#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""torchlight encode against a small model of what nPrint 1.2.1 prints with -4 -6 -t -u -i -e -p -O -R
-A -F, line by line, on real captures: nprint_model.py TORCHLIGHT SOURCE_ROOT [PACKETS]. The model knows
nothing of Torchlight. Rows that nPrint reads past the captured bytes for, later fragments and
headers with impossible lengths are passed over: there the two differ on purpose
(docs/formats.md)."""
import os
import socket
import struct
import subprocess
import sys
import tempfile

MAGICS = {b"\xd4\xc3\xb2\xa1": ("<", 1), b"\xa1\xb2\xc3\xd4": (">", 1),
          b"\x4d\x3c\xb2\xa1": ("<", 1000), b"\xa1\xb2\x3c\x4d": (">", 1000)}
ETHERNET, LINUX_COOKED, LINK_TYPES = 1, 113, (1, 12, 101, 113)
INDEXES = ["src_ip", "dst_ip", "src_port", "dst_port", "flow", "tx_mac"]
BITS = [",".join(str(byte >> (7 - i) & 1) for i in range(8)) for byte in range(256)]

# Headers, bytes of payload, index, -R, -A, fill
CASES = [("e46tui", 20, 4, True, True, "-1"), ("4tui", 0, 0, True, False, "-1"),
         ("46tu", 3, 1, False, True, "-128"), ("t", 0, 2, True, True, "2"),
         ("e6ui", 100, 3, False, False, "-1"), ("i", 8, 5, True, False, "0")]


class NotSaid(Exception):
    """A row whose cells nPrint takes from elsewhere."""


def packets(path):
    with open(path, "rb") as stream:
        data = stream.read()
    if data[:4] not in MAGICS:
        return None, []
    order, unit = MAGICS[data[:4]]
    link_type = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    found, at = [], 24
    while at + 16 <= len(data):
        seconds, fraction, captured, _ = struct.unpack(order + "IIII", data[at:at + 16])
        at += 16
        if at + captured > len(data):
            break
        found.append((seconds, fraction // unit, data[at:at + captured]))
        at += captured
    return link_type, found


def cells(header, size, fill):
    part = (header or b"")[:size]
    return [BITS[byte] for byte in part] + [",".join([fill] * 8)] * (size - len(part))


def row(link_type, packet, case):
    """The index and the bits, or None where there is no row."""
    letters, n_payload, index, _, _, fill = case
    if link_type == LINUX_COOKED:
        packet = packet[16:]

    def take(at, size):
        if at + size > len(packet):
            raise NotSaid
        return packet[at:at + size]

    ethernet = start = 0
    if struct.unpack(">H", packet[12:14])[0] in (0x0800, 0x86DD):
        start = 14
        ethernet = packet[:14]
    version = packet[start] >> 4
    v4 = v6 = tcp = udp = icmp = None
    protocol = packet[start + (9 if version == 4 else 6)]
    if version not in (4, 6) or protocol not in (1, 6, 17):
        return None
    if version == 4:
        ip_size = (packet[start] & 15) * 4
        v4 = take(start, ip_size)
        total, _, fragment = struct.unpack(">HHH", take(start + 2, 6))
        if ip_size < 20 or fragment & 0x1FFF:
            raise NotSaid
        src, dst = (socket.inet_ntoa(take(start + at, 4)) for at in (12, 16))
    else:
        ip_size = 40
        v6 = take(start, 40)
        total = struct.unpack(">H", take(start + 4, 2))[0] + 40
        src, dst = (socket.inet_ntop(socket.AF_INET6, take(start + at, 16)) for at in (8, 24))
    transport = start + ip_size
    size = 8
    kind = src_port = dst_port = "NULL"
    if protocol == 6:
        size = (take(transport + 12, 1)[0] >> 4) * 4
        if size < 20:
            raise NotSaid
        tcp, kind = take(transport, size), "TCP"
    elif protocol == 17:
        udp, kind = take(transport, 8), "UDP"
    else:
        icmp = take(transport, 8)
    if protocol != 1:
        src_port, dst_port = (str(n) for n in struct.unpack(">HH", take(transport, 4)))
    left = total - ip_size - size
    if left < 0:
        raise NotSaid
    payload = take(transport + size, min(left, n_payload)) if n_payload else b""
    flow = "_".join([src, dst, src_port, dst_port, kind])
    out = [] if "e" not in letters else cells(ethernet, 14, fill)
    for letter, header, width in (("4", v4, 60), ("6", v6, 40), ("t", tcp, 60), ("u", udp, 8),
                                  ("i", icmp, 8)):
        if letter in letters:
            out += cells(header, width, fill)
    out += cells(payload, n_payload, fill)
    return [src, dst, src_port, dst_port, flow, "NULL"][index], out


def ours(torchlight, path, case, most, out):
    letters, n_payload, index, relative, absolute, fill = case
    words = [torchlight, "encode", path, "-o", out, "--layout", "nprint:" + letters.strip("e"),
             "--index", INDEXES[index], "--fill", fill, "--payload-bytes", str(n_payload),
             "--packets", str(most)]
    words += ["--relative-time"] * relative + ["--absolute-time"] * absolute
    words += ["--ethernet"] * ("e" in letters)
    if subprocess.run(words, capture_output=True, check=False).returncode:
        return None
    with open(out, encoding="ascii") as stream:
        return stream.read().split("\n")[1:-1]


def compare(lines, link_type, found, case):
    """How many rows are equal and how many were passed over; what differs is an error."""
    n_equal = n_passed = 0
    before = None
    lines = iter(lines)
    for seconds, us, packet in found:
        if len(packet) < 30:
            return n_equal, n_passed
        if packet[12:14] in (b"\x81\x00", b"\x88\xa8", b"\x88\x64", b"\x88\x47"):
            return n_equal, n_passed  # rows of ours alone from here on
        try:
            expected = row(link_type, packet, case)
        except NotSaid:
            expected = ()
        if expected is None:
            continue
        line = next(lines, None)
        assert line is not None, "a row of nPrint's is not there"
        if expected:
            front = [expected[0]]
            if case[3]:
                front.append(str((seconds - before[0]) * 1000000 + us - before[1])
                             if before and before[0] else "0")
            if case[4]:
                front += [str(seconds), str(us)]
            assert ",".join(front + expected[1]) == line, (front, line[:200])
        n_equal += bool(expected)
        n_passed += not expected
        before = (seconds, us)
    return n_equal, n_passed


def main():
    torchlight, source_root = sys.argv[1:3]
    shared = os.environ.get("TORCHLIGHT_SHARED", source_root + "/../shared")
    folder = shared + "/traces/corpus"
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 1024
    if not os.path.isdir(folder):
        print(f"no captures in {folder}")
        sys.exit(77)
    total = [0, 0]
    with tempfile.TemporaryDirectory() as scratch:
        for number, name in enumerate(sorted(os.listdir(folder))):
            link_type, found = packets(os.path.join(folder, name))
            if link_type not in LINK_TYPES:
                continue
            # Each capture in half of the cases, when few packets are taken.
            for case in CASES if most >= 1024 else CASES[number % 2::2]:
                lines = ours(torchlight, os.path.join(folder, name), case, most,
                             scratch + "/o.csv")
                if lines is None:
                    continue  # no packet with such a header
                try:
                    counts = compare(lines, link_type, found[:most], case)
                except AssertionError as fault:
                    sys.exit(f"{name}, {case}: {fault}")
                total = [total[i] + counts[i] for i in range(2)]
    print(f"{total[0]} rows are nPrint's, {total[1]} passed over")
    if total[0] < 1000:
        sys.exit("too few rows were compared")


main()
