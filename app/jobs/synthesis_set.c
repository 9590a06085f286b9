/* SPDX-License-Identifier: Apache-2.0 */
/* What all synthetic sets have in common: their parameters. */
#include "app/jobs/synthesis_set.h"

#include <glib/gi18n-lib.h>

#include "app/jobs/check.h"

enum { MAX_PER_CLASS = 1000000, ROWS_STEP = 8 };

void
synthesis_set_params_init(SynthesisSetParams *params)
{
    *params = (SynthesisSetParams){.n_rows = IMAGE_ROWS};
}

void
synthesis_set_params_clear(SynthesisSetParams *params)
{
    g_free(params->real);
    g_free(params->captions);
    g_free(params->split);
    g_free(params->trained_on);
    g_free(params->output);
    g_free(params->timing);
    g_free(params->classes);
    export_params_clear(&params->export);
}

bool
synthesis_set_params_check(const SynthesisSetParams *params, GError **error)
{
    if (params->n_rows % ROWS_STEP) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("A trace of %d packets cannot be drawn: give a multiple of %d."),
                    params->n_rows, ROWS_STEP);
        return false;
    }
    return check_range(_("The number of traces of a class"), params->per_class, 0, MAX_PER_CLASS,
                       error) &&
           check_range(_("The number of packets"), params->n_rows, ROWS_STEP, IMAGE_ROWS, error);
}

void
synthesis_result_clear(SynthesisResult *result)
{
    g_clear_pointer(&result->device, g_free);
}
