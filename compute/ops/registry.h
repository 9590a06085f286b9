/* SPDX-License-Identifier: Apache-2.0 */
/* Every op file offers a NULL-terminated list of its ops that have test cases; registry.c joins
 * them. */
#pragma once

#include "compute/op.h"

extern const Op *const elementwise_ops[];
extern const Op *const reshape_ops[];
