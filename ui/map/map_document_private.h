/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the map document share. */
#pragma once

#include "ui/map/map_document.h"

struct _TorchlightMapDocument {
    GObject parent_instance;

    TorchlightProject *project; /* weak: the project's edits hold documents */

    /* owned */
    TorchlightItem *item; /* or NULL */
    char *of, *name;
    ControlMap *map;
    Image *picture;
    EdgeField *field;

    ControlSource source;
    ControlSource found; /* what the edges beneath the marks were found with */
    bool finding;        /* edges, on a thread */
    bool find_again;     /* thresholds moved since */
    guint write_timer;   /* holds a reference, so that nothing is lost */
    guint version;       /* of what is to be written */

    GMutex lock;           /* of what follows, and of the file */
    guint written_version; /* by any thread */
};

/* It is written a while from now. */
void map_document_set_unwritten(TorchlightMapDocument *document);
