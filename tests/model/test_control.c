/* SPDX-License-Identifier: Apache-2.0 */
/* ControlNets in sampling: when they act, the modes' curves in both conventions, several at once.
 */
#include "compute/sample/control.h"
#include "compute/model/adapter.h"
#include "compute/sample/guided_unet.h"

#include <math.h>
#include <string.h>

#define N_RESULTS 13
#define SIDE 8 /* of the latent */
#define N_OUT (4 * SIDE * SIDE)

static void
test_window(void)
{
    GeneratorControl c = {.weight = 0.9, .start = 0.2, .end = 0.8};
    static const int diffusers[10] = {0, 0, 1, 1, 1, 1, 1, 1, 0, 0};
    static const int a1111[10] = {0, 0, 1, 1, 1, 1, 1, 1, 1, 0};

    for (int i = 0; i < 10; i++) {
        c.convention = CONTROL_DIFFUSERS;
        g_assert_cmpfloat(generator_control_weight(&c, i, 10), ==, diffusers[i] ? 0.9 : 0);
        c.convention = CONTROL_A1111;
        g_assert_cmpfloat(generator_control_weight(&c, i, 10), ==, a1111[i] ? 0.9 : 0);
    }
    c = (GeneratorControl){.weight = 0.9, .end = 0}; /* A1111 acts in the first step at least */
    c.convention = CONTROL_A1111;
    g_assert_cmpfloat(generator_control_weight(&c, 0, 10), ==, 0.9);
    c.convention = CONTROL_DIFFUSERS;
    g_assert_cmpfloat(generator_control_weight(&c, 0, 10), ==, 0);
}

static void
test_curves(void)
{
    GeneratorControl c = GENERATOR_CONTROL_DEFAULTS;
    double factors[N_RESULTS], own[N_RESULTS] = {0.5, 0, 2};

    generator_control_factors(&c, N_RESULTS, factors);
    for (int i = 0; i < N_RESULTS; i++)
        g_assert_cmpfloat(factors[i], ==, 1);
    c.mode = CONTROL_PROMPT;
    c.convention = CONTROL_A1111;
    generator_control_factors(&c, N_RESULTS, factors);
    g_assert_cmpfloat(fabs(factors[0] - 0.0994139), <, 1e-6); /* 0.825^12 */
    g_assert_cmpfloat(fabs(factors[11] - 0.825), <, 1e-12);
    g_assert_cmpfloat(factors[12], ==, 1);
    c.mode = CONTROL_CONTROL;
    c.convention = CONTROL_DIFFUSERS;
    generator_control_factors(&c, N_RESULTS, factors);
    g_assert_cmpfloat(fabs(factors[0] - 0.1), <, 1e-12);
    g_assert_cmpfloat(fabs(factors[6] - 0.316228), <, 1e-6);
    g_assert_cmpfloat(factors[12], ==, 1);
    c.layers = own;
    generator_control_factors(&c, N_RESULTS, factors);
    g_assert_cmpmem(factors, sizeof factors, own, sizeof own);
}

static void
test_names(void)
{
    ControlMode mode;
    ControlConvention convention;

    for (ControlMode i = 0; i < CONTROL_N_MODES; i++)
        g_assert_true(control_mode_find(control_mode_name(i), &mode) && mode == i);
    for (ControlConvention i = 0; i < CONTROL_N_CONVENTIONS; i++)
        g_assert_true(control_convention_find(control_convention_name(i), &convention) &&
                      convention == i);
    g_assert_false(control_mode_find("loud", &mode));
}

/* --- with the models of golden set A --- */

typedef struct {
    Pipeline pipeline;
    float x[N_OUT], map[3 * 64 * SIDE * SIDE];
    float *context;
    Shape context_shape;
} Fixture;

static void
fill(float *data, int64_t n, const char *name)
{
    weight_random(data, n, INIT_FAN_IN, 1, 3, name);
}

static char *
golden(const char *first, const char *second)
{
    return g_build_filename(g_getenv("TORCHLIGHT_SOURCE_ROOT"), "tests", "goldens", "A", first,
                            second, NULL);
}

static void
setup(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *unet = golden("model", "unet"), *vae = golden("model", "vae");
    g_autofree char *net = golden("controlnet", NULL);
    Pipeline *p = &f->pipeline;

    p->device = device_open("cpu", &error);
    p->unet = unet_open(p->device, unet, &error);
    p->vae = vae_open(p->device, vae, &error);
    p->controlnet = controlnet_open(p->device, net, &error);
    g_assert_no_error(error);
    f->context_shape = SHAPE(2, 5, p->unet->config.cross_attention_dim);
    f->context = g_new(float, shape_count(&f->context_shape));
    fill(f->context, shape_count(&f->context_shape), "context");
    fill(f->x, N_OUT, "x");
    fill(f->map, G_N_ELEMENTS(f->map), "map");
}

static void
teardown(Fixture *f, const void *data)
{
    Pipeline *p = &f->pipeline;

    g_free(f->context);
    controlnet_free(p->controlnet);
    vae_free(p->vae);
    unet_free(p->unet);
    device_close(p->device);
}

static void
predict(Fixture *f, const GeneratorControl *controls, int n, double guidance, float *out)
{
    g_autoptr(GError) error = NULL;
    const ControlNet *net = f->pipeline.controlnet;
    int n_results = controlnet_n_results(&net->config);
    GuidedUnetShape shape;
    double weights[MAX_CONTROLS], factors[64];

    g_assert_cmpint(n_results, ==, N_RESULTS);
    memset(&shape, 0, sizeof shape);
    shape.height = shape.width = SIDE;
    shape.n_images = 1;
    shape.guided = true;
    shape.n_controls = n;
    for (int k = 0; k < n; k++) {
        shape.nets[k] = net;
        shape.positive_only[k] = controls[k].mode == CONTROL_CONTROL;
    }
    g_autoptr(GuidedUnet) unet = guided_unet_new(&f->pipeline, &shape, &f->context_shape, &error);
    g_assert_no_error(error);
    g_assert_true(guided_unet_set_context(unet, f->context, &error));
    for (int k = 0; k < n; k++) {
        generator_control_factors(&controls[k], n_results, factors);
        guided_unet_set_factors(unet, k, factors);
        g_assert_true(guided_unet_set_maps(unet, k, f->map, 1, NULL, &error));
        weights[k] = controls[k].weight;
    }
    const GuidedUnetStep step = {
        .timestep = 400, .input = f->x, .weights = weights, .guidance = guidance};
    g_assert_true(guided_unet_predict(unet, &step, out, NULL, &error));
}

static double
distance(const float *a, const float *b)
{
    double worst = 0;
    for (int i = 0; i < N_OUT; i++)
        worst = MAX(worst, fabs((double)(a[i] - b[i])));
    return worst;
}

/* Two of the same at 0.3 and 0.7 are one at 1; layers of 1 are balanced. */
static void
test_several(Fixture *f, const void *data)
{
    static const double ones[N_RESULTS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const GeneratorControl whole = {.weight = 1, .end = 1};
    const GeneratorControl parts[2] = {
        {.weight = 0.3, .end = 1},
        {.weight = 0.7, .end = 1, .mode = CONTROL_PROMPT, .layers = ones, .n_layers = N_RESULTS}};
    float one[N_OUT], two[N_OUT], none[N_OUT];

    predict(f, &whole, 1, 3, one);
    predict(f, parts, 2, 3, two);
    predict(f, NULL, 0, 3, none);
    g_assert_cmpfloat(distance(one, none), >, 1e-3);
    g_assert_cmpfloat(distance(one, two), <, 2e-5);
}

/* On the positive half only: without weight on that half (guidance 0) it cannot be seen. */
static void
test_positive_only(Fixture *f, const void *data)
{
    const GeneratorControl c = {.weight = 1, .end = 1, .mode = CONTROL_CONTROL};
    float negative[N_OUT], plain[N_OUT], positive[N_OUT];

    predict(f, NULL, 0, 0, plain);
    predict(f, &c, 1, 0, negative);
    g_assert_cmpmem(negative, sizeof negative, plain, sizeof plain);
    predict(f, NULL, 0, 1, plain);
    predict(f, &c, 1, 1, positive);
    g_assert_cmpfloat(distance(positive, plain), >, 1e-3);
}

static void
test_layers(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    const double some[2] = {1, 1};
    const GeneratorControl c = {.weight = 1, .end = 1, .layers = some, .n_layers = 2};

    g_assert_false(generator_control_check(&c, f->pipeline.controlnet, &error));
    g_assert_nonnull(strstr(error->message, "13"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/control/window", test_window);
    g_test_add_func("/control/curves", test_curves);
    g_test_add_func("/control/names", test_names);
    g_test_add("/control/several", Fixture, NULL, setup, test_several, teardown);
    g_test_add("/control/positive-only", Fixture, NULL, setup, test_positive_only, teardown);
    g_test_add("/control/layers", Fixture, NULL, setup, test_layers, teardown);
    return g_test_run();
}
