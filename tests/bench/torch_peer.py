#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The PyTorch peer: Stable-Diffusion-class models in plain torch.nn, to be timed beside another implementation.

    torch_peer.py verify DIR             compare with the golden set in DIR (model/, controlnet/, lora/, goldens/ ...)
    torch_peer.py bench [options]        time whole models: forward, LoRA training step, 20-step sampling
    torch_peer.py ops [options]          time single operations at Stable Diffusion shapes
    torch_peer.py export DIR --preset P  write the preset's config.json files, so that both sides run one shape

Needs torch (1.13 on CPU ... 2.x on CUDA) and numpy. Modules and parameters bear the names of a diffusers model folder.
Shapes: B batch, C channels, H W height and width of the latent or layer, T tokens (H*W, or 77 of text), D width of
the text context, N = B*heads, d = C/heads.
"""
import argparse, contextlib, json, math, mmap, os, re, resource, statistics, sys, time

if __name__ == "__main__":   # the thread pools read these when their library loads: before importing torch
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")   # else OpenMP's idle threads spin against OpenBLAS's own pool
    for a, b in zip(sys.argv, sys.argv[1:] + [""]):
        if a.split("=")[0] == "--threads":
            for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
                os.environ[v] = a[10:] or b
import torch, torch.nn as nn, torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

# ---------------------------------------------------------------- safetensors: u64 header length, JSON, raw data
DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
          "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool}

def read_safetensors(path, meta=None):
    """name -> tensor; the file's metadata go into the dict `meta`. The tensors are views of a private copy-on-write
    mapping: pages are read when first used."""
    with open(path, "rb") as f:
        mm = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY)
    base = 8 + int.from_bytes(mm[:8], "little")
    out, header = {}, json.loads(mm[8:base])
    (meta if meta is not None else {}).update(header.pop("__metadata__", {}))
    for name, h in header.items():
        (a, b), dt, n = h["data_offsets"], DTYPES[h["dtype"]], math.prod(h["shape"])
        if not 0 <= a <= b <= len(mm) - base or b - a != n * torch.empty(0, dtype=dt).element_size():
            raise ValueError("%s: tensor %s lies outside the file or has a wrong size" % (path, name))
        t = torch.frombuffer(mm, dtype=dt, count=n, offset=base + a) if n else torch.empty(0, dtype=dt)
        out[name] = t.reshape(h["shape"])
    return out

# ---------------------------------------------------------------- attention
SDPA = getattr(F, "scaled_dot_product_attention", None)   # torch >= 2.0
ATTN = "auto"        # --attn: auto = sdpa where torch has it, else naive, or chunked once the scores outgrow CHUNK
CHUNK = 24 << 20     # bytes of scores that the chunked form holds at a time: they should stay in the last-level cache
COUNT = None         # the FLOP counter, during a counting pass only

def scores(q, k, scale, causal=False):   # (N,T,d) (N,S,d) -> softmax(scale q k') (N,T,S)
    s = torch.bmm(q * scale, k.transpose(1, 2))   # not baddbmm(beta=0): it can yield NaN in Debian's torch 1.13
    return (s + torch.full_like(s[0], float("-inf")).triu(1) if causal else s).softmax(-1)

class ChunkedAttention(torch.autograd.Function):
    """softmax(scale q k') v for `rows` query rows at a time; the backward pass recomputes the scores.
    q (N,T,d); k, v (N,S,d). Exact, and the score matrix never exists as a whole."""
    @staticmethod
    def forward(ctx, q, k, v, scale, rows):
        out = torch.empty_like(q)
        for i in range(0, q.shape[1], rows):
            out[:, i:i + rows] = torch.bmm(scores(q[:, i:i + rows], k, scale), v)
        ctx.save_for_backward(q, k, v, out)
        ctx.scale, ctx.rows = scale, rows
        return out
    @staticmethod
    def backward(ctx, dout):
        q, k, v, out = ctx.saved_tensors
        dq, dk, dv = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        delta = (dout * out).sum(-1, keepdim=True)                     # (N,T,1)
        for i in range(0, q.shape[1], ctx.rows):
            s = slice(i, i + ctx.rows)
            p = scores(q[:, s], k, ctx.scale)                          # (N,rows,S)
            dv.baddbmm_(p.transpose(1, 2), dout[:, s])
            ds = torch.bmm(dout[:, s], v.transpose(1, 2)).sub_(delta[:, s]).mul_(p).mul_(ctx.scale)
            dq[:, s] = torch.bmm(ds, k)
            dk.baddbmm_(ds.transpose(1, 2), q[:, s])
        return dq, dk, dv, None, None

def attend(q, k, v, heads, causal=False):
    """q (B,T,C); k, v (B,S,C) -> (B,T,C)"""
    (B, T, C), S, d = q.shape, k.shape[1], q.shape[2] // heads
    if COUNT:
        COUNT.add("attention", 4 * B * T * S * C, q, k)
    q, k, v = (t.view(B, -1, heads, d).transpose(1, 2) for t in (q, k, v))               # (B,heads,T,d)
    if SDPA and ATTN in ("auto", "sdpa"):
        return SDPA(q, k, v, is_causal=causal).transpose(1, 2).reshape(B, T, C)
    q, k, v = (t.reshape(B * heads, -1, d) for t in (q, k, v))                           # (N,T,d)
    size = B * heads * T * S * q.element_size()
    if not causal and (ATTN == "chunked" or (ATTN == "auto" and size > CHUNK)):
        o = ChunkedAttention.apply(q, k, v, d ** -0.5, max(1, min(T, T * CHUNK // size)))
    else:
        o = torch.bmm(scores(q, k, d ** -0.5, causal), v)
    return o.view(B, heads, T, d).transpose(1, 2).reshape(B, T, C)

# ---------------------------------------------------------------- LoRA
class LoRA(nn.Module):
    """scale * up(down(x)), scale = alpha / rank. down (r,Cin[,1,1]), up (Cout,r[,1,1]): fp32 even over a half base."""
    def __init__(self, base, rank, alpha):
        super().__init__()
        (co, ci), tail, self.scale = base.weight.shape[:2], base.weight.shape[2:], alpha / rank
        kw = dict(device=base.weight.device, dtype=torch.promote_types(base.weight.dtype, torch.float32))
        self.down = nn.Parameter(torch.empty(rank, ci, *tail, **kw))
        self.up = nn.Parameter(torch.zeros(co, rank, *tail, **kw))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))
    def forward(self, x):
        op = F.conv2d if self.down.ndim == 4 else F.linear
        return op(op(x, self.down.to(x.dtype)) * self.scale, self.up.to(x.dtype))

class Adaptable:   # mixin: a layer that may carry a LoRA
    def __init__(self, *a, **kw):
        super().__init__(*a, **kw)
        self.lora = None
    def forward(self, x):
        return super().forward(x) if self.lora is None else super().forward(x) + self.lora(x)

class Linear(Adaptable, nn.Linear): pass
class Conv(Adaptable, nn.Conv2d): pass

def lora_layers(model):
    return [(n, m) for n, m in model.named_modules() if isinstance(m, Adaptable)]

def add_lora(model, rank):
    """A LoRA on every Linear and 1x1 convolution of the transformer (or CLIP) blocks, or none if rank is 0."""
    for _, m in lora_layers(model):
        m.lora = LoRA(m, rank, rank) if rank else None
    return [p for _, m in lora_layers(model) if rank for p in m.lora.parameters()]

def load_lora(model, prefix, sd, multiplier=1.0):
    """LoRAs of a kohya, peft or diffusers file; prefix is unet or text_encoder. Returns kohya name -> LoRA."""
    found = {}
    for name, m in lora_layers(model):
        m.lora, dotted = None, prefix + "." + name
        kohya = {"unet": "lora_unet_", "text_encoder": "lora_te_"}[prefix] + name.replace(".", "_")
        for form in (kohya + ".lora_%s", dotted + ".lora.%s", dotted + ".lora_linear_layer.%s", dotted + ".lora_%s"):
            down, up = (form % s + ".weight" for s in (("A", "B") if form == dotted + ".lora_%s" else ("down", "up")))
            if down in sd:
                rank = sd[down].shape[0]
                m.lora = found[kohya] = LoRA(m, rank, float(sd.get(kohya + ".alpha", rank)) * multiplier)
                m.lora.down.data.copy_(sd[down])
                m.lora.up.data.copy_(sd[up])
    return found

# ---------------------------------------------------------------- blocks shared by UNet, ControlNet and VAE
class Net(nn.Module):
    """A module of keyword children: Net(conv=..., norm=...); a list becomes an nn.ModuleList"""
    def __init__(self, **children):
        super().__init__()
        for name, child in children.items():
            setattr(self, name, nn.ModuleList(child) if isinstance(child, list) else child)

def conv3(ci, co, stride=1, pad=1):
    return nn.Conv2d(ci, co, 3, stride, pad)

def run(ckpt, f, *args):   # f(*args), recomputed in the backward pass if ckpt
    return checkpoint(f, *args, use_reentrant=False) if ckpt and torch.is_grad_enabled() else f(*args)

class ResBlock(Net):
    def __init__(self, ci, co, groups, eps, temb=0):
        super().__init__(norm1=nn.GroupNorm(groups, ci, eps), conv1=conv3(ci, co),
                         norm2=nn.GroupNorm(groups, co, eps), conv2=conv3(co, co),
                         time_emb_proj=nn.Linear(temb, co) if temb else None,
                         conv_shortcut=nn.Conv2d(ci, co, 1) if ci != co else None)
    def forward(self, x, temb=None):                                   # x (B,ci,H,W), temb (B,4*C0) -> (B,co,H,W)
        h = self.conv1(F.silu(self.norm1(x)))
        if temb is not None:
            h = h + self.time_emb_proj(F.silu(temb))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return (x if self.conv_shortcut is None else self.conv_shortcut(x)) + h

class Attention(Net):
    def __init__(self, c, heads, ctx=None, bias=False, **more):
        super().__init__(heads=heads, to_q=Linear(c, c, bias=bias), to_k=Linear(ctx or c, c, bias=bias),
                         to_v=Linear(ctx or c, c, bias=bias), to_out=[Linear(c, c)], **more)
    def forward(self, x, ctx=None):                                    # x (B,T,C), ctx (B,77,D), None: self-attention
        ctx = x if ctx is None else ctx
        return self.to_out[0](attend(self.to_q(x), self.to_k(ctx), self.to_v(ctx), self.heads))

class GEGLU(Net):
    def __init__(self, c):
        super().__init__(proj=Linear(c, 8 * c))
    def forward(self, x):                                              # (B,T,C) -> (B,T,4C)
        value, gate = self.proj(x).chunk(2, -1)
        return value * F.gelu(gate)

class TransformerBlock(Net):
    def __init__(self, c, heads, ctx):
        super().__init__(norm1=nn.LayerNorm(c), attn1=Attention(c, heads), norm2=nn.LayerNorm(c),
                         attn2=Attention(c, heads, ctx), norm3=nn.LayerNorm(c),
                         ff=Net(net=[GEGLU(c), nn.Identity(), Linear(4 * c, c)]))
    def forward(self, x, ctx):                                         # (B,T,C)
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), ctx)
        return x + self.ff.net[2](self.ff.net[0](self.norm3(x)))

class Transformer2D(Net):
    def __init__(self, c, heads, ctx, groups, depth, linear):
        proj = lambda: Linear(c, c) if linear else Conv(c, c, 1)
        super().__init__(linear=linear, norm=nn.GroupNorm(groups, c, 1e-6), proj_in=proj(), proj_out=proj(),
                         transformer_blocks=[TransformerBlock(c, heads, ctx) for _ in range(depth)])
    def forward(self, x, ctx):                                         # x (B,C,H,W), ctx (B,77,D)
        (B, C, H, W), h = x.shape, self.norm(x)
        tokens = lambda y: y.permute(0, 2, 3, 1).reshape(B, H * W, C)
        image = lambda y: y.reshape(B, H, W, C).permute(0, 3, 1, 2)
        h = self.proj_in(tokens(h)) if self.linear else tokens(self.proj_in(h))
        for block in self.transformer_blocks:
            h = block(h, ctx)
        return x + (image(self.proj_out(h)) if self.linear else self.proj_out(image(h)))

class Resample(Net):
    def __init__(self, c, stride, pad=1):
        super().__init__(pad=pad, conv=conv3(c, c, stride, pad))
    def forward(self, x, size=None):                                   # size: upsample to it; the VAE pads right, below
        x = x if size is None else F.interpolate(x, size=size, mode="nearest")
        return self.conv(x if self.pad else F.pad(x, (0, 1, 0, 1)))

class Block(Net):
    """One resolution, of kind down, mid or up: residual blocks (`widths`: their input channels), an attention after
    each (mid: between them), at most one resampler. Down blocks append what they make to `skips`, up blocks pop it."""
    def __init__(self, kind, widths, co, res, attention=None, resample=False, pad=1):
        n = 0 if attention is None else 1 if kind == "mid" else len(widths)
        super().__init__(kind=kind, ckpt=False, resnets=[ResBlock(ci, co, **res) for ci in widths],
                         attentions=[attention() for _ in range(n)] if n else (),
                         downsamplers=[Resample(co, 2, pad)] if resample and kind == "down" else (),
                         upsamplers=[Resample(co, 1)] if resample and kind == "up" else ())
    def forward(self, x, temb=None, ctx=None, skips=None):             # x (B,C,H,W) -> (B,co,H or H/2 or 2H,...)
        down, up = ((skips is not None) and self.kind == k for k in ("down", "up"))
        for i, f in enumerate(self.resnets):
            x = run(self.ckpt, f, torch.cat([x, skips.pop()], 1) if up else x, temb)
            if i < len(self.attentions):
                x = run(self.ckpt, self.attentions[i], x, ctx)
            skips.append(x) if down else None
        for f in self.downsamplers:
            x = f(x)
            skips.append(x) if down else None
        for f in self.upsamplers:                                      # an odd size comes back through the next skip
            x = f(x, skips[-1].shape[2:] if up else (2 * x.shape[2], 2 * x.shape[3]))
        return x

# ---------------------------------------------------------------- UNet2DConditionModel, ControlNetModel
def sinusoids(t, c, flip, shift, dtype):                               # timesteps (B,) -> (B,c)
    f = torch.exp(-math.log(10000) * torch.arange(c // 2, dtype=dtype, device=t.device) / (c // 2 - shift))
    a = t[:, None].to(dtype) * f
    return torch.cat([a.cos(), a.sin()] if flip else [a.sin(), a.cos()], -1)

class Encoder(nn.Module):
    """conv_in, time embedding, down blocks and mid block: what UNet and ControlNet have in common"""
    def __init__(self, c):
        super().__init__()
        for k in ("class_embed_type", "addition_embed_type", "encoder_hid_dim", "center_input_sample",
                  "only_cross_attention", "dual_cross_attention", "global_pool_conditions"):
            assert not c.get(k), "config option not supported: " + k
        self.ch = ch = c["block_out_channels"]
        level = lambda key, or_else=1: (lambda v: v if isinstance(v, list) else [v] * len(ch))(c.get(key) or or_else)
        self.layers, depth = level("layers_per_block"), level("transformer_layers_per_block")
        heads = level("num_attention_heads", c["attention_head_dim"])  # diffusers' misnomer: it is the number of heads
        ci, linear, self.sin = ch[0], c.get("use_linear_projection", False), (c["flip_sin_to_cos"], c["freq_shift"])
        self.res = dict(groups=c["norm_num_groups"], eps=c["norm_eps"], temb=4 * ci)
        self.attention = lambda i, kind: None if "Cross" not in kind else lambda: Transformer2D(
            ch[i], heads[i], c["cross_attention_dim"], c["norm_num_groups"], depth[i], linear)
        self.conv_in = conv3(c["in_channels"], ci)
        self.time_embedding = Net(linear_1=nn.Linear(ci, 4 * ci), linear_2=nn.Linear(4 * ci, 4 * ci))
        self.down_blocks, self.skip_widths = nn.ModuleList(), [ci]
        for i, (co, kind) in enumerate(zip(ch, c["down_block_types"])):
            more, widths = i < len(ch) - 1, [ci] + [co] * (self.layers[i] - 1)
            self.down_blocks.append(Block("down", widths, co, self.res, self.attention(i, kind), more))
            self.skip_widths += [co] * (self.layers[i] + more)
            ci = co
        self.mid_block = Block("mid", [ci, ci], ci, self.res, self.attention(len(ch) - 1, "CrossAttn"))
    def encode(self, x, t, ctx, hint=None):                            # x (B,4,H,W), t () or (B,), ctx (B,77,D)
        e, t = self.time_embedding, torch.as_tensor(t, device=x.device).expand(x.shape[0])
        dt = e.linear_1.weight.dtype
        temb = sinusoids(t, self.ch[0], *self.sin, torch.promote_types(dt, torch.float32)).to(dt)
        temb = e.linear_2(F.silu(e.linear_1(temb)))                    # (B,4*C0)
        x = self.conv_in(x) if hint is None else self.conv_in(x) + hint
        skips = [x]
        for block in self.down_blocks:
            x = block(x, temb, ctx, skips)
        return self.mid_block(x, temb, ctx), skips, temb
    def checkpointing(self, on):
        for m in self.modules():
            if isinstance(m, Block):
                m.ckpt = on

class UNet(Encoder):
    def __init__(self, c):
        super().__init__(c)
        ch, skips, x, self.up_blocks = self.ch, list(self.skip_widths), self.ch[-1], nn.ModuleList()
        for i, kind in zip(reversed(range(len(ch))), c["up_block_types"]):
            widths = [(x if j == 0 else ch[i]) + skips.pop() for j in range(self.layers[i] + 1)]
            x = ch[i]
            self.up_blocks.append(Block("up", widths, x, self.res, self.attention(i, kind), i > 0))
        self.conv_norm_out = nn.GroupNorm(self.res["groups"], ch[0], self.res["eps"])
        self.conv_out = conv3(ch[0], c["out_channels"])
    def forward(self, x, t, ctx, down_res=None, mid_res=None):         # -> (B,4,H,W)
        x, skips, temb = self.encode(x, t, ctx)
        if down_res is not None:                                       # ControlNet's residuals
            skips, x = [s + r for s, r in zip(skips, down_res)], x + mid_res
        for block in self.up_blocks:
            x = block(x, temb, ctx, skips)
        return self.conv_out(F.silu(self.conv_norm_out(x)))

class HintEncoder(Net):
    def __init__(self, ci, widths, co):
        super().__init__(conv_in=conv3(ci, widths[0]), conv_out=conv3(widths[-1], co),
                         blocks=[m for a, b in zip(widths, widths[1:]) for m in (conv3(a, a), conv3(a, b, 2))])
    def forward(self, x):                                              # (B,3,8H,8W) -> (B,C0,H,W)
        x = F.silu(self.conv_in(x))
        for conv in self.blocks:
            x = F.silu(conv(x))
        return self.conv_out(x)

class ControlNet(Encoder):
    def __init__(self, c):
        super().__init__(c)
        self.bgr = c.get("controlnet_conditioning_channel_order") == "bgr"
        widths = c["conditioning_embedding_out_channels"]
        self.controlnet_cond_embedding = HintEncoder(c.get("conditioning_channels", 3), widths, self.ch[0])
        self.controlnet_down_blocks = nn.ModuleList([nn.Conv2d(w, w, 1) for w in self.skip_widths])
        self.controlnet_mid_block = nn.Conv2d(self.ch[-1], self.ch[-1], 1)
    def forward(self, x, t, ctx, image, scale=1.0):                    # image (B,3,8H,8W) in [0,1]
        hint = self.controlnet_cond_embedding(image.flip(1) if self.bgr else image)
        x, skips, _ = self.encode(x, t, ctx, hint)
        return [f(s) * scale for f, s in zip(self.controlnet_down_blocks, skips)], self.controlnet_mid_block(x) * scale

# ---------------------------------------------------------------- AutoencoderKL
class VAEAttention(Attention):
    def __init__(self, c, groups):
        super().__init__(c, 1, bias=True, group_norm=nn.GroupNorm(groups, c, 1e-6))
    def forward(self, x, ctx=None):                                    # (B,C,H,W), one head
        h = super().forward(self.group_norm(x).flatten(2).transpose(1, 2))   # (B,T,C)
        return x + h.transpose(1, 2).reshape(x.shape)

class VAEHalf(Net):
    def __init__(self, c, decoder):
        z, g, ch = c["latent_channels"], c["norm_num_groups"], c["block_out_channels"][::-1 if decoder else 1]
        res, n, cs = dict(groups=g, eps=1e-6), c["layers_per_block"] - 1 + decoder, [ch[0]] + ch
        blocks = [Block("up" if decoder else "down", [cs[i]] + [co] * n, co, res, None, i < len(ch) - 1, pad=0)
                  for i, co in enumerate(ch)]
        mid = ch[0] if decoder else ch[-1]
        super().__init__(conv_in=conv3(z if decoder else c["in_channels"], ch[0]), decoder=decoder,
                         mid_block=Block("mid", [mid, mid], mid, res,
                                         (lambda: VAEAttention(mid, g)) if c.get("mid_block_add_attention", True) else None),
                         conv_norm_out=nn.GroupNorm(g, ch[-1], 1e-6),
                         conv_out=conv3(ch[-1], c["out_channels"] if decoder else 2 * z),
                         **{"up_blocks" if decoder else "down_blocks": blocks})
    def forward(self, x):
        x = self.conv_in(x)
        for f in [self.mid_block, *self.up_blocks] if self.decoder else [*self.down_blocks, self.mid_block]:
            x = f(x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))

class VAE(Net):
    def __init__(self, c):
        z = c["latent_channels"]
        super().__init__(encoder=VAEHalf(c, False), decoder=VAEHalf(c, True), quant_conv=nn.Conv2d(2 * z, 2 * z, 1),
                         post_quant_conv=nn.Conv2d(z, z, 1), scaling_factor=c.get("scaling_factor", 0.18215))
    def forward(self, x):
        """image (B,3,8H,8W) in [-1,1] -> mean, logvar (B,4,H,W); or latents / scaling_factor (B,4,H,W) -> image"""
        if x.shape[1] != 3:
            return self.decoder(self.post_quant_conv(x))
        mean, logvar = self.quant_conv(self.encoder(x)).chunk(2, 1)
        return mean, logvar.clamp(-30, 20)

# ---------------------------------------------------------------- CLIPTextModel
class CLIPLayer(Net):
    def __init__(self, c):
        d, inner, eps = c["hidden_size"], c["intermediate_size"], c["layer_norm_eps"]
        super().__init__(heads=c["num_attention_heads"], act=c["hidden_act"],
                         layer_norm1=nn.LayerNorm(d, eps), layer_norm2=nn.LayerNorm(d, eps),
                         self_attn=Net(**{k: Linear(d, d) for k in ("q_proj", "k_proj", "v_proj", "out_proj")}),
                         mlp=Net(fc1=Linear(d, inner), fc2=Linear(inner, d)))
    def forward(self, x):                                              # (B,77,D), causal
        a, h = self.self_attn, self.layer_norm1(x)
        x = x + a.out_proj(attend(a.q_proj(h), a.k_proj(h), a.v_proj(h), self.heads, causal=True))
        h = self.mlp.fc1(self.layer_norm2(x))
        return x + self.mlp.fc2(h * torch.sigmoid(1.702 * h) if self.act == "quick_gelu" else F.gelu(h))

class CLIPText(Net):
    def __init__(self, c):
        table = lambda n: nn.Embedding(n, c["hidden_size"])
        super().__init__(text_model=Net(
            embeddings=Net(token_embedding=table(c["vocab_size"]),
                           position_embedding=table(c["max_position_embeddings"])),
            encoder=Net(layers=[CLIPLayer(c) for _ in range(c["num_hidden_layers"])]),
            final_layer_norm=nn.LayerNorm(c["hidden_size"], c["layer_norm_eps"])))
    def forward(self, ids, skip=0):                                    # (B,77) int64 -> (B,77,D); skip: last layers
        m = self.text_model
        x = m.embeddings.token_embedding(ids) + m.embeddings.position_embedding.weight[:ids.shape[1]]
        for layer in m.encoder.layers[:len(m.encoder.layers) - skip]:
            x = layer(x)
        return m.final_layer_norm(x)

class Tokenizer:
    """CLIP's byte-pair encoding in plain Python, as openai/CLIP has it: words are merged once and remembered"""
    pattern = re.compile(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+", re.I)
    def __init__(self, folder):
        with open(folder + "/vocab.json") as f:
            self.ids = json.load(f)
        with open(folder + "/merges.txt") as f:
            merges = [tuple(line.split()) for line in f.read().split("\n") if line and not line.startswith("#version")]
        self.rank, self.words = {m: i for i, m in enumerate(merges)}, {}
        plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
        self.byte = {b: chr(b) for b in plain}
        self.byte.update({b: chr(256 + i) for i, b in enumerate(b for b in range(256) if b not in plain)})
    def word(self, text):
        if text not in self.words:
            w = [self.byte[b] for b in text.encode()]
            w[-1] += "</w>"
            while len(w) > 1:
                best = min(zip(w, w[1:]), key=lambda p: self.rank.get(p, math.inf))
                if best not in self.rank:
                    break
                i = 0
                while i < len(w) - 1:
                    if (w[i], w[i + 1]) == best:
                        w[i:i + 2] = [w[i] + w[i + 1]]
                    i += 1
            self.words[text] = [self.ids[t] for t in w]
        return self.words[text]
    def __call__(self, text):                                          # -> 77 ids
        ids = [i for w in self.pattern.findall(" ".join(text.split()).lower()) for i in self.word(w)][:75]
        end = self.ids["<|endoftext|>"]
        return [self.ids["<|startoftext|>"], *ids, *[end] * (76 - len(ids))]

# ---------------------------------------------------------------- configurations and loading
CLASSES = dict(unet=UNet, controlnet=ControlNet, vae=VAE, text_encoder=CLIPText)

def preset(name):
    """part -> config.json of the diffusers layout"""
    pick = lambda mini, sd15, sd21: dict(mini=mini, sd15=sd15, sd21=sd21)[name]
    big, D, layers = [320, 640, 1280, 1280], pick(128, 768, 1024), pick(1, 2, 2)
    kinds = ["CrossAttn%sBlock2D" if a else "%sBlock2D" for a in pick((0, 1, 1, 1), (1, 1, 1, 0), (1, 1, 1, 0))]
    both = dict(in_channels=4, block_out_channels=pick([64, 128, 192, 256], big, big), layers_per_block=layers,
                cross_attention_dim=D, attention_head_dim=pick(4, 8, [5, 10, 20, 20]), norm_num_groups=32,
                norm_eps=1e-5, flip_sin_to_cos=True, freq_shift=0, use_linear_projection=pick(False, False, True),
                down_block_types=[k % "Down" for k in kinds])
    return dict(
        unet=dict(both, _class_name="UNet2DConditionModel", out_channels=4,
                  up_block_types=[k % "Up" for k in kinds[::-1]]),
        controlnet=dict(both, _class_name="ControlNetModel", conditioning_channels=3,
                        conditioning_embedding_out_channels=[16, 32, 64, 128] if name == "mini" else [16, 32, 96, 256]),
        vae=dict(_class_name="AutoencoderKL", in_channels=3, out_channels=3, latent_channels=4, norm_num_groups=32,
                 block_out_channels=[32, 64, 96, 96] if name == "mini" else [128, 256, 512, 512],
                 layers_per_block=layers, scaling_factor=0.18215,
                 down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4),
        text_encoder=dict(architectures=["CLIPTextModel"], vocab_size=49408, hidden_size=D, intermediate_size=4 * D,
                          num_hidden_layers=pick(4, 12, 23), num_attention_heads=pick(4, 12, 16), layer_norm_eps=1e-5,
                          max_position_embeddings=77, hidden_act=pick("quick_gelu", "quick_gelu", "gelu")))

def configs(args):
    """part -> (config, folder or None) of --model, else of --preset. A lacking ControlNet takes the UNet's shape."""
    out = {} if args.model else {k: (c, None) for k, c in preset(args.preset).items()}
    for d in [os.path.join(args.model, k) for k in ("../controlnet", *CLASSES)] if args.model else []:
        if os.path.exists(d + "/config.json"):
            with open(d + "/config.json") as f:
                out[os.path.basename(d)] = (json.load(f), d)
    hint = dict(conditioning_embedding_out_channels=[16, 32, 96, 256])
    return dict(dict(controlnet=(dict(out["unet"][0], **hint), None)), **out)

def build(part, config, folder=None, device="cpu", dtype=torch.float32):
    """A frozen model in eval mode, with the weights in `folder` if it holds any, else random ones of a fixed seed."""
    torch.manual_seed(len(part))
    model = CLASSES[part](config)
    files = [f for f in os.listdir(folder) if f.endswith(".safetensors")] if folder else []
    if files:
        path = os.path.join(folder, min(files, key=len))               # the plain name, not .fp16 or .non_ema
        sd = {k: t for k, t in read_safetensors(path).items() if not k.endswith("position_ids")}
        for old in ("query to_q", "key to_k", "value to_v", "proj_attn to_out.0"):   # VAE files from before 2023
            sd = {k.replace(*(".%s." % n for n in old.split())): t for k, t in sd.items()}
        own = model.state_dict()
        if own.keys() != sd.keys():
            raise ValueError("%s: wrong tensors: %s" % (path, sorted(own.keys() ^ sd.keys())[:6]))
        for k, t in own.items():
            t.copy_(sd[k].reshape(t.shape))
    return model.to(device=device, dtype=dtype).eval().requires_grad_(False)

# ---------------------------------------------------------------- noise schedule and DDIM
def alphas_cumprod(dtype=torch.float32):                               # (1000,) of the scaled_linear betas
    return (1 - torch.linspace(0.00085 ** 0.5, 0.012 ** 0.5, 1000, dtype=dtype) ** 2).cumprod(0)

def add_noise(x, noise, t, ac):                                        # x, noise (B,4,H,W); t (B,); ac (1000,)
    a = ac[t].to(x.dtype).view(-1, 1, 1, 1)
    return a.sqrt() * x + (1 - a).sqrt() * noise

def ddim(unet, x, ctx, steps, control=None, image=None, scale=1.0, guidance=7.5, v=False):
    """x (B,4,H,W) unit noise, ctx (2B,77,D) negative then positive prompts, image (2B,3,8H,8W), v: v-prediction
    -> after each step: guided prediction, latents (B,4,H,W)"""
    ac, ratio = alphas_cumprod(torch.promote_types(x.dtype, torch.float32)), 1000 // steps
    for t in reversed(range(1, 1 + ratio * steps, ratio)):
        two, tt = torch.cat([x, x]), torch.full((), t, device=x.device)
        negative, positive = unet(two, tt, ctx, *(control(two, tt, ctx, image, scale) if control else ())).chunk(2)
        guided = negative + guidance * (positive - negative)
        a, b = float(ac[t]), float(ac[t - ratio] if t >= ratio else ac[0])
        e = a ** 0.5 * guided + (1 - a) ** 0.5 * x if v else guided
        x = b ** 0.5 * (x - (1 - a) ** 0.5 * e) / a ** 0.5 + (1 - b) ** 0.5 * e
        yield guided, x

# ---------------------------------------------------------------- verify: against golden values made with diffusers
class Golden:
    """One golden file, and the comparisons made with it."""
    def __init__(self, path, index, **kw):
        self.name, self.index, self.kw, self.rows, self.meta = os.path.basename(path), index, kw, [], {}
        self.t = read_safetensors(path, self.meta)
    def get(self, keys, prefix="input."):
        """the named tensors on the device, in the dtype compared in; one tensor if it is one name"""
        ts = [self.t[prefix + k].to(self.kw["device"]) for k in keys.split()]
        ts = [t.to(self.kw["dtype"]) if t.is_floating_point() else t for t in ts]
        return ts if len(ts) > 1 else ts[0]
    def keys(self, pattern):
        return [m for m in (re.fullmatch(pattern, k) for k in self.t) if m]
    def check(self, note="", prefix="output.", **results):             # a__b stands for the name a.b
        for key, got in ((prefix + k.replace("__", "."), v) for k, v in results.items()):
            if key in self.t:                                          # not every set stores everything
                want, got = self.t[key].double(), torch.as_tensor(got).detach().cpu().double()
                err = torch.nan_to_num((got.reshape(want.shape) - want).abs(), math.inf).max().item()
                tol = self.index.get((self.name, key), 0)
                self.rows.append((key, note, err, err / max(want.abs().max().item(), 1e-30), err / tol if tol else 0))
    def gradients(self, params, prefix="output."):
        for m in self.keys(re.escape(prefix) + r"(grad|grad_l2norm)\.(.*)"):
            g = params[m[2]].grad
            self.check("", "", **{m[0]: g if m[1] == "grad" else g.norm()})
    def case(self, case, f, names, note=""):                           # <case>.x -> .y, and .gy -> .gx
        xs = [self.get(k, case + ".").requires_grad_(True) for k in names]
        y = f(*xs)
        grads = torch.autograd.grad(y, xs, self.get("gy", case + "."))
        self.check(note, case + ".", y=y, **{"g" + k: v for k, v in zip(names, grads)})

def verify(args):
    global ATTN, CHUNK
    path, dt, files, index = lambda *names: os.path.join(args.dir, *names), DTYPES[args.dtype.upper()], [], {}
    ac = alphas_cumprod(torch.promote_types(dt, torch.float32)).to(args.device)
    if os.path.exists(path("goldens", "INDEX.tsv")):                   # file, tensor, ..., suggested absolute tolerance
        with open(path("goldens", "INDEX.tsv")) as f:
            index = {(r[0], r[1]): float(r[-1]) for r in [line.split("\t") for line in f][1:]}
    def golden(name):                                                  # to be looped over: none if the set lacks it
        if os.path.exists(path("goldens", name + ".safetensors")):
            files.append(Golden(path("goldens", name + ".safetensors"), index, device=args.device, dtype=dt))
            yield files[-1]
    def model(part, sub):
        with open(path(sub, "config.json")) as f:
            return build(part, json.load(f), path(sub), args.device, dt)
    def lora(net, part, name="kohya_r4_a4", multiplier=1.0):           # -> its parameters by their kohya names
        found = load_lora(net, part, read_safetensors(path("lora", name + ".safetensors")), multiplier)
        assert found, "no LoRA of %s found in %s" % (part, name)
        return {"%s.lora_%s.weight" % (k, s): getattr(m, s) for k, m in found.items() for s in ("down", "up")}
    unet, control = model("unet", "model/unet"), model("controlnet", "controlnet")
    text, vae = model("text_encoder", "model/text_encoder"), model("vae", "model/vae")
    with open(path("model", "scheduler", "scheduler_config.json")) as f:
        v = json.load(f).get("prediction_type") == "v_prediction"
    with torch.no_grad():
        for g in golden("text_encoder"):
            ids = g.get("input_ids")
            g.check(last_hidden_state=text(ids), clip_skip2__final_layer_norm_of_penultimate=text(ids, skip=1))
        for name, sub in (("unet", "model/unet"), ("unet2", "unet2")):
            for g in golden(name):
                u = unet if name == "unet" else model("unet", sub)
                for m in g.keys(r"output\.((\w+)\.t(\w+)\.)sample"):
                    x, ctx = g.get("sample encoder_hidden_states", "input.%s." % m[2])
                    named = {"mix": "%s.tmix.timesteps", "frac": "%s.tfrac.timestep"}.get(m[3])
                    g.check(prefix="output." + m[1], sample=u(x, g.get(named % m[2]) if named else int(m[3]), ctx))
        for g in golden("controlnet"):
            for m in g.keys(r"(output\.(\w+)\.t(\d+)\.scale(1|0p7)\.)unet_sample"):
                x, ctx, image = g.get("sample encoder_hidden_states controlnet_cond", "input.%s." % m[2])
                down, mid = control(x, int(m[3]), ctx, image, float(m[4].replace("p", ".")))
                g.check(prefix=m[1], mid_block_res_sample=mid, unet_sample=unet(x, int(m[3]), ctx, down, mid),
                        **{"down_block_res_samples.%d" % i: d for i, d in enumerate(down)})
        for g in golden("vae"):
            for sub, note in (("model/vae", ""), ("vae_old_names", " (old names)")):
                net = model("vae", sub) if os.path.exists(path(sub)) else None
                for m in g.keys(r"input\.(\w+)\.image") if net else ():
                    (mean, logvar), image = net(g.get(m[1] + ".image")), net(g.get(m[1] + ".z"))
                    g.check(note, "output.%s." % m[1], encode__mean=mean, encode__logvar=logvar, decode__image=image)
        for g in golden("lora_forward"):
            x, t, ctx, ids = g.get("sample timestep encoder_hidden_states input_ids")
            for name in sorted(f[:-12] for f in os.listdir(path("lora"))):
                tag = "extra" if name.startswith("kohya_proj") else "main"
                for m in g.keys(r"(output\.%s\.mult(\w+)\.)unet_sample" % tag):
                    for net, part in ((unet, "unet"), (text, "text_encoder")):
                        lora(net, part, name, float(m[2].replace("p", ".")))
                    g.check(" (%s)" % name, m[1], text_encoder__last_hidden_state=text(ids),
                            unet_sample=unet(x, t, ctx), unet_sample_with_lora_text=unet(x, t, text(ids)))
        for g in golden("e2e"):
            if "input.init_noise" in g.t:
                lora(unet, "unet"), lora(text, "text_encoder")
                z, image, ids = g.get("init_noise controlnet_cond input_ids_negative_positive")
                n = g.t["loop.timesteps"].numel()
                *_, (_, z) = ddim(unet, z, text(ids), n, control, torch.cat([image, image]), 0.7, v=v)
                g.check(prefix="", loop__output__final_latents=z, output__image_raw=vae(z / vae.scaling_factor))
        add_lora(unet, 0), add_lora(text, 0)
        for g in golden("sampling_inputs"):
            z, n, p, image = g.get("init_noise negative_prompt_embeds prompt_embeds controlnet_cond", "")
        for name, c in (("sampling_ddim", control), ("sampling_ddim_plain", None)):
            for g in golden(name):
                cfg = re.search(r"CFG ([\d.]+)", g.meta.get("doc", "") + " CFG 7.5")[1]
                steps = ddim(unet, z, torch.cat([n, p]), g.t["timesteps"].numel(), c, torch.cat([image, image]), 1.0,
                             float(cfg), v)
                for i, (e, x) in enumerate(steps):
                    g.check(prefix="step%d." % i, noise_pred_guided=e, latents=x)
    batch = "latents noise timesteps encoder_hidden_states"
    def loss_of(x, noise, t, ctx, *more):
        loss = F.mse_loss(unet(add_noise(x, noise, t, ac), t, ctx, *more), noise)
        loss.backward()
        return loss
    for g in golden("train_lora"):
        (x, noise, t, ctx), params = g.get(batch), lora(unet, "unet")
        opt = torch.optim.AdamW(params.values(), 1e-3, weight_decay=0.01)
        for i in range(5):
            opt.zero_grad()
            g.check(prefix="output.step%d." % i, loss=loss_of(x, noise[i], t[i], ctx))
            g.gradients(params, "output.step%d." % i)
            opt.step()
            g.check(prefix="output.after_step%d.param." % (i + 1), **params)
    for g in golden("train_lora_rect"):
        for joint in (False, True):
            (x, noise, t, ctx), params = g.get(batch), lora(unet, "unet")
            if joint:
                params.update(lora(text, "text_encoder"))
                ctx = text(g.get("joint.input_ids"))
            g.check(prefix="output.joint." if joint else "output.", loss=loss_of(x, noise, t, ctx))
            g.gradients(params, "output.joint." if joint else "output.")
    add_lora(unet, 0), add_lora(text, 0)
    for net in (unet, vae, control):
        net.requires_grad_(True)
    for g in golden("train_full"):
        for p in ("rect.", "sq."):
            (x, noise, t, ctx), _ = g.get(batch, "input." + p), unet.zero_grad()
            x, ctx = add_noise(x, noise, t, ac).requires_grad_(True), ctx.requires_grad_(True)
            loss = F.mse_loss(unet(x, t, ctx), noise)
            loss.backward()
            g.check("", "output." + p, loss=loss, grad_input__noisy_latents=x.grad,
                    grad_input__encoder_hidden_states=ctx.grad)
            g.gradients(dict(unet.named_parameters()), "output." + p)
    for g in golden("train_controlnet"):
        x, noise, t, ctx, image = g.get(batch + " controlnet_cond")
        g.check(loss=loss_of(x, noise, t, ctx, *control(add_noise(x, noise, t, ac), t, ctx, image)))
        g.gradients(dict(control.named_parameters()))
    for g in golden("train_vae"):
        image, eps = g.get("image eps")
        mean, logvar = vae(image.requires_grad_(True))
        y = vae(mean + (0.5 * logvar).exp() * eps)
        loss = F.mse_loss(y, image.detach())
        loss.backward()
        g.check(mean=mean, logvar=logvar, reconstruction=y, loss_rec=loss, grad_input__image=image.grad)
        g.gradients(dict(vae.named_parameters()))
    for g in golden("blocks"):                                         # single modules; *_lowvar tests the norms' eps
        for m in g.keys(r"((unet|vae|text_encoder)\.(.*?)(_lowvar|_size(\d+)x(\d+))?)\.y"):
            f = dict(unet=unet, vae=vae, text_encoder=text)[m[2]].get_submodule(m[3])
            size = [(int(m[5]), int(m[6]))] if m[5] else []
            names = [k for k in ("x", "temb", "encoder_hidden_states") if m[1] + "." + k in g.t]
            g.case(m[1], lambda *xs: f(*xs, *size), names)
    was = ATTN, CHUNK
    for g in golden("ops"):
        for ATTN, CHUNK in [("naive", 0), ("chunked", 20000)] + [("sdpa", 0)] * bool(SDPA):
            for m in g.keys(r"(attention_(\w+?)_[hd](\d+).*)\.y"):
                heads = 1 if m[2] == "1head" else int(m[3])
                g.case(m[1], lambda q, k, v: attend(q, k, v, heads, m[2] == "causal"), "qkv", " (%s)" % ATTN)
        for m in g.keys(r"timestep_embedding\.(frac\.)?dim(\d+)_flip_sin_to_cos_shift0"):
            t = g.get("frac_timestep" if m[1] else "timesteps", "timestep_embedding.")
            g.check(prefix="", **{m[0]: sinusoids(t, int(m[2]), True, 0, ac.dtype)})
        g.check(prefix="noise_schedule.", alphas_cumprod=ac)
    ATTN, CHUNK = was
    print("%-20s %-62s %4s %9s %9s %9s" % ("file", "item: the worst of n", "n", "max abs", "max rel", "abs/tol"))
    groups = {}
    for g in files:
        for key, note, *errors in g.rows:
            if not args.all:
                key = re.sub(r"step\d+\.([ln])", r"step*.\1", key)
                key = re.sub(r"(grad|grad_l2norm|param|samples)\..*", r"\1.*", key)
            groups.setdefault((g.name[:-12], key + note), []).append(errors)
    for k, rows in groups.items():
        print("%-20s %-62s %4d %9.1e %9.1e %9.3f" % (*k, len(rows), *map(max, zip(*rows))))
    worst = [max(c) for c in zip(*sum(groups.values(), []))]
    print("%d comparisons; worst abs %.1e, rel %.1e, abs/tolerance %.3f" % (sum(map(len, groups.values())), *worst))
    return 0 if worst[1] < 1e-3 and worst[2] <= 1 else 1

# ---------------------------------------------------------------- timing
class Counter:
    """FLOPs (2 per multiply-add) of convolutions, linears and attention matmuls. Under autograd each operand that
    needs a gradient adds as much again: what the backward pass has to do, recomputation aside."""
    def __init__(self, models):
        self.on, self.flops = True, dict(conv=0, linear=0, attention=0)
        self.hooks = [m.register_forward_hook(self.hook) for model in models for m in model.modules()
                      if isinstance(m, (nn.Conv2d, nn.Linear, LoRA))]
    def add(self, kind, flops, *operands):
        if self.on:
            self.flops[kind] += flops * (1 + (torch.is_grad_enabled() and sum(t.requires_grad for t in operands)))
    def hook(self, m, inputs, y):
        if isinstance(m, LoRA):
            n = 2 * m.down.shape[0] * (y.numel() // m.up.shape[0])     # 2 * rank * positions
            self.add("linear", n * m.down.shape[1], inputs[0], m.down)
            self.add("linear", n * m.up.shape[0], m.down, m.up)
        else:
            kind = "linear" if isinstance(m, nn.Linear) else "conv"
            self.add(kind, 2 * y.numel() * m.weight[0].numel(), inputs[0], m.weight)

class Timer:
    columns = "%-36s %10s %10s %10s %5s %10s %9s %7s %8s"
    def __init__(self, args):
        self.args, self.cuda = args, args.device.startswith("cuda")
        self.dtype = torch.float32 if args.dtype == "tf32" else DTYPES[args.dtype.upper()]
        self.layout = torch.channels_last if args.channels_last else torch.contiguous_format
        torch.set_float32_matmul_precision("high" if args.dtype == "tf32" else "highest")
        torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32 = True, args.dtype == "tf32"
        torch.set_num_threads(args.threads or torch.get_num_threads())
        self.where = dict(
            device=torch.cuda.get_device_name() if self.cuda else "cpu", torch=torch.__version__, dtype=args.dtype,
            threads=torch.get_num_threads(), batch=args.batch, attn="sdpa" if SDPA and ATTN == "auto" else ATTN,
            channels_last=args.channels_last, compile=args.compile)
        if not args.json:
            print(*("%s=%s" % kv for kv in self.where.items()), "load=%.1f" % os.getloadavg()[0])
            print(self.columns % ("item", "ms", "min ms", "cpu ms", "runs", "GFLOP", "GFLOP/s", "GB/s", "peak MB"))
    def peak(self, reset=False):
        """MB held at most since the last reset (now, if reset): allocated by torch on CUDA, resident set on CPU"""
        if self.cuda:
            if reset:
                torch.cuda.reset_peak_memory_stats()
            return torch.cuda.max_memory_allocated() / 2 ** 20
        if reset:
            with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as f:
                f.write("5")                                           # Linux: peak := current, for getrusage too
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    def once(self, f):                                                 # -> seconds elapsed, and processor time spent
        sync = torch.cuda.synchronize if self.cuda else lambda: None
        sync()
        at, cpu = time.perf_counter(), time.process_time()
        f()
        sync()
        return time.perf_counter() - at, time.process_time() - cpu
    def measure(self, item, f, models=(), flops=None, moved=0, compile=None, **more):
        """Counts FLOPs, warms up, times f(). `compile` swaps compiled modules in after the counting run."""
        global COUNT
        base, budget = self.peak(reset=True), self.args.budget
        COUNT = counter = Counter(models)
        try:
            first = self.once(f)
        finally:
            COUNT = None
            for h in counter.hooks:
                h.remove()
        cold = first[0] > budget and not compile                       # too slow for a second run: the first one counts
        if compile:
            compile()
        for _ in range(0 if cold else 3 if self.cuda or compile else first[0] < budget / 5):
            self.once(f)
        base = base if cold else self.peak(reset=True)
        runs, end = [first] if cold else [], time.perf_counter() + budget
        while not cold and len(runs) < self.args.runs and (not runs or time.perf_counter() < end):
            runs.append(self.once(f))
        s, cpu = (statistics.median(c) for c in zip(*runs))
        flops = (sum(counter.flops.values()) if flops is None else flops) / 1e9
        self.report(dict(item=item, ms=s * 1e3, ms_min=min(runs)[0] * 1e3, cpu_ms=cpu * 1e3, runs=len(runs), cold=cold,
                         gflop=flops, gflops=flops / s, gb_s=moved / s / 1e9, base_mb=base, peak_mb=self.peak(),
                         load=os.getloadavg()[0], parts={k: v / 1e9 for k, v in counter.flops.items()}, **more))
    def report(self, r):
        num = lambda k: "%.*f" % (2 if r[k] < 1000 else 0, r[k])
        if self.args.json:
            print(json.dumps(dict(self.where, **r)), flush=True)
        elif "error" in r:
            print("%-36s failed: %s" % (r["item"], r["error"]), flush=True)
        else:
            runs = "%d%s" % (r["runs"], "*" * r["cold"])
            print(self.columns % (r["item"], num("ms"), num("ms_min"), num("cpu_ms"), runs, num("gflop"), num("gflops"),
                                  num("gb_s"), "%.0f" % r["peak_mb"]), flush=True)
    def attempt(self, item, f, *a):
        try:
            f(*a)
        except Exception as e:                                         # out of memory, no half on this CPU, ...: go on
            self.report(dict(item=item, error="%s: %s" % (type(e).__name__, str(e).strip().split("\n")[0][:160])))
        if self.cuda:
            torch.cuda.empty_cache()

def trainer(timer, unet, x, ctx, rank):
    """-> one LoRA step on cached latents: noise, UNet forward and backward, AdamW on the LoRAs"""
    params, ac, dev = add_lora(unet, rank), alphas_cumprod().to(x.device), x.device.type
    opt = torch.optim.AdamW(params, 1e-4, **(dict(fused=True) if timer.cuda else {}))
    half = timer.dtype in (torch.float16, torch.bfloat16)
    def step(net):
        t, noise = torch.randint(0, 1000, (len(x),), device=x.device), torch.randn_like(x)
        with torch.enable_grad(), torch.autocast(dev, timer.dtype) if half else contextlib.nullcontext():
            loss = F.mse_loss(net(add_noise(x, noise, t, ac), t, ctx).float(), noise.float())
        if COUNT:
            COUNT.on = False                                           # what checkpoints recompute is not counted
        (loss * 1024 if timer.dtype == torch.float16 else loss).backward()   # AdamW does not mind the constant factor
        opt.step()
        opt.zero_grad(set_to_none=True)
    return step

@torch.no_grad()
def bench(args):
    timer, conf, nets, live = Timer(args), configs(args), {}, {}       # live: the same nets, or their compiled forms
    (W, H), B, D = map(int, args.latent.split("x")), args.batch, conf["unet"][0]["cross_attention_dim"]
    make = lambda f, *shape: f(*shape, device=args.device).to(timer.dtype)
    place = lambda t: t.to(memory_format=timer.layout)
    x, ctx = place(make(torch.randn, B, conf["unet"][0]["in_channels"], H, W)), make(torch.randn, 2 * B, 77, D)
    image = place(make(torch.rand, 2 * B, 3, 8 * H, 8 * W))            # in [0,1]
    ids, t = torch.randint(0, 400, (2 * B, 77), device=args.device), torch.full((B,), 500, device=args.device)
    control = lambda: live["controlnet"](x, t, ctx[:B], image[:B])
    def sample(control=None):
        for _, z in ddim(live["unet"], x, live["text_encoder"](ids), 20, control, image):
            pass
        return live["vae"](z / nets["vae"].scaling_factor)
    todo = {"unet": ("unet", lambda: live["unet"](x, t, ctx[:B])),
            "unet+controlnet": ("unet controlnet", lambda: live["unet"](x, t, ctx[:B], *control())),
            "vae_encode": ("vae", lambda: live["vae"](image[:B] * 2 - 1)),
            "vae_decode": ("vae", lambda: live["vae"](x)), "train": ("unet", None), "train_ckpt": ("unet", None),
            "text": ("text_encoder", lambda: live["text_encoder"](ids[:B])),
            "sample20": ("unet text_encoder vae", sample),
            "sample20+controlnet": ("unet text_encoder vae controlnet", lambda: sample(live["controlnet"]))}
    def captions():
        tokenizer = Tokenizer(os.path.join(args.model, "tokenizer"))
        def read():                                                    # a dataset's captions, each for the first time
            tokenizer.words.clear()
            for i in range(100):
                tokenizer("pixelated network data: flow %d, host h%dk, web, http2" % (i, i))
        return read
    def one(what):
        if what == "tokenizer":
            timer.measure(what, captions())
            return
        parts, f = todo[what][0].split(), todo[what][1]
        for p in parts:
            if p not in nets:
                nets[p] = place(build(p, *conf[p], device=args.device, dtype=timer.dtype))
        live.update(nets)
        if what.startswith("train"):
            nets["unet"].checkpointing(what == "train_ckpt")
            step = trainer(timer, nets["unet"], x, ctx[:B], args.rank)
            f = lambda: step(live["unet"])
        def compile():
            torch._dynamo.reset()
            live.update({p: torch.compile(nets[p], mode=args.compile) for p in parts})
        weights = sum(p.numel() * p.element_size() for k in parts for p in nets[k].parameters()) / 2 ** 20
        try:
            timer.measure(what, f, [nets[p] for p in parts], compile=compile if args.compile else None,
                          weights_mb=weights, latent=args.latent, model=args.model or args.preset, rank=args.rank)
        finally:
            if what.startswith("train"):
                add_lora(nets["unet"], 0), nets["unet"].checkpointing(False)
    for what in args.what.split(","):
        timer.attempt(what, one, what)

@torch.no_grad()
def ops(args):
    timer, B = Timer(args), args.batch
    rand = lambda *shape: torch.randn(*shape, device=args.device).to(timer.dtype)
    img = lambda *shape: rand(*shape).to(memory_format=timer.layout)
    def op(name, make, *a):                                            # make(*a) -> function, FLOPs, bytes moved
        def go():
            f, flops, moved = make(*a)
            timer.measure(name, f, flops=flops, moved=moved)
        if re.search(args.filter, name):
            timer.attempt(name, go)
    def conv(ci, co, h, w, stride=1, dx=False):
        x, k, b = img(B, ci, h, w), img(co, ci, 3, 3) / (9 * ci) ** 0.5, rand(co)
        y = img(B, co, h // stride, w // stride)
        f = (lambda: nn.grad.conv2d_input(x.shape, k, y, stride, 1)) if dx else (lambda: F.conv2d(x, k, b, stride, 1))
        return f, 18 * ci * y.numel(), 0
    def linear(T, ci, co):
        x, k, b = rand(B, T, ci), rand(co, ci) / ci ** 0.5, rand(co)
        return lambda: F.linear(x, k, b), 2 * B * T * ci * co, 0
    def attention(T, S, d, grad):                                      # 8 heads
        (q, k, v), dy = (rand(B, n, 8 * d).requires_grad_(grad) for n in (T, S, S)), rand(B, T, 8 * d)
        def f():
            with torch.set_grad_enabled(grad):
                y = attend(q, k, v, 8)
                return torch.autograd.grad(y, (q, k, v), dy) if grad else y
        return f, (12 if grad else 4) * B * T * S * 8 * d, 0
    def pointwise(f, x, out=1.0):                                      # out: size of the result relative to x
        return lambda: f(x), 0, x.numel() * x.element_size() * (1 + out)
    for ci, co, h, w in ((64, 64, 128, 136), (128, 128, 64, 68), (320, 320, 128, 136), (960, 320, 128, 136),
                         (640, 640, 64, 68), (1280, 1280, 32, 34), (1280, 1280, 16, 17), (128, 128, 1024, 1088),
                         (512, 512, 256, 272)):
        for dx in (False, True):
            op("conv3x3%s %d>%d %dx%d" % (" dx" if dx else "", ci, co, w, h), conv, ci, co, h, w, 1, dx)
    op("conv3x3 stride 2 320>320 136x128", conv, 320, 320, 128, 136, 2)
    for T, ci, co in ((17408, 320, 320), (17408, 320, 2560), (17408, 1280, 320), (4352, 640, 5120),
                      (1088, 1280, 10240)):
        op("linear %d>%d %d tokens" % (ci, co, T), linear, T, ci, co)
    for T, d in ((1088, 160), (4352, 80), (17408, 40)):
        op("attention %d to 77, 8x%d" % (T, d), attention, T, 77, d, False)
        op("attention %d 8x%d" % (T, d), attention, T, T, d, False)
        op("attention %d 8x%d fwd+bwd" % (T, d), attention, T, T, d, True)
    for c, h, w in ((320, 128, 136), (1280, 32, 34), (128, 1024, 1088)):
        op("group_norm+silu %d %dx%d" % (c, w, h), lambda: pointwise(
            lambda x, g=rand(c), b=rand(c): F.silu(F.group_norm(x, 32, g, b, 1e-5)), img(B, c, h, w)))
    for T, c in ((17408, 320), (4352, 640)):
        op("layer_norm %dx%d" % (T, c), lambda: pointwise(
            lambda x, g=rand(c), b=rand(c): F.layer_norm(x, (c,), g, b), rand(B, T, c)))
        op("geglu %dx%d" % (T, 8 * c), lambda: pointwise(
            lambda x: x[..., :4 * c] * F.gelu(x[..., 4 * c:]), rand(B, T, 8 * c), 0.5))

def export(args):
    for part, c in preset(args.preset).items():
        os.makedirs(os.path.join(args.dir, part), exist_ok=True)
        with open(os.path.join(args.dir, part, "config.json"), "w") as f:
            json.dump(c, f, indent=2)

def main():
    global ATTN
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                 allow_abbrev=False)
    opt = ap.add_argument
    opt("command", choices=("verify", "bench", "ops", "export"))
    opt("dir", nargs="?", help="verify: the golden set; export: where to write")
    opt("--all", action="store_true", help="verify: one line per tensor")
    opt("--model", help="folder with unet/, vae/, text_encoder/, controlnet/; parts without weights get random ones")
    opt("--preset", default="mini", choices=("mini", "sd15", "sd21"), help="if no --model: random weights of a shape")
    opt("--device", default="cpu", help="cpu or cuda")
    opt("--dtype", default="f32", choices=("f32", "tf32", "f16", "bf16", "f64"))
    opt("--threads", type=int, default=0)
    opt("--latent", default="136x128", help="width x height of the latent, an eighth of the image's")
    opt("--batch", type=int, default=1)
    opt("--rank", type=int, default=16, help="of the LoRA in train and train_ckpt")
    opt("--what", default="unet,unet+controlnet,vae_encode,vae_decode,text,train,train_ckpt",
        help="also sample20, sample20+controlnet: 20 guided DDIM steps, text encoder and VAE decoder included")
    opt("--filter", default="", help="ops: regular expression of the names to time")
    opt("--runs", type=int, default=5)
    opt("--budget", type=float, default=60, help="seconds of timed runs per item")
    opt("--compile", nargs="?", const="default", help="torch.compile, with a mode if given")
    opt("--channels-last", action="store_true")
    opt("--attn", default=ATTN, choices=("auto", "sdpa", "chunked", "naive"))
    opt("--json", action="store_true", help="one JSON object per line")
    args = ap.parse_args()
    ATTN = args.attn
    if (args.compile and not hasattr(torch, "compile")) or (args.attn == "sdpa" and not SDPA):
        ap.error("--compile and --attn sdpa need torch 2")
    if args.command in ("verify", "export") and not args.dir:
        ap.error(args.command + " needs DIR")
    return globals()[args.command](args)

if __name__ == "__main__":
    sys.exit(main())
