/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer over every reader of traces, the kind told by content as for a user's file. What is
 * read is written as packets, and each packet must read back as the row it came from.
 *   CC=clang meson setup build-fuzz -Dfuzz=true -Dworkbench=false
 *   ninja -C build-fuzz tests/trace/trace_fuzz
 *   build-fuzz/tests/trace/trace_fuzz -max_len=8192 CORPUS_FOLDER */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/trace/capture.h"
#include "app/trace/codec.h"
#include "app/trace/interchange.h"

enum { LINK_TYPE_ETHERNET = 1, MAX_ROWS = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_rows(const Trace *trace)
{
    const WritePolicy policy = {.payload = PAYLOAD_RANDOM, .seed = 1};
    BuiltPacket built = {.bytes = g_byte_array_new()};
    g_autofree int8_t *trits = g_malloc(trace->layout->n_columns);
    Codec codec;

    codec_init(&codec, trace->layout);
    for (int row = 0; row < MIN(trace->n_rows, MAX_ROWS); row++) {
        SkipReason reason;
        Packet packet;

        if (!packet_build(&codec, trace, row, &policy, &built))
            continue;
        g_assert(built.bytes->len <= built.wire_length);
        g_assert(packet_parse(&packet, LINK_TYPE_ETHERNET,
                              (Bytes){built.bytes->data, built.bytes->len}, built.wire_length,
                              &reason));
        g_assert(codec_encode(&codec, &packet, trits, &reason));
        g_assert(memcmp(trits, trace_row(trace, row), trace->layout->n_columns) == 0);
    }
    g_byte_array_unref(built.bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = size ? memfd_create("input", 0) : -1;
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);

    if (size == 0)
        return 0;
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        g_error("no memory for an input");
    for (int n = 0; layout_nth(n); n++) {
        g_autofree char *warning = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(Trace) trace = trace_read_any(path, layout_nth(n)->name, &warning, &error);

        g_assert((trace != NULL) != (error != NULL));
        if (!trace)
            continue;
        check_rows(trace);
        /* From a capture every row is a packet: none may be lost. */
        if (data[0] != 0x89 && g_hash_table_contains(trace->provenance, "link_type") &&
            trace->n_rows < MAX_ROWS) {
            int dropped = -1;
            trace_write_capture(trace, "/dev/shm/torchlight-trace-fuzz.pcap", NULL, &dropped, NULL);
            g_assert(dropped <= 0);
        }
    }
    close(fd);
    return 0;
}
