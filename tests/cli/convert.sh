#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is quick: encode, decode, info, canny, repair, devices; and wrong use.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

# How to use it.
run 0 --version && says out '^torchlight [0-9]'
run 0 --help && says out 'selftest'
run 2
for command in demo classify encode decode info flows dataset canny train generate repair timing devices selftest; do
    run 0 "$command" --help
    says out 'Examples:' && says out "torchlight $command"
    misused "$command" --no-such-option
done
run 0 help encode && says out 'Examples:'
run 2 no-such-command && says err 'no-such-command'
misused encode
misused encode "$web"
misused encode "$web" "$dns" -o a.png
misused encode "$web" -o a.jpg
misused encode "$web" -o a.png --layout none
misused encode "$web" -o a.png --palette none
misused encode "$web" -o a.png --packets 1025
misused encode "$web" -o a.png --packets many
misused decode a.png -o b.pcap --payload none
misused decode a.png -o b.pcap --seed -1
misused canny a.png -o b.png --low 3 --high 2
misused dataset -o d
misused dataset "$web" -o d --packets 0
misused dataset "$web" -o d --caption a --captions b
misused dataset "$web" -o d --style none
misused dataset "$web" -o d --style kohya --repeats 0
misused dataset "$web" -o d --palette none
misused train d
misused train d -o l --steps 0
misused generate -o d
misused generate --prompt x -o d --sampler none
misused generate --prompt x -o d --steps 0
misused generate --prompt x -o d --control-weight 3
misused repair a.png
misused selftest --device cpu word
for name in a.png b.pcap b.png d l; do is_absent $name; done

# Captures to pictures and tables and back, every bit of the layout.
run 0 encode "$web" -o web.png && says out '1024 packets'
run 0 encode "$web" -o web.csv
run 0 encode "$web" -o web.npy
run 0 encode "$web" -o again.png && same web.png again.png
run 0 decode web.png -o web.pcap && says out '1024 packets'
run 0 encode web.pcap -o back.npy && same web.npy back.npy
run 0 decode web.npy -o npy.pcap && run 0 encode npy.pcap -o back.npy && same web.npy back.npy
run 0 encode "$web" -o web.npz && run 0 decode web.npz -o npz.pcap && same npz.pcap web.pcap
"$torchlight" encode "$web" -o - --format npz 2>err | cat >piped.npz && same web.npz piped.npz
run 0 decode web.csv -o csv.pcap && run 0 encode csv.pcap -o back.npy && same web.npy back.npy
run 0 decode web.png -o r1.pcap --payload random --seed 3
run 0 decode web.png -o r2.pcap --payload random --seed 3 && same r1.pcap r2.pcap
run 0 decode web.png -o r3.pcap --payload random --seed 4
cmp -s r1.pcap r3.pcap && wrong 'another seed gives the same payload'
run 0 encode "$web" -o few.npy --packets 10 --json && says out '"packets" : 10' && says out '"more" : true'
run 0 encode "$web" -o nprint.csv --layout nprint
# From one table or picture to another.
run 0 encode web.csv -o t.npz && run 0 encode t.npz -o t.png && run 0 encode t.png -o t.csv && same t.csv web.csv
run 0 encode web.npz -o t.npy && same t.npy web.npy
run 0 encode t.npy -o - --format npy && same out web.npy
run 0 encode web.npz -o t.png --packets 7 --json && says out '"packets" : 7' && says out '"more" : true'
run 0 encode nprint.csv -o t.csv && same t.csv nprint.csv
misused encode web.csv -o a.png --filter tcp
misused encode web.csv -o a.csv --ethernet
is_absent a.csv
run 0 encode "$web" -o flow.csv --layout nprint:46tui --index flow --relative-time --fill -9 \
    --ethernet --payload-bytes 4 --packets 20
run 0 decode flow.csv -o flow.pcap && says out '20 packets'
misused encode "$web" -o a.csv --index nowhere
misused encode "$web" -o a.csv --fill 128
misused encode "$web" -o a.csv --payload-bytes -1
misused encode "$web" -o a.npy --relative-time
misused encode "$web" -o a.csv --layout nprint:4x
run 0 encode "$web" -o red.png --palette netdiffusion
run 0 decode red.png -o red.pcap && run 0 encode red.pcap -o back.npy && same web.npy back.npy
run 0 encode - -o stdin.npy <"$web"

# Pipes: the same bytes as in files; an .npy needs one end that can be read or written twice.
"$torchlight" encode "$web" -o - --format npy 2>err | cat >pipe.npy && same web.npy pipe.npy
says err '1024 packets'
run 0 encode "$web" -o - --format npy && same web.npy out
printf 'before' >after.npy && "$torchlight" encode "$web" -o - --format npy >>after.npy 2>err
tail -c +7 after.npy >back.npy && same web.npy back.npy
"$torchlight" encode - -o - --format csv <"$web" 2>err | cat >pipe.csv && same web.csv pipe.csv
cat "$web" | "$torchlight" encode - -o - --format csv >pipe.csv 2>err && same web.csv pipe.csv
run 0 decode web.npy -o web.pcapng
cat web.pcapng | "$torchlight" encode - -o back.npy >out 2>err && same web.npy back.npy
"$torchlight" encode "$web" -o - --format npy -n 7 2>err | cat >pipe.npy
run 0 encode "$web" -o seven.npy -n 7 && same seven.npy pipe.npy
run 0 decode web.npy -o whole.pcap && run 0 decode web.npy -o - && same whole.pcap out
"$torchlight" encode - -o - --format npy <"$web" 2>err | cat >pipe.npy
says err 'format csv'
misused encode "$web" -o -
misused encode "$web" -o - --format csv --json
misused encode "$web" -o web.npy --format pcap
run 0 encode "$web" -o named --format csv && same web.csv named

run 0 encode "$web" -o some.npy --filter 'tcp src port 80 or tcp src port 443' --json
says out '"filtered" : [1-9]'
misused encode "$web" -o bad.npy --filter 'tcp port' && says err 'tcp port'
fails 'udp port 9' encode "$web" -o none.png --filter 'udp port 9'
run 0 dataset "$web" -o filtered -f tcp && says filtered/run.json '"filter" : "tcp"'
is_absent bad.npy && is_absent none.png

# What things are.
for file in "$web" web.png web.csv web.npy web.npz; do
    run 0 info "$file" && says out '1024'
    run 0 info "$file" --json && says out '"packets" : 1024'
done
run 0 info web.png "$web" --json && says out '"files"'
run 0 devices && says out '^\* ' && says out 'cpu'
run 0 devices --json && says out '"devices"'

# Edges.
run 0 canny web.png -o edges.png --device cpu && says out '1088 × 1024'
run 0 info edges.png && says out 'canny'
run 0 canny web.png -o guided.png --guide-headers --device cpu
run 0 canny web.png -o guided.png --guide-fields --device cpu
run 0 canny web.png -o l2.png --l2 --low 50 --high 150.5 --device cpu
fails 'nowhere' canny web.png -o e.png --device nowhere
is_absent e.png

# Repair.
run 0 repair --explain && says out 'RFC'
run 0 repair --explain --json && says out '"rules"'
run 0 repair web.png -o fixed.pcap --template "$web" --report report.json --seed 1
is_file report.json && is_file fixed.pcap
run 0 repair web.png -o fixed2.pcap --template "$web" --seed 1 && same fixed.pcap fixed2.pcap
run 0 repair fixed.pcap -o twice.pcap --json && says out '"bits_changed" : 0'

# Times: of an installed model where nothing else is said, of one's own, or none.
misused timing && misused timing fit "$web" && misused timing learn "$web" -o m.timing
misused timing fit "$web" -o m.timing --caption a --captions b
fails 'web.png' timing show web.png
fails 'web.png' repair web.npy -o none.pcap --timing web.png
fails 'nowhere' repair web.npy -o none.pcap --timing nowhere
is_absent m.timing && is_absent none.pcap
run 0 timing fit "$web" "$dns" --caption made -o m.timing --json && says out '"captures" : 2'
run 0 timing fit "$web" "$dns" --caption made -o m2.timing && same m.timing m2.timing
run 0 timing show m.timing && says out '^made' && says out 'handshakes.* [0-9]'
run 0 timing show m.timing --json && says out '"gaps_ms"'
run 0 repair web.npy -o t1.pcap --timing m.timing --seed 1
run 0 repair web.npy -o t2.pcap --timing m.timing --seed 1 && same t1.pcap t2.pcap
run 0 repair web.npy -o t3.pcap --timing none --seed 1
run 0 repair web.npy -o t4.pcap --seed 1
cmp -s t3.pcap t4.pcap && wrong 'the installed model gives no times'

# In another language the numbers in files still have points.
if locale -a 2>/dev/null | grep -qix 'de_DE.utf-\?8'; then
    n_checks=$((n_checks + 1))
    LC_ALL=de_DE.UTF-8 "$torchlight" canny web.png -o de.png --low 50.5 --device cpu >out 2>err
    "$torchlight" info de.png | grep -q '50\.5 200' || wrong 'a number with a comma in a file'
fi
finish
