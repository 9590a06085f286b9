/* SPDX-License-Identifier: Apache-2.0 */
/* A tiny random model and a few pictures to train on, in a folder that goes away. */
#pragma once

#include "app/jobs/train_job.h"

enum { N_PICTURES = 4 };

/* Also g_test_init; the program's argument is make_model. */
void fixture_begin(int *argc, char ***argv);
void fixture_end(void);

char *at(const char *name); /* in the folder; the caller frees */
TrainParams *make_params(const char *output);
/* The same with a folder for the run and previews. */
TrainParams *make_run(const char *output, const char *run);
/* Takes params; it must not fail. The device of the result is gone. */
TrainResult train(TrainParams *params);
void assert_same(const char *a, const char *b); /* files, byte by byte */
/* The tensors of two safetensors files, whatever their headers tell of how each came about. */
void assert_same_weights(const char *a, const char *b);
