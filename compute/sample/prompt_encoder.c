/* SPDX-License-Identifier: Apache-2.0 */
/* Prompts to the UNet's context. */
#include "compute/sample/prompt_encoder.h"

#include "compute/program.h"

struct PromptEncoder {
    const Pipeline *pipeline;
    int n_prompts;
    Program *program;
    Tensor *ids, *context; /* (n, T) i32 -> (n, T, D) f32 */
};

PromptEncoder *
prompt_encoder_new(const Pipeline *p, int n_prompts, int clip_skip, GError **error)
{
    g_autoptr(PromptEncoder) e = g_new0(PromptEncoder, 1);
    Graph *graph = graph_new();

    e->pipeline = p;
    e->n_prompts = n_prompts;
    e->ids = graph_input(graph, DTYPE_I32, &SHAPE(n_prompts, tokenizer_max_length(p->tokenizer)));
    e->context = graph_keep(graph, text_encoder_forward(graph, p->text_encoder, e->ids, clip_skip));
    e->program = program_new(graph, p->device, error);
    return e->program ? g_steal_pointer(&e) : NULL;
}

void
prompt_encoder_free(PromptEncoder *e)
{
    if (!e)
        return;
    program_free(e->program);
    g_free(e);
}

const Shape *
prompt_encoder_shape(const PromptEncoder *e)
{
    return &e->context->shape;
}

bool
prompt_encoder_run(PromptEncoder *e, const char *const *prompts, float *context,
                   GCancellable *cancellable, GError **error)
{
    int length = tokenizer_max_length(e->pipeline->tokenizer);
    g_autofree int32_t *ids = g_new(int32_t, (gsize)length * e->n_prompts);

    for (int i = 0; i < e->n_prompts; i++) {
        if (!pipeline_encode_caption(e->pipeline, prompts[i], ids + (gsize)i * length, error))
            return false;
    }
    return program_write(e->program, e->ids, ids, error) &&
           program_run(e->program, cancellable, error) &&
           program_read(e->program, e->context, context, error);
}
