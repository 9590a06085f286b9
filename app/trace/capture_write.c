/* SPDX-License-Identifier: Apache-2.0 */
/* Writing captures. The two formats are written field by field, little-endian, so that the same
 * trace gives the same bytes everywhere. A path that ends in .pcapng gets that format, which has
 * room for comments (draft-ietf-opsawg-pcapng); any other gets nanosecond pcap
 * (draft-ietf-opsawg-pcap), which has none. */
#include "app/trace/capture.h"

#include <string.h>

#include "app/trace/atomic.h"
#include "app/trace/codec.h"
#include "app/trace/flow.h"
#include "app/trace/payload_stream.h"

enum { LINK_TYPE_ETHERNET = 1, LINK_TYPE_RAW = 101, MAX_COMMENT = 60000, ROWS_A_CHECK = 1024 };
static const int64_t ns_per_second = 1000000000;
static const int64_t default_gap_ns = 1000000;

/* Option codes of pcapng. */
enum {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    SECTION_APPLICATION = 4,
    INTERFACE_NAME = 2,
    INTERFACE_DESCRIPTION = 3,
    INTERFACE_RESOLUTION = 9,
};

typedef struct {
    FILE *stream;
    bool is_pcapng;
    uint32_t link_type;
    uint32_t snaplen; /* of what is written */
} Writer;

/* A packet as it goes into the file. */
typedef struct {
    int64_t time_ns;
    const uint8_t *data;
    uint32_t captured, length;
    const char *note;
} Written;

static void
put_u16(FILE *stream, uint32_t value)
{
    const uint8_t bytes[2] = {value & 0xff, value >> 8 & 0xff};

    fwrite(bytes, 1, sizeof bytes, stream);
}

static void
put_u32(FILE *stream, uint32_t value)
{
    put_u16(stream, value & 0xffff);
    put_u16(stream, value >> 16);
}

static uint32_t
padded(uint32_t size)
{
    return (size + 3) & ~3u;
}

static void
put_padded(FILE *stream, const void *data, uint32_t size)
{
    static const uint8_t zeros[3];

    fwrite(data, 1, size, stream);
    fwrite(zeros, 1, padded(size) - size, stream);
}

static void
put_pcap_header(const Writer *writer)
{
    FILE *stream = writer->stream;

    put_u32(stream, 0xa1b23c4d); /* nanoseconds */
    put_u16(stream, 2);
    put_u16(stream, 4);
    put_u32(stream, 0);
    put_u32(stream, 0);
    put_u32(stream, writer->snaplen);
    put_u32(stream, writer->link_type);
}

static void
put_pcap_packet(const Writer *writer, const Written *packet)
{
    FILE *stream = writer->stream;

    put_u32(stream, (uint32_t)(packet->time_ns / ns_per_second));
    put_u32(stream, (uint32_t)(packet->time_ns % ns_per_second));
    put_u32(stream, packet->captured);
    put_u32(stream, packet->length);
    fwrite(packet->data, 1, packet->captured, stream);
}

/* How much of a comment goes into an option: whole characters. */
static uint32_t
comment_size(const char *comment)
{
    size_t size = comment ? strnlen(comment, MAX_COMMENT + 1) : 0;

    if (size > MAX_COMMENT) {
        size = MAX_COMMENT;
        while (size > 0 && (comment[size] & 0xc0) == 0x80)
            size--;
    }
    return (uint32_t)size;
}

static uint32_t
option_size(uint32_t size)
{
    return size ? 4 + padded(size) : 0;
}

/* Nothing where size is 0, but for the end of the options. */
static void
put_option(FILE *stream, uint32_t code, const void *data, uint32_t size)
{
    if (size == 0 && code != OPTION_END)
        return;
    put_u16(stream, code);
    put_u16(stream, size);
    put_padded(stream, data, size);
}

static void
put_section(const Writer *writer, const char *comment)
{
    static const char application[] = "Torchlight " TORCHLIGHT_VERSION;
    const uint32_t n_application = sizeof application - 1, n_comment = comment_size(comment);
    uint32_t size = 28 + option_size(n_comment) + option_size(n_application) + 4;
    FILE *stream = writer->stream;

    put_u32(stream, 0x0a0d0d0a);
    put_u32(stream, size);
    put_u32(stream, 0x1a2b3c4d);
    put_u16(stream, 1);
    put_u16(stream, 0);
    put_u32(stream, 0xffffffff); /* section length not stated */
    put_u32(stream, 0xffffffff);
    put_option(stream, OPTION_COMMENT, comment, n_comment);
    put_option(stream, SECTION_APPLICATION, application, n_application);
    put_option(stream, OPTION_END, "", 0);
    put_u32(stream, size);
}

static void
put_interface(const Writer *writer)
{
    static const char name[] = "torchlight";
    static const char description[] = "packets made from the rows of a trace";
    const uint32_t n_name = sizeof name - 1, n_description = sizeof description - 1;
    const uint8_t resolution = 9;
    uint32_t size = 20 + option_size(n_name) + option_size(n_description) + option_size(1) + 4;
    FILE *stream = writer->stream;

    put_u32(stream, 1);
    put_u32(stream, size);
    put_u16(stream, writer->link_type);
    put_u16(stream, 0);
    put_u32(stream, writer->snaplen);
    put_option(stream, INTERFACE_NAME, name, n_name);
    put_option(stream, INTERFACE_DESCRIPTION, description, n_description);
    put_option(stream, INTERFACE_RESOLUTION, &resolution, 1); /* nanoseconds */
    put_option(stream, OPTION_END, "", 0);
    put_u32(stream, size);
}

static void
put_pcapng_packet(const Writer *writer, const Written *packet)
{
    uint32_t n_note = comment_size(packet->note);
    uint32_t size = 32 + padded(packet->captured) + (n_note ? option_size(n_note) + 4 : 0);
    FILE *stream = writer->stream;

    put_u32(stream, 6); /* enhanced packet */
    put_u32(stream, size);
    put_u32(stream, 0);
    put_u32(stream, (uint32_t)((uint64_t)packet->time_ns >> 32));
    put_u32(stream, (uint32_t)packet->time_ns);
    put_u32(stream, packet->captured);
    put_u32(stream, packet->length);
    put_padded(stream, packet->data, packet->captured);
    if (n_note) {
        put_option(stream, OPTION_COMMENT, packet->note, n_note);
        put_option(stream, OPTION_END, "", 0);
    }
    put_u32(stream, size);
}

/* A pcap counts seconds in 32 bits without sign. */
static int64_t
row_time(const Trace *trace, int row)
{
    if (trace->sides & TRACE_HAS_TIMES)
        return CLAMP(trace->rows[row].time_ns, 0, (int64_t)UINT32_MAX * ns_per_second);
    return row * default_gap_ns;
}

/* trace, or a view of it in *view whose rows have guessed directions. */
static const Trace *
with_directions(const Trace *trace, Trace *view)
{
    g_autofree uint8_t *direction_of = NULL;

    *view = *trace;
    if (trace->sides & TRACE_HAS_DIRECTIONS)
        return view;
    view->rows = g_memdup2(trace->rows, MAX(trace->n_rows, 1) * sizeof *trace->rows);
    direction_of = g_malloc0(MAX(trace->n_rows, 1));
    trace_guess_directions(trace, direction_of);
    for (int row = 0; row < trace->n_rows; row++)
        view->rows[row].direction = direction_of[row];
    return view;
}

bool
capture_has_comments(const char *path)
{
    return g_str_has_suffix(path, ".pcapng");
}

/* The number of rows that are no packets. */
static int
write_rows(const Writer *writer, const Trace *trace, const CaptureWriteOptions *options)
{
    uint32_t skipped = options->link == CAPTURE_RAW ? ETHERNET_SIZE : 0;
    BuiltPacket built = {.bytes = g_byte_array_new()};
    g_autoptr(PayloadStreams) streams = payload_streams_new(trace);
    WritePolicy policy = options->policy;
    int n_dropped = 0;
    Trace view;
    Codec codec;

    policy.streams = streams;
    with_directions(trace, &view);
    codec_init(&codec, trace->layout);
    for (int row = 0; row < trace->n_rows && !ferror(writer->stream); row++) {
        if (row % ROWS_A_CHECK == 0 && g_cancellable_is_cancelled(options->cancellable))
            break;
        if (!packet_build(&codec, &view, row, &policy, &built)) {
            n_dropped++;
            continue;
        }
        const Written packet = {
            .time_ns = row_time(trace, row),
            .data = built.bytes->data + skipped,
            .captured = MIN(built.bytes->len - skipped, writer->snaplen),
            .length = built.wire_length - skipped,
            .note = options->notes ? options->notes[row] : NULL,
        };
        if (writer->is_pcapng)
            put_pcapng_packet(writer, &packet);
        else
            put_pcap_packet(writer, &packet);
    }
    g_byte_array_unref(built.bytes);
    if (view.rows != trace->rows)
        g_free(view.rows);
    return n_dropped;
}

bool
trace_write_capture(const Trace *trace, const char *path, const CaptureWriteOptions *options,
                    int *n_dropped, GError **error)
{
    static const CaptureWriteOptions defaults = {.policy = {.seed = 0}};
    g_autoptr(AtomicFile) file = atomic_file_new(path, error);
    int dropped;

    if (!file)
        return false;
    if (!options)
        options = &defaults;
    const Writer writer = {
        .stream = atomic_file_stream(file),
        .is_pcapng = capture_has_comments(path),
        .link_type = options->link == CAPTURE_RAW ? LINK_TYPE_RAW : LINK_TYPE_ETHERNET,
        .snaplen =
            options->snaplen ? MIN(options->snaplen, PACKET_MAX_CAPTURED) : PACKET_MAX_CAPTURED,
    };
    if (writer.is_pcapng) {
        put_section(&writer, options->comment);
        put_interface(&writer);
    } else {
        put_pcap_header(&writer);
    }
    dropped = write_rows(&writer, trace, options);
    if (n_dropped)
        *n_dropped = dropped;
    if (g_cancellable_set_error_if_cancelled(options->cancellable, error))
        return false;
    return atomic_file_commit(file, error);
}
