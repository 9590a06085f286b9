/* SPDX-License-Identifier: Apache-2.0 */
/* Philox and PyTorch's CUDA draws: aten/src/ATen/native/cuda/DistributionTemplates.h and cuRAND. */
#include "compute/sample/philox.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 256 }; /* threads of a block in PyTorch's kernels of random numbers */

void
philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]}, k[2] = {key[0], key[1]};

    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xd2511f53u * c[0], b = (uint64_t)0xcd9e8d57u * c[2];
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k[0], (uint32_t)b,
                            (uint32_t)(a >> 32) ^ c[3] ^ k[1], (uint32_t)a};

        memcpy(c, next, sizeof c);
        k[0] += 0x9e3779b9u;
        k[1] += 0xbb67ae85u;
    }
    memcpy(out, c, sizeof c);
}

void
philox_init(Philox *philox, uint64_t seed, int64_t max_threads)
{
    *philox = (Philox){.seed = seed, .max_threads = max_threads};
}

/* cuRAND's Box-Muller: sine first. */
static void
box_muller(uint32_t x, uint32_t y, float *sine, float *cosine)
{
    float u = (float)x * 0x1p-32f + 0x1p-33f;
    float v = (float)y * (float)(2 * G_PI * 0x1p-32) + (float)(G_PI * 0x1p-32);
    double radius = sqrt(-2 * log((double)u));

    *sine = (float)(radius * sin((double)v));
    *cosine = (float)(radius * cos((double)v));
}

void
philox_normal(Philox *p, float *out, int64_t n)
{
    int64_t threads = (n + BLOCK - 1) / BLOCK * BLOCK, n_groups;
    const uint32_t key[2] = {(uint32_t)p->seed, (uint32_t)(p->seed >> 32)};

    if (n <= 0)
        return;
    if (p->max_threads > 0)
        threads = MIN(threads, p->max_threads);
    n_groups = (n - 1) / (4 * threads) + 1;
    for (int64_t group = 0; group < n_groups; group++) {
        uint64_t count = p->n_used + (uint64_t)group;

        for (int64_t i = 0; i < threads; i++) {
            const uint32_t counter[4] = {(uint32_t)count, (uint32_t)(count >> 32), (uint32_t)i, 0};
            int64_t at = group * 4 * threads + i;
            uint32_t word[4];
            float value[4];

            if (at >= n)
                break;
            philox4x32_10(counter, key, word);
            box_muller(word[0], word[1], &value[0], &value[1]);
            box_muller(word[2], word[3], &value[2], &value[3]);
            for (int k = 0; k < 4 && at + k * threads < n; k++)
                out[at + k * threads] = value[k];
        }
    }
    p->n_used += (uint64_t)n_groups;
}

/* Multiprocessors and threads of one, from NVIDIA's data sheets and the table of compute
 * capabilities in the CUDA programming guide. */
static const struct {
    const char *name;
    int n_multiprocessors, n_threads;
} gpus[] = {
    {"gtx1060", 10, 2048},   {"gtx1070", 15, 2048},   {"gtx1080", 20, 2048},
    {"gtx1080ti", 28, 2048}, {"v100", 80, 2048},      {"t4", 40, 1024},
    {"rtx2060", 30, 1024},   {"rtx2070", 36, 1024},   {"rtx2080", 46, 1024},
    {"rtx2080ti", 68, 1024}, {"a100", 108, 2048},     {"a10", 72, 1536},
    {"rtx3050", 20, 1536},   {"rtx3060", 28, 1536},   {"rtx3060ti", 38, 1536},
    {"rtx3070", 46, 1536},   {"rtx3080", 68, 1536},   {"rtx3090", 82, 1536},
    {"rtx4060", 24, 1536},   {"rtx4060ti", 34, 1536}, {"rtx4070", 46, 1536},
    {"rtx4080", 76, 1536},   {"rtx4090", 128, 1536},  {"l4", 58, 1536},
    {"h100", 132, 2048},
};

int64_t
philox_gpu_threads(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(gpus); i++) {
        if (g_str_equal(gpus[i].name, name))
            return (int64_t)BLOCK * gpus[i].n_multiprocessors * (gpus[i].n_threads / BLOCK);
    }
    return 0;
}

const char *
philox_gpu_name(int n)
{
    return n >= 0 && n < (int)G_N_ELEMENTS(gpus) ? gpus[n].name : NULL;
}
