/* SPDX-License-Identifier: Apache-2.0 */
/* How legal a trace is as it was drawn, before repair: which of its bits can be bits of packets at
 * all, what any packet's header says is said, and how much repair had to change. Counted trace by
 * trace; shares are then told over as many traces as one likes. The same counts of real captures
 * show what the checks themselves miss.
 *
 * A row without any bit is padding and counts nowhere. A header is there when more than half of the
 * bits of its fixed part are present. */
#pragma once

#include "app/evaluate/fidelity/estimate.h"
#include "app/repair/repair.h"

/* What must hold in a packet by itself. Told of the rows that have the headers it is about; a field
 * that is not wholly present is wrong. */
typedef enum {
    LEGAL_VERSION,       /* 4 in IPv4, 6 in IPv6 (RFC 791 section 3.1, RFC 8200 section 3) */
    LEGAL_HEADER_LENGTH, /* IHL is 5 and the words of options there are (RFC 791) */
    LEGAL_IP_RESERVED,   /* the reserved flag is 0 (RFC 791) */
    LEGAL_FRAGMENT,      /* offset 0 where a transport header is (RFC 791) */
    LEGAL_HOPS,          /* TTL or hop limit is not 0 (RFC 1122 section 3.2.1.7) */
    LEGAL_PROTOCOL,      /* protocol or next header names the transport header that is there, or an
                            extension header of IPv6 */
    LEGAL_IP_LENGTH,     /* the total length has room for the headers */
    LEGAL_DATA_OFFSET,   /* of TCP: 5 and the words of options there are (RFC 9293 section 3.1) */
    LEGAL_TCP_RESERVED,  /* reserved bits are 0 (RFC 9293) */
    LEGAL_TCP_FLAGS,  /* SYN, FIN and RST exclude each other; ACK without SYN and RST (RFC 9293) */
    LEGAL_URGENT,     /* the urgent pointer is 0 without URG */
    LEGAL_UDP_LENGTH, /* what the IP header leaves, unless a fragment (RFC 768) */
    N_LEGAL_CHECKS
} LegalCheck;

/* "version", "header-length", ... */
const char *legal_check_name(LegalCheck check);

typedef struct {
    guint64 n_rows;        /* with any bit */
    guint64 n_legal_masks; /* see legality_mask_is_legal */
    guint64 n_about[N_LEGAL_CHECKS], n_right[N_LEGAL_CHECKS];
    /* Of repair, by field: bits of the layout in rows that stayed or were dropped for having too
     * few, those of them that are present before or after, and those changed (value or presence). A
     * row that was dropped had all its present bits changed. */
    guint64 n_bits[N_FIELDS], n_present[N_FIELDS], n_changed[N_FIELDS];
} LegalityCount;

/* Whether which bits of a row are present is what some packet's row has: one IP header; one of TCP,
 * UDP, or over IPv4 ICMP, or none; of each every bit of the fixed part; of options whole 32-bit
 * words from the first on. Under a layout without one of the IP headers it may be missing. False of
 * padding. */
bool legality_mask_is_legal(const Trace *trace, int row);

/* Adds a trace as drawn. */
void legality_count(LegalityCount *count, const Trace *drawn);
/* Adds what repair_trace changed in it. */
void legality_count_repair(LegalityCount *count, const Trace *drawn, const RepairReport *report);

/* Shares over n traces, with the interval of resampled traces (estimate_ratio); NAN where no row is
 * concerned. */
Estimate legality_masks(const LegalityCount *counts, guint n);
Estimate legality_check(const LegalityCount *counts, guint n, LegalCheck check);
/* Over all checks together: the share of constant fields that are right. */
Estimate legality_checks(const LegalityCount *counts, guint n);
/* Share of a field's bits that repair changed: of all, or of those present before or after. */
Estimate legality_changed(const LegalityCount *counts, guint n, FieldId field, bool of_present);
/* The same over all fields but the checksums, which repair computes anew. */
Estimate legality_changed_all(const LegalityCount *counts, guint n, bool of_present);
