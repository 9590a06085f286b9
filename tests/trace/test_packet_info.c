/* SPDX-License-Identifier: Apache-2.0 */
/* Packets as a list: against tshark on the samples, for what headers alone tell; against what a
 * flow must count like; and how long a picture's rows take. */
#include "app/trace/packet_info.h"

#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/packet_find.h"
#include "app/trace/packet_text.h"
#include "tests/trace/support.h"

static const char *const tshark_fields[] = {"_ws.col.Protocol", "_ws.col.Info", "tcp.seq",
                                            "tcp.ack",          "tcp.len",      "tcp.window_size",
                                            "udp.length",       "ip.len",       "tcp.flags.ack"};
enum { PROTOCOL, INFO, SEQ, ACK, LEN, WINDOW, UDP_LENGTH, IP_LENGTH, HAS_ACK, N_TSHARK };

/* A line a packet, fields between bars; NULL after skipping. TCP is counted without judging it. */
static char **
run_tshark(const char *path)
{
    g_autoptr(GPtrArray) command = g_ptr_array_new();
    static const char *const options[] = {"tshark",
                                          "-r",
                                          NULL,
                                          "-T",
                                          "fields",
                                          "-E",
                                          "separator=|",
                                          "-E",
                                          "occurrence=f",
                                          "-o",
                                          "tcp.analyze_sequence_numbers:TRUE"};
    g_autofree char *out = NULL;
    int status = 0;

    for (guint i = 0; i < G_N_ELEMENTS(options); i++)
        g_ptr_array_add(command, (gpointer)(options[i] ? options[i] : path));
    for (guint i = 0; i < G_N_ELEMENTS(tshark_fields); i++) {
        g_ptr_array_add(command, (gpointer) "-e");
        g_ptr_array_add(command, (gpointer)tshark_fields[i]);
    }
    g_ptr_array_add(command, NULL);
    if (!g_spawn_sync(NULL, (char **)command->pdata, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
                      &status, NULL)) {
        g_test_skip("tshark is not installed");
        return NULL;
    }
    g_assert_true(g_spawn_check_wait_status(status, NULL));
    return g_strsplit(out, "\n", -1);
}

static void
assert_number(const char *path, int row, const char *what, const char *theirs, gint64 ours)
{
    if (*theirs && g_ascii_strtoll(theirs, NULL, 10) != ours)
        g_error("%s, packet %d: %s is %" G_GINT64_FORMAT ", tshark has %s", path, row + 1, what,
                ours, theirs);
}

/* Protocols above TCP and UDP that tshark tells from payload, which we do not have. */
static bool
same_protocol(const char *theirs, const PacketInfo *info)
{
    if (g_str_equal(theirs, info->protocol))
        return true;
    if (g_str_has_prefix(theirs, "TLS") || g_str_equal(theirs, "SSL"))
        return g_str_equal(info->protocol, "TLS") || g_str_equal(info->protocol, "TCP");
    return info->transport != N_HEADERS;
}

static void
compare(const char *path, const PacketInfoTable *table, int row, char *line, int *n_texts)
{
    g_auto(GStrv) theirs = g_strsplit(line, "|", -1);
    const PacketInfo *info = packet_info_row(table, row);
    g_autofree char *text = packet_info_text(table, row);
    char *cut;

    g_assert_cmpuint(g_strv_length(theirs), ==, N_TSHARK);
    if (!same_protocol(theirs[PROTOCOL], info))
        g_error("%s, packet %d: %s, tshark has %s", path, row + 1, info->protocol,
                theirs[PROTOCOL]);
    assert_number(path, row, "the length", theirs[IP_LENGTH], info->length);
    if (info->transport == HEADER_TCP) {
        assert_number(path, row, "Seq", theirs[SEQ], info->seq);
        if (g_str_equal(theirs[HAS_ACK], "1"))
            assert_number(path, row, "Ack", theirs[ACK], info->ack);
        assert_number(path, row, "Len", theirs[LEN], info->payload);
    } else if (info->transport == HEADER_UDP) {
        assert_number(path, row, "Len", theirs[UDP_LENGTH], info->payload + 8);
    }
    if ((!g_str_equal(theirs[PROTOCOL], "TCP") && !g_str_equal(theirs[PROTOCOL], "UDP")) ||
        strstr(theirs[INFO], "[TCP "))
        return;
    cut = strstr(theirs[INFO], "[Packet size limited");
    if (cut)
        *cut = '\0';
    (*n_texts)++;
    if (!g_str_equal(theirs[INFO], text))
        g_error("%s, packet %d: “%s”, tshark has “%s”", path, row + 1, text, theirs[INFO]);
}

static void
test_tshark(void)
{
    g_autofree char *folder = source_path("data/samples");
    g_autoptr(GPtrArray) samples = list_files(folder, ".pcap");
    int n_texts = 0;

    for (guint i = 0; i < samples->len; i += is_sanitized() ? 6 : 3) {
        const char *path = samples->pdata[i];
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) lines = run_tshark(path);
        if (!lines)
            return;
        g_autoptr(Trace) trace = trace_read_capture(path, layout_default(), 0, NULL, &error);
        g_assert_no_error(error);
        g_autoptr(PacketInfoTable) table = packet_info_table(trace);
        for (int row = 0; row < trace->n_rows; row++)
            compare(path, table, row, lines[trace->rows[row].frame - 1], &n_texts);
    }
    g_assert_cmpint(n_texts, >, 1000);
}

static Trace *
sample(const char *name)
{
    g_autofree char *below = g_strconcat("data/samples/", name, NULL);
    g_autofree char *path = source_path(below);
    g_autoptr(GError) error = NULL;
    Trace *trace = trace_read_capture(path, layout_default(), 0, NULL, &error);

    g_assert_no_error(error);
    return trace;
}

static void
assert_text(const Trace *trace, int row, const char *expected)
{
    g_autoptr(PacketInfoTable) table = packet_info_table(trace);
    g_autofree char *text = packet_info_text(table, row);

    g_assert_cmpstr(text, ==, expected);
}

static void
test_words(void)
{
    g_autoptr(Trace) web = sample("none_web_http2_00003.pcap");
    g_autoptr(Trace) ipsec = sample("ipsec_videocall_rtp_00001.pcap");
    g_autoptr(PacketInfoTable) table = packet_info_table(web);
    g_autofree char *time = packet_info_time_text(table, 2);
    g_autofree char *protocols = packet_info_protocols(table);

    assert_text(web, 5,
                "33228 → 443 [SYN] Seq=0 Win=64240 Len=0 MSS=1460 SACK_PERM TSval=3709342723 "
                "TSecr=0 WS=1024");
    g_assert_cmpstr(time, ==, "0.034851");
    g_assert_cmpstr(protocols, ==, "IPv4 UDP DNS TCP TLS");
    g_assert_cmpint(packet_info_row(table, 0)->direction, ==, 0);
    g_assert_cmpint(packet_info_row(table, 2)->direction, ==, 1);

    g_autoptr(PacketInfoTable) tunnel = packet_info_table(ipsec);
    g_autofree char *text = packet_info_text(tunnel, 0);
    g_assert_cmpstr(packet_info_row(tunnel, 0)->protocol, ==, "ESP");
    g_assert_nonnull(strstr(text, " → "));
}

/* Without addresses, times and lengths, as a drawn picture has none. */
static void
test_icmp(void)
{
    g_autoptr(Trace) trace = trace_new(layout_default(), 3);

    for (int row = 0; row < 2; row++) {
        trace_set(trace, row, FIELD_IPV4_VER, 4);
        trace_set(trace, row, FIELD_IPV4_HL, 5);
        trace_set(trace, row, FIELD_IPV4_TL, 84);
        trace_set(trace, row, FIELD_IPV4_TTL, 64);
        trace_set(trace, row, FIELD_IPV4_PROTO, 1);
        trace_set(trace, row, FIELD_ICMP_TYPE, row ? 3 : 8);
        trace_set(trace, row, FIELD_ICMP_CODE, row ? 3 : 0);
        trace_set(trace, row, FIELD_ICMP_ROH, 0x00010100);
    }
    assert_text(trace, 0, "Echo (ping) request  id=0x0001, seq=256/1, ttl=64");
    assert_text(trace, 1, "Destination unreachable (Port unreachable)");
    assert_text(trace, 2, "");
    g_autoptr(PacketInfoTable) table = packet_info_table(trace);
    g_assert_cmpstr(packet_info_row(table, 0)->protocol, ==, "ICMP");
    g_assert_cmpuint(packet_info_row(table, 0)->length, ==, 84);
    g_assert_cmpstr(packet_info_row(table, 2)->protocol, ==, "");
}

/* Headers that contradict each other, and lengths that cannot be: nothing is read past a row. */
static void
test_noise(void)
{
    for (int i = 0; i < 2; i++) {
        g_autoptr(Trace) trace = trace_new(layout_nth(i), 400);
        guint32 state = 7;

        for (int at = 0; at < trace->n_rows * trace->layout->n_columns; at++) {
            state = state * 1664525u + 1013904223u;
            trace->trits[at] = (int8_t)((int)(state >> 24) % 3 - 1) | (int8_t)(at % 4 ? 0 : 1);
        }
        for (int row = 0; row < trace->n_rows; row += 2)
            memset(trace_row(trace, row), row % 4 ? 1 : 0, (size_t)trace->layout->n_columns);
        g_autoptr(PacketInfoTable) table = packet_info_table(trace);
        for (int row = 0; row < trace->n_rows; row++) {
            g_autofree char *text = packet_info_text(table, row);
            g_assert_true(g_utf8_validate(text, -1, NULL));
        }
    }
}

static int
count(const PacketInfoTable *table, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(PacketQuery) query = packet_query_new(text, &error);
    int n = 0;

    g_assert_no_error(error);
    for (int row = 0; row < packet_info_trace(table)->n_rows; row++)
        n += packet_query_matches(query, table, row);
    return n;
}

static void
test_find(void)
{
    g_autoptr(Trace) web = sample("none_web_http2_00003.pcap");
    g_autoptr(PacketInfoTable) table = packet_info_table(web);
    g_autoptr(GArray) ttl = fields_find(web->layout, " ttl ");
    g_autoptr(GArray) seq = fields_find(web->layout, "sequence number");
    g_autoptr(GArray) none = fields_find(web->layout, "");
    static const char *const bad[] = {"tll=3", "ttl=256", "ttl=", "checksum=1", "=4", "seq=0xg"};

    g_assert_cmpint(count(table, "dns"), ==, 18);
    g_assert_cmpint(count(table, "ipv4_proto=17"), ==, 18);
    g_assert_cmpint(count(table, "ipv4_proto!=0x11"), ==, 1024 - 18);
    g_assert_cmpint(count(table, "udp_len = absent"), ==, 1024 - 18);
    g_assert_cmpint(count(table, "udp_len != absent and udp_dport >= 50"), ==, 18);
    g_assert_cmpint(count(table, "udp_dport < 54 and udp_sport < 54"), ==, 0);
    g_assert_cmpint(count(table, "[SYN]"), ==, count(table, "SYN=1 and tcp_ackf=0"));
    g_assert_cmpint(count(table, ""), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(packet_query_new(bad[i], &error));
        g_assert_nonnull(error);
    }
    g_assert_cmpuint(ttl->len, ==, 1);
    g_assert_cmpuint(g_array_index(ttl, FieldId, 0), ==, FIELD_IPV4_TTL);
    g_assert_cmpuint(seq->len, >=, 2); /* by their meaning */
    g_assert_cmpuint(g_array_index(seq, FieldId, 0), ==, FIELD_TCP_SEQ);
    g_assert_cmpuint(none->len, ==, 0);
}

static void
assert_value(const Trace *trace, FieldId field, const char *value, const char *hex)
{
    g_autofree char *ours = field_value_text(trace, 5, field);
    g_autofree char *ours_hex = field_hex_text(trace, 5, field);

    g_assert_cmpstr(ours, ==, value);
    g_assert_cmpstr(ours_hex, ==, hex);
}

static void
test_values(void)
{
    g_autoptr(Trace) web = sample("none_web_http2_00003.pcap");
    g_autoptr(PacketInfoTable) table = packet_info_table(web);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) bits = g_string_new(NULL);

    assert_value(web, FIELD_IPV4_VER, "4", "0x4");
    assert_value(web, FIELD_TCP_DPRT, "443 (0x1bb)", "0x01bb");
    assert_value(web, FIELD_UDP_LEN, NULL, NULL);
    assert_value(web, FIELD_IPV4_SRC, NULL, NULL); /* the layout has none */
    assert_value(web, FIELD_TCP_OPT, "MSS=1460 SACK_PERM TSval=3709342723 TSecr=0 WS=1024",
                 "02 04 05 b4 04 02 08 0a dd 18 14 03 00 00 00 00 01 03 03 0a");
    packet_append_text(text, table, 5);
    g_assert_true(g_str_has_prefix(text->str, "6\t0.054845\t→\tTCP\t60\t33228 → 443 [SYN]"));
    g_assert_nonnull(strstr(text->str, "\nTCP\n    Src port: 33228 (0x81cc)\n"));
    g_assert_null(strstr(text->str, "UDP"));
    packet_append_bits(bits, web, 5);
    g_assert_true(g_str_has_prefix(bits->str, "0,1,0,0,0,1,0,1,"));
    g_assert_true(g_str_has_suffix(bits->str, ",-1,-1\n"));
}

static void
test_speed(void)
{
    g_autoptr(Trace) trace = sample("none_web_http2_00003.pcap");
    gint64 best_us = G_MAXINT64;

    for (int i = 0; i < 10; i++) {
        gint64 start = g_get_monotonic_time();
        packet_info_table_free(packet_info_table(trace));
        best_us = MIN(best_us, g_get_monotonic_time() - start);
    }
    g_test_message("%d rows in %" G_GINT64_FORMAT " µs", trace->n_rows, best_us);
    if (!is_sanitized())
        g_assert_cmpint(best_us, <, 5000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet-info/tshark", test_tshark);
    g_test_add_func("/packet-info/words", test_words);
    g_test_add_func("/packet-info/icmp", test_icmp);
    g_test_add_func("/packet-info/noise", test_noise);
    g_test_add_func("/packet-info/find", test_find);
    g_test_add_func("/packet-info/values", test_values);
    g_test_add_func("/packet-info/speed", test_speed);
    return g_test_run();
}
