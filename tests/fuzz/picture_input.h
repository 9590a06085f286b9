/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs of picture_fuzz: PNG files, and traces as a model or a damaged capture could have them. */
#pragma once

#include "app/trace/trace.h"
#include "tests/fuzz/support.h"

enum { PICTURE_MAX_ROWS = 64 };

/* The bytes of a PNG with the checksum of every chunk made right, so that chance gets past them. */
void picture_mend_checksums(GByteArray *png);
/* A PNG of few rows whose kind, size and text chunks are chosen by the input. */
void picture_build(GByteArray *png, FuzzInput *input);
/* A trace, row by row: noise, copies of rows before, headers that are whole and edited field by
 * field; with or without confidence and side columns. */
Trace *picture_make_trace(FuzzInput *input);
