/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/generate_infotext.h"

#include "app/jobs/generate_sampling.h"
#include "app/jobs/generate_settings.h"
#include "app/jobs/number_text.h"

/* Torchlight's name, A1111's. */
static const char *const words[][2] = {
    {"ddim", "DDIM"},
    {"euler", "Euler"},
    {"euler_a", "Euler a"},
    {"heun", "Heun"},
    {"dpmpp_2m", "DPM++ 2M"},
    {"dpmpp_2m_sde", "DPM++ 2M SDE"},
    {"unipc", "UniPC"},
    {"lcm", "LCM"},
    {"karras", "Karras"},
    {"exponential", "Exponential"},
    {"sgm_uniform", "SGM Uniform"},
    {"latent", "Latent"},
    {"latent_nearest", "Latent (nearest)"},
    {"latent_bicubic", "Latent (bicubic)"},
    {"lanczos", "Lanczos"},
    {"nearest", "Nearest"},
};

static const char *
word_of(const char *name)
{
    for (guint i = 0; name && i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(words[i][0], name))
            return words[i][1];
    }
    return NULL;
}

static void
add_text(GString *text, const char *name, const char *value)
{
    if (value)
        g_string_append_printf(text, ", %s: %s", name, value);
}

static void
add_number(GString *text, const char *name, double value)
{
    g_autofree char *number = number_text(value);

    add_text(text, name, number);
}

static void
add_sampler(GString *text, const GenerateParams *p)
{
    int sampler = -1, schedule = -1;

    if (p->sampler)
        generate_sampler_split(p->sampler, &sampler, &schedule);
    add_text(text, "Sampler", word_of(generate_sampler_name(sampler)));
    add_text(text, "Schedule type",
             word_of(p->schedule ? p->schedule : generate_schedule_name(schedule)));
}

static void
add_second_pass(GString *text, const GenerateParams *p, int width, int height)
{
    g_autofree char *size = g_strdup_printf("%dx%d", width, height);

    if (p->init)
        add_number(text, "Denoising strength", p->strength);
    if (!p->hires)
        return;
    add_number(text, "Denoising strength", p->hires_strength);
    add_text(text, "Hires resize", size);
    if (p->hires_steps)
        add_number(text, "Hires steps", p->hires_steps);
    add_text(text, "Hires upscaler", word_of(p->hires_upscaler ? p->hires_upscaler : "latent"));
}

char *
generate_infotext(const GenerateParams *p, guint64 seed, int width, int height)
{
    GString *text = g_string_new(p->prompt);
    GeneratorOptions o = {.width = width, .height = height};
    g_autofree char *model =
        p->model ? g_filename_display_basename(p->model) : g_strdup(GENERATE_BUNDLED);

    if (p->negative)
        g_string_append_printf(text, "\nNegative prompt: %s", p->negative);
    g_string_append_printf(text, "\nSteps: %d", p->steps);
    add_sampler(text, p);
    add_number(text, "CFG scale", p->guidance);
    g_string_append_printf(text, ", Seed: %" G_GUINT64_FORMAT, seed);
    generate_sampling_finish(&o, p, NULL);
    g_string_append_printf(text, ", Size: %dx%d", p->hires ? o.hires.width : width,
                           p->hires ? o.hires.height : height);
    add_text(text, "Model", model);
    add_second_pass(text, p, width, height);
    if (p->clip_skip > 1)
        add_number(text, "Clip skip", p->clip_skip);
    if (p->eta >= 0)
        add_number(text, "Eta", p->eta);
    if (p->noise_delta)
        add_number(text, "ENSD", p->noise_delta);
    if (!p->noise || g_str_equal(p->noise, "cpu"))
        add_text(text, "RNG", "CPU");
    else if (g_str_equal(p->noise, "a1111"))
        add_text(text, "RNG", "NV");
    g_string_append(text, ", Version: torchlight " TORCHLIGHT_VERSION);
    return g_string_free(text, FALSE);
}
