#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Captions of a dataset folder: listed, changed, written in each form and taken back, counted; wrong
# use and bad tables.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

run 0 captions --help && says out 'Examples:' && says out 'torchlight captions'
misused captions
misused captions list
misused captions list a b
misused captions sing "x"
run 1 captions list nowhere && says err nowhere

run 0 dataset "$web" "$dns" --caption 'pixelated network data: no vpn, web' -o traces
misused captions replace traces
misused captions replace traces --find '(' --regex
misused captions export traces
run 2 captions export traces -o x --form xml

run 0 captions list traces && says out 'none_dns_udp53_00001.png.pixelated network data: no vpn, web'
run 0 captions export traces -o before.csv && says out '2 captions'
run 0 captions replace traces --find web --with www --dry-run && says err '2 captions would change'
run 0 captions list traces && says out 'no vpn, web'
run 0 captions replace traces --find we --with x --word && says err '0 captions changed'
run 0 captions replace traces --find WEB --with www --word && says err '2 captions changed'
run 0 captions replace traces --add --with 'udp53, lab'
n_checks=$((n_checks + 2))
grep -qx 'pixelated network data: no vpn, udp53, www, lab' traces/none_dns_udp53_00001.txt ||
    wrong 'the words are not in their places'
grep -q 'udp53, www, lab' traces/metadata.jsonl || wrong 'metadata.jsonl has another caption'

# Out and in again, by each form.
for form in csv jsonl txt; do
    out=out.$form
    [[ $form == txt ]] && out=texts
    run 0 captions export traces --form "$form" -o "$out"
    run 0 captions import traces before.csv && says err '2 captions changed'
    run 0 captions import traces "$out" && says err '2 captions changed'
    run 0 captions list traces && says out 'no vpn, udp53, www, lab'
done

run 0 captions tokens traces && says out 'none_dns_udp53_00001.png' && says err '“www” is no word'
run 0 captions tokens traces --json && says out '"tokens" :'

printf 'file,caption\nnone_dns_udp53_00001.png,\n' >bad.csv
run 1 captions import traces bad.csv && says err 'bad.csv' && says err 'line 2'
run 0 captions list traces && says out 'no vpn, udp53, www, lab'

finish
