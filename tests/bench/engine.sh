#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# engine.sh BUILD [RUNS [TURNS]]: the engine beside the PyTorch peer, item by item and in turn, for the
# bundled model and a quarter-width Stable Diffusion 1.5 of random weights: times, peak memory and their
# ratios. PEER: more words for the peer, as --channels-last; THREADS: all cores unless set. Needs
# python3-torch (Debian's, under /usr/bin/python3). The quarter's items take minutes each.
set -eu
here=$(dirname "$0")
build=$1 runs=${2:-3} turns=${3:-1}
export OMP_WAIT_POLICY=passive # what both programs do best with
for model in "--model $here/../../data/models/mini" "--preset sd15 --width 0.25"; do
    # shellcheck disable=SC2086 # words
    "$build/app/cli/torchlight" bench $model --device cpu --threads "${THREADS:-$(nproc)}" \
        --runs "$runs" --turns "$turns" \
        --against "/usr/bin/python3 $here/torch_peer.py bench ${PEER:-}"
done
