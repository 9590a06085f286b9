#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The benchmark as a user runs it: what it measures, plans, exports and compares with. How fast
# anything is is not tested.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

small=(--device cpu --preset mini --latent 8x8 --runs 1 --budget 1)

run 0 bench "${small[@]}" --what text,unet,train
says out 'GFLOP/s, .* GB/s$' && says out '^unet +[0-9]' && says out '^train +[0-9]'
run 0 bench "${small[@]}" --what tokenizer --json
says out '"item" : "tokenizer"' && says out '"peak_gflops" : [0-9]'
run 0 bench ops --device cpu --runs 1 --budget 1 --filter '^layer_norm 4352'
says out '^layer_norm 4352x640 +[0-9]'
run 0 bench "${small[@]}" --what 'sample20+controlnet' --width 0.5
says out '^sample20\+controlnet +[0-9]'

# Memory is planned without memory: Stable Diffusion 1.5 in whole.
run 0 bench --preset sd15 --plan --precision f32 --what unet,vae_decode --json
says out '"weights_mb" : 3278' && says out '"item" : "vae_decode"'
run 0 bench --preset sd21 --plan --precision f16 --what text --json
says out '"weights_mb" : 6[0-9][0-9]\.'

# The folder of a preset is a model without weights.
run 0 bench export quarter --preset sd15 --width 0.25
is_file quarter/unet/config.json && is_file quarter/model_index.json
says quarter/unet/config.json '"norm_num_groups": 16'
run 0 bench --model quarter --plan --what unet
says out '^unet +[0-9]'

# A peer that takes twice our time whatever that is, and one that fails.
cat >peer.sh <<'TEXT'
#!/bin/sh
for word; do
    case $word in --what=*) item=${word#--what=} ;; --model=*) model=${word#--model=} ;; esac
done
[ -f "$model/unet/config.json" ] || exit 3
[ "$item" = unet ] || { echo "no $item here" >&2; exit 1; }
echo "something else"
printf '{"item": "%s", "ms": 100000, "cpu_ms": 150000, "peak_mb": 1e6}\n' "$item"
TEXT
chmod +x peer.sh
run 0 bench "${small[@]}" --what unet --turns 2 --against ./peer.sh --json
says out '"peer_threads" : 1.5' && says out '"time_ratio" : 0\.0'
run 1 bench "${small[@]}" --what text --against ./peer.sh
says out 'no text here' && says out '^text +[0-9]'
run 1 bench "${small[@]}" --what unet --against './no-such-program'
says out 'no-such-program'

misused bench nothing
misused bench --latent 8
misused bench --runs 0
misused bench ops --against ./peer.sh
fails 'sd99' bench --preset sd99 --plan
fails 'no-model' bench --model no-model --plan
fails '0\.01' bench --preset sd15 --width 0.01 --plan
fails 'nothing-called-so' bench ops --device cpu --filter nothing-called-so
run 1 bench --preset mini --plan --what nonsense
says out 'unet\+controlnet'
finish
