#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The table of flows: text, CSV and JSON of the same flows, orders and limits, tunnels, what is of
# no flow; wrong use and bad files.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

wireguard=$samples/wireguard_web_http2_00003.pcap

run 0 flows --help && says out 'Examples:' && says out 'torchlight flows'
misused flows
misused flows "$web" "$dns"
misused flows "$web" --by nothing
misused flows "$web" --sort size
misused flows "$web" --format xml
misused flows "$web" --format csv --json
misused flows "$web" --min-packets 0
misused flows "$web" -n -1
misused flows "$web" --filter 'no such words'

# Text for people: totals first, a title, a line a flow, the busiest first.
run 0 flows "$web" && says out '23 flows by tuple, 1024 packets'
says out '^ *4 +TCP +51\.195\.48\.102:33228 ⇄ 216\.171\.101\.242:443 +99 +312 .* handshake … open'
n_checks=$((n_checks + 1))
[[ $(sed -n 3p out) == *' 4  TCP '* ]] || wrong 'the busiest flow does not come first'
run 0 flows "$web" --sort time && n_checks=$((n_checks + 1))
[[ $(sed -n 3p out) == *' 1  UDP '* ]] || wrong 'the earliest flow does not come first'
run 0 flows "$web" -n 2 && says out '21 more flows are not listed'
run 0 flows "$web" --min-packets 9 && says out '9 flows of fewer than 9 packets are left out'
run 0 flows "$web" --filter 'udp' && says out '9 flows' && says out '1006 packets did not match'
run 0 flows "$web" --by hosts && says out '4 flows by hosts'
run 0 flows "$web" --by capture && says out '1 flows by capture' && says out ' all +⇄ all '
run 0 flows "$wireguard" --by hosts && says out ' wireguard$'
run 0 flows - <"$web" && says out '23 flows by tuple'

# The same for scripts.
run 0 flows "$web" --format csv && cp out flows.csv
n_checks=$((n_checks + 2))
[[ $(wc -l <flows.csv) == 24 ]] || wrong 'not a line a flow in the CSV'
(($(awk -F, 'NR > 1 {n += $11 + $12} END {print n}' flows.csv) == 1024)) || wrong 'packets are lost'
says flows.csv '^4,TCP,51\.195\.48\.102,33228,216\.171\.101\.242,443,,'
run 0 flows "$web" --json && cp out flows.json && says out '"n_flows" : 23'
says out '"start" : "handshake"'
run 0 flows "$web" --format json && same out flows.json
run 0 flows "$wireguard" --json && says out '"tunnel" : "wireguard"'

# Packets of no flow are named, damage is said, files that are none are refused.
printf '\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0' >arp.pcap
printf '\0\0\0\0\0\0\0\0\x0e\0\0\0\x0e\0\0\0\2\0\0\0\0\1\2\0\0\0\0\2\x08\6' >>arp.pcap
run 0 flows arp.pcap && says out '0 flows' && says out '1 packets are of no flow: ARP'
head -c 20000 "$web" >cut.pcap
run 0 flows cut.pcap && says err 'cut.pcap.*damaged' && says out 'flows by tuple'
: >empty
mkdir folder
for file in empty missing folder; do fails "$file" flows "$file"; done
n_checks=$((n_checks + 1))
"$torchlight" flows "$web" --format csv >/dev/full 2>err && wrong 'output that got nowhere counts as done'
finish
