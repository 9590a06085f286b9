/* SPDX-License-Identifier: Apache-2.0 */
/* Payload bytes: zeros, or SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) over a counter. */
#include "app/trace/payload.h"

#include <stdbool.h>
#include <string.h>

static guint64
mix(guint64 z)
{
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void
payload_fill(PayloadPolicy policy, guint64 seed, int row, uint8_t *bytes, size_t n)
{
    if (n == 0)
        return;
    if (policy != PAYLOAD_RANDOM) {
        memset(bytes, 0, n);
        return;
    }
    const guint64 golden = G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    guint64 state = mix(mix(seed + golden) ^ (guint64)(guint32)row);
    for (size_t i = 0; i < n; i += 8) {
        state += golden;
        guint64 word = mix(state);
        for (size_t k = 0; k < 8 && i + k < n; k++)
            bytes[i + k] = (uint8_t)(word >> (8 * k)); /* little-endian on every machine */
    }
}

enum { IPV4_BYTES = 20, IPV6_BYTES = 40, QUOTE_BYTES = 28 };

static bool
is_icmp_error(const uint8_t *headers, size_t n_headers)
{
    if (n_headers < IPV4_BYTES + 8 || headers[0] >> 4 != 4 || headers[9] != 1)
        return false;
    size_t at = (size_t)(headers[0] & 15) * 4;
    if (at < IPV4_BYTES || at + 8 > n_headers)
        return false;
    uint8_t type = headers[at];
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* The smallest UDP datagram from the error's receiver back to its sender. */
static void
quote_datagram(const uint8_t *headers, uint8_t *quote)
{
    static const uint8_t head[12] = {0x45, 0, 0, QUOTE_BYTES, 0, 0, 0x40, 0, 64, 17};
    static const uint8_t udp[8] = {0xc0, 0x00, 0x82, 0x9a, 0, 8, 0, 0}; /* 49152 to 33434 */
    guint32 sum = 0;

    memcpy(quote, head, sizeof head);
    memcpy(quote + 12, headers + 16, 4);
    memcpy(quote + 16, headers + 12, 4);
    memcpy(quote + IPV4_BYTES, udp, sizeof udp);
    for (int i = 0; i < IPV4_BYTES; i += 2)
        sum += (guint32)quote[i] << 8 | quote[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    quote[10] = (uint8_t)(sum >> 8);
    quote[11] = (uint8_t)sum;
}

static unsigned
get_u16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

enum { DNS_PORT = 53, OPENVPN_PORT = 1194, OPENVPN_DATA = 0x30 };

/* TCP to or from a port whose protocol puts a 16-bit count before each message: that port, or 0. */
static unsigned
counted_port(const uint8_t *headers, size_t n_headers)
{
    bool is_v4 = n_headers >= IPV4_BYTES && headers[0] >> 4 == 4;
    size_t at = is_v4 ? (size_t)(headers[0] & 15) * 4 : IPV6_BYTES;

    if (at + 20 > n_headers || headers[is_v4 ? 9 : 6] != 6)
        return 0;
    for (int end = 0; end < 2; end++) {
        unsigned port = get_u16(headers + at + 2 * end);
        if (port == DNS_PORT || port == OPENVPN_PORT)
            return port;
    }
    return 0;
}

void
payload_fill_packet(PayloadPolicy policy, guint64 seed, int row, const uint8_t *headers,
                    size_t n_headers, uint8_t *bytes, size_t n)
{
    payload_fill(policy, seed, row, bytes, n);
    if (n >= QUOTE_BYTES && is_icmp_error(headers, n_headers))
        quote_datagram(headers, bytes);
    unsigned port = n > 2 && n <= 2 + 0xffff ? counted_port(headers, n_headers) : 0;
    if (port != 0) {
        bytes[0] = (uint8_t)((n - 2) >> 8);
        bytes[1] = (uint8_t)(n - 2);
    }
    if (port == OPENVPN_PORT)
        bytes[2] = OPENVPN_DATA;
}
