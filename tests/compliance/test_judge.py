#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The judge is judged: small captures, each right or wrong in one way that repair must know."""
import os
import struct
import subprocess
import sys
import tempfile

import captures
from captures import ACK, FIN, PSH, RST, SYN, ipv4, tcp, udp

CLIENT, SERVER, MS = 0x0a000001, 0xc6336401, 1000000


def connection(*segments, rtt=10, scale=None, window=1000):
    """A handshake and segments (time in ms, side, seq, ack, flags, size, window)."""
    option = b"" if scale is None else bytes([3, 3, scale, 1])
    made = [(0, tcp(CLIENT, SERVER, 40000, 49001, 999, 0, SYN, b"", window, option)),
            (rtt * MS // 2, tcp(SERVER, CLIENT, 49001, 40000, 4999, 1000, SYN | ACK, b"", window,
                                option)),
            (rtt * MS, tcp(CLIENT, SERVER, 40000, 49001, 1000, 5000, ACK, b"", window))]
    for time, side, seq, ack, flags, size, field in segments:
        at = int((time + rtt) * MS)
        if side == 0:
            made.append((at, tcp(CLIENT, SERVER, 40000, 49001, 1000 + seq, 5000 + ack,
                                 flags | ACK, bytes(size), field)))
        else:
            made.append((at, tcp(SERVER, CLIENT, 49001, 40000, 5000 + seq, 1000 + ack,
                                 flags | ACK, bytes(size), field)))
    return made


def icmp(source, target, kind, rest, data):
    body = struct.pack(">BBHI", kind, 0, 0, rest) + data
    body = body[:2] + struct.pack(">H", 0xffff ^ captures.ones_complement(body)) + body[4:]
    return ipv4(1, source, target, body)


def options_of(data):
    return [tcp(CLIENT, SERVER, 40000, 49001, 1, 1, ACK, b"", 1000, data)]


ECHO = icmp(CLIENT, SERVER, 8, 0x10001, bytes(20))
REPLY = icmp(SERVER, CLIENT, 0, 0x10001, bytes(20))
BAD_SUM = udp(CLIENT, SERVER, 40000, 49001, b"")
BAD_SUM = BAD_SUM[:26] + b"\x12\x34"
TWO, FIRST = (1, 0, 0, 0, 0, 100, 1000), (2, 0, 100, 0, 0, 100, 1000)

CASES = [
    ("data and its acknowledgment", connection(TWO, (2, 1, 0, 100, PSH, 0, 1000)), None),
    ("reset", connection((1, 0, 0, 0, RST, 0, 1000)), "Connection reset"),
    ("window of 0", connection((1, 0, 0, 0, 0, 0, 0)), "Zero Window"),
    ("window of 0 at the end", connection((1, 0, 0, 0, FIN, 0, 0)), None),
    ("hole", connection((1, 0, 10, 0, 0, 100, 1000)), "Previous segment"),
    ("acknowledgment of nothing", connection((1, 0, 0, 5, 0, 0, 999)), "ACKed segment"),
    ("sent again with more", connection(TWO, (20, 0, 50, 0, 0, 100, 1000),
                                        (21, 1, 0, 150, 0, 0, 1000)), "ACKed segment"),
    ("sent again at once", connection(TWO, FIRST, (5, 0, 0, 0, 0, 100, 1000)), "out-of-order"),
    ("sent again after a round trip", connection(TWO, FIRST, (17, 0, 0, 0, 0, 100, 1000)), None),
    ("last sent again", connection(TWO, FIRST, (3, 0, 100, 0, 0, 100, 1000)), None),
    ("window full", connection((1, 1, 0, 0, 0, 1000, 1000)), "completely full"),
    ("window but full", connection((1, 1, 0, 0, 0, 999, 1000)), None),
    ("scaled window full", connection((1, 1, 0, 0, 0, 40, 1000), scale=2, window=10),
     "completely full"),
    ("end sent again", connection((1, 0, 0, 0, FIN, 0, 1000), (2, 0, 0, 0, FIN, 0, 1000)), None),
    ("keep-alive", connection(TWO, (2, 0, 99, 0, 0, 1, 1000)), None),
    ("four NOPs", options_of(bytes([1, 1, 1, 1])), "NOP in a row"),
    ("end of options and zeros", options_of(bytes(4)), None),
    ("something after the end", options_of(bytes([0, 0, 7, 0])), "Non-zero header padding"),
    ("MSS without SYN", options_of(bytes([2, 4, 5, 180])), "MSS option"),
    ("echo answered", [ECHO, REPLY], None),
    ("echo unanswered", [ECHO], "No response"),
    ("echo answered before", [REPLY, ECHO], "No response"),
    ("checksum", [BAD_SUM], "Bad checksum"),
    ("time goes back", [(MS, ECHO), (0, REPLY)], "not in order of time"),
]


def main():
    judge = os.path.join(os.path.dirname(os.path.abspath(__file__)), "judge.sh")
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, (_, packets, _) in enumerate(CASES):
            paths.append(os.path.join(folder, f"{i:02}.pcap"))
            captures.write(paths[-1], packets)
        run = subprocess.run([judge, "--no-replay", *paths], capture_output=True, text=True,
                             check=False)
    if run.returncode == 2:
        print(run.stderr)
        return 77
    lines = run.stdout.splitlines()
    assert len(lines) == len(CASES) + 1, run.stdout + run.stderr
    n_wrong = 0
    for (name, _, expected), line in zip(CASES, lines):
        if line.startswith("ok ") if expected is None else expected in line:
            continue
        print(f"{name}: expected {expected or 'ok'}, got {line}")
        n_wrong += 1
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
