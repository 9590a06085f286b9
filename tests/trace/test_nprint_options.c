/* SPDX-License-Identifier: Apache-2.0 */
/* nPrint's options, byte for byte: -4 -6 -t -u -i in every choice, -e, -p, -O, -R, -A and -F. What
 * nPrint 1.2.1 prints for the packets made here is put together by hand from its documentation and
 * from what it was seen to do (docs/formats.md): fixed order of headers, names PROTO_FIELD_BIT, the
 * most significant bit first, the fill where a header or its tail is not there, NULL in the index
 * where there is no such thing, rts 0 in the first row and else microseconds since the row before,
 * payload up to what the IP header states, the Ethernet padding left out.
 * nPrint's reading of an IPv6 TCP payload from the wrong place is not followed. */
#include <stdio.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/interchange.h"
#include "tests/trace/support.h"

/* A packet and what its parts are, by hand. */
typedef struct {
    guint32 seconds, us;
    const char *ethernet, *ip, *transport, *payload, *padding; /* hex */
    int family, protocol;
    const char *src, *dst, *src_port, *dst_port, *kind; /* NULL texts as nPrint prints them */
} Made;

static const Made packets[] = {
    {1500000000, 999999, "02000000000202000000000108 00",
     "45000030 1234 4000 40 06 0000 c0000201 c6336401",
     "c350 0050 00000001 00000002 5 018 ffff 0000 0000", "474554202f 202020", NULL, 4, 6,
     "192.0.2.1", "198.51.100.1", "50000", "80", "TCP"},
    {1500000001, 1, "0200000000010200000000020800",
     "4700 0027 0000 0000 40 11 0000 c6336401 c0000201 01010101 01010100", "0035 d431 000b abcd",
     "ff0081", "00000000000000", 4, 17, "198.51.100.1", "192.0.2.1", "53", "54321", "UDP"},
    {1500000001, 1, "0200000000010200000000020800",
     "4500 001c 0000 0000 40 01 0000 c6336401 c0000201", "0800 f7ff 0001 0002", "", "0000", 4, 1,
     "198.51.100.1", "192.0.2.1", NULL, NULL, NULL},
    {1500000000, 500000, "02000000000102000000000286dd",
     "60000000 000a 11 40 20010db8000000000000000000000001 20010db8000100000000000000000001",
     "1f90 1f91 000a 0000", "a55a", NULL, 6, 17, "2001:db8::1", "2001:db8:1::1", "8080", "8081",
     "UDP"},
    {1500003600, 500000, "02000000000102000000000286dd",
     "60000000 0019 06 40 20010db8000000000000000000000001 20010db8000100000000000000000001",
     "c350 01bb 00000001 00000002 6 002 ffff 0000 0000 020405b4", "00", NULL, 6, 6, "2001:db8::1",
     "2001:db8:1::1", "50000", "443", "TCP"},
};

typedef struct {
    const char *name;
    int width;
} Name;

static const Name ethernet_names[] = {{"eth_dhost", 48}, {"eth_shost", 48}, {"eth_ethertype", 16}};
static const Name ipv4_names[] = {
    {"ipv4_ver", 4},   {"ipv4_hl", 4},     {"ipv4_tos", 8},   {"ipv4_tl", 16},   {"ipv4_id", 16},
    {"ipv4_rbit", 1},  {"ipv4_dfbit", 1},  {"ipv4_mfbit", 1}, {"ipv4_foff", 13}, {"ipv4_ttl", 8},
    {"ipv4_proto", 8}, {"ipv4_cksum", 16}, {"ipv4_src", 32},  {"ipv4_dst", 32},  {"ipv4_opt", 320}};
static const Name ipv6_names[] = {{"ipv6_ver", 4},   {"ipv6_tc", 8},   {"ipv6_fl", 20},
                                  {"ipv6_len", 16},  {"ipv6_nh", 8},   {"ipv6_hl", 8},
                                  {"ipv6_src", 128}, {"ipv6_dst", 128}};
static const Name tcp_names[] = {
    {"tcp_sprt", 16},  {"tcp_dprt", 16},  {"tcp_seq", 32}, {"tcp_ackn", 32}, {"tcp_doff", 4},
    {"tcp_res", 3},    {"tcp_ns", 1},     {"tcp_cwr", 1},  {"tcp_ece", 1},   {"tcp_urg", 1},
    {"tcp_ackf", 1},   {"tcp_psh", 1},    {"tcp_rst", 1},  {"tcp_syn", 1},   {"tcp_fin", 1},
    {"tcp_wsize", 16}, {"tcp_cksum", 16}, {"tcp_urp", 16}, {"tcp_opt", 320}};
static const Name udp_names[] = {
    {"udp_sport", 16}, {"udp_dport", 16}, {"udp_len", 16}, {"udp_cksum", 16}};
static const Name icmp_names[] = {
    {"icmp_type", 8}, {"icmp_code", 8}, {"icmp_cksum", 16}, {"icmp_roh", 32}};

static const struct {
    char letter;
    const Name *names;
    int n_names, n_bytes;
} headers[] = {{'4', ipv4_names, G_N_ELEMENTS(ipv4_names), 60},
               {'6', ipv6_names, G_N_ELEMENTS(ipv6_names), 40},
               {'t', tcp_names, G_N_ELEMENTS(tcp_names), 60},
               {'u', udp_names, G_N_ELEMENTS(udp_names), 8},
               {'i', icmp_names, G_N_ELEMENTS(icmp_names), 8}};

static GByteArray *
from_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();
    int high = -1;

    for (; hex && *hex; hex++) {
        if (*hex == ' ')
            continue;
        if (high >= 0) {
            guint8 byte = (guint8)(high << 4 | g_ascii_xdigit_value(*hex));
            g_byte_array_append(bytes, &byte, 1);
            high = -1;
        } else {
            high = g_ascii_xdigit_value(*hex);
        }
    }
    g_assert_cmpint(high, ==, -1);
    return bytes;
}

static void
write_packets(const char *path)
{
    const guint32 header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
    static const char *const arp = "ffffffffffff020000000001 0806 0001080006040001 020000000001 "
                                   "c0000201 000000000000 c6336401";
    FILE *stream = fopen(path, "wb");

    g_assert_nonnull(stream);
    fwrite(header, 1, sizeof header, stream);
    for (size_t i = 0; i <= G_N_ELEMENTS(packets); i++) {
        const Made *made = i ? &packets[i - 1] : NULL;
        g_autofree char *hex = made ? g_strconcat(made->ethernet, made->ip, made->transport,
                                                  made->payload, made->padding, NULL)
                                    : g_strdup(arp);
        g_autoptr(GByteArray) frame = from_hex(hex);
        guint32 record[4] = {made ? made->seconds : 7, made ? made->us : 0, frame->len, frame->len};

        fwrite(record, 1, sizeof record, stream);
        fwrite(frame->data, 1, frame->len, stream);
    }
    fclose(stream);
}

static void
expect_names(GString *text, const Name *names, int n)
{
    for (int i = 0; i < n; i++) {
        for (int bit = 0; bit < names[i].width; bit++)
            g_string_append_printf(text, ",%s_%d", names[i].name, bit);
    }
}

/* Bits of hex, then the fill up to n_bytes; hex NULL: the fill throughout. */
static void
expect_bits(GString *text, const char *hex, int n_bytes, int fill)
{
    g_autoptr(GByteArray) bytes = from_hex(hex);

    for (int i = 0; i < n_bytes * 8; i++) {
        if (i / 8 < (int)bytes->len)
            g_string_append_printf(text, ",%d", bytes->data[i / 8] >> (7 - i % 8) & 1);
        else
            g_string_append_printf(text, ",%d", fill);
    }
}

static bool
has_header(const Made *made, char letter)
{
    switch (letter) {
    case '4':
    case '6':
        return made->family == letter - '0';
    case 't':
        return made->protocol == 6;
    case 'u':
        return made->protocol == 17;
    default:
        return made->protocol == 1;
    }
}

typedef struct {
    const char *letters;
    CsvOptions csv;
    TraceExtra extra;
} Case;

static void
expect_index(GString *text, const Made *made, CsvIndex index)
{
    const char *src_port = made->src_port ? made->src_port : "NULL";
    const char *dst_port = made->dst_port ? made->dst_port : "NULL";

    switch (index) {
    case CSV_INDEX_SRC_IP:
        g_string_append(text, made->src);
        break;
    case CSV_INDEX_DST_IP:
        g_string_append(text, made->dst);
        break;
    case CSV_INDEX_SRC_PORT:
        g_string_append(text, src_port);
        break;
    case CSV_INDEX_DST_PORT:
        g_string_append(text, dst_port);
        break;
    case CSV_INDEX_FLOW:
        g_string_append_printf(text, "%s_%s_%s_%s_%s", made->src, made->dst, src_port, dst_port,
                               made->kind ? made->kind : "NULL");
        break;
    default:
        g_string_append(text, "NULL");
        break;
    }
}

static GString *
expected(const Case *what)
{
    static const char *const index_names[] = {"src_ip",  "dst_ip", "src_prt",
                                              "dst_prt", "flow",   "tx_mac"};
    /* By hand: one second and two microseconds, none, backwards, an hour. */
    static const char *const rts[] = {"0", "2", "0", "-500001", "3600000000"};
    GString *text = g_string_new(index_names[what->csv.index]);

    if (what->csv.relative_time)
        g_string_append(text, ",rts");
    if (what->csv.absolute_time)
        g_string_append(text, ",tv_sec,tv_usec");
    if (what->extra.ethernet)
        expect_names(text, ethernet_names, G_N_ELEMENTS(ethernet_names));
    for (size_t h = 0; h < G_N_ELEMENTS(headers); h++) {
        if (strchr(what->letters, headers[h].letter))
            expect_names(text, headers[h].names, headers[h].n_names);
    }
    expect_names(text, &(Name){"payload_bit", what->extra.payload_bytes * 8}, 1);
    g_string_append_c(text, '\n');
    for (size_t i = 0; i < G_N_ELEMENTS(packets); i++) {
        const Made *made = &packets[i];
        g_autofree char *payload = g_strdelimit(g_strdup(made->payload), " ", ' ');

        expect_index(text, made, what->csv.index);
        if (what->csv.relative_time)
            g_string_append_printf(text, ",%s", rts[i]);
        if (what->csv.absolute_time)
            g_string_append_printf(text, ",%u,%u", made->seconds, made->us);
        if (what->extra.ethernet)
            expect_bits(text, made->ethernet, 14, what->csv.fill);
        for (size_t h = 0; h < G_N_ELEMENTS(headers); h++) {
            bool ip = headers[h].letter == '4' || headers[h].letter == '6';

            if (strchr(what->letters, headers[h].letter))
                expect_bits(text,
                            has_header(made, headers[h].letter) ? (ip ? made->ip : made->transport)
                                                                : NULL,
                            headers[h].n_bytes, what->csv.fill);
        }
        expect_bits(text, payload, what->extra.payload_bytes, what->csv.fill);
        g_string_append_c(text, '\n');
    }
    return text;
}

/* The packets as a CSV under a case: the text, and the trace behind it. */
static Trace *
written(const char *folder, const Case *what, char **text)
{
    g_autofree char *capture = scratch_path(folder, "made.pcap");
    g_autofree char *csv = scratch_path(folder, "made.csv");
    g_autofree char *layout = g_strconcat("nprint:", what->letters, NULL);
    CaptureReadOptions options = {.extra = what->extra, .keep_empty = true};
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = NULL;

    write_packets(capture);
    trace =
        trace_read_capture_with(capture, layout_by_name(layout, NULL), &options, 0, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(trace_write_csv_with(trace, csv, &what->csv, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(csv, text, NULL, NULL));
    return g_steal_pointer(&trace);
}

static void
check(const char *folder, const Case *what)
{
    GString *reference = expected(what);
    g_autofree char *text = NULL;
    g_autoptr(Trace) trace = written(folder, what, &text);
    size_t at = 0;

    while (text[at] && text[at] == reference->str[at])
        at++;
    if (text[at] != reference->str[at])
        g_error("-%s: byte %zu is …%.60s, nPrint's …%.60s", what->letters, at,
                text + (at > 20 ? at - 20 : 0), reference->str + (at > 20 ? at - 20 : 0));
    g_string_free(reference, TRUE);
}

/* Every choice of headers, whatever the order of its letters; a packet without any is a row. */
static void
test_headers(void)
{
    char *folder = scratch_new();

    for (unsigned set = 1; set < 1u << G_N_ELEMENTS(headers); set++) {
        Case what = {.csv = CSV_OPTIONS_DEFAULT};
        char letters[8] = "", turned[8] = "";

        for (size_t h = 0; h < G_N_ELEMENTS(headers); h++) {
            if (set >> h & 1)
                letters[strlen(letters)] = headers[h].letter;
        }
        g_strlcpy(turned, letters, sizeof turned);
        g_strreverse(turned);
        what.letters = turned;
        check(folder, &what);
    }
    scratch_free(folder);
}

static void
test_index(void)
{
    char *folder = scratch_new();

    for (int index = CSV_INDEX_SRC_IP; index <= CSV_INDEX_TX_MAC; index++) {
        Case what = {"4tui", {(CsvIndex)index, false, false, -1}, {false, 0}};

        check(folder, &what);
        what.letters = "i"; /* no ports in the bits */
        check(folder, &what);
    }
    scratch_free(folder);
}

static void
test_times(void)
{
    char *folder = scratch_new();

    check(folder, &(Case){"4tui", {CSV_INDEX_SRC_IP, true, false, -1}, {false, 0}});
    check(folder, &(Case){"46tui", {CSV_INDEX_SRC_IP, false, true, -1}, {false, 0}});
    check(folder, &(Case){"tu", {CSV_INDEX_FLOW, true, true, -1}, {false, 0}});
    scratch_free(folder);
}

static void
test_fill(void)
{
    static const int fills[] = {-128, -10, -1, 0, 1, 2, 127};
    char *folder = scratch_new();

    for (size_t i = 0; i < G_N_ELEMENTS(fills); i++) {
        check(folder, &(Case){"4tui", {CSV_INDEX_SRC_IP, false, false, fills[i]}, {false, 0}});
        check(folder, &(Case){"6t", {CSV_INDEX_DST_IP, true, true, fills[i]}, {true, 5}});
    }
    scratch_free(folder);
}

static void
test_beside(void)
{
    static const int sizes[] = {1, 3, 20, 1500};
    char *folder = scratch_new();

    check(folder, &(Case){"4tui", CSV_OPTIONS_DEFAULT, {true, 0}});
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        check(folder, &(Case){"4tui", CSV_OPTIONS_DEFAULT, {false, sizes[i]}});
        check(folder, &(Case){"46tui", CSV_OPTIONS_DEFAULT, {true, sizes[i]}});
    }
    scratch_free(folder);
}

/* What was written is read again: bits, times, ends, and the bits beside the layout's. */
static void
test_read(void)
{
    static const Case cases[] = {
        {"4tui", {CSV_INDEX_SRC_IP, false, true, -1}, {false, 0}},
        {"46tui", {CSV_INDEX_FLOW, true, true, -128}, {true, 20}},
        {"46tui", {CSV_INDEX_DST_IP, true, false, 2}, {false, 3}},
        {"6u", {CSV_INDEX_SRC_PORT, true, false, 99}, {true, 0}},
    };
    char *folder = scratch_new();
    g_autofree char *csv = scratch_path(folder, "made.csv");

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case *what = &cases[i];
        g_autofree char *text = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(Trace) trace = written(folder, what, &text);
        g_autoptr(Trace) back = trace_read_any(csv, NULL, NULL, &error);
        int64_t start = trace->rows[0].time_ns, shift = what->csv.absolute_time ? 0 : start;
        bool flow = what->csv.index == CSV_INDEX_FLOW;

        g_assert_no_error(error);
        assert_same_trits(what->letters, trace, back);
        g_assert_cmpint(trace_extra_width(&trace->extra), ==, trace_extra_width(&back->extra));
        g_assert_cmpmem(trace->extra_trits,
                        (size_t)trace->n_rows * trace_extra_width(&trace->extra), back->extra_trits,
                        (size_t)back->n_rows * trace_extra_width(&back->extra));
        g_assert_cmpint(!!(back->sides & TRACE_HAS_TIMES), ==, 1);
        for (int row = 0; row < trace->n_rows; row++) {
            g_assert_cmpint(back->rows[row].time_ns, ==, trace->rows[row].time_ns - shift);
            if (flow || what->csv.index == CSV_INDEX_DST_IP)
                g_assert_cmpmem(&back->rows[row].dst, sizeof(Address), &trace->rows[row].dst,
                                sizeof(Address));
        }
    }
    scratch_free(folder);
}

/* With all the bits beside the layout's the capture comes back byte for byte. */
static void
test_written_back(void)
{
    const Case what = {"46tui", {CSV_INDEX_FLOW, false, true, -1}, {true, 64}};
    char *folder = scratch_new();
    g_autofree char *csv = scratch_path(folder, "made.csv");
    g_autofree char *back_path = scratch_path(folder, "back.pcap");
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = written(folder, &what, &text);
    g_autoptr(Trace) read = trace_read_any(csv, NULL, NULL, &error);
    g_autoptr(CaptureReader) reader = NULL;
    CapturePacket packet;

    g_assert_no_error(error);
    g_assert_true(trace_write_capture(read, back_path, NULL, NULL, NULL));
    reader = capture_open(back_path, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(packets); i++) {
        const Made *made = &packets[i];
        g_autofree char *hex =
            g_strconcat(made->ethernet, made->ip, made->transport, made->payload, NULL);
        g_autoptr(GByteArray) frame = from_hex(hex);

        g_assert_cmpint(capture_next(reader, &packet, NULL), ==, 1);
        g_assert_cmpmem(packet.data, packet.captured, frame->data, frame->len);
        g_assert_cmpint(packet.time_ns, ==, made->seconds * 1000000000ll + made->us * 1000ll);
    }
    scratch_free(folder);
}

static void
test_names(void)
{
    static const struct {
        const char *name, *word;
    } wrong[] = {{"nprint:", "“”"},        {"nprint:4x", "“x”"},   {"nprint:tqi4e", "“qe”"},
                 {"nprint:46tui ", "“ ”"}, {"nprint4", "nprint4"}, {"Nprint", "Nprint"}};

    g_assert_true(layout_by_name("nprint:4tui", NULL) == layout_by_name("nprint", NULL));
    g_assert_true(layout_by_name("nprint:iu64", NULL) == layout_by_name("nprint:46ui", NULL));
    g_assert_cmpstr(layout_by_name("nprint:iut64", NULL)->name, ==, "nprint:46tui");
    g_assert_cmpstr(layout_by_name("nprint:ti4u", NULL)->name, ==, "nprint");
    g_assert_cmpint(layout_by_name("nprint:46tui", NULL)->n_columns, ==, 1408);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(layout_by_name(wrong[i].name, &error));
        assert_error_says(error, wrong[i].word, NULL);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nprint-options/names", test_names);
    g_test_add_func("/nprint-options/headers", test_headers);
    g_test_add_func("/nprint-options/index", test_index);
    g_test_add_func("/nprint-options/times", test_times);
    g_test_add_func("/nprint-options/fill", test_fill);
    g_test_add_func("/nprint-options/beside", test_beside);
    g_test_add_func("/nprint-options/read", test_read);
    g_test_add_func("/nprint-options/written-back", test_written_back);
    return g_test_run();
}
