/* SPDX-License-Identifier: Apache-2.0 */
/* Reading capture files through libpcap. */
#include "app/trace/capture.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <pcap.h>
#include <string.h>

#include "app/trace/codec.h"
#include "app/trace/flow.h"

struct CaptureReader {
    pcap_t *pcap;
    char *name; /* for messages */
    int link_type;
    uint32_t frame;
};

static FILE *
open_stream(const char *path, GError **error)
{
    FILE *stream;
    int code;

    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_ISDIR,
                    _("Cannot read “%s”: it is a folder; give a capture file."), path);
        return NULL;
    }
    stream = fopen(path, "rbe");
    code = errno;
    if (!stream)
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot read “%s”: %s; check its name and permissions."), path,
                    g_strerror(code));
    return stream;
}

/* libpcap's message is one English clause. */
static void
set_capture_error(GError **error, const char *name, const char *message)
{
    g_autofree char *printable = g_utf8_make_valid(message, -1);

    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is no capture that can be read (%s): give a pcap or pcapng file."), name,
                printable);
}

CaptureReader *
capture_open(const char *path, GError **error)
{
    g_autoptr(CaptureReader) reader = g_new0(CaptureReader, 1);
    char message[PCAP_ERRBUF_SIZE] = "";
    bool standard_input;

    g_return_val_if_fail(path, NULL);
    standard_input = strcmp(path, "-") == 0;
    reader->name = g_strdup(standard_input ? _("standard input") : path);
    if (standard_input) {
        reader->pcap =
            pcap_open_offline_with_tstamp_precision("-", PCAP_TSTAMP_PRECISION_NANO, message);
    } else {
        FILE *stream = open_stream(path, error);
        if (!stream)
            return NULL;
        reader->pcap =
            pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, message);
        if (!reader->pcap)
            fclose(stream);
    }
    if (!reader->pcap) {
        set_capture_error(error, reader->name, message);
        return NULL;
    }
    reader->link_type = pcap_datalink(reader->pcap);
    return g_steal_pointer(&reader);
}

void
capture_close(CaptureReader *reader)
{
    if (!reader)
        return;
    g_clear_pointer(&reader->pcap, pcap_close);
    g_free(reader->name);
    g_free(reader);
}

/* libpcap reads the unsigned seconds of a pcap as signed; half a second field past 2038. */
static int64_t
packet_time_ns(const struct pcap_pkthdr *header)
{
    int64_t seconds = header->ts.tv_sec, ns;

    if (seconds < 0 && seconds >= INT32_MIN)
        seconds = (uint32_t)seconds;
    if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &ns) ||
        __builtin_add_overflow(ns, (int64_t)header->ts.tv_usec, &ns)) /* nanoseconds, as asked */
        return 0;
    return ns;
}

int
capture_next(CaptureReader *reader, CapturePacket *packet, GError **error)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    int status = pcap_next_ex(reader->pcap, &header, &data);

    if (status == PCAP_ERROR_BREAK)
        return 0;
    if (status != 1) {
        g_autofree char *printable = g_utf8_make_valid(pcap_geterr(reader->pcap), -1);

        if (reader->frame == 0) {
            set_capture_error(error, reader->name, printable);
            return -1;
        }
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is damaged after packet %u (%s): only what stands before can be used."),
                    reader->name, reader->frame, printable);
        return -1;
    }
    reader->frame++;
    *packet = (CapturePacket){.time_ns = packet_time_ns(header),
                              .data = data,
                              .captured = header->caplen,
                              .length = MAX(header->len, header->caplen),
                              .link_type = reader->link_type,
                              .frame = reader->frame};
    return 1;
}

int
capture_link_type(const CaptureReader *reader)
{
    return reader->link_type;
}

struct CaptureRows {
    CaptureReader *reader;
    Codec codec;
    Trace *trace;
    int room;          /* rows that there is memory for */
    GHashTable *pairs; /* host pair -> whether its first packet was swapped, plus 1 */
};

static uint8_t
find_direction(CaptureRows *rows, const TraceRow *row)
{
    FlowKey key = {.src = row->src, .dst = row->dst};
    bool swapped = flow_key_normalise(&key);
    gpointer first = g_hash_table_lookup(rows->pairs, &key);

    if (!first) {
        first = GINT_TO_POINTER(swapped + 1);
        g_hash_table_insert(rows->pairs, g_memdup2(&key, sizeof key), first);
    }
    return swapped != GPOINTER_TO_INT(first) - 1;
}

static void
count_skipped(Trace *trace, const SkipReason *reason)
{
    char *text = skip_reason_to_string(reason);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(trace->skipped, text));

    g_hash_table_insert(trace->skipped, text, GUINT_TO_POINTER(count + 1));
}

static bool
add_packet(CaptureRows *rows, const CapturePacket *captured, GError **error)
{
    Trace *trace = rows->trace;
    SkipReason reason;
    Packet packet;
    TraceRow *row;

    if (!trace_grow(trace, &rows->room, error))
        return false;
    if (!packet_parse(&packet, captured->link_type, (Bytes){captured->data, captured->captured},
                      captured->length, &reason) ||
        !codec_encode(&rows->codec, &packet, trace_row(trace, trace->n_rows), &reason)) {
        count_skipped(trace, &reason);
        return true;
    }
    row = &trace->rows[trace->n_rows++];
    *row = (TraceRow){.time_ns = captured->time_ns,
                      .src = packet.src,
                      .dst = packet.dst,
                      .frame = captured->frame,
                      .length = packet.length};
    row->direction = find_direction(rows, row);
    return true;
}

static void
set_provenance(Trace *trace, const char *path, const CaptureReader *reader)
{
    const char *link = pcap_datalink_val_to_name(reader->link_type);

    g_hash_table_insert(trace->provenance, g_strdup("source"), g_path_get_basename(path));
    g_hash_table_insert(trace->provenance, g_strdup("link_type"),
                        link ? g_strdup(link) : g_strdup_printf("%d", reader->link_type));
}

static bool
check_link_type(const CaptureReader *reader, GError **error)
{
    const char *name = pcap_datalink_val_to_name(reader->link_type);

    if (packet_link_type_is_known(reader->link_type))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                _("“%s” has link type %d (%s), which is not read: capture or convert it as one of "
                  "%s."),
                reader->name, reader->link_type, name ? name : "?", packet_known_link_types());
    return false;
}

CaptureRows *
capture_rows_open(const char *path, const Layout *layout, GError **error)
{
    g_autoptr(CaptureRows) rows = NULL;
    g_autoptr(CaptureReader) reader = capture_open(path, error);

    if (!reader || !check_link_type(reader, error))
        return NULL;
    rows = g_new0(CaptureRows, 1);
    rows->trace = trace_new(layout, 0);
    rows->trace->sides =
        TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;
    set_provenance(rows->trace, path, reader);
    rows->pairs = g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, NULL);
    rows->reader = g_steal_pointer(&reader);
    codec_init(&rows->codec, layout);
    return g_steal_pointer(&rows);
}

void
capture_rows_free(CaptureRows *rows)
{
    if (!rows)
        return;
    capture_close(rows->reader);
    trace_free(rows->trace);
    g_clear_pointer(&rows->pairs, g_hash_table_unref);
    g_free(rows);
}

Trace *
capture_rows_trace(const CaptureRows *rows)
{
    return rows->trace;
}

bool
capture_rows_next(CaptureRows *rows, int max_rows, char **warning, GError **error)
{
    g_autoptr(GError) damage = NULL;
    CapturePacket packet;
    int status = 1;

    if (warning)
        *warning = NULL;
    rows->trace->n_rows = 0;
    while ((max_rows <= 0 || rows->trace->n_rows < max_rows) &&
           (status = capture_next(rows->reader, &packet, &damage)) == 1) {
        if (!add_packet(rows, &packet, error))
            return false;
    }
    if (status < 0 && rows->reader->frame == 0) {
        g_propagate_error(error, g_steal_pointer(&damage));
        return false;
    }
    if (status < 0 && warning)
        *warning = g_strdup(damage->message);
    g_hash_table_insert(rows->trace->provenance, g_strdup("packets_read"),
                        g_strdup_printf("%u", rows->reader->frame));
    return true;
}

Trace *
trace_read_capture(const char *path, const Layout *layout, int max_rows, char **warning,
                   GError **error)
{
    g_autoptr(CaptureRows) rows = NULL;

    if (warning)
        *warning = NULL;
    rows = capture_rows_open(path, layout, error);
    if (!rows || !capture_rows_next(rows, max_rows, warning, error))
        return NULL;
    return g_steal_pointer(&rows->trace);
}
