/* SPDX-License-Identifier: Apache-2.0 */
/* A drawing in the making, a picture per step. Private to app/jobs. */
#pragma once

#include "app/jobs/learn_job.h"
#include "app/jobs/run_folder.h"
#include "app/jobs/stages.h"

/* Writes step-0.png ... into the folder. */
bool learn_film(const Stage *stage, const LearnParams *params, RunFolder *folder, GError **error);
