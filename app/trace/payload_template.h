/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads of a real capture, for PAYLOAD_TEMPLATE. What is taken are the captured bytes after each
 * TCP, UDP and ICMP header; where they end, zeros follow. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/trace/policy.h"

enum {
    PAYLOAD_TEMPLATE_MAX_BYTES = 64 << 20, /* what is past either is not taken */
    PAYLOAD_TEMPLATE_MAX_PACKETS = 1 << 20,
};

/* *warning (may be NULL): where the capture is damaged, newly allocated; what stands before is
 * taken. A capture without payload is an error. */
PayloadTemplate *payload_template_read(const char *path, char **warning, GError **error);
void payload_template_free(PayloadTemplate *payloads);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PayloadTemplate, payload_template_free)
int payload_template_n_packets(const PayloadTemplate *payloads);

/* Fills bytes (n) for a packet with these headers (as for payload_fill_packet). The payload is of a
 * packet with the same transport protocol, to or from the same server port (the lower of the two;
 * ICMP: the same type), in the same direction; or, where the capture has none and the port is not a
 * well-known one (from 1024), of any port. Of those that are as long as n, or else the longest, the
 * seed and the key choose one: long ones are cut, after short ones and where there is none zeros
 * follow. Thread-safe. */
void payload_template_fill(const PayloadTemplate *payloads, guint64 seed, int key,
                           const uint8_t *headers, size_t n_headers, uint8_t *bytes, size_t n);
