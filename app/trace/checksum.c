/* SPDX-License-Identifier: Apache-2.0 */
/* One's-complement sums over big-endian words. */
#include "app/trace/checksum.h"

#include <string.h>

enum { ICMP = 1, TCP = 6, UDP = 17, IPV4_BYTES = 20, IPV6_BYTES = 40 };

static unsigned
get_u16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

guint32
checksum_add(guint32 sum, const uint8_t *bytes, size_t n)
{
    guint64 wide = sum;
    size_t i = 0;

    /* 2^16 is 1 modulo 2^16 - 1, so words of 32 bits may be added as well as of 16. */
    for (; i + 4 <= n; i += 4) {
        guint32 word;
        memcpy(&word, bytes + i, sizeof word);
        wide += GUINT32_FROM_BE(word);
    }
    if (i + 2 <= n) {
        wide += get_u16(bytes + i);
        i += 2;
    }
    if (i < n)
        wide += (guint64)bytes[i] << 8;
    while (wide >> 16)
        wide = (wide & 0xffff) + (wide >> 16);
    return (guint32)wide;
}

uint16_t
checksum_finish(guint32 sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Where what follows the IP header and its extension headers begins, and what it is. */
static bool
find_transport(const uint8_t *headers, size_t n, size_t *at, int *protocol)
{
    if (n >= IPV4_BYTES && headers[0] >> 4 == 4) {
        *at = (size_t)(headers[0] & 15) * 4;
        *protocol = headers[9];
        return *at >= IPV4_BYTES && (get_u16(headers + 6) & 0x1fff) == 0;
    }
    if (n < IPV6_BYTES || headers[0] >> 4 != 6)
        return false;
    *at = IPV6_BYTES;
    *protocol = headers[6];
    while (*protocol == 0 || *protocol == 43 || *protocol == 44 || *protocol == 51 ||
           *protocol == 60) {
        if (*at + 8 > n)
            return false;
        size_t size = *protocol == 44   ? 8
                      : *protocol == 51 ? ((size_t)headers[*at + 1] + 2) * 4
                                        : ((size_t)headers[*at + 1] + 1) * 8;
        *protocol = headers[*at];
        *at += size;
    }
    return true;
}

static guint32
pseudo_header_sum(const uint8_t *headers, int protocol, size_t length)
{
    bool is_v4 = headers[0] >> 4 == 4;
    guint32 sum = (guint32)protocol + (guint32)(length >> 16) + (guint32)(length & 0xffff);

    return checksum_add(sum, headers + (is_v4 ? 12 : 8), is_v4 ? 8 : 32);
}

bool
transport_sum_init(TransportSum *transport, const uint8_t *headers, size_t n_headers,
                   size_t n_payload)
{
    size_t at, size, covered = n_payload;
    int protocol;

    if (!find_transport(headers, n_headers, &at, &protocol) || at > n_headers)
        return false;
    size = n_headers - at;
    if (size < (protocol == TCP ? 20 : 8) ||
        (protocol != ICMP && protocol != TCP && protocol != UDP))
        return false;
    if (protocol == UDP) {
        size_t length = get_u16(headers + at + 4);
        if (length < size)
            return false;
        covered = length - size;
    }
    *transport = (TransportSum){.protocol = protocol, .at = at, .size = size, .covered = covered};
    transport->field = at + (protocol == TCP ? 16 : protocol == UDP ? 6 : 2);
    if (protocol != ICMP)
        transport->sum = pseudo_header_sum(headers, protocol, size + covered);
    transport->sum = checksum_add(transport->sum, headers + at, transport->field - at);
    transport->sum = checksum_add(transport->sum, headers + transport->field + 2,
                                  n_headers - transport->field - 2);
    return true;
}

uint16_t
transport_sum_right(const TransportSum *transport, const uint8_t *payload, size_t n)
{
    guint32 sum = checksum_add(transport->sum, payload, MIN(n, transport->covered));
    uint16_t right = checksum_finish(sum);

    return right == 0 && transport->protocol == UDP ? 0xffff : right;
}
