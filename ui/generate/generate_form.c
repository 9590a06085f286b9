/* SPDX-License-Identifier: Apache-2.0 */
/* The form's settings, there and back. */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/jobs/generate_control.h"
#include "app/jobs/generate_settings.h"
#include "ui/device_row.h"
#include "ui/generate/generate_form_private.h"
#include "ui/generate/lora_row.h"

enum { SEED_RANDOM, SEED_FIXED, SEED_LAST };
enum { ROW_STEP = 8 }; /* pictures are made of blocks of so many rows */

static guint changed_signal;

G_DEFINE_FINAL_TYPE(TorchlightGenerateForm, torchlight_generate_form, GTK_TYPE_WIDGET)

bool
torchlight_generate_form_has_prompt(TorchlightGenerateForm *form)
{
    g_autofree char *text = torchlight_prompt_view_dup_text(form->prompt);

    return *text != '\0';
}

static void
show_seed(TorchlightGenerateForm *form, guint64 seed)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, seed);

    gtk_editable_set_text(GTK_EDITABLE(form->seed), text);
}

static bool
read_seed(TorchlightGenerateForm *form, guint64 *seed)
{
    return g_ascii_string_to_unsigned(gtk_editable_get_text(GTK_EDITABLE(form->seed)), 10, 0,
                                      G_MAXUINT64, seed, NULL);
}

static void
on_seed_changed(TorchlightGenerateForm *form)
{
    guint64 seed;

    if (read_seed(form, &seed))
        gtk_widget_remove_css_class(form->seed, "error");
    else
        gtk_widget_add_css_class(form->seed, "error");
}

static guint64
draw_seed(void)
{
    return g_random_int_range(0, G_MAXINT32);
}

static void
on_dice(TorchlightGenerateForm *form)
{
    show_seed(form, draw_seed());
}

static void
on_seed_mode(TorchlightGenerateForm *form)
{
    gtk_widget_set_visible(form->seed, adw_combo_row_get_selected(form->seed_mode) == SEED_FIXED);
}

static guint64
next_seed(TorchlightGenerateForm *form)
{
    guint64 seed = form->last_seed;
    guint mode = adw_combo_row_get_selected(form->seed_mode);

    if (mode == SEED_RANDOM)
        seed = draw_seed();
    else if (mode == SEED_FIXED && !read_seed(form, &seed))
        seed = 0;
    form->last_seed = seed;
    return seed;
}

GenerateParams *
torchlight_generate_form_take_params(TorchlightGenerateForm *form)
{
    GenerateParams *params = generate_params_new();
    GSettings *settings = torchlight_workspace_get_settings(form->workspace);
    g_autofree char *device = g_settings_get_string(settings, "device");
    g_autofree char *negative = torchlight_prompt_view_dup_text(form->negative);

    params->prompt = torchlight_prompt_view_dup_text(form->prompt);
    params->negative = *negative ? g_steal_pointer(&negative) : NULL;
    params->any_words = true; /* the form has warned of them */
    params->model = g_strdup(path_choice_get(form->models));
    params->device = *device ? g_steal_pointer(&device) : NULL;
    params->control = g_strdup(path_choice_get(form->maps));
    params->control_weight = gtk_spin_button_get_value(form->control_weight);
    /* The first of each is what NULL stands for. */
    if (params->control && adw_combo_row_get_selected(form->control_mode) > 0)
        params->control_mode =
            g_strdup(generate_control_mode((int)adw_combo_row_get_selected(form->control_mode)));
    if (params->control && adw_combo_row_get_selected(form->control_convention) > 0)
        params->control_convention = g_strdup(
            generate_control_convention((int)adw_combo_row_get_selected(form->control_convention)));
    params->control_start = gtk_spin_button_get_value(form->control_start);
    params->control_end = MAX(gtk_spin_button_get_value(form->control_end), params->control_start);
    generate_form_get_sampling(form, params);
    params->count = gtk_spin_button_get_value_as_int(form->count);
    params->height = params->control || params->init
                         ? 0
                         : gtk_spin_button_get_value_as_int(form->rows) / ROW_STEP * ROW_STEP;
    params->layout = g_strdup(form->layout);
    params->seed = next_seed(form);
    for (guint i = 0; i < form->loras->len; i++) {
        TorchlightLoraRow *row = form->loras->pdata[i];

        generate_params_add_lora(params, torchlight_lora_row_get_path(row),
                                 torchlight_lora_row_get_weight(row));
    }
    return params;
}

/* name NULL: the first */
static void
select_name(AdwComboRow *row, const char *(*nth)(int n), const char *name)
{
    guint selected = 0;

    for (int i = 0; name && nth(i); i++) {
        if (g_str_equal(nth(i), name))
            selected = (guint)i;
    }
    adw_combo_row_set_selected(row, selected);
}

void
torchlight_generate_form_set_params(TorchlightGenerateForm *form, const GenerateParams *params)
{
    torchlight_prompt_view_set_text(form->prompt, params->prompt);
    torchlight_prompt_view_set_text(form->negative, params->negative);
    path_choice_set(form->models, params->model);
    path_choice_set(form->maps, params->control);
    gtk_spin_button_set_value(form->control_weight, params->control_weight);
    select_name(form->control_mode, generate_control_mode, params->control_mode);
    select_name(form->control_convention, generate_control_convention, params->control_convention);
    gtk_spin_button_set_value(form->control_start, params->control_start);
    gtk_spin_button_set_value(form->control_end, params->control_end);
    generate_form_set_sampling(form, params);
    gtk_spin_button_set_value(form->count, params->count);
    if (params->height > 0)
        gtk_spin_button_set_value(form->rows, params->height);
    g_free(form->layout);
    form->layout = g_strdup(params->layout);
    adw_combo_row_set_selected(form->seed_mode, SEED_FIXED);
    show_seed(form, params->seed);
    generate_form_clear_loras(form);
    for (guint i = 0; i < params->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(params->loras, GenerateLora, i);

        generate_form_add_lora(form, lora->path, NULL, lora->weight);
    }
}

void
torchlight_generate_form_focus(TorchlightGenerateForm *form)
{
    torchlight_prompt_view_focus(form->prompt);
}

void
torchlight_generate_form_set_workspace(TorchlightGenerateForm *form, TorchlightWorkspace *workspace)
{
    g_set_object(&form->workspace, workspace);
    g_signal_connect_object(workspace, "notify::project", G_CALLBACK(generate_form_watch_project),
                            form, G_CONNECT_SWAPPED);
    generate_form_watch_project(form);
}

static void
on_prompt_changed(TorchlightGenerateForm *form)
{
    g_signal_emit(form, changed_signal, 0);
}

enum { MAX_OFFERED = 2000 }; /* bytes: no model reads more */

/* Something to start from: the words of the trace that is open. Once, so that a prompt that was
 * emptied stays empty. */
static void
offer_prompt(TorchlightGenerateForm *form)
{
    TorchlightItem *trace = torchlight_workspace_get_trace(form->workspace);
    g_autofree char *text = torchlight_prompt_view_dup_text(form->prompt);

    if (form->offered || *text || !trace || !*torchlight_item_get_caption(trace) ||
        strlen(torchlight_item_get_caption(trace)) > MAX_OFFERED)
        return;
    form->offered = true;
    torchlight_prompt_view_set_text(form->prompt, torchlight_item_get_caption(trace));
}

static void
torchlight_generate_form_map(GtkWidget *widget)
{
    TorchlightGenerateForm *form = TORCHLIGHT_GENERATE_FORM(widget);

    GTK_WIDGET_CLASS(torchlight_generate_form_parent_class)->map(widget);
    if (!form->workspace)
        return;
    generate_form_load_words(form); /* captions may have changed since */
    offer_prompt(form);
}

static void
torchlight_generate_form_dispose(GObject *object)
{
    TorchlightGenerateForm *form = TORCHLIGHT_GENERATE_FORM(object);

    generate_form_unwatch_project(form);
    g_cancellable_cancel(form->loading);
    g_clear_object(&form->loading);
    g_cancellable_cancel(form->map_loading);
    g_clear_object(&form->map_loading);
    g_clear_object(&form->chooser);
    g_clear_pointer(&form->scrolled, gtk_widget_unparent);
    g_clear_pointer(&form->loras, g_ptr_array_unref);
    g_clear_pointer(&form->layout, g_free);
    g_clear_pointer(&form->start, g_free);
    g_clear_object(&form->workspace);
    G_OBJECT_CLASS(torchlight_generate_form_parent_class)->dispose(object);
}

static void
torchlight_generate_form_class_init(TorchlightGenerateFormClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    g_type_ensure(TORCHLIGHT_TYPE_PROMPT_VIEW);
    g_type_ensure(TORCHLIGHT_TYPE_DEVICE_ROW);
    G_OBJECT_CLASS(class)->dispose = torchlight_generate_form_dispose;
    widget->map = torchlight_generate_form_map;
    changed_signal = g_signal_new("changed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/generate_form.ui");
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
#define BIND(name) gtk_widget_class_bind_template_child(widget, TorchlightGenerateForm, name)
    BIND(scrolled);
    BIND(prompt);
    BIND(negative);
    BIND(lora_group);
    BIND(add_lora);
    BIND(no_lora);
    BIND(map);
    BIND(map_row);
    BIND(map_picture);
    BIND(control_weight_row);
    BIND(control_mode);
    BIND(control_convention);
    BIND(control_start_row);
    BIND(control_end_row);
    BIND(control_weight);
    BIND(control_start);
    BIND(control_end);
    BIND(count);
    BIND(rows);
    BIND(rows_row);
    BIND(seed_mode);
    BIND(seed);
    BIND(dice);
    BIND(sampler);
    BIND(steps);
    BIND(guidance);
    BIND(clip_skip);
    BIND(schedule);
    BIND(noise);
    BIND(tiling);
    BIND(upscaler);
    BIND(hires);
    BIND(start_row);
    BIND(start_clear);
    BIND(strength_row);
    BIND(eta);
    BIND(guidance_rescale);
    BIND(batch);
    BIND(strength);
    BIND(hires_steps);
    BIND(hires_strength);
    BIND(model);
#undef BIND
}

static void
fill_lists(TorchlightGenerateForm *form)
{
    const char *const modes[] = {_("Random"), _("Fixed"), _("Reuse the Last"), NULL};
    g_autoptr(GtkStringList) seeds = gtk_string_list_new(modes);

    adw_combo_row_set_model(form->seed_mode, G_LIST_MODEL(seeds));
}

static void
torchlight_generate_form_init(TorchlightGenerateForm *form)
{
    gtk_widget_init_template(GTK_WIDGET(form));
    form->loras = g_ptr_array_new();
    form->last_seed = draw_seed();
    show_seed(form, form->last_seed);
    fill_lists(form);
    generate_form_fill_sampling(form);
    generate_form_make_choices(form);
    generate_form_add_actions(form);
    g_signal_connect_swapped(form->prompt, "changed", G_CALLBACK(on_prompt_changed), form);
    g_signal_connect_swapped(form->seed_mode, "notify::selected", G_CALLBACK(on_seed_mode), form);
    g_signal_connect_swapped(form->seed, "changed", G_CALLBACK(on_seed_changed), form);
    g_signal_connect_swapped(form->dice, "clicked", G_CALLBACK(on_dice), form);
}
