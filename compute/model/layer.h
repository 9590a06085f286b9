/* SPDX-License-Identifier: Apache-2.0 */
/* Layers by name. A Scope is a place in a model ("down_blocks.0.resnets.1"); the functions here
 * either declare a layer's weights in the scope's module (declare_*), or record the layer into the
 * scope's graph with those weights and with every LoRA attached to the module (layer_*). */
#pragma once

#include "compute/model/module.h"
#include "compute/ops.h"

#define SCOPE_MAX 256

typedef struct {
    Graph *graph; /* NULL while declaring */
    Module *module;
    char path[SCOPE_MAX];
} Scope;

Scope scope_root(Graph *graph, const Module *module);
/* The place below: scope_enter(s, "resnets.%d", i). */
Scope scope_enter(const Scope *scope, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Whether the module has the weight scope.name. */
bool scope_has(const Scope *scope, const char *name);
/* Notes the result of the scope's block in module->taps, where there is one; returns y. */
Tensor *scope_tap(const Scope *scope, Tensor *y);

/* weight (n_out, n_in), bias (n_out) */
void declare_linear(const Scope *scope, const char *name, int n_in, int n_out, bool bias);
/* weight (n_out, n_in, kernel, kernel), bias (n_out) */
void declare_conv(const Scope *scope, const char *name, int n_in, int n_out, int kernel);
/* The same, zero at the start of training (ControlNet). */
void declare_zero_conv(const Scope *scope, const char *name, int n_in, int n_out, int kernel);
/* weight, bias (n) */
void declare_norm(const Scope *scope, const char *name, int n);
/* weight (n, width) */
void declare_embedding(const Scope *scope, const char *name, int n, int width);

/* The weight scope.name.weight. */
Tensor *layer_weight(const Scope *scope, const char *name);
/* x (..., K) -> (..., M); also with the weight of a 1x1 convolution */
Tensor *layer_linear(const Scope *scope, const char *name, Tensor *x);
/* x (N, C, H, W) */
Tensor *layer_conv(const Scope *scope, const char *name, Tensor *x, ConvOptions options);
/* 3x3, stride 1, padding 1 */
Tensor *layer_conv3(const Scope *scope, const char *name, Tensor *x);
Tensor *layer_conv1(const Scope *scope, const char *name, Tensor *x); /* 1x1 */
Tensor *layer_group_norm(const Scope *scope, const char *name, Tensor *x, int n_groups, float eps,
                         bool silu);
Tensor *layer_layer_norm(const Scope *scope, const char *name, Tensor *x, float eps);
