#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Captures that are damaged, odd, or were trouble to others: each is read with status 0, and what
# is damaged in it is said, or refused with status 1 and one sentence that names it. Where tshark
# finds IPv4 packets there is a picture, which can be repaired.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

bad=$shared/traces/bad
if [[ ! -d $bad ]]; then
    echo 'skipped: traces/bad is absent (TORCHLIGHT_SHARED)'
    exit 77
fi

# Name, whether tshark calls it damaged, and how many IPv4 packets it finds.
python3 - "$bad/MANIFEST.csv" >manifest <<'PYTHON'
import csv, sys
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")):
    print(row["file"], int(row["tshark_rc"] == "2"), row["tshark_outer_ipv4"] or 0)
PYTHON

# What a command may do with a file: answers FILE DAMAGED COMMAND...
answers() {
    local file=$1 is_damaged=$2 status
    shift 2
    n_checks=$((n_checks + 1))
    "$torchlight" "$@" >out 2>err
    status=$?
    case $status in
    0) [[ $is_damaged == 0 ]] || grep -q "$file.*is damaged" out err || wrong "no warning: $*" ;;
    1)
        [[ $(wc -l <err) == 1 && $(<err) == *"$file"*. ]] ||
            wrong "no sentence that names the file: $*"
        ;;
    *) wrong "status $status: $*" ;;
    esac
    return "$status"
}

n_files=0
while read -r file is_damaged n_ipv4; do
    n_files=$((n_files + 1))
    rm -f o.png o.pcap
    answers "$file" "$is_damaged" info "$bad/$file"
    # Sanitizers make a start slow; what differs between the commands they have seen elsewhere.
    [[ -n ${TORCHLIGHT_SANITIZED:-} ]] || answers "$file" "$is_damaged" flows "$bad/$file"
    if answers "$file" "$is_damaged" encode "$bad/$file" -o o.png; then
        is_file o.png
        "$torchlight" repair o.png -o o.pcap >out 2>err
        status=$?
        ((status <= 1)) || wrong "status $status when repairing $file"
    else
        is_absent o.png
        [[ $n_ipv4 == 0 ]] || wrong "no picture of $n_ipv4 packets: $file"
    fi
done <manifest
((n_files > 50)) || wrong "$n_files files only: is the manifest whole?"
finish
