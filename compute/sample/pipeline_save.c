/* SPDX-License-Identifier: Apache-2.0 */
/* A pipeline as a folder in the diffusers layout. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "compute/json_text.h"
#include "compute/model/folder.h"
#include "compute/sample/pipeline.h"

/* Every file of the folder `from`, but no folder. */
static bool
copy_files(const char *from, const char *to, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(from, 0, error);
    const char *name;

    if (!dir || !folder_make(to, error))
        return false;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename(to, name, NULL);
        g_autoptr(GFile) a = g_file_new_for_path(source), b = g_file_new_for_path(target);

        if (g_file_test(source, G_FILE_TEST_IS_REGULAR) &&
            !g_file_copy(a, b, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, error))
            return false;
    }
    return true;
}

static void
append_token(GString *json, const char *key, const Tokenizer *tokenizer, int32_t id)
{
    g_autofree char *text = tokenizer_token_text(tokenizer, id);

    g_string_append_printf(json, "%s\n  \"%s\": ", json->len > 1 ? "," : "", key);
    json_text_append_quoted(json, text);
}

/* What pads, where the folder that the tokenizer came from does not say it: that of a single file
 * of SD 2 does not. */
static bool
mend_padding(const Tokenizer *ours, const char *dir, GError **error)
{
    g_autoptr(Tokenizer) saved = tokenizer_open(dir, error);
    g_autofree char *path = g_build_filename(dir, "special_tokens_map.json", NULL);
    g_autoptr(GString) json = g_string_new("{");

    if (!saved)
        return false;
    if (tokenizer_pad(saved) == tokenizer_pad(ours))
        return true;
    append_token(json, "bos_token", ours, tokenizer_bos(ours));
    append_token(json, "eos_token", ours, tokenizer_eos(ours));
    append_token(json, "unk_token", ours, tokenizer_eos(ours));
    append_token(json, "pad_token", ours, tokenizer_pad(ours));
    g_string_append(json, "\n}\n");
    return g_file_set_contents(path, json->str, (gssize)json->len, error);
}

static bool
save_tokenizer(const Pipeline *p, const CheckpointOptions *options, const char *dir, GError **error)
{
    bool is_folder = g_file_test(p->dir, G_FILE_TEST_IS_DIR);
    g_autofree char *from = is_folder ? g_build_filename(p->dir, "tokenizer", NULL)
                                      : checkpoint_find_tokenizer(p->dir, options);
    g_autofree char *to = g_build_filename(dir, "tokenizer", NULL);

    return copy_files(from, to, error) && mend_padding(p->tokenizer, to, error);
}

bool
pipeline_save(const Pipeline *p, const CheckpointOptions *options, const char *dir,
              WeightsDtype dtype, GError **error)
{
    g_autofree char *unet = g_build_filename(dir, "unet", NULL);
    g_autofree char *text = g_build_filename(dir, "text_encoder", NULL);
    g_autofree char *vae = g_build_filename(dir, "vae", NULL);
    g_autofree char *control = g_build_filename(dir, "controlnet", NULL);
    g_autofree char *scheduler_dir = g_build_filename(dir, "scheduler", NULL);
    g_autofree char *scheduler = g_build_filename(scheduler_dir, "scheduler_config.json", NULL);
    g_autofree char *index = g_build_filename(dir, "model_index.json", NULL);

    return unet_save(p->unet, unet, dtype, error) &&
           text_encoder_save(p->text_encoder, text, dtype, error) &&
           vae_save(p->vae, vae, dtype, error) &&
           (!p->controlnet || controlnet_save(p->controlnet, control, dtype, error)) &&
           folder_make(scheduler_dir, error) &&
           scheduler_config_write_json(&p->scheduler, scheduler, error) &&
           save_tokenizer(p, options, dir, error) &&
           model_index_write_json(p->scheduler.kind, index, error);
}
