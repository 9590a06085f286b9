// SPDX-License-Identifier: Apache-2.0
//
// Golden data in tests: files of tests/goldens/A, their tensors as floats, and comparison within
// the tolerance that goldens/INDEX.tsv suggests. Everything here aborts the test on failure. Names
// that begin with "B/" are of set B, in TORCHLIGHT_SHARED, else ../shared, where it may be missing.
#pragma once

#include "compute/weights.h"

/* Absolute path of a file of tests/goldens/A. Transfer full. */
char *golden_path(const char *relative);
bool golden_has_set_b(void);
/* goldens/<stem>.safetensors */
WeightsFile *golden_open(const char *stem);
bool golden_has(const WeightsFile *file, const char *tensor);
/* All values; *n may be NULL. Transfer full. */
float *golden_read(const WeightsFile *file, const char *tensor, int64_t *n);
/* suggested_atol of INDEX.tsv. */
double golden_atol(const char *stem, const char *tensor);
/* Fails the test if any value is further than `atol` off, or not finite. */
void golden_compare_within(const WeightsFile *file, const char *tensor, const float *got, int64_t n,
                           double atol);
void golden_compare(const WeightsFile *file, const char *stem, const char *tensor, const float *got,
                    int64_t n);

/* A fresh temporary folder, and its removal with all that is in it. */
char *golden_scratch_new(void);
void golden_scratch_free(char *dir);
