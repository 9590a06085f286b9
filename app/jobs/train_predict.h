/* SPDX-License-Identifier: Apache-2.0 */
/* What a training will take, before it starts: its memory from the plans of its graphs, its time
 * from trainings that this device has done, or else from a short measurement of its speed. */
#pragma once

#include <gio/gio.h>

#include "app/jobs/train_params.h"

typedef enum {
    TRAIN_TIME_MEASURED,  /* a training of these very settings ran here */
    TRAIN_TIME_SCALED,    /* one of other settings did */
    TRAIN_TIME_ESTIMATED, /* none did: operations by a measured speed; may be off by half */
} TrainTimeSource;

typedef struct {
    double seconds; /* the whole, from start to LoRA */
    double seconds_per_step;
    TrainTimeSource source;
    guint64 memory;     /* bytes at most, of the device and this program together */
    guint64 total;      /* bytes the machine has; 0 unknown */
    guint64 room;       /* bytes that its device has for it now; 0 unknown */
    bool is_tight;      /* memory is more than that */
    bool checkpointing; /* a step is computed twice to save memory */
    double work;        /* floating-point operations of a step */
    int n_pictures, n_steps;
    gint64 n_parameters; /* trained */
    char *device;        /* description */
} TrainPrediction;

void train_prediction_clear(TrainPrediction *prediction);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TrainPrediction, train_prediction_clear)

/* Fills prediction. Some tenths of a second, with many captions more: call it on a thread. Errors
 * are those that the training itself would end with at its start. params->output and run are not
 * looked at. */
bool train_predict(const TrainParams *params, TrainPrediction *prediction,
                   GCancellable *cancellable, GError **error);
/* Only its memory, in bytes, without opening the device; 0 when it cannot be planned. */
guint64 train_predict_memory(const TrainParams *params);
/* "about 6 min and 1.2 GB on AMD EPYC, 2 threads"; the caller frees. */
char *train_prediction_to_text(const TrainPrediction *prediction);
/* How the time is known, a sentence; translated. */
const char *train_time_source_text(TrainTimeSource source);
