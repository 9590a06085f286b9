/* SPDX-License-Identifier: Apache-2.0 */
/* .npz: what is written is read again, whole and in parts; archives with one thing wrong, cut ones
 * and ones with flipped bits are answered by a sentence. What NumPy makes of them, and we of
 * NumPy's, is npz_numpy.py's matter. */
#include <string.h>
#include <zlib.h>

#include "app/trace/interchange.h"
#include "app/trace/npy_header.h"
#include "app/trace/provenance.h"
#include "tests/trace/support.h"

static const TraceSides all_sides =
    TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;

typedef struct {
    char *scratch, *path;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->scratch = scratch_new();
    fixture->path = scratch_path(fixture->scratch, "t.npz");
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    g_free(fixture->path);
    scratch_free(fixture->scratch);
}

static void
test_round(Fixture *fixture, gconstpointer data)
{
    static const char *const layouts[] = {"torchlight", "nprint", "nprint:46tui", "nprint:t"};
    const char *odd = "a \"b\"\\ \n\t ü € 𝄞";

    for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++) {
        g_autoptr(Trace) trace = made_trace(layouts[i], 1500, 4);
        g_autoptr(Trace) back = NULL;
        g_autoptr(GError) error = NULL;

        trace->sides = i == 3 ? 0 : all_sides;
        trace->rows[7].frame = 4000000000u;
        trace->rows[8].src = (Address){.family = 0};
        trace->rows[9].time_ns = G_MININT64;
        g_hash_table_insert(trace->provenance, g_strdup("prompt"), g_strdup(odd));
        g_hash_table_insert(trace->skipped, g_strdup("ARP"), GUINT_TO_POINTER(7));
        trace_write_npz(trace, fixture->path, &error);
        g_assert_no_error(error);
        back = trace_read_any(fixture->path, NULL, NULL, &error);
        g_assert_no_error(error);
        assert_same_trits(layouts[i], trace, back);
        g_assert_cmpint(back->sides, ==, trace->sides);
        if (trace->sides)
            assert_same_sides(layouts[i], trace, back, all_sides);
        g_assert_cmpuint(back->rows[7].frame, ==, 4000000000u);
        g_assert_cmpstr(g_hash_table_lookup(back->provenance, "prompt"), ==, odd);
        g_assert_cmpuint(GPOINTER_TO_UINT(g_hash_table_lookup(back->skipped, "ARP")), ==, 7);
    }
}

static void
test_layout(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Trace) trace = made_trace("nprint", 5, 4);
    g_autoptr(Trace) same = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(trace_write_npz(trace, fixture->path, NULL));
    same = trace_read_any(fixture->path, "nprint:iut4", NULL, NULL);
    g_assert_nonnull(same);
    g_assert_null(trace_read_any(fixture->path, "torchlight", NULL, &error));
    assert_error_says(error, "nprint", "torchlight", NULL);
}

/* A zip archive by hand. */
typedef struct {
    GByteArray *file, *directory;
    int n;
} Zip;

static void
put(GByteArray *out, guint64 value, int size)
{
    for (int i = 0; i < size; i++) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append(out, &byte, 1);
    }
}

typedef struct {
    int flags, method;
    guint32 crc_change;
    guint64 size_change, compressed_change, offset_change;
} Fault;

static void
add_stored(Zip *zip, const char *name, const void *data, guint size, const Fault *fault)
{
    guint32 offset = zip->file->len;
    guint32 crc = (guint32)crc32_z(0, data, size) ^ fault->crc_change;

    put(zip->file, 0x04034b50, 4);
    put(zip->file, 20, 2);
    put(zip->file, fault->flags, 2);
    put(zip->file, fault->method, 2);
    put(zip->file, 0, 4);
    put(zip->file, crc, 4);
    put(zip->file, size, 4);
    put(zip->file, size, 4);
    put(zip->file, strlen(name), 2);
    put(zip->file, 0, 2);
    g_byte_array_append(zip->file, (const guint8 *)name, (guint)strlen(name));
    g_byte_array_append(zip->file, data, size);
    put(zip->directory, 0x02014b50, 4);
    put(zip->directory, 20, 2);
    put(zip->directory, 20, 2);
    put(zip->directory, fault->flags, 2);
    put(zip->directory, fault->method, 2);
    put(zip->directory, 0, 4);
    put(zip->directory, crc, 4);
    put(zip->directory, size + fault->compressed_change, 4);
    put(zip->directory, size + fault->size_change, 4);
    put(zip->directory, strlen(name), 2);
    put(zip->directory, 0, 8);
    put(zip->directory, 0, 4);
    put(zip->directory, offset + fault->offset_change, 4);
    g_byte_array_append(zip->directory, (const guint8 *)name, (guint)strlen(name));
    zip->n++;
}

static void
add_array(Zip *zip, const char *name, const char *descr, int n_dimensions, const gint64 *shape,
          const void *items, guint size, const Fault *fault)
{
    g_autoptr(GByteArray) array = g_byte_array_new();
    char header[NPY_HEADER_SIZE];

    npy_header_format(header, descr, n_dimensions, shape);
    g_byte_array_append(array, (const guint8 *)header, sizeof header);
    g_byte_array_append(array, items, size);
    add_stored(zip, name, array->data, array->len, fault);
}

static void
end_zip(Zip *zip, const char *path)
{
    guint32 offset = zip->file->len;

    g_byte_array_append(zip->file, zip->directory->data, zip->directory->len);
    put(zip->file, 0x06054b50, 4);
    put(zip->file, 0, 4);
    put(zip->file, zip->n, 2);
    put(zip->file, zip->n, 2);
    put(zip->file, zip->directory->len, 4);
    put(zip->file, offset, 4);
    put(zip->file, 0, 2);
    put_file(path, (const char *)zip->file->data, zip->file->len);
    g_byte_array_unref(zip->file);
    g_byte_array_unref(zip->directory);
}

static Zip
new_zip(void)
{
    return (Zip){g_byte_array_new(), g_byte_array_new(), 0};
}

static void
add_trits(Zip *zip, const Fault *fault)
{
    static const gint8 trits[3 * 1088] = {1};

    add_array(zip, "trits.npy", "|i1", 2, (gint64[]){3, 1088}, trits, sizeof trits, fault);
}

static void
expect_error(const Fixture *fixture, const char *word)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = trace_read_any(fixture->path, NULL, NULL, &error);

    if (trace)
        g_error("read, but should say “%s”", word);
    assert_error_says(error, fixture->path, word, NULL);
}

static void
test_archives(Fixture *fixture, gconstpointer data)
{
    static const struct {
        Fault fault;
        const char *word;
    } cases[] = {
        {{.flags = 1}, "encrypted"},
        {{.method = 12}, "neither stored nor deflated"},
        {{.method = 8}, "another kind"},
        {{.crc_change = 1}, "checksum"},
        {{.size_change = 1}, "sizes"},
        {{.compressed_change = 1u << 30, .size_change = 1u << 30}, "sizes"},
        {{.compressed_change = 100, .size_change = 100}, "outside"},
        {{.offset_change = 1}, "outside"},
        {{.offset_change = 1u << 30}, "outside"},
        {{.offset_change = 0xffffffff}, "outside"},
    };
    g_autoptr(Trace) trace = NULL;
    Zip zip = new_zip();

    add_trits(&zip, &(Fault){0});
    end_zip(&zip, fixture->path);
    trace = trace_read_any(fixture->path, NULL, NULL, NULL);
    g_assert_cmpint(trace->n_rows, ==, 3);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        zip = new_zip();
        add_trits(&zip, &cases[i].fault);
        end_zip(&zip, fixture->path);
        expect_error(fixture, cases[i].word);
    }
}

static void
test_members(Fixture *fixture, gconstpointer data)
{
    static const gint64 none[1] = {0}, one[1] = {1}, three[1] = {3}, much[1] = {1ll << 61};
    static const guint8 items[64] = {2, 0, 0, 0};
    static const struct {
        const char *name, *descr;
        int n_dimensions;
        const gint64 *shape;
        guint size;
        const char *word;
    } cases[] = {
        {"layout.npy", "<U1", 0, none, 4, "Unknown layout"},
        {"layout.npy", "<i4", 0, none, 4, "no text"},
        {"layout.npy", "<U2", 0, none, 4, "size"},
        {"layout.npy", "|S1", 1, three, 3, "no text"},
        {"time_ns.npy", "<i8", 1, one, 8, "one number or text a row"},
        {"time_ns.npy", "<f8", 1, three, 24, "one number or text a row"},
        {"time_ns.npy", "<i8", 0, none, 8, "one number or text a row"},
        {"time_ns.npy", "<i16", 1, three, 48, "one number or text a row"},
        {"time_ns.npy", "<i8", 1, much, 24, "size"},
        {"time_ns.npy", "<i0", 1, three, 0, "one number or text a row"},
        {"time_ns.npy", "<i8", 1, three, 23, "size"},
        {"time_ns.npy", "|O", 1, three, 24, "neither numbers nor text"},
        {"src.npy", "<i4", 1, three, 12, "one number or text a row"},
        {"src.npy", "<U1", 1, three, 12, "out of its range"},
        {"direction.npy", "|u1", 1, three, 3, "out of its range"},
        {"length.npy", ">i4", 1, three, 12, NULL},
        {"frame.npy", "<u2", 1, three, 6, NULL},
        {"provenance.npy", "|S4", 0, none, 4, "JSON"},
        {"another.npy", "|S4", 0, none, 4, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Zip zip = new_zip();
        g_autoptr(Trace) trace = NULL;

        add_trits(&zip, &(Fault){0});
        add_array(&zip, cases[i].name, cases[i].descr, cases[i].n_dimensions, cases[i].shape, items,
                  cases[i].size, &(Fault){0});
        end_zip(&zip, fixture->path);
        if (cases[i].word) {
            expect_error(fixture, cases[i].word);
            continue;
        }
        trace = trace_read_any(fixture->path, NULL, NULL, NULL);
        g_assert_cmpint(trace->n_rows, ==, 3);
    }
}

static void
test_trits(Fixture *fixture, gconstpointer data)
{
    static const gint8 two[1088] = {2};
    static const struct {
        const char *name, *descr;
        gint64 shape[2];
        const char *word;
    } cases[] = {
        {"trits.npy", "|i1", {1, 1088}, "none of -1, 0 and 1"},
        {"trits.npy", "|u1", {1, 1088}, "int8"},
        {"trits.npy", "<i2", {1, 544}, "int8"},
        {"trits.npy", "|i1", {2, 544}, "width"},
        {"trits.npy", "|i1", {1, 1089}, "size"},
        {"trits.npy", "|i1", {G_MAXINT64 - 1, 1088}, "size"},
    };
    Zip zip = new_zip();

    end_zip(&zip, fixture->path);
    expect_error(fixture, "no array “trits”");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        zip = new_zip();
        add_array(&zip, cases[i].name, cases[i].descr, 2, cases[i].shape, two, sizeof two,
                  &(Fault){0});
        end_zip(&zip, fixture->path);
        expect_error(fixture, cases[i].word);
    }
}

/* Cut anywhere it is an error; with a bit flipped it is an error or reads as a trace. */
static void
test_damage(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 30, 9);
    GRand *random = g_rand_new_with_seed(3);
    g_autofree char *whole = NULL;
    gsize size;

    trace->sides = all_sides;
    g_assert_true(trace_write_npz(trace, fixture->path, NULL));
    g_assert_true(g_file_get_contents(fixture->path, &whole, &size, NULL));
    for (gsize n = 4; n < size; n += n < size - 400 ? 97 : 1) {
        put_file(fixture->path, whole, (gssize)n);
        expect_error(fixture, "no .npz");
    }
    for (int i = 0; i < (is_sanitized() ? 400 : 2000); i++) {
        /* Half of them where the directory is. */
        gsize from = i % 2 ? 0 : size - MIN(size, 600);
        gsize at = from + g_rand_int(random) % (size - from);
        g_autoptr(GError) error = NULL;
        g_autoptr(Trace) read = NULL;

        whole[at] ^= (char)(1 << (i % 8));
        put_file(fixture->path, whole, (gssize)size);
        read = trace_read_any(fixture->path, NULL, NULL, &error);
        g_assert_true((read != NULL) != (error != NULL));
        whole[at] ^= (char)(1 << (i % 8));
    }
    g_rand_free(random);
}

/* No depth of brackets, and nothing but texts, numbers and counts. */
static void
test_json(void)
{
    static const struct {
        const char *json;
        int n; /* keys, -1 for refused */
    } cases[] = {
        {"{}", 0},
        {" { \"a\" : \"b\" , \"c\":-12 } ", 2},
        {"{\"a\": \"\\u00fc\\ud834\\udd1e\\n\\/\"}", 1},
        {"{\"skipped\": {}}", 0},
        {"{\"skipped\": {\"ARP\": 3}, \"a\": \"\"}", 1},
        {"", -1},
        {"[]", -1},
        {"{\"a\"}", -1},
        {"{\"a\": }", -1},
        {"{\"a\": \"b\",}", -1},
        {"{\"a\": \"b\"} x", -1},
        {"{\"a\": {\"b\": 1}}", -1},
        {"{\"a\": [[[[[[[[", -1},
        {"{\"a\": \"\\u0000\"}", -1},
        {"{\"a\": \"\\ud834\"}", -1},
        {"{\"a\": \"\\x\"}", -1},
        {"{\"a\": \"b", -1},
        {"{\"a\": \"b\\", -1},
        {"{\"skipped\": {\"ARP\": -3}}", -1},
        {"{\"skipped\": {\"ARP\": 4294967296}}", -1},
        {"{\"skipped\": 3}", -1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GHashTable) provenance =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_autoptr(GHashTable) skipped =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        bool read = provenance_from_json(cases[i].json, provenance, skipped);

        if (read != (cases[i].n >= 0) || (read && (int)g_hash_table_size(provenance) != cases[i].n))
            g_error("%s", cases[i].json);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/npz/round", Fixture, NULL, set_up, test_round, tear_down);
    g_test_add("/npz/layout", Fixture, NULL, set_up, test_layout, tear_down);
    g_test_add("/npz/archives", Fixture, NULL, set_up, test_archives, tear_down);
    g_test_add("/npz/members", Fixture, NULL, set_up, test_members, tear_down);
    g_test_add("/npz/trits", Fixture, NULL, set_up, test_trits, tear_down);
    g_test_add("/npz/damage", Fixture, NULL, set_up, test_damage, tear_down);
    g_test_add_func("/npz/json", test_json);
    return g_test_run();
}
