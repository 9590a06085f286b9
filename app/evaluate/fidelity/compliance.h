/* SPDX-License-Identifier: Apache-2.0 */
/* How legal a repaired trace is: by our own rules, and by tshark, which knows none of them.
 *
 * By the rules a trace is legal when repair leaves it as it is; a packet or flow, when nothing of
 * it is changed. By tshark a flow is clean when none of its packets is malformed or carries expert
 * information of severity warning or error. Notes (retransmissions, duplicate acknowledgments) are
 * life. Captures cut short or begun in the middle of a flow make real traffic unclean too: tell the
 * same of real captures beside it. */
#pragma once

#include "app/evaluate/fidelity/estimate.h"
#include "app/repair/repair.h"

typedef struct {
    guint64 n_packets, n_legal_packets;
    guint64 n_flows, n_legal_flows;
    guint64 n_bits_changed;
} ComplianceCount;

/* Adds a trace read from a capture that was written after repair. A trace without packets adds
 * nothing. False only when stopped. cancellable may be NULL. */
bool compliance_count(ComplianceCount *count, const Trace *repaired, GCancellable *cancellable,
                      GError **error);

typedef enum {
    EXPERT_ERROR,
    EXPERT_WARNING,
    EXPERT_NOTE,
    EXPERT_CHAT,
    N_EXPERT_SEVERITIES
} ExpertSeverity;

/* "error", "warning", "note", "chat". */
const char *expert_severity_name(ExpertSeverity severity);

typedef struct {
    guint64 n_packets;
    guint64 n_events[N_EXPERT_SEVERITIES];     /* expert information items, of all packets */
    guint64 n_packets_of[N_EXPERT_SEVERITIES]; /* packets by the worst they carry */
    guint64 n_malformed;                       /* packets */
    guint64 n_clean_packets;                   /* neither malformed, warning nor error */
    /* TCP and UDP streams as tshark numbers them, other packets by their two addresses. */
    guint64 n_flows, n_clean_flows;
} ExpertCount;

/* What tshark is to be called with before "-r" and the capture: NULL-terminated, tshark first. All
 * checksums are verified. Run it with LC_ALL=C.UTF-8. */
const char *const *expert_command(void);
/* Adds what it printed of one capture. False and error at a line that is none of it. */
bool expert_count(ExpertCount *count, const char *output, GError **error);

/* Shares over n traces, with the interval of resampled traces (estimate_ratio). */
Estimate compliance_packets(const ComplianceCount *counts, guint n);
Estimate compliance_flows(const ComplianceCount *counts, guint n);
Estimate expert_clean_packets(const ExpertCount *counts, guint n);
Estimate expert_clean_flows(const ExpertCount *counts, guint n);
/* Items of a severity for each packet. */
Estimate expert_events(const ExpertCount *counts, guint n, ExpertSeverity severity);
