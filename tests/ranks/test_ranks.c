/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks: run under mpirun with two processes, and alone. Each rank checks what it got. */
#include "app/ranks/ranks.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "rank %d of %d, line %d: %s\n", ranks_index(ranks),                    \
                    ranks_count(ranks), __LINE__, #condition);                                     \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static void
check_sum(Ranks *ranks)
{
    enum { N = 100003 };
    g_autofree float *values = g_new(float, N);
    float factor = (float)(ranks_index(ranks) + 1);
    int count = ranks_count(ranks);
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < N; i++)
        values[i] = factor * (float)(i % 1000);
    CHECK(ranks_sum(ranks, values, N, NULL, &error));
    for (int i = 0; i < N; i++)
        CHECK(values[i] == (float)(i % 1000) * (float)(count * (count + 1) / 2));
}

static void
check_min(Ranks *ranks)
{
    int value = 7 - ranks_index(ranks);
    g_autoptr(GError) error = NULL;

    CHECK(ranks_min(ranks, &value, NULL, &error));
    CHECK(value == 7 - (ranks_count(ranks) - 1));
}

static void
check_to_first(Ranks *ranks)
{
    char bytes[5000];
    g_autoptr(GError) error = NULL;

    for (int from = 1; from < ranks_count(ranks); from++) {
        memset(bytes, ranks_index(ranks) + 1, sizeof bytes);
        CHECK(ranks_to_first(ranks, from, bytes, sizeof bytes, NULL, &error));
        CHECK(bytes[0] == (ranks_is_first(ranks) ? from + 1 : ranks_index(ranks) + 1));
        CHECK(bytes[sizeof bytes - 1] == bytes[0]);
    }
}

/* The last rank stays away: the others give up when they are cancelled, and not before. */
static void
check_absence(Ranks *ranks)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    int value = 1;

    if (ranks_index(ranks) == ranks_count(ranks) - 1) {
        g_usleep(3 * G_USEC_PER_SEC);
        return;
    }
    g_cancellable_cancel(cancellable);
    CHECK(!ranks_min(ranks, &value, cancellable, &error));
    CHECK(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT));
    printf("gave up\n");
    fflush(stdout);
    ranks_close(ranks, false);
    exit(1);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Ranks *ranks;

    if (!ranks_open(&ranks, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    check_sum(ranks);
    check_min(ranks);
    check_to_first(ranks);
    if (argc > 1 && strcmp(argv[1], "absent") == 0 && ranks)
        check_absence(ranks);
    printf("rank %d of %d: whole\n", ranks_index(ranks), ranks_count(ranks));
    fflush(stdout);
    ranks_close(ranks, true);
    return 0;
}
