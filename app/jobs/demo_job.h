/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way on the sample captures: captures to pictures, edges of one, a LoRA, a picture
 * sampled under those edges, its repair, a capture. What it leaves in the folder:
 *   dataset/  edges.png  lora.safetensors  generated/  synthetic.pcap  report.json */
#pragma once

#include "app/jobs/job.h"

typedef struct {
    char *output;     /* owned: the folder, see run_folder.h */
    char *captures;   /* owned: folder of captures and captions.csv; NULL: the samples */
    char *example;    /* owned: file name of the capture to imitate; NULL: a web visit */
    char *model;      /* owned: folder; NULL: the bundled model */
    char *controlnet; /* owned: folder; NULL: the model's own */
    char *device;     /* owned; NULL: the default */
    int train_steps, train_rows;
    int sample_steps;
    double control_weight, guidance;
    guint64 seed;
} DemoParams;

DemoParams *demo_params_new(void);
void demo_params_free(DemoParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DemoParams, demo_params_free)

/* One stage that is done. */
typedef struct {
    char *title; /* "Train" */
    char *what;  /* "a LoRA of rank 8, 30 steps, loss 0.41" */
    char *path;  /* where its result stands when the job is done */
    double seconds;
} DemoStage;

typedef struct {
    GPtrArray *stages;  /* DemoStage, owned by the job */
    char *capture;      /* path of the synthetic capture, owned by the job */
    char *device;       /* owned by the job */
    char *report_table; /* owned by the job: rule, packets, bits */
} DemoResult;

/* Takes params. Each stage also goes to the log. */
TorchlightJob *demo_job_new(DemoParams *params);
/* After the job is done. */
const DemoResult *demo_job_get_result(TorchlightJob *job);
