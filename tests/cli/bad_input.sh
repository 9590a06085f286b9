#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bad input and bad places for output: status 1, a message that names the file, nothing left under
# the final name, nothing of the user's overwritten.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

run 0 encode "$web" -o web.png
run 0 encode "$web" -o web.npy

# Files that are not what they should be.
: >empty
head -c 3000 /dev/urandom >noise
head -c 5000 web.png >cut.png
head -c 60 web.npy >cut.npy
printf 'a,b,c\n1,2,3\n' >odd.csv
mkdir folder
for file in empty noise missing folder cut.npy odd.csv; do
    fails "$file" encode "$file" -o o.png
    fails "$file" decode "$file" -o o.pcap
    fails "$file" info "$file"
    fails "$file" repair "$file" -o o.pcap --report o.json
    fails "$file" repair web.png --template "$file" -o o.pcap
    fails "$file" canny "$file" -o o.png --device cpu
    fails "$file" dataset "$web" "$file" -o o
    fails "$file" dataset "$web" --captions "$file" -o o
    for name in o.png o.pcap o.json o; do is_absent $name; done
done
for command in decode repair info; do
    if [[ $command == info ]]; then run 1 info cut.png; else fails cut.png $command cut.png -o o.pcap; fi
    is_absent o.pcap
done
# A picture of another size, and one of another layout.
run 0 canny web.png -o edges.png --device cpu
fails edges.png decode edges.png -o o.pcap
printf 'file,caption\nother.pcap,words\n' >captions.csv
fails 'captions.csv' dataset "$web" --captions captions.csv -o o
is_absent o

# Nothing of the user's is overwritten.
cp "$web" mine.pcap
ln -s mine.pcap link.pcap
ln mine.pcap hard.npy
fails 'mine.pcap' decode mine.pcap -o mine.pcap
fails 'link.pcap' repair mine.pcap -o link.pcap
fails 'hard.npy' encode mine.pcap -o hard.npy
fails 'mine.pcap' repair web.png --template mine.pcap -o mine.pcap
fails 'mine.pcap' repair web.png --template mine.pcap -o o.pcap --report mine.pcap
fails 'web.png' canny web.png -o ./web.png --device cpu
same "$web" mine.pcap
is_absent o.pcap
mkdir thesis && echo 'years of work' >thesis/chapter1.tex
fails 'thesis' dataset "$web" -o thesis
fails 'web.npy' dataset "$web" -o web.npy
[[ $(cat thesis/chapter1.tex) == 'years of work' ]] || wrong 'the thesis is gone'
run 0 dataset "$web" -o traces && run 0 dataset "$dns" -o traces && says out '1 pictures'
echo 'a better caption' >traces/none_dns_udp53_00001.txt
fails 'none_dns_udp53_00001.txt' dataset "$web" -o traces
[[ $(cat traces/none_dns_udp53_00001.txt) == 'a better caption' ]] || wrong 'the caption is gone'

# Places that cannot be written to.
fails 'no/such' encode "$web" -o no/such/o.png
fails 'no/such' dataset "$web" -o no/such/o
fails 'folder' encode "$web" -o folder/../folder/.png/o.png
ln -s /dev/full full.png
fails 'full.png' encode "$web" -o full.png
if ((EUID != 0)); then
    mkdir locked && chmod 555 locked
    fails 'locked' encode "$web" -o locked/o.png
    fails 'locked' dataset "$web" -o locked/o
fi
# A file that cannot grow stands for a full disk.
full() {
    n_checks=$((n_checks + 1))
    (ulimit -f 4 && exec "$torchlight" "$@" >/dev/null 2>err)
    local status=$?
    ((status == 1)) || wrong "status $status on a full disk: torchlight $*"
}
full encode "$web" -o o.png && is_absent o.png
full encode "$web" -o o.csv && is_absent o.csv
full decode web.png -o o.pcap && is_absent o.pcap
full repair web.png -o o.pcap --report o.json && is_absent o.pcap && is_absent o.json
full dataset "$web" -o o && is_absent o
echo keep >keep.png
full encode "$web" -o keep.png
[[ $(cat keep.png) == keep ]] || wrong 'a file was lost on a full disk'
n_checks=$((n_checks + 1))
"$torchlight" info web.png >/dev/full 2>err && wrong 'output that got nowhere counts as done'
says err 'full'
finish
