/* SPDX-License-Identifier: Apache-2.0 */
/* How pictures are sampled: sampler, schedule, what is advanced, the picture to start from,
 * hires-fix. */
#include <glib/gi18n.h>

#include "ui/generate/generate_form_private.h"

/* What is offered first, in place of NULL. */
static GListModel *
names(const char *first, const char *(*nth)(int n))
{
    GtkStringList *list = gtk_string_list_new(NULL);

    if (first)
        gtk_string_list_append(list, first);
    for (int i = 0; nth(i); i++)
        gtk_string_list_append(list, nth(i));
    return G_LIST_MODEL(list);
}

static void
fill(AdwComboRow *row, const char *first, const char *(*nth)(int n))
{
    g_autoptr(GListModel) list = names(first, nth);

    adw_combo_row_set_model(row, list);
}

/* n_before: rows before the names. The caller frees; NULL: one of those. */
static char *
get_name(AdwComboRow *row, int n_before, const char *(*nth)(int n))
{
    int selected = (int)adw_combo_row_get_selected(row) - n_before;

    return selected >= 0 ? g_strdup(nth(selected)) : NULL;
}

/* NULL: the first row. */
static void
set_name(AdwComboRow *row, int n_before, const char *(*nth)(int n), const char *name)
{
    guint selected = 0;

    for (int i = 0; name && nth(i); i++) {
        if (g_str_equal(nth(i), name))
            selected = (guint)(i + n_before);
    }
    adw_combo_row_set_selected(row, selected);
}

/* DDIM and LCM walk over the model's own timesteps. */
static void
on_sampler(TorchlightGenerateForm *form)
{
    g_autofree char *name = get_name(form->sampler, 1, generate_sampler_name);
    bool own = name && (g_str_equal(name, "ddim") || g_str_equal(name, "lcm"));

    gtk_widget_set_sensitive(GTK_WIDGET(form->schedule), !own);
    if (own)
        adw_combo_row_set_selected(form->schedule, 0);
}

static void
on_clear(TorchlightGenerateForm *form)
{
    torchlight_generate_form_use_start(form, NULL);
}

void
generate_form_fill_sampling(TorchlightGenerateForm *form)
{
    fill(form->sampler, _("The Model’s Own"), generate_sampler_name);
    fill(form->schedule, _("The Sampler’s Own"), generate_schedule_name);
    fill(form->noise, NULL, generate_noise_name);
    fill(form->tiling, NULL, generate_tiling_name);
    fill(form->upscaler, NULL, generate_upscaler_name);
    g_signal_connect_swapped(form->sampler, "notify::selected", G_CALLBACK(on_sampler), form);
    g_signal_connect_swapped(form->start_clear, "clicked", G_CALLBACK(on_clear), form);
    torchlight_generate_form_use_start(form, NULL);
}

void
generate_form_get_sampling(TorchlightGenerateForm *form, GenerateParams *params)
{
    params->sampler = get_name(form->sampler, 1, generate_sampler_name);
    params->schedule = get_name(form->schedule, 1, generate_schedule_name);
    params->steps = gtk_spin_button_get_value_as_int(form->steps);
    params->guidance = gtk_spin_button_get_value(form->guidance);
    params->guidance_rescale = gtk_spin_button_get_value(form->guidance_rescale);
    params->eta = gtk_spin_button_get_value(form->eta);
    params->clip_skip = gtk_spin_button_get_value_as_int(form->clip_skip);
    params->batch = gtk_spin_button_get_value_as_int(form->batch);
    if (adw_combo_row_get_selected(form->noise) >
        0) /* the first of these is what NULL stands for */
        params->noise = get_name(form->noise, 0, generate_noise_name);
    if (adw_combo_row_get_selected(form->tiling) > 0)
        params->vae_tiling = get_name(form->tiling, 0, generate_tiling_name);
    params->init = g_strdup(form->start);
    if (form->start)
        params->strength = gtk_spin_button_get_value(form->strength);
    params->hires = !form->start && adw_expander_row_get_enable_expansion(form->hires);
    if (!params->hires)
        return;
    if (adw_combo_row_get_selected(form->upscaler) > 0)
        params->hires_upscaler = get_name(form->upscaler, 0, generate_upscaler_name);
    params->hires_steps = gtk_spin_button_get_value_as_int(form->hires_steps);
    params->hires_strength = gtk_spin_button_get_value(form->hires_strength);
}

void
generate_form_set_sampling(TorchlightGenerateForm *form, const GenerateParams *params)
{
    int sampler = -1, schedule = -1;
    const char *named;

    if (params->sampler)
        generate_sampler_split(params->sampler, &sampler, &schedule);
    named = params->schedule ? params->schedule : generate_schedule_name(schedule);
    adw_combo_row_set_selected(form->sampler, (guint)(sampler + 1));
    set_name(form->schedule, 1, generate_schedule_name, named);
    gtk_spin_button_set_value(form->steps, params->steps);
    gtk_spin_button_set_value(form->guidance, params->guidance);
    gtk_spin_button_set_value(form->guidance_rescale, params->guidance_rescale);
    gtk_spin_button_set_value(form->eta, params->eta);
    gtk_spin_button_set_value(form->clip_skip, params->clip_skip);
    gtk_spin_button_set_value(form->batch, params->batch);
    set_name(form->noise, 0, generate_noise_name, params->noise);
    set_name(form->tiling, 0, generate_tiling_name, params->vae_tiling);
    gtk_spin_button_set_value(form->strength, params->strength);
    torchlight_generate_form_use_start(form, params->init);
    adw_expander_row_set_enable_expansion(form->hires, params->hires);
    set_name(form->upscaler, 0, generate_upscaler_name, params->hires_upscaler);
    gtk_spin_button_set_value(form->hires_steps, params->hires_steps);
    gtk_spin_button_set_value(form->hires_strength, params->hires_strength);
}

void
torchlight_generate_form_use_start(TorchlightGenerateForm *form, const char *path)
{
    g_autofree char *name = path ? g_filename_display_basename(path) : NULL;
    g_autofree char *escaped = name ? g_markup_escape_text(name, -1) : NULL;
    char *start = g_strdup(path);

    g_free(form->start);
    form->start = start;
    adw_action_row_set_subtitle(ADW_ACTION_ROW(form->start_row),
                                escaped ? escaped : _("None: pictures come out of noise"));
    gtk_widget_set_visible(form->start_clear, path != NULL);
    gtk_widget_set_visible(form->strength_row, path != NULL);
    gtk_widget_set_sensitive(GTK_WIDGET(form->hires), path == NULL);
}
