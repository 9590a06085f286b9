/* SPDX-License-Identifier: Apache-2.0 */
/* Writing captures. The two formats are written field by field, little-endian, so that the same
 * trace gives the same bytes everywhere. A path that ends in .pcapng gets that format, which has
 * room for the comment (draft-ietf-opsawg-pcapng); any other gets nanosecond pcap
 * (draft-ietf-opsawg-pcap), which has none. */
#include "app/trace/capture.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/atomic.h"
#include "app/trace/codec.h"
#include "app/trace/flow.h"

enum { LINK_TYPE_ETHERNET = 1, MAX_COMMENT = 60000 };
static const int64_t ns_per_second = 1000000000;
static const int64_t default_gap_ns = 1000000;

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

static void
put_padded(FILE *stream, const void *data, uint32_t size)
{
    static const uint8_t zeros[3];

    fwrite(data, 1, size, stream);
    fwrite(zeros, 1, -size & 3, stream);
}

static void
put_pcap_header(FILE *stream)
{
    put_u32(stream, 0xa1b23c4d); /* nanoseconds */
    put_u16(stream, 2);
    put_u16(stream, 4);
    put_u32(stream, 0);
    put_u32(stream, 0);
    put_u32(stream, PACKET_MAX_CAPTURED);
    put_u32(stream, LINK_TYPE_ETHERNET);
}

static void
put_pcap_packet(FILE *stream, int64_t time_ns, const BuiltPacket *built)
{
    put_u32(stream, (uint32_t)(time_ns / ns_per_second));
    put_u32(stream, (uint32_t)(time_ns % ns_per_second));
    put_u32(stream, built->bytes->len);
    put_u32(stream, built->wire_length);
    fwrite(built->bytes->data, 1, built->bytes->len, stream);
}

static void
put_option(FILE *stream, uint32_t code, const void *data, uint32_t size)
{
    put_u16(stream, code);
    put_u16(stream, size);
    put_padded(stream, data, size);
}

static void
put_pcapng_header(FILE *stream, const char *comment)
{
    const char *application = "Torchlight";
    uint32_t comment_size = comment ? (uint32_t)strnlen(comment, MAX_COMMENT) : 0;
    uint32_t options = 4 + ((uint32_t)strlen(application) + 3) / 4 * 4 + 4;
    const uint8_t resolution = 9;

    if (comment_size)
        options += 4 + (comment_size + 3) / 4 * 4;
    put_u32(stream, 0x0a0d0d0a); /* section header */
    put_u32(stream, 28 + options);
    put_u32(stream, 0x1a2b3c4d);
    put_u16(stream, 1);
    put_u16(stream, 0);
    put_u32(stream, 0xffffffff); /* section length not stated */
    put_u32(stream, 0xffffffff);
    if (comment_size)
        put_option(stream, 1, comment, comment_size);
    put_option(stream, 4, application, (uint32_t)strlen(application));
    put_option(stream, 0, "", 0);
    put_u32(stream, 28 + options);

    put_u32(stream, 1); /* interface */
    put_u32(stream, 32);
    put_u16(stream, LINK_TYPE_ETHERNET);
    put_u16(stream, 0);
    put_u32(stream, PACKET_MAX_CAPTURED);
    put_option(stream, 9, &resolution, 1); /* if_tsresol: nanoseconds */
    put_option(stream, 0, "", 0);
    put_u32(stream, 32);
}

static void
put_pcapng_packet(FILE *stream, int64_t time_ns, const BuiltPacket *built)
{
    uint32_t size = 32 + (built->bytes->len + 3) / 4 * 4;

    put_u32(stream, 6); /* enhanced packet */
    put_u32(stream, size);
    put_u32(stream, 0);
    put_u32(stream, (uint32_t)((uint64_t)time_ns >> 32));
    put_u32(stream, (uint32_t)time_ns);
    put_u32(stream, built->bytes->len);
    put_u32(stream, built->wire_length);
    put_padded(stream, built->bytes->data, built->bytes->len);
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
trace_write_capture(const Trace *trace, const char *path, const CaptureWriteOptions *options,
                    int *n_dropped, GError **error)
{
    static const CaptureWriteOptions defaults = {PAYLOAD_ZEROS, 0, NULL};
    g_autoptr(AtomicFile) file = atomic_file_new(path, error);
    bool pcapng = g_str_has_suffix(path, ".pcapng");
    BuiltPacket built = {0};
    int dropped = 0;
    Trace view;
    Codec codec;

    if (!file)
        return false;
    if (!options)
        options = &defaults;
    if (pcapng)
        put_pcapng_header(atomic_file_stream(file), options->comment);
    else
        put_pcap_header(atomic_file_stream(file));
    with_directions(trace, &view);
    codec_init(&codec, trace->layout);
    built.bytes = g_byte_array_new();
    for (int row = 0; row < trace->n_rows && !ferror(atomic_file_stream(file)); row++) {
        if (!packet_build(&codec, &view, row, options->payload, options->seed, &built)) {
            dropped++;
            continue;
        }
        if (pcapng)
            put_pcapng_packet(atomic_file_stream(file), row_time(trace, row), &built);
        else
            put_pcap_packet(atomic_file_stream(file), row_time(trace, row), &built);
    }
    g_byte_array_unref(built.bytes);
    if (view.rows != trace->rows)
        g_free(view.rows);
    if (n_dropped)
        *n_dropped = dropped;
    return atomic_file_commit(file, error);
}
