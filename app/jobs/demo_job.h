/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way on the sample captures: captures to pictures, edges of one, a LoRA, a picture
 * sampled under those edges, its repair, a capture. What it leaves in the folder:
 *   dataset/  edges.png  lora.safetensors  generated/  synthetic.pcap  report.json
 * Then forests that learned from real captures are asked what they take it for. */
#pragma once

#include "app/evaluate/fidelity/compliance.h"
#include "app/evaluate/forests.h"
#include "app/jobs/job.h"

typedef struct {
    char *output;   /* owned: the folder, see run_folder.h */
    char *captures; /* owned: folder of captures and captions.csv; NULL: the samples */
    char *example;  /* owned: file name of the capture to imitate; NULL: a video through WireGuard,
                       which the bundled model was not trained on */
    char *model;    /* owned: folder; NULL: the bundled model */
    char *controlnet; /* owned: folder; NULL: the model's own */
    char *forests;    /* owned: folder; NULL: the bundled ones */
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

/* What the capture is good for. */
typedef struct {
    Forests *forests;      /* owned, as all below */
    const char **asked;    /* (axes of the forests) word of the caption; NULL: it has none */
    GPtrArray *drawn;      /* ForestAnswer of the synthetic capture */
    GPtrArray *real;       /* the same of the real one that it follows */
    ComplianceCount rules; /* of the synthetic capture */
    bool has_tshark;       /* it was asked too */
    ExpertCount tshark;
} DemoVerdict;

typedef struct {
    GPtrArray *stages;    /* DemoStage, owned by the job */
    char *capture;        /* path of the synthetic capture, owned by the job */
    char *device;         /* owned by the job */
    char *report_table;   /* owned by the job: rule, packets, bits */
    char *prompt;         /* owned by the job: the caption that was asked for */
    DemoVerdict *verdict; /* owned by the job */
} DemoResult;

/* Takes params. Each stage also goes to the log. */
TorchlightJob *demo_job_new(DemoParams *params);
/* After the job is done. */
const DemoResult *demo_job_get_result(TorchlightJob *job);
