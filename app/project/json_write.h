/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to text (RFC 8259), without taking a reference on what is read: references of json-glib are
 * counted without locks, and a snapshot is written on a worker's thread. What is written reads as
 * the same again: a double stays one. Numbers that JSON cannot say (infinite) become null. */
#pragma once

#include <json-glib/json-glib.h>

/* On one line. */
void json_write_node(GString *out, JsonNode *node);
void json_write_object(GString *out, JsonObject *object);
void json_write_string(GString *out, const char *text);
