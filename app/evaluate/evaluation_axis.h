/* SPDX-License-Identifier: Apache-2.0 */
/* What a classifier is asked: the word of a caption on an axis. The axes are those of the
 * vocabulary and one more, streaming: those words of app that are ways of delivering video. A trace
 * without a word on an axis has no part in its task; neither has one whose caption says two. */
#pragma once

#include "app/dataset/vocabulary.h"
#include "app/evaluate/evaluation_set.h"

#define EVALUATION_STREAMING "streaming"

/* The names of the axes, interned, in the order of the vocabulary, streaming after app where app
 * has such words. The caller unrefs. */
GPtrArray *evaluation_axes(const Vocabulary *vocabulary);
/* The word, of the vocabulary; NULL when there is none, or (*contradicts) when there are several.
 */
const char *evaluation_word(const Vocabulary *vocabulary, const char *caption, const char *axis,
                            bool *contradicts);

/* What is asked on one axis, of whom. */
typedef struct {
    const char *axis;    /* interned */
    GPtrArray *classes;  /* const char*: in the order of the vocabulary */
    GPtrArray *left_out; /* const char*: words that real traces have, but not on both sides of the
                            split, or the first synthetic set not at all */
    int n_train, n_test; /* real traces that have one of the classes */
    char *problem;       /* owned: why nothing can be asked, a sentence; NULL */
} EvaluationTask;

/* The classes of a task: words that real traces of the train part have, and of the test part, and
 * (synthetic is not NULL) traces of a synthetic set. */
EvaluationTask *evaluation_task_new(const Vocabulary *vocabulary, const char *axis,
                                    const EvaluationSet *real, const EvaluationSet *synthetic);
void evaluation_task_free(EvaluationTask *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvaluationTask, evaluation_task_free)
/* The class of each trace of a set, -1 for none of them: (n traces), the caller frees. */
int *evaluation_task_labels(const EvaluationTask *task, const Vocabulary *vocabulary,
                            const EvaluationSet *set);

/* Notes in the set which of its captions say two words of one axis, and how many say none at all.
 */
void evaluation_note_captions(EvaluationSet *set, const Vocabulary *vocabulary);
