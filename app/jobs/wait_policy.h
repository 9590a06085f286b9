/* SPDX-License-Identifier: Apache-2.0 */
/* How the engine's idle threads wait. By default OpenMP's spin, and take the core from the thread
 * they wait for: a training step took twice as long. The OpenMP library reads its wish before main
 * begins, so a program that wants it otherwise has to start once more. */
#pragma once

/* First thing in main: unless the user has set OMP_WAIT_POLICY or GOMP_SPINCOUNT, starts the
 * program again with OMP_WAIT_POLICY=passive and does not return. Where that cannot be, goes on as
 * it is. */
void wait_policy_settle(char **argv);
