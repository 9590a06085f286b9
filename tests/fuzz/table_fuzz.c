/* SPDX-License-Identifier: Apache-2.0 */
/* Files of any kind told by their content, and .npy. The first byte of an input chooses: even, the
 * rest is the file; odd, the file is an .npy whose dictionary is the rest and whose rows, as many
 * as the second byte says, are drawn. What is read and written again reads back equal. */
#include <string.h>

#include "app/trace/interchange.h"
#include "app/trace/random.h"
#include "tests/fuzz/support.h"
#include "tests/trace/support.h"

enum { N_CELLS = 1088, MAX_DICTIONARY = 1000 };

static void
append_npy(GByteArray *file, FuzzInput input)
{
    guint8 version = fuzz_u8(&input) % 4, n_rows = fuzz_u8(&input), seed = fuzz_u8(&input);
    guint16 size = (guint16)MIN(input.size, MAX_DICTIONARY);
    guint8 length[4] = {(guint8)size, (guint8)(size >> 8), 0, 0};
    Random random = random_seeded(seed);

    g_byte_array_append(file, (const guint8 *)"\x93NUMPY", 6);
    g_byte_array_append(file, (const guint8[]){version, 0}, 2);
    g_byte_array_append(file, length, version == 1 ? 2 : 4);
    g_byte_array_append(file, input.data, size);
    for (int i = 0; i < n_rows * N_CELLS; i++)
        g_byte_array_append(file, (const guint8[]){(guint8)(random_below(&random, 3) - 1)}, 1);
    if (seed % 16 == 15)
        g_byte_array_append(file, &seed, 1);
}

static void
check_again(const Trace *trace)
{
    char *folder = scratch_new();
    g_autofree char *path = scratch_path(folder, "again.npy");
    g_autoptr(Trace) again = NULL;

    g_assert_true(trace_write_npy(trace, path, NULL));
    again = trace_read_npy(path, trace->layout, NULL);
    g_assert_nonnull(again);
    assert_same_trits("again", trace, again);
    scratch_free(folder);
}

static void
check_file(const char *path, const char *layout_name)
{
    g_autofree char *warning = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = trace_read_any(path, layout_name, &warning, &error);

    fuzz_check_sentence(warning, path);
    if (!fuzz_is_read(trace, error, path))
        return;
    for (size_t i = 0; i < (size_t)trace->n_rows * trace->layout->n_columns; i++)
        g_assert_true(trace->trits[i] >= -1 && trace->trits[i] <= 1);
    check_again(trace);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, size};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    FuzzFile file;

    if (fuzz_u8(&input) % 2 == 0)
        g_byte_array_append(bytes, input.data, (guint)input.size);
    else
        append_npy(bytes, input);
    fuzz_file_init(&file, bytes->data, bytes->len);
    check_file(file.path, NULL);
    check_file(file.path, layout_nth(size % 2)->name);
    fuzz_file_clear(&file);
    return 0;
}
