/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of small traces made in code: their classes can be told by one bit. */
#pragma once

#include "app/evaluate/evaluation_data.h"
#include "app/dataset/vocabulary.h"

/* Words: tunnel one, two, three; app web, dash, hls; quality 360, 720. */
Vocabulary *support_vocabulary(const char *dir);
/* A trace of n packets that carries the number of its class in its type of service, times and
 * directions, as NAME.npz under the set's path; nothing else of it depends on the class. */
EvaluationTrace *support_add(EvaluationSet *set, const char *name, const char *caption, int class,
                             int n_packets, SplitPart part);
/* A set whose traces are in dir. */
EvaluationSet *support_set(const char *dir, const char *name, bool is_real);
/* 2 classes ("one", "two" on tunnel; "web" for all), n_train and n_test real traces and n_drawn
 * synthetic ones of each. */
EvaluationData *support_data(const char *dir, int n_train, int n_test, int n_drawn);
char *support_dir(void); /* the caller frees, with support_remove */
void support_remove(char *dir);
