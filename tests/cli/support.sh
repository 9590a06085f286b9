# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Shared by the tests of the command. Sourced with the command, make_model and the source root as
# arguments; leaves a scratch folder as the working directory.
set -uo pipefail

torchlight=$(realpath -- "$1")
make_model=$(realpath -- "$2")
source_root=$3
samples=$source_root/data/samples
shared=${TORCHLIGHT_SHARED:-$source_root/../shared}
web=$samples/none_web_http2_00003.pcap
dns=$samples/none_dns_udp53_00001.pcap
export OMP_NUM_THREADS=1
# A sanitizer's abort would be exit status 134 and count as a crash below.

scratch=$(mktemp -d "${TMPDIR:-/tmp}/torchlight-cli.XXXXXX")
trap 'rm -rf -- "$scratch"' EXIT
cd -- "$scratch" || exit 99

n_checks=0
n_wrong=0

wrong() {
    printf 'WRONG: %s\n' "$*"
    [[ -s out ]] && sed 's/^/    out: /' out | head -n 5
    [[ -s err ]] && sed 's/^/    err: /' err | head -n 5
    n_wrong=$((n_wrong + 1))
}

# run STATUS ARGS...: the command must leave with STATUS; its output is in the files out and err.
run() {
    local expected=$1 status
    shift
    n_checks=$((n_checks + 1))
    "$torchlight" "$@" >out 2>err
    status=$?
    ((status == expected)) || wrong "status $status, not $expected: torchlight $*"
}

# says FILE PATTERN: out or err must hold the (extended regular) pattern.
says() {
    n_checks=$((n_checks + 1))
    grep -qE -- "$2" "$1" || wrong "$1 does not say: $2"
}

# fails NAMED ARGS...: status 1 and a message that names what is wrong.
fails() {
    local named=$1
    shift
    run 1 "$@"
    says err "$named"
}

misused() {
    run 2 "$@"
    says err 'help'
}

is_file() {
    n_checks=$((n_checks + 1))
    [[ -s $1 ]] || wrong "there is no file $1"
}

# Nothing under the name, and nothing half-made beside it.
is_absent() {
    local left
    n_checks=$((n_checks + 1))
    left=$(find . -maxdepth 1 \( -name "$1" -o -name ".$1.*" \) -print)
    [[ -z $left ]] || wrong "left behind: $left"
}

same() {
    n_checks=$((n_checks + 1))
    diff -r -- "$1" "$2" >diff.txt || wrong "$1 and $2 differ: $(head -n 3 diff.txt)"
}

finish() {
    printf '%d wrong of %d checks\n' "$n_wrong" "$n_checks"
    ((n_wrong == 0 && n_checks > 0))
    exit
}
