/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng: from a stream to blocks of checked length. */
#include "app/trace/pcapng_block.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    FRAME = 12,          /* bytes of a block around its body: type, length, length again */
    MAX_HELD = 16 << 20, /* bytes */
    OPTION_END = 0,
};

void
block_reader_init(BlockReader *reader, FILE *stream)
{
    *reader = (BlockReader){.stream = stream};
}

void
block_reader_clear(BlockReader *reader)
{
    g_clear_pointer(&reader->held, g_free);
}

guint32
block_u32(const BlockReader *reader, Bytes bytes, size_t offset)
{
    guint32 value;

    if (bytes.size < sizeof value || offset > bytes.size - sizeof value)
        return 0;
    memcpy(&value, bytes.data + offset, sizeof value);
    return reader->big_endian ? GUINT32_FROM_BE(value) : GUINT32_FROM_LE(value);
}

guint16
block_u16(const BlockReader *reader, Bytes bytes, size_t offset)
{
    guint16 value;

    if (bytes.size < sizeof value || offset > bytes.size - sizeof value)
        return 0;
    memcpy(&value, bytes.data + offset, sizeof value);
    return reader->big_endian ? GUINT16_FROM_BE(value) : GUINT16_FROM_LE(value);
}

guint64
block_u64(const BlockReader *reader, Bytes bytes, size_t offset)
{
    guint64 first = block_u32(reader, bytes, offset), second = block_u32(reader, bytes, offset + 4);

    return reader->big_endian ? first << 32 | second : second << 32 | first;
}

int
block_next_option(const BlockReader *reader, Bytes *rest, int *code, Bytes *value,
                  const char **fault)
{
    size_t size, padded;

    if (rest->size == 0)
        return 0;
    if (rest->size < 4)
        return block_fail(fault, _("an option runs past its block"));
    *code = block_u16(reader, *rest, 0);
    size = block_u16(reader, *rest, 2);
    padded = (size + 3) / 4 * 4;
    if (padded > rest->size - 4)
        return block_fail(fault, _("an option runs past its block"));
    *value = bytes_first(bytes_from(*rest, 4), size);
    *rest = bytes_from(*rest, 4 + padded);
    return *code != OPTION_END;
}

static bool
block_is_held(guint32 type)
{
    return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_OLD_PACKET ||
           type == BLOCK_SIMPLE_PACKET || type == BLOCK_ENHANCED_PACKET;
}

/* Reads past n bytes; false when there are fewer. */
static bool
step_over(FILE *stream, size_t n)
{
    guint8 unread[4096];

    while (n > 0) {
        size_t part = MIN(n, sizeof unread);

        if (fread(unread, 1, part, stream) != part)
            return false;
        n -= part;
    }
    return true;
}

/* Makes room for n bytes. */
static bool
make_room(BlockReader *reader, size_t n)
{
    guint8 *held;

    n = MAX(n, 4096);
    if (n <= reader->room)
        return true;
    held = g_try_realloc(reader->held, n);
    if (!held)
        return false;
    reader->held = held;
    reader->room = n;
    return true;
}

static const char *
cut_fault(const BlockReader *reader)
{
    return ferror(reader->stream) ? _("the file cannot be read") : _("the file ends in a block");
}

/* Type and length, and of a section its byte order, which both are written in: how many bytes of
 * the block were read; 0 at the end of the file. */
static int
read_frame(BlockReader *reader, guint32 *type, guint32 *size, guint8 order[4], const char **fault)
{
    guint8 frame[8];
    size_t n = fread(frame, 1, sizeof frame, reader->stream);
    int read = sizeof frame;

    if (n == 0 && !ferror(reader->stream))
        return 0;
    if (n < sizeof frame)
        return block_fail(fault, cut_fault(reader));
    *type = block_u32(reader, (Bytes){frame, sizeof frame}, 0);
    if (*type == BLOCK_SECTION) {
        if (fread(order, 1, 4, reader->stream) != 4)
            return block_fail(fault, cut_fault(reader));
        if (memcmp(order, "\x1a\x2b\x3c\x4d", 4) != 0 && memcmp(order, "\x4d\x3c\x2b\x1a", 4) != 0)
            return block_fail(fault, _("the byte order of a section cannot be told"));
        reader->big_endian = order[0] == 0x1a;
        read += 4;
    } else if (reader->next_offset == 0) {
        return block_fail(fault, _("it does not begin with a section"));
    }
    *size = block_u32(reader, (Bytes){frame, sizeof frame}, 4);
    if (*size < (guint32)read + 4 || *size % 4 != 0)
        return block_fail(fault, _("a block has a length that no block has"));
    return read;
}

int
block_reader_next(BlockReader *reader, guint32 *type, Bytes *body, const char **fault)
{
    guint8 order[4] = {0}, again[4];
    guint32 size = 0;
    size_t n_body, n_had;
    int n_read;

    reader->offset = reader->next_offset;
    n_read = read_frame(reader, type, &size, order, fault);
    if (n_read <= 0)
        return n_read;
    n_had = (size_t)n_read - 8;
    n_body = size - FRAME;
    *body = (Bytes){NULL, 0};
    if (block_is_held(*type)) {
        if (size > MAX_HELD || !make_room(reader, n_body))
            return block_fail(fault, _("a block is longer than 16 MiB"));
        memcpy(reader->held, order, n_had);
        if (fread(reader->held + n_had, 1, n_body - n_had, reader->stream) != n_body - n_had)
            return block_fail(fault, cut_fault(reader));
        *body = (Bytes){reader->held, n_body};
    } else if (!step_over(reader->stream, n_body)) {
        return block_fail(fault, cut_fault(reader));
    }
    if (fread(again, 1, sizeof again, reader->stream) != sizeof again)
        return block_fail(fault, cut_fault(reader));
    if (block_u32(reader, (Bytes){again, sizeof again}, 0) != size)
        return block_fail(fault, _("the two lengths of a block differ"));
    reader->next_offset += size;
    return 1;
}
