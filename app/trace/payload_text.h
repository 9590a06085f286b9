/* SPDX-License-Identifier: Apache-2.0 */
/* A payload for protocols whose messages are lines of text: letters, and CR LF at the end. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a protocol of TCP (6) or UDP (17) at this port speaks in lines: FTP (RFC 959), Telnet
 * (RFC 854), SMTP (RFC 5321), POP3 (RFC 1939), IRC (RFC 1459), syslog (RFC 5424) and their like. */
bool payload_port_is_text(int protocol, unsigned port);
/* A line of n bytes. */
void payload_text_fill(uint8_t *bytes, size_t n);
/* Where in a line of n bytes are the PAYLOAD_TEXT_FREE that payload_text_fit writes: an even
 * offset; -1 in a line too short for them. */
enum { PAYLOAD_TEXT_FREE = 8 };
int payload_text_free(size_t n);
/* Printable bytes whose one's-complement sum as 16-bit words is sum. */
void payload_text_fit(uint8_t *bytes, unsigned sum);
