#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a model is needed for: train, generate, and their bad input, on a tiny random model.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

"$make_model" model || exit 99
printf 'file,caption\n%s,"pixelated network data: no vpn, web, http2"\n%s,"pixelated network data: no vpn, dns, udp53"\n' \
    "${web##*/}" "${dns##*/}" >captions.csv
run 0 dataset "$web" "$dns" --captions captions.csv -o traces
run 0 info traces && says out 'udp53'
run 0 info model && says out 'unet' && says out 'controlnet'
says out 'Stable Diffusion 1\.x' && says out 'heads by level +2, 2, 2' && says out 'prediction +epsilon'
run 0 info model/vae && says out 'scaling factor +0\.18215'
run 0 info model --json && says out '"kind"'
run 0 info model.safetensors && says out 'a whole model' && says out 'names +original'

# Training: the same seed gives the same bytes, stopped or not.
train=(train traces --model model --device cpu --rows 64 --rank 2 --alpha 2)
run 0 "${train[@]}" --steps 6 --seed 3 -o a.safetensors --json && says out '"steps" : 6'
run 0 "${train[@]}" --steps 6 --seed 3 -o b.safetensors --save-every 2
same a.safetensors b.safetensors
is_absent b.safetensors.checkpoint
run 0 "${train[@]}" --steps 6 --seed 4 -o b.safetensors
cmp -s a.safetensors b.safetensors && wrong 'another seed gives the same LoRA'
run 0 info a.safetensors && says out 'LoRA' && says out 'ss_network_dim +2'
run 0 "${train[@]}" --steps 2 --min-snr 5 --caption-dropout 0.5 --text-lr-scale 0 --batch 2 \
    --warmup 1 -o c.safetensors

# Other styles of dataset train too; the colours of the pictures make no difference.
run 0 dataset "$web" "$dns" --captions captions.csv --style kohya --repeats 3 -o kohya
run 0 "${train[@]/traces/kohya}" --steps 2 --seed 3 -o k.safetensors
run 0 dataset kohya --palette netdiffusion -o swapped
run 0 "${train[@]/traces/swapped}" --steps 2 --seed 3 -o n.safetensors
run 0 dataset swapped -o back
for picture in traces/*.png; do same "$picture" "back/${picture##*/}"; done
run 0 "${train[@]/traces/back}" --steps 2 --seed 3 -o m.safetensors
weights() { tail -c +"$(($(od -An -t u8 -N 8 "$1") + 9))" "$1" | sha256sum; }
[[ $(weights n.safetensors) == "$(weights m.safetensors)" ]] || wrong 'colours change the training'

# A training that was stopped goes on where it was.
"$torchlight" "${train[@]}" --steps 100000 --seed 3 -o r.safetensors --save-every 3 >out 2>err &
pid=$!
for ((i = 0; i < 300; i++)); do
    [[ -e r.safetensors.checkpoint ]] && break
    sleep 0.1
done
kill -INT $pid
wait $pid
status=$?
n_checks=$((n_checks + 1))
((status == 1)) || wrong "status $status when stopped"
says err 'cancelled'
is_absent r.safetensors
is_file r.safetensors.checkpoint
stopped_at=$("$torchlight" info r.safetensors.checkpoint |
    sed -n 's/^ *torchlight\.step  *\([0-9]*\)$/\1/p')
[[ $stopped_at -ge 3 ]] || wrong "the checkpoint says step '$stopped_at'"
steps=$((stopped_at + 2))
if ((steps < 400)); then
    run 0 "${train[@]}" --steps $steps --seed 3 -o r.safetensors --resume
    is_absent r.safetensors.checkpoint
    run 0 "${train[@]}" --steps $steps --seed 3 -o s.safetensors
    "$torchlight" info r.safetensors >r.txt && "$torchlight" info s.safetensors >s.txt
    same r.safetensors s.safetensors
fi
cp a.safetensors t.safetensors.checkpoint
fails 't.safetensors.checkpoint' "${train[@]}" --steps 3 -o t.safetensors --resume
is_absent t.safetensors

# Generating.
draw=(generate --model model --device cpu --prompt 'pixelated network data: no vpn, web, http2'
    --steps 2)
small=("${draw[@]}" --width 128 --height 64)
run 0 "${small[@]}" --count 2 --seed 9 -o one --lora a.safetensors:0.5 --json
says out '"seed" : 10'
run 0 "${small[@]}" --count 2 --seed 9 -o two --lora a.safetensors:0.5
same one two
run 0 "${small[@]}" --seed 10 -o ten --lora a.safetensors:0.5
same ten/00000.png one/00001.png
run 0 info one/00000.png && says out 'a.safetensors:0.5' && says out 'seed +9'
for sampler in ddim euler euler_a dpmpp_2m dpmpp_2m_karras unipc; do
    run 0 "${small[@]}" --sampler $sampler --cfg 1 -o "s-$sampler"
done
cmp -s s-ddim/00000.png s-euler/00000.png && wrong 'two samplers draw the same'
run 0 encode "$dns" -o dns.png && run 0 canny dns.png -o edges.png --device cpu
run 0 "${draw[@]}" --control edges.png --control-weight 0.7 -o full
is_file full/00000.trace.png
run 0 repair full/00000.png -o full.pcap --template "$web"
fails 'edges.png' "${small[@]}" --control edges.png -o o
fails 'dns.pcap' "${small[@]}" --control dns.pcap -o o
fails '100' "${small[@]}" --width 100 -o o
fails 'a.safetensors' "${small[@]}" --lora full/a.safetensors -o o
fails 'dns.png' "${small[@]}" --lora dns.png -o o
fails 'longer' "${small[@]}" --prompt "$(printf 'word %.0s' {1..200})" -o o
fails 'one' "${small[@]}" --model one -o o
is_absent o

# A model in one file is the same model, once it is told what the file does not say.
pixels() { LC_ALL=C sed -n '/IDAT/,$p' "$1" | LC_ALL=C sed '1s/.*IDAT//'; }
run 0 "${small[@]}" --seed 9 -o folder
run 0 "${small[@]}" --seed 9 --model model.safetensors --config model -o file
n_checks=$((n_checks + 1))
cmp -s <(pixels folder/00000.png) <(pixels file/00000.png) || wrong 'another picture from the same model in one file'
run 0 generate --settings file/run.json -o again && same file again
run 0 "${small[@]}" --seed 9 --model model.safetensors --config model --prediction v -o v
cmp -s <(pixels file/00000.png) <(pixels v/00000.png) && wrong 'what is predicted makes no difference'
run 0 "${small[@]}" --seed 9 --vae model.safetensors -o vae
cmp -s <(pixels folder/00000.png) <(pixels vae/00000.png) || wrong 'another picture from the same VAE'
fails 'LoRA' "${small[@]}" --vae a.safetensors -o o
run 0 "${train[@]}" --model model.safetensors --config model --steps 1 -o file.safetensors
fails 'model.safetensors' "${small[@]}" --model model.safetensors -o o
fails 'LoRA' "${small[@]}" --model a.safetensors -o o
fails 'LoRA' "${small[@]}" --controlnet a.safetensors -o o
fails 'epsilon' "${small[@]}" --prediction noise -o o
printf 'PK\003\004 pickled' >model.ckpt
fails 'model.ckpt' "${small[@]}" --model model.ckpt -o o && says err 'safetensors'

# Words that the model's captions do not have.
cp "$source_root/data/captions/vocabulary.txt" model/
fails 'wireguard' "${small[@]}" --prompt 'pixelated network data: wirequard, web, http2' -o o
fails 'no vpn, wireguard' "${small[@]}" --prompt 'a photograph of a cat' -o o
is_absent o
run 0 "${small[@]}" --prompt 'Pixelated network data: wireguard, web, http3' -o o
run 0 "${small[@]}" --prompt 'a cat' --any-words -o o
run 0 "${small[@]}" --prompt 'a cat' --lora a.safetensors -o o
rm -r o model/vocabulary.txt

# A caption edited by hand counts; a dataset that was tampered with does not.
cp -r traces tampered && echo 'another caption' >tampered/none_dns_udp53_00001.txt
run 0 "${train[@]/traces/tampered}" --steps 1 -o o
rm -r o
head -c 900000 /dev/zero | tr '\0' '[' >tampered/metadata.jsonl
fails 'metadata.jsonl' "${train[@]/traces/tampered}" --steps 1 -o o
fails 'metadata.jsonl' info tampered
rm -r tampered
is_absent o

# Stopped while it draws.
"$torchlight" "${small[@]}" --steps 900 --count 1000 -o o >out 2>err &
pid=$!
for ((i = 0; i < 100; i++)); do
    compgen -G '.o.*' >/dev/null && break
    sleep 0.05
done
sleep 0.2
kill -TERM $pid
wait $pid
status=$?
n_checks=$((n_checks + 1))
((status == 1)) || wrong "status $status when stopped while drawing"
says err 'cancelled'
is_absent o

# Models with something wrong.
broken() {
    local what=$1 named=$2
    fails "$named" generate --model broken --device cpu --prompt x --width 64 --height 64 --steps 1 -o o
    fails "$named" "${train[@]}" --model broken --steps 1 -o o
    is_absent o
    rm -rf broken
    : "$what"
}
cp -r model broken && rm broken/vae/*.safetensors && broken 'no weights' 'vae'
cp -r model broken && rm broken/tokenizer/merges.txt && broken 'no merges' 'merges.txt'
cp -r model broken && truncate -s -100 broken/unet/*.safetensors && broken 'cut' 'unet'
cp -r model broken && : >broken/text_encoder/model.safetensors && broken 'empty' 'text_encoder'
cp -r model broken && sed -i 's/"block_out_channels": *\[ *8/"block_out_channels": [12/; s/^ *8,$/ 12,/' broken/unet/config.json &&
    broken 'other widths' 'unet'
cp -r model broken && sed -i 's/scaled_linear/wavy/' broken/scheduler/scheduler_config.json &&
    broken 'unknown value' 'wavy'
fails 'no-model' generate --model no-model --prompt x -o o
fails 'empty-set' "${train[@]/traces/empty-set}" --steps 1 -o o
mkdir empty-set
fails 'empty-set' "${train[@]/traces/empty-set}" --steps 1 -o o
fails 'no/such' "${train[@]}" --steps 1 -o no/such/l.safetensors
(ulimit -f 4 && exec "$torchlight" "${train[@]}" --steps 1 -o o >out 2>err) && wrong 'a full disk'
is_absent o
# What the VAE alone gives back, field by field; with noise on the latents it is other bits.
run 0 reconstruct traces --model model --device cpu && says out 'not random by nature' && says out 'ipv4_ttl'
run 0 reconstruct traces --model model --device cpu --limit 1 --json && says out '"pictures" : 1'
run 1 reconstruct absent --model model --device cpu && says err 'absent'

# A whole model, then its decoder alone: the rest stays as it was.
pretrain=(--config model --device cpu --seed 1 --vae-rows 8 --vae-columns 1088 --vae-batch 1 --rows 64
    --batch 1 --control-rows 64 --control-batch 1 --full-steps 0)
run 0 pretrain traces -o made "${pretrain[@]}" --vae-steps 2 --unet-steps 2 --control-steps 1
run 0 info made && says out 'unet'
run 0 pretrain traces -o tuned "${pretrain[@]}" --init made --decoder-only --latent-noise 0.1 \
    --vae-steps 1 --unet-steps 0 --control-steps 0
for part in unet controlnet; do
    same made/$part/diffusion_pytorch_model.safetensors tuned/$part/diffusion_pytorch_model.safetensors
done
cmp -s {made,tuned}/vae/diffusion_pytorch_model.safetensors && wrong 'the decoder is as it was'
run 1 pretrain traces -o none "${pretrain[@]}" --vae-steps 0 && says err 'start at 1'

finish
