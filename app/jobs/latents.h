/* SPDX-License-Identifier: Apache-2.0 */
/* A training set as the trainers take it: the pictures of a dataset folder with their captions as
 * token ids, their VAE latents (made when first asked for, then kept) and Canny control maps.
 * Captions are what dataset_open reads. A picture that the folder repeats is there as often; one in
 * NetDiffusion's palette is taken in the paper's (image_use_paper_palette).
 * One thread at a time, but for what is said of any. */
#pragma once

#include "app/jobs/picture.h"
#include "compute/model/vae.h"
#include "compute/sample/pipeline.h"

typedef struct LatentSet LatentSet;

/* Lists the folder; pictures are read when needed. Errors: no picture, a picture without caption,
 * pictures of different sizes (files named). */
LatentSet *latent_set_open(const char *dir, GError **error);
/* The same of some items only, by name; NULL: all. Error when the folder has none of a name. */
LatentSet *latent_set_open_names(const char *dir, char **names, GError **error);
void latent_set_free(LatentSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LatentSet, latent_set_free)

int latent_set_n(const LatentSet *set);
const char *latent_set_caption(const LatentSet *set, int i);
const char *latent_set_path(const LatentSet *set, int i);
int latent_set_width(const LatentSet *set); /* pixels */
int latent_set_height(const LatentSet *set);

/* Reads all pictures now, by as many threads as there are, where they fit into memory, and finds
 * their edges when asked. Whatever is not prepared is read when it is needed. */
bool latent_set_prepare(LatentSet *set, bool edges, GCancellable *cancellable, GError **error);
bool latent_set_is_prepared(const LatentSet *set); /* all pictures are in memory */

/* Every caption as ids (tokenizer_max_length values an item), once. */
bool latent_set_encode_captions(LatentSet *set, const Pipeline *pipeline, GError **error);
const int32_t *latent_set_ids(const LatentSet *set, int i);

/* The VAE that makes latents; its programs are recorded at the first use. */
void latent_set_use_vae(LatentSet *set, const Vae *vae);
/* Gives back the memory that making latents takes; asking for another takes it again. */
void latent_set_release_vae(LatentSet *set);
/* (C, H/f, W/f) scaled posterior mean of picture i; owned by the set. NULL on error. */
const float *latent_set_latent(LatentSet *set, int i, GCancellable *cancellable, GError **error);
/* Copies rows y .. y+h-1 of latent pixels of picture i into out (C, h, W/f). */
bool latent_set_crop(LatentSet *set, int i, int y, int h, float *out, GCancellable *cancellable,
                     GError **error);

typedef struct {
    int x, y, w, h; /* pixels */
} Crop;

/* A part of picture i as floats in [-1, 1]: out (3, h, w). Of pictures that were prepared any
 * thread may ask for parts, as for what follows. */
bool latent_set_pixels(LatentSet *set, int i, Crop crop, float *out, GError **error);
/* What an error of a pixel weighs, beside 1 for a header bit. */
typedef struct {
    float absent; /* where the header is absent: most of a picture, and soon learnt */
    float random; /* the value of a bit that is random by nature, ports aside (field_random.h) */
} PixelWeights;

/* The weights of that part: out (3, h, w). All 1 in a picture of other colours. */
bool latent_set_weights(LatentSet *set, int i, Crop crop, const PixelWeights *weights, float *out,
                        GError **error);
/* The same for rows y .. y+h-1 of its latent pixels, each the square root of the mean over the
 * pixels that it stands for, channels alike: out (C, h, W/f). */
bool latent_set_root_weights(LatentSet *set, int i, int y, int h, const PixelWeights *weights,
                             float *out, GError **error);
/* How many pixels of that part carry a header bit (are not the colour of absence). */
bool latent_set_presence(LatentSet *set, int i, Crop crop, int *n, GError **error);
/* Rows y .. y+h-1 of its Canny edge map (thresholds 100 and 200 on the grey picture) in [0, 1],
 * three equal channels: out (3, h, width). */
bool latent_set_control(LatentSet *set, int i, int y, int h, float *out, GError **error);
