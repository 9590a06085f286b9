/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an AddressMap, for the files that fill it. */
#pragma once

#include "app/trace/address_map.h"

/* A line of the user's list. */
typedef struct {
    Address old, new; /* bits past n_bits are 0 */
    int n_bits;       /* of the prefix: 32 or 128 for one host */
    bool has_mac;
    uint8_t mac[6];
} AddressLine;

struct AddressMap {
    AddressPolicy policy;
    guint64 seed;
    GArray *lines;        /* AddressLine, the longest prefix first */
    GHashTable *new_of;   /* Address* -> Address*: every host that was met */
    GHashTable *old_of;   /* Address*: the new addresses, as a set */
    guint32 n_made[2][2]; /* by family (IPv6 last) and by role (clients last) */
};

guint address_hash(gconstpointer address);
gboolean address_hash_equal(gconstpointer a, gconstpointer b);
bool address_in_prefix(const Address *address, const Address *prefix, int n_bits);
