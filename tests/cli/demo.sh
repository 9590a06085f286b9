#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole way on a few captures and a tiny random model: what it leaves, and that other programs
# read it.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

"$make_model" model || exit 99
mkdir captures
cp "$web" "$dns" captures/
grep -E "^file,|^${web##*/},|^${dns##*/}," "$samples/captions.csv" >captures/captions.csv
demo=(demo --captures captures --example "${web##*/}" --model model --device cpu --steps 2 --rows 64 --sample-steps 2)
export TORCHLIGHT_DATADIR=$source_root/data

run 0 "${demo[@]}" -o first
for name in dataset/metadata.jsonl edges.png lora.safetensors generated/00000.png \
    generated/00000.trace.png synthetic.pcap report.json run.json; do
    is_file first/$name
done
says out 'tshark -r first/synthetic.pcap'
says out '6 of 6'
# The table at the end: the class that was asked for, with what it is taken for; compliance; time.
says out '^  tunnel +no vpn +[a-z -]+, [0-9]+ % +no vpn, [0-9]+ % +9[0-9] %$' && says out '^  transport +http2 '
says out '^  our rules +[0-9.]+ % of [0-9]+ packets' && says out '^  time +[0-9]+ s on '
grep -q '^  quality' out && wrong 'a web visit has no quality to be asked for'
run 0 "${demo[@]}" -o second --json && says out '"stages"'
says out '"asked" : "web"' && says out '"rules_packets" : [01]' && says out '"accuracy_on_real" : 0\.'
same first second
run 0 "${demo[@]}" -o first --seed 2
cmp -s first/synthetic.pcap second/synthetic.pcap && wrong 'another seed gives the same capture'
echo note >first/note.txt
fails 'note.txt' "${demo[@]}" -o first
fails 'nothing-here' demo --captures nothing-here -o third
is_absent third
fails 'nowhere' "${demo[@]}" --forests nowhere -o third
is_absent third

if command -v tshark >/dev/null; then
    n_checks=$((n_checks + 1))
    tshark -n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -r second/synthetic.pcap -Y 'ip.checksum.status==0 or tcp.checksum.status==0 or
            udp.checksum.status==0 or _ws.malformed' >bad.txt 2>/dev/null
    [[ ! -s bad.txt ]] || wrong "tshark complains: $(head -n 3 bad.txt)"
fi
if command -v tcpdump >/dev/null; then
    n_checks=$((n_checks + 1))
    tcpdump -nr second/synthetic.pcap >dump.txt 2>/dev/null || wrong 'tcpdump cannot read it'
    [[ -s dump.txt ]] || wrong 'tcpdump finds no packet'
fi

# A capture made of the picture says what made that: model, LoRA, prompt, seed, control map.
run 0 repair second/generated/00000.png -o made.pcapng --provenance made.json --annotate
says made.json '"model": "model"' && says made.json '"prompt": "' && says made.json '"seed": "[0-9]+"'
says made.json "\"lora_sha256\": \"$(sha256sum <second/lora.safetensors | cut -c 1-64)\""
says made.json "\"control_sha256\": \"$(sha256sum <second/edges.png | cut -c 1-64)\""
says made.json '"repair": "[1-9][0-9]* of [0-9]+ bits changed'
if command -v capinfos >/dev/null; then
    n_checks=$((n_checks + 1))
    capinfos -k made.pcapng 2>/dev/null | grep -q 'lora_sha256: [0-9a-f]' || wrong 'no comment'
fi

# Stopped on the way: nothing stands under the name. Killed: neither.
for signal in INT KILL; do
    "$torchlight" "${demo[@]}" --steps 100000 -o third >out 2>err &
    pid=$!
    for ((i = 0; i < 200; i++)); do
        compgen -G '.third.*/edges.png' >/dev/null && break
        sleep 0.05
    done
    sleep 0.3
    kill -$signal $pid
    wait $pid 2>/dev/null
    n_checks=$((n_checks + 1))
    [[ ! -e third ]] || wrong "a stopped demo ($signal) left its folder"
    [[ $signal == KILL ]] || is_absent third
    rm -rf .third.*
done
finish
