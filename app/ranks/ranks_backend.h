/* SPDX-License-Identifier: Apache-2.0 */
/* What the module that knows MPI gives: requests that are started and then asked after, so that
 * waiting for a rank can be broken off. Private to app/ranks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum { RANKS_PENDING, RANKS_DONE, RANKS_FAILED } RanksProgress;

#define RANKS_BACKEND_VERSION 1
#define RANKS_BACKEND_SYMBOL "torchlight_ranks_backend"

/* One request at a time. Each start returns false when MPI refuses; message() then says why. */
typedef struct {
    int version;
    bool (*open)(int *index, int *count);
    bool (*start_sum)(float *values, int n);
    bool (*start_min)(int *value);
    bool (*start_send)(int to, const void *bytes, int n);
    bool (*start_receive)(int from, void *bytes, int n);
    RanksProgress (*test)(void);
    const char *(*message)(void);
    void (*close)(void);
    void (*abort)(void); /* ends every rank */
} RanksBackend;

typedef const RanksBackend *(*RanksBackendFunc)(void);
