#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Figures of generated traces against real ones: from captures, datasets and single files; the
# tables; classes that do not meet; wrong use.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

run 0 evaluate --help && says out 'Examples:' && says out 'torchlight evaluate'
misused evaluate
misused evaluate --real "$samples"
misused evaluate --real "$samples" --generated "$web" left-over
misused evaluate --real "$samples" --generated "$web" --layout nothing

# Some of the samples stand for drawn ones: as pictures with captions, which keep their times.
run 0 dataset "$web" "$dns" --captions "$samples/captions.csv" -o drawn --json
run 0 evaluate --real "$samples" --generated drawn --by app -o figures.json --csv tables
says out '^Bar chart: Header fields: distance'
says out '^web, Generated against real: 0\.[0-9]'
says out '^dns, Real against real: '
says out '^Violin plot: Gaps between packets'
says err 'traces are left out'
says figures.json '"format":"torchlight-figures"'
says figures.json '"id":"field-divergence-map"'
says tables/packet-sizes.csv '^series,class,x,y,low,high'
says tables/packet-sizes.csv '^Generated,dns,0,'
says tables/headers.csv '^Real,,TCP,'
# The same again gives the same bytes.
run 0 evaluate --real "$samples" --generated drawn --by app -o again.json --json
says out '"id" : "packet-sizes"' && same figures.json again.json
# Legal packets need no repair.
says tables/repair.csv '^Within packets,,dns,0,'

# A single file is told by the caption beside it; without an axis all is one class.
run 0 evaluate --real drawn --generated "drawn/$(cd drawn && ls ./*dns*.png)" --by caption
says out 'no vpn, dns, udp53, Generated against real'
run 0 evaluate --real drawn --generated "$web" --without-repair && says out '^All, Generated'

fails 'No class has both' evaluate --real "$dns" --generated drawn --by tunnel
misused evaluate --real drawn --generated drawn --by colour
mkdir -p nothing
fails 'holds no traces' evaluate --real nothing --generated drawn
fails 'nowhere' evaluate --real nowhere.png --generated drawn
finish
