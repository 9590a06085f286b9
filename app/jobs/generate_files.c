/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures with their settings in text chunks, and the settings of a run as JSON. */
#include "app/jobs/generate_files.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/dataset/vocabulary.h"
#include "app/jobs/generate_infotext.h"
#include "app/jobs/generate_settings.h"
#include "app/jobs/generate_control.h"
#include "app/jobs/number_text.h"
#include "app/trace/atomic.h"

enum { MAX_STEM = 80 }; /* bytes of a file's name that the prompt gives */

SeedText
generate_seed_text(guint64 seed)
{
    SeedText text;

    g_snprintf(text.text, sizeof text.text, "%" G_GUINT64_FORMAT, seed);
    return text;
}

static char *
base_name(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);

    return g_filename_display_name(base);
}

static char *
lora_text(const GenerateParams *params)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < params->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(params->loras, GenerateLora, i);
        g_autofree char *base = base_name(lora->path);
        g_autofree char *weight = number_text(lora->weight);

        g_string_append_printf(text, "%s%s:%s", i ? ", " : "", base, weight);
        if (!isnan(lora->text_weight)) {
            g_autofree char *of_text = number_text(lora->text_weight);

            g_string_append_printf(text, ":%s", of_text);
        }
    }
    return g_string_free(text, FALSE);
}

/* Controls beside the first, a line each; NULL without. */
static char *
more_controls_text(const GenerateParams *params)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < params->more_controls->len; i++) {
        g_autofree char *line = generate_control_text(params->more_controls->pdata[i]);

        g_string_append_printf(text, "%s%s", i ? "\n" : "", line);
    }
    return g_string_free(text, text->len == 0);
}

/* Of every map; NULL without. */
static bool
sum_controls(GenerateSums *sums, const GenerateParams *params, GError **error)
{
    int n = generate_control_count(params);
    g_autoptr(GString) all = g_string_new(NULL);

    for (int i = 0; i < n; i++) {
        g_autoptr(GenerateControl) control = generate_control_nth(params, i);
        g_autofree char *sum = file_sha256(control->map, error);

        if (!sum)
            return false;
        g_string_append_printf(all, "%s%s", i ? ", " : "", sum);
    }
    sums->control = n ? g_strdup(all->str) : NULL;
    return true;
}

bool
generate_sums_init(GenerateSums *sums, const GenerateParams *params, GError **error)
{
    g_autoptr(GString) loras = g_string_new(NULL);

    *sums = (GenerateSums){0};
    for (guint i = 0; i < params->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(params->loras, GenerateLora, i);
        g_autofree char *sum = file_sha256(lora->path, error);

        if (!sum)
            return false;
        g_string_append_printf(loras, "%s%s", i ? ", " : "", sum);
    }
    if (!sum_controls(sums, params, error) ||
        (params->init && !(sums->init = file_sha256(params->init, error))))
        return false;
    if (loras->len > 0)
        sums->loras = g_strdup(loras->str);
    return true;
}

void
generate_sums_clear(GenerateSums *sums)
{
    g_clear_pointer(&sums->loras, g_free);
    g_clear_pointer(&sums->control, g_free);
    g_clear_pointer(&sums->init, g_free);
}

static bool
is_default(const GenerateSetting *setting, const char *text)
{
    g_autoptr(GenerateParams) params = generate_params_new();
    g_autofree char *own = generate_params_get_text(params, setting->key);

    return g_str_equal(own, text);
}

/* How the text of a picture has a setting: a path as its last part, for a picture goes to other
 * people. NULL: not at all. The caller frees. */
static char *
setting_text(const GenerateParams *params, const GenerateSetting *setting)
{
    g_autofree char *text = NULL;

    /* Of the run and of the picture's own size there is no need to speak; nor of how the control
     * map is followed where there is none. */
    if (setting->offset == SETTING_NO_OFFSET || g_str_equal(setting->key, "device") ||
        g_str_equal(setting->key, "precision") || g_str_equal(setting->key, "any_words") ||
        g_str_equal(setting->key, "count") || g_str_equal(setting->key, "width") ||
        g_str_equal(setting->key, "height") || g_str_equal(setting->key, "layout") ||
        (g_str_has_prefix(setting->key, "control_") && !params->control))
        return NULL;
    text = generate_params_get_text(params, setting->key);
    if (setting->quiet && is_default(setting, text))
        return NULL;
    if (!*text && g_str_equal(setting->key, "model"))
        return g_strdup(GENERATE_BUNDLED);
    if (!*text && g_str_equal(setting->key, "sampler"))
        return g_strdup(GENERATE_MODELS_OWN);
    if (!*text)
        return NULL;
    return setting->type == SETTING_PATH ? base_name(text) : g_steal_pointer(&text);
}

/* Adds each parameter that matters for the bytes of a picture; prefix goes before its name. Takes
 * text. */
static void
put(GHashTable *table, const char *prefix, const char *name, char *text)
{
    if (text)
        g_hash_table_insert(table, g_strconcat(prefix, name, NULL), text);
}

static void
put_parameters(GHashTable *table, const char *prefix, const GenerateParams *p,
               const GenerateSums *sums, guint64 seed)
{
    const GenerateSetting *setting;

    for (int i = 0; (setting = generate_setting(i)); i++)
        put(table, prefix, setting->key, setting_text(p, setting));
    put(table, prefix, "seed", g_strdup(generate_seed_text(seed).text));
    put(table, prefix, "tool", g_strdup("torchlight " TORCHLIGHT_VERSION));
    put(table, prefix, "lora", p->loras->len ? lora_text(p) : NULL);
    put(table, prefix, "lora_sha256", g_strdup(sums->loras));
    put(table, prefix, "more_controls", more_controls_text(p));
    put(table, prefix, "control_sha256", g_strdup(sums->control));
    put(table, prefix, "init_sha256", g_strdup(sums->init));
}

void
generate_note_provenance(Trace *trace, const GenerateParams *params, const GenerateSums *sums,
                         guint64 seed)
{
    put_parameters(trace->provenance, "", params, sums, seed);
}

/* The picture as it was drawn, whose colours tell how sure a bit is. */
static bool
write_drawn(const GenerateImage *image, const char *path, const GenerateParams *params,
            const GenerateSums *sums, const Layout *layout, GError **error)
{
    g_autoptr(GHashTable) text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    put_parameters(text, "torchlight:provenance:", params, sums, image->seed);
    put(text, "", "parameters",
        generate_infotext(params, image->seed, image->width, image->height));
    if (image->trace) {
        g_hash_table_insert(text, g_strdup("torchlight:layout"), g_strdup(layout->name));
        g_hash_table_insert(text, g_strdup("torchlight:palette"),
                            g_strdup(palette_name(PALETTE_TORCHLIGHT)));
    }
    return image_write_png(image->image, path, text, error);
}

bool
generate_write_image(const RunFolder *folder, const GenerateImage *image,
                     const GenerateParams *params, const GenerateSums *sums, const Layout *layout,
                     GError **error)
{
    g_autofree char *name = g_strdup_printf("%05d.png", image->index);
    g_autofree char *trace_name = g_strdup_printf("%05d.trace.png", image->index);
    g_autofree char *path = run_folder_file(folder, name);
    g_autofree char *trace_path = run_folder_file(folder, trace_name);

    return write_drawn(image, path, params, sums, layout, error) &&
           (!image->trace || trace_write_png(image->trace, trace_path, PALETTE_TORCHLIGHT, error));
}

char *
generate_prompt_stem(const char *prompt)
{
    const char *colon = strchr(prompt, ':');
    const char *words =
        g_ascii_strncasecmp(prompt, CAPTION_PREFIX, strlen(CAPTION_PREFIX)) == 0 && colon
            ? colon + 1
            : prompt;
    GString *stem = g_string_new(NULL);

    for (; *words && stem->len < MAX_STEM; words = g_utf8_next_char(words)) {
        gunichar c = g_utf8_get_char(words);

        if (g_unichar_isalnum(c) || c == '.')
            g_string_append_unichar(stem, c == '.' && stem->len == 0 ? '-' : c);
        else if (stem->len > 0 && stem->str[stem->len - 1] != '-')
            g_string_append_c(stem, '-');
    }
    while (stem->len > 0 && stem->str[stem->len - 1] == '-')
        g_string_truncate(stem, stem->len - 1);
    return g_string_free(stem, FALSE);
}

/* A name that nothing has yet; the caller frees. */
static char *
new_picture_path(const GenerateParams *params, guint64 seed)
{
    g_autofree char *stem = generate_prompt_stem(params->prompt);
    SeedText number = generate_seed_text(seed);

    for (int i = 1;; i++) {
        g_autofree char *again = i > 1 ? g_strdup_printf("_%d", i) : g_strdup("");
        g_autofree char *name =
            g_strdup_printf("%s%sseed%s%s.png", stem, *stem ? "-" : "", number.text, again);
        g_autofree char *path = g_build_filename(params->pictures, name, NULL);

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
}

bool
generate_write_picture(GenerateImage *image, const GenerateParams *params, const GenerateSums *sums,
                       const Layout *layout, GError **error)
{
    g_autofree char *path = new_picture_path(params, image->seed);
    g_autofree char *text = g_strconcat(params->prompt, "\n", NULL);
    g_autofree char *caption = g_strdup(path);

    strcpy(caption + strlen(caption) - strlen("png"), "txt");
    if (g_mkdir_with_parents(params->pictures, 0777) != 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("Cannot make the folder “%s”: choose a place that you may write to."),
                    params->pictures);
        return false;
    }
    if (!write_drawn(image, path, params, sums, layout, error) ||
        !atomic_file_write(caption, text, strlen(text), error))
        return false;
    image->path = g_steal_pointer(&path);
    return true;
}

void
generate_note_params(RunFolder *folder, const GenerateParams *params, const GenerateSums *sums,
                     int width, int height, const char *device)
{
    JsonObject *object = run_folder_parameters(folder);
    g_autofree char *base = g_path_get_dirname(run_folder_path(folder));
    g_autoptr(JsonObject) settings = generate_params_to_json(params, base);
    g_autoptr(GList) keys = json_object_get_members(settings);

    for (GList *at = keys; at; at = at->next)
        json_object_set_member(object, at->data,
                               json_node_copy(json_object_get_member(settings, at->data)));
    json_object_set_string_member(object, "tool", "torchlight " TORCHLIGHT_VERSION);
    json_object_set_int_member(object, "width", width);
    json_object_set_int_member(object, "height", height);
    json_object_set_string_member(run_folder_results(folder), "device", device);
    if (sums->loras)
        json_object_set_string_member(object, "lora_sha256", sums->loras);
    if (sums->control)
        json_object_set_string_member(object, "control_sha256", sums->control);
    if (sums->init)
        json_object_set_string_member(object, "init_sha256", sums->init);
}
