/* SPDX-License-Identifier: Apache-2.0 */
/* The first line of an nPrint CSV: what each of its columns is. */
#pragma once

#include "app/trace/csv_index.h"

enum { MEANING_NONE = G_MAXINT };

typedef struct {
    char **names; /* of the columns of the file, NULL-terminated */
    int n_columns;
    int *meaning; /* (n_columns) a cell (below), ~CsvColumn, or MEANING_NONE */
    int *run;     /* (n_columns) how many columns from here on are cells one after another */
    const Layout *layout; /* the cells of a row: its columns, then */
    TraceExtra extra;     /* the bits beside them that are whole in the file */
    /* Address bits that the layout has no columns for: where the cells of each begin (source and
     * destination of IPv4, then of IPv6), 0 where the file has not all of its bits. */
    int address_cells[4];
    int n_cells;
    TraceSides sides; /* what the columns tell of a row */
    bool relative;    /* times are there as rts alone */
} CsvHeader;

/* Splits a line at its commas, in place: fields may be quoted, quotes in them doubled (RFC 4180).
 * *at is moved to the next field, NULL after the last. */
char *csv_take_field(char **at);

/* The address fields, in the order of address_cells. */
extern const FieldId csv_address_fields[4];

/* line is changed. asked NULL: the layout that the names tell (interchange.h). */
bool csv_header_parse(CsvHeader *header, char *line, const char *path, const Layout *asked,
                      GError **error);
void csv_header_clear(CsvHeader *header);
