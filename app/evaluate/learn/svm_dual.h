/* SPDX-License-Identifier: Apache-2.0 */
/* The linear SVM of linear_svm.h as a weighted sum of its samples, found from their products alone:
 * private to learn. */
#pragma once

#include "app/evaluate/learn/learn_set.h"

typedef struct {
    /* (n, n_classes): a class's weights are the sum over the samples of these times the sample;
     * they sum to 0, so that it does not matter where the samples are centred. All 0 where the
     * samples do not differ. */
    double *factors;
    double *bias;  /* (n_classes), of centred samples; -INFINITY of a class without samples */
    double *means; /* (n): mean product of each sample with all of the set */
} SvmDual;

/* products: (n, n) of the set's samples, centred or not; they are overwritten. False only when
 * stopped. */
bool svm_dual_fit(const LearnSet *set, double *products, double c, const LearnWatch *watch,
                  SvmDual *dual, GError **error);
void svm_dual_clear(SvmDual *dual);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SvmDual, svm_dual_clear)
