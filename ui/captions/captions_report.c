/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside the list of captions: tags, words and problems, counted on a thread a moment
 * after something changed. */
#include "app/jobs/caption_report.h"
#include "ui/captions/captions_page_private.h"

enum { REPORT_DELAY_MS = 250 };

/* What a thread looks through: all that is shown, and what changes are for. */
typedef struct {
    GPtrArray *captions, *targets; /* char* */
    GPtrArray *names;
    Vocabulary *vocabulary;
    CaptionTokens *tokens;
    CaptionReport *report;
    CaptionWords *target_words;
} Counting;

static void
counting_free(gpointer data)
{
    Counting *counting = data;

    g_ptr_array_unref(counting->captions);
    g_ptr_array_unref(counting->targets);
    g_ptr_array_unref(counting->names);
    vocabulary_free(counting->vocabulary);
    caption_tokens_unref(counting->tokens);
    caption_report_free(counting->report);
    caption_words_free(counting->target_words);
    g_free(counting);
}

static void
count_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Counting *counting = data;

    counting->report =
        caption_report_new((const char *const *)counting->captions->pdata, counting->captions->len,
                           counting->vocabulary, counting->tokens);
    counting->target_words = caption_words_new(counting->vocabulary);
    for (guint i = 0; i < counting->targets->len; i++)
        caption_words_count(counting->target_words, counting->targets->pdata[i], 1);
    g_task_return_boolean(task, TRUE);
}

static void
on_counted(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightCaptionsPage *page = TORCHLIGHT_CAPTIONS_PAGE(source);
    Counting *counting = g_task_get_task_data(G_TASK(result));

    if (!page->workspace || g_task_get_cancellable(G_TASK(result)) != page->counting)
        return;
    torchlight_tags_panel_show(page->tags, counting->target_words, counting->targets->len,
                               captions_page_is_writable(page));
    torchlight_words_panel_show(page->words, counting->report->words);
    torchlight_problems_panel_show(page->problems, counting->report, counting->names);
}

static gboolean
make_report(gpointer data)
{
    TorchlightCaptionsPage *page = data;
    GListModel *model = G_LIST_MODEL(page->selection);
    g_autoptr(GPtrArray) targets = captions_page_dup_targets(page);
    Counting *counting = g_new0(Counting, 1);
    g_autoptr(GTask) task = NULL;

    page->delay = 0;
    counting->captions = g_ptr_array_new_with_free_func(g_free);
    counting->targets = g_ptr_array_new_with_free_func(g_free);
    counting->names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0, n = g_list_model_get_n_items(model); i < n; i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(model, i);

        g_ptr_array_add(counting->captions, g_strdup(torchlight_item_get_caption(item)));
        g_ptr_array_add(counting->names, g_strdup(torchlight_item_get_name(item)));
    }
    for (guint i = 0; i < targets->len; i++)
        g_ptr_array_add(counting->targets,
                        g_strdup(torchlight_item_get_caption(targets->pdata[i])));
    counting->vocabulary = page->vocabulary ? vocabulary_copy(page->vocabulary) : NULL;
    counting->tokens = page->tokens ? caption_tokens_ref(page->tokens) : NULL;
    g_clear_object(&page->counting);
    page->counting = g_cancellable_new();
    task = g_task_new(page, page->counting, on_counted, NULL);
    g_task_set_source_tag(task, make_report);
    g_task_set_task_data(task, counting, counting_free);
    g_task_run_in_thread(task, count_in_thread);
    return G_SOURCE_REMOVE;
}

void
captions_page_want_report(TorchlightCaptionsPage *page)
{
    if (!gtk_widget_get_mapped(GTK_WIDGET(page)))
        page->is_stale = true;
    else if (page->delay == 0)
        page->delay = g_timeout_add(REPORT_DELAY_MS, make_report, page);
}
