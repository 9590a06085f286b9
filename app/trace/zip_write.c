/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a member is a stored block of deflate's, so that it can be written over in place; the
 * blocks of the data follow it. */
#include "app/trace/zip_write.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "app/trace/zip_format.h"

/* Trits compress ten to one at any level; this one is quick. */
enum { LEVEL = 1, BUFFER_SIZE = 1 << 16, BLOCK_HEADER = 5 };

typedef struct {
    char *name;
    uint32_t crc;
    guint64 compressed, size, offset;
} Entry;

struct ZipWriter {
    FILE *stream;
    GArray *entries; /* Entry */
    guint64 offset;  /* bytes written before the member at hand */
    Entry entry;     /* the member at hand */
    size_t head_size;
    z_stream deflate;
    bool open, failed;
};

static void
entry_clear(void *data)
{
    g_free(((Entry *)data)->name);
}

ZipWriter *
zip_writer_new(FILE *stream)
{
    ZipWriter *writer = g_new0(ZipWriter, 1);

    writer->stream = stream;
    writer->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(writer->entries, entry_clear);
    return writer;
}

void
zip_writer_free(ZipWriter *writer)
{
    if (!writer)
        return;
    if (writer->open)
        deflateEnd(&writer->deflate);
    entry_clear(&writer->entry);
    g_array_unref(writer->entries);
    g_free(writer);
}

static void
put(GByteArray *out, guint64 value, int size)
{
    for (int i = 0; i < size; i++) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append(out, &byte, 1);
    }
}

static void
flush_record(ZipWriter *writer, GByteArray *record)
{
    fwrite(record->data, 1, record->len, writer->stream);
}

/* What the local header and the directory have in common: from the version to the name's size. */
static void
put_common(GByteArray *out, const Entry *entry, bool zip64_sizes)
{
    put(out, ZIP_VERSION_64, 2);
    put(out, 0, 2); /* flags */
    put(out, ZIP_DEFLATED, 2);
    put(out, 0, 2);      /* time */
    put(out, 0x0021, 2); /* 1 January 1980, the first day there is */
    put(out, entry->crc, 4);
    put(out, zip64_sizes ? ZIP_IN_64 : entry->compressed, 4);
    put(out, zip64_sizes ? ZIP_IN_64 : entry->size, 4);
    put(out, strlen(entry->name), 2);
}

static void
write_local_header(ZipWriter *writer)
{
    const Entry *entry = &writer->entry;
    g_autoptr(GByteArray) out = g_byte_array_new();

    put(out, ZIP_LOCAL, 4);
    put_common(out, entry, true);
    put(out, 20, 2); /* the extra field */
    g_byte_array_append(out, (const guint8 *)entry->name, (guint)strlen(entry->name));
    put(out, ZIP_EXTRA_64, 2);
    put(out, 16, 2);
    put(out, entry->size, 8);
    put(out, entry->compressed, 8);
    flush_record(writer, out);
}

static size_t
local_header_size(const Entry *entry)
{
    return ZIP_LOCAL_SIZE + strlen(entry->name) + 20;
}

static void
write_head(ZipWriter *writer, const void *head)
{
    guint size = (guint)writer->head_size;
    g_autoptr(GByteArray) out = g_byte_array_new();

    put(out, 0, 1); /* a stored block, not the last */
    put(out, size, 2);
    put(out, ~size, 2);
    g_byte_array_append(out, head, size);
    flush_record(writer, out);
}

void
zip_writer_begin(ZipWriter *writer, const char *name, size_t head_size)
{
    g_autofree uint8_t *nothing = g_malloc0(head_size);

    g_return_if_fail(!writer->open && head_size > 0 && head_size <= G_MAXUINT16);
    entry_clear(&writer->entry);
    writer->entry = (Entry){.name = g_strdup(name), .offset = writer->offset};
    writer->head_size = head_size;
    writer->deflate = (z_stream){.next_in = NULL};
    if (deflateInit2(&writer->deflate, LEVEL, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        writer->failed = true;
        return;
    }
    writer->open = true;
    write_local_header(writer);
    write_head(writer, nothing);
    writer->entry.compressed = BLOCK_HEADER + head_size;
}

static void
run_deflate(ZipWriter *writer, int flush)
{
    uint8_t buffer[BUFFER_SIZE];
    int status;

    do {
        writer->deflate.next_out = buffer;
        writer->deflate.avail_out = sizeof buffer;
        status = deflate(&writer->deflate, flush);
        if (status == Z_STREAM_ERROR)
            writer->failed = true;
        writer->entry.compressed += sizeof buffer - writer->deflate.avail_out;
        fwrite(buffer, 1, sizeof buffer - writer->deflate.avail_out, writer->stream);
    } while (status == Z_OK && writer->deflate.avail_out == 0);
}

void
zip_writer_add(ZipWriter *writer, const void *data, size_t size)
{
    const uint8_t *at = data;

    if (!writer->open)
        return;
    writer->entry.crc = (uint32_t)crc32_z(writer->entry.crc, at, size);
    writer->entry.size += size;
    while (size > 0) {
        uInt part = (uInt)MIN(size, (size_t)1 << 30);

        writer->deflate.next_in = (Bytef *)at;
        writer->deflate.avail_in = part;
        run_deflate(writer, Z_NO_FLUSH);
        at += part;
        size -= part;
    }
}

void
zip_writer_end(ZipWriter *writer, const void *head)
{
    Entry *entry = &writer->entry;
    uint32_t head_crc = (uint32_t)crc32_z(0, head, writer->head_size);

    if (!writer->open)
        return;
    run_deflate(writer, Z_FINISH);
    deflateEnd(&writer->deflate);
    writer->open = false;
    entry->crc = (uint32_t)crc32_combine(head_crc, entry->crc, (z_off_t)entry->size);
    entry->size += writer->head_size;
    writer->offset += local_header_size(entry) + entry->compressed;
    if (fseeko(writer->stream, (off_t)entry->offset, SEEK_SET) != 0)
        writer->failed = true;
    write_local_header(writer);
    write_head(writer, head);
    if (fseeko(writer->stream, (off_t)writer->offset, SEEK_SET) != 0)
        writer->failed = true;
    g_array_append_vals(writer->entries, entry, 1);
    *entry = (Entry){.name = NULL};
}

static void
put_directory_entry(GByteArray *out, const Entry *entry)
{
    bool sizes = entry->size >= ZIP_IN_64 || entry->compressed >= ZIP_IN_64;
    bool offset = entry->offset >= ZIP_IN_64;
    int extra = (sizes ? 16 : 0) + (offset ? 8 : 0);

    put(out, ZIP_ENTRY, 4);
    put(out, ZIP_VERSION_64, 2); /* made by */
    put_common(out, entry, sizes);
    put(out, extra ? extra + 4 : 0, 2);
    put(out, 0, 2 + 2 + 2); /* comment, disk, attributes inside */
    put(out, 0, 4);         /* attributes outside */
    put(out, offset ? ZIP_IN_64 : entry->offset, 4);
    g_byte_array_append(out, (const guint8 *)entry->name, (guint)strlen(entry->name));
    if (!extra)
        return;
    put(out, ZIP_EXTRA_64, 2);
    put(out, extra, 2);
    if (sizes) {
        put(out, entry->size, 8);
        put(out, entry->compressed, 8);
    }
    if (offset)
        put(out, entry->offset, 8);
}

/* The end of a directory of `size` bytes that is too large for the old record, or too far. */
static void
put_end_64(GByteArray *out, guint64 n, guint64 size, guint64 offset)
{
    guint64 here = offset + size;

    put(out, ZIP_END_64, 4);
    put(out, ZIP_END_64_SIZE - 12, 8); /* what follows this */
    put(out, ZIP_VERSION_64, 2);
    put(out, ZIP_VERSION_64, 2);
    put(out, 0, 8); /* disks */
    put(out, n, 8);
    put(out, n, 8);
    put(out, size, 8);
    put(out, offset, 8);
    put(out, ZIP_LOCATOR_64, 4);
    put(out, 0, 4);
    put(out, here, 8);
    put(out, 1, 4);
}

bool
zip_writer_finish(ZipWriter *writer)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    guint64 size, offset = writer->offset;

    g_return_val_if_fail(!writer->open || writer->failed, false);
    for (guint i = 0; i < writer->entries->len; i++)
        put_directory_entry(out, &g_array_index(writer->entries, Entry, i));
    size = out->len;
    if (offset >= ZIP_IN_64)
        put_end_64(out, writer->entries->len, size, offset);
    put(out, ZIP_END, 4);
    put(out, 0, 4); /* disks */
    put(out, writer->entries->len, 2);
    put(out, writer->entries->len, 2);
    put(out, size, 4);
    put(out, MIN(offset, ZIP_IN_64), 4);
    put(out, 0, 2); /* comment */
    flush_record(writer, out);
    return !writer->failed;
}
