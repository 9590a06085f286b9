/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/train_advice.h"

#include <glib/gi18n-lib.h>

#include "app/jobs/train_predict.h"
#include "app/trace/image.h"
#include "compute/train/diffusion_trainer.h"

enum { LEAST_ROWS = 64 };

/* The next smaller training: computed twice, then of one picture at a time, then of fewer rows. */
static bool
make_smaller(TrainParams *params)
{
    int rows = params->rows > 0 ? params->rows : IMAGE_ROWS;

    if (params->checkpointing != CHECKPOINTING_ON) {
        params->checkpointing = CHECKPOINTING_ON;
    } else if (params->batch > 1) {
        params->accumulate *= params->batch; /* the same step */
        params->batch = 1;
    } else if (rows / 2 >= LEAST_ROWS) {
        params->rows = rows / 2;
    } else {
        return false;
    }
    return true;
}

static char *
describe(const TrainParams *params, const TrainParams *asked, guint64 memory)
{
    g_autofree char *size = g_format_size(memory);
    g_autoptr(GString) settings = g_string_new("--checkpointing on");

    if (params->batch != asked->batch)
        g_string_append_printf(settings, " --batch %d --accumulate %d", params->batch,
                               params->accumulate);
    if (params->rows != asked->rows)
        g_string_append_printf(settings, " --rows %d", params->rows);
    /* Translators: options of a command, and an amount of memory. */
    return g_strdup_printf(_("It would fit with %s, which takes about %s."), settings->str, size);
}

char *
train_advice(const TrainParams *params, guint64 limit)
{
    g_autoptr(TrainParams) smaller = train_params_copy(params);

    smaller->preview_every = 0;
    while (limit > 0 && make_smaller(smaller)) {
        guint64 memory = train_predict_memory(smaller);

        if (memory > 0 && memory <= limit)
            return describe(smaller, params, memory);
    }
    return NULL;
}

void
train_advice_add(GError *error, const TrainParams *params, guint64 limit)
{
    g_autofree char *advice = train_advice(params, limit);
    char *message;

    if (!advice)
        return;
    message = g_strdup_printf("%s %s", error->message, advice);
    g_free(error->message);
    error->message = message;
}
