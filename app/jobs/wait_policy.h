/* SPDX-License-Identifier: Apache-2.0 */
/* How many threads the engine has, and how idle ones wait. By default OpenMP's spin, and take the
 * core from the thread they wait for: a training step took twice as long. It counts the processors
 * that the process may run on, but not how much of their time it may have: a container with the
 * time of two of 64 would switch 64 threads. The OpenMP library reads its wishes before main
 * begins, so a program that wants it otherwise has to start once more. */
#pragma once

/* First thing in main: unless the user has set OMP_WAIT_POLICY or GOMP_SPINCOUNT, starts the
 * program again with OMP_WAIT_POLICY=passive, and unless OMP_NUM_THREADS is set, with as many
 * threads as a control group (cgroup v2) has a quota for; and does not return. Where that cannot
 * be, or nothing is to be changed, goes on as it is. */
void wait_policy_settle(char **argv);

/* Threads that fill the quota of a cpu.max file ("QUOTA PERIOD", in microseconds); 0: "max", or
 * nothing that makes sense. */
int wait_policy_quota_threads(const char *cpu_max);
