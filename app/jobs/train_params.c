/* SPDX-License-Identifier: Apache-2.0 */
/* Making, checking and keeping what a training is asked to do. */
#include "app/jobs/train_params.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "app/jobs/check.h"
#include "app/jobs/paths.h"
#include "app/jobs/train_settings.h"
#include "compute/train/lr_schedule.h"

TrainParams *
train_params_new(void)
{
    TrainParams *params = g_new(TrainParams, 1);

    *params = (TrainParams){.steps = 100,
                            .batch = 1,
                            .accumulate = 1,
                            .rank = 8,
                            .alpha = 8,
                            .conv_alpha = 1,
                            .lr = 1e-3,
                            .text_lr_scale = 0.5,
                            .weight_decay = 0.01,
                            .lr_cycles = 1,
                            .max_norm = 1,
                            .validation_every = 50,
                            .max_skipped = 10,
                            .preview_steps = 10};
    return params;
}

TrainParams *
train_params_copy(const TrainParams *params)
{
    TrainParams *copy = g_memdup2(params, sizeof *params);

    copy->dataset = g_strdup(params->dataset);
    copy->output = g_strdup(params->output);
    copy->names = g_strdupv(params->names);
    copy->model = g_strdup(params->model);
    copy->config = g_strdup(params->config);
    copy->tokenizer = g_strdup(params->tokenizer);
    copy->prediction = g_strdup(params->prediction);
    copy->vae = g_strdup(params->vae);
    copy->device = g_strdup(params->device);
    copy->precision = g_strdup(params->precision);
    copy->run = g_strdup(params->run);
    copy->preview_prompts = g_strdupv(params->preview_prompts);
    return copy;
}

void
train_params_free(TrainParams *params)
{
    if (!params)
        return;
    g_free(params->dataset);
    g_free(params->output);
    g_strfreev(params->names);
    g_free(params->model);
    g_free(params->config);
    g_free(params->tokenizer);
    g_free(params->prediction);
    g_free(params->vae);
    g_free(params->device);
    g_free(params->precision);
    g_free(params->run);
    g_strfreev(params->preview_prompts);
    g_free(params);
}

/* The place of the output is tried before any work is done. */
static bool
check_place(const TrainParams *params, GError **error)
{
    const char *const inputs[] = {params->dataset, NULL};
    g_autofree char *parent = g_path_get_dirname(params->output);

    if (!paths_check_output(params->output, inputs, error))
        return false;
    if (g_file_test(parent, G_FILE_TEST_IS_DIR) && !g_file_test(params->output, G_FILE_TEST_IS_DIR))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                _("Cannot write “%s”: give the name of a file in a folder that exists."),
                params->output);
    return false;
}

static bool
check_previews(const TrainParams *params, GError **error)
{
    if (params->preview_every == 0)
        return true;
    if (params->run && params->preview_prompts && params->preview_prompts[0])
        return true;
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                        params->run ? _("Previews need a prompt: give at least one.")
                                    : _("Previews need a folder for the run to keep them in."));
    return false;
}

bool
train_params_check(const TrainParams *params, GError **error)
{
    const TrainSetting *setting;

    for (guint i = 0; (setting = train_setting(i)); i++) {
        if (!train_setting_check(setting, params, error))
            return false;
    }
    return check_range(_("The warmup"), params->warmup, 0, params->steps, error) &&
           check_previews(params, error) && check_place(params, error);
}

double
train_params_lr(const TrainParams *params, int step)
{
    return params->lr * lr_schedule_share((LrSchedule)params->lr_schedule, step, params->steps,
                                          params->warmup, params->lr_cycles);
}

/* --- JSON --- */

static const struct {
    const char *key;
    gsize offset;
} texts[] =
    {
        {"dataset", G_STRUCT_OFFSET(TrainParams, dataset)},
        {"output", G_STRUCT_OFFSET(TrainParams, output)},
        {"model", G_STRUCT_OFFSET(TrainParams, model)},
        {"model_config", G_STRUCT_OFFSET(TrainParams, config)},
        {"tokenizer", G_STRUCT_OFFSET(TrainParams, tokenizer)},
        {"prediction", G_STRUCT_OFFSET(TrainParams, prediction)},
        {"vae", G_STRUCT_OFFSET(TrainParams, vae)},
        {"device", G_STRUCT_OFFSET(TrainParams, device)},
        {"precision", G_STRUCT_OFFSET(TrainParams, precision)},
},
  lists[] = {
      {"names", G_STRUCT_OFFSET(TrainParams, names)},
      {"preview_prompts", G_STRUCT_OFFSET(TrainParams, preview_prompts)},
};

JsonObject *
train_params_to_json(const TrainParams *params)
{
    JsonObject *object = json_object_new();
    const TrainSetting *setting;

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = G_STRUCT_MEMBER(char *, params, texts[i].offset);

        if (text)
            json_object_set_string_member(object, texts[i].key, text);
    }
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        char **list = G_STRUCT_MEMBER(char **, params, lists[i].offset);
        JsonArray *array = list ? json_array_new() : NULL;

        for (guint j = 0; list && list[j]; j++)
            json_array_add_string_element(array, list[j]);
        if (array)
            json_object_set_array_member(object, lists[i].key, array);
    }
    for (guint i = 0; (setting = train_setting(i)); i++)
        json_object_set_member(object, setting->key, train_setting_to_json(setting, params));
    return object;
}

static bool
fail_member(const char *key, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("The member “%s” of the parameters is not of its kind."), key);
    return false;
}

static char **
list_from_json(JsonNode *node)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    JsonArray *array = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);

        if (!JSON_NODE_HOLDS_VALUE(element) || json_node_get_value_type(element) != G_TYPE_STRING)
            return NULL;
        g_ptr_array_add(list, json_node_dup_string(element));
    }
    if (!array)
        return NULL;
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_steal(list, NULL);
}

bool
train_params_from_json(TrainParams *params, JsonObject *object, GError **error)
{
    JsonNode *node;

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        char **text = &G_STRUCT_MEMBER(char *, params, texts[i].offset);

        if (!(node = json_object_get_member(object, texts[i].key)))
            continue;
        if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
            return fail_member(texts[i].key, error);
        g_free(*text);
        *text = json_node_dup_string(node);
    }
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        char ***list = &G_STRUCT_MEMBER(char **, params, lists[i].offset);

        if (!(node = json_object_get_member(object, lists[i].key)))
            continue;
        g_strfreev(*list);
        *list = list_from_json(node);
        if (!*list)
            return fail_member(lists[i].key, error);
    }
    return train_settings_from_json(params, object, error);
}
