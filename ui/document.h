/* SPDX-License-Identifier: Apache-2.0 */
/* What a page shows: the trace of a file, or one that was generated. Made off the main thread,
 * shared by reference, and not changed afterwards. */
#pragma once

#include "app/jobs/generate_job.h"
#include "ui/trace/trace_picture.h"

/* Rows of a capture that are read: 64 pictures. */
enum { DOCUMENT_MAX_ROWS = 64 * IMAGE_ROWS };

typedef struct {
    char *path;       /* of the file; NULL of what was generated */
    char *title;      /* file name for people, or "Generated" */
    char *folder;     /* for people; "" of what was generated */
    char *caption;    /* as read; "" */
    char *warning;    /* what the reader has to know, or NULL */
    char *parameters; /* of what was generated, for people; else NULL */
    Trace *trace;
    bool more;        /* the file goes on after the last row */
    bool can_caption; /* false: beside the file is something that must not be overwritten */
    int n_packets;    /* rows that are no padding */
    TracePicture *first_picture;
    Palette palette; /* of it */
} Document;

/* With its caption, wherever that stands (caption_file.h). */
Document *document_read(const char *path, Palette palette, GError **error);
/* Of a generated image that has a trace. */
Document *document_from_image(const GenerateImage *image, const GenerateParams *params,
                              Palette palette);
Document *document_ref(Document *document);
void document_unref(Document *document); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Document, document_unref)

/* "1,024 packets · layout torchlight · left out: 3 ARP"; the caller frees. */
char *document_facts(const Document *document);
/* How many pictures there are in it, at least 1. */
int document_n_pictures(const Document *document);
