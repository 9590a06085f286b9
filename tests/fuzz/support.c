/* SPDX-License-Identifier: Apache-2.0 */
/* Files in memory and the checks that every reader gets. */
#include "tests/fuzz/support.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* g_error ends in a trap, at which libFuzzer would not save the input. */
static void
on_trap(int signal_number)
{
    abort();
}

/* libFuzzer calls it before the first input. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    signal(SIGTRAP, on_trap);
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    return 0;
}

void
fuzz_file_init(FuzzFile *file, const void *data, size_t size)
{
    file->fd = memfd_create("input", MFD_CLOEXEC);
    file->path = g_strdup_printf("/proc/self/fd/%d", file->fd);
    if (file->fd < 0 || (size > 0 && write(file->fd, data, size) != (ssize_t)size))
        g_error("no memory for an input");
}

void
fuzz_file_clear(FuzzFile *file)
{
    close(file->fd);
    g_free(file->path);
}

static int
remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    return remove(path);
}

void
fuzz_folder_free(char *folder)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    g_free(folder);
}

void
fuzz_check_sentence(const char *sentence, const char *path)
{
    if (!sentence)
        return;
    if (!g_utf8_validate(sentence, -1, NULL))
        g_error("not UTF-8: %s", sentence);
    if (!strstr(sentence, path) || !g_str_has_suffix(sentence, "."))
        g_error("no sentence that names its file: %s", sentence);
}

bool
fuzz_is_read(const void *result, const GError *error, const char *path)
{
    g_assert((result != NULL) != (error != NULL));
    if (error)
        fuzz_check_sentence(error->message, path);
    return result != NULL;
}

void
fuzz_check_same_files(const char *a, const char *b)
{
    g_autofree char *bytes_a = NULL;
    g_autofree char *bytes_b = NULL;
    gsize n_a, n_b;

    g_assert_true(g_file_get_contents(a, &bytes_a, &n_a, NULL));
    g_assert_true(g_file_get_contents(b, &bytes_b, &n_b, NULL));
    g_assert_cmpmem(bytes_a, n_a, bytes_b, n_b);
}

void
fuzz_check_same_counts(GHashTable *a, GHashTable *b)
{
    GHashTableIter iter;
    gpointer reason, count;

    g_assert_cmpuint(g_hash_table_size(a), ==, g_hash_table_size(b));
    g_hash_table_iter_init(&iter, a);
    while (g_hash_table_iter_next(&iter, &reason, &count))
        g_assert_true(g_hash_table_lookup(b, reason) == count);
}

uint8_t
fuzz_u8(FuzzInput *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

uint32_t
fuzz_u32(FuzzInput *input)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++)
        value = value << 8 | fuzz_u8(input);
    return value;
}
