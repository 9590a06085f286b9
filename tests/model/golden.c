// SPDX-License-Identifier: Apache-2.0
//
// Golden data in tests.
#include "tests/model/golden.h"

#include <math.h>
#include <string.h>
#include <glib/gstdio.h>

/* Begins what is of set B, which stays outside the repository. */
#define SET_B "B/"

char *
golden_path(const char *relative)
{
    const char *root = g_getenv("TORCHLIGHT_SOURCE_ROOT");
    const char *shared = g_getenv("TORCHLIGHT_SHARED");
    g_autofree char *beside = g_build_filename(root ? root : ".", "..", "shared", NULL);

    if (g_str_has_prefix(relative, SET_B))
        return g_build_filename(shared ? shared : beside, "goldens", relative, NULL);
    return g_build_filename(root ? root : ".", "tests", "goldens", "A", relative, NULL);
}

bool
golden_has_set_b(void)
{
    g_autofree char *path = golden_path(SET_B "goldens");

    return g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* A file of the folder "goldens" of the set that a stem names. */
static char *
goldens_path(const char *stem, const char *suffix)
{
    bool b = g_str_has_prefix(stem, SET_B);
    g_autofree char *name =
        g_strconcat(b ? SET_B : "", "goldens/", b ? stem + strlen(SET_B) : stem, suffix, NULL);

    return golden_path(name);
}

WeightsFile *
golden_open(const char *stem)
{
    g_autofree char *path = goldens_path(stem, ".safetensors");
    g_autoptr(GError) error = NULL;
    WeightsFile *file = weights_open(path, &error);

    g_assert_no_error(error);
    return file;
}

bool
golden_has(const WeightsFile *file, const char *tensor)
{
    return weights_find(file, tensor) != NULL;
}

float *
golden_read(const WeightsFile *file, const char *tensor, int64_t *n)
{
    const WeightsEntry *entry = weights_find(file, tensor);
    float *values;

    if (!entry)
        g_error("%s has no tensor %s", weights_path(file), tensor);
    values = g_new(float, entry->n_elements);
    weights_read_f32(entry, values);
    if (n)
        *n = entry->n_elements;
    return values;
}

double
golden_atol(const char *stem, const char *tensor)
{
    bool b = g_str_has_prefix(stem, SET_B);
    const char *bare = b ? stem + strlen(SET_B) : stem;
    g_autofree char *path = golden_path(b ? SET_B "goldens/INDEX.tsv" : "goldens/INDEX.tsv");
    g_autofree char *text = NULL;
    g_autofree char *prefix = g_strdup_printf("\n%s.safetensors\t%s\t", bare, tensor);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) columns = NULL;
    const char *line;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    line = strstr(text, prefix);
    if (!line)
        g_error("INDEX.tsv has no %s of %s", tensor, stem);
    columns = g_strsplit_set(line + 1, "\t\n", 9);
    return g_ascii_strtod(columns[7], NULL);
}

void
golden_compare_within(const WeightsFile *file, const char *tensor, const float *got, int64_t n,
                      double atol)
{
    int64_t n_expected;
    g_autofree float *expected = golden_read(file, tensor, &n_expected);
    double worst = 0;

    g_assert_cmpint(n, ==, n_expected);
    for (int64_t i = 0; i < n; i++) {
        double difference = fabs((double)got[i] - expected[i]);

        if (!(difference <= atol))
            g_error("%s %s: value %" G_GINT64_FORMAT " is %g, not %g within %g", weights_path(file),
                    tensor, (gint64)i, got[i], expected[i], atol);
        worst = MAX(worst, difference);
    }
    g_test_message("%s: worst %.3g of %.3g", tensor, worst, atol);
}

void
golden_compare(const WeightsFile *file, const char *stem, const char *tensor, const float *got,
               int64_t n)
{
    golden_compare_within(file, tensor, got, n, golden_atol(stem, tensor));
}

char *
golden_scratch_new(void)
{
    g_autoptr(GError) error = NULL;
    char *dir = g_dir_make_tmp("torchlight-test-XXXXXX", &error);

    g_assert_no_error(error);
    return dir;
}

void
golden_scratch_free(char *dir)
{
    g_autoptr(GDir) open = g_dir_open(dir, 0, NULL);
    const char *name;

    while (open && (name = g_dir_read_name(open))) {
        char *path = g_build_filename(dir, name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            golden_scratch_free(path);
        } else {
            g_remove(path);
            g_free(path);
        }
    }
    g_rmdir(dir);
    g_free(dir);
}
