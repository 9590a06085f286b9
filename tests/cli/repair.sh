#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a person chose of a repair, as a file: rules that are off, packets as drawn, policies.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

# A drawing: reserved bits of TCP set in some packets, sides forgotten.
run 0 encode "$web" -n 60 -o web.npy
python3 - <<'PYTHON'
data = bytearray(open("web.npy", "rb").read())
start = int.from_bytes(data[8:10], "little") + 10
width = 1088
for row in (4, 9, 30):
    for column in (480 + 100, 480 + 101, 64 - 1):  # two reserved bits, one of IPv4
        at = start + row * width + column
        data[at] = 1 - data[at] if data[at] in (0, 1) else data[at]
open("drawn.npy", "wb").write(data)
PYTHON
run 0 encode drawn.npy -o drawn.png
run 0 repair drawn.png -o all.pcapng --seed 3 -r all.json
grep -q 'are legal' out && wrong 'the check was not asked for'

# The same by the command's options and by a file, relative to which its files are.
mkdir chosen
printf '{"rules_off": ["tcp-reserved"], "seed": 3, "snaplen": 80, "link": "raw"}' >chosen/choices.json
run 0 repair drawn.png -o a.pcapng --choices chosen/choices.json -r a.json
says out '5[0-9] of 60 packets and .* flows are legal'
says out 'tcp-reserved, which is off, is broken by [1-9]'
run 0 repair drawn.png -o b.pcapng --without tcp-reserved --seed 3 --snaplen 80 --link raw -r b.json
same a.pcapng b.pcapng
same a.json b.json
n_checks=$((n_checks + 1))
grep -q 'rules_off: tcp-reserved' a.pcapng || wrong 'the comment does not say which rule is off'
# An option counts before the file.
run 0 repair drawn.png -o c.pcapng --choices chosen/choices.json --snaplen 90 -r c.json
n_checks=$((n_checks + 1))
cmp -s a.pcapng c.pcapng && wrong '--snaplen was not taken'

# Packets as drawn.
printf '{"as_drawn": [4, 9], "seed": 3}' >chosen/choices.json
run 0 repair drawn.png -o d.pcapng --choices chosen/choices.json -r d.json --json
says out '"as_drawn" : 2'
says out '"legal_packets" : 5[0-8]'
n_checks=$((n_checks + 1))
python3 - <<'PYTHON' || wrong 'the reports disagree'
import json
all_, some = json.load(open("all.json")), json.load(open("d.json"))
changed = lambda changes, kept: [c for c in changes if (c["packet"] in (4, 9)) == kept]
assert some["changes"] == changed(all_["changes"], False) and some["as_drawn"] == 2
assert not all_["declined"] and {c["packet"] for c in some["declined"]} == {4, 9}
assert [c["before"] for c in some["declined"]] == [c["before"] for c in changed(all_["changes"], True)]
PYTHON

# What is no choice.
printf '{"rules_of": []}' >bad.json
misused repair drawn.png -o e.pcap --choices bad.json
says err 'rules_of'
printf '{"rules_off": ["tcp-windov"]}' >bad.json
misused repair drawn.png -o e.pcap --choices bad.json
says err 'tcp-window'
misused repair drawn.png -o e.pcap --choices missing.json
says err 'missing.json'
is_absent e.pcap
finish
