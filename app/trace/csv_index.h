/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a CSV that are no header bits: nPrint calls them its index. */
#pragma once

#include "app/trace/trace.h"

typedef enum {
    INDEX_SRC_IP,
    INDEX_DST_IP,
    INDEX_TV_SEC,
    INDEX_TV_NSEC,
    INDEX_LENGTH,
    INDEX_DIRECTION,
    INDEX_TV_USEC, /* nPrint -A; read, never written */
    N_INDEXES
} Index;

typedef struct {
    const char *name;
    TraceSides known; /* what it tells of a row */
} CsvIndex;

extern const CsvIndex csv_index_table[N_INDEXES];
