// SPDX-License-Identifier: Apache-2.0
//
// Sampler: the walk from noise to a latent in n steps: DDIM, Euler, Euler ancestral, Heun, DPM++ 2M
// and its SDE, UniPC (bh2, order 2), LCM. Latents are host floats; the scalars are double. The
// results are those of diffusers' schedulers with the same config; docs/sampling.md has each
// choice.
//
//   x = noise * sampler_init_sigma(s)
//   for i in 0 .. n_steps-1:
//       sampler_scale_input(s, i, x, input, n); output = model(input, sampler_timestep(s, i))
//       guided = uncond + cfg * (cond - uncond)
//       sampler_step(s, i, x, guided, sampler_wants_noise(s, i) ? noise : NULL, n)
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "compute/model/config.h"

typedef struct Sampler Sampler;

/* config: kind, betas, spacing, Karras ... ; copied. 1 <= n_steps <= n_train_timesteps. */
Sampler *sampler_new(const SchedulerConfig *config, int n_steps, GError **error);
void sampler_free(Sampler *sampler);

/* Evaluations of the model; Heun takes 2 n - 1 for n steps. */
int sampler_n_steps(const Sampler *sampler);
/* How much of the noise taken away is put back as new noise: DDIM's eta, or that of k-diffusion's
 * ancestral samplers for Euler a and DPM++ 2M SDE; nothing to the others. Below 0: the sampler's
 * own, which is 1, but 0 for DDIM. */
void sampler_set_eta(Sampler *sampler, double eta);
/* Image-to-image: where to begin so that a part of the steps is taken, strength from 0 (none:
 * sampler_n_steps) to 1 (all: 0), as diffusers counts: the last int(n * strength) steps. */
int sampler_first_step(const Sampler *sampler, double strength);
SchedulerKind sampler_kind(const Sampler *sampler);
/* What the model is given as time; fractional for Euler, Euler a and Heun. */
double sampler_timestep(const Sampler *sampler, int i);
/* sqrt((1-ac)/ac) before step i; i == n_steps gives the last one, mostly 0. */
double sampler_sigma(const Sampler *sampler, int i);
/* Standard deviation of the noise to start from. */
double sampler_init_sigma(const Sampler *sampler);

/* out = the model's input for x; `out` may be `x`. */
void sampler_scale_input(const Sampler *sampler, int i, const float *x, float *out, int64_t n);
/* Whether step i adds noise: standard normal, n values. */
bool sampler_wants_noise(const Sampler *sampler, int i);
/* Takes x from step i to step i+1 in place. prediction: the guided output of the model. Steps go
 * up by one, from any first; Heun, DPM++ 2M and UniPC remember the last. n must stay the same
 * throughout. */
void sampler_step(Sampler *sampler, int i, float *x, const float *prediction, const float *noise,
                  int64_t n);
/* The latent that the model believes in at step i; for previews. */
void sampler_predict_x0(const Sampler *sampler, int i, const float *x, const float *prediction,
                        float *out, int64_t n);
/* Image-to-image: the latent x0 with the noise that step i starts from. `out` may be `x0`. */
void sampler_add_noise(const Sampler *sampler, int i, const float *x0, const float *noise,
                       float *out, int64_t n);
/* Forgets the remembered steps, to sample again. */
void sampler_reset(Sampler *sampler);

/* Names for people: "ddim", "euler", "euler_a", "heun", "dpmpp_2m", "dpmpp_2m_sde", "unipc", "lcm".
 */
int sampler_n_names(void);
const char *sampler_name(int i);
/* "normal", "karras", "exponential", "sgm_uniform", by SigmaSchedule. */
int sampler_n_schedules(void);
const char *sampler_schedule_name(int i);
/* The named sampler and schedule for a model: `model` (from the model folder's scheduler) gives
 * betas and prediction type; kind, spacing and solver become the sampler's own, as diffusers has
 * them by default (a model's "trailing" spacing stays). NULL: the model's. An ending "_karras" of
 * the sampler's name brings that schedule along, unless one is named. Errors: an unknown name,
 * which lists the known; another schedule than normal for DDIM and LCM. */
bool sampler_config_named(const char *name, const char *schedule, const SchedulerConfig *model,
                          SchedulerConfig *config, GError **error);
/* What a name means: the index of the sampler and, when the name brings one along, that of its
 * schedule; else -1. */
void sampler_name_split(const char *name, int *sampler, int *schedule);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sampler, sampler_free)
