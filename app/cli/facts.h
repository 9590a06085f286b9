/* SPDX-License-Identifier: Apache-2.0 */
/* Facts (app/jobs/inspect.h) for people and for machines. */
#pragma once

#include "app/cli/cli.h"
#include "app/jobs/inspect.h"

void cli_say_facts(const Cli *cli, const Facts *facts);
void cli_json_facts(JsonBuilder *builder, const Facts *facts); /* an object */
