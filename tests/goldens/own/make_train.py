# SPDX-License-Identifier: Apache-2.0
"""Ten steps of LoRA training with each optimiser in PyTorch, on the UNet and LoRA of set A, as
goldens/sd1_train_ten.safetensors and INDEX.tsv beside it.

    /usr/bin/python3 make_train.py        (from any folder; torch 1.13 made the files here)

The UNet and its LoRA are those of tests/bench/torch_peer.py. Epsilon, min-SNR-gamma 5 (Hang et al.
2023): mean over samples of min(snr, 5) / snr times the mean squared error. Losses in float64, so that
what differs is the engine's rounding.
"""

import json
import math
import os
import struct
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
SET = os.path.join(HERE, "..", "A")
sys.path.insert(0, os.path.join(HERE, "..", "..", "bench"))
import torch_peer as peer  # noqa: E402

N_STEPS, GAMMA, DECAY = 10, 5.0, 0.01


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            (beta1, beta2), lr = group["betas"], group["lr"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                p.mul_(1 - lr * group["weight_decay"])
                p.sub_(lr * torch.sign(beta1 * m + (1 - beta1) * p.grad))
                m.mul_(beta2).add_((1 - beta2) * p.grad)


OPTIMISERS = {
    "adamw": lambda p: torch.optim.AdamW(p, 1e-3, weight_decay=DECAY),
    "lion": lambda p: Lion(p, 1e-4, weight_decay=DECAY),
    "sgd": lambda p: torch.optim.SGD(p, 1.0, momentum=0.9, nesterov=True, weight_decay=DECAY),
}


def losses(make, inputs):
    torch.manual_seed(0)
    folder = os.path.join(SET, "model", "unet")
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        unet = peer.build("unet", json.load(file), folder, dtype=torch.float64)
    lora = peer.read_safetensors(os.path.join(SET, "lora", "kohya_r4_a4.safetensors"))
    layers = peer.load_lora(unet, "unet", lora)
    params = [p for m in layers.values() for p in m.double().parameters()]
    optimiser, ac, found = make(params), peer.alphas_cumprod(torch.float64), []
    for i in range(N_STEPS):
        x, noise, t = inputs["latents"].double(), inputs["noise"][i].double(), inputs["timesteps"][i]
        optimiser.zero_grad()
        prediction = unet(peer.add_noise(x, noise, t, ac), t, inputs["encoder_hidden_states"].double())
        snr = ac[t] / (1 - ac[t])
        each = ((prediction - noise) ** 2).mean(dim=(1, 2, 3))
        loss = (torch.clamp(snr, max=GAMMA) / snr * each).mean()
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    return found


def write(path, tensors):
    header, data = {}, b""
    for name in sorted(tensors):
        raw = tensors[name].contiguous().numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensors[name].dtype]
        header[name] = {
            "dtype": kind,
            "shape": list(tensors[name].shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main():
    given = peer.read_safetensors(os.path.join(SET, "goldens", "train_lora.safetensors"))
    latents, context = given["input.latents"], given["input.encoder_hidden_states"]
    random = torch.Generator().manual_seed(5)
    inputs = {
        "latents": latents.clone(),
        "encoder_hidden_states": context.clone(),
        "noise": torch.randn((N_STEPS, *latents.shape), generator=random),
        "timesteps": torch.randint(0, 1000, (N_STEPS, latents.shape[0]), generator=random),
    }
    tensors = {"input." + name: tensor for name, tensor in inputs.items()}
    lines = ["file\ttensor\tdtype\tshape\trms\tmaxabs\tfp32_vs_fp64_maxabs\tsuggested_atol"]
    for name, make in OPTIMISERS.items():
        for i, loss in enumerate(losses(make, inputs)):
            assert math.isfinite(loss)
            key = "output.%s.step%d.loss" % (name, i)
            tensors[key] = torch.tensor([loss], dtype=torch.float32)
            lines.append("sd1_train_ten.safetensors\t%s\tF32\t1\t%.4g\t%.4g\t0\t%.2e" % (key, loss, loss, loss * 1e-5))
            print(key, loss)
    folder = os.path.join(HERE, "goldens")
    write(os.path.join(folder, "sd1_train_ten.safetensors"), tensors)
    with open(os.path.join(folder, "INDEX.tsv"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
