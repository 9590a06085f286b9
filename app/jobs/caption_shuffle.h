/* SPDX-License-Identifier: Apache-2.0 */
/* A caption's parts in another order, as kohya's shuffle_caption: what stands between commas, the
 * first few staying where they are. Private to app/jobs. */
#pragma once

#include "compute/sample/rng.h"

/* n_keep: parts that stay. Parts are joined by ", ". The caller frees. */
char *caption_shuffle(const char *caption, int n_keep, Rng *rng);
