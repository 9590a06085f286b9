#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes app/repair/port_table.c: the ports at which Wireshark expects a message.

Every port of TCP and UDP gets packets with Torchlight's payload, of many sizes, in both
directions, and then whole flows; tshark says which packets have faults. A port is clean, clean
from some size on, or not to be had. Ports do not depend on each other: the other end's port has
no dissector. Takes some minutes and a gigabyte under --scratch.
"""
import argparse
import collections
import os
import random
import subprocess
import sys

import captures
from captures import ACK, PSH, SYN

OTHER, CLIENT, SERVER = 49999, 0x0a000001, 0xc6336401
QUICK_SIZES = [12, 24, 100, 1000]
SIZES = [0, 1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 100, 200, 500, 1000, 1400]
MOST = 160  # a least size above this is none
NEVER = 0xffff


def packet(payload, name, port, size, direction, row):
    """One datagram or one segment of a connection seen in its middle, in a conversation of its own."""
    source, target, sport, dport = CLIENT + row % 15000000, SERVER, OTHER, port
    if direction:
        source, target, sport, dport = target, source, dport, sport
    if name == "udp":
        return payload.udp(source, target, sport, dport, size, row)
    return payload.tcp(source, target, sport, dport, 1000, 2000, ACK | PSH, size, row)


def flow(payload, name, port, row, messages, is_server):
    """A conversation: messages are pairs of direction and size."""
    client, server = (CLIENT + row, OTHER), (SERVER, port)
    if not is_server:
        client, server = (CLIENT + row, port), (SERVER, OTHER)
    ends, packets, numbers = (client, server), [], [1001, 5001]

    def send(side, flags, size, seq=None, ack=None):
        (source, sport), (target, dport) = ends[side], ends[1 - side]
        if name == "udp":
            made = payload.udp(source, target, sport, dport, size, row + len(packets))
        else:
            made = payload.tcp(source, target, sport, dport, numbers[side] if seq is None else seq,
                               numbers[1 - side] if ack is None else ack, flags, size,
                               row + len(packets))
        packets.append(made)
        numbers[side] += size

    if name == "tcp":
        send(0, SYN, 0, 1000, 0)
        send(1, SYN | ACK, 0, 5000, 1001)
        send(0, ACK, 0)
    for side, size in messages:
        send(side, ACK | PSH, size)
    return packets


def talks(least):
    """Conversations whose messages are at least that large."""
    sizes = [max(size, least) for size in (64, 66, 77, 100, 200, 333, 500, 1000, 1400, 1400)]
    return [
        [(i % 2, random.choice(sizes)) for i in range(24)],
        [(1, 1400)] * 20 + [(0, max(100, least))] * 3,
        [(0, max(64, least))] * 3 + [(1, max(64, least))] * 3 + [(0, max(70, least))] * 20,
        [(random.randrange(2), random.choice(sizes)) for i in range(30)],
    ]


def registered():
    """The ports that some dissector asks for by number."""
    text = subprocess.run(["tshark", "-G", "decodes"], check=True, capture_output=True,
                          text=True).stdout
    ports = {"tcp": set(), "udp": set()}
    for line in text.splitlines():
        table, value = line.split("\t")[:2]
        if table in ("tcp.port", "udp.port") and value.isdigit() and 0 < int(value) < 65536:
            ports[table[:3]].add(int(value))
    return ports


def judge_single(payload, path, jobs, largest):
    """Adds the largest size with a fault to each port of jobs: (name, port, size, direction)."""
    for at in range(0, len(jobs), 400000):
        part = jobs[at:at + 400000]
        captures.write(path, [packet(payload, *job, row) for row, job in enumerate(part)])
        for frame, _, _ in captures.faults(path):
            name, port, size, _ = part[frame - 1]
            largest[name, port] = max(largest[name, port], size)
    print(f"{len(jobs)} packets, {len(largest)} ports with faults", file=sys.stderr)


def judge_flows(payload, path, ports, least):
    """The ports at which a conversation of messages large enough has a fault."""
    found = set()
    for at in range(0, len(ports), 100):
        packets, jobs = [], []
        for name, port in ports[at:at + 100]:
            if least[name, port] == NEVER:
                continue
            for messages in talks(least[name, port]):
                for is_server in (True, False):
                    made = flow(payload, name, port, len(packets), messages, is_server)
                    packets += made
                    jobs += [(name, port)] * len(made)
        captures.write(path, packets, gap_ns=10000)
        found |= {jobs[frame - 1] for frame, _, _ in captures.faults(path, two_passes=True)}
    print(f"{len(found)} ports whose flows have faults", file=sys.stderr)
    return found


def table(least):
    """Ranges (first, last, least size) of ports alike, by transport."""
    ranges = {"tcp": [], "udp": []}
    for (name, port), size in sorted(least.items()):
        if size == 0:
            continue
        rows = ranges[name]
        if rows and rows[-1][1] == port - 1 and rows[-1][2] == size:
            rows[-1][1] = port
        else:
            rows.append([port, port, size])
    return ranges


def write_source(path, ranges, version):
    """Replaces the lines between the marks of port_table.c."""
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split("/* made by ports.py */\n")
        after = rest.split("/* end of what ports.py made */\n")[1]
    lines = [f"/* by tshark {version} */"]
    for name, rows in ranges.items():
        lines.append(f"static const PortRange {name}_ranges[] = {{")
        line = "   "
        for first, last, size in rows:
            cell = f" {{{first}, {last}, {'NEVER' if size == NEVER else size}}},"
            if len(line) + len(cell) > 100:
                lines.append(line)
                line = "   "
            line += cell
        lines += [line, "};"]
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + "/* made by ports.py */\n" + "\n".join(lines) +
                   "\n/* end of what ports.py made */\n" + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="app/repair/port_table.c")
    parser.add_argument("--library", required=True,
                        help="build/tests/compliance/libtorchlight-payload.so")
    parser.add_argument("--scratch", required=True, help="a folder for the captures")
    parser.add_argument("--quick", action="store_true",
                        help="of ports that no dissector asks for only a few sizes")
    options = parser.parse_args()
    random.seed(1)
    payload = captures.Payload(os.path.abspath(options.library))
    path = os.path.join(options.scratch, "ports.pcap")
    largest = collections.defaultdict(lambda: -1)
    known = registered()
    for name in known:
        for size in QUICK_SIZES if options.quick else SIZES:
            judge_single(payload, path, [(name, port, size, side) for port in range(1, 65536)
                                         for side in (0, 1)], largest)
    ports = sorted({(name, port) for name in known for port in known[name]} | set(largest))
    judge_single(payload, path, [(name, port, size, side) for name, port in ports
                                 for size in [*range(MOST + 1), 333, 700, 1200, 1448, 1460]
                                 for side in (0, 1) for _ in range(4)], largest)
    least = {port: NEVER if largest[port] > MOST else largest[port] + 1 for port in ports}
    for port in judge_flows(payload, path, ports, least):
        least[port] = NEVER
    os.remove(path)
    version = subprocess.run(["tshark", "--version"], check=True, capture_output=True,
                             text=True).stdout.split()[2]
    write_source(options.source, table(least), version)


if __name__ == "__main__":
    main()
