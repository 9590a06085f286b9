/* SPDX-License-Identifier: Apache-2.0 */
/* How good predictions are. Definitions are scikit-learn's, where it has them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* counts[true * n_classes + predicted]; the caller frees with g_free. */
guint64 *score_confusion(const int *truth, const int *predicted, int n, int n_classes);
/* Share on the diagonal; NAN when empty. */
double score_accuracy(const guint64 *confusion, int n_classes);
/* Mean over the classes that occur, in truth or prediction, of 2 TP / (2 TP + FP + FN). */
double score_macro_f1(const guint64 *confusion, int n_classes);
/* Mean over the classes that occur in truth of their share found (balanced accuracy). */
double score_macro_recall(const guint64 *confusion, int n_classes);

/* Area under the ROC curve: the chance that a positive scores above a negative, ties counting one
 * half (Mann-Whitney). NAN when there is no positive or no negative, or a score is NAN. */
double score_roc_auc(const double *scores, const bool *positive, int n);
/* The largest share of positives that some threshold finds with at most the share max_fpr of
 * negatives above it: with ties a threshold cannot cut between equals. NAN as above. */
double score_tpr_at_fpr(const double *scores, const bool *positive, int n, double max_fpr);

/* Overlap of the k largest entries of two rankings: |both| / |either| (Jaccard). Equal entries
 * rank by index; entries that are 0 are never among the largest. NAN when neither has any. */
double score_top_overlap(const double *a, const double *b, int n, int k);
/* Spearman's rank correlation, ties getting their mean rank; NAN when one of them is constant. */
double score_rank_correlation(const double *a, const double *b, int n);
