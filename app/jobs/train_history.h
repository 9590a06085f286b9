/* SPDX-License-Identifier: Apache-2.0 */
/* How long steps of training took on this machine, in a small file of the user's cache: what the
 * next prediction is made from. A history that cannot be read or written is none: nothing depends
 * on it but a guess. Private to app/jobs. Any thread. */
#pragma once

#include <glib.h>

typedef struct {
    const char *device; /* its description */
    const char *model;  /* its folder; the last part of the name counts */
    double work;        /* floating-point operations of a step */
    double seconds;     /* a step took */
} TrainSpeed;

/* Takes the place of an older one that differs in the seconds only. */
void train_history_add(const TrainSpeed *speed);

typedef enum {
    TRAIN_HISTORY_NONE,
    TRAIN_HISTORY_OTHER, /* of the training on this device that is most like it, by its work */
    TRAIN_HISTORY_SAME,
} TrainHistoryKind;

/* Fills speed->seconds for its device, model and work. */
TrainHistoryKind train_history_find(TrainSpeed *speed);
