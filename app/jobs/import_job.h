/* SPDX-License-Identifier: Apache-2.0 */
/* Files into a project: captures (pcap, pcapng), pictures of traces, nPrint CSV, .npy and .npz,
 * dataset folders, folders of captures. Everything becomes pictures of at most IMAGE_ROWS packets
 * under pictures/, with the side columns in them, and a caption each: from captions.csv or
 * metadata beside the file, else what the picture says itself, else made of the file's name. A file
 * that cannot be read does not stop the others; a project that cannot be written does. */
#pragma once

#include "app/jobs/job.h"
#include "app/project/project.h"
#include "app/trace/flow.h"

typedef struct {
    char *dir;        /* owned: the project's folder */
    char **inputs;    /* owned, NULL-terminated: files and folders */
    char *caption;    /* owned: of every picture, or NULL */
    char *template;   /* owned: how captions are made of file names ("{1}, {2}", see
                         caption_template.h), or NULL */
    char *filter;     /* owned: pcap-filter(7), or NULL */
    FlowBy flows;     /* a series of pictures a flow; by capture one series */
    int window;       /* packets a picture */
    int min_packets;  /* smaller flows and last pictures are left out, unless a file would have
                         none (64) */
    int max_pictures; /* of each file, 0: all */
} ImportParams;

ImportParams *import_params_new(void);
void import_params_free(ImportParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImportParams, import_params_free)

/* Takes params. "preview-changed" as pictures arrive. */
TorchlightJob *import_job_new(ImportParams *params);

typedef struct {
    char *path;     /* of the input */
    char *sentence; /* why it is not there, or not all of it */
} ImportProblem;

/* While it runs and afterwards, on the main thread: adds what has arrived since the last call to
 * the project: traces, and the captures that they are of; how many traces. The call that finds the
 * job over makes all that it brought one edit, "Import". items: the traces, as in
 * torchlight_project_add_many. */
guint import_job_collect(TorchlightJob *job, TorchlightProject *project, GPtrArray *items);
/* ImportProblem elements, owned by the job; after it is done: inputs of which nothing is there. */
GPtrArray *import_job_get_problems(TorchlightJob *job);
/* The same of inputs that are damaged, of which what stands before is there. Logged, too. */
GPtrArray *import_job_get_warnings(TorchlightJob *job);
