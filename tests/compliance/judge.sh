#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Judges captures by the tools of others, one line a file: "ok" or "bad" and why. Accepted is what
#   tshark    reads wholly, in two passes, all dissectors on and preferences as they come, all
#             checksums verified: no malformed packet, no expert warning, no expert error;
#   tcpdump, capinfos, ndpiReader  read wholly, in strict order of time;
#   tcprewrite  rewrites wholly;
#   tcpreplay   sends wholly over a pair of interfaces in two network namespaces of this script,
#               as the other end counts (left out, and said so, where namespaces are not allowed).
# Exit status: 0 all ok, 1 some are bad, 2 wrong use or a tool is missing.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: judge.sh [--tshark-only] [--no-replay] [--list FILE] [CAPTURE...]

  --tshark-only  judge by tshark alone
  --no-replay    leave out tcpreplay and its namespaces
  --list FILE    names of captures to judge, one a line (- for standard input)
TEXT
}

tshark_only=0 replay=1 captures=()
while (($#)); do
    case $1 in
    --tshark-only) tshark_only=1 replay=0 ;;
    --no-replay) replay=0 ;;
    --list)
        mapfile -t -O "${#captures[@]}" captures < <(cat -- "$2")
        shift
        ;;
    --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) captures+=("$1") ;;
    esac
    shift
done
((${#captures[@]})) || { usage >&2 && exit 2; }
tools=(tshark)
((tshark_only)) || tools+=(capinfos tcpdump ndpiReader tcprewrite)
((replay)) && tools+=(tcpreplay ip)
for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null || { echo "judge: $tool is not installed" >&2 && exit 2; }
done

scratch=$(mktemp -d)
space=torchlight-$$
listener=

# shellcheck disable=SC2317 # called by trap
clean_up() {
    [[ -z $listener ]] || kill "$listener" 2>/dev/null || true
    ip netns del "$space-a" 2>/dev/null || true
    ip netns del "$space-b" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# Nobody's settings: the tools' defaults are what counts.
export HOME=$scratch XDG_CONFIG_HOME=$scratch LC_ALL=C

# The largest frame is that of an IP packet of 65,535 bytes. Without IPv6 the kernel says nothing
# of its own on these wires.
make_wire() {
    ip netns add "$space-a" && ip netns add "$space-b" || return 1
    local side
    for side in a b; do
        ip netns exec "$space-$side" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
            net.ipv6.conf.default.disable_ipv6=1 2>/dev/null || true
    done
    ip -n "$space-a" link add tl0 type veth peer name tl1 netns "$space-b" || return 1
    ip -n "$space-a" link set tl0 mtu 65535 up && ip -n "$space-b" link set tl1 mtu 65535 up
}

if ((replay)) && ! make_wire 2>"$scratch/wire"; then
    echo "judge: no network namespaces here, so nothing is replayed ($(tail -n 1 "$scratch/wire"))" >&2
    replay=0
fi

received() {
    ip netns exec "$space-b" cat /sys/class/net/tl1/statistics/rx_packets
}

# Whether a line is a count of all packets: judge_count TOOL COUNT N
judge_count() {
    [[ $2 == "$3" ]] || reasons+=("$1: ${2:-no} of $3 packets")
}

# Warnings are 6291456, errors 8388608; a packet may have several.
by_tshark() {
    tshark -n -2 -r "$1" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -o udp.check_checksum:TRUE -T fields -E occurrence=a -E "aggregator=|" -e frame.number \
        -e _ws.col.Protocol -e _ws.expert.severity -e _ws.expert.message \
        2>"$scratch/tshark.err" >"$scratch/tshark.out" || reasons+=("tshark: fails")
    awk -F '\t' -v n="$2" '
        function note(what) {
            gsub(/[0-9]+/, "#", what)
            what = $2 ": " substr(what, 1, 120)
            if (!(what in count)) { first[what] = $1; order[++kinds] = what }
            count[what]++
        }
        $3 ~ /6291456|8388608/ {
            # Of the messages the ones that matter, as far as they can be told apart.
            k = split($3, severity, "|"); m = split($4, part, "|")
            sub(/ \(common at capture start\)/, "", $4)
            if (k != m) { note($4); next }
            split("", told)
            for (i = 1; i <= m; i++)
                if (severity[i] >= 6291456 && !(part[i] in told)) { told[part[i]] = 1; note(part[i]) }
        }
        END {
            if (NR != n) printf "tshark: %d of %d packets\n", NR, n
            for (i = 1; i <= kinds && i <= 8; i++)
                printf "tshark: %s (x%d, first %d)\n", order[i], count[order[i]], first[order[i]]
            if (kinds > 8) printf "tshark: and %d more kinds\n", kinds - 8
        }' "$scratch/tshark.out"
}

by_replay() {
    local before sent got try
    before=$(received)
    sent=$(ip netns exec "$space-a" tcpreplay -q --topspeed -i tl0 "$1" 2>&1 |
        sed -n 's/.*Successful packets: *\([0-9]*\).*/\1/p')
    judge_count tcpreplay "$sent" "$2"
    for try in 1 2 3 4 5; do
        got=$(($(received) - before))
        ((got == $2)) && break
        sleep "0.$try"
    done
    judge_count "the other end of the wire" "$got" "$2"
}

judge() {
    local file=$1 n order rewritten reasons=() line
    if ! read -r n order < <(capinfos -T -r -c -o "$file" 2>/dev/null | awk '{print $(NF-1), $NF}'); then
        echo "bad $file: capinfos: cannot read it"
        return 1
    fi
    [[ $order == True ]] || reasons+=("capinfos: not in order of time")
    while IFS= read -r line; do reasons+=("$line"); done < <(by_tshark "$file" "$n")
    if ! ((tshark_only)); then
        tcpdump -nr "$file" >/dev/null 2>"$scratch/tcpdump" || reasons+=("tcpdump: fails")
        judge_count tcpdump "$(tcpdump -nr "$file" --count 2>/dev/null | sed 's/ packets*$//')" "$n"
        judge_count ndpiReader "$(ndpiReader -i "$file" 2>/dev/null |
            sed -n "s/.*IP packets: .* of \([0-9]*\) packets total.*/\1/p")" "$n"
        tcprewrite --infile="$file" --outfile="$scratch/rewritten.pcap" --seed=1 2>/dev/null ||
            reasons+=("tcprewrite: fails")
        rewritten=$(capinfos -T -r -c "$scratch/rewritten.pcap" 2>/dev/null | awk '{print $NF}')
        judge_count tcprewrite "$rewritten" "$n"
        rm -f "$scratch/rewritten.pcap"
    fi
    ((replay)) && by_replay "$file" "$n"
    if ((${#reasons[@]})); then
        printf 'bad %s: %s' "$file" "${reasons[0]}"
        ((${#reasons[@]} > 1)) && printf ' | %s' "${reasons[@]:1}"
        printf '\n'
        return 1
    fi
    echo "ok  $file: $n packets"
}

n_bad=0
for capture in "${captures[@]}"; do
    judge "$capture" || n_bad=$((n_bad + 1))
done
((n_bad == 0)) && echo "all ${#captures[@]} ok" || echo "$n_bad of ${#captures[@]} bad"
((n_bad == 0))
