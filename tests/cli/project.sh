#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Projects from the command: made, filled, looked at; what is wrong is said, and nothing is lost.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

run 0 project --help && says out 'Examples:' && says out 'torchlight project import'
misused project
misused project new
misused project open p
misused project new p q
misused project import p
misused project import p "$web" --caption a --template b
misused project import p "$web" --flows none
misused project import p "$web" --min-packets 0

run 0 project new p --name 'A project' && says out 'empty project' && is_file p/project.json
fails 'already' project new p
run 0 project import p "$web" "$dns" && says out 'p: 2 traces more'
is_file p/pictures/none_web_http2_00003.png && is_file p/project.json~
says p/pictures/none_web_http2_00003.txt '^pixelated network data: no vpn, web, http2$'
run 0 project info p && says out '^A project$' && says out ' 2  traces$' && says out ' 2  captures$'
says out ' 1  pixelated network data: no vpn, dns, udp53$'
run 0 project info p --json && says out '"name" : "A project"' && says out '"problem" : null'
run 0 info p/pictures && says out 'dataset'

# One bad file does not keep the others out; the status says that there was one.
printf 'no capture' >bad.pcap
run 1 project import p bad.pcap "$web" --packets 500 --pictures 1 --template '{1} {2}'
says err 'bad.pcap' && says out '1 trace more' && is_file p/pictures/none_web_http2_00003_2.png
says p/pictures/none_web_http2_00003_2.txt 'no vpn, web' # captions.csv beside it says so
cp "$web" a_b.pcap
run 0 project import p a_b.pcap --template 'x: {1}, {3}, {2}' --json && says out '"traces" : 1'
says p/pictures/a_b.txt '^x: a, b$'
misused project import p a_b.pcap --template '{'
misused project import p a_b.pcap --filter 'no such words'
misused project import p a_b.pcap --packets 2000
run 1 project import p nothing && says err 'nothing.* not there'

# Damage: the backup is opened and said; a lost picture is named; a newer version is only looked at.
rm p/pictures/a_b.png && run 0 project info p && says out ' 4  traces, the files of 1 are missing'
printf '{"version": 1' >p/project.json
run 0 project info p && says err 'damaged' && says out ' [34]  traces'
run 0 project info p --json && says out '"problem" : "project.json is damaged'
run 0 project import p "$dns" && says err 'damaged' && is_file p/project.json.broken
mkdir newer && printf '{"version": 9}' >newer/project.json
run 0 project info newer && says err 'newer version'
fails 'newer version' project import newer "$web"
mkdir none && fails 'no project' project info none
fails 'no project' project import none "$web"

# The sample project, as the workbench makes it.
run 0 project sample sample && says out '27 traces' && run 0 project info sample && says out ' 27  traces$'
fails 'already' project sample sample
finish
