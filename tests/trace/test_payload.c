/* SPDX-License-Identifier: Apache-2.0 */
/* A payload fits the checksum in front of it, whatever that is, and is still what its protocol
 * reads: its own check, with other arithmetic than the code under test. */
#include "app/trace/payload.h"

#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/checksum.h"
#include "app/trace/payload_stream.h"
#include "tests/trace/support.h"

typedef struct {
    const char *name;
    int version, protocol; /* extension: what ipv6_nh names before protocol, 0 none */
    int extension;
    unsigned src_port, dst_port; /* ICMP: type and code in src_port */
    size_t least;                /* payload bytes from which on every checksum can be right */
} Case;

static const Case cases[] = {
    {"TCP", 4, 6, 0, 40000, 443, 2},
    {"TCP over IPv6", 6, 6, 0, 40000, 443, 2},
    {"TCP behind destination options", 6, 6, 60, 40000, 443, 2},
    {"TCP behind authentication", 6, 6, 51, 40000, 443, 2},
    {"DNS over TCP", 4, 6, 0, 40000, 53, 4},
    {"OpenVPN over TCP", 4, 6, 0, 1194, 40000, 5},
    {"UDP", 4, 17, 0, 40000, 50000, 2},
    {"UDP over IPv6", 6, 17, 0, 40000, 50000, 2},
    {"UDP behind a fragment header", 6, 17, 44, 40000, 50000, 2},
    {"DNS", 4, 17, 0, 53, 40000, 2},
    {"FTP", 4, 6, 0, 21, 40000, 2},
    {"SMTP over IPv6", 6, 6, 0, 40000, 25, 2},
    {"syslog", 4, 17, 0, 40000, 514, 2},
    {"NTP", 4, 17, 0, 123, 123, 2},
    {"ESP", 4, 17, 0, 4500, 4500, 2},
    {"ICMP echo", 4, 1, 0, 0x0800, 0, 2},
    {"ICMP error", 4, 1, 0, 0x0303, 0, 2},
};

enum { MAX_PAYLOAD = 64, SEED = 5, ROW = 77 };
static const WritePolicy zeros = {.seed = SEED};
static const WritePolicy noise = {.seed = SEED, .payload = PAYLOAD_RANDOM};

static void
put_u16(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static size_t
make_ip(const Case *of, uint8_t *headers)
{
    size_t n = of->version == 4 ? 20 : 40;

    memset(headers, 0, n + 12);
    for (size_t i = of->version == 4 ? 12 : 8; i < n; i++)
        headers[i] = (uint8_t)(i * 37 + 1);
    headers[0] = of->version == 4 ? 0x45 : 0x60;
    headers[of->version == 4 ? 9 : 6] = (uint8_t)(of->extension ? of->extension : of->protocol);
    if (of->extension) {
        headers[n] = (uint8_t)of->protocol;
        headers[n + 1] = of->extension == 51;
        n += of->extension == 51 ? 12 : 8;
    }
    return n;
}

/* Headers before n bytes of payload; where the checksum is, in *field. */
static size_t
make_headers(const Case *of, size_t n_payload, uint8_t *headers, size_t *field)
{
    size_t at = make_ip(of, headers), size = of->protocol == 6 ? 20 : 8;
    uint8_t *transport = headers + at;

    memset(transport, 0, size);
    put_u16(transport, of->src_port);
    if (of->protocol != 1)
        put_u16(transport + 2, of->dst_port);
    if (of->protocol == 6)
        transport[12] = 0x50;
    else if (of->protocol == 17)
        put_u16(transport + 4, (unsigned)(8 + n_payload));
    *field = at + (of->protocol == 6 ? 16 : of->protocol == 17 ? 6 : 2);
    return at + size;
}

static guint64
sum_words(guint64 sum, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += (guint64)bytes[i] << (i & 1 ? 0 : 8);
    return sum;
}

/* As a receiver: everything under the checksum, it included, adds up to 0 or its other form. */
static bool
is_right(const Case *of, const uint8_t *headers, size_t n_headers, const uint8_t *payload, size_t n)
{
    size_t size = of->protocol == 6 ? 20 : 8;
    guint64 sum = sum_words(0, headers + n_headers - size, size);

    sum = sum_words(sum, payload, n);
    if (of->protocol != 1) {
        sum += (guint64)of->protocol + size + n;
        sum = sum_words(sum, headers + (of->version == 4 ? 12 : 8), of->version == 4 ? 8 : 32);
    }
    return sum % 0xffff == 0;
}

static void
assert_begins(const Case *of, const uint8_t *payload, size_t n)
{
    if (g_str_equal(of->name, "DNS over TCP") || of->src_port == 1194)
        g_assert_cmpuint((size_t)payload[0] << 8 | payload[1], ==, n - 2);
    if (of->src_port == 1194)
        g_assert_cmphex(payload[2], ==, 0x30);
    if (of->src_port == 4500 && n >= 8)
        g_assert_cmpuint(payload[0] | payload[1], !=, 0);
    if (of->src_port == 0x0303 && n >= 28) {
        g_assert_cmphex(payload[0], ==, 0x45);
        g_assert_cmpuint(sum_words(0, payload, 20) % 0xffff, ==, 0);
    }
    if (of->src_port == 53) { /* nothing but the ID and that it is an answer */
        for (size_t i = 2; i < n; i++)
            g_assert_cmphex(payload[i], ==, n >= 12 && i < 4 ? (i == 2 ? 0x81 : 0x80) : 0);
    }
    bool is_text = of->src_port == 21 || of->dst_port == 25 || of->dst_port == 514;
    for (size_t i = 0; is_text && n >= 11 && i < n; i++)
        g_assert_cmphex(payload[i], ==,
                        i == n - 1   ? '\n'
                        : i == n - 2 ? '\r'
                                     : CLAMP(payload[i], '!', '~'));
}

static void
test_every_checksum(void)
{
    static const size_t more[] = {0, 1, 2, 3, 10, 28, 29, 30, 47, 48, 55};

    for (guint i = 0; i < G_N_ELEMENTS(cases) * G_N_ELEMENTS(more); i++) {
        const Case *of = &cases[i / G_N_ELEMENTS(more)];
        size_t n = of->least + more[i % G_N_ELEMENTS(more)], field;
        uint8_t headers[132], payload[MAX_PAYLOAD];
        size_t n_headers = make_headers(of, n, headers, &field);

        for (unsigned checksum = 0; checksum <= 0xffff; checksum += is_sanitized() ? 255 : 1) {
            if (checksum == 0 && of->protocol == 17 && of->version == 4)
                continue; /* none */
            put_u16(headers + field, checksum);
            payload_fill_packet(&zeros, ROW, headers, n_headers, payload, n);
            if (!is_right(of, headers, n_headers, payload, n))
                g_error("%s: %d bytes cannot carry checksum %04x", of->name, (int)n, checksum);
            assert_begins(of, payload, n);
        }
    }
}

/* What a sender computes over a payload that was made for its checksum is that checksum. */
static void
test_right_is_kept(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t n = 0; n < 12; n++) {
            const Case *of = &cases[i];
            uint8_t headers[132], payload[MAX_PAYLOAD];
            size_t field, n_headers = make_headers(of, n, headers, &field);
            TransportSum transport;

            for (int step = 0; step < 2; step++) {
                payload_fill_packet(&noise, ROW, headers, n_headers, payload, n);
                g_assert_true(transport_sum_init(&transport, headers, n_headers, n));
                uint16_t right = transport_sum_right(&transport, payload, n);
                if (step == 1)
                    g_assert_cmphex(headers[field] << 8 | headers[field + 1], ==, right);
                put_u16(headers + field, right);
            }
            g_assert_true(is_right(of, headers, n_headers, payload, n));
        }
    }
}

/* A keep-alive's byte is known from its checksum: its other half says whether it can be. */
static void
test_one_byte(void)
{
    const Case *of = &cases[0];
    uint8_t headers[132], payload[1];
    size_t field, n_headers = make_headers(of, 1, headers, &field);
    int n_right = 0;

    for (unsigned checksum = 0; checksum <= 0xffff; checksum++) {
        put_u16(headers + field, checksum);
        payload_fill_packet(&zeros, ROW, headers, n_headers, payload, 1);
        bool right = is_right(of, headers, n_headers, payload, 1);
        g_assert_true(right || payload[0] == 0);
        n_right += right;
    }
    g_assert_cmpint(n_right, ==, 256);
}

/* Where there is nothing to fit, the payload is the policy's. */
static void
test_left_alone(void)
{
    uint8_t headers[132], payload[16], plain[16];
    size_t field, n_headers = make_headers(&cases[6], 16, headers, &field);

    payload_fill_random(SEED, ROW, plain, sizeof plain);
    put_u16(headers + field, 0); /* UDP over IPv4 without a checksum */
    payload_fill_packet(&noise, ROW, headers, n_headers, payload, 16);
    g_assert_cmpmem(payload, 16, plain, 16);
    put_u16(headers + field, 1);
    payload_fill_packet(&noise, ROW, headers, n_headers, payload, 16);
    g_assert_cmpmem(payload, 14, plain, 14);
    headers[7] = 1; /* a later fragment */
    for (size_t n = 0; n <= n_headers; n++) {
        payload_fill_packet(&noise, ROW, headers, n, payload, 16);
        g_assert_cmpmem(payload, 16, plain, 16);
    }
}

/* The first fragment of a datagram whose other fragments carry zeros. */
static void
test_first_fragment(void)
{
    const Case *of = &cases[6];
    uint8_t headers[132], payload[MAX_PAYLOAD] = {0};
    size_t field, n_headers = make_headers(of, MAX_PAYLOAD, headers, &field);

    headers[6] = 0x20;
    put_u16(headers + field, 0xbeef);
    payload_fill_packet(&zeros, ROW, headers, n_headers, payload, 16);
    g_assert_true(is_right(of, headers, n_headers, payload, MAX_PAYLOAD));
}

/* Moves a row behind all others. */
static void
move_to_end(Trace *trace, int row)
{
    size_t width = (size_t)trace->layout->n_columns;
    g_autofree int8_t *trits = g_memdup2(trace_row(trace, row), width);
    TraceRow beside = trace->rows[row];
    int n_after = trace->n_rows - 1 - row;

    memmove(trace_row(trace, row), trace_row(trace, row + 1), width * n_after);
    memmove(&trace->rows[row], &trace->rows[row + 1], sizeof beside * n_after);
    memcpy(trace_row(trace, trace->n_rows - 1), trits, width);
    trace->rows[trace->n_rows - 1] = beside;
}

/* OpenVPN's messages of 1452 bytes in segments of 1448 and 4. */
static void
test_streams(void)
{
    g_autofree char *path = source_path("data/samples/openvpn-tcp_dash_1080_http1.1_00001.pcap");

    for (int layout = 0; layout < 2; layout++) {
        g_autoptr(Trace) trace = trace_read_capture(path, layout_nth(layout), 0, NULL, NULL);
        g_autoptr(PayloadStreams) streams = payload_streams_new(trace);
        int n_ends = 0, n_more = 0;
        g_assert_nonnull(streams);
        for (int row = 0; row < trace->n_rows; row++) {
            uint32_t total, offset;
            int more = payload_streams_more(streams, row);
            trace_get(trace, row, FIELD_IPV4_TL, &total);
            trace_get(trace, row, FIELD_TCP_DOFF, &offset);
            int n = (int)(total - 20 - offset * 4);
            n_ends += more < 0;
            n_more += MAX(more, 0);
            g_assert_cmpint(more < 0, ==, n == 4);
        }
        g_assert_cmpint(n_ends, ==, 86);
        g_assert_cmpint(n_more, ==, 4 * 86);
        g_assert_cmpint(payload_streams_more(streams, trace->n_rows), ==, 0);
        /* An end that is lost and comes late is still one. */
        int row = 0;
        while (payload_streams_more(streams, row) >= 0)
            row++;
        move_to_end(trace, row);
        g_autoptr(PayloadStreams) late = payload_streams_new(trace);
        g_assert_cmpint(payload_streams_more(late, trace->n_rows - 1), ==, -1);
    }
    g_autofree char *web = source_path("data/samples/none_web_http2_00003.pcap");
    g_autoptr(Trace) other = trace_read_capture(web, layout_default(), 0, NULL, NULL);
    g_assert_null(payload_streams_new(other));
    g_assert_cmpint(payload_streams_more(NULL, 3), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/payload/every-checksum", test_every_checksum);
    g_test_add_func("/payload/right-is-kept", test_right_is_kept);
    g_test_add_func("/payload/one-byte", test_one_byte);
    g_test_add_func("/payload/left-alone", test_left_alone);
    g_test_add_func("/payload/first-fragment", test_first_fragment);
    g_test_add_func("/payload/streams", test_streams);
    return g_test_run();
}
