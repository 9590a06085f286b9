/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer over the JSON files of a model: config.json of UNet, ControlNet, VAE and text encoder,
 * scheduler_config.json, model_index.json, and the index of a model in several files. What is
 * accepted fits together, and is the same when it has been written and read again; an error names
 * its file.
 *
 * Input: a byte that says which kind, then the file; of an index, behind a byte 1e, the piece that
 * is called a.safetensors. */
#include "compute/model/config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "compute/weights.h"
#include "tests/fuzz/support.h"

/* A result or an error that names the file. */
static bool
is_read(bool read, const GError *error, const char *path)
{
    g_assert(read == (error == NULL));
    if (error && (!g_utf8_validate(error->message, -1, NULL) || !strstr(error->message, path)))
        g_error("no sentence that names its file: %s", error->message);
    return read;
}

/* Reads, checks, writes and reads again. */
#define CHECK(name, Config)                                                                        \
    static void check_##name(const char *path, const char *again)                                  \
    {                                                                                              \
        Config config, other;                                                                      \
        g_autoptr(GError) error = NULL;                                                            \
                                                                                                   \
        memset(&config, 0, sizeof config);                                                         \
        memset(&other, 0, sizeof other);                                                           \
        if (!is_read(name##_config_read_json(path, &config, &error), error, path))                 \
            return;                                                                                \
        g_assert_true(name##_config_check(&config, path, NULL));                                   \
        g_assert_true(name##_config_write_json(&config, again, NULL));                             \
        if (!name##_config_read_json(again, &other, &error))                                       \
            g_error("what was written cannot be read: %s", error->message);                        \
        g_autofree char *third = g_strconcat(again, "2", NULL);                                    \
        g_assert_true(name##_config_write_json(&other, third, NULL));                              \
        fuzz_check_same_files(again, third);                                                       \
    }

CHECK(unet, UNetConfig)
CHECK(controlnet, ControlNetConfig)
CHECK(vae, VaeConfig)
CHECK(text_encoder, TextEncoderConfig)
CHECK(scheduler, SchedulerConfig)

static void
check_model_index(const char *path, const char *again)
{
    g_autoptr(GError) error = NULL;
    ModelIndex index;

    is_read(model_index_read_json(path, &index, &error), error, path);
}

/* The error may be about the piece, which lies in the same folder. */
static void
check_shards(const char *path, const char *again)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autoptr(GError) error = NULL;
    g_autoptr(WeightsFile) file = weights_open(path, &error);

    if (!is_read(file != NULL, error, dir))
        return;
    g_assert_cmpint(weights_n_shards(file), ==, 1);
    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *entry = weights_entry(file, i);
        g_autofree float *values = g_new(float, entry->n_elements + 1);

        g_assert(weights_find(file, entry->name) == entry);
        g_assert_true(g_str_has_suffix(entry->path, "a.safetensors"));
        weights_read_f32(entry, values);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(const char *path, const char *again) = {
        check_unet,      check_controlnet,  check_vae,    check_text_encoder,
        check_scheduler, check_model_index, check_shards,
    };
    g_autofree char *dir = g_dir_make_tmp("config-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "index.json", NULL);
    g_autofree char *piece = g_build_filename(dir, "a.safetensors", NULL);
    g_autofree char *again = g_build_filename(dir, "again", NULL);

    if (size > 0) {
        const uint8_t *text = data + 1, *end = data + size;
        const uint8_t *split = memchr(text, 0x1e, (size_t)(end - text));
        size_t n = (size_t)((split ? split : end) - text);

        g_assert_true(g_file_set_contents(path, (const char *)text, (gssize)n, NULL));
        if (split)
            g_assert_true(g_file_set_contents(piece, (const char *)split + 1,
                                              (gssize)(end - split - 1), NULL));
        checks[data[0] % G_N_ELEMENTS(checks)](path, again);
    }
    fuzz_folder_free(g_steal_pointer(&dir));
    return 0;
}
