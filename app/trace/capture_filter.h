/* SPDX-License-Identifier: Apache-2.0 */
/* A BPF expression (pcap-filter(7)) over packets of one or several link types: compiled by libpcap
 * once a link type, run on every packet. Private to app/trace. */
#pragma once

#include "app/trace/capture.h"

struct pcap;

typedef struct CaptureFilter CaptureFilter;

CaptureFilter *capture_filter_new(const char *expression);
void capture_filter_free(CaptureFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptureFilter, capture_filter_free)
/* Makes the filter ready for a link type. pcap: the open capture, or NULL. False and an error that
 * names the expression and libpcap's reason when it means nothing there. */
bool capture_filter_compile(CaptureFilter *filter, int link_type, struct pcap *pcap,
                            GError **error);
/* Compiles first where need be; false where the expression means nothing on the link type. */
bool capture_filter_passes(CaptureFilter *filter, const CapturePacket *packet);
