/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures from a caption: a model, perhaps LoRAs on it, perhaps a control map. The result is a
 * run folder (run_folder.h) with, for image i,
 *   0000i.png        as sampled; its text chunks hold every parameter and name the layout
 *   0000i.trace.png  after colour correction, where the picture is as wide as the layout */
#pragma once

#include <json-glib/json-glib.h>

#include "app/jobs/job.h"
#include "app/ranks/ranks.h"
#include "app/trace/trace.h"

typedef struct {
    char *path; /* owned */
    double weight;
    double text_weight; /* of its part for the text encoder; NAN: as weight */
} GenerateLora;

/* A control beside the first (generate_control.h). */
typedef struct {
    char *map, *net; /* owned; net: folder or file of a ControlNet; NULL: that of the run */
    double weight, start, end;
    char *mode;       /* owned: "balanced", "prompt" or "control"; NULL: balanced */
    char *convention; /* owned: "diffusers" or "a1111"; NULL: diffusers */
    char *layers;     /* owned: a factor for each result of the ControlNet, with commas; NULL: as
                         the mode has it */
} GenerateControl;

typedef struct {
    char *model; /* owned: folder or .safetensors file; NULL: the bundled model */
    char *config, *tokenizer, *prediction; /* owned or NULL: what a model in one file does not say
                                              (CheckpointOptions) */
    char *vae;        /* owned: folder or file of another VAE than the model's; NULL */
    char *controlnet; /* owned: folder or file of another ControlNet than the model's; NULL */
    char *device;     /* owned; NULL: the default */
    char *precision;  /* owned: "f16", ... as open_device takes it; NULL: auto */
    GArray *loras;    /* GenerateLora, owned */
    char *prompt, *negative; /* owned; negative may be NULL */
    bool any_words; /* the prompt may hold words that the model's captions do not have; so it may
                       with a LoRA, which has captions of its own */
    char *control;  /* owned: PNG of the control map; NULL: none */
    double control_weight, control_start, control_end;
    char *control_mode, *control_convention, *control_layers; /* owned: as in GenerateControl */
    GPtrArray *more_controls;                                 /* GenerateControl, owned */
    char *sampler;  /* owned, one of generate_sampler_name; NULL: the model's own */
    char *schedule; /* owned, one of generate_schedule_name; NULL: what comes with the sampler */
    int steps;
    double eta; /* below 0: the sampler's own */
    double guidance, guidance_rescale;
    int clip_skip;
    guint64 seed;        /* of the first image; image i takes seed + i */
    char *noise;         /* owned, one of generate_noise_name; NULL: "cpu" */
    bool noise_together; /* the images of a batch are drawn from one generator */
    int noise_delta;     /* A1111's "eta noise seed delta" */
    int count;
    int batch;                     /* so many images at once */
    char *init;                    /* owned: PNG to start from; NULL: noise */
    double strength;               /* of the way from noise that is gone with it: 0 to 1 */
    bool hires;                    /* a smaller picture is drawn first and enlarged */
    int hires_width, hires_height; /* of it, pixels; 0: three quarters, whole blocks of 8 */
    char *hires_upscaler;          /* owned, one of generate_upscaler_name; NULL: the first */
    int hires_steps;               /* 0: as many as steps */
    double hires_strength;
    char *vae_tiling;  /* owned, one of generate_tiling_name; NULL: "auto" */
    int width, height; /* pixels; 0: those of the control map, else 1088 x 1024 */
    char *layout;      /* owned: of the pictures the model was trained on; NULL: the default */
    char *output;      /* owned: the folder; NULL: none */
    char *pictures;    /* owned: a folder of pictures into which each goes as soon as it is drawn,
                          under a name made of the prompt and the seed, with the prompt in a .txt
                          beside; NULL: none */
    Ranks *ranks; /* borrowed: the processes that draw together, of which the first writes; NULL:
                     this one alone */
    bool preview; /* after each step what is coming, as long as that takes a tenth of the time */
    bool film;    /* keep what every step of the first picture shows */
} GenerateParams;

GenerateParams *generate_params_new(void);
void generate_params_add_lora(GenerateParams *params, const char *path, double weight);
/* FILE, FILE:WEIGHT or FILE:WEIGHT:TEXT_WEIGHT; a file whose name ends so counts as a file. Below
 * dir unless that is NULL or the file's path absolute. The caller frees the path. */
GenerateLora generate_lora_parse(const char *text, const char *dir);
void generate_params_add_lora_text(GenerateParams *params, const char *text, const char *dir);
void generate_params_clear_loras(GenerateParams *params);
void generate_params_free(GenerateParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GenerateParams, generate_params_free)

/* The n-th sampler, NULL past the end. */
const char *generate_sampler_name(int n);
/* The n-th schedule, NULL past the end. */
const char *generate_schedule_name(int n);
/* Likewise sources of noise, ways to enlarge, and when to tile. */
const char *generate_noise_name(int n);
const char *generate_upscaler_name(int n);
const char *generate_tiling_name(int n);
/* A sampler's name, which may bring a schedule along ("dpmpp_2m_karras"): the numbers of both, -1
 * without a schedule. False when there is no such sampler. */
bool generate_sampler_split(const char *name, int *sampler, int *schedule);

typedef struct {
    int index; /* of the count */
    guint64 seed;
    char *path; /* in "pictures"; NULL without */
    int width, height;
    bool is_trace;     /* the picture is as wide as the layout */
    JsonObject *facts; /* owned: packets, protocols, ... as the record of a trace has them; NULL of
                          what is none */
    Image *image;      /* as sampled; NULL when it went into a folder */
    Trace *trace;      /* colour-corrected; NULL when it is none or went into a folder */
} GenerateImage;

typedef struct {
    GPtrArray *images; /* GenerateImage, owned by the job; without those that were skipped */
    char *device;      /* what it ran on */
    double seconds_per_image;
} GenerateResult;

void generate_result_clear(GenerateResult *result);

/* A model that stays open from one generation to the next; only one runs at a time. Any thread. */
typedef struct GenerateSession GenerateSession;
GenerateSession *generate_session_new(void);
GenerateSession *generate_session_ref(GenerateSession *session);
void generate_session_unref(GenerateSession *session);
/* Lets go of the model, unless a generation is using it. */
void generate_session_close(GenerateSession *session);

/* Takes params; session may be NULL. Previews are the picture the model believes in at present. */
TorchlightJob *generate_job_new(GenerateParams *params, GenerateSession *session);
/* After the job is done. */
const GenerateResult *generate_job_get_result(TorchlightJob *job);
const GenerateParams *generate_job_get_params(TorchlightJob *job);
/* Ends the picture in the making and goes on to the next. Any thread. */
void generate_job_skip(TorchlightJob *job);
/* Pictures that have been drawn so far, those of a job that was cancelled or failed too. */
int generate_job_n_done(TorchlightJob *job);
/* The n-th of them; stays as it is once it is there. Any thread. */
const GenerateImage *generate_job_get_image(TorchlightJob *job, int n);

/* What one step showed, for the film of how a picture came out of noise. */
typedef struct {
    int step, n_steps; /* from 1 */
    double time;       /* of training, about 999 to 0 */
    Image *noisy;      /* what the step began to be: the picture with its noise */
    Image *believed;   /* the picture that the model believes in */
} GenerateFrame;

GenerateFrame *generate_frame_ref(GenerateFrame *frame);
void generate_frame_unref(GenerateFrame *frame);
/* With "film": GenerateFrame elements with a reference each, those there are so far. Any thread;
 * the caller unrefs. */
GPtrArray *generate_job_dup_film(TorchlightJob *job);
