/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng, block by block (draft-ietf-opsawg-pcapng). Several sections, each in its own byte order;
 * several interfaces, each with its link type, snaplen, unit and origin of time; enhanced, simple
 * and the obsolete packet blocks. All other blocks, and options of no use here, are stepped over
 * without being held. Needs no seeking; memory is that of the largest packet block, at most 16 MiB,
 * and of the section's interfaces, at most 65,536. Private to app/trace. */
#pragma once

#include <stdio.h>

#include "app/trace/capture.h"

typedef struct Pcapng Pcapng;

/* stream stands before the first block and is borrowed. */
Pcapng *pcapng_new(FILE *stream);
void pcapng_free(Pcapng *pcapng);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pcapng, pcapng_free)

/* 1 a packet, 0 end of file, -1 what follows cannot be read, and *fault (static) says why. The
 * packet's data is valid until the next call. Its frame is Wireshark's number: blocks that
 * Wireshark shows as records though they are no packets (custom, systemd journal and sysdig event
 * blocks) are numbered too. A simple packet block has no time and takes the one before. */
int pcapng_next(Pcapng *pcapng, CapturePacket *packet, const char **fault);
/* Where the block that was read last begins, in bytes. */
guint64 pcapng_offset(const Pcapng *pcapng);

/* Different link types (DLT_ values) of the interfaces so far, in order; at most 64 are kept. */
const int *pcapng_link_types(const Pcapng *pcapng, int *n);

/* Where the time of an interface starts and what it counts: if_tsresol, if_tsoffset. */
typedef struct {
    guint8 resolution; /* 10 to the minus this; with the high bit set, 2 to the minus the rest */
    gint64 offset_s;
} PcapngClock;

/* Nanoseconds since 1970, rounded down; 0 when they do not fit. */
gint64 pcapng_time_ns(const PcapngClock *clock, guint64 units);
