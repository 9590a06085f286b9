/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/vulkan/tune.h"

#include "compute/vulkan/tune_cache.h"
#include "compute/vulkan/tune_sample.h"
#include "compute/vulkan/vulkan_device.h"

#include <math.h>

static const double BUDGET_S = 2; /* of measuring, a program */

/* A question that has no answer yet. */
typedef struct {
    const Node *node; /* borrowed: of the graph that is being compiled */
    char *key;
    TuneBy by;
    char **names;
    int n;
} Question;

struct Tuner {
    VulkanDevice *device;
    bool force;
    char *path, *identity;
    GHashTable *choices;   /* key -> name */
    GHashTable *answered;  /* with force: the keys that this process has measured */
    GPtrArray *questions;  /* Question */
    const char *tried_key; /* while a way is tried: which, of what */
    int tried_way;
};

static void
question_free(void *data)
{
    Question *question = data;
    g_free(question->key);
    g_strfreev(question->names);
    g_free(question);
}

/* Names device, driver and shaders. */
static char *
identity_of(const VulkanDevice *device)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < VK_UUID_SIZE; i++)
        g_string_append_printf(text, "%02x", device->driver_uuid[i]);
    g_autofree char *shaders = pipeline_shaders_digest();
    g_string_append_printf(text, " %08x:%08x %08x %s", device->properties.vendorID,
                           device->properties.deviceID, device->properties.driverVersion, shaders);
    return g_string_free(text, FALSE);
}

Tuner *
tuner_new(VulkanDevice *device)
{
    const char *wish = g_getenv("TORCHLIGHT_AUTOTUNE");
    bool force = g_strcmp0(wish, "force") == 0;
    if (g_strcmp0(wish, "off") == 0 || (device->base.software && !force))
        return NULL;
    Tuner *tuner = g_new0(Tuner, 1);
    tuner->device = device;
    tuner->force = force;
    tuner->identity = identity_of(device);
    g_autofree char *id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, tuner->identity, -1);
    g_autofree char *name = g_strdup_printf("tuning-%.16s.txt", id);
    tuner->path = g_build_filename(g_get_user_cache_dir(), "torchlight", name, NULL);
    tuner->choices = tune_cache_read(tuner->path, tuner->identity);
    tuner->answered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    tuner->questions = g_ptr_array_new_with_free_func(question_free);
    return tuner;
}

void
tuner_free(Tuner *tuner)
{
    if (!tuner)
        return;
    g_hash_table_unref(tuner->choices);
    g_hash_table_unref(tuner->answered);
    g_ptr_array_unref(tuner->questions);
    g_free(tuner->path);
    g_free(tuner->identity);
    g_free(tuner);
}

static void
note(Tuner *tuner, const Node *node, const char *key, TuneBy by, const char *const *names, int n)
{
    for (guint i = 0; i < tuner->questions->len; i++) {
        if (g_str_equal(((Question *)tuner->questions->pdata[i])->key, key))
            return;
    }
    Question *question = g_new0(Question, 1);
    question->node = node;
    question->key = g_strdup(key);
    question->by = by;
    question->names = g_new0(char *, n + 1);
    for (int i = 0; i < n; i++)
        question->names[i] = g_strdup(names[i]);
    question->n = n;
    g_ptr_array_add(tuner->questions, question);
}

int
tuner_choose(Tuner *tuner, const Node *node, const char *key, TuneBy by, const char *const *names,
             int n, int otherwise)
{
    if (!tuner || n < 2)
        return otherwise;
    if (tuner->tried_key && g_str_equal(tuner->tried_key, key))
        return tuner->tried_way;
    bool settled = !tuner->force || g_hash_table_contains(tuner->answered, key);
    const char *name = settled ? g_hash_table_lookup(tuner->choices, key) : NULL;
    for (int i = 0; name && i < n; i++) {
        if (g_str_equal(names[i], name))
            return i;
    }
    if (!tuner->tried_key)
        note(tuner, node, key, by, names, n);
    return otherwise;
}

/* Tries the ways of a question in turn; *best is the answer. */
static bool
answer(Tuner *tuner, const Question *question, TuneSample *sample, int *best, GError **error)
{
    double best_s = INFINITY;
    *best = 0;
    for (int way = 0; way < question->n; way++) {
        TuneTrial trial;
        tuner->tried_key = question->key;
        tuner->tried_way = way;
        bool done = tune_sample_try(sample, question->by == TUNE_FASTEST, best_s, &trial, error);
        tuner->tried_key = NULL;
        if (!done && tuner->device->lost)
            return false;
        if (!done) { /* its driver cannot: one way less */
            g_clear_error(error);
            continue;
        }
        g_debug("%s: %s %.3f ms%s", question->key, question->names[way], trial.seconds * 1e3,
                trial.same     ? ""
                : trial.agrees ? ", agrees"
                               : ", differs");
        bool accepted =
            question->by == TUNE_FASTEST ? trial.same && trial.seconds < best_s : trial.agrees;
        if (accepted) {
            *best = way;
            best_s = trial.seconds;
        }
    }
    return true;
}

bool
tuner_run(Tuner *tuner, bool *news, GError **error)
{
    *news = false;
    if (!tuner || tuner->tried_key || tuner->questions->len == 0)
        return true;
    gint64 end_us = g_get_monotonic_time() + (gint64)(BUDGET_S * G_USEC_PER_SEC);
    bool ok = true;
    for (guint i = 0; i < tuner->questions->len && ok; i++) {
        const Question *question = tuner->questions->pdata[i];
        if (question->by == TUNE_FASTEST && !tuner->force && g_get_monotonic_time() > end_us)
            continue;
        TuneSample *sample = tune_sample_new(tuner->device, question->node);
        int best;
        if (!sample) /* too large, or of another kind: it stays as it is */
            continue;
        ok = answer(tuner, question, sample, &best, error);
        tune_sample_free(sample);
        if (ok) {
            g_hash_table_insert(tuner->choices, g_strdup(question->key),
                                g_strdup(question->names[best]));
            g_hash_table_add(tuner->answered, g_strdup(question->key));
            *news = true;
        }
    }
    tuner_forget(tuner);
    if (*news)
        tune_cache_write(tuner->choices, tuner->path, tuner->identity);
    return ok;
}

void
tuner_forget(Tuner *tuner)
{
    if (tuner && !tuner->tried_key)
        g_ptr_array_set_size(tuner->questions, 0);
}
