#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# engine.sh BUILD MODEL [RUNS]: the engine and the PyTorch peer side by side, item by item and in
# turn, on all cores. Needs python3-torch (Debian's, under /usr/bin/python3).
set -eu
here=$(dirname "$0")
build=$1 model=$2 runs=${3:-5}
threads=$(nproc)
export OMP_WAIT_POLICY=passive # what both programs do best with
for what in unet unet+controlnet vae_encode vae_decode text train sample20+controlnet; do
    echo "== $what"
    "$build/tests/bench/engine_bench" "$model" --device cpu --runs "$runs" --what "$what" | tail -n +2
    OMP_NUM_THREADS=$threads /usr/bin/python3 "$here/torch_peer.py" bench --model "$model" \
        --latent 136x128 --threads "$threads" --runs "$runs" --what "$what" | tail -n +3
done
