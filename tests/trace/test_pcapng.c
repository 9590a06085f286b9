/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng made here block by block: sections of either byte order, interfaces of their own link
 * types and clocks, every kind of packet block, and blocks that are wrong. */
#include "app/trace/pcapng.h"

#include <string.h>

#include "tests/trace/support.h"

/* IPv4 10.0.0.1 > 10.0.0.2, UDP 53 > 1000, no data. */
static const guint8 udp_packet[28] = {0x45, 0x00, 0x00, 0x1c, 0x12, 0x34, 0x00, 0x00, 0x40, 0x11,
                                      0xbe, 0xef, 10,   0,    0,    1,    10,   0,    0,    2,
                                      0x00, 0x35, 0x03, 0xe8, 0x00, 0x08, 0x12, 0x34};

static const char ethernet[14] = "\2\0\0\0\0\1\2\0\0\0\0\2\x08\x00";

typedef struct {
    char *scratch, *path;
    GByteArray *file;
    GByteArray *body; /* of the block that is being made */
    bool big_endian;
} Made;

static void
set_up(Made *made, gconstpointer data)
{
    made->scratch = scratch_new();
    made->path = scratch_path(made->scratch, "made.pcapng");
    made->file = g_byte_array_new();
    made->body = g_byte_array_new();
    made->big_endian = false;
}

static void
tear_down(Made *made, gconstpointer data)
{
    g_byte_array_unref(made->body);
    g_byte_array_unref(made->file);
    g_free(made->path);
    scratch_free(made->scratch);
}

static void
put_u32_into(const Made *made, GByteArray *bytes, guint32 value)
{
    value = made->big_endian ? GUINT32_TO_BE(value) : GUINT32_TO_LE(value);
    g_byte_array_append(bytes, (const guint8 *)&value, sizeof value);
}

static void
put_u32(Made *made, guint32 value)
{
    put_u32_into(made, made->body, value);
}

static void
put_u16(Made *made, guint16 value)
{
    value = made->big_endian ? GUINT16_TO_BE(value) : GUINT16_TO_LE(value);
    g_byte_array_append(made->body, (const guint8 *)&value, sizeof value);
}

/* Bytes, and as many more as make whole numbers of 32 bits. */
static void
put_bytes(Made *made, const void *bytes, size_t n)
{
    static const guint8 padding[3];

    g_byte_array_append(made->body, bytes, (guint)n);
    g_byte_array_append(made->body, padding, (guint)(-n & 3));
}

static void
put_option(Made *made, guint16 code, const void *value, size_t n)
{
    put_u16(made, code);
    put_u16(made, (guint16)n);
    put_bytes(made, value, n);
}

/* The body so far becomes a block. */
static void
end_block(Made *made, guint32 type)
{
    guint32 size = made->body->len + 12;

    put_u32_into(made, made->file, type);
    put_u32_into(made, made->file, size);
    g_byte_array_append(made->file, made->body->data, made->body->len);
    put_u32_into(made, made->file, size);
    g_byte_array_set_size(made->body, 0);
}

static void
add_section(Made *made, bool big_endian)
{
    made->big_endian = big_endian;
    put_u32(made, 0x1a2b3c4d);
    put_u16(made, 1);
    put_u16(made, 0);
    put_u32(made, G_MAXUINT32);
    put_u32(made, G_MAXUINT32);
    put_option(made, 4, "a test", 6);
    put_option(made, 0, "", 0);
    end_block(made, 0x0a0d0d0a);
}

/* resolution: if_tsresol, 0 for none. */
static void
add_interface(Made *made, guint16 link_type, guint32 snaplen, guint8 resolution, gint32 offset_s)
{
    put_u16(made, link_type);
    put_u16(made, 0);
    put_u32(made, snaplen);
    put_option(made, 2, "eth0", 4);
    if (resolution)
        put_option(made, 9, &resolution, 1);
    if (offset_s) {
        guint64 offset = (guint64)(gint64)offset_s;

        offset = made->big_endian ? GUINT64_TO_BE(offset) : GUINT64_TO_LE(offset);
        put_option(made, 14, &offset, sizeof offset);
    }
    end_block(made, 1);
}

/* An enhanced packet (or an obsolete one) of link bytes and udp_packet. */
static void
add_packet(Made *made, guint32 type, guint32 interface, guint64 units, const char *link,
           size_t n_link)
{
    guint32 size = (guint32)(n_link + sizeof udp_packet);
    guint8 data[64];

    memcpy(data, link, n_link);
    memcpy(data + n_link, udp_packet, sizeof udp_packet);
    if (type == 2) {
        put_u16(made, (guint16)interface);
        put_u16(made, 7); /* drops */
    } else {
        put_u32(made, interface);
    }
    put_u32(made, (guint32)(units >> 32));
    put_u32(made, (guint32)units);
    put_u32(made, size);
    put_u32(made, size);
    put_bytes(made, data, size);
    put_option(made, 1, "a comment", 9);
    end_block(made, type);
}

static void
add_simple_packet(Made *made, guint32 captured)
{
    guint8 data[64];

    memcpy(data, ethernet, 14);
    memcpy(data + 14, udp_packet, sizeof udp_packet);
    put_u32(made, 14 + sizeof udp_packet);
    put_bytes(made, data, captured);
    end_block(made, 3);
}

static Trace *
read_made(const Made *made, const char *filter, char **warning)
{
    g_autoptr(GError) error = NULL;
    Trace *trace;

    put_file(made->path, (const char *)made->file->data, made->file->len);
    trace = trace_read_capture_with(made->path, layout_by_name("nprint", NULL),
                                    &(CaptureReadOptions){.filter = filter}, 0, warning, &error);
    g_assert_no_error(error);
    return trace;
}

/* Two sections, of which the second has no more than its own interfaces. */
static void
add_everything(Made *made)
{
    add_section(made, false);
    add_interface(made, 1, 40, 9, 0);                 /* Ethernet, ns */
    add_interface(made, 101, 0, 0, 1000);             /* raw, us, from 1000 s on */
    add_packet(made, 6, 0, 5000000001, ethernet, 14); /* 1 */
    add_packet(made, 6, 1, 6000000, "", 0);           /* 2 */
    put_u32(made, 32473);
    end_block(made, 0xbad);      /* 3: custom */
    add_simple_packet(made, 40); /* 4 */
    put_bytes(made, "some secrets", 12);
    end_block(made, 10);
    end_block(made, 4); /* names, none */
    end_block(made, 0x7fff);
    add_section(made, true);
    add_interface(made, 0, 0, 0x80 | 10, 0);           /* null, 1/1024 s */
    add_packet(made, 2, 0, 2048 + 512, "\0\0\0\2", 4); /* 5 */
    add_interface(made, 147, 0, 0, 0);                 /* of nothing known */
    add_packet(made, 6, 1, 0, "", 0);                  /* 6 */
}

static void
test_everything(Made *made, gconstpointer data)
{
    static const struct {
        gint64 time_ns;
        uint32_t frame;
    } rows[] = {{5000000001, 1}, {1006000000000, 2}, {1006000000000, 4}, {2500000000, 5}};
    g_autoptr(Trace) trace = NULL;
    g_autofree char *warning = NULL;
    int n_bits = 0;

    add_everything(made);
    trace = read_made(made, NULL, &warning);
    g_assert_null(warning);
    g_assert_cmpint(trace->n_rows, ==, G_N_ELEMENTS(rows));
    for (int row = 0; row < trace->n_rows; row++) {
        g_assert_cmpint(trace->rows[row].time_ns, ==, rows[row].time_ns);
        g_assert_cmpuint(trace->rows[row].frame, ==, rows[row].frame);
        g_assert_cmpuint(trace->rows[row].length, ==, sizeof udp_packet);
        if (row != 2)
            g_assert_cmpmem(trace_row(trace, row), trace->layout->n_columns, trace_row(trace, 0),
                            trace->layout->n_columns);
    }
    /* The snaplen of the first interface cuts the simple packet. */
    for (int i = 960; i < 1024; i++)
        n_bits += trace_row(trace, 2)[i] >= 0;
    g_assert_cmpint(n_bits, ==, 6 * 8);
    g_assert_cmpstr(g_hash_table_lookup(trace->provenance, "packets_read"), ==, "5");
    g_assert_cmpstr(g_hash_table_lookup(trace->provenance, "link_type"), ==,
                    "EN10MB, RAW, NULL, 147");
    g_assert_cmpuint(GPOINTER_TO_UINT(g_hash_table_lookup(trace->skipped, "link type 147")), ==, 1);
}

/* The filter is made anew for each link type, in either byte order, and where it means nothing
 * passes nothing. */
static void
test_filter(Made *made, gconstpointer data)
{
    static const struct {
        const char *filter;
        int n_rows;
    } cases[] = {{"udp port 53", 4}, {"src host 10.0.0.1 and dst port 1000", 4},
                 {"tcp", 0},         {"ether src 2:0:0:0:0:2", 2},
                 {"ip", 4},          {"greater 43", 0}};

    add_everything(made);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Trace) trace = read_made(made, cases[i].filter, NULL);

        g_assert_cmpint(trace->n_rows, ==, cases[i].n_rows);
    }
}

static void
test_clock(void)
{
    static const struct {
        PcapngClock clock;
        guint64 units;
        gint64 time_ns;
    } cases[] = {
        {{6, 0}, 1700000000123456, 1700000000123456000},
        {{9, 0}, 1700000000123456789, 1700000000123456789},
        {{0, 0}, 1700000000, 1700000000000000000},
        {{12, 0}, 1999, 1},
        {{127, 0}, G_MAXUINT64, 0},
        {{0x80, 0}, 3, 3000000000},
        {{0x80 | 32, 0}, (7ull << 32) + (1u << 31), 7500000000},
        {{0xff, 0}, G_MAXUINT64, 0},
        {{6, -5}, 6000001, 1000001000},
        {{6, -7}, 6000001, -999999000},
        {{0, 0}, G_MAXUINT64, 0}, /* does not fit */
        {{9, G_MAXINT64}, 5, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(pcapng_time_ns(&cases[i].clock, cases[i].units), ==, cases[i].time_ns);
}

/* Cut anywhere: what is whole before the cut is there, and nothing more. */
static void
test_cut(Made *made, gconstpointer data)
{
    guint size;
    int n_warned = 0, n_whole = 0, n_rows = 0;

    add_everything(made);
    size = made->file->len;
    for (guint n = 0; n < size; n++) {
        g_autoptr(Trace) trace = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *warning = NULL;

        put_file(made->path, (const char *)made->file->data, n);
        trace = trace_read_capture(made->path, layout_default(), 0, &warning, &error);
        g_assert_true((trace != NULL) != (error != NULL));
        if (error) {
            assert_error_says(error, "made.pcapng", NULL);
            g_assert_cmpint(n_rows, ==, 0);
            continue;
        }
        g_assert_cmpint(trace->n_rows, >=, n_rows);
        n_rows = trace->n_rows;
        n_warned += warning != NULL;
        n_whole += warning == NULL;
        if (warning)
            g_assert_nonnull(strstr(warning, "the file ends in a block"));
    }
    /* Whole only between blocks: the first section and its interfaces, and 12 blocks more. */
    g_assert_cmpint(n_whole, ==, 14);
    g_assert_cmpint(n_warned, >, 400);
    g_assert_cmpint(n_rows, ==, 4);
}

static void
write_u32_at(const Made *made, guint offset, guint32 value)
{
    value = made->big_endian ? GUINT32_TO_BE(value) : GUINT32_TO_LE(value);
    memcpy(made->file->data + offset, &value, sizeof value);
}

/* One number of a small file is wrong: two packet blocks of 92 bytes, from `first` on. */
static void
test_wrong_numbers(Made *made, gconstpointer data)
{
    enum { FIRST = 72, SECOND = FIRST + 92 };
    static const struct {
        guint offset;
        guint32 value;
        const char *word;
        int n_rows; /* -1: an error */
    } cases[] = {
        {SECOND + 4, 0, "a length that no block has", 1},
        {SECOND + 4, 8, "a length that no block has", 1},
        {SECOND + 4, 91, "a length that no block has", 1},
        {SECOND + 4, 96, "the file ends", 1},
        {SECOND + 4, 88, "the two lengths of a block differ", 1},
        {SECOND + 4, 16 << 20, "the file ends", 1},
        {SECOND + 4, (16 << 20) + 4, "longer than 16 MiB", 1},
        {SECOND + 4, 0xfffffffc, "longer than 16 MiB", 1},
        {SECOND + 4, 0x7ffffffc, "longer than 16 MiB", 1},
        {SECOND, 0x99, NULL, 1}, /* a block of no known kind */
        {SECOND, 0x0a0d0d0a, "byte order", 1},
        {SECOND + 8, 1, "not described", 1},
        {SECOND + 8, G_MAXUINT32, "not described", 1},
        {SECOND + 20, 61, "longer than its block", 1},
        {SECOND + 20, G_MAXUINT32, "longer than its block", 1},
        {SECOND + 24, 1, NULL, 2}, /* the wire has less than was captured */
        {SECOND + 88, 0, "the two lengths of a block differ", 1},
        {FIRST + 8, 5, "not described", -1},
        {FIRST + 4, 0, "a length that no block has", -1},
        {12, 2, "another version", -1},
        {8, 0, "byte order", -1},
        {4, 0, "a length that no block has", -1},
        {4, G_MAXUINT32 - 3, "longer than 16 MiB", -1},
        {24, 3000 | 3000 << 16, "an option runs past its block", -1},
        {60, 300 | 300 << 16, "an option runs past its block", -1},
    };

    for (size_t n = 0; n < 2 * G_N_ELEMENTS(cases); n++) {
        size_t i = n / 2;
        g_autoptr(Trace) trace = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *warning = NULL;

        g_byte_array_set_size(made->file, 0);
        add_section(made, n & 1);
        add_interface(made, 1, 0, 0, 0);
        g_assert_cmpint(made->file->len, ==, FIRST);
        add_packet(made, 6, 0, 1, ethernet, 14);
        g_assert_cmpint(made->file->len, ==, SECOND);
        add_packet(made, 6, 0, 2, ethernet, 14);
        write_u32_at(made, cases[i].offset, cases[i].value);
        put_file(made->path, (const char *)made->file->data, made->file->len);
        trace = trace_read_capture(made->path, layout_default(), 0, &warning, &error);
        if (cases[i].n_rows < 0) {
            assert_error_says(error, "made.pcapng", cases[i].word, NULL);
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpint(trace->n_rows, ==, cases[i].n_rows);
        g_assert_true((warning != NULL) == (cases[i].word != NULL));
        if (warning) {
            g_autofree char *place = g_strdup_printf("after packet 1, at byte %d", SECOND);

            g_assert_nonnull(strstr(warning, cases[i].word));
            g_assert_nonnull(strstr(warning, place));
        }
    }
}

/* More interfaces than are kept end the reading, not the memory. */
static void
test_many_interfaces(Made *made, gconstpointer data)
{
    g_autoptr(Trace) trace = NULL;
    g_autofree char *warning = NULL;

    add_section(made, false);
    add_interface(made, 1, 0, 0, 0);
    add_packet(made, 6, 0, 1, ethernet, 14);
    for (int i = 0; i < 70000; i++) {
        put_u32(made, (guint32)i & 0xff);
        put_u32(made, 0);
        end_block(made, 1);
    }
    add_packet(made, 6, 0, 1, ethernet, 14);
    trace = read_made(made, NULL, &warning);
    g_assert_cmpint(trace->n_rows, ==, 1);
    g_assert_nonnull(strstr(warning, "65536 interfaces"));
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(Made *, gconstpointer);
    } tests[] = {
        {"/pcapng/everything", test_everything},
        {"/pcapng/filter", test_filter},
        {"/pcapng/cut", test_cut},
        {"/pcapng/wrong-numbers", test_wrong_numbers},
        {"/pcapng/many-interfaces", test_many_interfaces},
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Made, NULL, set_up, tests[i].run, tear_down);
    g_test_add_func("/pcapng/clock", test_clock);
    return g_test_run();
}
