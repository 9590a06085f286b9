/* SPDX-License-Identifier: Apache-2.0 */
/* Runs an op's test cases. */
#include "compute/op_check.h"

#include "compute/device_class.h"
#include "compute/ops.h"
#include "compute/program.h"
#include "compute/weights.h"

#include <math.h>

#define N_ROUNDINGS 2 /* to 16 bits between an op's inputs and its result */

typedef struct {
    Tensor *in[NODE_MAX_IN];
    Tensor *y, *dy;
    DType storage;
    Program *program;
} Built;

static void
built_clear(Built *built)
{
    g_clear_pointer(&built->program, program_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Built, built_clear)

typedef struct {
    float *in[NODE_MAX_IN];
    float *dy, *y;
    float *din[NODE_MAX_IN];
} Values;

static void
values_clear(Values *values)
{
    for (int i = 0; i < NODE_MAX_IN; i++) {
        g_free(values->in[i]);
        g_free(values->din[i]);
    }
    g_free(values->dy);
    g_free(values->y);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Values, values_clear)

static float
next_normal(GRand *rand)
{
    double u = 1.0 - g_rand_double(rand), v = g_rand_double(rand);
    return (float)(sqrt(-2.0 * log(u)) * cos(2.0 * G_PI * v));
}

static float *
random_values(GRand *rand, int64_t count, float scale)
{
    float *values = g_new(float, MAX(count, 1));
    for (int64_t i = 0; i < count; i++)
        values[i] = scale * next_normal(rand);
    return values;
}

static bool
takes_grad(const Op *op, const OpCase *c, int i)
{
    return c->in[i].n_dims > 0 && !(c->no_grad >> i & 1) && !(op->i32_in >> i & 1);
}

/* What the host writes is f32 and so is what it reads. A copy between lets the op itself meet the
 * device's storage. */
static Tensor *
stored(Graph *g, const Built *built, Tensor *t)
{
    return dtype_is_half(built->storage) ? op_scale(g, t, 1) : t;
}

static bool
build(const Op *op, const OpCase *c, Device *device, Built *built, GError **error)
{
    Graph *g = graph_new();
    Tensor *in[NODE_MAX_IN] = {NULL};
    /* An optimiser is given weights, moments and the host's numbers: none is stored in 16 bits. */
    built->storage = op->writes ? DTYPE_F32 : device_storage(device);
    for (int i = 0; i < NODE_MAX_IN; i++) {
        if (c->in[i].n_dims == 0)
            continue;
        bool ids = op->i32_in >> i & 1;
        built->in[i] = graph_input(g, ids ? DTYPE_I32 : DTYPE_F32, &c->in[i]);
        if (op->backward && takes_grad(op, c, i))
            graph_want_grad(g, built->in[i]);
        in[i] = ids ? built->in[i] : stored(g, built, built->in[i]);
    }
    Tensor *y = op->build(g, in, &c->attrs);
    built->y = graph_keep(g, stored(g, built, y));
    built->dy = graph_input(g, DTYPE_F32, &built->y->shape);
    if (op->backward) {
        graph_backward_from(g, y, stored(g, built, built->dy));
        for (int i = 0; i < NODE_MAX_IN; i++) {
            if (built->in[i] && built->in[i]->grad)
                graph_keep(g, built->in[i]->grad);
        }
    }
    for (guint i = 0; i < g->tensors->len; i++)
        ((Tensor *)g->tensors->pdata[i])->exact |= op->writes != 0;
    built->program = program_new(g, device, error);
    return built->program != NULL;
}

static bool
execute(Built *built, Values *values, GError **error)
{
    for (int i = 0; i < NODE_MAX_IN; i++) {
        if (built->in[i] && !program_write(built->program, built->in[i], values->in[i], error))
            return false;
    }
    if (!program_write(built->program, built->dy, values->dy, error) ||
        !program_run(built->program, NULL, error))
        return false;
    values->y = g_new(float, tensor_count(built->y));
    if (!program_read(built->program, built->y, values->y, error))
        return false;
    for (int i = 0; i < NODE_MAX_IN; i++) {
        if (!built->in[i] || !built->in[i]->grad)
            continue;
        values->din[i] = g_new(float, tensor_count(built->in[i]));
        if (!program_read(built->program, built->in[i]->grad, values->din[i], error))
            return false;
    }
    return true;
}

/* Values that 16 bits hold, so that storing them loses nothing. */
static void
round_to(DType storage, float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (storage == DTYPE_F16)
            values[i] = weights_f32_from_f16(weights_f16_from_f32(values[i]));
        else if (storage == DTYPE_BF16)
            values[i] = weights_f32_from_bf16(weights_bf16_from_f32(values[i]));
    }
}

static void
make_values(const Op *op, const OpCase *c, const Built *built, DType storage, Values *values)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1234);
    float scale = c->scale > 0 ? c->scale : 1.0f;
    for (int i = 0; i < NODE_MAX_IN; i++) {
        if (!built->in[i])
            continue;
        int64_t count = tensor_count(built->in[i]);
        if (op->i32_in >> i & 1) {
            values->in[i] = g_new(float, MAX(count, 1));
            for (int64_t j = 0; j < count; j++)
                ((int32_t *)values->in[i])[j] = g_rand_int_range(rand, 0, MAX(c->id_limit, 1));
        } else {
            values->in[i] = random_values(rand, count, scale);
            round_to(storage, values->in[i], count);
        }
    }
    values->dy = random_values(rand, tensor_count(built->y), 1.0f);
    round_to(storage, values->dy, tensor_count(built->y));
}

static void
values_share_inputs(const Values *from, Values *to, const Built *built)
{
    for (int i = 0; i < NODE_MAX_IN; i++) {
        if (built->in[i])
            to->in[i] = g_memdup2(from->in[i], (gsize)tensor_count(built->in[i]) * 4);
    }
    to->dy = g_memdup2(from->dy, (gsize)tensor_count(built->y) * 4);
}

double
op_check_unit(DType storage)
{
    return storage == DTYPE_F16 ? 0x1p-11 : storage == DTYPE_BF16 ? 0x1p-8 : 0;
}

/* Largest difference over the largest magnitude; infinite for a NaN. */
static double
relative_error(const float *a, const float *expected, int64_t count)
{
    double worst = 0, largest = 1e-12;
    for (int64_t i = 0; i < count; i++) {
        double d = fabs((double)a[i] - (double)expected[i]);
        if (!(d <= worst))
            worst = isfinite(d) ? d : INFINITY;
        largest = fmax(largest, fabs((double)expected[i]));
    }
    return worst / largest;
}

static void
emit(const Op *op, const OpCase *c, const char *what, double error, double tolerance,
     OpCheckFunc func, void *data)
{
    OpCheckLine line = {op->name, c->name, what, error, tolerance, error <= tolerance};
    func(&line, data);
}

static bool
check_against_cpu(const Op *op, const OpCase *c, Device *device, Values *expected, OpCheckFunc func,
                  void *data, GError **error)
{
    g_auto(Built) built = {0};
    g_auto(Values) values = {0};
    if (!build(op, c, device, &built, error))
        return false;
    values_share_inputs(expected, &values, &built);
    if (!execute(&built, &values, error))
        return false;
    double tolerance = c->tolerance > 0 ? c->tolerance : 1e-5;
    double unit = op_check_unit(built.storage);
    emit(op, c, "y", relative_error(values.y, expected->y, tensor_count(built.y)),
         tolerance + N_ROUNDINGS * unit, func, data);
    for (int i = 0; i < NODE_MAX_IN; i++) {
        if (!values.din[i])
            continue;
        g_autofree char *what = g_strdup_printf("dx%d", i);
        emit(op, c, what,
             relative_error(values.din[i], expected->din[i], tensor_count(built.in[i])),
             4 * (tolerance + N_ROUNDINGS * unit), func, data);
    }
    return true;
}

static double
dot(const float *a, const float *b, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* The derivative of sum(y dy) along a random direction of input i, measured and from the
 * gradient; relative to the size of the gradient. */
static bool
check_finite_difference(const Op *op, const OpCase *c, Built *built, const Values *at, int i,
                        OpCheckFunc func, void *data, GError **error)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(99);
    int64_t count = tensor_count(built->in[i]);
    g_autofree float *direction = random_values(rand, count, 1.0f);
    double scale = c->scale > 0 ? c->scale : 1.0, h = 4e-3 * scale, loss[2];
    for (int side = 0; side < 2; side++) {
        g_auto(Values) values = {0};
        values_share_inputs(at, &values, built);
        for (int64_t j = 0; j < count; j++)
            values.in[i][j] += (float)((side ? -h : h) * direction[j]);
        if (!execute(built, &values, error))
            return false;
        loss[side] = dot(values.y, at->dy, tensor_count(built->y));
    }
    double measured = (loss[0] - loss[1]) / (2 * h);
    double expected = dot(at->din[i], direction, count);
    double norm = sqrt(dot(at->din[i], at->din[i], count)) + 1e-6;
    g_autofree char *what = g_strdup_printf("finite difference %d", i);
    emit(op, c, what, fabs(measured - expected) / norm, 2e-2, func, data);
    return true;
}

bool
op_check_case(const Op *op, const OpCase *c, Device *device, OpCheckFunc func, void *data,
              GError **error)
{
    g_autoptr(Device) cpu = cpu_device_new();
    g_auto(Built) built = {0};
    g_auto(Values) values = {0};
    if (!build(op, c, cpu, &built, error))
        return false;
    make_values(op, c, &built, device_storage(device), &values);
    if (!execute(&built, &values, error))
        return false;
    if (!device_is_cpu(device))
        return check_against_cpu(op, c, device, &values, func, data, error);
    double finite = 0;
    for (int64_t i = 0; i < tensor_count(built.y); i++)
        finite = isfinite(values.y[i]) ? finite : INFINITY;
    emit(op, c, "finite", finite, 0, func, data);
    for (int i = 0; i < NODE_MAX_IN && !c->no_finite_difference; i++) {
        if (values.din[i] && !check_finite_difference(op, c, &built, &values, i, func, data, error))
            return false;
    }
    return true;
}

bool
op_check_all(Device *device, GCancellable *cancellable, OpCheckFunc func, void *data,
             GError **error)
{
    const Op *op;
    for (int i = 0; (op = op_nth(i)); i++) {
        for (int j = 0; j < op->n_cases; j++) {
            if (g_cancellable_set_error_if_cancelled(cancellable, error) ||
                !op_check_case(op, &op->cases[j], device, func, data, error)) {
                g_prefix_error(error, "%s, case %s: ", op->name, op->cases[j].name);
                return false;
            }
        }
    }
    return true;
}
