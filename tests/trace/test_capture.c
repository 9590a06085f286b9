/* SPDX-License-Identifier: Apache-2.0 */
/* Captures made here byte by byte: link layers, cut headers, fragments, extension headers, and
 * what is written for rows. */
#include "app/trace/capture.h"

#include <stdio.h>
#include <string.h>

#include "app/trace/flow.h"
#include "tests/trace/support.h"

/* IPv4 10.0.0.1 > 10.0.0.2, TCP 1234 > 80 SYN with an MSS option, 4 bytes of data. */
static const guint8 tcp_packet[] = {
    0x45, 0x00, 0x00, 0x30, 0x12, 0x34, 0x40, 0x00, 0x40, 0x06, 0xbe, 0xef, 10,   0,    0,    1,
    10,   0,    0,    2,    0x04, 0xd2, 0x00, 0x50, 0xde, 0xad, 0xbe, 0xef, 0x00, 0x00, 0x00, 0x00,
    0x60, 0x02, 0xff, 0xff, 0x11, 0x22, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 'd',  'a',  't',  'a'};

/* IPv6 2001:db8::1 > ::2, hop-by-hop options, then UDP 53 > 1000. */
static const guint8 ipv6_packet[] = {
    0x60, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    1,    0x20, 0x01, 0x0d, 0xb8,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    2,    17,   0,
    5,    2,    0,    0,    1,    0,    0x00, 0x35, 0x03, 0xe8, 0x00, 0x08, 0x12, 0x34};

typedef struct {
    char *scratch;
    GByteArray *file;
} Made;

static void
made_start(Made *made, guint32 link_type)
{
    const guint32 header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, link_type};

    made->scratch = scratch_new();
    made->file = g_byte_array_new();
    g_byte_array_append(made->file, (const guint8 *)header, sizeof header);
}

static void
made_packet(Made *made, const char *link, size_t n_link, const guint8 *packet, size_t n,
            size_t cut_by)
{
    guint32 size = (guint32)(n_link + n);
    const guint32 record[4] = {1700000000, 500000, size - (guint32)cut_by, size};

    g_byte_array_append(made->file, (const guint8 *)record, sizeof record);
    g_byte_array_append(made->file, (const guint8 *)link, (guint)n_link);
    g_byte_array_append(made->file, packet, (guint)(n - cut_by));
}

static Trace *
made_read(Made *made, const char *layout)
{
    g_autofree char *path = scratch_path(made->scratch, "made.pcap");
    g_autoptr(GError) error = NULL;
    Trace *trace;

    put_file(path, (char *)made->file->data, made->file->len);
    trace = trace_read_capture(path, layout_by_name(layout, NULL), 0, NULL, &error);
    g_assert_no_error(error);
    return trace;
}

static void
made_clear(Made *made)
{
    g_byte_array_unref(made->file);
    scratch_free(made->scratch);
}

static uint32_t
value_of(const Trace *trace, int row, FieldId field)
{
    uint32_t value = 0;

    g_assert_true(trace_get(trace, row, field, &value));
    return value;
}

static int
n_present(const Trace *trace, int row, Header header)
{
    int first, n, present = 0;

    if (!layout_header_span(trace->layout, header, &first, &n))
        return 0;
    for (int i = 0; i < n; i++)
        present += trace_row(trace, row)[first + i] >= 0;
    return present;
}

#define ETHERNET(type) "\x02\0\0\0\0\1\x02\0\0\0\0\2" type

/* The same packet under every link layer is the same row. */
static void
test_link_layers(void)
{
    static const struct {
        guint32 link_type;
        const char *link;
        size_t n_link;
    } cases[] = {
#define CASE(TYPE, LINK) {TYPE, LINK, sizeof(LINK) - 1}
        CASE(1, ETHERNET("\x08\x00")),
        CASE(1, ETHERNET("\x81\x00\x00\x05\x08\x00")),
        CASE(1, ETHERNET("\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00")),
        CASE(1, ETHERNET("\x88\x47\x00\x01\x00\x40\x00\x02\x01\x40")),
        CASE(1, ETHERNET("\x88\x64\x11\x00\x00\x01\x00\x32\x00\x21")),
        CASE(101, ""),
        CASE(12, ""),
        CASE(228, ""),
        CASE(113, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\x00"),
        CASE(276, "\x08\x00\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\1\0\0"),
        CASE(0, "\2\0\0\0"),
        CASE(0, "\0\0\0\2"),
        CASE(108, "\0\0\0\2"),
        CASE(9, "\xff\x03\x00\x21"),
        CASE(9, "\x21"),
        CASE(50, "\xff\x03\x00\x21"),
#undef CASE
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Trace) trace = NULL;
        Made made;

        made_start(&made, cases[i].link_type);
        made_packet(&made, cases[i].link, cases[i].n_link, tcp_packet, sizeof tcp_packet, 0);
        trace = made_read(&made, "nprint");
        g_assert_cmpint(trace->n_rows, ==, 1);
        g_assert_cmpuint(value_of(trace, 0, FIELD_IPV4_SRC), ==, 0x0a000001);
        g_assert_cmpuint(value_of(trace, 0, FIELD_TCP_SEQ), ==, 0xdeadbeef);
        g_assert_cmpint(n_present(trace, 0, HEADER_IPV4), ==, 160);
        g_assert_cmpint(n_present(trace, 0, HEADER_TCP), ==, 192);
        g_assert_cmpint(trace->rows[0].time_ns, ==, 1700000000500000000);
        g_assert_cmpuint(trace->rows[0].length, ==, sizeof tcp_packet);
        made_clear(&made);
    }
}

static void
test_fields(void)
{
    static const struct {
        FieldId field;
        uint32_t value;
    } expected[] = {
        {FIELD_IPV4_VER, 4},         {FIELD_IPV4_HL, 5},        {FIELD_IPV4_TL, 48},
        {FIELD_IPV4_ID, 0x1234},     {FIELD_IPV4_RBIT, 0},      {FIELD_IPV4_DFBIT, 1},
        {FIELD_IPV4_MFBIT, 0},       {FIELD_IPV4_TTL, 64},      {FIELD_IPV4_PROTO, 6},
        {FIELD_IPV4_CKSUM, 0xbeef},  {FIELD_TCP_SPRT, 1234},    {FIELD_TCP_DPRT, 80},
        {FIELD_TCP_SEQ, 0xdeadbeef}, {FIELD_TCP_DOFF, 6},       {FIELD_TCP_SYN, 1},
        {FIELD_TCP_ACKF, 0},         {FIELD_TCP_WSIZE, 0xffff}, {FIELD_TCP_CKSUM, 0x1122},
    };
    g_autoptr(Trace) trace = NULL;
    g_autofree char *src = NULL;
    Made made;

    made_start(&made, 101);
    made_packet(&made, "", 0, tcp_packet, sizeof tcp_packet, 0);
    trace = made_read(&made, "torchlight");
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpuint(value_of(trace, 0, expected[i].field), ==, expected[i].value);
    src = address_to_string(&trace->rows[0].src);
    g_assert_cmpstr(src, ==, "10.0.0.1");
    made_clear(&made);
}

/* Cut at every byte: what was captured is there, nothing else, and the way back keeps both. */
static void
test_cut_headers(void)
{
    g_autoptr(Trace) trace = NULL, back = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *bytes = NULL;
    int dropped;
    Made made;

    made_start(&made, 101);
    for (size_t cut = sizeof tcp_packet - 1; cut > 0; cut--)
        made_packet(&made, "", 0, tcp_packet, sizeof tcp_packet, cut);
    trace = made_read(&made, "torchlight");
    g_assert_cmpint(trace->n_rows, ==, sizeof tcp_packet - 1);
    for (int row = 0; row < trace->n_rows; row++) {
        int captured = row + 1;
        int ip = MIN(captured, 20) - CLAMP(captured - 12, 0, 8), tcp = CLAMP(captured - 20, 0, 24);

        g_assert_cmpint(n_present(trace, row, HEADER_IPV4), ==, ip * 8);
        g_assert_cmpint(n_present(trace, row, HEADER_TCP), ==, tcp * 8);
        g_assert_cmpuint(trace->rows[row].length, ==, sizeof tcp_packet);
    }
    path = scratch_path(made.scratch, "out.pcap");
    g_assert_true(trace_write_capture(trace, path, NULL, &dropped, &error));
    g_assert_cmpint(dropped, ==, 0);
    back = trace_read_capture(path, trace->layout, 0, NULL, &error);
    assert_same_trits("cut headers", trace, back);
    assert_same_sides("cut headers", trace, back, TRACE_HAS_TIMES | TRACE_HAS_LENGTHS);
    made_clear(&made);
}

static void
test_fragments_and_bad_lengths(void)
{
    guint8 packet[sizeof tcp_packet];
    g_autoptr(Trace) trace = NULL;
    Made made;

    made_start(&made, 101);
    memcpy(packet, tcp_packet, sizeof packet);
    packet[7] = 1; /* a later fragment has no transport header */
    made_packet(&made, "", 0, packet, sizeof packet, 0);
    packet[6] = 0x20;
    packet[7] = 0; /* the first one has */
    made_packet(&made, "", 0, packet, sizeof packet, 0);
    packet[0] = 0x43; /* IHL below 5 */
    made_packet(&made, "", 0, packet, sizeof packet, 0);
    packet[0] = 0x4f; /* IHL past the end */
    made_packet(&made, "", 0, packet, sizeof packet, 0);
    packet[0] = 0x45;
    packet[32] = 0x10; /* data offset below 5 counts as 5 */
    made_packet(&made, "", 0, packet, sizeof packet, 0);
    packet[32] = 0xf0; /* data offset past the end */
    made_packet(&made, "", 0, packet, sizeof packet, 0);
    packet[2] = packet[3] = 0; /* total length 0, as segmentation offload leaves it */
    made_packet(&made, "", 0, packet, sizeof packet, 0);
    trace = made_read(&made, "torchlight");
    g_assert_cmpint(trace->n_rows, ==, 7);
    g_assert_cmpint(n_present(trace, 0, HEADER_TCP), ==, 0);
    g_assert_cmpint(n_present(trace, 1, HEADER_TCP), ==, 192);
    g_assert_cmpint(n_present(trace, 2, HEADER_IPV4), ==, 96);
    g_assert_cmpint(n_present(trace, 2, HEADER_TCP), ==, 0);
    g_assert_cmpint(n_present(trace, 3, HEADER_IPV4), ==, 96 + 28 * 8);
    g_assert_cmpint(n_present(trace, 3, HEADER_TCP), ==, 0);
    g_assert_cmpint(n_present(trace, 4, HEADER_TCP), ==, 160);
    g_assert_cmpint(n_present(trace, 5, HEADER_TCP), ==, 28 * 8);
    g_assert_cmpuint(trace->rows[6].length, ==, sizeof packet);
    made_clear(&made);
}

/* A packet without any of the layout's headers makes no row, and is counted and named. */
static void
test_skipped(void)
{
    guint8 igmp[sizeof tcp_packet];
    g_autoptr(Trace) nprint = NULL, torchlight = NULL;
    Made made;

    memcpy(igmp, tcp_packet, sizeof igmp);
    igmp[9] = 2;
    made_start(&made, 1);
    made_packet(&made, ETHERNET("\x08\x06"), 14, tcp_packet, 28, 0);
    made_packet(&made, ETHERNET("\x08\x06"), 14, tcp_packet, 28, 0);
    made_packet(&made, ETHERNET("\x88\xcc"), 14, tcp_packet, 28, 0);
    made_packet(&made, ETHERNET("\x08\x00"), 14, igmp, sizeof igmp, 0);
    made_packet(&made, ETHERNET("\x86\xdd"), 14, ipv6_packet, sizeof ipv6_packet, 0);
    made_packet(&made, ETHERNET("\x08\x00"), 14, tcp_packet, sizeof tcp_packet, 0);
    nprint = made_read(&made, "nprint");
    torchlight = made_read(&made, "torchlight");
    g_assert_cmpint(nprint->n_rows, ==, 1);
    g_assert_cmpuint(nprint->rows[0].frame, ==, 6);
    g_assert_cmpint(GPOINTER_TO_INT(g_hash_table_lookup(nprint->skipped, "ARP")), ==, 2);
    g_assert_true(g_hash_table_contains(nprint->skipped, "LLDP"));
    g_assert_true(g_hash_table_contains(nprint->skipped, "IPv4 IGMP"));
    g_assert_true(g_hash_table_contains(nprint->skipped, "IPv6 extension header"));
    g_assert_cmpint(torchlight->n_rows, ==, 3);
    g_assert_cmpuint(g_hash_table_size(torchlight->skipped), ==, 2);
    g_assert_cmpuint(value_of(torchlight, 1, FIELD_IPV6_NH), ==, 0);
    g_assert_cmpuint(value_of(torchlight, 1, FIELD_UDP_SPORT), ==, 53);
    made_clear(&made);
}

static void
test_directions(void)
{
    guint8 reply[sizeof tcp_packet];
    g_autoptr(Trace) trace = NULL;
    Made made;

    memcpy(reply, tcp_packet, sizeof reply);
    memcpy(reply + 12, tcp_packet + 16, 4);
    memcpy(reply + 16, tcp_packet + 12, 4);
    made_start(&made, 101);
    made_packet(&made, "", 0, reply, sizeof reply, 0);
    made_packet(&made, "", 0, tcp_packet, sizeof tcp_packet, 0);
    made_packet(&made, "", 0, reply, sizeof reply, 0);
    trace = made_read(&made, "torchlight");
    for (int row = 0; row < 3; row++)
        g_assert_cmpint(trace->rows[row].direction, ==, row & 1);
    made_clear(&made);
}

/* A row that is no packet is dropped and counted. */
static void
test_dropped_rows(void)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 8, 5);
    g_autoptr(Trace) back = NULL;
    char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "out.pcap");
    int dropped;

    memset(trace_row(trace, 0), -1, 1088);                                 /* padding */
    trace_set(trace, 1, FIELD_IPV6_VER, 6);                                /* two IP headers */
    trace_row(trace, 2)[trace->layout->column_of[FIELD_IPV4_ID]] = -1;     /* a hole */
    trace_set(trace, 3, FIELD_IPV4_VER, 5);                                /* no IP version */
    trace_set(trace, 4, FIELD_ICMP_TYPE, 8);                               /* two transports */
    trace_row(trace, 5)[trace->layout->column_of[FIELD_IPV4_OPT] + 9] = 1; /* stray option bit */
    g_assert_true(trace_write_capture(trace, path, NULL, &dropped, NULL));
    g_assert_cmpint(dropped, ==, 6);
    back = trace_read_capture(path, trace->layout, 0, NULL, NULL);
    g_assert_cmpint(back->n_rows, ==, 2);
    g_assert_cmpint(memcmp(trace_row(back, 1), trace_row(trace, 7), 1088), ==, 0);
    scratch_free(scratch);
}

/* What the picture does not hold has a policy; the same call gives the same bytes. */
static void
test_policies(void)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 4, 6);
    g_autoptr(Trace) back = NULL;
    char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "out.pcap");
    g_autofree char *zeros = NULL, *random = NULL, *again = NULL;
    CaptureWriteOptions options = {.policy = {.payload = PAYLOAD_RANDOM, .seed = 42}};
    gsize size, n;

    trace->sides = 0;
    trace_set(trace, 1, FIELD_IPV4_PROTO, 6);
    g_assert_true(trace_write_capture(trace, path, NULL, NULL, NULL));
    g_assert_true(g_file_get_contents(path, &zeros, &size, NULL));
    back = trace_read_capture(path, trace->layout, 0, NULL, NULL);
    g_assert_cmpint(back->rows[0].time_ns, ==, 0);
    g_assert_cmpint(back->rows[back->n_rows - 1].time_ns % 1000000, ==, 0);
    for (int row = 0; row < back->n_rows; row++) {
        Address ends[2] = {address_placeholder(4, 0), address_placeholder(4, 1)};
        g_assert_true(address_equal(&back->rows[row].src, &ends[0]) ||
                      address_equal(&back->rows[row].src, &ends[1]));
        g_assert_false(address_equal(&back->rows[row].src, &back->rows[row].dst));
        g_assert_cmpuint(back->rows[row].length, ==, value_of(back, row, FIELD_IPV4_TL));
    }
    g_assert_true(trace_write_capture(trace, path, &options, NULL, NULL));
    g_assert_true(g_file_get_contents(path, &random, &n, NULL));
    g_assert_cmpuint(n, ==, size);
    g_assert_cmpint(memcmp(zeros, random, n), !=, 0);
    g_assert_true(trace_write_capture(trace, path, &options, NULL, NULL));
    g_assert_true(g_file_get_contents(path, &again, &n, NULL));
    g_assert_cmpmem(again, n, random, size);
    scratch_free(scratch);
}

/* Layout nprint has no IPv6 header: it is made where the addresses say IPv6, else no packet. */
static void
test_ipv6_under_nprint(void)
{
    guint8 plain[sizeof ipv6_packet - 8];
    g_autoptr(Trace) trace = NULL, back = NULL;
    g_autofree char *path = NULL;
    int dropped;
    Made made;

    memcpy(plain, ipv6_packet, 40);
    memcpy(plain + 40, ipv6_packet + 48, 8);
    plain[5] = 8;
    plain[6] = 17;
    made_start(&made, 229);
    made_packet(&made, "", 0, plain, sizeof plain, 0);
    trace = made_read(&made, "nprint");
    g_assert_cmpint(trace->n_rows, ==, 1);
    path = scratch_path(made.scratch, "out.pcap");
    g_assert_true(trace_write_capture(trace, path, NULL, &dropped, NULL));
    g_assert_cmpint(dropped, ==, 0);
    back = trace_read_capture(path, trace->layout, 0, NULL, NULL);
    assert_same_trits("IPv6 under nprint", trace, back);
    assert_same_sides("IPv6 under nprint", trace, back, TRACE_HAS_ADDRESSES);
    trace->sides = 0;
    g_assert_true(trace_write_capture(trace, path, NULL, &dropped, NULL));
    g_assert_cmpint(dropped, ==, 1);
    made_clear(&made);
}

static void
test_max_rows_and_damage(void)
{
    g_autoptr(Trace) trace = NULL, first = NULL;
    g_autofree char *warning = NULL;
    g_autofree char *path = NULL;
    Made made;

    made_start(&made, 101);
    for (int i = 0; i < 5; i++)
        made_packet(&made, "", 0, tcp_packet, sizeof tcp_packet, 0);
    g_byte_array_set_size(made.file, made.file->len - 3);
    g_clear_pointer(&trace, trace_free);
    trace = made_read(&made, "torchlight");
    path = scratch_path(made.scratch, "made.pcap");
    first = trace_read_capture(path, layout_default(), 2, &warning, NULL);
    g_assert_cmpint(first->n_rows, ==, 2);
    g_assert_null(warning);
    g_clear_pointer(&trace, trace_free);
    trace = trace_read_capture(path, layout_default(), 0, &warning, NULL);
    g_assert_cmpint(trace->n_rows, ==, 4);
    g_assert_nonnull(strstr(warning, "made.pcap"));
    g_assert_nonnull(strstr(warning, "after packet 4"));
    made_clear(&made);
}

/* A filter leaves frame numbers as they are, and says how many it passed over. */
static void
test_filter(void)
{
    g_autoptr(Trace) trace = NULL, none = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    Made made;

    made_start(&made, 1);
    made_packet(&made, ETHERNET("\x08\x00"), 14, tcp_packet, sizeof tcp_packet, 0);
    made_packet(&made, ETHERNET("\x86\xdd"), 14, ipv6_packet, sizeof ipv6_packet, 0);
    made_packet(&made, ETHERNET("\x08\x06"), 14, tcp_packet, sizeof tcp_packet, 0);
    made_packet(&made, ETHERNET("\x08\x00"), 14, tcp_packet, sizeof tcp_packet, 0);
    trace = made_read(&made, "torchlight");
    g_assert_false(g_hash_table_contains(trace->provenance, "packets_filtered"));
    path = scratch_path(made.scratch, "made.pcap");
    g_clear_pointer(&trace, trace_free);
    trace = trace_read_capture_with(path, layout_default(),
                                    &(CaptureReadOptions){.filter = "tcp dst port 80 or arp"}, 0,
                                    NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(trace->n_rows, ==, 2);
    g_assert_cmpuint(trace->rows[0].frame, ==, 1);
    g_assert_cmpuint(trace->rows[1].frame, ==, 4);
    g_assert_cmpuint(g_hash_table_size(trace->skipped), ==, 1);
    g_assert_cmpstr(g_hash_table_lookup(trace->provenance, "packets_read"), ==, "4");
    g_assert_cmpstr(g_hash_table_lookup(trace->provenance, "packets_filtered"), ==, "1");
    none = trace_read_capture_with(path, layout_default(),
                                   &(CaptureReadOptions){.filter = "tcp port eighty"}, 0, NULL,
                                   &error);
    g_assert_null(none);
    g_assert_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
    assert_error_says(error, "“tcp port eighty”", "unknown port 'eighty'", NULL);
    made_clear(&made);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capture/link-layers", test_link_layers);
    g_test_add_func("/capture/fields", test_fields);
    g_test_add_func("/capture/cut-headers", test_cut_headers);
    g_test_add_func("/capture/fragments", test_fragments_and_bad_lengths);
    g_test_add_func("/capture/skipped", test_skipped);
    g_test_add_func("/capture/directions", test_directions);
    g_test_add_func("/capture/dropped-rows", test_dropped_rows);
    g_test_add_func("/capture/policies", test_policies);
    g_test_add_func("/capture/ipv6-under-nprint", test_ipv6_under_nprint);
    g_test_add_func("/capture/filter", test_filter);
    g_test_add_func("/capture/damage", test_max_rows_and_damage);
    return g_test_run();
}
