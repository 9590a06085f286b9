/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of a trace under repair form a flow, by their ends: ports, and addresses where the
 * layout holds them. Observed rows say exactly which flow they are of; drawn rows join the flow
 * that their bits are nearest to, and rows near to none vote on one of their own. */
#pragma once

#include "app/repair/repair_context.h"

/* Fills context->flows (ascending by first row; ports, addresses where known, rows, n_observed) and
 * flow and side of every packet. Side 0 is the end that sent the first row. */
void flow_ends_assemble(RepairContext *context);
