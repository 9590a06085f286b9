/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of LoRA share: the models of golden set A, a temporary folder, comparing. */
#pragma once

#include "compute/model/lora.h"
#include "compute/model/text_encoder.h"
#include "compute/model/unet.h"

typedef struct {
    Device *device;
    Unet *unet;
    TextEncoder *text_encoder;
    LoraTarget target;
    char *dir, *path, *second; /* a temporary folder and two files in it */
} LoraFixture;

void lora_fixture_setup(LoraFixture *f, const void *data);
void lora_fixture_teardown(LoraFixture *f, const void *data);

/* In golden set A: PART/NAME. The caller frees. */
char *lora_golden_path(const char *part, const char *name);
/* In golden set B, which is kept outside the repository; NULL where it is not. */
char *lora_golden_b_path(const char *name);
/* A file of set A's lora/, of which every key must be known. */
Lora *lora_open_golden(LoraFixture *f, const char *name);

float *read_weight(const Weight *w);
void assert_loras_equal(const Lora *a, const Lora *b);
void assert_files_equal(const char *a, const char *b);
