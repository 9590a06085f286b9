/* SPDX-License-Identifier: Apache-2.0 */
/* The file of what the tuner measured: kept, and ignored where it is damaged or another's. */
#include "compute/vulkan/tune_cache.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    char *dir, *path;
} Fixture;

static void
set_up(Fixture *f, const void *data)
{
    f->dir = g_dir_make_tmp("torchlight-tune-XXXXXX", NULL);
    f->path = g_build_filename(f->dir, "deeper", "tuning.txt", NULL);
    g_autoptr(GHashTable) choices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(choices, g_strdup("matmul 64x64x64 f32"), g_strdup("vec 128x128"));
    g_hash_table_insert(choices, g_strdup("conv2d 3x3"), g_strdup("64x64"));
    g_assert_true(tune_cache_write(choices, f->path, "device driver shaders"));
}

static void
tear_down(Fixture *f, const void *data)
{
    g_autofree char *folder = g_path_get_dirname(f->path);
    g_unlink(f->path);
    g_rmdir(folder);
    g_rmdir(f->dir);
    g_free(f->path);
    g_free(f->dir);
}

static guint
n_read(const Fixture *f, const char *identity)
{
    g_autoptr(GHashTable) choices = tune_cache_read(f->path, identity);
    return g_hash_table_size(choices);
}

static void
test_kept(Fixture *f, const void *data)
{
    g_autoptr(GHashTable) choices = tune_cache_read(f->path, "device driver shaders");
    g_assert_cmpuint(g_hash_table_size(choices), ==, 2);
    g_assert_cmpstr(g_hash_table_lookup(choices, "matmul 64x64x64 f32"), ==, "vec 128x128");
    g_assert_cmpstr(g_hash_table_lookup(choices, "conv2d 3x3"), ==, "64x64");
    g_autofree char *once = NULL, *again = NULL;
    g_assert_true(g_file_get_contents(f->path, &once, NULL, NULL));
    g_assert_true(tune_cache_write(choices, f->path, "device driver shaders"));
    g_assert_true(g_file_get_contents(f->path, &again, NULL, NULL));
    g_assert_cmpstr(once, ==, again);
}

static void
test_foreign(Fixture *f, const void *data)
{
    g_assert_cmpuint(n_read(f, "device driver other shaders"), ==, 0);
    g_assert_cmpuint(n_read(f, "device driver shaders"), ==, 2);
}

/* Any byte that changes, any end that is missing. */
static void
test_damaged(Fixture *f, const void *data)
{
    g_autofree char *text = NULL;
    gsize size;
    g_assert_true(g_file_get_contents(f->path, &text, &size, NULL));
    for (gsize i = 0; i < size; i++) {
        g_autofree char *copy = g_memdup2(text, size);
        copy[i] ^= 0x15;
        g_assert_true(g_file_set_contents(f->path, copy, (gssize)size, NULL));
        g_assert_cmpuint(n_read(f, "device driver shaders"), ==, 0);
        g_assert_true(g_file_set_contents(f->path, text, (gssize)i, NULL));
        g_assert_cmpuint(n_read(f, "device driver shaders"), ==, 0);
    }
    g_assert_true(g_file_set_contents(f->path, "", 0, NULL));
    g_assert_cmpuint(n_read(f, "device driver shaders"), ==, 0);
    g_unlink(f->path);
    g_assert_cmpuint(n_read(f, "device driver shaders"), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/tune/kept", Fixture, NULL, set_up, test_kept, tear_down);
    g_test_add("/tune/foreign", Fixture, NULL, set_up, test_foreign, tear_down);
    g_test_add("/tune/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
    return g_test_run();
}
