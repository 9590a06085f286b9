/* SPDX-License-Identifier: Apache-2.0 */
/* Payload bytes: zeros, or SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) over a counter; what
 * messages begin with; the word that makes a checksum right. */
#include "app/trace/payload.h"

#include <stdbool.h>
#include <string.h>

#include "app/trace/checksum.h"
#include "app/trace/payload_stream.h"
#include "app/trace/payload_template.h"
#include "app/trace/payload_text.h"

static guint64
mix(guint64 z)
{
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void
payload_fill_random(guint64 seed, int key, uint8_t *bytes, size_t n)
{
    const guint64 golden = G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    guint64 state = mix(mix(seed + golden) ^ (guint64)(guint32)key);
    for (size_t i = 0; i < n; i += 8) {
        state += golden;
        guint64 word = mix(state);
        for (size_t k = 0; k < 8 && i + k < n; k++)
            bytes[i + k] = (uint8_t)(word >> (8 * k)); /* little-endian on every machine */
    }
}

enum {
    ICMP = 1,
    TCP = 6,
    UDP = 17,
    IPV4_BYTES = 20,
    QUOTE_BYTES = 28,
    EXTENSION_BYTES = 128, /* from here on, where an ICMP error has them */
    QUOTE_PORT = 20,       /* source port of the UDP header in the quote, whose checksum is none */
    DNS_BYTES = 12,
    DNS_ANSWER = 0x8180, /* recursion desired and available, RFC 1035 section 4.1.1 */
    OPENVPN_DATA = 0x30,
    NTP_PORT = 123,
    NTP_TRANSMIT = 46, /* the lowest bits of the timestamp, RFC 5905 section 7.3 */
    ESP_PORT = 4500,
    ESP_BYTES = 8,
    ESP_LOWEST = 1, /* upper half of an SPI: below 256 they are reserved, RFC 4303 section 2.1 */
    NO_WORD = -1,
};

static unsigned
get_u16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static void
put_u16(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

/* The smallest UDP datagram from the error's receiver back to its sender. */
static void
quote_datagram(const uint8_t *headers, uint8_t *quote)
{
    static const uint8_t head[12] = {0x45, 0, 0, QUOTE_BYTES, 0, 0, 0x40, 0, 64, UDP};
    static const uint8_t udp[8] = {0xc0, 0x00, 0x82, 0x9a, 0, 8, 0, 0}; /* 49152 to 33434 */

    memcpy(quote, head, sizeof head);
    memcpy(quote + 12, headers + 16, 4);
    memcpy(quote + 16, headers + 12, 4);
    memcpy(quote + IPV4_BYTES, udp, sizeof udp);
    put_u16(quote + 10, checksum_finish(checksum_add(0, quote, IPV4_BYTES)));
}

static bool
has_port(const uint8_t *transport, unsigned port)
{
    return get_u16(transport) == port || get_u16(transport + 2) == port;
}

/* Where the last whole word of n bytes is that does not begin before first: the last aligned one,
 * or, of what is too short for that, two bytes across words. */
static int
last_word(size_t first, size_t n)
{
    return n >= first + 2 ? (int)MAX((n - 2) & ~(size_t)1, first) : NO_WORD;
}

/* Each of these writes what a message of its protocol begins with into a payload of n bytes, and
 * says which word of the n_covered under the checksum means nothing to a reader. */

static int
begin_icmp(const uint8_t *headers, const uint8_t *icmp, uint8_t *bytes, size_t n, size_t n_covered)
{
    uint8_t type = icmp[0];
    bool is_error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;

    if (!is_error || headers[0] >> 4 != 4 || n < QUOTE_BYTES)
        return last_word(0, n_covered);
    quote_datagram(headers, bytes);
    /* Two bytes past the 128 of the datagram is the checksum of extensions, RFC 4884 section 7. */
    if (n_covered / 2 == EXTENSION_BYTES / 2 + 2)
        n_covered = EXTENSION_BYTES;
    return n_covered >= QUOTE_BYTES + 2 ? last_word(QUOTE_BYTES, n_covered) : QUOTE_PORT;
}

/* Where the word of n bytes of a stream is. Zeros, then 17 or 50 as the third last byte: that is
 * how IPsec in TCP would end (Wireshark's tcpencap), so the word is not there. */
static int
stream_word(size_t first, size_t n)
{
    return last_word(first, n % 2 && n >= first + 4 ? n - 2 : n);
}

/* An answer without records, whoever sends it: of queries readers say that one is sent again where
 * an ID is met twice, and the ID is not ours to choose. */
static void
begin_dns(uint8_t *bytes, size_t n)
{
    if (n >= DNS_BYTES)
        put_u16(bytes + 2, DNS_ANSWER);
}

static int
begin_tcp(const uint8_t *tcp, int more, uint8_t *bytes, size_t n, size_t n_covered)
{
    bool is_dns = has_port(tcp, PAYLOAD_PORT_DNS);
    bool is_openvpn = !is_dns && has_port(tcp, PAYLOAD_PORT_OPENVPN);

    if ((!is_dns && !is_openvpn) || more < 0 || n <= 2 || n + (size_t)more > 2 + 0xffff)
        return stream_word(0, n_covered);
    put_u16(bytes, (unsigned)(n + (size_t)more - 2));
    if (is_dns) {
        begin_dns(bytes + 2, n - 2);
        return n_covered >= 4 ? 2 : NO_WORD;
    }
    bytes[2] = OPENVPN_DATA;
    /* Of four bytes the kind of message gives way: a segment so short is a part of one. */
    return n_covered == 4 ? 2 : stream_word(3, n_covered);
}

/* An SPI is met but once: sequence numbers of one SPI would have to count. */
static int
begin_udp(const uint8_t *udp, int row, uint8_t *bytes, size_t n, size_t n_covered)
{
    /* RFC 1035, 1002, 6762, 4795 */
    static const uint16_t named[] = {PAYLOAD_PORT_DNS, 137, 5353, 5355};

    for (guint i = 0; i < G_N_ELEMENTS(named); i++) {
        if (!has_port(udp, named[i]))
            continue;
        begin_dns(bytes, n);
        return n_covered >= 2 ? 0 : NO_WORD;
    }
    if (has_port(udp, NTP_PORT) && n_covered >= NTP_TRANSMIT + 2)
        return NTP_TRANSMIT;
    if (has_port(udp, ESP_PORT) && n >= ESP_BYTES && n_covered >= ESP_BYTES) {
        put_u16(bytes, ESP_LOWEST + (unsigned)row % (0xffff - ESP_LOWEST));
        return 2;
    }
    return last_word(0, n_covered);
}

/* The word of the payload that makes the checksum of the header right. */
static void
fit_word(const TransportSum *transport, unsigned checksum, uint8_t *bytes, size_t n, int word)
{
    size_t covered = MIN(n, transport->covered);
    guint32 missing;

    if (covered == 1) {
        missing = 0xffff - checksum_add(transport->sum + checksum, NULL, 0);
        if ((missing & 0xff) == 0)
            bytes[0] = (uint8_t)(missing >> 8);
    } else if (word != NO_WORD) {
        put_u16(bytes + word, 0);
        missing = 0xffff - checksum_add(transport->sum + checksum, bytes, covered);
        put_u16(bytes + word, word & 1 ? GUINT16_SWAP_LE_BE(missing) : missing);
    }
}

/* A line of text that makes the checksum right; false where it is none of ours to make. */
static bool
fit_text(const TransportSum *transport, const uint8_t *header, unsigned checksum, uint8_t *bytes,
         size_t n)
{
    int free = n == transport->covered ? payload_text_free(n) : -1;

    if (transport->protocol == ICMP ||
        (!payload_port_is_text(transport->protocol, get_u16(header)) &&
         !payload_port_is_text(transport->protocol, get_u16(header + 2))))
        return false;
    payload_text_fill(bytes, n);
    if (free < 0)
        return false;
    memset(bytes + free, 0, PAYLOAD_TEXT_FREE);
    payload_text_fit(bytes + free, 0xffff - checksum_add(transport->sum + checksum, bytes, n));
    return true;
}

/* What is drawn for a packet goes by its row; for a TCP segment by what it sends, so that it is the
 * same when it is sent again. */
static int
draw_key(const TransportSum *transport, const uint8_t *header, int row)
{
    guint32 hash = 2166136261u;

    if (transport->protocol != TCP)
        return row;
    for (int i = 0; i < 8; i++) /* ports and sequence number */
        hash = (hash ^ header[i]) * 16777619u;
    return (int)hash;
}

void
payload_fill_packet(const WritePolicy *policy, int row, const uint8_t *headers, size_t n_headers,
                    uint8_t *bytes, size_t n)
{
    TransportSum transport;
    int word = NO_WORD;

    if (n == 0)
        return;
    bool has_transport = transport_sum_init(&transport, headers, n_headers, n);
    const uint8_t *header = has_transport ? headers + transport.at : NULL;
    int key = has_transport ? draw_key(&transport, header, row) : row;
    if (policy->payload == PAYLOAD_RANDOM)
        payload_fill_random(policy->seed, key, bytes, n);
    else if (policy->payload == PAYLOAD_TEMPLATE && policy->template)
        payload_template_fill(policy->template, policy->seed, key, headers, n_headers, bytes, n);
    else
        memset(bytes, 0, n);
    if (!has_transport)
        return;
    size_t covered = MIN(n, transport.covered);
    unsigned checksum = get_u16(headers + transport.field);
    bool has_checksum = transport.protocol != UDP || checksum != 0 || headers[0] >> 4 != 4;
    bool is_made = policy->payload == PAYLOAD_ZEROS ||
                   (policy->payload == PAYLOAD_TEMPLATE && !policy->template);
    if (is_made && fit_text(&transport, header, has_checksum ? checksum : 0, bytes, n))
        return;
    if (transport.protocol == ICMP)
        word = begin_icmp(headers, header, bytes, n, covered);
    else if (transport.protocol == TCP)
        word = begin_tcp(header, payload_streams_more(policy->streams, row), bytes, n, covered);
    else
        word = begin_udp(header, row, bytes, n, covered);
    if (has_checksum)
        fit_word(&transport, checksum, bytes, n, word);
}
