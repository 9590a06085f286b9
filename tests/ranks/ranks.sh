#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck source=tests/cli/support.sh
# Two processes under mpirun: what they say to each other, one that stays away.
test_ranks=$(realpath -- "$4")
. "$(dirname -- "$0")/../cli/support.sh"
export TORCHLIGHT_LIBDIR OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
TORCHLIGHT_LIBDIR=$(dirname -- "$torchlight")

# mpi N ARGS...: what N processes do; on one machine, and as many as there are cores or more.
mpi() {
    local n=$1
    shift
    timeout 100 mpirun --oversubscribe --bind-to none --mca btl self,vader \
        --mca btl_vader_single_copy_mechanism none -n "$n" "$@" >out 2>err
}

mpi 2 "$test_ranks" || wrong 'two ranks do not get on'
[[ $(grep -c 'of 2: whole' out) == 2 ]] || wrong 'not both ranks came to the end'
mpi 3 "$test_ranks" || wrong 'three ranks do not get on'
mpi 2 "$test_ranks" absent && wrong 'a rank that stays away went unnoticed'
says out 'gave up'
TORCHLIGHT_LIBDIR=$scratch mpi 2 "$test_ranks" && wrong 'ran without its module'
says err 'build with -Dmpi=enabled'

finish
