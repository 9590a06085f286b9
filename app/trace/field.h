/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of header fields: name, header, bit offset, width, meaning.
 * Everything that speaks of a header bit (encoding, decoding, repair, the ruler, tooltips,
 * documentation, tests) reads this table. Names are nPrint's: column = NAME "_" BIT. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    HEADER_IPV4, /* RFC 791, 20 bytes + up to 40 of options */
    HEADER_IPV6, /* RFC 8200, fixed header, 40 bytes */
    HEADER_TCP,  /* RFC 9293, 20 bytes + up to 40 of options */
    HEADER_UDP,  /* RFC 768, 8 bytes */
    HEADER_ICMP, /* RFC 792, first 8 bytes */
    N_HEADERS
} Header;

/* Every field of the table, in header order; the value indexes field_table. */
/* clang-format off */
typedef enum {
    FIELD_IPV4_VER, FIELD_IPV4_HL, FIELD_IPV4_TOS, FIELD_IPV4_TL, FIELD_IPV4_ID, FIELD_IPV4_RBIT,
    FIELD_IPV4_DFBIT, FIELD_IPV4_MFBIT, FIELD_IPV4_FOFF, FIELD_IPV4_TTL, FIELD_IPV4_PROTO,
    FIELD_IPV4_CKSUM, FIELD_IPV4_SRC, FIELD_IPV4_DST, FIELD_IPV4_OPT,
    FIELD_IPV6_VER, FIELD_IPV6_TC, FIELD_IPV6_FL, FIELD_IPV6_LEN, FIELD_IPV6_NH, FIELD_IPV6_HL,
    FIELD_IPV6_SRC, FIELD_IPV6_DST,
    FIELD_TCP_SPRT, FIELD_TCP_DPRT, FIELD_TCP_SEQ, FIELD_TCP_ACKN, FIELD_TCP_DOFF, FIELD_TCP_RES,
    FIELD_TCP_NS, FIELD_TCP_CWR, FIELD_TCP_ECE, FIELD_TCP_URG, FIELD_TCP_ACKF, FIELD_TCP_PSH,
    FIELD_TCP_RST, FIELD_TCP_SYN, FIELD_TCP_FIN, FIELD_TCP_WSIZE, FIELD_TCP_CKSUM, FIELD_TCP_URP,
    FIELD_TCP_OPT,
    FIELD_UDP_SPORT, FIELD_UDP_DPORT, FIELD_UDP_LEN, FIELD_UDP_CKSUM,
    FIELD_ICMP_TYPE, FIELD_ICMP_CODE, FIELD_ICMP_CKSUM, FIELD_ICMP_ROH,
    N_FIELDS
} FieldId;
/* clang-format on */

typedef struct {
    const char *name; /* "ipv4_ttl" */
    Header header;
    uint16_t bit_offset; /* from the first bit of its header */
    uint16_t width;      /* bits */
    const char *label;   /* short title for a ruler: "TTL" */
    const char *meaning; /* one sentence, untranslated English */
} Field;

extern const Field field_table[N_FIELDS];

const char *header_name(Header header);  /* "ipv4" */
const char *header_title(Header header); /* "IPv4" */
/* Largest size of the header that the table covers, in bits (480, 320, 480, 64, 64). */
int header_max_bits(Header header);
