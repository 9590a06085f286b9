/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/train_result.h"

#include <string.h>

#include "app/jobs/lora_metadata.h"

/* "web.safetensors" -> "web-ema.safetensors" */
static char *
average_path(const char *output)
{
    const char *ending = g_str_has_suffix(output, ".safetensors") ? ".safetensors" : "";

    return g_strdup_printf("%.*s-ema%s", (int)(strlen(output) - strlen(ending)), output, ending);
}

bool
train_result_save(Training *t, GError **error)
{
    const TrainParams *p = t->params;
    g_autoptr(GHashTable) metadata = lora_metadata(t);
    g_autofree char *beside = average_path(p->output);

    if (p->ema_decay > 0 && p->ema_result == EMA_RESULT && !training_swap_average(t, error))
        return false;
    if (!lora_save(t->lora, p->output, LORA_KOHYA, WEIGHTS_F32, metadata, error))
        return false;
    return p->ema_decay <= 0 || p->ema_result == EMA_RESULT ||
           (training_swap_average(t, error) &&
            lora_save(t->lora, beside, LORA_KOHYA, WEIGHTS_F32, metadata, error));
}

JsonObject *
train_result_to_json(const TrainResult *result)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "steps", result->steps);
    json_object_set_int_member(object, "pictures", result->n_pictures);
    json_object_set_int_member(object, "skipped", result->n_skipped);
    json_object_set_int_member(object, "layers", result->n_layers);
    json_object_set_int_member(object, "parameters", result->n_parameters);
    json_object_set_double_member(object, "loss", result->loss);
    json_object_set_double_member(object, "seconds_per_step", result->seconds_per_step);
    json_object_set_string_member(object, "device", result->device);
    return object;
}
