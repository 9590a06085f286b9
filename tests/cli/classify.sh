#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What forests take traces for: the bundled ones, ones made here, damaged ones, nothing to learn.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"
export TORCHLIGHT_DATADIR=$source_root/data

# The bundled ones, on a sample that they have not seen, as a capture and as a picture of it.
unseen=$samples/wireguard_dash_1080_http1.1_00001.pcap
run 0 classify "$unseen" "$dns"
says out '00001.pcap +\(1024 packets\)$' && says out '^  tunnel +wireguard +9[0-9] %'
says out '^  app +dns +[0-9]+ %'
run 0 classify --json "$unseen" && cp out first
says first '"word" : "wireguard"' && says first '"shares" : \{'
run 0 encode "$unseen" -o picture.png
run 0 classify picture.png && says out '^  tunnel +wireguard +9[0-9] %'

# Ones made here: two classes, of each two captures to learn from and one to be asked about.
mkdir real
put() { cp "$1" "real/$2.pcap" && printf '%s.pcap,%s,"%s"\n' "$2" "$3" "$4"; }
{
    printf 'file_name,part,text\n'
    put "$samples/none_web_http2_00003.pcap" web1 train 'no vpn, web, http2'
    put "$samples/none_web_http2_00004.pcap" web2 train 'no vpn, web, http2'
    put "$samples/openvpn-tcp_web_http2_00001.pcap" web3 test 'openvpn-tcp, web, http2'
    put "$samples/wireguard_dash_1080_http1.1_00001.pcap" dash1 train 'wireguard, dash, 1080, http1.1'
    put "$samples/wireguard_dash_1080_http1.1_00003.pcap" dash2 test 'wireguard, dash, 1080, http1.1'
    put "$samples/wireguard_web_http2_00003.pcap" web4 train 'openvpn-tcp, web, http2'
} >split.csv
learn=(classify --learn-from real --split split.csv --trees 9 --leaf 1 --seed 3)
run 0 "${learn[@]}" -o made
says out '^app +2 classes, from 4 traces; of 2 others right: [0-9.]+ %' && says err 'quality: '
is_file made/app.forest && says made/forests.json '"format" : "torchlight-forests"'
run 0 "${learn[@]}" -o again --json && says out '"macro_f1" : '
same made again
run 0 "${learn[@]}" --without ports --without times -o masked
cmp -s made/app.forest masked/app.forest && wrong 'what is left out makes no difference'
run 0 classify --forests made real/dash2.pcap && says out '^  app +(dash|web) '
grep -q quality out && wrong 'an axis that was not learned'

# What is wrong is said.
fails 'nowhere' classify --forests nowhere "$dns"
fails 'gone.pcap' classify gone.pcap
head -c 24 "$web" >empty.pcap
fails 'empty.pcap.*no packets' classify empty.pcap
head -c 300 made/app.forest >cut && cp -r made cut-made && mv cut cut-made/app.forest
fails 'app.forest' classify --forests cut-made "$dns"
cp -r made out-made && sed -i 's/"axis" : "app"/"axis" : "..\/app"/' out-made/forests.json
fails 'forests.json.*no name' classify --forests out-made "$dns"
cp -r made odd-made && sed -i 's/"packets" : 1024/"packets" : 0/' odd-made/forests.json
fails 'number of packets' classify --forests odd-made "$dns"
grep -v ',test,' split.csv >one.csv
fails 'teaches nothing' classify --learn-from real --split one.csv -o none
is_absent none
misused classify
misused classify --learn-from real
misused classify --learn-from real -o x "$dns"
misused classify --learn-from real -o x --without colour
misused classify --learn-from real -o x --trees 0
misused classify "$dns" -o x
finish
