/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of choices, and parameters of them. */
#include "ui/evaluate/evaluation_form.h"

#include <glib/gi18n.h>

#include "app/jobs/paths.h"
#include "ui/evaluate/evaluate_choice.h"

enum { FOLDER_REAL, FOLDER_SYNTHETIC, FILE_SPLIT, N_PATHS };
enum { QUICK, FULL };

struct _TorchlightEvaluationForm {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content;
    AdwComboRow *real, *synthetic, *depth;
    AdwActionRow *real_folder, *synthetic_folder, *split;
    AdwExpanderRow *protocol;
    GtkWidget *choose_real, *choose_synthetic, *choose_split, *clear_split;
    GtkSpinButton *seeds;

    /* owned */
    TorchlightProject *project;
    GPtrArray *reals, *synthetics; /* EvaluateChoice; after them comes the folder */
    GPtrArray *axes;               /* const char*, interned, in the order of their buttons */
    GtkWidget **axis_buttons;
    GtkWidget *features[N_EVALUATION_FEATURES], *classifiers[N_CLASSIFIER_KINDS];
    char *paths[N_PATHS];
    GtkFileChooserNative *chooser;
    int choosing; /* which path */
};

G_DEFINE_FINAL_TYPE(TorchlightEvaluationForm, torchlight_evaluation_form, GTK_TYPE_WIDGET)

/* --- paths --- */

static bool
is_folder(AdwComboRow *row, const GPtrArray *choices)
{
    return !choices || adw_combo_row_get_selected(row) >= choices->len;
}

static void
show_paths(TorchlightEvaluationForm *form)
{
    AdwActionRow *rows[N_PATHS] = {form->real_folder, form->synthetic_folder, form->split};
    const char *none[N_PATHS] = {_("None chosen: captures with their captions.csv, or a dataset"),
                                 _("None chosen: what was synthesised, or any folder of traces"),
                                 _("As the library has it, else by chance")};

    for (int i = 0; i < N_PATHS; i++) {
        g_autofree char *shown = form->paths[i] ? g_filename_display_name(form->paths[i]) : NULL;
        g_autofree char *escaped = shown ? g_markup_escape_text(shown, -1) : NULL;

        adw_action_row_set_subtitle(rows[i], escaped ? escaped : none[i]);
    }
    gtk_widget_set_visible(GTK_WIDGET(form->real_folder), is_folder(form->real, form->reals));
    gtk_widget_set_visible(GTK_WIDGET(form->synthetic_folder),
                           is_folder(form->synthetic, form->synthetics));
    gtk_widget_set_visible(form->clear_split, form->paths[FILE_SPLIT] != NULL);
}

static void
on_chosen(GtkNativeDialog *dialog, int response, TorchlightEvaluationForm *form)
{
    g_autoptr(GFile) file = NULL;

    if (response != GTK_RESPONSE_ACCEPT)
        return;
    file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_free(form->paths[form->choosing]);
    form->paths[form->choosing] = file ? g_file_get_path(file) : NULL;
    show_paths(form);
}

static void
choose(TorchlightEvaluationForm *form, int which, const char *title)
{
    g_clear_object(&form->chooser);
    form->choosing = which;
    form->chooser = gtk_file_chooser_native_new(
        title, GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(form))),
        which == FILE_SPLIT ? GTK_FILE_CHOOSER_ACTION_OPEN : GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
        _("_Choose"), NULL);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(form->chooser), TRUE);
    g_signal_connect_object(form->chooser, "response", G_CALLBACK(on_chosen), form, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(form->chooser));
}

static void
on_choose_real(TorchlightEvaluationForm *form)
{
    choose(form, FOLDER_REAL, _("Choose a Folder of Real Traces"));
}

static void
on_choose_synthetic(TorchlightEvaluationForm *form)
{
    choose(form, FOLDER_SYNTHETIC, _("Choose a Folder of Synthetic Traces"));
}

static void
on_choose_split(TorchlightEvaluationForm *form)
{
    choose(form, FILE_SPLIT, _("Choose a Split"));
}

static void
on_clear_split(TorchlightEvaluationForm *form)
{
    g_clear_pointer(&form->paths[FILE_SPLIT], g_free);
    show_paths(form);
}

/* --- sets of the project --- */

static void
fill(AdwComboRow *row, GPtrArray **choices, GPtrArray *fresh)
{
    bool was_folder = *choices && (*choices)->len > 0 && is_folder(row, *choices);
    guint selected = *choices ? adw_combo_row_get_selected(row) : 0;
    g_autoptr(GtkStringList) labels = gtk_string_list_new(NULL);

    for (guint i = 0; i < fresh->len; i++) {
        const EvaluateChoice *choice = fresh->pdata[i];

        gtk_string_list_append(labels, choice->label);
    }
    gtk_string_list_append(labels, _("From a Folder"));
    g_clear_pointer(choices, g_ptr_array_unref);
    *choices = fresh;
    adw_combo_row_set_model(row, G_LIST_MODEL(labels));
    adw_combo_row_set_selected(row, was_folder ? fresh->len : MIN(selected, fresh->len));
}

void
torchlight_evaluation_form_set_project(TorchlightEvaluationForm *form, TorchlightProject *project)
{
    g_set_object(&form->project, project);
    fill(form->real, &form->reals, evaluate_list_sets(project, SIDE_REAL));
    fill(form->synthetic, &form->synthetics, evaluate_list_sets(project, SIDE_GENERATED));
    show_paths(form);
}

/* --- parameters --- */

static bool
is_on(GtkWidget *button)
{
    return gtk_check_button_get_active(GTK_CHECK_BUTTON(button));
}

static unsigned
bits_of(GtkWidget *const *buttons, int n)
{
    unsigned bits = 0;

    for (int i = 0; i < n; i++)
        bits |= is_on(buttons[i]) ? 1u << i : 0;
    return bits;
}

static char **
axes_of(const TorchlightEvaluationForm *form)
{
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; i < form->axes->len; i++) {
        if (is_on(form->axis_buttons[i]))
            g_ptr_array_add(names, g_strdup(form->axes->pdata[i]));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static bool
take_protocol(const TorchlightEvaluationForm *form, EvaluateParams *params, GError **error)
{
    bool quick = adw_combo_row_get_selected(form->depth) == QUICK;

    if (quick) {
        params->options = evaluation_options_quick();
        params->n_checked = 20;
    } else {
        params->options.n_rounds = gtk_spin_button_get_value_as_int(form->seeds);
        params->options.n_mixture_rounds = params->options.n_rounds;
        params->options.classifiers = bits_of(form->classifiers, N_CLASSIFIER_KINDS);
    }
    params->options.features = bits_of(form->features, N_EVALUATION_FEATURES);
    params->axes = axes_of(form);
    if (params->axes[0] && params->options.features && (quick || params->options.classifiers))
        return true;
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                        _("Choose at least one axis, one kind of features and one classifier under "
                          "“Protocol”."));
    return false;
}

static bool
take_sets(const TorchlightEvaluationForm *form, EvaluateParams *params, GError **error)
{
    guint real = adw_combo_row_get_selected(form->real);
    guint synthetic = adw_combo_row_get_selected(form->synthetic);

    params->split = g_strdup(form->paths[FILE_SPLIT]);
    if (!is_folder(form->real, form->reals))
        params->given_real = evaluate_given_set(form->project, SIDE_REAL, form->reals->pdata[real]);
    else
        params->real = g_strdup(form->paths[FOLDER_REAL]);
    if (!is_folder(form->synthetic, form->synthetics))
        params->given_synthetic =
            evaluate_given_set(form->project, SIDE_GENERATED, form->synthetics->pdata[synthetic]);
    else if (form->paths[FOLDER_SYNTHETIC])
        g_ptr_array_add(params->synthetic, g_strdup(form->paths[FOLDER_SYNTHETIC]));
    if ((params->real || params->given_real) &&
        (params->given_synthetic || params->synthetic->len > 0))
        return true;
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                        params->real || params->given_real
                            ? _("Choose the folder of the synthetic traces.")
                            : _("Choose the folder of the real traces."));
    return false;
}

EvaluateParams *
torchlight_evaluation_form_get_params(TorchlightEvaluationForm *form, GError **error)
{
    g_autoptr(EvaluateParams) params = evaluate_params_new();

    return take_sets(form, params, error) && take_protocol(form, params, error)
               ? g_steal_pointer(&params)
               : NULL;
}

/* --- the object --- */

/* A row of check buttons, all on. */
static void
add_checks(TorchlightEvaluationForm *form, const char *title, const char *const *names, guint n,
           GtkWidget **buttons)
{
    GtkWidget *row = adw_action_row_new(), *box = gtk_flow_box_new();

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(box), GTK_SELECTION_NONE);
    gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(box), 5);
    gtk_widget_set_hexpand(box, TRUE);
    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    for (guint i = 0; i < n; i++) {
        buttons[i] = gtk_check_button_new_with_label(names[i]);
        gtk_check_button_set_active(GTK_CHECK_BUTTON(buttons[i]), TRUE);
        gtk_flow_box_append(GTK_FLOW_BOX(box), buttons[i]);
        gtk_widget_set_focusable(gtk_widget_get_parent(buttons[i]), FALSE);
    }
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), box);
    adw_expander_row_add_row(form->protocol, row);
}

static void
add_protocol(TorchlightEvaluationForm *form)
{
    static const char *const classifiers[N_CLASSIFIER_KINDS] = {
        N_("Decision tree"), N_("Random forest"), N_("Linear SVM")};
    static const char *const features[N_EVALUATION_FEATURES] = {N_("All bits in their places"),
                                                                N_("Order-free")};
    g_autofree char *path = paths_vocabulary(NULL);
    g_autoptr(Vocabulary) vocabulary = path ? vocabulary_read(path, NULL) : NULL;
    const char *names[N_CLASSIFIER_KINDS + N_EVALUATION_FEATURES];

    form->axes = vocabulary ? evaluation_axes(vocabulary) : g_ptr_array_new();
    form->axis_buttons = g_new0(GtkWidget *, form->axes->len + 1);
    add_checks(form, _("Axes"), (const char *const *)form->axes->pdata, form->axes->len,
               form->axis_buttons);
    for (int i = 0; i < N_EVALUATION_FEATURES; i++)
        names[i] = _(features[i]);
    add_checks(form, _("Features"), names, N_EVALUATION_FEATURES, form->features);
    for (int i = 0; i < N_CLASSIFIER_KINDS; i++)
        names[i] = _(classifiers[i]);
    add_checks(form, _("Classifiers"), names, N_CLASSIFIER_KINDS, form->classifiers);
}

/* The quick way has one seed, and the forest alone. */
static void
show_depth(TorchlightEvaluationForm *form)
{
    bool full = adw_combo_row_get_selected(form->depth) == FULL;

    gtk_widget_set_sensitive(GTK_WIDGET(form->seeds), full);
    for (int i = 0; i < N_CLASSIFIER_KINDS; i++)
        gtk_widget_set_sensitive(form->classifiers[i], full);
}

static void
torchlight_evaluation_form_dispose(GObject *object)
{
    TorchlightEvaluationForm *form = TORCHLIGHT_EVALUATION_FORM(object);

    if (form->chooser)
        gtk_native_dialog_destroy(GTK_NATIVE_DIALOG(form->chooser));
    g_clear_object(&form->chooser);
    g_clear_pointer(&form->content, gtk_widget_unparent);
    g_clear_object(&form->project);
    g_clear_pointer(&form->reals, g_ptr_array_unref);
    g_clear_pointer(&form->synthetics, g_ptr_array_unref);
    g_clear_pointer(&form->axes, g_ptr_array_unref);
    g_clear_pointer(&form->axis_buttons, g_free);
    for (int i = 0; i < N_PATHS; i++)
        g_clear_pointer(&form->paths[i], g_free);
    G_OBJECT_CLASS(torchlight_evaluation_form_parent_class)->dispose(object);
}

#define BIND(name) gtk_widget_class_bind_template_child(widget, TorchlightEvaluationForm, name)

static void
torchlight_evaluation_form_class_init(TorchlightEvaluationFormClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_evaluation_form_dispose;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/evaluation_form.ui");
    BIND(content);
    BIND(real);
    BIND(synthetic);
    BIND(depth);
    BIND(real_folder);
    BIND(synthetic_folder);
    BIND(split);
    BIND(protocol);
    BIND(choose_real);
    BIND(choose_synthetic);
    BIND(choose_split);
    BIND(clear_split);
    BIND(seeds);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_evaluation_form_init(TorchlightEvaluationForm *form)
{
    gtk_widget_init_template(GTK_WIDGET(form));
    add_protocol(form);
    show_depth(form);
    torchlight_evaluation_form_set_project(form, NULL);
    g_signal_connect_swapped(form->real, "notify::selected", G_CALLBACK(show_paths), form);
    g_signal_connect_swapped(form->synthetic, "notify::selected", G_CALLBACK(show_paths), form);
    g_signal_connect_swapped(form->depth, "notify::selected", G_CALLBACK(show_depth), form);
    g_signal_connect_swapped(form->choose_real, "clicked", G_CALLBACK(on_choose_real), form);
    g_signal_connect_swapped(form->choose_synthetic, "clicked", G_CALLBACK(on_choose_synthetic),
                             form);
    g_signal_connect_swapped(form->choose_split, "clicked", G_CALLBACK(on_choose_split), form);
    g_signal_connect_swapped(form->clear_split, "clicked", G_CALLBACK(on_clear_split), form);
}
