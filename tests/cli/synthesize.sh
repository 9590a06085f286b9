#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Synthetic sets on a tiny random model, and baselines: what is drawn from what, the same bytes in
# any order, going on after a stop, and what is refused.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

"$make_model" model || exit 99

# Real captures: two classes with training captures, one of them cut short; one class without.
mkdir real
for name in none_web_http2_00003 none_web_http2_00004 none_dns_udp53_00001 none_voip_rtp_00003 \
    none_hls_720_http2_00001 wireguard_web_http2_00003; do
    cp "$samples/$name.pcap" real/
done
head -c 4000 real/none_voip_rtp_00003.pcap >real/short.pcap
printf 'no capture at all' >real/broken.pcap
cat >split.csv <<'TEXT'
file_name,part,text
none_web_http2_00003.pcap,train,"pixelated network data: no vpn, web, http2"
none_web_http2_00004.pcap,test,"pixelated network data: no vpn, web, http2"
none_dns_udp53_00001.pcap,train,"pixelated network data: no vpn, dns, udp53"
short.pcap,train,"pixelated network data: no vpn, voip, rtp"
none_voip_rtp_00003.pcap,validation,"pixelated network data: no vpn, voip, rtp"
broken.pcap,train,"pixelated network data: no vpn, voip, rtp"
gone.pcap,train,"pixelated network data: no vpn, voip, rtp"
none_hls_720_http2_00001.pcap,test,"pixelated network data: no vpn, hls, 720, http2"
TEXT
set=(--real real --split split.csv --rows 64 --seed 5)
draw=(synthesize "${set[@]}" --model model --device cpu --steps 2)
web0=captures/no-vpn-web-http2_00000.pcapng

run 0 "${draw[@]}" --per-class 2 -o a
says err 'broken.pcap' && says err 'gone.pcap' && says err 'hls, 720, http2.*passed over'
says out '6 traces of 3 classes'
is_file a/$web0 && is_file a/drawn/no-vpn-web-http2_00000.png && is_file a/captures/no-vpn-voip-rtp_00001.pcapng
says a/trained_on.txt '^none_web_http2_00003.pcap$'
n_checks=$((n_checks + 2))
grep -q 00004 a/metadata.jsonl a/trained_on.txt && wrong 'a capture of the test part'
[[ $(wc -l <a/metadata.jsonl) == 6 ]] || wrong 'not a line for each trace'
says a/metadata.jsonl '"parents":\["none_web_http2_00003.pcap"\].*"kind":"diffusion"'
says a/metadata.jsonl '"parents":\["short.pcap"\].*"first_row":0'
says a/metadata.jsonl '"repaired_bits":[0-9]+,"repaired_bits_without_checksums":[0-9]+,"n_bits":69632'
says a/$web0 'caption: .*no vpn, web, http2' && says a/$web0 'times: .*a model of the training captures'
run 0 repair a/$web0 -o again.pcap --json && says out '"bits_changed" : 0'

# The same bytes: again, in other company, gone on with, and after a kill.
run 0 "${draw[@]}" --per-class 2 -o b && same a b
run 0 "${draw[@]}" --per-class 1 --classes 'dns -web' -o c
n_checks=$((n_checks + 1))
cmp -s a/captures/no-vpn-dns-udp53_00000.pcapng c/captures/no-vpn-dns-udp53_00000.pcapng ||
    wrong 'alone it is another trace'
rm b/$web0 && sed -i 2d b/metadata.jsonl && printf '{"file_na' >>b/metadata.jsonl
run 0 "${draw[@]}" --per-class 2 -o b --json && says out '"made" : 2' && says out '"there" : 4'
same a b
run 0 "${draw[@]}" --per-class 2 -o b --json && says out '"made" : 0'
run 0 "${draw[@]}" --per-class 3 -o b --json && says out '"made" : 3' && says out '"there" : 6'
n_checks=$((n_checks + 1))
cmp -s a/$web0 b/$web0 || wrong 'a set that grew changed what it had'
"$torchlight" "${draw[@]}" --steps 20 --per-class 40 -o stopped >out 2>err &
pid=$!
for ((i = 0; i < 200; i++)); do
    [[ -e stopped/$web0 ]] && break
    sleep 0.02
done
kill -INT $pid
wait $pid
status=$?
n_checks=$((n_checks + 1))
((status == 1)) || wrong "status $status when stopped"
says err 'the same command goes on'
is_file stopped/metadata.jsonl
run 0 "${draw[@]}" --steps 20 --per-class 40 -o stopped --json && says out '"there" : [1-9]'
run 0 "${draw[@]}" --steps 20 --per-class 40 -o whole
same stopped whole

# Batches, where maps begin, and as many as there are.
run 0 "${draw[@]}" --per-class 3 --batch 2 --control-offset first -o batch
n_checks=$((n_checks + 1))
grep -v '"first_row":0,' batch/metadata.jsonl && wrong 'a map that does not begin with the first packet'
run 0 "${draw[@]}" --like-real -o like --json && says out '"made" : 3'

run 0 "${draw[@]}" --per-class 1 --classes web --timing none -o timed
says timed/$web0 'times: 1 ms apart'
run 0 timing fit real/none_dns_udp53_00001.pcap -o dns.timing
run 0 "${draw[@]}" --per-class 1 --classes web --timing dns.timing -o timed-dns
says timed-dns/$web0 'times: drawn from the model dns.timing'
fails 'split.csv' "${draw[@]}" --per-class 1 --timing split.csv -o o

# What is left out.
pixels() { LC_ALL=C sed -n '/IDAT/,$p' "$1" | LC_ALL=C sed '1s/.*IDAT//'; }
run 0 "${draw[@]}" --per-class 1 --classes web --without control -o no-control
says no-control/metadata.jsonl '"parents":\[\].*"kind":"no-control"'
run 0 "${draw[@]}" --per-class 1 --classes web --without repair -o no-repair
says no-repair/metadata.jsonl '"file_name":"drawn/no-vpn-web-http2_00000.png".*"kind":"no-repair"'
is_absent no-repair/captures
n_checks=$((n_checks + 1))
cmp -s <(pixels no-repair/drawn/*.png) <(pixels a/drawn/no-vpn-web-http2_00000.png) ||
    wrong 'what is drawn hangs on repair'
run 0 "${draw[@]}" --per-class 1 --classes web --without colour-correction -o no-colours
says no-colours/metadata.jsonl '"kind":"no-colour-correction"'
misused "${draw[@]}" --per-class 1 --without lora -o o
run 0 dataset real/none_dns_udp53_00001.pcap --captions <(printf 'file,caption\nnone_dns_udp53_00001.pcap,"no vpn, dns, udp53"\n') -o traces
run 0 train traces --model model --device cpu --rows 64 --rank 2 --steps 1 --lr 0.1 -o l.safetensors
run 0 "${draw[@]}" --per-class 1 --classes dns --lora l.safetensors:0.5 -o lora
says lora/metadata.jsonl '"path":"l.safetensors","weight":0.5,"sha256"'
run 0 "${draw[@]}" --per-class 1 --classes dns --lora l.safetensors:0.5 --without lora -o no-lora
says no-lora/metadata.jsonl '"kind":"no-lora".*"loras":\[\]'
n_checks=$((n_checks + 1))
cmp -s <(pixels no-lora/drawn/*.png) <(pixels a/drawn/no-vpn-dns-udp53_00000.png) ||
    wrong 'without its LoRA it is not as without one'

# Baselines.
for kind in bootstrap independent-bits markov-rows repaired-noise control-map-only; do
    run 0 baseline $kind "${set[@]}" --per-class 2 -o "base-$kind"
    run 0 baseline $kind "${set[@]}" --per-class 2 --classes web -o other
    says "base-$kind/metadata.jsonl" "\"kind\":\"$kind\".*\"model\":null"
    n_checks=$((n_checks + 2))
    cmp -s "base-$kind/$web0" other/$web0 || wrong "$kind: another trace"
    grep -q 00004 "base-$kind/metadata.jsonl" && wrong "$kind: a capture of the test part"
    is_absent "base-$kind/drawn"
    rm -r other
done
cmp -s base-bootstrap/$web0 base-markov-rows/$web0 && wrong 'two baselines are one'
run 0 repair base-markov-rows/$web0 -o again.pcap --json && says out '"bits_changed" : 0'

# What is refused.
fails 'other settings' "${draw[@]}" --per-class 2 --steps 3 -o a
fails 'other settings' baseline bootstrap "${set[@]}" --per-class 2 --seed 6 -o base-bootstrap
fails 'no synthetic set' "${draw[@]}" --per-class 2 -o real
cp real/none_web_http2_00004.pcap real/copy.pcap
printf 'copy.pcap,train,"pixelated network data: no vpn, web, http2"\n' | cat split.csv - >leak.csv
fails 'none_web_http2_00004.pcap' "${draw[@]/split.csv/leak.csv}" --per-class 1 -o o
fails 'none_web_http2_00004.pcap' baseline bootstrap --real real --split leak.csv --per-class 1 -o o
sed s/train/test/ split.csv >no-training.csv
fails 'no-training.csv' "${draw[@]/split.csv/no-training.csv}" --per-class 1 -o o
fails 'wireguard' "${draw[@]}" --per-class 1 --classes wireguard -o o
fails 'hls' "${draw[@]}" --per-class 1 --classes hls -o o
printf 'file_name,part\nnone_web_http2_00003.pcap,training\n' >bad.csv
fails 'training' "${draw[@]/split.csv/bad.csv}" --per-class 1 -o o
fails 'no-model' "${draw[@]}" --model no-model --per-class 1 -o o
misused "${draw[@]}" -o o
misused "${draw[@]}" --per-class 1 --like-real -o o
misused "${draw[@]}" --per-class 1 --rows 60 -o o
misused "${draw[@]}" --per-class 1 --without thought -o o
misused "${draw[@]}" --per-class 1 --control-offset last -o o
misused "${draw[@]}" --per-class 1 --payload template -o o
misused "${draw[@]}" --per-class 1 --provenance p.json -o o
misused baseline wishes "${set[@]}" --per-class 1 -o o
misused baseline "${set[@]}" --per-class 1 -o o
is_absent o
finish
