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
says out '"start":"handshake"'
run 0 flows "$web" --format json && same out flows.json
run 0 flows "$wireguard" --json && says out '"tunnel":"wireguard"'

# One flow drawn: the biggest, or one by its number in the list.
run 0 encode "$web" -o biggest.png --biggest && says out '^biggest.png: 411 packets' &&
    says out 'Flow 4 .*51\.195\.48\.102:33228 > 216\.171\.101\.242:443, 411 packets; 613'
run 0 encode "$web" -o four.png --flow 4 && same biggest.png four.png
run 0 encode "$web" -o hosts.csv --flows hosts --biggest --json && says out '"packets" : 425'
run 0 encode "$web" -o part.npy --flow 4 --packets 100 && says err 'flow goes on'
run 0 encode "$web" -o udp.png --filter udp --flow 2 && says out '^udp.png: 2 packets'
run 0 info biggest.png && says out 'flow +TCP 51' && says out 'tunnel +none'
misused encode "$web" -o o.png --flows tuple
misused encode "$web" -o o.png --flow -1
misused encode "$web" -o o.png --flow 1 --biggest
misused encode "$web" -o o.png --flows none --biggest
fails 'no flow 24' encode "$web" -o o.png --flow 24
n_checks=$((n_checks + 1))
"$torchlight" encode - -o o.png --biggest <"$web" >out 2>err && wrong 'a pipe was read twice'
says err 'twice'
is_absent o.png

# With other addresses the picture does not name the old ones.
run 0 encode "$web" -o mapped.png --biggest --addresses private && run 0 info mapped.png
says out 'flow_number +4' && n_checks=$((n_checks + 1))
grep -qE '51[.]195|216[.]171' out && wrong 'an old address is in the picture'

# Datasets: a series of pictures a flow, strides, and all of a capture in bounded memory.
count_pictures() {
    n_checks=$((n_checks + 1))
    (($(find d -name '*.png' | wc -l) == $1)) || wrong "not $1 pictures in d"
}
run 0 dataset "$web" -o d --flows tuple --min-packets 100 --packets 64 --stride 32
count_pictures 21 && says d/metadata.jsonl '"flow_number":4,"flow":"TCP 51.*:33228 > 216.*"tunnel":"none"'
is_file d/none_web_http2_00003_f00004_00011.png
run 0 dataset "$web" -o d --biggest --packets 64 && count_pictures 7
run 0 dataset "$wireguard" -o d --flows hosts && count_pictures 1
says d/metadata.jsonl '"tunnel":"wireguard"' && says d/metadata.jsonl '"rows_forward":465,"rows_back":559'
run 0 dataset "$web" -o d --packets 100 --pictures 3 && count_pictures 3
is_file d/none_web_http2_00003_00003.png
run 0 dataset "$web" -o d --pictures 1 && is_file d/none_web_http2_00003.png
run 0 dataset - -o d <"$web" && count_pictures 1
misused dataset "$web" -o e --flows none
misused dataset "$web" -o e --stride -1
misused dataset - -o e --flows tuple
is_absent e

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
