/* SPDX-License-Identifier: Apache-2.0 */
/* Reading capture files: pcap through libpcap, pcapng by blocks of our own. */
#include "app/trace/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <pcap.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/trace/capture_filter.h"
#include "app/trace/pcapng.h"

enum { BUFFER_SIZE = 1 << 18 }; /* bytes read at a time */
enum {
    FILE_HEADER = 24, /* bytes, of a pcap */
    RECORD_HEADER = 16,
    RECORD_HEADER_PATCHED = 24, /* Kuznetzov's, told by its magic */
};

struct CaptureReader {
    /* One of the two reads it. */
    pcap_t *pcap;   /* which owns the stream then */
    Pcapng *pcapng; /* whose stream is ours */
    FILE *stream;
    char *buffer;          /* of the stream */
    char *name;            /* for messages */
    CaptureFilter *filter; /* or NULL: every packet */
    uint32_t n_read, n_filtered;
    int link_type;       /* of a pcap */
    int record_header;   /* bytes before a packet of a pcap */
    guint64 offset;      /* of the next record of a pcap */
    CapturePacket ahead; /* of a pcapng, while is_ahead: the next packet */
    bool is_ahead;
};

/* path "-" is standard input, of which we take a descriptor of our own. */
static FILE *
open_stream(const char *path, GError **error)
{
    bool standard_input = strcmp(path, "-") == 0;
    FILE *stream;
    int code;

    if (!standard_input && g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_ISDIR,
                    _("Cannot read “%s”: it is a folder; give a capture file."), path);
        return NULL;
    }
    if (standard_input) {
        int descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

        stream = descriptor < 0 ? NULL : fdopen(descriptor, "rb");
    } else {
        stream = fopen(path, "rbe");
    }
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

/* The first bytes, which stay to be read: how many. A pipe cannot be rewound; the C library keeps
 * room for some bytes given back, ours and musl's for more than four. */
static int
peek(FILE *stream, guint8 start[4])
{
    int n = (int)fread(start, 1, 4, stream);

    for (int i = n; i > 0; i--)
        ungetc(start[i - 1], stream);
    return n;
}

static bool
open_pcap(CaptureReader *reader, const guint8 start[4], GError **error)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    bool patched =
        memcmp(start, "\x34\xcd\xb2\xa1", 4) == 0 || memcmp(start, "\xa1\xb2\xcd\x34", 4) == 0;

    reader->pcap = pcap_fopen_offline_with_tstamp_precision(reader->stream,
                                                            PCAP_TSTAMP_PRECISION_NANO, message);
    if (!reader->pcap) {
        set_capture_error(error, reader->name, message);
        return false;
    }
    reader->link_type = pcap_datalink(reader->pcap);
    reader->record_header = patched ? RECORD_HEADER_PATCHED : RECORD_HEADER;
    reader->offset = FILE_HEADER;
    return true;
}

/* Up to the first packet, so that its interfaces are known. */
static bool
open_pcapng(CaptureReader *reader, GError **error)
{
    const char *fault = NULL;
    int status;

    reader->pcapng = pcapng_new(reader->stream);
    status = pcapng_next(reader->pcapng, &reader->ahead, &fault);
    if (status < 0)
        set_capture_error(error, reader->name, fault);
    reader->is_ahead = status == 1;
    return status >= 0;
}

/* A filter may mean nothing on some interfaces, but must on one. */
static bool
open_filter(CaptureReader *reader, const char *expression, GError **error)
{
    g_autoptr(GError) fault = NULL;
    int n;
    const int *link_types = capture_link_types(reader, &n);

    reader->filter = capture_filter_new(expression);
    for (int i = 0; i < n; i++) {
        if (capture_filter_compile(reader->filter, link_types[i], reader->pcap,
                                   fault ? NULL : &fault))
            return true;
    }
    if (n == 0)
        return capture_filter_compile(reader->filter, DLT_EN10MB, NULL, error);
    g_propagate_error(error, g_steal_pointer(&fault));
    return false;
}

CaptureReader *
capture_open(const char *path, const CaptureReadOptions *options, GError **error)
{
    g_autoptr(CaptureReader) reader = g_new0(CaptureReader, 1);
    guint8 start[4] = {0};
    bool opened;

    g_return_val_if_fail(path, NULL);
    reader->name = g_strdup(strcmp(path, "-") == 0 ? _("standard input") : path);
    reader->stream = open_stream(path, error);
    if (!reader->stream)
        return NULL;
    reader->buffer = g_malloc(BUFFER_SIZE);
    setvbuf(reader->stream, reader->buffer, _IOFBF, BUFFER_SIZE);
    opened = peek(reader->stream, start) == 4 && memcmp(start, "\x0a\x0d\x0d\x0a", 4) == 0
                 ? open_pcapng(reader, error)
                 : open_pcap(reader, start, error);
    if (!opened || (options && options->filter && !open_filter(reader, options->filter, error)))
        return NULL;
    return g_steal_pointer(&reader);
}

void
capture_close(CaptureReader *reader)
{
    if (!reader)
        return;
    pcapng_free(reader->pcapng);
    if (reader->pcap)
        pcap_close(reader->pcap);
    else if (reader->stream)
        fclose(reader->stream);
    capture_filter_free(reader->filter);
    g_free(reader->buffer);
    g_free(reader->name);
    g_free(reader);
}

double
capture_fraction(const CaptureReader *reader)
{
    struct stat info;
    off_t at = ftello(reader->stream);

    if (at < 0 || fstat(fileno(reader->stream), &info) != 0 || info.st_size <= 0)
        return 0;
    return MIN((double)at / (double)info.st_size, 1);
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

static int
set_damage(const CaptureReader *reader, guint64 offset, const char *reason, GError **error)
{
    g_autofree char *printable = g_utf8_make_valid(reason, -1);

    if (reader->n_read == 0)
        set_capture_error(error, reader->name, printable);
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is damaged after packet %u, at byte %llu (%s): only what stands before "
                      "can be used."),
                    reader->name, reader->n_read, (unsigned long long)offset, printable);
    return -1;
}

/* libpcap does not say where it is, and drops bytes past the snaplen. */
static void
move_on(CaptureReader *reader, uint32_t captured)
{
    off_t here;

    reader->offset += (guint64)reader->record_header + captured;
    if (captured == (uint32_t)pcap_snapshot(reader->pcap) && (here = ftello(reader->stream)) > 0)
        reader->offset = (guint64)here;
}

static int
next_of_pcap(CaptureReader *reader, CapturePacket *packet, GError **error)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    int status = pcap_next_ex(reader->pcap, &header, &data);

    if (status == PCAP_ERROR_BREAK)
        return 0;
    if (status != 1)
        return set_damage(reader, reader->offset, pcap_geterr(reader->pcap), error);
    move_on(reader, header->caplen);
    reader->n_read++;
    *packet = (CapturePacket){.time_ns = packet_time_ns(header),
                              .data = data,
                              .captured = header->caplen,
                              .length = MAX(header->len, header->caplen),
                              .link_type = reader->link_type,
                              .frame = reader->n_read};
    return 1;
}

static int
next_of_pcapng(CaptureReader *reader, CapturePacket *packet, GError **error)
{
    const char *fault = NULL;
    int status = 1;

    if (reader->is_ahead)
        *packet = reader->ahead;
    else
        status = pcapng_next(reader->pcapng, packet, &fault);
    reader->is_ahead = false;
    if (status < 0)
        return set_damage(reader, pcapng_offset(reader->pcapng), fault, error);
    reader->n_read += (uint32_t)status;
    return status;
}

int
capture_next(CaptureReader *reader, CapturePacket *packet, GError **error)
{
    int status;

    while ((status = reader->pcap ? next_of_pcap(reader, packet, error)
                                  : next_of_pcapng(reader, packet, error)) == 1) {
        if (!reader->filter || capture_filter_passes(reader->filter, packet))
            break;
        reader->n_filtered++;
    }
    return status;
}

const int *
capture_link_types(const CaptureReader *reader, int *n)
{
    if (reader->pcapng)
        return pcapng_link_types(reader->pcapng, n);
    *n = 1;
    return &reader->link_type;
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
    return reader->n_read;
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
