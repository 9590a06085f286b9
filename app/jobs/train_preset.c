/* SPDX-License-Identifier: Apache-2.0 */
/* Reading presets. */
#include "app/jobs/train_preset.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/json_depth.h"
#include "app/jobs/paths.h"
#include "app/jobs/train_settings.h"

#define FOLDER "train"
#define ENDING ".json"

/* The words of the installed files, for translators; a test holds them together. */
static const char *const shipped[] G_GNUC_UNUSED = {
    N_("Quick Look"),
    N_("A minute or two on half of each picture: does it learn at all?"),
    N_("Balanced"),
    N_("Whole pictures and steps enough for a usable LoRA of a few dozen pictures."),
    N_("Paper"),
    N_("NetDiffusion's own: rank 128, twenty rounds of a hundred pictures."),
};

void
train_preset_free(TrainPreset *preset)
{
    if (!preset)
        return;
    g_free(preset->id);
    g_free(preset->name);
    g_free(preset->description);
    g_clear_pointer(&preset->settings, json_object_unref);
    g_free(preset);
}

static char *
dup_text(JsonObject *object, const char *key)
{
    const char *text = json_object_get_string_member_with_default(object, key, NULL);

    return text && *text ? g_strdup(_(text)) : NULL;
}

TrainPreset *
train_preset_read(const char *path, GError **error)
{
    g_autoptr(TrainPreset) preset = g_new0(TrainPreset, 1);
    g_autoptr(TrainParams) params = train_params_new();
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autofree char *text = NULL;
    JsonNode *root, *settings = NULL;

    preset->id = g_path_get_basename(path);
    if (g_str_has_suffix(preset->id, ENDING))
        preset->id[strlen(preset->id) - strlen(ENDING)] = '\0';
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    if (json_is_shallow(text) && json_parser_load_from_data(parser, text, -1, NULL) &&
        (root = json_parser_get_root(parser)) && JSON_NODE_HOLDS_OBJECT(root)) {
        preset->name = dup_text(json_node_get_object(root), "name");
        preset->description = dup_text(json_node_get_object(root), "description");
        settings = json_object_get_member(json_node_get_object(root), "settings");
    }
    if (!preset->name || !settings || !JSON_NODE_HOLDS_OBJECT(settings)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is no preset: it is to be a JSON object with “name” and “settings”."),
                    path);
        return NULL;
    }
    preset->settings = json_node_dup_object(settings);
    if (!train_preset_apply(preset, params, error)) {
        g_prefix_error(error, "“%s”: ", path);
        return NULL;
    }
    return g_steal_pointer(&preset);
}

static gint64
steps_of(const TrainPreset *preset)
{
    return json_object_get_int_member_with_default(preset->settings, "steps", 0);
}

static int
compare(const void *a, const void *b)
{
    gint64 x = steps_of(*(TrainPreset *const *)a), y = steps_of(*(TrainPreset *const *)b);

    return (x > y) - (x < y);
}

GPtrArray *
train_presets(void)
{
    GPtrArray *presets = g_ptr_array_new_with_free_func((GDestroyNotify)train_preset_free);
    g_autofree char *dir = paths_data("presets", FOLDER);
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        TrainPreset *preset = g_str_has_suffix(name, ENDING) ? train_preset_read(path, NULL) : NULL;

        if (preset)
            g_ptr_array_add(presets, preset);
    }
    g_ptr_array_sort(presets, compare);
    return presets;
}

TrainPreset *
train_preset_find(const char *id, GError **error)
{
    g_autoptr(GPtrArray) presets = NULL;
    g_autoptr(GString) known = g_string_new(NULL);

    if (strchr(id, '/') || g_str_has_suffix(id, ENDING))
        return train_preset_read(id, error);
    presets = train_presets();
    for (guint i = 0; i < presets->len; i++) {
        TrainPreset *preset = presets->pdata[i];

        if (g_str_equal(preset->id, id))
            return g_ptr_array_steal_index(presets, i);
        g_string_append_printf(known, "%s%s", i ? ", " : "", preset->id);
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("There is no preset “%s”: choose one of %s, or name a file."), id, known->str);
    return NULL;
}

bool
train_preset_apply(const TrainPreset *preset, TrainParams *params, GError **error)
{
    const TrainSetting *setting;

    for (guint i = 0; (setting = train_setting(i)); i++)
        train_setting_set(setting, params, train_setting_default(setting));
    return train_settings_from_json(params, preset->settings, error);
}

bool
train_preset_matches(const TrainPreset *preset, const TrainParams *params)
{
    g_autoptr(TrainParams) own = train_params_new();
    const TrainSetting *setting;

    if (!train_preset_apply(preset, own, NULL))
        return false;
    for (guint i = 0; (setting = train_setting(i)); i++) {
        if (setting->type != TRAIN_SEED &&
            train_setting_get(setting, own) != train_setting_get(setting, params))
            return false;
    }
    return true;
}
