/* SPDX-License-Identifier: Apache-2.0 */
/* What a page shows: the trace of a file. Made off the main thread, shared by reference, and not
 * changed afterwards. */
#pragma once

#include "app/trace/trace.h"
#include "ui/trace/trace_picture.h"

/* Rows of a capture that are read: 64 pictures. */
enum { DOCUMENT_MAX_ROWS = 64 * IMAGE_ROWS };

typedef struct {
    char *path;    /* of the file */
    char *title;   /* file name for people */
    char *folder;  /* for people */
    char *caption; /* as read; "" */
    char *warning; /* what the reader has to know, or NULL */
    Trace *trace;
    bool more;        /* the file goes on after the last row */
    bool can_caption; /* false: beside the file is something that must not be overwritten */
    int n_packets;    /* rows that are no padding */
    TracePicture *first_picture;
    Palette palette; /* of it */
} Document;

/* With its caption, wherever that stands (caption_file.h). */
Document *document_read(const char *path, Palette palette, GError **error);
Document *document_ref(Document *document);
void document_unref(Document *document); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Document, document_unref)

/* "1,024 packets · layout torchlight · left out: 3 ARP"; the caller frees. */
char *document_facts(const Document *document);
/* How many pictures there are in it, at least 1. */
int document_n_pictures(const Document *document);
