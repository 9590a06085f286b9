/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings, and what is done with a setting by its type. */
#include "app/jobs/generate_settings.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/jobs/check.h"
#include "app/jobs/generate_control.h"
#include "app/jobs/number_text.h"

/* Not given, of a number: see generate_params_new_blank. */
#define BLANK_WHOLE G_MININT
#define BLANK_NUMBER NAN

#define AT(member) offsetof(GenerateParams, member)

static const GenerateSetting table[] = {
    {"model", N_("Model"), N_("The model"), SETTING_PATH, true, 0, 0, AT(model)},
    {"model_config", N_("Model Configs"), N_("The folder of the model's configs"), SETTING_PATH,
     false, 0, 0, AT(config)},
    {"tokenizer", N_("Tokenizer"), N_("The tokenizer"), SETTING_PATH, false, 0, 0, AT(tokenizer)},
    {"prediction", N_("Prediction"), N_("What the model predicts"), SETTING_TEXT, false, 0, 0,
     AT(prediction)},
    {"vae", N_("VAE"), N_("The VAE"), SETTING_PATH, true, 0, 0, AT(vae)},
    {"controlnet", N_("ControlNet"), N_("The ControlNet"), SETTING_PATH, true, 0, 0,
     AT(controlnet)},
    {"device", N_("Device"), N_("The device"), SETTING_TEXT, false, 0, 0, AT(device)},
    {"precision", N_("Precision"), N_("The precision"), SETTING_TEXT, false, 0, 0, AT(precision)},
    {"prompt", N_("Prompt"), N_("The prompt"), SETTING_TEXT, true, 0, 0, AT(prompt)},
    {"negative", N_("Negative Prompt"), N_("The negative prompt"), SETTING_TEXT, true, 0, 0,
     AT(negative)},
    {"any_words", N_("Any Words"), N_("Any words"), SETTING_YES_NO, false, 0, 0, AT(any_words)},
    {"control", N_("Control Map"), N_("The control map"), SETTING_PATH, true, 0, 0, AT(control)},
    {"control_weight", N_("Control Weight"), N_("The control weight"), SETTING_NUMBER, true, 0, 2,
     AT(control_weight)},
    {"control_start", N_("Start of Control"), N_("The start of control"), SETTING_NUMBER, true, 0,
     1, AT(control_start)},
    {"control_end", N_("End of Control"), N_("The end of control"), SETTING_NUMBER, true, 0, 1,
     AT(control_end)},
    {"control_mode", N_("Control Mode"), N_("The mode of control"), SETTING_TEXT, true, 0, 0,
     AT(control_mode)},
    {"control_convention", N_("Convention of Control"), N_("The convention of control"),
     SETTING_TEXT, true, 0, 0, AT(control_convention)},
    {"control_layers", N_("Layers of Control"), N_("The weights of the layers of control"),
     SETTING_TEXT, false, 0, 0, AT(control_layers)},
    {"sampler", N_("Sampler"), N_("The sampler"), SETTING_TEXT, true, 0, 0, AT(sampler)},
    {"schedule", N_("Schedule"), N_("The schedule"), SETTING_TEXT, true, 0, 0, AT(schedule),
     generate_schedule_name, true},
    {"steps", N_("Steps"), N_("The number of steps"), SETTING_WHOLE, true, 1, 999, AT(steps)},
    {"guidance", N_("Guidance"), N_("The guidance"), SETTING_NUMBER, true, 0, 100, AT(guidance)},
    {"eta", N_("Eta"), N_("Eta"), SETTING_NUMBER, true, -1, 1, AT(eta), NULL, true},
    {"guidance_rescale", N_("Guidance Rescale"), N_("The rescale of guidance"), SETTING_NUMBER,
     true, 0, 1, AT(guidance_rescale), NULL, true},
    {"clip_skip", N_("Clip Skip"), N_("Clip skip"), SETTING_WHOLE, true, 0, 64, AT(clip_skip)},
    {"seed", N_("Seed"), N_("The seed"), SETTING_SEED, true, 0, 0, AT(seed)},
    {"noise", N_("Noise"), N_("The source of noise"), SETTING_TEXT, true, 0, 0, AT(noise),
     generate_noise_name, true},
    {"noise_together", N_("One Generator"), N_("One generator"), SETTING_YES_NO, false, 0, 0,
     AT(noise_together), NULL, true},
    {"noise_delta", N_("Noise Seed Delta"), N_("The noise seed delta"), SETTING_WHOLE, true, 0,
     G_MAXINT32, AT(noise_delta), NULL, true},
    {"batch", N_("Pictures at Once"), N_("The number of pictures at once"), SETTING_WHOLE, false, 1,
     64, AT(batch), NULL, true},
    {"init", N_("Start Picture"), N_("The picture to start from"), SETTING_PATH, true, 0, 0,
     AT(init), NULL, true},
    {"strength", N_("Strength"), N_("The strength"), SETTING_NUMBER, true, 0, 1, AT(strength), NULL,
     true},
    {"hires", N_("Hires-Fix"), N_("Hires-fix"), SETTING_YES_NO, true, 0, 0, AT(hires), NULL, true},
    {"hires_width", N_("First Width"), N_("The width of the first picture"), SETTING_WHOLE, false,
     0, 8192, AT(hires_width), NULL, true},
    {"hires_height", N_("First Height"), N_("The height of the first picture"), SETTING_WHOLE,
     false, 0, 8192, AT(hires_height), NULL, true},
    {"hires_upscaler", N_("Upscaler"), N_("The upscaler"), SETTING_TEXT, true, 0, 0,
     AT(hires_upscaler), generate_upscaler_name, true},
    {"hires_steps", N_("Second Steps"), N_("The number of steps of the second pass"), SETTING_WHOLE,
     true, 0, 999, AT(hires_steps), NULL, true},
    {"hires_strength", N_("Second Strength"), N_("The strength of the second pass"), SETTING_NUMBER,
     true, 0, 1, AT(hires_strength), NULL, true},
    {"vae_tiling", N_("VAE Tiling"), N_("VAE tiling"), SETTING_TEXT, false, 0, 0, AT(vae_tiling),
     generate_tiling_name, true},
    {"count", N_("Pictures"), N_("The number of pictures"), SETTING_WHOLE, false, 1, 100000,
     AT(count)},
    {"width", N_("Width"), N_("The width"), SETTING_WHOLE, false, 0, 8192, AT(width)},
    {"height", N_("Height"), N_("The height"), SETTING_WHOLE, false, 0, 8192, AT(height)},
    {"layout", N_("Layout"), N_("The layout"), SETTING_TEXT, false, 0, 0, AT(layout)},
    {"lora_weight", N_("LoRA Weight"), N_("The weight of a LoRA"), SETTING_NUMBER, true, -10, 10,
     SETTING_NO_OFFSET},
};

#define MEMBER(params, setting, Type) ((Type *)((char *)(params) + (setting)->offset))
#define CONST_MEMBER(params, setting, Type)                                                        \
    ((const Type *)((const char *)(params) + (setting)->offset))

const GenerateSetting *
generate_setting(int n)
{
    return n >= 0 && n < (int)G_N_ELEMENTS(table) ? &table[n] : NULL;
}

const GenerateSetting *
generate_setting_find(const char *key)
{
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        if (g_str_equal(table[i].key, key))
            return &table[i];
    }
    return NULL;
}

/* --- as text --- */

static bool
refuse(const GenerateSetting *setting, const char *text, GError **error)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("%s cannot be “%s”: give a number."), _(setting->subject), text);
    return false;
}

/* Whether a text is one that the setting may be. */
static bool
check_choice(const GenerateSetting *setting, const char *text, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);

    for (int i = 0; setting->choice && setting->choice(i); i++) {
        if (g_str_equal(setting->choice(i), text))
            return true;
        g_string_append_printf(known, "%s%s", i ? ", " : "", setting->choice(i));
    }
    if (!setting->choice || !*text)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("%s cannot be “%s”: choose one of %s."), _(setting->subject), text, known->str);
    return false;
}

static bool
read_number(const GenerateSetting *setting, const char *text, double *value, GError **error)
{
    char *end = NULL;

    *value = g_ascii_strtod(text, &end);
    if (!*text || *end || (setting->type == SETTING_WHOLE && *value != floor(*value)))
        return refuse(setting, text, error);
    return check_range(_(setting->subject), *value, setting->min, setting->max, error);
}

static void
set_lora_weights(GenerateParams *params, double weight)
{
    for (guint i = 0; i < params->loras->len; i++)
        g_array_index(params->loras, GenerateLora, i).weight = weight;
}

bool
generate_params_set_text(GenerateParams *params, const char *key, const char *text, GError **error)
{
    const GenerateSetting *setting = generate_setting_find(key);
    double number = 0;
    guint64 seed;
    char **place;

    if (!setting) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("“%s” is no setting of a generation."), key);
        return false;
    }
    switch (setting->type) {
    case SETTING_TEXT:
    case SETTING_PATH:
        if (!check_choice(setting, text, error))
            return false;
        place = MEMBER(params, setting, char *);
        g_free(*place);
        *place = *text ? g_strdup(text) : NULL;
        return true;
    case SETTING_YES_NO:
        *MEMBER(params, setting, bool) = g_str_equal(text, "yes");
        return g_str_equal(text, "yes") || g_str_equal(text, "no") || refuse(setting, text, error);
    case SETTING_SEED:
        if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &seed, NULL))
            return refuse(setting, text, error);
        *MEMBER(params, setting, guint64) = seed;
        return true;
    case SETTING_WHOLE:
        if (!read_number(setting, text, &number, error))
            return false;
        *MEMBER(params, setting, int) = (int)number;
        return true;
    case SETTING_NUMBER:
        if (!read_number(setting, text, &number, error))
            return false;
        if (setting->offset == SETTING_NO_OFFSET)
            set_lora_weights(params, number);
        else
            *MEMBER(params, setting, double) = number;
        return true;
    }
    return false;
}

char *
generate_params_get_text(const GenerateParams *params, const char *key)
{
    const GenerateSetting *setting = generate_setting_find(key);

    g_return_val_if_fail(setting, NULL);
    switch (setting->type) {
    case SETTING_TEXT:
    case SETTING_PATH: {
        const char *text = *CONST_MEMBER(params, setting, char *);

        return g_strdup(text ? text : "");
    }
    case SETTING_YES_NO:
        return g_strdup(*CONST_MEMBER(params, setting, bool) ? "yes" : "no");
    case SETTING_SEED:
        return g_strdup_printf("%" G_GUINT64_FORMAT, *CONST_MEMBER(params, setting, guint64));
    case SETTING_WHOLE:
        return g_strdup_printf("%d", *CONST_MEMBER(params, setting, int));
    case SETTING_NUMBER:
        break;
    }
    if (setting->offset != SETTING_NO_OFFSET)
        return number_text(*CONST_MEMBER(params, setting, double));
    return number_text(params->loras->len ? g_array_index(params->loras, GenerateLora, 0).weight
                                          : 1);
}

/* --- all of them --- */

static double
get_number(const GenerateParams *params, const GenerateSetting *setting)
{
    return setting->type == SETTING_WHOLE ? *CONST_MEMBER(params, setting, int)
                                          : *CONST_MEMBER(params, setting, double);
}

static bool
is_number(const GenerateSetting *setting)
{
    return (setting->type == SETTING_WHOLE || setting->type == SETTING_NUMBER) &&
           setting->offset != SETTING_NO_OFFSET;
}

bool
generate_params_check(const GenerateParams *p, GError **error)
{
    const GenerateSetting *weight = generate_setting_find("lora_weight");

    if (!p->prompt || !*p->prompt || !g_utf8_validate(p->prompt, -1, NULL)) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("There is no prompt: say in UTF-8 what to draw, as a caption of the "
                              "training pictures would."));
        return false;
    }
    for (guint i = 0; i < p->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(p->loras, GenerateLora, i);

        if (!check_range(_(weight->subject), lora->weight, weight->min, weight->max, error) ||
            (!isnan(lora->text_weight) &&
             !check_range(_(weight->subject), lora->text_weight, weight->min, weight->max, error)))
            return false;
    }
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        const char *text = table[i].choice ? *CONST_MEMBER(p, &table[i], char *) : NULL;

        if (text && !check_choice(&table[i], text, error))
            return false;
        if (is_number(&table[i]) && !check_range(_(table[i].subject), get_number(p, &table[i]),
                                                 table[i].min, table[i].max, error))
            return false;
    }
    for (int i = 0; i < generate_control_count(p); i++) {
        g_autoptr(GenerateControl) control = generate_control_nth(p, i);

        if (!generate_control_check(control, error))
            return false;
    }
    return check_range(_("The end of control"), p->control_end, p->control_start, 1, error);
}

GenerateParams *
generate_params_copy(const GenerateParams *params)
{
    GenerateParams *copy = generate_params_new_blank();

    generate_params_put_given(copy, params);
    copy->seed = params->seed;
    copy->output = g_strdup(params->output);
    copy->pictures = g_strdup(params->pictures);
    copy->preview = params->preview;
    copy->film = params->film;
    return copy;
}

GenerateParams *
generate_params_new_blank(void)
{
    GenerateParams *params = generate_params_new();

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        if (!is_number(&table[i]))
            continue;
        if (table[i].type == SETTING_WHOLE)
            *MEMBER(params, &table[i], int) = BLANK_WHOLE;
        else
            *MEMBER(params, &table[i], double) = BLANK_NUMBER;
    }
    return params;
}

static void
put_text(char **to, const char *from)
{
    if (!from)
        return;
    g_free(*to);
    *to = g_strdup(from);
}

void
generate_params_put_given(GenerateParams *params, const GenerateParams *given)
{
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        const GenerateSetting *s = &table[i];

        if (s->type == SETTING_YES_NO)
            *MEMBER(params, s, bool) |= *CONST_MEMBER(given, s, bool);
        else if (s->type == SETTING_TEXT || s->type == SETTING_PATH)
            put_text(MEMBER(params, s, char *), *CONST_MEMBER(given, s, char *));
        else if (s->type == SETTING_WHOLE && *CONST_MEMBER(given, s, int) != BLANK_WHOLE)
            *MEMBER(params, s, int) = *CONST_MEMBER(given, s, int);
        else if (is_number(s) && s->type == SETTING_NUMBER &&
                 !isnan(*CONST_MEMBER(given, s, double)))
            *MEMBER(params, s, double) = *CONST_MEMBER(given, s, double);
    }
    if (given->loras->len > 0)
        generate_params_clear_loras(params);
    for (guint i = 0; i < given->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(given->loras, GenerateLora, i);

        generate_params_add_lora(params, lora->path, lora->weight);
        g_array_index(params->loras, GenerateLora, i).text_weight = lora->text_weight;
    }
    if (given->more_controls->len > 0)
        g_ptr_array_set_size(params->more_controls, 0);
    for (guint i = 0; i < given->more_controls->len; i++)
        g_ptr_array_add(params->more_controls,
                        generate_control_copy(given->more_controls->pdata[i]));
}
