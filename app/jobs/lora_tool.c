/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/lora_tool.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>

#include "app/jobs/paths.h"
#include "app/jobs/run_folder.h"
#include "compute/model/lora_extract.h"
#include "compute/sample/pipeline.h"

typedef struct {
    LoraToolParams *params;
    LoraToolResult result;
} ToolData;

LoraToolParams *
lora_tool_params_new(LoraToolKind kind)
{
    LoraToolParams *params = g_new0(LoraToolParams, 1);

    params->kind = kind;
    params->loras = g_array_new(FALSE, FALSE, sizeof(GenerateLora));
    return params;
}

void
lora_tool_params_free(LoraToolParams *params)
{
    if (!params)
        return;
    for (guint i = 0; i < params->loras->len; i++)
        g_free(g_array_index(params->loras, GenerateLora, i).path);
    g_array_unref(params->loras);
    g_free(params->model);
    g_free(params->tuned);
    g_free(params->output);
    g_free(params->form);
    g_free(params->dtype);
    g_free(params);
}

/* --- options --- */

static bool
find_dtype(const char *name, WeightsDtype otherwise, WeightsDtype *dtype, GError **error)
{
    static const struct {
        const char *name;
        WeightsDtype dtype;
    } names[] = {{"fp32", WEIGHTS_F32}, {"fp16", WEIGHTS_F16}, {"bf16", WEIGHTS_BF16}};

    *dtype = otherwise;
    for (guint i = 0; name && i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i].name, name)) {
            *dtype = names[i].dtype;
            return true;
        }
    }
    if (name)
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("“%s” is no type of numbers: choose fp32, fp16 or bf16."), name);
    return !name;
}

static bool
find_form(const char *name, LoraForm otherwise, LoraForm *form, GError **error)
{
    *form = otherwise;
    if (!name || lora_form_find(name, form))
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no form of a LoRA file: choose kohya or peft."), name);
    return false;
}

static bool
save(const ToolData *data, const Lora *lora, GError **error)
{
    const LoraToolParams *p = data->params;
    WeightsDtype dtype;
    LoraForm form;

    return find_form(p->form, lora->form, &form, error) &&
           find_dtype(p->dtype, lora->dtype, &dtype, error) &&
           lora_save(lora, p->output, form, dtype, NULL, error);
}

/* --- convert, combine --- */

/* The model's parts, or NULL: the file's own names do. */
static bool
open_model(TorchlightJob *job, Device *device, const char *path, Pipeline **pipeline,
           GError **error)
{
    if (path)
        torchlight_job_progress(job, 0.05, _("opening the model"));
    *pipeline = path ? pipeline_open(device, path, error) : NULL;
    return !path || *pipeline;
}

static Lora *
open_lora(TorchlightJob *job, Device *device, const Pipeline *pipeline, const char *path,
          GError **error)
{
    LoraTarget target;
    Lora *lora;

    if (pipeline)
        target = pipeline_lora_target(pipeline);
    lora = lora_open(device, path, pipeline ? &target : NULL, error);
    if (lora && lora->unmatched->len)
        torchlight_job_log(job,
                           _("“%s” holds %d tensors that no layer answers to, such as %s; "
                             "they are left out."),
                           path, (int)lora->unmatched->len, (char *)lora->unmatched->pdata[0]);
    return lora;
}

static bool
rewrite(TorchlightJob *job, ToolData *data, Device *device, GError **error)
{
    const LoraToolParams *p = data->params;
    g_autoptr(Pipeline) pipeline = NULL;
    g_autoptr(GPtrArray) loras = g_ptr_array_new_with_free_func((GDestroyNotify)lora_free);
    g_autofree float *weights = g_new(float, p->loras->len);
    g_autoptr(Lora) combined = NULL;
    const Lora *out;

    if (!open_model(job, device, p->model, &pipeline, error))
        return false;
    for (guint i = 0; i < p->loras->len; i++) {
        const GenerateLora *asked = &g_array_index(p->loras, GenerateLora, i);
        Lora *lora = open_lora(job, device, pipeline, asked->path, error);

        if (!lora)
            return false;
        g_ptr_array_add(loras, lora);
        weights[i] = (float)asked->weight;
        torchlight_job_progress(job, 0.1 + 0.6 * (i + 1) / p->loras->len, _("reading"));
        if (!torchlight_job_checkpoint(job, error))
            return false;
    }
    out = loras->pdata[0];
    if (p->kind == LORA_COMBINE) {
        out = combined = lora_combine((Lora *const *)loras->pdata, weights, (int)loras->len, error);
        if (!out)
            return false;
    }
    data->result.n_layers = lora_n_layers(out);
    return save(data, out, error);
}

/* --- merge --- */

static bool
merge_one(TorchlightJob *job, ToolData *data, const Pipeline *pipeline, const GenerateLora *asked,
          GError **error)
{
    LoraTarget target = pipeline_lora_target(pipeline), part = {{NULL, NULL}};
    double weights[LORA_N_PARTS] = {
        [LORA_UNET] = asked->weight,
        [LORA_TEXT_ENCODER] = isnan(asked->text_weight) ? asked->weight : asked->text_weight};
    g_autoptr(Lora) lora = open_lora(job, pipeline->device, pipeline, asked->path, error);

    if (!lora)
        return false;
    data->result.n_layers += lora_n_layers(lora);
    for (int i = 0; i < LORA_N_PARTS; i++) {
        part = (LoraTarget){{NULL, NULL}};
        part.part[i] = target.part[i];
        if (!lora_merge(lora, &part, (float)weights[i], error))
            return false;
    }
    return true;
}

/* Written beside, then renamed: a name holds a whole model or nothing. */
static bool
save_model(const ToolData *data, const Pipeline *pipeline, WeightsDtype dtype, GError **error)
{
    const char *output = data->params->output;
    g_autofree char *partial = g_strconcat(output, ".partial-XXXXXX", NULL);

    if (!g_mkdtemp_full(partial, 0777)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("Cannot make the folder “%s”: choose a place that you may write to."),
                    partial);
        return false;
    }
    if (!pipeline_save(pipeline, NULL, partial, dtype, error)) {
        run_folder_remove(partial);
        return false;
    }
    if (g_rename(partial, output) == 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                _("The model was written to “%s”, but cannot be renamed to “%s”."), partial,
                output);
    return false;
}

static bool
merge(TorchlightJob *job, ToolData *data, Device *device, GError **error)
{
    const LoraToolParams *p = data->params;
    g_autofree char *bundled = p->model ? NULL : paths_bundled_model();
    g_autoptr(Pipeline) pipeline = NULL;
    WeightsDtype dtype;

    if (g_file_test(p->output, G_FILE_TEST_EXISTS)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                    _("“%s” is there already: name a folder that is to be made."), p->output);
        return false;
    }
    if (!find_dtype(p->dtype, WEIGHTS_F32, &dtype, error) ||
        !open_model(job, device, p->model ? p->model : bundled, &pipeline, error))
        return false;
    for (guint i = 0; i < p->loras->len; i++) {
        torchlight_job_progress(job, 0.2 + 0.5 * i / p->loras->len, _("merging"));
        if (!torchlight_job_checkpoint(job, error) ||
            !merge_one(job, data, pipeline, &g_array_index(p->loras, GenerateLora, i), error))
            return false;
    }
    torchlight_job_progress(job, 0.7, _("writing"));
    return torchlight_job_checkpoint(job, error) && save_model(data, pipeline, dtype, error);
}

/* --- extract --- */

static bool
on_layer(int i, int n, void *data)
{
    TorchlightJob *job = data;

    torchlight_job_progress(job, 0.1 + 0.8 * i / n, _("layer %d of %d"), i + 1, n);
    return torchlight_job_checkpoint(job, NULL);
}

static bool
extract(TorchlightJob *job, ToolData *data, Device *device, GError **error)
{
    const LoraToolParams *p = data->params;
    const LoraOptions options = {.rank = p->rank,
                                 .alpha = (float)p->rank,
                                 .conv_rank = p->conv_rank,
                                 .conv_alpha = (float)p->conv_rank};
    g_autofree char *bundled = p->model ? NULL : paths_bundled_model();
    g_autoptr(Pipeline) base = NULL, tuned = NULL;
    g_autoptr(Lora) lora = NULL;

    if (!open_model(job, device, p->model ? p->model : bundled, &base, error) ||
        !open_model(job, device, p->tuned, &tuned, error))
        return false;
    LoraTarget from = pipeline_lora_target(base), to = pipeline_lora_target(tuned);
    lora = lora_extract(device, &from, &to, &options, &data->result.error, on_layer, job, error);
    if (!lora)
        return false;
    data->result.n_layers = lora_n_layers(lora);
    return save(data, lora, error);
}

/* --- the job --- */

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    ToolData *data = data_;
    const LoraToolParams *p = data->params;
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();
    Device *device;
    bool done;

    for (guint i = 0; i < p->loras->len; i++)
        g_ptr_array_add(inputs, g_array_index(p->loras, GenerateLora, i).path);
    g_ptr_array_add(inputs, NULL);
    if (!paths_check_output(p->output, (const char *const *)inputs->pdata, error) ||
        !(device = device_open("cpu", error)))
        return false;
    done = p->kind == LORA_MERGE     ? merge(job, data, device, error)
           : p->kind == LORA_EXTRACT ? extract(job, data, device, error)
                                     : rewrite(job, data, device, error);
    device_close(device);
    return done;
}

static void
data_free(void *data_)
{
    ToolData *data = data_;

    lora_tool_params_free(data->params);
    g_free(data);
}

TorchlightJob *
lora_tool_job_new(LoraToolParams *params)
{
    ToolData *data = g_new0(ToolData, 1);

    data->params = params;
    return torchlight_job_new(_("Work on a LoRA"), work, data, data_free);
}

const LoraToolResult *
lora_tool_job_get_result(TorchlightJob *job)
{
    return &((ToolData *)torchlight_job_get_data(job))->result;
}
