#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck source=tests/cli/support.sh
# Trainings with a folder for the run: killed and gone on with, chosen pictures, presets, and what
# is told beforehand, on a tiny random model.
. "$(dirname -- "$0")/support.sh"
export XDG_CACHE_HOME=$scratch/cache

"$make_model" model || exit 99
run 0 dataset "$web" "$dns" --caption 'pixelated network data: no vpn, web, http2' -o traces
train=(train traces --model model --device cpu --rows 64 --rank 2 --alpha 2 --seed 3)
prompt='pixelated network data: no vpn, web, http2'

# Killed at a moment of its choosing, it is found, goes on by its folder alone, and ends as if
# nothing had been.
"$torchlight" "${train[@]}" --steps 40 --save-every 3 -o k.safetensors --run k --preview-every 4 \
    --preview-steps 1 --preview "$prompt" >out 2>err &
pid=$!
for _ in {1..400}; do
    [[ -e k/checkpoint ]] && break
    sleep 0.02
done
kill -9 $pid
wait $pid 2>/dev/null
is_file k/run.json
is_file k/checkpoint
is_absent k.safetensors
says k/run.json '"state" : "running"'
run 0 train --run k --resume
says err 'after step [0-9]+'
says k/run.json '"state" : "done"'
is_absent k/checkpoint
is_file k/previews/000040_0.png
[[ $(wc -l <k/loss.csv) == 41 ]] || wrong 'the curve has not all its points'
run 0 "${train[@]}" --steps 40 -o w.safetensors
cmp -s k.safetensors w.safetensors || wrong 'a killed training differs from a whole one'

# Some pictures only.
run 0 "${train[@]}" --steps 2 -o one.safetensors --only none_dns_udp53_00001.png --json
says out '"pictures" : 1'
fails 'nowhere.png' "${train[@]}" --steps 2 -o none.safetensors --only nowhere.png
is_absent none.safetensors

# Presets are where to begin; an option has the last word.
run 0 "${train[@]}" --preset paper --steps 1 --rank 3 -o p.safetensors
run 0 info p.safetensors
says out 'rank +3'
says out 'ss_clip_skip +2'
says out 'ss_steps +1'
printf '{"name": "Mine", "settings": {"steps": 2, "rank": 1}}' >mine.json
run 0 "${train[@]:0:8}" --preset mine.json -o m.safetensors --json && says out '"steps" : 2'
misused "${train[@]}" --preset nothing -o m.safetensors
printf '{"name": "Bad", "settings": {"steps": "many"}}' >bad.json
fails 'bad.json' "${train[@]}" --preset bad.json -o m.safetensors
misused "${train[@]}" --preview-every 2 -o m.safetensors

# A graphics device that is lost ends the training with its last checkpoint kept, from which it goes on.
if [[ -z ${TORCHLIGHT_SANITIZED:-} ]]; then # which makes a software driver crawl
    TORCHLIGHT_VULKAN_FAULT=work:200 run 1 "${train[@]//cpu/vulkan}" --rows 16 --steps 100 --save-every 1 \
        -o lost.safetensors --run lost
    says err 'driver reset it'
    is_file lost/checkpoint
    is_absent lost.safetensors
    run 0 train --run lost --resume --device cpu
    says err 'after step [0-9]+'
    is_file lost.safetensors
fi

# A prediction trains nothing.
run 0 "${train[@]}" --steps 500 --predict --json
says out '"memory" : [0-9]{7}'
says out '"source" : "(measured|scaled)"' # of the trainings above
run 0 "${train[@]}" --predict && says out 'about .* on '
fails 'no/model' train traces --model no/model --predict

finish
