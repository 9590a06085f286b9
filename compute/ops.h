/* SPDX-License-Identifier: Apache-2.0 */
/* The ops, as model code calls them. All tensors f32 unless said. Shapes in comments; every
 * function records one node (or a few) and returns its result. */
#pragma once

#include "compute/graph.h"

/* --- elementwise (same shapes) --- */
Tensor *op_add(Graph *g, Tensor *a, Tensor *b);
Tensor *op_mul(Graph *g, Tensor *a, Tensor *b);
Tensor *op_scale(Graph *g, Tensor *x, float factor); /* factor * x */
Tensor *op_silu(Graph *g, Tensor *x);
Tensor *op_gelu(Graph *g, Tensor *x);       /* erf form */
Tensor *op_quick_gelu(Graph *g, Tensor *x); /* x sigmoid(1.702 x) */
/* (..., 2C) -> (..., C): first half times gelu(second half) */
Tensor *op_geglu(Graph *g, Tensor *x);

/* Every element the same value; no gradient. */
Tensor *op_fill(Graph *g, const Shape *shape, float value);

/* --- linear algebra --- */
/* x (..., K) w (M, K) [w may be (M, K, 1, 1)] bias (M) or NULL -> (..., M) = x w' + bias */
Tensor *op_linear(Graph *g, Tensor *x, Tensor *w, Tensor *bias);
/* Batched: a (B, M, K) or (M, K) if trans_a then (.., K, M); likewise b (.., K, N) or (.., N, K);
 * -> (B, M, N) or (M, N). op_linear's gradients are made of it. */
Tensor *op_matmul(Graph *g, Tensor *a, Tensor *b, bool trans_a, bool trans_b);
/* q (B, T, C) k, v (B, S, C), heads dividing C -> (B, T, C): softmax(q k' / sqrt(C/heads)) v.
 * Never holds a T x S matrix. causal: token t sees 0..t. */
Tensor *op_attention(Graph *g, Tensor *q, Tensor *k, Tensor *v, int n_heads, bool causal);

/* --- convolution and images (NCHW) --- */
typedef struct {
    int stride;
    int pad_top, pad_left, pad_bottom, pad_right;
} ConvOptions;
/* x (N, C, H, W) w (M, C, R, S) bias (M) or NULL -> (N, M, OH, OW).
 * Also 1x1 with w (M, C, 1, 1). Never unfolds a whole large image. */
Tensor *op_conv2d(Graph *g, Tensor *x, Tensor *w, Tensor *bias, ConvOptions options);
/* Nearest neighbour to (h, w), source index floor(i * H / h) as PyTorch's. */
Tensor *op_upsample_nearest(Graph *g, Tensor *x, int h, int w);
/* x (N, C, H, W) + t (N, C) broadcast over pixels */
Tensor *op_add_channel(Graph *g, Tensor *x, Tensor *t);

/* --- normalisation --- */
/* x (N, C, ...) weight, bias (C); groups divide C. silu: y = silu(group_norm(x)) in one pass. */
Tensor *op_group_norm(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, int n_groups, float eps,
                      bool silu);
/* over the last dimension; weight, bias (C) */
Tensor *op_layer_norm(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, float eps);
Tensor *op_softmax(Graph *g, Tensor *x); /* over the last dimension */

/* --- shapes --- */
/* Joins along dim 1: a (N, A, ...) b (N, B, ...) -> (N, A + B, ...) */
Tensor *op_concat(Graph *g, Tensor *a, Tensor *b);
/* dim 1, channels first .. first + n - 1 */
Tensor *op_slice(Graph *g, Tensor *x, int first, int n);
/* Same elements, another shape; shares the memory of x (a weight or input is copied). */
Tensor *op_reshape(Graph *g, Tensor *x, const Shape *shape);
/* (N, C, H, W) -> (N, H*W, C) and back */
Tensor *op_image_to_tokens(Graph *g, Tensor *x);
Tensor *op_tokens_to_image(Graph *g, Tensor *x, int h, int w);

/* --- text --- */
/* ids (B, T) i32, table (V, C) -> (B, T, C) */
Tensor *op_embedding(Graph *g, Tensor *ids, Tensor *table);
/* x (B, T, C) + position (P, C), P >= T */
Tensor *op_add_position(Graph *g, Tensor *x, Tensor *position);

/* --- losses and sampling --- */
Tensor *op_mse_loss(Graph *g, Tensor *a, Tensor *b); /* mean over all elements -> (1) */
/* Weighted per sample: a, b (N, ...) weight (N) -> (1): mean over n of weight_n * mse_n */
Tensor *op_mse_loss_weighted(Graph *g, Tensor *a, Tensor *b, Tensor *weight);
/* moments (N, 2C, H, W) = mean | logvar (clamped to -30..20), eps (N, C, H, W)
 * -> mean + exp(logvar / 2) eps */
Tensor *op_gaussian_sample(Graph *g, Tensor *moments, Tensor *eps);
/* 0.5 sum(mean^2 + var - 1 - logvar) / N -> (1) */
Tensor *op_kl_loss(Graph *g, Tensor *moments);
/* Per sample: a_n x_n + b_n y_n; x, y (N, ...) a, b (N): the forward diffusion. */
Tensor *op_mix(Graph *g, Tensor *x, Tensor *y, Tensor *a, Tensor *b);
/* What is dropped together: nothing, a channel of a sample (the last dimension of tokens, the
 * second of images), a whole sample. */
typedef enum { DROPOUT_ELEMENTS, DROPOUT_CHANNELS, DROPOUT_SAMPLES } DropoutKind;
/* x (N, ...) with parts of it zero, each with probability p < 1, and what is left times 1 / (1 - p)
 * where rescaled. key (N, 2) i32: anew for every run; stream tells dropouts with one key apart. The
 * same key, stream and shape drop the same on every device. */
Tensor *op_dropout(Graph *g, Tensor *x, Tensor *key, DropoutKind kind, float p, bool rescaled,
                   uint32_t stream);

/* --- optimiser (writes its weights in place) --- */
/* sum of squares of x, plus sum (1) or NULL -> (1) */
Tensor *op_sum_squares(Graph *g, Tensor *x, Tensor *sum);
/* sum (a weight) = factor[0] sum + factor[1] x, factor (2); where factor[0] is 0 what stood there
 * does not matter, be it no number at all: gradients of several batches. */
void op_accumulate(Graph *g, Tensor *sum, Tensor *x, Tensor *factor);
/* The optimisers. grad: of the weight param; hyper (8): the learning rate lr first, weight_decay at
 * 4, max_norm at 7 (0: no clipping), the rest as each one says. sum (1) or NULL: the squared norm
 * of all gradients; with max_norm > 0 the gradient is scaled by min(1, max_norm / (sqrt(sum) +
 * 1e-6)); where sum is not finite nothing is changed. */
/* lr, beta1, beta2, eps, weight_decay, 1 - beta1^t, 1 - beta2^t, max_norm: AdamW as torch
 * (decoupled decay, eps outside the root). */
void op_adamw(Graph *g, Tensor *param, Tensor *grad, Tensor *m, Tensor *v, Tensor *hyper,
              Tensor *sum);
/* The same with moments of 8 bits, as bitsandbytes: m, v I32 (n / 4 rounded up) for n elements,
 * max_m, max_v (n / ADAMW8_BLOCK rounded up); all 0 at first. */
#define ADAMW8_BLOCK 256
void op_adamw8(Graph *g, Tensor *param, Tensor *grad, Tensor *m, Tensor *v, Tensor *max_m,
               Tensor *max_v, Tensor *hyper, Tensor *sum);
/* lr, beta1, beta2, -, weight_decay, -, -, max_norm: Lion, decoupled decay. */
void op_lion(Graph *g, Tensor *param, Tensor *grad, Tensor *m, Tensor *hyper, Tensor *sum);
/* lr, momentum, nesterov (0 or 1), -, weight_decay, -, -, max_norm: SGD as torch, dampening 0. */
void op_sgd(Graph *g, Tensor *param, Tensor *grad, Tensor *m, Tensor *hyper, Tensor *sum);
/* average (a weight) += rate[0] * (param - average): exponential moving average of weights; not
 * where sum (1), which may be NULL, is not finite. */
void op_ema(Graph *g, Tensor *average, Tensor *param, Tensor *rate, Tensor *sum);
