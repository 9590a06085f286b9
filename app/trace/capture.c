/* SPDX-License-Identifier: Apache-2.0 */
/* Reading capture files through libpcap. */
#include "app/trace/capture.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <pcap.h>
#include <string.h>

#include "app/trace/capture_filter.h"

struct CaptureReader {
    pcap_t *pcap;
    char *name;            /* for messages */
    CaptureFilter *filter; /* or NULL: every packet */
    int link_type;
    uint32_t frame, n_filtered;
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
capture_open(const char *path, const CaptureReadOptions *options, GError **error)
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
    if (options && options->filter) {
        reader->filter = capture_filter_new(options->filter);
        if (!capture_filter_compile(reader->filter, reader->link_type, reader->pcap, error))
            return NULL;
    }
    return g_steal_pointer(&reader);
}

void
capture_close(CaptureReader *reader)
{
    if (!reader)
        return;
    g_clear_pointer(&reader->pcap, pcap_close);
    capture_filter_free(reader->filter);
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

/* As capture_next, whether the filter passes it or not. */
static int
next_packet(CaptureReader *reader, CapturePacket *packet, GError **error)
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
capture_next(CaptureReader *reader, CapturePacket *packet, GError **error)
{
    int status;

    while ((status = next_packet(reader, packet, error)) == 1) {
        if (!reader->filter || capture_filter_passes(reader->filter, packet))
            break;
        reader->n_filtered++;
    }
    return status;
}

int
capture_link_type(const CaptureReader *reader)
{
    return reader->link_type;
}

char *
capture_link_type_name(int link_type)
{
    const char *name = pcap_datalink_val_to_name(link_type);

    return name ? g_strdup(name) : g_strdup_printf("%d", link_type);
}

uint32_t
capture_n_read(const CaptureReader *reader)
{
    return reader->frame;
}

uint32_t
capture_n_filtered(const CaptureReader *reader)
{
    return reader->n_filtered;
}

const char *
capture_name(const CaptureReader *reader)
{
    return reader->name;
}
