/* SPDX-License-Identifier: Apache-2.0 */
/* How what no picture holds is made: addresses, hardware addresses, payload. One WritePolicy goes
 * to whoever makes addresses (repair), maps them (address_map.h) and writes packets
 * (capture.h); with the same seed they agree on every byte. All zeros is the default policy. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct AddressMap AddressMap;           /* address_map.h */
typedef struct PayloadTemplate PayloadTemplate; /* payload_template.h */
typedef struct PayloadStreams PayloadStreams;   /* payload_stream.h */

/* IP addresses. */
typedef enum {
    /* KEEP for a trace that carries addresses, MIXED for one that does not and for the hosts of a
     * template. */
    ADDRESSES_AUTO,
    ADDRESSES_KEEP,          /* of the capture, or of the template */
    ADDRESSES_MIXED,         /* clients PRIVATE, servers DOCUMENTATION */
    ADDRESSES_DOCUMENTATION, /* RFC 5737 (762 hosts, then RFC 2544's 198.18.0.0/15), RFC 3849 */
    ADDRESSES_PRIVATE,       /* RFC 1918's 10.0.0.0/8, RFC 4193's fd00::/8 */
    ADDRESSES_PERMUTE, /* a keyed permutation that keeps common prefixes; addresses of anyone */
} AddressPolicy;

/* Ethernet addresses. A multicast or broadcast IP address always gets the one that belongs to it
 * (RFC 1112 section 6.4, RFC 2464 section 7), a host of the map the one given there; every other is
 * locally administered, so that no vendor is named. */
typedef enum {
    MACS_DERIVED, /* 02:00 and the IPv4 address, 02:06 and a hash of the IPv6 one */
    /* By the seed: hosts with private addresses have one each, all others are reached through one
     * gateway. Where neither end is private, the first of the two to send is near. */
    MACS_RANDOM,
} MacPolicy;

/* The bytes after the transport header (payload.h). */
typedef enum {
    PAYLOAD_ZEROS,
    /* A counter-based generator keyed by the seed and the row; of TCP by ports and sequence number,
     * so that what is sent again is the same. */
    PAYLOAD_RANDOM,
    PAYLOAD_TEMPLATE, /* of a real capture: captured bytes, then zeros (payload_template.h) */
} PayloadPolicy;

/* What frames of a capture begin with. */
typedef enum {
    CAPTURE_ETHERNET, /* LINKTYPE_ETHERNET, 1 */
    CAPTURE_RAW,      /* LINKTYPE_RAW, 101: packets begin with their IP header */
} CaptureLink;

typedef struct {
    guint64 seed;
    AddressPolicy addresses;
    MacPolicy macs;
    PayloadPolicy payload;
    const AddressMap *map;           /* borrowed; hardware addresses given by the user, or NULL */
    const PayloadTemplate *template; /* borrowed; for PAYLOAD_TEMPLATE, NULL: zeros */
    const PayloadStreams *streams;   /* borrowed; of the trace that is written, or NULL */
} WritePolicy;

/* The names people give them: "keep", "mixed", "documentation", "private", "permute"; "derived",
 * "random"; "zeros", "random", "template"; "ethernet", "raw". NULL is the default. False and error,
 * which lists the names, for any other. */
bool address_policy_by_name(const char *name, AddressPolicy *policy, GError **error);
bool mac_policy_by_name(const char *name, MacPolicy *policy, GError **error);
bool payload_policy_by_name(const char *name, PayloadPolicy *policy, GError **error);
bool capture_link_by_name(const char *name, CaptureLink *link, GError **error);
const char *address_policy_name(AddressPolicy policy); /* "auto" for ADDRESSES_AUTO */
const char *mac_policy_name(MacPolicy policy);
const char *payload_policy_name(PayloadPolicy policy);
const char *capture_link_name(CaptureLink link);
