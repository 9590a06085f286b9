/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses made and mapped, by the policies of policy.h.
 *
 * A map gives every host another address, always the same one. It goes by a list of the user's,
 * then by a policy for the hosts that are not on it; what it gives one host it gives no other,
 * unless the list says so. Addresses that belong to nobody (unspecified, loopback, multicast,
 * broadcast) stay as they are unless they are listed.
 *
 * ADDRESSES_PERMUTE flips each bit of an address by a hash of the seed and the bits before it (as
 * Crypto-PAn does, Xu and others 2002, with a cipher): addresses that share their first n bits
 * share the first n of the new ones. It hides addresses from a reader, not from one who knows the
 * seed or sets out to find it. */
#pragma once

#include "app/trace/policy.h"
#include "app/trace/trace.h"

/* The ordinal-th address that a policy makes (KEEP and PERMUTE make those of MIXED, as AUTO does):
 * another for each until its range is full. */
Address address_made(AddressPolicy policy, guint64 seed, int family, bool is_client,
                     guint32 ordinal);
/* Of RFC 1918, RFC 3927, RFC 4193 or link-local. */
bool address_is_private(const Address *address);
/* Unspecified, loopback, multicast, broadcast. */
bool address_is_special(const Address *address);

/* policy: for hosts that are not listed. AUTO is PERMUTE once a list is read, else MIXED. */
AddressMap *address_map_new(AddressPolicy policy, guint64 seed);
void address_map_free(AddressMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AddressMap, address_map_free)
/* Reads a list: lines "old,new" or "old,new,mac", where old and new are two addresses, or two
 * prefixes ("10.1.0.0/16") of the same length, whose hosts keep the bits behind it; the longest
 * prefix counts. An empty new leaves the host its address. mac is the hardware address of the host
 * with the new address. Empty lines, lines that begin with # and a first line of names are passed
 * over. Nothing is changed on error, which names the line. */
bool address_map_read(AddressMap *map, const char *path, GError **error);
/* Of hosts that are not listed; never AUTO. */
AddressPolicy address_map_policy(const AddressMap *map);
/* The address for one of family 4 or 6; is_client counts for MIXED when a host is first met. */
Address address_map_get(AddressMap *map, const Address *address, bool is_client);
/* The hardware address that the list has for a new address: 6 bytes, borrowed, or NULL. */
const uint8_t *address_map_mac(const AddressMap *map, const Address *address);
int address_map_n_hosts(const AddressMap *map); /* that were met */

/* Maps the addresses of a trace: beside the rows, and in the bits of a layout that holds them. The
 * IPv4, TCP and UDP checksums that cover them follow (RFC 1624): what was right stays right, what
 * was not stays off by as much. A client is who sends to the lower port more often than to the
 * higher. A trace without addresses stays as it is. */
void trace_map_addresses(Trace *trace, AddressMap *map);
