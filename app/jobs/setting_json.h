/* SPDX-License-Identifier: Apache-2.0 */
/* Values of settings in JSON. Private to app/jobs. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

/* A path as JSON has it: relative to base where it lies below. The caller frees, as of the next
 * two.
 */
char *setting_path_to_json(const char *path, const char *base);
char *setting_path_from_json(const char *path, const char *base);
/* A plain value as generate_params_set_text takes it; NULL when it is none. */
char *setting_node_text(JsonNode *node);
/* Says that the member is of another kind than it has to be; false. */
bool setting_refuse_member(const char *key, GError **error);
