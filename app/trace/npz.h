/* SPDX-License-Identifier: Apache-2.0 */
/* The members of an .npz that travel beside the rows. Private to app/trace. */
#pragma once

#include "app/trace/trace.h"

typedef enum {
    NPZ_TIME,
    NPZ_SRC,
    NPZ_DST,
    NPZ_FRAME,
    NPZ_LENGTH,
    NPZ_DIRECTION,
    N_NPZ_SIDES
} NpzSide;

enum { NPZ_ADDRESS_CHARACTERS = 39 }; /* an IPv6 address in full */

typedef struct {
    const char *name;  /* of the array */
    const char *descr; /* as it is written */
    TraceSides known;  /* 0: always written */
} NpzSideKind;

extern const NpzSideKind npz_side_table[N_NPZ_SIDES];
