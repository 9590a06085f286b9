/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews asked for, replaced, delivered. */
#include "ui/repair/review.h"

struct _TorchlightReview {
    GObject parent_instance;

    /* owned */
    Document *document;
    TorchlightJob *running; /* the newest that was asked for, or NULL */
    TorchlightJob *shown;   /* the last that was done, or NULL */
    char *error;
};

enum { PROP_BUSY = 1, N_PROPS };
static GParamSpec *props[N_PROPS];
static guint changed_signal;

G_DEFINE_FINAL_TYPE(TorchlightReview, torchlight_review, G_TYPE_OBJECT)

RepairParams *
review_params_new(const Document *document, const RepairChoices *choices)
{
    RepairParams *params = repair_params_new();
    const char *seed = g_hash_table_lookup(document->trace->provenance, "seed");

    repair_params_add_choices(params, choices);
    if (!choices->has_seed && seed)
        params->seed = g_ascii_strtoull(seed, NULL, 10);
    return params;
}

static void
stop(TorchlightReview *review)
{
    if (!review->running)
        return;
    g_signal_handlers_disconnect_by_data(review->running, review);
    torchlight_job_cancel(review->running);
    g_clear_object(&review->running);
}

static void
on_finished(TorchlightJob *job, TorchlightReview *review)
{
    const GError *error = torchlight_job_get_error(job);
    bool done = torchlight_job_get_state(job) == JOB_DONE;

    g_clear_pointer(&review->error, g_free);
    g_clear_object(&review->shown);
    if (done)
        review->shown = g_object_ref(job);
    if (!done)
        review->error = g_strdup(error ? error->message : "");
    g_signal_handlers_disconnect_by_data(job, review);
    g_clear_object(&review->running);
    g_object_notify_by_pspec(G_OBJECT(review), props[PROP_BUSY]);
    g_signal_emit(review, changed_signal, 0);
}

static void
release_document(gpointer document)
{
    document_unref(document);
}

void
torchlight_review_set(TorchlightReview *review, Document *document, const RepairChoices *choices)
{
    bool is_other = document != review->document;

    stop(review);
    if (is_other) {
        g_clear_pointer(&review->document, document_unref);
        review->document = document ? document_ref(document) : NULL;
        g_clear_object(&review->shown);
        g_clear_pointer(&review->error, g_free);
    }
    if (document) {
        review->running = review_job_new(review_params_new(document, choices), document->trace,
                                         document_ref(document), release_document);
        g_signal_connect(review->running, "finished", G_CALLBACK(on_finished), review);
        torchlight_job_start(review->running);
    }
    g_object_notify_by_pspec(G_OBJECT(review), props[PROP_BUSY]);
    if (is_other)
        g_signal_emit(review, changed_signal, 0);
}

Document *
torchlight_review_get_document(TorchlightReview *review)
{
    return review->document;
}

const ReviewResult *
torchlight_review_get_result(TorchlightReview *review)
{
    return review->shown ? review_job_get_result(review->shown) : NULL;
}

TorchlightJob *
torchlight_review_get_job(TorchlightReview *review)
{
    return review->shown;
}

const char *
torchlight_review_get_error(TorchlightReview *review)
{
    return review->error;
}

bool
torchlight_review_is_busy(TorchlightReview *review)
{
    return review->running != NULL;
}

static void
torchlight_review_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_BUSY)
        g_value_set_boolean(value, torchlight_review_is_busy(TORCHLIGHT_REVIEW(object)));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
torchlight_review_dispose(GObject *object)
{
    TorchlightReview *review = TORCHLIGHT_REVIEW(object);

    stop(review);
    g_clear_object(&review->shown);
    g_clear_pointer(&review->document, document_unref);
    g_clear_pointer(&review->error, g_free);
    G_OBJECT_CLASS(torchlight_review_parent_class)->dispose(object);
}

static void
torchlight_review_class_init(TorchlightReviewClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);

    object->dispose = torchlight_review_dispose;
    object->get_property = torchlight_review_get_property;
    props[PROP_BUSY] =
        g_param_spec_boolean("busy", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object, N_PROPS, props);
    changed_signal = g_signal_new("changed", TORCHLIGHT_TYPE_REVIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void
torchlight_review_init(TorchlightReview *review)
{
}

TorchlightReview *
torchlight_review_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_REVIEW, NULL);
}
