/* SPDX-License-Identifier: Apache-2.0 */
/* The linear SVM of linear_svm.h where many are fitted on samples of one matrix of trits and only
 * their answers are wanted: the products of the samples are computed once, after which a fit takes
 * no look at a million features. Answers are those of linear_svm_fit. */
#pragma once

#include "app/evaluate/learn/learn_set.h"

typedef struct SvmProducts SvmProducts;

/* Of the first n samples of a matrix of trits (borrowed). NULL and error when stopped. */
SvmProducts *svm_products_new(const FeatureMatrix *matrix, int n, const LearnWatch *watch,
                              GError **error);
void svm_products_free(SvmProducts *products);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvmProducts, svm_products_free)

/* Fits on a set of the samples, with c (0: 10), and asks about n others of them: predicted (n).
 * False and error when stopped, or samples are none of those. */
bool svm_products_ask(const SvmProducts *products, const LearnSet *set, double c,
                      const int *samples, int n, int *predicted, const LearnWatch *watch,
                      GError **error);
