#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# torchlight lora: files looked at, rewritten, combined, merged and extracted, on golden set A and
# on a tiny model; and controls of a generation.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

golden=$source_root/tests/goldens/A
main=$golden/lora/kohya_r4_a4.safetensors
extra=$golden/lora/kohya_proj_r2_a1.safetensors

run 0 lora info "$main" "$extra" && says out 'form +kohya' && says out 'layers +192' &&
    says out 'rank +2' && says out 'alpha +1'
run 0 lora info "$golden/lora/peft_r4.safetensors" --json && says out '"form" : "peft"'
fails 'no-such' lora info no-such.safetensors

# There and back; the sums hold, and do not when a byte is changed.
run 0 lora convert "$extra" -o kohya.safetensors
run 0 lora convert kohya.safetensors --to peft -o peft.safetensors
run 0 lora info peft.safetensors && says out 'form +peft' && says out 'alpha +1'
run 0 lora convert peft.safetensors --to kohya -o back.safetensors
same kohya.safetensors back.safetensors
run 0 lora info back.safetensors && says out 'as the file says'
size=$(stat -c %s back.safetensors)
printf '\1' | dd of=back.safetensors bs=1 seek=$((size - 4)) conv=notrunc status=none
run 0 lora info back.safetensors && says out 'was changed'
run 0 lora convert "$main" --dtype bf16 -o half.safetensors
run 0 lora info half.safetensors && says out 'bf16'

# Merged in, and out of the merged model again: rank 4 and rank 2 are rank 6.
run 0 lora merge --model "$golden/model" "$main:0.8" "$extra:0.5:0.25" -o merged
same "$golden/model/tokenizer" merged/tokenizer
run 0 lora extract --model "$golden/model" --tuned merged --rank 6 -o extracted.safetensors
says out '0\.00 %'
run 0 lora extract --model "$golden/model" --tuned merged --rank 2 -o extracted.safetensors --json
says out '"left" : 0\.[1-9]'
run 0 lora combine "$main:0.8" "$extra:0.5" -o both.safetensors
run 0 lora info both.safetensors && says out 'rank +2 to 6'

fails 'already' lora merge --model "$golden/model" "$main" -o merged
fails 'text width 48' lora merge "$main" -o other
is_absent other
fails 'other.safetensors' lora combine "$main" other.safetensors -o o
fails 'overwritten' lora convert half.safetensors -o half.safetensors
misused lora convert "$main" --to flac -o o
misused lora convert "$main:0.5" -o o
misused lora convert "$main" --dtype fp8 -o o
misused lora frob "$main"
misused lora extract --rank 4 -o o
misused lora extract --tuned merged --rank 0 -o o
is_absent o

# Controls: two of one map at weights that add up do what one does; every mode draws something else.
"$make_model" model || exit 99
run 0 encode "$dns" -o dns.png && run 0 canny dns.png -o edges.png --device cpu
cp edges.png more.png
draw=(generate --model model --device cpu --prompt web --any-words --steps 2 --seed 3)
run 0 "${draw[@]}" --control edges.png -o one
run 0 "${draw[@]}" --control edges.png:0.5 --control more.png:0.25:0-0.5:prompt:a1111 -o two
run 0 "${draw[@]}" --settings two/run.json -o again
same two again
run 0 info two/00000.png && says out 'more\.png:0\.25:0-0\.5:prompt:a1111'
for mode in prompt control; do
    for rules in diffusers a1111; do
        run 0 "${draw[@]}" -c edges.png --control-mode $mode --control-convention $rules -o $mode-$rules
        cmp -s one/00000.png $mode-$rules/00000.png && wrong "$mode by $rules draws what balanced does"
    done
done
misused "${draw[@]}" -c edges.png --control-mode loud -o o
misused "${draw[@]}" -c edges.png:x -o o
fails 'layers' "${draw[@]}" -c edges.png --control-layers 1,2 -o o
is_absent o
finish
