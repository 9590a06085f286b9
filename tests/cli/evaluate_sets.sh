#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The evaluation of synthetic sets: the report, the same bytes again, going on after a stop, damage,
# sets that know the test part, and sets of which little can be said.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

# Two tunnels, two apps; of each a capture to train with and one to test with.
mkdir real
split() { printf '%s.pcap,%s,"pixelated network data: %s"\n' "$1" "$2" "$3"; }
{
    printf 'file_name,part,text\n'
    split none_dash_1080_http1.1_00001 train 'no vpn, dash, 1080, http1.1'
    split none_dash_1080_http1.1_00003 test 'no vpn, dash, 1080, http1.1'
    split none_web_http2_00003 train 'no vpn, web, http2'
    split none_web_http2_00004 test 'no vpn, web, http2'
    split wireguard_dash_1080_http1.1_00001 train 'wireguard, dash, 1080, http1.1'
    split wireguard_dash_1080_http1.1_00003 test 'wireguard, dash, 1080, http1.1'
    split wireguard_web_http2_00003 train 'wireguard, web, http2'
    split openvpn-tcp_web_http2_00001 test 'openvpn-tcp, web, http2'
} >split.csv
while IFS=, read -r file _; do
    [[ $file == file_name ]] || cp "$samples/$file" real/
done <split.csv
run 0 baseline bootstrap --real real --split split.csv --rows 64 --per-class 2 --seed 1 -o first
run 0 baseline markov-rows --real real --split split.csv --rows 64 --per-class 1 --seed 1 -o second
ask=(evaluate --real real --split split.csv --packets 64 --trees 5 --checked 2)

# All of it: several sets side by side.
few=(--axis tunnel --axis quality --seeds 1 --repeats 1 --mixtures 1 --scarce 1)
run 0 "${ask[@]}" "${few[@]}" --synthetic first --synthetic second -o report
says out '^first +[01]\.[0-9]+ .*$' && says out '^second ' && says out '^(not )?met '
is_file report/report.html && is_file report/evaluation.json
says report/report.html '<table>' && says report/report.html '<svg xmlns.*role="img"'
says report/report.html 'one class only, “1080”' && says report/report.html 'prefers-color-scheme'
says report/evaluation.json '"format":"torchlight-evaluation","version":1'
says report/evaluation.json '"left_out":\["openvpn-tcp"\]'
says report/evaluation.json '"protocol":"mixture"' && says report/evaluation.json '"without":"ttl"'
says report/evaluation.json '"id":"jensen-shannon-fields"'
says report/evaluation.json '"figures":\{"format":"torchlight-figures"'
n_checks=$((n_checks + 2))
grep -q 'http-equiv\|<script\|src="http\|href="http' report/report.html && wrong 'the page needs others'
python3 - report/report.html <<'TEXT' || wrong 'the page is not well formed'
import sys, html.parser
class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(); self.open, self.ids = [], set()
    def handle_starttag(self, tag, attributes):
        if tag not in ('meta', 'br', 'path', 'use', 'rect') or tag in ('path', 'use', 'rect'): self.open.append(tag)
        if tag in ('meta', 'br'): self.open.pop() if self.open[-1] == tag else None
        for name, value in attributes:
            if name == 'id':
                assert value not in self.ids, value
                self.ids.add(value)
    def handle_startendtag(self, tag, attributes): 
        self.handle_starttag(tag, attributes); self.open.pop()
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
page = Page(); page.feed(open(sys.argv[1], encoding='utf-8').read())
assert not page.open, page.open
TEXT

# What was drawn, before repair; a model's set beside others of its kind without repair.
"$make_model" model || exit 99
draw=(synthesize --real real --split split.csv --rows 64 --seed 5 --model model --device cpu --steps 1)
run 0 "${draw[@]}" --per-class 1 -o drawn
run 0 "${draw[@]}" --per-class 1 --without repair -o raw
run 0 "${ask[@]}" --quick --axis tunnel --synthetic drawn --synthetic raw -o drawn-report --json
says out '"id" : "repair",' && says drawn-report/evaluation.json '"kind":"no-repair"'
says drawn-report/evaluation.json '"id":"legal-rows","unit":"","value":0' && says drawn-report/evaluation.json '"id":"repaired-share"'
says drawn-report/evaluation.json '"id":"membership-auc-nearest"' && says drawn-report/evaluation.json '"id":"discriminator-auc","unit":"","value":1.0'

# The same bytes: from the cache, without it, and where some of it was damaged.
run 0 "${ask[@]}" "${few[@]}" --synthetic first --synthetic second -o report --json
says out '"cells_kept" : [1-9]'
run 0 "${ask[@]}" "${few[@]}" --synthetic first --synthetic second -o again
same report/report.html again/report.html
same report/evaluation.json again/evaluation.json
for file in again/cache/*; do printf 'x' | dd of="$file" bs=1 seek=150 conv=notrunc status=none; done
run 0 "${ask[@]}" "${few[@]}" --synthetic first --synthetic second -o again --json
says out '"cells_kept" : 0' && same report/evaluation.json again/evaluation.json
same report/cache again/cache

# Broken off, it goes on; nothing but the cache is there until it is whole.
"$torchlight" "${ask[@]}" --trees 3000 --axis tunnel --synthetic first -o stopped >out 2>err &
pid=$!
for ((i = 0; i < 200; i++)); do
    [[ -n $(ls stopped/cache 2>/dev/null) ]] && break
    sleep 0.05
done
kill -INT $pid && wait $pid
n_checks=$((n_checks + 1))
[[ -e stopped/report.html ]] && wrong 'a report of a run that was stopped'
run 0 "${ask[@]}" --trees 5 --quick --axis tunnel --synthetic first -o stopped

# Without a split one is made, in which what the sets came from is not tested with.
cp split.csv real/captions.csv && sed -i '1s/.*/file,part,caption/' real/captions.csv
run 0 evaluate --real real --synthetic first --quick --packets 16 --checked 0 -o made --axis tunnel
says made/split.csv '^"none_web_http2_00003.pcap",train,' && says made/evaluation.json '"split_made":true'

# A set that knows the test part is refused; one that does not say is told of.
cp -r first leaky && sed -i '3s/"parents":\["[^"]*"\]/"parents":["none_web_http2_00004.pcap"]/' leaky/metadata.jsonl
fails 'leaky.*refused.*captures/.*none_web_http2_00004' "${ask[@]}" --synthetic leaky -o leaks
cp -r first trained && printf 'wireguard_dash_1080_http1.1_00003.pcap\n' >>trained/trained_on.txt
fails 'trained.*refused.*trained on.*wireguard_dash_1080_http1.1_00003' "${ask[@]}" --synthetic trained -o leaks
cp -r first silent && sed -i 's/"parents":\[[^]]*\],//; s/"trained_on":"[^"]*",//' silent/metadata.jsonl
run 0 "${ask[@]}" --quick --synthetic silent -o unknown --axis tunnel
says unknown/report.html 'do not say which captures'
says unknown/evaluation.json '"parents_unknown":8'

# Empty, unlabelled, contradictory, damaged: left out, and said.
cp -r first odd
head -c 24 "$web" >odd/captures/empty.pcap
cat >>odd/metadata.jsonl <<'TEXT'
{"file_name": "captures/empty.pcap", "text": "no vpn, web", "parents": [], "trained_on": []}
{"file_name": "captures/gone.pcap", "text": "no vpn, web", "parents": [], "trained_on": []}
TEXT
sed -i '1s/"text":"[^"]*"/"text":"no vpn, wireguard"/; 2s/"text":"[^"]*"/"text":""/' odd/metadata.jsonl
run 0 "${ask[@]}" --quick --synthetic odd -o odd-report --axis tunnel
says odd-report/report.html 'captures/empty.pcap.*left out' && says odd-report/report.html 'captures/gone.pcap.*left out'
says odd-report/report.html 'contradicts itself' && says odd-report/report.html 'no known word'
# One capture: nobody to test with, but distances are there.
mkdir one && cp "$web" one/
run 0 evaluate --real one --synthetic first --quick --packets 64 -o one-report --json
says one-report/evaluation.json '"problem"'

fails 'holds no traces' evaluate --real real --synthetic made/cache -o x
fails 'nowhere' evaluate --real nowhere --synthetic first -o x
fails 'is no folder' evaluate --real real --synthetic split.csv -o x
fails 'none of the captures' evaluate --real one --synthetic first --split <(printf 'file_name,part\na.pcap,test\n') -o x
misused evaluate --real real --synthetic first
misused evaluate --real real --synthetic first --generated first -o x
misused evaluate --real real --synthetic first --axis colour -o x
misused evaluate --real real --synthetic first --classifier oracle -o x
misused evaluate --real real --synthetic first --seeds 0 -o x
fails 'would be overwritten' evaluate --real real --synthetic first -o first
finish
