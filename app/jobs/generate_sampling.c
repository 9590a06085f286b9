/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/generate_sampling.h"

enum { BLOCK = 8 }; /* pixels of a latent's pixel */

void
generate_sampling_set(GeneratorOptions *o, const GenerateParams *p)
{
    o->sampler = p->sampler;
    o->schedule = p->schedule;
    o->n_steps = p->steps;
    o->eta = p->eta;
    o->guidance = p->guidance;
    o->guidance_rescale = p->guidance_rescale;
    o->noise = p->noise;
    o->noise_together = p->noise_together;
    o->noise_delta = (guint64)p->noise_delta;
    o->strength = p->strength;
}

bool
generate_sampling_finish(GeneratorOptions *o, const GenerateParams *p, GError **error)
{
    if (!vae_tiling_parse(p->vae_tiling, &o->tiling, error))
        return false;
    if (!p->hires)
        return true;
    o->hires = (GeneratorHires){
        .width = p->hires_width ? p->hires_width : o->width * 3 / 4 / BLOCK * BLOCK,
        .height = p->hires_height ? p->hires_height : o->height * 3 / 4 / BLOCK * BLOCK,
        .upscaler = p->hires_upscaler,
        .n_steps = p->hires_steps,
        .strength = p->hires_strength,
    };
    return true;
}
