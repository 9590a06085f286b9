/* SPDX-License-Identifier: Apache-2.0 */
/* TCP connections as an observer between their ends sees them, end by end. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct {
    const uint8_t *ip, *transport; /* NULL: none */
    int family, protocol;
    int n_transport; /* bytes from the transport header to the end of the packet */
} LegalView;

static inline unsigned
u16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static inline guint32
u32(const uint8_t *bytes)
{
    return (guint32)u16(bytes) << 16 | u16(bytes + 2);
}

/* The next segment of a trace. connections: char* to what was seen of each so far, freed by
 * legal_connection_free. What is wrong with it, or NULL. */
const char *legal_check_segment(GHashTable *connections, const LegalView *view);
void legal_connection_free(gpointer connection);
