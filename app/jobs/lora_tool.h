/* SPDX-License-Identifier: Apache-2.0 */
/* Work on LoRA files: written in another form, combined into one, merged into a model. */
#pragma once

#include "app/jobs/generate_job.h"
#include "app/jobs/inspect.h"

typedef enum { LORA_CONVERT, LORA_COMBINE, LORA_MERGE, LORA_EXTRACT } LoraToolKind;

typedef struct {
    LoraToolKind kind;
    GArray *loras; /* GenerateLora, owned: one to convert; any number to combine or merge */
    char *model;   /* owned: merge: the base; extract: the base; convert and combine: NULL, or the
                      model whose names the layers get (for files by the original names) */
    char *tuned;   /* owned: extract: the model that was made of the base */
    char *output;  /* owned: a file; merge: a folder, which must not be there */
    char *form;    /* owned: "kohya" or "peft"; NULL: that of the first file, or kohya */
    char *dtype;   /* owned: "fp32", "fp16" or "bf16"; NULL: that of the first file, or fp32 */
    int rank, conv_rank; /* extract; conv_rank 0: no convolutions */
} LoraToolParams;

typedef struct {
    int n_layers;
    double error; /* extract: what the factors leave of the difference, 0 to 1 */
} LoraToolResult;

LoraToolParams *lora_tool_params_new(LoraToolKind kind);
void lora_tool_params_free(LoraToolParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LoraToolParams, lora_tool_params_free)

/* Takes params. */
TorchlightJob *lora_tool_job_new(LoraToolParams *params);
const LoraToolResult *lora_tool_job_get_result(TorchlightJob *job);

/* What there is to say of a LoRA file: its form, layers, ranks, alphas, whether its sums hold, and
 * its metadata. Reads all of it. */
Facts *lora_inspect(const char *path, GError **error);
