/* SPDX-License-Identifier: Apache-2.0 */
/* A Layout is an ordered choice of fields: which header bit each column of a Trace is.
 *   torchlight      the paper's, as NetDiffusion cuts it: ipv4 without addresses 416, ipv6 without
 *                   addresses 64, tcp 480, udp 64, icmp 64 = 1088 columns
 *   nprint:LETTERS  nPrint's with the headers its flags choose: 4 ipv4 480, 6 ipv6 320, t tcp 480,
 *                   u udp 64, i icmp 64. In this order whatever the letters' order is, as nPrint
 *                   has it. `nprint` alone is `nprint:4tui`, 1088 columns
 * Two different layouts are 1088 wide: a layout is always named, never inferred from a width.
 *
 * Which packets make a row: under torchlight every IPv4 or IPv6 packet, whatever it carries (a
 * GRE packet is a row of ipv4 bits alone); under nprint, as nPrint has it, only those whose IP
 * header names ICMP, TCP or UDP with no IPv6 extension header between. */
#pragma once

#include "app/trace/field.h"

typedef struct {
    FieldId field;
    int first_column;
} LayoutField;

typedef struct {
    const char *name;        /* "torchlight", "nprint" (also of nprint:4tui), "nprint:46t" */
    const char *description; /* one sentence */
    bool transport_only;     /* only ICMP, TCP and UDP packets make rows */
    int n_columns;
    int n_fields;
    const LayoutField *fields;   /* in column order */
    int16_t column_of[N_FIELDS]; /* first column of a field, -1 when the layout lacks it */
} Layout;

/* Static storage, never freed; one layout for all the names it has. NULL and error (naming the
 * known layouts, or the letters that are no header) for an unknown name. */
const Layout *layout_by_name(const char *name, GError **error);
const Layout *layout_default(void); /* torchlight */
/* The n-th layout that is known by a name alone: torchlight, nprint; NULL past the end. */
const Layout *layout_nth(int n);
/* nPrint's layout of the headers whose bits (1 << Header) are set; NULL for none. */
const Layout *layout_nprint(unsigned headers);

/* Field and bit (0 = most significant) of a column. */
const LayoutField *layout_field_at(const Layout *layout, int column, int *bit);
/* "ipv4_ttl_3"; the caller frees. */
char *layout_column_name(const Layout *layout, int column);
/* First column and number of columns of a header; false when the layout lacks the header. */
bool layout_header_span(const Layout *layout, Header header, int *first, int *n);
