/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that promise a message. Behind a port of the registry (IANA, Service Name and Transport
 * Protocol Port Number Registry) readers of captures expect its protocol, and a payload of zeros
 * is no message of most. The table says of each port of TCP and UDP how Torchlight's payload
 * (app/trace/payload.h) fares there: tests/compliance/ports.py made it by asking Wireshark's
 * dissectors about every port, and makes it again; UDP 473 and 4058 (Kingfisher), which fail for
 * some words only, were found by the judge. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/trace/field.h"

/* True for a port at which no payload of ours passes, however large. transport is HEADER_TCP or
 * HEADER_UDP; of any other header no port needs anything. */
bool port_needs_message(Header transport, uint16_t port);
/* Bytes from which on a payload passes at this port; 0 when any does. No payload at all always
 * passes. Of ports that need a message, 65535. */
int port_least_payload(Header transport, uint16_t port);
