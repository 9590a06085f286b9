/* SPDX-License-Identifier: Apache-2.0 */
/* The module that knows MPI: the only file that includes its header, and the only part of
 * Torchlight that is linked with it. MPI has one state a process, and so has this. */
#include <mpi.h>
#include <stdio.h>

#include "app/ranks/ranks_backend.h"

static MPI_Comm world;
static MPI_Request request;
static int sent_min, *received_min; /* of a minimum on its way */
static int last_result;

static bool
note(int result)
{
    last_result = result;
    return result == MPI_SUCCESS;
}

static bool
open_world(int *index, int *count)
{
    int provided;

    return note(MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided)) &&
           note(MPI_Comm_dup(MPI_COMM_WORLD, &world)) &&
           note(MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN)) &&
           note(MPI_Comm_rank(world, index)) && note(MPI_Comm_size(world, count));
}

static bool
start_sum(float *values, int n)
{
    return note(MPI_Iallreduce(MPI_IN_PLACE, values, n, MPI_FLOAT, MPI_SUM, world, &request));
}

static bool
start_min(int *value)
{
    sent_min = *value;
    received_min = value;
    return note(MPI_Iallreduce(&sent_min, received_min, 1, MPI_INT, MPI_MIN, world, &request));
}

static bool
start_send(int to, const void *bytes, int n)
{
    return note(MPI_Isend(bytes, n, MPI_BYTE, to, 0, world, &request));
}

static bool
start_receive(int from, void *bytes, int n)
{
    return note(MPI_Irecv(bytes, n, MPI_BYTE, from, 0, world, &request));
}

static RanksProgress
test(void)
{
    int done = 0;

    if (!note(MPI_Test(&request, &done, MPI_STATUS_IGNORE)))
        return RANKS_FAILED;
    return done ? RANKS_DONE : RANKS_PENDING;
}

static const char *
message(void)
{
    static char text[MPI_MAX_ERROR_STRING + 1];
    int length = 0;

    if (MPI_Error_string(last_result, text, &length) != MPI_SUCCESS)
        snprintf(text, sizeof text, "MPI error %d", last_result);
    return text;
}

static void
close_world(void)
{
    MPI_Comm_free(&world);
    MPI_Finalize();
}

static void
abort_world(void)
{
    MPI_Abort(world, 1);
}

static const RanksBackend backend = {
    .version = RANKS_BACKEND_VERSION,
    .open = open_world,
    .start_sum = start_sum,
    .start_min = start_min,
    .start_send = start_send,
    .start_receive = start_receive,
    .test = test,
    .message = message,
    .close = close_world,
    .abort = abort_world,
};

const RanksBackend *torchlight_ranks_backend(void);

__attribute__((visibility("default"))) const RanksBackend *
torchlight_ranks_backend(void)
{
    return &backend;
}
