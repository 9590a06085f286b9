/* SPDX-License-Identifier: Apache-2.0 */
/* The text "parameters" of a picture, in the words that A1111's web UI writes and reads, for the
 * tools that know no other. What A1111 has no word for is left out: Torchlight itself reads its own
 * text chunks (generate_files.h). Private to app/jobs. */
#pragma once

#include "app/jobs/generate_job.h"

/* width, height: of the picture. The caller frees. */
char *generate_infotext(const GenerateParams *params, guint64 seed, int width, int height);
