/* SPDX-License-Identifier: Apache-2.0 */
/* The directory at the end of the archive, and its members. */
#include "app/trace/zip_read.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "app/trace/bytes.h"
#include "app/trace/zip_format.h"

enum { MAX_DIRECTORY = 1 << 20, MAX_MEMBERS = 256, BUFFER_SIZE = 1 << 16 };
/* A byte of deflate's makes no more than this many. */
enum { MAX_RATIO = 1032 };

typedef struct {
    char *name;
    int method;
    bool encrypted;
    uint32_t crc;
    guint64 compressed, size, offset; /* offset: of the local header */
} Member;

struct ZipReader {
    FILE *stream;
    char *path;
    guint64 file_size;
    GArray *members; /* Member */
    /* The member at hand. */
    const Member *member;
    z_stream inflate;
    bool inflating, broken;
    guint64 compressed_left, left; /* bytes of the file, of the data */
    uint32_t crc;
    uint8_t *buffer;
};

static guint64
get(Bytes bytes, size_t offset, int size)
{
    guint64 value = 0;

    for (int i = size - 1; i >= 0; i--)
        value = value << 8 | (guint64)(bytes_u8(bytes, offset + i) & 0xff);
    return value;
}

static bool
fail(const ZipReader *reader, const char *what, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is no .npz that can be read (%s): write it again with numpy.savez or "
                  "torchlight encode."),
                reader->path, what);
    return false;
}

static void
member_clear(void *data)
{
    g_free(((Member *)data)->name);
}

/* A part of the file; false when it is not all there. */
static bool
read_at(ZipReader *reader, guint64 offset, void *out, size_t size)
{
    return offset <= reader->file_size && size <= reader->file_size - offset &&
           fseeko(reader->stream, (off_t)offset, SEEK_SET) == 0 &&
           fread(out, 1, size, reader->stream) == size;
}

typedef struct {
    guint64 n, size, offset;
} Directory;

/* The zip64 record that a locator before the end at `end` points to. */
static void
find_directory_64(ZipReader *reader, guint64 end, Directory *directory)
{
    uint8_t locator[ZIP_LOCATOR_64_SIZE], record[ZIP_END_64_SIZE];
    Bytes bytes = {locator, sizeof locator};

    if (end < sizeof locator || !read_at(reader, end - sizeof locator, locator, sizeof locator) ||
        get(bytes, 0, 4) != ZIP_LOCATOR_64 ||
        !read_at(reader, get(bytes, 8, 8), record, sizeof record))
        return;
    bytes = (Bytes){record, sizeof record};
    if (get(bytes, 0, 4) == ZIP_END_64)
        *directory = (Directory){get(bytes, 32, 8), get(bytes, 40, 8), get(bytes, 48, 8)};
}

/* The last record of the archive stands before a comment of at most 65535 bytes. */
static bool
find_directory(ZipReader *reader, Directory *directory)
{
    size_t size = (size_t)MIN(reader->file_size, (guint64)ZIP_END_SIZE + G_MAXUINT16);
    g_autofree uint8_t *tail = g_malloc(MAX(size, 1));
    Bytes bytes = {tail, size};

    if (size < ZIP_END_SIZE || !read_at(reader, reader->file_size - size, tail, size))
        return false;
    for (size_t at = size - ZIP_END_SIZE + 1; at-- > 0;) {
        if (get(bytes, at, 4) != ZIP_END || get(bytes, at + 20, 2) > size - at - ZIP_END_SIZE)
            continue;
        *directory =
            (Directory){get(bytes, at + 10, 2), get(bytes, at + 12, 4), get(bytes, at + 16, 4)};
        if (directory->n == G_MAXUINT16 || directory->size == ZIP_IN_64 ||
            directory->offset == ZIP_IN_64)
            find_directory_64(reader, reader->file_size - size + at, directory);
        return true;
    }
    return false;
}

/* The values that the 32-bit fields leave to the extra field, in their order. */
static bool
apply_extra(Member *member, Bytes extra)
{
    guint64 *const wide[] = {&member->size, &member->compressed, &member->offset};

    while (extra.size >= 4) {
        size_t size = get(extra, 2, 2), at = 4;

        if (size > extra.size - 4)
            return false;
        if (get(extra, 0, 2) != ZIP_EXTRA_64) {
            extra = bytes_from(extra, 4 + size);
            continue;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(wide); i++) {
            if (*wide[i] != ZIP_IN_64)
                continue;
            if (at + 8 > 4 + size)
                return false;
            *wide[i] = get(extra, at, 8);
            at += 8;
        }
        return true;
    }
    return true;
}

/* One entry; its size, 0 when it is not whole. */
static size_t
read_entry(ZipReader *reader, Bytes bytes)
{
    size_t n_name = get(bytes, 28, 2), n_extra = get(bytes, 30, 2), n_comment = get(bytes, 32, 2);
    size_t size = ZIP_ENTRY_SIZE + n_name + n_extra + n_comment;
    Member member;

    if (bytes.size < ZIP_ENTRY_SIZE || size > bytes.size || get(bytes, 0, 4) != ZIP_ENTRY)
        return 0;
    member = (Member){.method = (int)get(bytes, 10, 2),
                      .encrypted = get(bytes, 8, 2) & 1,
                      .crc = (uint32_t)get(bytes, 16, 4),
                      .compressed = get(bytes, 20, 4),
                      .size = get(bytes, 24, 4),
                      .offset = get(bytes, 42, 4)};
    if (!apply_extra(&member, bytes_first(bytes_from(bytes, ZIP_ENTRY_SIZE + n_name), n_extra)))
        return 0;
    member.name = g_strndup((const char *)bytes.data + ZIP_ENTRY_SIZE, n_name);
    g_array_append_val(reader->members, member);
    return size;
}

static bool
read_directory(ZipReader *reader, GError **error)
{
    Directory directory = {0};
    g_autofree uint8_t *data = NULL;
    Bytes bytes;

    if (!find_directory(reader, &directory))
        return fail(reader, _("it is cut, or no zip archive"), error);
    if (directory.n > MAX_MEMBERS || directory.size > MAX_DIRECTORY)
        return fail(reader, _("it has too many members"), error);
    data = g_malloc(MAX(directory.size, 1));
    if (!read_at(reader, directory.offset, data, (size_t)directory.size))
        return fail(reader, _("its directory lies outside the file"), error);
    bytes = (Bytes){data, (size_t)directory.size};
    for (guint64 i = 0; i < directory.n; i++) {
        size_t size = read_entry(reader, bytes);

        if (size == 0)
            return fail(reader, _("its directory is damaged"), error);
        bytes = bytes_from(bytes, size);
    }
    return true;
}

ZipReader *
zip_reader_open(const char *path, GError **error)
{
    bool folder = g_file_test(path, G_FILE_TEST_IS_DIR);
    FILE *stream = folder ? NULL : fopen(path, "rbe");
    int code = folder ? EISDIR : errno;
    g_autoptr(ZipReader) reader = NULL;
    off_t end;

    if (!stream) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot read “%s”: %s; check its name and permissions."), path,
                    g_strerror(code));
        return NULL;
    }
    reader = g_new0(ZipReader, 1);
    reader->stream = stream;
    reader->path = g_strdup(path);
    reader->buffer = g_malloc(BUFFER_SIZE);
    reader->members = g_array_new(FALSE, FALSE, sizeof(Member));
    g_array_set_clear_func(reader->members, member_clear);
    end = fseeko(stream, 0, SEEK_END) == 0 ? ftello(stream) : -1;
    reader->file_size = end > 0 ? (guint64)end : 0;
    return read_directory(reader, error) ? g_steal_pointer(&reader) : NULL;
}

static void
leave_member(ZipReader *reader)
{
    if (reader->inflating)
        inflateEnd(&reader->inflate);
    reader->inflating = false;
    reader->member = NULL;
}

void
zip_reader_close(ZipReader *reader)
{
    if (!reader)
        return;
    leave_member(reader);
    fclose(reader->stream);
    g_array_unref(reader->members);
    g_free(reader->buffer);
    g_free(reader->path);
    g_free(reader);
}

int
zip_reader_n(const ZipReader *reader)
{
    return (int)reader->members->len;
}

const char *
zip_reader_name(const ZipReader *reader, int i)
{
    return g_array_index(reader->members, Member, i).name;
}

int
zip_reader_find(const ZipReader *reader, const char *name)
{
    for (int i = 0; i < zip_reader_n(reader); i++) {
        if (strcmp(zip_reader_name(reader, i), name) == 0)
            return i;
    }
    return -1;
}

static bool
check_member(const ZipReader *reader, const Member *member, GError **error)
{
    if (member->encrypted)
        return fail(reader, _("a member is encrypted"), error);
    if (member->method != ZIP_STORED && member->method != ZIP_DEFLATED)
        return fail(reader, _("a member is neither stored nor deflated"), error);
    if (member->compressed > reader->file_size ||
        (member->method == ZIP_STORED ? member->size != member->compressed
                                      : member->size / MAX_RATIO > member->compressed))
        return fail(reader, _("the sizes of a member are impossible"), error);
    return true;
}

bool
zip_reader_begin(ZipReader *reader, int i, GError **error)
{
    const Member *member = &g_array_index(reader->members, Member, i);
    uint8_t header[ZIP_LOCAL_SIZE];
    Bytes bytes = {header, sizeof header};
    guint64 skip;

    leave_member(reader);
    if (!check_member(reader, member, error))
        return false;
    if (!read_at(reader, member->offset, header, sizeof header) || get(bytes, 0, 4) != ZIP_LOCAL)
        return fail(reader, _("a member lies outside the file"), error);
    skip = ZIP_LOCAL_SIZE + get(bytes, 26, 2) + get(bytes, 28, 2);
    if (member->compressed > reader->file_size - member->offset ||
        skip > reader->file_size - member->offset - member->compressed ||
        fseeko(reader->stream, (off_t)(member->offset + skip), SEEK_SET) != 0)
        return fail(reader, _("a member lies outside the file"), error);
    reader->member = member;
    reader->compressed_left = member->compressed;
    reader->left = member->size;
    reader->crc = 0;
    reader->broken = false;
    if (member->method == ZIP_STORED)
        return true;
    reader->inflate = (z_stream){.next_in = NULL};
    reader->inflating = inflateInit2(&reader->inflate, -MAX_WBITS) == Z_OK;
    reader->broken = !reader->inflating;
    return true;
}

guint64
zip_reader_left(const ZipReader *reader)
{
    return reader->left;
}

/* Takes the next bytes of the file into the inflater, if it has none. */
static bool
refill(ZipReader *reader)
{
    size_t n = (size_t)MIN(reader->compressed_left, (guint64)BUFFER_SIZE);

    if (reader->inflate.avail_in > 0)
        return true;
    if (n == 0 || fread(reader->buffer, 1, n, reader->stream) != n)
        return false;
    reader->compressed_left -= n;
    reader->inflate.next_in = reader->buffer;
    reader->inflate.avail_in = (uInt)n;
    return true;
}

static bool
inflate_some(ZipReader *reader, uint8_t *out, size_t n)
{
    while (n > 0) {
        uInt part = (uInt)MIN(n, (size_t)1 << 30);
        int status;

        /* What is left in the inflater may make bytes without more of the file. */
        bool more = refill(reader);
        reader->inflate.next_out = out;
        reader->inflate.avail_out = part;
        status = inflate(&reader->inflate, Z_NO_FLUSH);
        part -= reader->inflate.avail_out;
        if (part == 0 && (!more || status != Z_OK))
            return false;
        out += part;
        n -= part;
    }
    return true;
}

bool
zip_reader_read(ZipReader *reader, void *out, size_t n)
{
    if (!reader->member || reader->broken || n > reader->left) {
        reader->broken = true;
        return false;
    }
    if (reader->inflating)
        reader->broken = !inflate_some(reader, out, n);
    else
        reader->broken = fread(out, 1, n, reader->stream) != n;
    if (reader->broken)
        return false;
    reader->left -= n;
    reader->crc = (uint32_t)crc32_z(reader->crc, out, n);
    return true;
}

bool
zip_reader_end(ZipReader *reader, GError **error)
{
    bool whole = reader->member && !reader->broken && reader->left == 0;
    bool same = whole && reader->crc == reader->member->crc;

    leave_member(reader);
    if (!whole)
        return fail(reader, _("a member is cut or damaged"), error);
    return same || fail(reader, _("the checksum of a member does not hold"), error);
}
