/* SPDX-License-Identifier: Apache-2.0 */
/* Finding out whether there are other ranks, and waiting for them without waiting for ever. */
#include "app/ranks/ranks.h"

#include <glib/gi18n-lib.h>
#include <gmodule.h>
#include <string.h>

#include "app/ranks/ranks_backend.h"

/* At first a wait is a spin, because most are short; then it leaves the processor to others. */
enum { SPIN_US = 300, NAP_US = 100, GRACE_US = 300 * 1000 };
enum { MAX_COUNT = 1 << 28 }; /* of one message: counts are ints in MPI 3 */

struct Ranks {
    GModule *module;
    const RanksBackend *backend;
    int index, count;
};

/* Launchers tell their processes so. */
static const char *const launcher_variables[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK",
                                                 "MPI_LOCALNRANKS"};

/* How many processes, in those variables that say so: one needs no MPI. The first that is set
 * counts, because Open MPI's own daemons may be started, one a machine, by another launcher. */
static const char *const count_variables[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};

static bool
is_alone(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(count_variables); i++) {
        const char *count = g_getenv(count_variables[i]);

        if (count)
            return g_str_equal(count, "1");
    }
    return false;
}

static const char *
launcher_variable(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(launcher_variables); i++) {
        if (g_getenv(launcher_variables[i]))
            return launcher_variables[i];
    }
    return NULL;
}

/* Where the environment says, beside the program as it is built, or where it is installed. */
static char *
module_path(void)
{
    const char *asked = g_getenv("TORCHLIGHT_LIBDIR");
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = program ? g_path_get_dirname(program) : NULL;
    g_autofree char *beside = dir ? g_build_filename(dir, RANKS_MODULE_NAME, NULL) : NULL;

    if (asked && *asked)
        return g_build_filename(asked, RANKS_MODULE_NAME, NULL);
    if (beside && g_file_test(beside, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&beside);
    return g_build_filename(TORCHLIGHT_LIBDIR, RANKS_MODULE_NAME, NULL);
}

static bool
load(Ranks *ranks, const char *variable, GError **error)
{
    g_autofree char *path = module_path();
    void *symbol = NULL;

    /* MPI opens modules of its own, which look for its symbols among those of the process. */
    ranks->module = g_module_open(path, G_MODULE_BIND_LAZY);
    if (ranks->module && g_module_symbol(ranks->module, RANKS_BACKEND_SYMBOL, &symbol)) {
        RanksBackendFunc get;

        memcpy(&get, &symbol, sizeof get);
        ranks->backend = get();
    }
    if (ranks->backend && ranks->backend->version == RANKS_BACKEND_VERSION)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                _("An MPI launcher started this (%s is set), and the module “%s” cannot be loaded "
                  "(%s): install Open MPI and build with -Dmpi=enabled, or run without the "
                  "launcher."),
                variable, path, ranks->module ? _("of another version") : g_module_error());
    return false;
}

bool
ranks_open(Ranks **result, GError **error)
{
    const char *variable = is_alone() ? NULL : launcher_variable();
    Ranks *ranks;

    *result = NULL;
    if (!variable)
        return true;
    ranks = g_new0(Ranks, 1);
    if (!load(ranks, variable, error)) {
        g_clear_pointer(&ranks->module, g_module_close);
        g_free(ranks);
        return false;
    }
    if (!ranks->backend->open(&ranks->index, &ranks->count)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, _("MPI does not start: %s"),
                    ranks->backend->message());
        g_free(ranks);
        return false;
    }
    *result = ranks;
    return true;
}

/* The module stays loaded: MPI leaves threads and handlers behind. */
void
ranks_close(Ranks *ranks, bool is_whole)
{
    if (!ranks)
        return;
    if (is_whole)
        ranks->backend->close();
    else
        ranks->backend->abort();
    g_free(ranks);
}

int
ranks_index(const Ranks *ranks)
{
    return ranks ? ranks->index : 0;
}

int
ranks_count(const Ranks *ranks)
{
    return ranks ? ranks->count : 1;
}

static bool
fail(const Ranks *ranks, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The other ranks cannot be reached: %s"),
                ranks->backend->message());
    return false;
}

static bool
wait_for(Ranks *ranks, GCancellable *cancellable, GError **error)
{
    gint64 begin_us = g_get_monotonic_time(), cancelled_us = 0;

    for (;;) {
        RanksProgress progress = ranks->backend->test();
        gint64 now_us;

        if (progress == RANKS_DONE)
            return true;
        if (progress == RANKS_FAILED)
            return fail(ranks, error);
        now_us = g_get_monotonic_time();
        if (!cancelled_us && g_cancellable_is_cancelled(cancellable))
            cancelled_us = now_us;
        if (cancelled_us && now_us - cancelled_us > GRACE_US) {
            g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                _("Another rank no longer answers: the run ends here."));
            return false;
        }
        if (now_us - begin_us > SPIN_US)
            g_usleep(NAP_US);
    }
}

bool
ranks_sum(Ranks *ranks, float *values, size_t n, GCancellable *cancellable, GError **error)
{
    for (size_t first = 0; ranks && first < n; first += MAX_COUNT) {
        if (!ranks->backend->start_sum(values + first, (int)MIN(n - first, MAX_COUNT)))
            return fail(ranks, error);
        if (!wait_for(ranks, cancellable, error))
            return false;
    }
    return true;
}

bool
ranks_min(Ranks *ranks, int *value, GCancellable *cancellable, GError **error)
{
    if (!ranks)
        return true;
    if (!ranks->backend->start_min(value))
        return fail(ranks, error);
    return wait_for(ranks, cancellable, error);
}

bool
ranks_all(Ranks *ranks, bool done, GCancellable *cancellable, GError **error)
{
    int all = done;

    if (!ranks_min(ranks, &all, cancellable, done ? error : NULL))
        return false;
    if (done && !all)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                            _("Another rank could not make its part."));
    return all;
}

bool
ranks_to_first(Ranks *ranks, int from, void *bytes, size_t n, GCancellable *cancellable,
               GError **error)
{
    bool is_from = ranks && ranks->index == from;

    if (!ranks || (!is_from && ranks->index != 0))
        return true;
    for (size_t first = 0; first < n; first += MAX_COUNT) {
        int size = (int)MIN(n - first, MAX_COUNT);
        char *part = (char *)bytes + first;

        if (is_from ? !ranks->backend->start_send(0, part, size)
                    : !ranks->backend->start_receive(from, part, size))
            return fail(ranks, error);
        if (!wait_for(ranks, cancellable, error))
            return false;
    }
    return true;
}
