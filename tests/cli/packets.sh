#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The list of packets: of a capture and of its picture, as text, CSV, JSON, fields and bits; finding.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

misused packets
misused packets "$web" "$dns"
misused packets "$web" --format xml
misused packets "$web" --format csv --json
misused packets "$web" -n -1
misused packets "$web" --find 'ipv4_tll=64' && says err 'ipv4_tll'
misused packets "$web" --find 'ipv4_ttl=256' && says err '8 bits'
misused packets "$web" --find 'checksum=1' && says err 'header'
run 0 packets --help && says out 'Examples:'
fails nothing.pcap packets nothing.pcap

run 0 packets "$web" -n 8 && says err '1016 more packets'
says out '^ +6 +0\.054845  →  TCP +60  33228 → 443 \[SYN\] Seq=0 Win=64240 Len=0 MSS=1460'
says out '^ +8 +0\.132059  ←  TCP .* \[SYN, ACK\] Seq=0 Ack=1 Win=65160'
run 0 packets "$web" --format csv && cp out capture.csv
n_checks=$((n_checks + 1))
[[ $(wc -l <capture.csv) == 1025 ]] || wrong 'not a line a packet in the CSV'
run 0 encode "$web" -o web.png && run 0 packets web.png --format csv && same out capture.csv

run 0 packets "$web" --find 'tcp_syn=1 and tcp_ackf=0' --json && says out '"n_matching" : 14'
run 0 packets "$web" --find 'TTL<64' --json && says out '"packets_read" : 1024'
run 0 packets "$dns" --find 3 --format fields && says out '^    TTL: 63 \(0x3f\)$'
run 0 packets "$web" --find 'udp_len=absent' --format bits && says out '^ipv4_ver_0,ipv4_ver_1,'
says out '^0,1,0,0,.*,-1$'

finish
