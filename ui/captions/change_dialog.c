/* SPDX-License-Identifier: Apache-2.0 */
/* The dialog of a change to many captions. Each change of its fields is tried on a thread; what
 * comes back late is left. */
#include "ui/captions/change_dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/captions/caption_change.h"

enum { MAX_SHOWN = 30, MAX_DRAWN = 300, DELAY_MS = 150 };
enum { DO_ADD, DO_REMOVE, DO_REPLACE, DO_TEMPLATE };

#define TORCHLIGHT_TYPE_CHANGE_DIALOG (torchlight_change_dialog_get_type())
G_DECLARE_FINAL_TYPE(TorchlightChangeDialog, torchlight_change_dialog, TORCHLIGHT, CHANGE_DIALOG,
                     AdwWindow)

struct _TorchlightChangeDialog {
    AdwWindow parent_instance;

    /* template */
    GtkWidget *accept, *case_row;
    AdwComboRow *action, *match;
    GtkEditable *find, *with;
    GtkSwitch *match_case;
    AdwPreferencesGroup *preview_group;
    GtkListBox *preview;

    /* owned */
    TorchlightWorkspace *workspace;
    GPtrArray *items;
    Vocabulary *vocabulary;
    CaptionChange *change; /* as it is shown; NULL: none */
    GCancellable *trying;
    guint delay;
};

G_DEFINE_FINAL_TYPE(TorchlightChangeDialog, torchlight_change_dialog, ADW_TYPE_WINDOW)

/* What a thread tries. */
typedef struct {
    CaptionChange *change;
    Vocabulary *vocabulary; /* NULL: none */
    CaptionEditSpec spec;
    char *find, *with;
    bool is_template;
} Trial;

static void
trial_free(gpointer data)
{
    Trial *trial = data;

    caption_change_free(trial->change);
    vocabulary_free(trial->vocabulary);
    g_free(trial->find);
    g_free(trial->with);
    g_free(trial);
}

static void
try_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Trial *trial = data;
    GError *error = NULL;
    bool good = trial->is_template
                    ? caption_change_template(trial->change, trial->with, trial->vocabulary, &error)
                    : caption_change_edit(trial->change, &trial->spec, trial->vocabulary, &error);

    if (good)
        g_task_return_pointer(task, g_steal_pointer(&trial->change),
                              (GDestroyNotify)caption_change_free);
    else
        g_task_return_error(task, error);
}

/* --- the preview --- */

/* The start of a text, as Pango markup. */
static char *
drawn(const char *text)
{
    const char *end = text;
    g_autofree char *start = NULL;

    while (*end && end - text < MAX_DRAWN)
        end = g_utf8_next_char(end);
    start = g_strdup_printf("%.*s%s", (int)(end - text), text, *end ? "…" : "");
    return g_markup_escape_text(start, -1);
}

static void
add_preview(TorchlightChangeDialog *dialog, const char *before, const char *after)
{
    GtkWidget *row = adw_action_row_new();
    g_autofree char *old = drawn(before);
    g_autofree char *new = drawn(after);
    g_autofree char *subtitle = *old ? g_strdup_printf("<s>%s</s>", old) : NULL;

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), *new ? new : _("(no caption)"));
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 3);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 3);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle ? subtitle : "");
    gtk_list_box_append(dialog->preview, row);
}

static void
show_change(TorchlightChangeDialog *dialog, const char *sentence)
{
    guint n = dialog->change ? caption_change_n_changed(dialog->change) : 0;
    guint n_items = dialog->items->len, shown = 0;
    g_autofree char *text = NULL;
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(dialog->preview))))
        gtk_list_box_remove(dialog->preview, child);
    for (guint i = 0; n > 0 && i < n_items && shown < MAX_SHOWN; i++) {
        const char *after = caption_change_after(dialog->change, i);

        if (!after)
            continue;
        add_preview(dialog, caption_change_before(dialog->change, i), after);
        shown++;
    }
    text = sentence ? g_markup_escape_text(sentence, -1)
                    : g_strdup_printf(ngettext("%u of %u caption changes.",
                                               "%u of %u captions change.", n_items),
                                      n, n_items);
    adw_preferences_group_set_description(dialog->preview_group, text);
    gtk_widget_set_visible(GTK_WIDGET(dialog->preview), shown > 0);
    gtk_widget_set_sensitive(dialog->accept, n > 0);
}

static void
on_tried(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightChangeDialog *dialog = TORCHLIGHT_CHANGE_DIALOG(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(CaptionChange) change = g_task_propagate_pointer(G_TASK(result), &error);

    if (!dialog->items || g_task_get_cancellable(G_TASK(result)) != dialog->trying)
        return;
    g_clear_pointer(&dialog->change, caption_change_free);
    dialog->change = g_steal_pointer(&change);
    show_change(dialog, error ? error->message : NULL);
}

static gboolean
try_change(gpointer data)
{
    TorchlightChangeDialog *dialog = data;
    guint action = adw_combo_row_get_selected(dialog->action);
    Trial *trial = g_new0(Trial, 1);
    g_autoptr(GTask) task = NULL;

    dialog->delay = 0;
    if (dialog->trying)
        g_cancellable_cancel(dialog->trying);
    g_clear_object(&dialog->trying);
    dialog->trying = g_cancellable_new();
    trial->change = caption_change_new(dialog->items);
    trial->vocabulary = dialog->vocabulary ? vocabulary_copy(dialog->vocabulary) : NULL;
    trial->find = g_strdup(gtk_editable_get_text(dialog->find));
    trial->with = g_strdup(gtk_editable_get_text(dialog->with));
    trial->is_template = action == DO_TEMPLATE;
    trial->spec =
        (CaptionEditSpec){action == DO_ADD      ? CAPTION_ADD
                          : action == DO_REMOVE ? CAPTION_REMOVE
                                                : CAPTION_REPLACE,
                          (CaptionMatch)adw_combo_row_get_selected(dialog->match), trial->find,
                          trial->with, gtk_switch_get_active(dialog->match_case)};
    task = g_task_new(dialog, dialog->trying, on_tried, NULL);
    g_task_set_source_tag(task, try_change);
    g_task_set_task_data(task, trial, trial_free);
    g_task_run_in_thread(task, try_in_thread);
    return G_SOURCE_REMOVE;
}

static void
on_changed(TorchlightChangeDialog *dialog)
{
    gtk_widget_set_sensitive(dialog->accept, FALSE);
    if (dialog->items && dialog->delay == 0)
        dialog->delay = g_timeout_add(DELAY_MS, try_change, dialog);
}

/* The fields that an action needs. */
static void
on_action(TorchlightChangeDialog *dialog)
{
    static const char *const titles[] = {N_("Words"), NULL, N_("Replace With"), N_("Template")};
    static const char template[] = CAPTION_PREFIX ": {known}";
    guint action = adw_combo_row_get_selected(dialog->action);
    bool finds = action == DO_REMOVE || action == DO_REPLACE;
    bool is_template = g_str_equal(gtk_editable_get_text(dialog->with), template);

    gtk_widget_set_visible(GTK_WIDGET(dialog->find), finds);
    gtk_widget_set_visible(GTK_WIDGET(dialog->match), finds);
    gtk_widget_set_visible(dialog->case_row, finds);
    gtk_widget_set_visible(GTK_WIDGET(dialog->with), action != DO_REMOVE);
    if (action < G_N_ELEMENTS(titles) && titles[action])
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(dialog->with), _(titles[action]));
    if (action == DO_TEMPLATE && !*gtk_editable_get_text(dialog->with))
        gtk_editable_set_text(dialog->with, template);
    else if (action != DO_TEMPLATE && is_template)
        gtk_editable_set_text(dialog->with, "");
    on_changed(dialog);
}

static void
on_accept(TorchlightChangeDialog *dialog)
{
    TorchlightProject *project = torchlight_workspace_get_project(dialog->workspace);
    g_autofree char *text = NULL;
    guint n;

    if (!dialog->change || !project)
        return;
    n = caption_change_apply(dialog->change, project, _("Change Captions"));
    text = g_strdup_printf(ngettext("%u caption changed", "%u captions changed", n), n);
    torchlight_workspace_toast_action(dialog->workspace, text, _("_Undo"), "win.undo", NULL);
    gtk_window_destroy(GTK_WINDOW(dialog));
}

static void
torchlight_change_dialog_dispose(GObject *object)
{
    TorchlightChangeDialog *dialog = TORCHLIGHT_CHANGE_DIALOG(object);

    g_clear_handle_id(&dialog->delay, g_source_remove);
    if (dialog->trying)
        g_cancellable_cancel(dialog->trying);
    g_clear_object(&dialog->trying);
    g_clear_object(&dialog->workspace);
    g_clear_pointer(&dialog->items, g_ptr_array_unref);
    g_clear_pointer(&dialog->vocabulary, vocabulary_free);
    g_clear_pointer(&dialog->change, caption_change_free);
    G_OBJECT_CLASS(torchlight_change_dialog_parent_class)->dispose(object);
}

static void
torchlight_change_dialog_class_init(TorchlightChangeDialogClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_change_dialog_dispose;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/change_dialog.ui");
#define BIND(child) gtk_widget_class_bind_template_child(widget, TorchlightChangeDialog, child)
    BIND(accept);
    BIND(case_row);
    BIND(action);
    BIND(match);
    BIND(find);
    BIND(with);
    BIND(match_case);
    BIND(preview_group);
    BIND(preview);
#undef BIND
    gtk_widget_class_bind_template_callback(widget, on_accept);
    gtk_widget_class_bind_template_callback(widget, on_action);
    gtk_widget_class_bind_template_callback(widget, on_changed);
}

static void
torchlight_change_dialog_init(TorchlightChangeDialog *dialog)
{
    gtk_widget_init_template(GTK_WIDGET(dialog));
}

void
change_dialog_show(GtkWindow *parent, TorchlightWorkspace *workspace, GPtrArray *items,
                   const Vocabulary *vocabulary, const char *find)
{
    TorchlightChangeDialog *dialog =
        g_object_new(TORCHLIGHT_TYPE_CHANGE_DIALOG, "transient-for", parent, NULL);

    dialog->workspace = g_object_ref(workspace);
    dialog->items = g_ptr_array_ref(items);
    dialog->vocabulary = vocabulary ? vocabulary_copy(vocabulary) : NULL;
    adw_combo_row_set_selected(dialog->action, DO_REPLACE);
    if (find)
        gtk_editable_set_text(dialog->find, find);
    on_action(dialog);
    gtk_window_present(GTK_WINDOW(dialog));
    gtk_widget_grab_focus(GTK_WIDGET(dialog->find));
}
