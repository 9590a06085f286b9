/* SPDX-License-Identifier: Apache-2.0 */
/* A set of samples looked over before it is learned from. */
#include "app/evaluate/learn/learn_set.h"

#include <glib/gi18n-lib.h>

bool
learn_set_check(const LearnSet *set, GError **error)
{
    int n_samples = feature_matrix_n_samples(set->matrix);

    if (set->n <= 0 || set->n_classes <= 0) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                            _("There are no labelled traces to learn from: give at least one."));
        return false;
    }
    for (int i = 0; i < set->n; i++) {
        if (set->samples[i] >= 0 && set->samples[i] < n_samples && set->classes[i] >= 0 &&
            set->classes[i] < set->n_classes)
            continue;
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
            _("Sample %d of class %d is out of range: there are %d samples and %d classes."),
            set->samples[i], set->classes[i], n_samples, set->n_classes);
        return false;
    }
    return true;
}
