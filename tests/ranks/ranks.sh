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
TORCHLIGHT_LIBDIR=$scratch mpi 1 "$test_ranks" || wrong 'a single process wants MPI'
TORCHLIGHT_LIBDIR=$scratch mpi 2 "$test_ranks" && wrong 'ran without its module'
says err 'build with -Dmpi=enabled'

# A training by two ranks is that of one process with the same batches, but for rounding.
"$make_model" model || exit 99
run 0 dataset "$web" "$dns" --caption 'pixelated network data: no vpn, web, http2' -o traces
train=(train traces --model model --device cpu --rows 64 --rank 2 --alpha 2 --seed 3 --caption-dropout 0.3)
run 0 "${train[@]}" --steps 6 --accumulate 2 -o one.safetensors --run one
mpi 2 "$torchlight" "${train[@]}" --steps 6 -o two.safetensors --run two ||
    wrong 'a training by two ranks failed'
[[ $(grep -c 'two.safetensors: 6 steps' out) == 1 ]] || wrong 'not the first rank alone told the result'
/usr/bin/python3 "$source_root/tests/ranks/close.py" one.safetensors two.safetensors one/loss.csv two/loss.csv \
    >close.txt || wrong "two ranks learnt something else: $(cat close.txt)"

# A rank that is killed ends it all, with what was saved; gone on with, it ends as if nothing had been.
run_two=("$torchlight" "${train[@]}" --steps 60 --save-every 2 -o killed.safetensors --run killed)
mpi 2 "${run_two[@]}" &
launcher=$!
for _ in {1..500}; do
    [[ -e killed/checkpoint ]] && break
    sleep 0.02
done
pkill -KILL -n -f -- '-o killed.safetensors --run killed' || wrong 'no rank to kill'
wait $launcher && wrong 'a killed rank went unnoticed'
is_file killed/checkpoint
is_absent killed.safetensors
mpi 2 "${run_two[@]}" --resume || wrong 'two ranks cannot go on'
mpi 2 "$torchlight" "${train[@]}" --steps 60 -o whole.safetensors || wrong 'a whole training failed'
cmp -s killed.safetensors whole.safetensors || wrong 'gone on with, the training ends otherwise'

# Pictures are dealt out by seed and come out as from one process.
draw=(generate --model model --prompt web --any-words --device cpu --width 64 --height 64 --steps 2 --seed 5 --count 5)
run 0 "${draw[@]}" -o drawn1
mpi 2 "$torchlight" "${draw[@]}" -o drawn2 || wrong 'two ranks cannot draw'
[[ $(grep -c 'drawn2: 5 pictures' out) == 1 ]] || wrong 'not the first rank alone told the result'
for i in 0 1 2 3 4; do
    cmp -s "drawn1/0000$i.png" "drawn2/0000$i.png" || wrong "picture $i is another one by two ranks"
done

# What one rank cannot do ends the others, and they say so.
mpi 2 sh -c 'test "$OMPI_COMM_WORLD_RANK" = 1 && cd model; exec "$@"' sh \
    "$torchlight" "${train[@]}" --steps 5 -o half.safetensors && wrong 'half a training succeeded'
says err 'rank 1: '
is_absent half.safetensors

[[ -n ${TORCHLIGHT_SHOW:-} ]] && cat close.txt
finish
