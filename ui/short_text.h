/* SPDX-License-Identifier: Apache-2.0 */
/* Text that came from elsewhere and may be of any length, as much of it as a label is for: a label
 * of 100 kB keeps the main loop for seconds, each time that it is measured. */
#pragma once

/* The text, or its beginning and "…"; text is UTF-8, NULL is "". The caller frees. */
char *short_text(const char *text);
