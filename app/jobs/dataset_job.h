/* SPDX-License-Identifier: Apache-2.0 */
/* Captures to a dataset folder (app/dataset/dataset.h): pictures with captions to train on. */
#pragma once

#include "app/dataset/dataset.h"
#include "app/jobs/job.h"
#include "app/trace/flow.h"

typedef struct {
    char **captures; /* owned, NULL-terminated; also folders of pictures (dataset_add_folder) */
    char *output;    /* owned: the folder, see run_folder.h */
    char *captions;  /* owned: a table file,caption, or NULL */
    char *caption;   /* owned: of every picture, or NULL */
    char *template;  /* owned: makes captions of file names (caption_template.h), or NULL; with none
                        of the three a caption is the words of the name */
    char *layout;    /* owned; NULL: the default */
    char *filter;    /* owned: as pcap-filter(7) has it, or NULL */
    FlowBy flows;    /* a series of pictures a flow; by capture one series, the default */
    bool biggest;    /* of each capture only the flow of most packets */
    int window;      /* packets a picture, at most 1024 */
    int stride;      /* packets from the start of a picture to that of the next; 0: window */
    int min_packets; /* flows of fewer are left out, and pictures of fewer that are not full */
    int max_windows; /* pictures a capture, 0: all */
    DatasetForm form;
    const Palette *input_palette; /* borrowed: of folders of pictures; NULL: as each says */
} DatasetParams;

DatasetParams *dataset_params_new(void);
void dataset_params_free(DatasetParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DatasetParams, dataset_params_free)

typedef struct {
    int n_captures, n_pictures, n_captions; /* captions: different ones */
    gint64 n_packets;                       /* rows drawn */
    gint64 n_skipped;                       /* packets without the layout's headers */
    int n_short;                            /* captures without a picture */
} DatasetResult;

/* Takes params. A damaged capture is used as far as it can be read, with a line in the log. */
TorchlightJob *dataset_job_new(DatasetParams *params);
/* After the job is done. */
const DatasetResult *dataset_job_get_result(TorchlightJob *job);
