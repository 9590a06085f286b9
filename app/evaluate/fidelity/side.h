/* SPDX-License-Identifier: Apache-2.0 */
/* The two sides of every comparison. */
#pragma once

typedef enum { SIDE_REAL, SIDE_GENERATED, N_SIDES } Side;
