// SPDX-License-Identifier: Apache-2.0
//
// Weights: what is written comes back, every dtype is read, half precision is exact, and no
// damaged file gets past the checks.
#include "compute/weights.h"

#include <math.h>
#include <string.h>
#include <glib/gstdio.h>

#include "tests/model/golden.h"

/* A file in memory: header text and `n_data` zero bytes. */
static GBytes *
make_file(const char *header, size_t n_data)
{
    uint64_t size = strlen(header);
    GByteArray *bytes = g_byte_array_new();
    g_autofree uint8_t *zeros = g_malloc0(n_data + 1);

    g_byte_array_append(bytes, (const uint8_t *)&size, 8);
    g_byte_array_append(bytes, (const uint8_t *)header, size);
    g_byte_array_append(bytes, zeros, n_data);
    return g_byte_array_free_to_bytes(bytes);
}

/* NULL `part`: the file is good. */
static void
expect(const char *header, size_t n_data, const char *part)
{
    g_autoptr(GBytes) bytes = make_file(header, n_data);
    g_autoptr(GError) error = NULL;
    g_autoptr(WeightsFile) file = weights_open_bytes(bytes, "bad.safetensors", &error);

    if (!part) {
        g_assert_no_error(error);
        g_assert_nonnull(file);
        return;
    }
    g_assert_null(file);
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    if (!strstr(error->message, part) || !strstr(error->message, "bad.safetensors"))
        g_error("%s: “%s” does not speak of “%s”", header, error->message, part);
}

#define ENTRY(dtype, shape, offsets)                                                               \
    "{\"a\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}}"

static void
test_hostile_headers(void)
{
    expect(ENTRY("F32", "2,3", "0,24"), 24, NULL);
    expect(ENTRY("F32", "", "0,4"), 4, NULL);
    expect(ENTRY("F32", "0,9223372036854775807", "0,0"), 0, NULL);
    expect("{}", 0, NULL);
    expect("{\"__metadata__\":{\"format\":\"pt\"}}   ", 0, NULL);
    expect(ENTRY("F32", "2,3", "0,24"), 23, "outside the file");
    expect(ENTRY("F32", "2,3", "0,25"), 25, "another size");
    expect(ENTRY("F32", "2,3", "24,0"), 24, "outside the file");
    expect(ENTRY("F32", "2,3", "-24,0"), 24, "data_offsets");
    expect(ENTRY("F32", "2,3", "0"), 24, "data_offsets");
    expect(ENTRY("F32", "2,3", "0,12,24"), 24, "data_offsets");
    expect(ENTRY("F32", "2,3", "0,1e2"), 24, "");
    expect(ENTRY("F32", "2,3", "9223372036854775800,9223372036854775807"), 24, "outside");
    expect(ENTRY("F32", "2,3", "0,99999999999999999999"), 24, "too large");
    expect(ENTRY("F32", "-2,3", "0,24"), 24, "negative");
    expect(ENTRY("F32", "NaN", "0,24"), 24, "whole number");
    expect(ENTRY("F32", "2.0,3", "0,24"), 24, "whole number");
    expect(ENTRY("F32", "4294967296,4294967296,4294967296", "0,24"), 24, "impossibly large");
    expect(ENTRY("F64", "4611686018427387904", "0,24"), 24, "impossibly large");
    expect(ENTRY("F32", "1,1,1,1,1,1,1,1,1", "0,4"), 4, "too many dimensions");
    expect(ENTRY("F12", "2,3", "0,24"), 24, "data type");
    expect("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "missing");
    expect("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
           "twice");
    expect("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
           "\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
           0, "listed twice");
    expect("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "twice");
    expect("{\"__metadata__\":{\"a\":1}}", 0, "string");
    expect("{\"a\":[]}", 0, "object");
    expect("[]", 0, "object");
    expect("{} {}", 0, "follows");
    expect("{\"a\"", 0, "not valid");
    expect("{\"a\\u0000b\":0}", 0, "NUL");
    expect("{\"a\xff\":0}", 0, "UTF-8");
    expect("{\"a\\ud800\":0}", 0, "escape");
    expect("{\"a\n\":0}", 0, "control");
}

static void
test_deep_nesting(void)
{
    g_autofree char *brackets = g_strnfill(1 << 20, '[');
    g_autofree char *header = g_strdup_printf("{\"a\":{\"x\":%s", brackets);

    expect(header, 0, "deeply");
}

static void
test_header_length(void)
{
    static const uint64_t lengths[] = {
        0, 1, 3, 1u << 20, WEIGHTS_MAX_HEADER + 1ull, UINT64_MAX, UINT64_MAX - 7, INT64_MAX};

    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        char text[10] = {0, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(GError) error = NULL;

        memcpy(text, &lengths[i], 8);
        bytes = g_bytes_new(text, sizeof text);
        g_assert_null(weights_open_bytes(bytes, "bad.safetensors", &error));
        g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    }
}

static void
test_no_file(void)
{
    static const char *const paths[] = {"/nowhere/x.safetensors", "/", "/dev/null", "/dev/zero"};
    char *dir = golden_scratch_new();
    g_autofree char *empty = g_build_filename(dir, "empty.safetensors", NULL);

    g_assert_true(g_file_set_contents(empty, "", 0, NULL));
    for (size_t i = 0; i <= G_N_ELEMENTS(paths); i++) {
        const char *path = i < G_N_ELEMENTS(paths) ? paths[i] : empty;
        g_autoptr(GError) error = NULL;

        g_assert_null(weights_open(path, &error));
        g_assert_nonnull(strstr(error->message, path));
    }
    golden_scratch_free(dir);
}

static WeightsFile *
write_and_open(const char *dir, GHashTable *metadata)
{
    static const float values[6] = {0, -1.5f, 65504, 1e-7f, 3.14159274f, -0.1f};
    static const int64_t dims[2] = {2, 3}, none[1] = {0};
    g_autofree char *path = g_build_filename(dir, "w.safetensors", NULL);
    g_autoptr(WeightsWriter) writer = weights_writer_new(path, metadata);
    g_autoptr(GError) error = NULL;
    WeightsFile *file;

    weights_writer_add(writer, "z.half", WEIGHTS_F16, 2, dims, values);
    weights_writer_add(writer, "a.\"quoted\"\\", WEIGHTS_F32, 2, dims, values);
    weights_writer_add(writer, "m.brain", WEIGHTS_BF16, 2, dims, values);
    weights_writer_add(writer, "alpha", WEIGHTS_F32, 0, NULL, values + 4);
    weights_writer_add(writer, "nothing", WEIGHTS_F32, 1, none, NULL);
    g_assert_true(weights_writer_finish(writer, &error));
    g_assert_no_error(error);
    file = weights_open(path, &error);
    g_assert_no_error(error);
    return file;
}

static void
test_round_trip(void)
{
    char *dir = golden_scratch_new();
    g_autoptr(GHashTable) metadata = g_hash_table_new(g_str_hash, g_str_equal);
    float got[6], one;
    static const int64_t wants[2] = {2, -1}, wrong[2] = {3, 2};

    g_hash_table_insert(metadata, (char *)"ss_tag", (char *)"{\"a\": \"line\nbreak\t\"}");
    g_hash_table_insert(metadata, (char *)"format", (char *)"pt");
    {
        g_autoptr(WeightsFile) file = write_and_open(dir, metadata);
        g_autoptr(GError) error = NULL;
        const WeightsEntry *entry;

        g_assert_cmpint(weights_n_entries(file), ==, 5);
        g_assert_cmpstr(weights_entry(file, 0)->name, ==, "a.\"quoted\"\\");
        g_assert_cmpstr(weights_entry(file, 4)->name, ==, "z.half");
        g_assert_cmpstr(weights_metadata(file, "ss_tag"), ==, "{\"a\": \"line\nbreak\t\"}");
        g_assert_cmpuint(g_hash_table_size(weights_metadata_table(file)), ==, 2);
        g_assert_null(weights_metadata(file, "other"));
        entry = weights_require(file, "a.\"quoted\"\\", 2, wants, &error);
        g_assert_nonnull(entry);
        weights_read_f32(entry, got);
        g_assert_cmpfloat(got[4], ==, 3.14159274f);
        weights_read_f32(weights_find(file, "z.half"), got);
        g_assert_cmpfloat(got[2], ==, 65504);
        g_assert_cmpfloat(got[3], ==, 0x1p-23f);
        g_assert_cmpfloat(got[5], ==, -0.0999755859375f);
        weights_read_f32_range(weights_find(file, "m.brain"), 4, 2, got);
        g_assert_cmpfloat(got[0], ==, 3.140625f);
        entry = weights_find(file, "alpha");
        g_assert_cmpint(entry->n_dims, ==, 0);
        weights_read_f32(entry, &one);
        g_assert_cmpfloat(one, ==, 3.14159274f);
        g_assert_cmpint(weights_find(file, "nothing")->n_elements, ==, 0);
        g_assert_null(weights_require(file, "z.half", 2, wrong, &error));
        g_assert_nonnull(strstr(error->message, "2x3"));
        g_clear_error(&error);
        g_assert_null(weights_require(file, "absent", -1, NULL, &error));
        g_assert_nonnull(strstr(error->message, "absent"));
    }
    golden_scratch_free(dir);
}

static void
test_same_bytes(void)
{
    char *dirs[2] = {golden_scratch_new(), golden_scratch_new()};
    char *texts[2];
    size_t sizes[2];

    for (int i = 0; i < 2; i++) {
        g_autofree char *path = g_build_filename(dirs[i], "w.safetensors", NULL);
        g_autoptr(WeightsFile) file = write_and_open(dirs[i], NULL);

        g_assert_true(g_file_get_contents(path, &texts[i], &sizes[i], NULL));
    }
    g_assert_cmpmem(texts[0], sizes[0], texts[1], sizes[1]);
    g_assert_cmpuint(*(const uint8_t *)texts[0] % 8, ==, 0);
    for (int i = 0; i < 2; i++) {
        g_free(texts[i]);
        golden_scratch_free(dirs[i]);
    }
}

static void
test_failed_writes(void)
{
    static const int64_t dims[1] = {1};
    static const float value = 1;
    char *dir = golden_scratch_new();
    g_autofree char *path = g_build_filename(dir, "w.safetensors", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) second = NULL;
    g_autoptr(WeightsWriter) twice = weights_writer_new(path, NULL);
    g_autoptr(WeightsWriter) nowhere = weights_writer_new("/proc/nowhere/w", NULL);

    weights_writer_add(twice, "a", WEIGHTS_F32, 1, dims, &value);
    weights_writer_add(twice, "a", WEIGHTS_F16, 1, dims, &value);
    g_assert_false(weights_writer_finish(twice, &error));
    g_assert_nonnull(strstr(error->message, "“a”"));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_false(weights_writer_finish(nowhere, &second));
    g_assert_nonnull(strstr(second->message, "/proc/nowhere"));
    g_assert_cmpint(g_rmdir(dir), ==, 0); /* nothing was left behind */
    g_free(dir);
}

static void
test_dtypes(void)
{
    static const char header[] =
        "{\"b\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[0,1]},"
        "\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[1,9]},"
        "\"i8\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[9,10]},"
        "\"u8\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[10,11]},"
        "\"i16\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[11,13]},"
        "\"i32\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[13,17]},"
        "\"i64\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[17,25]}}";
    static const struct {
        const char *name;
        float value;
    } expected[] = {{"b", 1},      {"d", 0.1f},     {"i8", -3},     {"u8", 253},
                    {"i16", -300}, {"i32", -70000}, {"i64", -49407}};
    double real = 0.1;
    int16_t i16 = -300;
    int32_t i32 = -70000;
    int64_t i64 = -49407;
    g_autoptr(GBytes) zeros = make_file(header, 25);
    size_t size;
    uint8_t *data = g_memdup2(g_bytes_get_data(zeros, &size), g_bytes_get_size(zeros));
    uint8_t *values = data + g_bytes_get_size(zeros) - 25;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(WeightsFile) file = NULL;

    values[0] = 7;
    memcpy(values + 1, &real, 8);
    values[9] = values[10] = 253;
    memcpy(values + 11, &i16, 2);
    memcpy(values + 13, &i32, 4);
    memcpy(values + 17, &i64, 8);
    bytes = g_bytes_new_take(data, size);
    file = weights_open_bytes(bytes, "dtypes", &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        float value;

        weights_read_f32(weights_find(file, expected[i].name), &value);
        g_assert_cmpfloat(value, ==, expected[i].value);
    }
}

/* Every half is its own image; every midpoint goes to the even neighbour; arrays agree. */
static void
test_half(void)
{
    static const struct {
        float value;
        uint16_t f16, bf16;
    } cases[] = {{0, 0, 0},
                 {-0.0f, 0x8000, 0x8000},
                 {1, 0x3c00, 0x3f80},
                 {65519, 0x7bff, 0x4780},
                 {65520, 0x7c00, 0x4780},
                 {1e30f, 0x7c00, 0x714a},
                 {0x1p-25f, 0, 0x3300},
                 {0x1.8p-25f, 1, 0x3340},
                 {0x1p-24f, 1, 0x3380},
                 {1 + 0x1p-11f, 0x3c00, 0x3f80},
                 {1 + 0x1.8p-10f, 0x3c02, 0x3f80},
                 {1 + 0x1p-8f, 0x3c04, 0x3f80},
                 {1 + 0x1.8p-7f, 0x3c0c, 0x3f82}};
    g_autofree uint16_t *all = g_new(uint16_t, 65536);
    g_autofree float *wide = g_new(float, 65536);
    g_autofree uint16_t *back = g_new(uint16_t, 65536);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmphex(weights_f16_from_f32(cases[i].value), ==, cases[i].f16);
        g_assert_cmphex(weights_bf16_from_f32(cases[i].value), ==, cases[i].bf16);
    }
    for (int i = 0; i < 65536; i++)
        all[i] = i;
    weights_f32_from_f16_n(all, wide, 65536);
    weights_f16_from_f32_n(wide, back, 65536);
    for (int i = 0; i < 65536; i++) {
        float one = weights_f32_from_f16(i);

        if (isnan(one)) {
            g_assert_true(isnan(wide[i]) && isnan(weights_f32_from_f16(back[i])));
            continue;
        }
        g_assert_cmpmem(&one, 4, &wide[i], 4);
        g_assert_cmphex(back[i], ==, i);
        g_assert_cmphex(weights_f16_from_f32(one), ==, i);
    }
    /* Off the grid, too. */
    for (int i = 0; i < 65536; i++)
        wide[i] = ldexpf(sinf(i * 1.7f), i % 48 - 30);
    weights_f16_from_f32_n(wide, back, 65536);
    for (int i = 0; i < 65536; i++)
        g_assert_cmphex(weights_f16_from_f32(wide[i]), ==, back[i]);
}

static void
test_goldens_open(void)
{
    g_autofree char *path = golden_path("model/unet/diffusion_pytorch_model.safetensors");
    g_autoptr(GError) error = NULL;
    g_autoptr(WeightsFile) file = weights_open(path, &error);
    static const int64_t dims[] = {16, 4, 3, 3};

    g_assert_no_error(error);
    g_assert_nonnull(weights_require(file, "conv_in.weight", 4, dims, &error));
}

/* Cut at every 64th byte and with bits turned in the header, a file is refused or safe to read. */
static void
test_damage(void)
{
    g_autofree char *path = golden_path("lora/kohya_r4_a4.safetensors");
    g_autofree char *text = NULL;
    size_t size, header;
    guint32 state = 7;

    g_assert_true(g_file_get_contents(path, &text, &size, NULL));
    memcpy(&header, text, 8);
    for (size_t cut = 0; cut < size; cut += cut < header + 4096 ? 64 : 16384) {
        g_autoptr(GBytes) bytes = g_bytes_new(text, cut);
        g_autoptr(GError) error = NULL;

        g_assert_null(weights_open_bytes(bytes, "cut", &error));
        g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    }
    for (int round = 0; round < 400; round++) {
        g_autofree char *bad = g_memdup2(text, size);
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(WeightsFile) file = NULL;

        state = state * 1664525 + 1013904223;
        bad[state % (header + 8)] ^= 1 << round % 8;
        bytes = g_bytes_new(bad, size);
        file = weights_open_bytes(bytes, "flipped", NULL);
        for (int i = 0; file && i < weights_n_entries(file); i += 37) {
            const WeightsEntry *entry = weights_entry(file, i);
            g_autofree float *values = g_new(float, entry->n_elements + 1);

            weights_read_f32(entry, values);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/weights/hostile-headers", test_hostile_headers);
    g_test_add_func("/weights/deep-nesting", test_deep_nesting);
    g_test_add_func("/weights/header-length", test_header_length);
    g_test_add_func("/weights/no-file", test_no_file);
    g_test_add_func("/weights/round-trip", test_round_trip);
    g_test_add_func("/weights/same-bytes", test_same_bytes);
    g_test_add_func("/weights/failed-writes", test_failed_writes);
    g_test_add_func("/weights/dtypes", test_dtypes);
    g_test_add_func("/weights/half", test_half);
    g_test_add_func("/weights/goldens-open", test_goldens_open);
    g_test_add_func("/weights/damage", test_damage);
    return g_test_run();
}
