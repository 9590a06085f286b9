/* SPDX-License-Identifier: Apache-2.0 */
/* Items that are more than one program: a training step, a whole sampling, reading captions. */
#pragma once

#include "compute/bench/item.h"

/* A LoRA step of the UNet on cached latents and captions; train_ckpt: with checkpointing. */
bool bench_make_train(BenchItem *item, BenchModel *model, const BenchSizes *sizes, GError **error);
/* 20 guided DDIM steps, text and decoding included; with control where the model's is open. */
bool bench_make_sample(BenchItem *item, BenchModel *model, const BenchSizes *sizes, GError **error);
bool bench_make_tokenizer(BenchItem *item, BenchModel *model, const BenchSizes *sizes,
                          GError **error);
