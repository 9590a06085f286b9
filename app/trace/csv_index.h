/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a CSV that are no header bits: nPrint calls the first its index. */
#pragma once

#include "app/trace/interchange.h"

typedef enum {
    COLUMN_SRC_IP = CSV_INDEX_SRC_IP,
    COLUMN_DST_IP = CSV_INDEX_DST_IP,
    COLUMN_SRC_PORT = CSV_INDEX_SRC_PORT,
    COLUMN_DST_PORT = CSV_INDEX_DST_PORT,
    COLUMN_FLOW = CSV_INDEX_FLOW,
    COLUMN_TX_MAC = CSV_INDEX_TX_MAC,
    COLUMN_RTS, /* microseconds since the row before, nPrint -R */
    COLUMN_TV_SEC,
    COLUMN_TV_USEC, /* nPrint -A */
    COLUMN_TV_NSEC,
    COLUMN_LENGTH,
    COLUMN_DIRECTION,
    N_CSV_COLUMNS
} CsvColumn;

typedef struct {
    const char *name;
    TraceSides known; /* what it tells of a row */
} CsvColumnKind;

extern const CsvColumnKind csv_column_table[N_CSV_COLUMNS];

/* "eth_dhost_3" or "payload_bit_12": the name of one of the bits beside the layout's. The caller
 * frees. */
char *csv_extra_name(const TraceExtra *extra, int bit);
