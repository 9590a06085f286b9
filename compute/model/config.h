// SPDX-License-Identifier: Apache-2.0
//
// Config: the config.json files of a model folder in the diffusers layout, for the Stable
// Diffusion 1.x and 2.x family. Every value is range-checked; a value that would change the
// mathematics in a way this engine does not implement is an error with file, value and remedy;
// unknown keys are ignored.
//
// Defaults of absent keys are diffusers' own. The structs are plain values: copy them freely.
#pragma once

#include <glib.h>
#include <stdbool.h>

#define CONFIG_MAX_LEVELS 8

typedef enum {
    ACTIVATION_SILU,
    ACTIVATION_QUICK_GELU, /* x * sigmoid(1.702 x) */
    ACTIVATION_GELU        /* exact, with erf */
} Activation;

/* UNet2DConditionModel. Level 0 is the finest. */
typedef struct {
    int sample_size; /* latent side the model was made for; 0 if the file does not say */
    int in_channels, out_channels;
    int n_levels;
    int block_out_channels[CONFIG_MAX_LEVELS];
    bool down_attention[CONFIG_MAX_LEVELS];      /* CrossAttnDownBlock2D? by level */
    bool up_attention[CONFIG_MAX_LEVELS];        /* CrossAttnUpBlock2D? by position in up_blocks */
    int layers_per_block[CONFIG_MAX_LEVELS];     /* by level; up blocks have one more */
    int n_heads[CONFIG_MAX_LEVELS];              /* by level; "attention_head_dim" in SD configs */
    int n_transformer_layers[CONFIG_MAX_LEVELS]; /* by level, 1 in SD 1.x and 2.x */
    int cross_attention_dim;
    int norm_num_groups;
    double norm_eps; /* resnets and conv_norm_out; Transformer2D's GroupNorm is fixed at 1e-6 */
    bool use_linear_projection; /* proj_in/proj_out are Linear (SD 2) or 1x1 conv (SD 1) */
    bool flip_sin_to_cos;
    double freq_shift;
    int time_embed_dim;     /* 4 * block_out_channels[0] */
    int downsample_padding; /* 1 */
    bool upcast_attention;
    Activation act_fn; /* SILU */
} UNetConfig;

/* ControlNetModel: the UNet's encoder and a stem for the control map. */
typedef struct {
    UNetConfig unet; /* up_attention and out_channels unused */
    int conditioning_channels;
    int n_conditioning_embedding;
    int conditioning_embedding_out_channels[CONFIG_MAX_LEVELS];
    bool bgr; /* controlnet_conditioning_channel_order is "bgr" */
} ControlNetConfig;

/* AutoencoderKL. */
typedef struct {
    int sample_size;
    int in_channels, out_channels, latent_channels;
    int n_levels;
    int block_out_channels[CONFIG_MAX_LEVELS];
    int layers_per_block; /* encoder; the decoder has one more */
    int norm_num_groups;
    double norm_eps;       /* always 1e-6 */
    double scaling_factor; /* latents = scaling_factor * posterior sample; 0.18215 by default */
    bool use_quant_conv, use_post_quant_conv, mid_block_add_attention;
    bool force_upcast; /* the file asks for float32 */
    Activation act_fn;
} VaeConfig;

/* CLIPTextModel (and the text half of a CLIPModel config: key "text_config"). */
typedef struct {
    int hidden_size, intermediate_size, n_layers, n_heads;
    int max_position_embeddings, vocab_size;
    double layer_norm_eps;
    Activation hidden_act;
    int projection_dim;
} TextEncoderConfig;

typedef enum {
    SCHEDULER_DDIM, /* also stands for DDPMScheduler and PNDMScheduler configs */
    SCHEDULER_EULER,
    SCHEDULER_EULER_ANCESTRAL,
    SCHEDULER_DPMPP_2M, /* DPMSolverMultistepScheduler, dpmsolver++ */
    SCHEDULER_UNIPC,
    SCHEDULER_HEUN,
    SCHEDULER_LCM,
    SCHEDULER_DPMPP_2M_SDE, /* DPMSolverMultistepScheduler, sde-dpmsolver++ */
    N_SCHEDULER_KINDS
} SchedulerKind;

/* Which noise levels a sampler visits. */
typedef enum {
    SIGMAS_NORMAL,      /* those of the timesteps of timestep_spacing */
    SIGMAS_KARRAS,      /* Karras 2022, rho 7: use_karras_sigmas */
    SIGMAS_EXPONENTIAL, /* even in log sigma: use_exponential_sigmas */
    SIGMAS_SGM_UNIFORM  /* of timesteps even from the last to 0, the 0 left out; in no file */
} SigmaSchedule;

typedef enum { BETA_LINEAR, BETA_SCALED_LINEAR, BETA_SQUAREDCOS_CAP_V2 } BetaSchedule;
typedef enum { SPACING_LEADING, SPACING_TRAILING, SPACING_LINSPACE } TimestepSpacing;
typedef enum { PREDICTION_EPSILON, PREDICTION_V } PredictionType;

typedef struct {
    SchedulerKind kind; /* from _class_name */
    int n_train_timesteps;
    double beta_start, beta_end;
    BetaSchedule beta_schedule;
    PredictionType prediction_type;
    TimestepSpacing timestep_spacing;
    int steps_offset;
    bool set_alpha_to_one;    /* DDIM: alpha_cumprod after the last step is 1, not that of t=0 */
    double clip_sample_range; /* DDIM, LCM: x0 is clamped to +-this; 0: it is not clamped */
    bool rescale_betas_zero_snr;
    SigmaSchedule sigmas;    /* not for DDIM and LCM */
    bool final_sigma_zero;   /* final_sigmas_type "zero", else "sigma_min" */
    bool lower_order_final;  /* DPM++ 2M, UniPC */
    bool euler_at_final;     /* DPM++ 2M */
    int solver_order;        /* 1 or 2 */
    int original_steps;      /* LCM: steps of the solver that it was distilled from, 50 */
    double timestep_scaling; /* LCM: 10 */
} SchedulerConfig;

/* model_index.json: which components a pipeline folder names. */
typedef struct {
    bool has_unet, has_vae, has_text_encoder, has_tokenizer, has_scheduler, has_controlnet;
} ModelIndex;

/* Each reads one file (`.../config.json`). On failure *config is left as it was. */
bool unet_config_read_json(const char *path, UNetConfig *config, GError **error);
bool controlnet_config_read_json(const char *path, ControlNetConfig *config, GError **error);
bool vae_config_read_json(const char *path, VaeConfig *config, GError **error);
bool text_encoder_config_read_json(const char *path, TextEncoderConfig *config, GError **error);
bool scheduler_config_read_json(const char *path, SchedulerConfig *config, GError **error);
bool model_index_read_json(const char *path, ModelIndex *index, GError **error);

/* Each writes one file in the form that diffusers or transformers writes and reads; atomic. */
bool unet_config_write_json(const UNetConfig *config, const char *path, GError **error);
bool controlnet_config_write_json(const ControlNetConfig *config, const char *path, GError **error);
bool vae_config_write_json(const VaeConfig *config, const char *path, GError **error);
bool text_encoder_config_write_json(const TextEncoderConfig *config, const char *path,
                                    GError **error);
bool scheduler_config_write_json(const SchedulerConfig *config, const char *path, GError **error);
/* A StableDiffusionPipeline folder's index, with the scheduler's class. */
bool model_index_write_json(SchedulerKind scheduler, const char *path, GError **error);

/* Stable Diffusion 1.5's own values, to change at will. */
void unet_config_init_sd15(UNetConfig *config);
void vae_config_init_sd15(VaeConfig *config);
void text_encoder_config_init_sd15(TextEncoderConfig *config);
void controlnet_config_init_sd15(ControlNetConfig *config);
void scheduler_config_init_sd15(SchedulerConfig *config);

/* Whether the values fit together (ranges, divisibility by groups and heads). `path` only stands
 * in the message. The readers call these; call them for a hand-made config. */
bool unet_config_check(const UNetConfig *config, const char *path, GError **error);
bool controlnet_config_check(const ControlNetConfig *config, const char *path, GError **error);
bool vae_config_check(const VaeConfig *config, const char *path, GError **error);
bool text_encoder_config_check(const TextEncoderConfig *config, const char *path, GError **error);
bool scheduler_config_check(const SchedulerConfig *config, const char *path, GError **error);

/* The name in the file: "DDIMScheduler". */
const char *scheduler_kind_class_name(SchedulerKind kind);
