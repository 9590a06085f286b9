/* SPDX-License-Identifier: Apache-2.0 */
/* A trace written as a capture: by which policies, and with what said about it. */
#pragma once

#include "app/repair/repair.h"
#include "app/trace/capture.h"

/* All zeros is the default. */
typedef struct {
    AddressPolicy addresses;
    MacPolicy macs;
    PayloadPolicy payload;
    char *map; /* owned: a list of addresses (address_map.h), or NULL */
    CaptureLink link;
    guint32 snaplen;  /* bytes of a frame to write at most, 0: all */
    bool annotate;    /* say at each packet which rules changed it */
    char *provenance; /* owned: JSON to write, what a pcapng says in its comment; NULL: none */
} ExportParams;

void export_params_clear(ExportParams *params);

/* What is read for writing: the list of addresses, the payloads of the template. */
typedef struct Export Export;

/* params are borrowed. template is the real capture for PAYLOAD_TEMPLATE and may be NULL; *warning
 * (may be NULL) says where it is damaged. */
Export *export_open(const ExportParams *params, guint64 seed, const char *template, char **warning,
                    GError **error);
void export_free(Export *export);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Export, export_free)
const WritePolicy *export_policy(const Export *export);

/* Gives the hosts of the trace to write other addresses where that was asked for: by a policy that
 * is not KEEP, or by a list. To be called once before anything is written. */
void export_map_trace(Export *export, Trace *trace);
/* The same for the trace of a template, but that of AUTO: only KEEP leaves its hosts theirs. */
void export_map_template(Export *export, Trace *template_trace);
/* Adds to the provenance of a trace, as "times", where its times come from. */
void export_note_times(Trace *trace, const char *source);

/* Writes trace under path; and the provenance, if that was asked for, under its own name, both or
 * neither. report may be NULL. cancellable may be NULL. */
bool export_write(const Export *export, const Trace *trace, const RepairReport *report,
                  const char *path, GCancellable *cancellable, int *n_dropped, GError **error);

/* What writing would give. */
typedef struct {
    int n_packets, n_dropped; /* rows that can be written, and that cannot */
    guint64 n_bytes;          /* of the frames as they are written */
    guint64 n_wire_bytes;     /* as their length on the wire says */
    gint64 duration_ns;       /* from the first to the last packet */
} ExportMeasure;

void export_measure(const Export *export, const Trace *trace, ExportMeasure *measure);
/* What a pcapng says in its comment about what made it: lines "key: value". report may be NULL. The
 * caller frees. */
char *export_comment(const Export *export, const Trace *trace, const RepairReport *report);
