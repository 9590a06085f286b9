/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy .npz: a zip archive of arrays. The first byte of an input chooses: even, the rest is the
 * file; odd, the file is built, member by member, with sizes and checksums that are right, and the
 * last choices write over some of its bytes. What is read and written again reads back equal. */
#include <string.h>
#include <zlib.h>

#include "app/trace/interchange.h"
#include "app/trace/random.h"
#include "tests/fuzz/support.h"
#include "tests/trace/support.h"

enum { MAX_MEMBERS = 10, MAX_ROWS = 16, MAX_EDITS = 8 };

typedef struct {
    GByteArray *archive, *directory;
    int n;
} Zip;

/* A member as the layout wants it. */
typedef struct {
    const char *name, *descr;
    int item_size;
    bool is_single; /* shape () */
} Kind;

static const Kind kinds[] = {
    {"trits.npy", "|i1", 1088, false}, {"layout.npy", "<U10", 40, true},
    {"time_ns.npy", "<i8", 8, false},  {"src.npy", "<U39", 156, false},
    {"dst.npy", "<U39", 156, false},   {"frame.npy", "<u4", 4, false},
    {"length.npy", "<u4", 4, false},   {"direction.npy", "|u1", 1, false},
    {"provenance.npy", "<U", 0, true}, {"other.npy", "|i1", 1, false},
};

static void
put(GByteArray *out, guint64 value, int size)
{
    for (int i = 0; i < size; i++)
        g_byte_array_append(out, (const guint8[]){(guint8)(value >> 8 * i)}, 1);
}

static GByteArray *
deflated(const GByteArray *data)
{
    GByteArray *out = g_byte_array_new();
    z_stream stream = {0};

    deflateInit2(&stream, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    g_byte_array_set_size(out, (guint)deflateBound(&stream, data->len));
    stream.next_in = data->data;
    stream.avail_in = data->len;
    stream.next_out = out->data;
    stream.avail_out = out->len;
    deflate(&stream, Z_FINISH);
    g_byte_array_set_size(out, (guint)stream.total_out);
    deflateEnd(&stream);
    return out;
}

static void
zip_add(Zip *zip, const char *name, const GByteArray *data, bool is_deflated)
{
    g_autoptr(GByteArray) packed = is_deflated ? deflated(data) : NULL;
    guint32 crc = (guint32)crc32(0, data->data, data->len), n_name = (guint32)strlen(name);
    const GByteArray *stored = packed ? packed : data;
    guint offset = zip->archive->len;

    put(zip->archive, 0x04034b50, 4);
    put(zip->archive, (is_deflated ? 8 : 0) << 16, 6);
    put(zip->archive, 0, 4);
    put(zip->archive, crc, 4);
    put(zip->archive, stored->len, 4);
    put(zip->archive, data->len, 4);
    put(zip->archive, n_name, 4);
    g_byte_array_append(zip->archive, (const guint8 *)name, n_name);
    g_byte_array_append(zip->archive, stored->data, stored->len);
    put(zip->directory, 0x02014b50, 4);
    put(zip->directory, 0, 4);
    put(zip->directory, (is_deflated ? 8 : 0) << 16, 4);
    put(zip->directory, 0, 4);
    g_byte_array_append(zip->directory, zip->archive->data + offset + 14, 14);
    put(zip->directory, 0, 8);
    put(zip->directory, 0, 4);
    put(zip->directory, offset, 4);
    g_byte_array_append(zip->directory, (const guint8 *)name, n_name);
    zip->n++;
}

static void
zip_finish(Zip *zip)
{
    guint offset = zip->archive->len;

    g_byte_array_append(zip->archive, zip->directory->data, zip->directory->len);
    put(zip->archive, 0x06054b50, 8);
    put(zip->archive, (guint64)zip->n, 2);
    put(zip->archive, (guint64)zip->n, 2);
    put(zip->archive, zip->directory->len, 4);
    put(zip->archive, offset, 4);
    put(zip->archive, 0, 2);
}

/* Up to a byte 0. */
static GString *
take_text(FuzzInput *input)
{
    GString *text = g_string_new(NULL);
    uint8_t byte;

    while (input->size > 0 && (byte = fuzz_u8(input)) != 0)
        g_string_append_c(text, (char)byte);
    return text;
}

static void
append_header(GByteArray *member, const char *dictionary)
{
    size_t size = MIN(strlen(dictionary), G_MAXUINT16);

    g_byte_array_append(member, (const guint8 *)"\x93NUMPY\1\0", 8);
    put(member, size, 2);
    g_byte_array_append(member, (const guint8 *)dictionary, (guint)size);
}

/* Texts come from the input, four bytes a character; numbers are drawn. */
static void
append_items(GByteArray *member, const Kind *kind, int n, FuzzInput *input, uint8_t seed)
{
    Random random = random_seeded(seed);
    bool is_text = kind->descr[1] == 'U';

    for (int i = 0; i < n; i++) {
        GString *text = is_text ? take_text(input) : NULL;
        int size = is_text && kind->item_size == 0 ? (int)text->len * 4 : kind->item_size;

        for (int at = 0; at < size; at++) {
            guint8 byte =
                is_text && at % 4 == 0 && at / 4 < (int)text->len ? (guint8)text->str[at / 4] : 0;
            if (!is_text)
                byte = kind == &kinds[0] ? (guint8)(random_below(&random, 3) - 1)
                                         : (guint8)(random_next(&random) >> (seed % 64));
            g_byte_array_append(member, &byte, 1);
        }
        if (text)
            g_string_free(text, TRUE);
    }
}

static void
add_member(Zip *zip, FuzzInput *input, int n_rows)
{
    const Kind *kind = &kinds[fuzz_u8(input) % G_N_ELEMENTS(kinds)];
    uint8_t choice = fuzz_u8(input), seed = fuzz_u8(input);
    g_autoptr(GByteArray) items = g_byte_array_new();
    g_autoptr(GByteArray) member = g_byte_array_new();
    g_autofree char *shape = kind->is_single         ? g_strdup("()")
                             : kind->item_size > 156 ? g_strdup_printf("(%d, 1088)", n_rows)
                                                     : g_strdup_printf("(%d,)", n_rows);
    g_autofree char *dictionary = NULL;

    append_items(items, kind, kind->is_single ? 1 : n_rows + (choice >> 3 == 31), input, seed);
    if (choice % 8 == 7) {
        dictionary = g_string_free(take_text(input), FALSE);
    } else if (kind->item_size == 0) {
        dictionary = g_strdup_printf("{'descr': '<U%u', 'fortran_order': False, 'shape': ()}",
                                     items->len / 4);
    } else {
        dictionary = g_strdup_printf("{'descr': '%s', 'fortran_order': False, 'shape': %s}",
                                     kind->descr, shape);
    }
    append_header(member, dictionary);
    g_byte_array_append(member, items->data, items->len);
    zip_add(zip, kind->name, member, choice & 1);
}

static GByteArray *
build(FuzzInput *input)
{
    uint8_t n_members = fuzz_u8(input) % MAX_MEMBERS, n_edits = fuzz_u8(input) % MAX_EDITS;
    uint8_t n_rows = fuzz_u8(input) % MAX_ROWS;
    Zip zip = {g_byte_array_new(), g_byte_array_new(), 0};

    for (int i = 0; i < n_members; i++)
        add_member(&zip, input, n_rows);
    zip_finish(&zip);
    for (int i = 0; i < n_edits; i++) {
        guint32 at = fuzz_u32(input) % zip.archive->len;
        zip.archive->data[zip.archive->len - 1 - at] = fuzz_u8(input);
    }
    g_byte_array_unref(zip.directory);
    return zip.archive;
}

static void
check_again(const Trace *trace)
{
    char *folder = scratch_new();
    g_autofree char *first = scratch_path(folder, "first.npz");
    g_autofree char *second = scratch_path(folder, "second.npz");
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) again = NULL;

    g_assert_true(trace_write_npz(trace, first, &error));
    again = trace_read_npz(first, NULL, &error);
    g_assert_no_error(error);
    assert_same_trits("again", trace, again);
    assert_same_sides("again", trace, again, trace->sides);
    for (int row = 0; row < trace->n_rows; row++)
        g_assert_cmpuint(trace->rows[row].frame, ==, again->rows[row].frame);
    fuzz_check_same_counts(trace->skipped, again->skipped);
    g_assert_true(trace_write_npz(again, second, &error));
    fuzz_check_same_files(first, second);
    scratch_free(folder);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, size};
    bool is_built = fuzz_u8(&input) & 1;
    g_autoptr(GByteArray) bytes = is_built ? build(&input) : g_byte_array_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = NULL;
    FuzzFile file;

    if (!is_built)
        g_byte_array_append(bytes, input.data, (guint)input.size);
    fuzz_file_init(&file, bytes->data, bytes->len);
    trace = trace_read_npz(file.path, size % 4 == 1 ? layout_nth(1) : NULL, &error);
    if (fuzz_is_read(trace, error, file.path))
        check_again(trace);
    fuzz_file_clear(&file);
    return 0;
}
