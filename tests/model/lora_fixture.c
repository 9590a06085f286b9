/* SPDX-License-Identifier: Apache-2.0 */
#include "lora_fixture.h"

#include <glib/gstdio.h>

static const char *
source_root(void)
{
    const char *root = g_getenv("TORCHLIGHT_SOURCE_ROOT");
    return root ? root : ".";
}

char *
lora_golden_path(const char *part, const char *name)
{
    return g_build_filename(source_root(), "tests", "goldens", "A", part, name, NULL);
}

char *
lora_golden_b_path(const char *name)
{
    const char *shared = g_getenv("TORCHLIGHT_SHARED");
    g_autofree char *beside = g_build_filename(source_root(), "..", "shared", NULL);
    g_autofree char *path =
        g_build_filename(shared ? shared : beside, "goldens", "B", "lora", name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

void
lora_fixture_setup(LoraFixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *unet = lora_golden_path("model", "unet");
    g_autofree char *text = lora_golden_path("model", "text_encoder");
    f->device = device_open("cpu", &error);
    f->unet = unet_open(f->device, unet, &error);
    g_assert_no_error(error);
    f->text_encoder = text_encoder_open(f->device, text, &error);
    g_assert_no_error(error);
    f->target = (LoraTarget){{f->unet->module, f->text_encoder->module}};
    f->dir = g_dir_make_tmp("torchlight-lora-XXXXXX", &error);
    g_assert_no_error(error);
    f->path = g_build_filename(f->dir, "lora.safetensors", NULL);
    f->second = g_build_filename(f->dir, "second.safetensors", NULL);
}

void
lora_fixture_teardown(LoraFixture *f, const void *data)
{
    g_remove(f->path);
    g_remove(f->second);
    g_assert_cmpint(g_rmdir(f->dir), ==, 0);
    g_free(f->path);
    g_free(f->second);
    g_free(f->dir);
    unet_free(f->unet);
    text_encoder_free(f->text_encoder);
    device_close(f->device);
}

Lora *
lora_open_golden(LoraFixture *f, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = lora_golden_path("lora", name);
    Lora *lora = lora_open(f->device, path, &f->target, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(lora->unmatched->len, ==, 0);
    return lora;
}

float *
read_weight(const Weight *w)
{
    g_autoptr(GError) error = NULL;
    float *data = g_malloc(weight_size(w));
    g_assert_true(weight_read(w, data, &error));
    return data;
}

void
assert_loras_equal(const Lora *a, const Lora *b)
{
    for (int part = 0; part < LORA_N_PARTS; part++) {
        g_assert_cmpuint(a->layers[part]->len, ==, b->layers[part]->len);
        for (guint i = 0; i < a->layers[part]->len; i++) {
            const LoraLayer *x = a->layers[part]->pdata[i], *y = b->layers[part]->pdata[i];
            g_assert_cmpstr(x->path, ==, y->path);
            g_assert_cmpfloat((double)x->alpha, ==, (double)y->alpha);
            g_autofree float *p = read_weight(x->down), *q = read_weight(y->down);
            g_autofree float *r = read_weight(x->up), *s = read_weight(y->up);
            g_assert_cmpmem(p, weight_size(x->down), q, weight_size(y->down));
            g_assert_cmpmem(r, weight_size(x->up), s, weight_size(y->up));
        }
    }
}

void
assert_files_equal(const char *a, const char *b)
{
    g_autofree char *x = NULL, *y = NULL;
    gsize nx, ny;

    g_assert_true(g_file_get_contents(a, &x, &nx, NULL));
    g_assert_true(g_file_get_contents(b, &y, &ny, NULL));
    g_assert_cmpmem(x, nx, y, ny);
}
