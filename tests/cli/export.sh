#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Captures as they leave: addresses, hardware addresses, payload, link types, snaplen, comments.
# Where capinfos and tshark are installed, they read all of it.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

unset HOME # no preferences of the user's
have() { command -v "$1" >/dev/null; }

# shows FILE PATTERN: capinfos, where it is installed, must say so of the file.
shows() {
    have capinfos || return 0
    n_checks=$((n_checks + 1))
    capinfos -M "$1" 2>/dev/null >info.txt
    grep -qE -- "$2" info.txt || wrong "capinfos does not say of $1: $2"
}

# fields FILE FIELD...: what tshark reads, a line a packet, checksums checked.
fields() {
    local file=$1 field
    shift
    local -a asked=()
    for field; do asked+=(-e "$field"); done
    tshark -r "$file" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -o udp.check_checksum:TRUE -T fields "${asked[@]}" 2>/dev/null
}

# every FILE PATTERN FIELD...: each packet's fields (tabs between them) must match as a whole.
every() {
    local file=$1 pattern=$2
    shift 2
    have tshark || return 0
    n_checks=$((n_checks + 1))
    fields "$file" "$@" | grep -vxE -- "$pattern" >odd.txt
    [[ ! -s odd.txt ]] || wrong "$* of $file is not always $pattern: $(head -n 1 odd.txt)"
}
tab=$'\t'
sums=(ip.checksum.status tcp.checksum.status udp.checksum.status)
sums_are_right="1${tab}1?${tab}1?"

# Wrong use.
misused decode a.png -o b.pcap --addresses none
misused decode a.png -o b.pcap --addresses auto
misused decode a.png -o b.pcap --macs none
misused decode a.png -o b.pcap --link token-ring
misused decode a.png -o b.pcap --snaplen -1
misused decode a.png -o b.pcap --snaplen 262145
misused decode a.png -o b.pcap --annotate
run 0 encode "$web" -o web.png
misused decode web.png -o b.pcap --payload template
misused decode web.png -o b.pcap --provenance b.pcap
misused repair "$web" -o b.pcap --provenance b.pcap
misused repair "$web" -o b.pcap --report b.json --provenance b.json
fails 'no-list' decode web.png -o b.pcap --map no-list
printf '1.2.3.4,fe80::1\n' >odd.csv
fails 'odd.csv.*line 1' decode web.png -o b.pcap --map odd.csv
fails 'no-template' decode web.png -o b.pcap --payload template --template no-template
misused encode "$web" -o b.csv --addresses private --ethernet
misused encode "$web" -o b.csv --addresses private --payload-bytes 4
for name in b.pcap b.json b.csv; do is_absent $name; done

# A real trace is untouched by repair, whatever is made of its addresses, and every checksum right.
for policy in keep mixed documentation private permute; do
    run 0 repair "$web" -o $policy.pcapng --addresses $policy --seed 3 --json
    says out '"bits_changed" : 0'
    shows $policy.pcapng "addresses: $policy"
    case $policy in
        private) hosts='192\.168\.' ;;
        documentation) hosts='(192\.0\.2|198\.51\.100|203\.0\.113)\.' ;;
        mixed) hosts='(192\.168|192\.0\.2|198\.51\.100|203\.0\.113)\.' ;;
        *) hosts='[0-9.]*' ;;
    esac
    every $policy.pcapng "$sums_are_right$tab$hosts.*$tab$hosts.*" "${sums[@]}" ip.src ip.dst
done
run 0 encode "$web" -o hidden.png --addresses mixed --seed 3
run 0 decode hidden.png -o hidden.pcapng && shows hidden.pcapng 'addresses: mixed'
if have tshark; then
    fields mixed.pcapng ip.src ip.dst ip.checksum >a.txt
    fields hidden.pcapng ip.src ip.dst ip.checksum >b.txt
    same a.txt b.txt
fi

# A list of addresses, there and back: the same bytes.
printf 'old,new\n0.0.0.0/1,128.0.0.0/1\n128.0.0.0/1,0.0.0.0/1\n' >flip.csv
run 0 decode web.png -o plain.pcap
run 0 decode web.png -o there.pcap --map flip.csv
cmp -s plain.pcap there.pcap && wrong 'a list changes nothing'
run 0 encode there.pcap -o back.png --map flip.csv
run 0 decode back.png -o back.pcap && same plain.pcap back.pcap

# Hardware addresses.
run 0 decode hidden.png -o macs.pcap --macs random
every macs.pcap "1${tab}0" eth.src.lg eth.dst.ig
if have tshark; then
    n_checks=$((n_checks + 1))
    n=$(fields macs.pcap eth.src | sort -u | wc -l)
    ((n == 2)) || wrong "$n hardware addresses for one client and a gateway"
fi

# Payload of a template: no more than was captured there; the samples have 8 bytes of it.
run 0 decode web.png -o lent.pcap --payload template --template "$web"
run 0 encode lent.pcap -o lent.npy && run 0 encode "$web" -o web.npy && same web.npy lent.npy
every lent.pcap "$sums_are_right" "${sums[@]}"
run 0 repair "$dns" -o lent.pcapng --payload template --template "$dns" --json
says out '"bits_changed" : 0'
shows lent.pcapng 'payload: template'
every lent.pcapng "$sums_are_right" "${sums[@]}"

# Link type and snaplen: the same packets.
for link in ethernet raw; do
    for ending in pcap pcapng; do
        run 0 decode web.png -o $link.$ending --link $link
        run 0 encode $link.$ending -o $link.npy && same web.npy $link.npy
        run 0 decode web.png -o cut.$ending --link $link --snaplen 114
        run 0 encode cut.$ending -o cut.npy && same web.npy cut.npy
    done
    every cut.pcapng '[0-9]{1,2}|10[0-9]|11[0-4]' frame.cap_len
done
shows raw.pcap 'Raw IP'
shows raw.pcapng 'Raw IP'
shows ethernet.pcapng 'nanoseconds'
if have tshark; then
    fields cut.pcapng frame.len >a.txt
    fields raw.pcap frame.len >b.txt
    same a.txt b.txt
fi

# What made it: in a comment, or beside.
shows raw.pcapng 'source: none_web_http2_00003.pcap'
shows raw.pcapng 'snaplen: [0-9]+'
shows raw.pcapng 'packets_cut: [0-9]+'
shows raw.pcapng 'Capture application: *Torchlight [0-9]'
run 0 decode web.png -o a.pcap && says err 'pcapng.*--provenance'
run 0 decode web.png -o a.pcap --provenance a.json
says a.json '"writer": "torchlight [0-9]' && says a.json '"payload": "zeros"'
run 0 decode web.png -o b.pcap --provenance b.json && same a.pcap b.pcap && same a.json b.json

# What repair did, in the comments of the file and of its packets.
run 0 encode "$web" -o few.npy --packets 60
run 0 repair few.npy -o a.pcapng --annotate --seed 5 --report report.json
run 0 repair few.npy -o b.pcapng --annotate --seed 5 && same a.pcapng b.pcapng
shows a.pcapng 'repair: [1-9][0-9]* of 65280 bits changed, in [0-9]+ of 60 packets'
shows a.pcapng 'repair:ipv4-checksum: [0-9]+ bits in 60 packets'
shows a.pcapng 'writer_seed: 5'
shows a.pcapng 'times: '
if have tshark; then
    n_checks=$((n_checks + 1))
    n=$(fields a.pcapng frame.comment | grep -c 'ipv4-checksum: ipv4_cksum [0-9]* to [0-9]*')
    ((n == 60)) || wrong "$n packets of 60 say what repair did"
fi

# A full disk (here: a limit on the size of files) leaves nothing, and what was there stays.
printf 'mine' >full.pcapng
for command in "decode web.png" "repair $dns"; do
    n_checks=$((n_checks + 1))
    # shellcheck disable=SC2086
    (trap '' XFSZ && ulimit -f 64 && "$torchlight" $command -o full.pcapng --provenance full.json) \
        >out 2>err && wrong "a capture on a full disk: $command"
    says err 'full\.pcapng'
    [[ $(<full.pcapng) == mine ]] || wrong 'a failed writing changed what was there'
    is_absent full.json
    n_checks=$((n_checks + 1))
    left=$(find . -name '.full*' -print)
    [[ -z $left ]] || wrong "left behind: $left"
done
finish
