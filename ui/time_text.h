/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time for people. */
#pragma once

/* "about 2 min left"; "" when unknown (negative or absurd). The caller frees. */
char *time_left_text(double seconds);
