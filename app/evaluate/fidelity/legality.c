/* SPDX-License-Identifier: Apache-2.0 */
/* Drawn rows held against what any packet is. */
#include "app/evaluate/fidelity/legality.h"

enum {
    OPTION_WORD = 32,
    WORD_BYTES = 4,
    BARE_WORDS = 5,
    UDP_BYTES = 8,
    ICMP_BYTES = 8,
};

/* The fixed part of each header. */
static const struct {
    FieldId first, last;
} fixed[N_HEADERS] = {
    [HEADER_IPV4] = {FIELD_IPV4_VER, FIELD_IPV4_DST},
    [HEADER_IPV6] = {FIELD_IPV6_VER, FIELD_IPV6_DST},
    [HEADER_TCP] = {FIELD_TCP_SPRT, FIELD_TCP_URP},
    [HEADER_UDP] = {FIELD_UDP_SPORT, FIELD_UDP_CKSUM},
    [HEADER_ICMP] = {FIELD_ICMP_TYPE, FIELD_ICMP_ROH},
};

static const uint32_t protocols[N_HEADERS] = {
    [HEADER_TCP] = 6, [HEADER_UDP] = 17, [HEADER_ICMP] = 1};

const char *
legal_check_name(LegalCheck check)
{
    static const char *const names[N_LEGAL_CHECKS] = {
        [LEGAL_VERSION] = "version",
        [LEGAL_HEADER_LENGTH] = "header-length",
        [LEGAL_IP_RESERVED] = "ip-reserved",
        [LEGAL_FRAGMENT] = "fragment",
        [LEGAL_HOPS] = "hops",
        [LEGAL_PROTOCOL] = "protocol",
        [LEGAL_IP_LENGTH] = "ip-length",
        [LEGAL_DATA_OFFSET] = "data-offset",
        [LEGAL_TCP_RESERVED] = "tcp-reserved",
        [LEGAL_TCP_FLAGS] = "tcp-flags",
        [LEGAL_URGENT] = "urgent",
        [LEGAL_UDP_LENGTH] = "udp-length",
    };

    g_return_val_if_fail((unsigned)check < N_LEGAL_CHECKS, NULL);
    return names[check];
}

/* --- presence --- */

/* Bits that are present of a header's fixed part, and how many the layout has. */
static int
count_present(const Trace *trace, int row, Header header, int *n_bits)
{
    const int8_t *trits = trace_row(trace, row);
    int n = 0;

    *n_bits = 0;
    for (int field = fixed[header].first; field <= (int)fixed[header].last; field++) {
        int column = trace->layout->column_of[field];

        for (int bit = 0; column >= 0 && bit < field_table[field].width; bit++)
            n += trits[column + bit] >= 0;
        *n_bits += column >= 0 ? field_table[field].width : 0;
    }
    return n;
}

static bool
is_there(const Trace *trace, int row, Header header)
{
    int n_bits, n = count_present(trace, row, header, &n_bits);

    return 2 * n > n_bits;
}

/* Bits of options from the first on, before one that is absent. */
static int
leading_bits(const Trace *trace, int row, FieldId options)
{
    int column = trace->layout->column_of[options], n = 0;

    while (column >= 0 && n < field_table[options].width && trace_row(trace, row)[column + n] >= 0)
        n++;
    return n;
}

static int
all_bits(const Trace *trace, int row, FieldId options)
{
    int column = trace->layout->column_of[options], n = 0;

    for (int bit = 0; column >= 0 && bit < field_table[options].width; bit++)
        n += trace_row(trace, row)[column + bit] >= 0;
    return n;
}

static bool
options_are_legal(const Trace *trace, int row, FieldId options, bool has_header)
{
    int n = leading_bits(trace, row, options);

    return n == all_bits(trace, row, options) && n % OPTION_WORD == 0 && (has_header || n == 0);
}

bool
legality_mask_is_legal(const Trace *trace, int row)
{
    bool has[N_HEADERS], lacks_ip = false;
    int n_transports;

    for (int header = 0; header < N_HEADERS; header++) {
        int n_bits, n = count_present(trace, row, (Header)header, &n_bits);

        if (n > 0 && n < n_bits)
            return false;
        has[header] = n > 0;
        lacks_ip |= header <= HEADER_IPV6 && n_bits == 0;
    }
    n_transports = has[HEADER_TCP] + has[HEADER_UDP] + has[HEADER_ICMP];
    if (has[HEADER_IPV4] && has[HEADER_IPV6])
        return false;
    if (!has[HEADER_IPV4] && !has[HEADER_IPV6] && (!lacks_ip || n_transports == 0))
        return false;
    return n_transports <= 1 && !(has[HEADER_IPV6] && has[HEADER_ICMP]) &&
           options_are_legal(trace, row, FIELD_IPV4_OPT, has[HEADER_IPV4]) &&
           options_are_legal(trace, row, FIELD_TCP_OPT, has[HEADER_TCP]);
}

/* --- constants --- */

/* A row that is checked. */
typedef struct {
    LegalityCount *count;
    const Trace *trace;
    int row;
    bool has[N_HEADERS];
    int transport; /* the one that is there; N_HEADERS when there is none or more than one */
} Checked;

/* The field's value; -1 when it is not wholly present. */
static int64_t
value_of(const Checked *checked, FieldId field)
{
    uint32_t value;

    return trace_get(checked->trace, checked->row, field, &value) ? (int64_t)value : -1;
}

static void
note(const Checked *checked, LegalCheck check, bool is_right)
{
    checked->count->n_about[check]++;
    checked->count->n_right[check] += is_right;
}

/* 5 and the whole words of options. */
static int
header_words(const Checked *checked, FieldId options)
{
    return BARE_WORDS + leading_bits(checked->trace, checked->row, options) / OPTION_WORD;
}

static int
transport_bytes(const Checked *checked)
{
    if (checked->transport == HEADER_TCP)
        return header_words(checked, FIELD_TCP_OPT) * WORD_BYTES;
    return checked->transport == HEADER_UDP    ? UDP_BYTES
           : checked->transport == HEADER_ICMP ? ICMP_BYTES
                                               : 0;
}

static void
check_ipv4(const Checked *checked)
{
    int words = header_words(checked, FIELD_IPV4_OPT);
    int64_t length = value_of(checked, FIELD_IPV4_TL);

    note(checked, LEGAL_VERSION, value_of(checked, FIELD_IPV4_VER) == 4);
    note(checked, LEGAL_HEADER_LENGTH, value_of(checked, FIELD_IPV4_HL) == words);
    note(checked, LEGAL_IP_RESERVED, value_of(checked, FIELD_IPV4_RBIT) == 0);
    note(checked, LEGAL_HOPS, value_of(checked, FIELD_IPV4_TTL) > 0);
    note(checked, LEGAL_IP_LENGTH, length >= words * WORD_BYTES + transport_bytes(checked));
    if (checked->transport == N_HEADERS)
        return;
    note(checked, LEGAL_FRAGMENT, value_of(checked, FIELD_IPV4_FOFF) == 0);
    note(checked, LEGAL_PROTOCOL,
         value_of(checked, FIELD_IPV4_PROTO) == protocols[checked->transport]);
}

/* RFC 8200 section 4: hop-by-hop, routing, fragment, authentication, destination, mobility. */
static bool
is_extension(int64_t next)
{
    return next == 0 || next == 43 || next == 44 || next == 51 || next == 60 || next == 135;
}

static void
check_ipv6(const Checked *checked)
{
    int64_t next = value_of(checked, FIELD_IPV6_NH);

    note(checked, LEGAL_VERSION, value_of(checked, FIELD_IPV6_VER) == 6);
    note(checked, LEGAL_HOPS, value_of(checked, FIELD_IPV6_HL) > 0);
    note(checked, LEGAL_IP_LENGTH, value_of(checked, FIELD_IPV6_LEN) >= transport_bytes(checked));
    if (checked->transport != N_HEADERS)
        note(checked, LEGAL_PROTOCOL, next == protocols[checked->transport] || is_extension(next));
}

static void
check_tcp(const Checked *checked)
{
    int64_t syn = value_of(checked, FIELD_TCP_SYN), fin = value_of(checked, FIELD_TCP_FIN);
    int64_t rst = value_of(checked, FIELD_TCP_RST), ack = value_of(checked, FIELD_TCP_ACKF);
    bool is_whole = syn >= 0 && fin >= 0 && rst >= 0 && ack >= 0;

    note(checked, LEGAL_DATA_OFFSET,
         value_of(checked, FIELD_TCP_DOFF) == header_words(checked, FIELD_TCP_OPT));
    note(checked, LEGAL_TCP_RESERVED, value_of(checked, FIELD_TCP_RES) == 0);
    note(checked, LEGAL_TCP_FLAGS,
         is_whole && syn + fin + rst <= 1 && (ack == 1 || syn == 1 || rst == 1));
    note(checked, LEGAL_URGENT,
         value_of(checked, FIELD_TCP_URG) == 1 || value_of(checked, FIELD_TCP_URP) == 0);
}

static void
check_udp(const Checked *checked)
{
    int64_t length = value_of(checked, FIELD_UDP_LEN);

    if (checked->has[HEADER_IPV4] && value_of(checked, FIELD_IPV4_MFBIT) == 0)
        note(checked, LEGAL_UDP_LENGTH,
             length >= UDP_BYTES && length == value_of(checked, FIELD_IPV4_TL) -
                                                  value_of(checked, FIELD_IPV4_HL) * WORD_BYTES);
    else if (checked->has[HEADER_IPV6] && value_of(checked, FIELD_IPV6_NH) == protocols[HEADER_UDP])
        note(checked, LEGAL_UDP_LENGTH,
             length >= UDP_BYTES && length == value_of(checked, FIELD_IPV6_LEN));
}

static void
check_row(LegalityCount *count, const Trace *trace, int row)
{
    Checked checked = {.count = count, .trace = trace, .row = row, .transport = N_HEADERS};
    int n_transports = 0;

    for (int header = 0; header < N_HEADERS; header++) {
        checked.has[header] = is_there(trace, row, (Header)header);
        if (header < HEADER_TCP || !checked.has[header])
            continue;
        checked.transport = header;
        n_transports++;
    }
    if (n_transports > 1)
        checked.transport = N_HEADERS;
    if (checked.has[HEADER_IPV4])
        check_ipv4(&checked);
    if (checked.has[HEADER_IPV6])
        check_ipv6(&checked);
    if (checked.has[HEADER_TCP])
        check_tcp(&checked);
    if (checked.has[HEADER_UDP])
        check_udp(&checked);
}

void
legality_count(LegalityCount *count, const Trace *drawn)
{
    for (int row = 0; row < drawn->n_rows; row++) {
        if (trace_row_is_empty(drawn, row))
            continue;
        count->n_rows++;
        count->n_legal_masks += legality_mask_is_legal(drawn, row);
        check_row(count, drawn, row);
    }
}
