/* SPDX-License-Identifier: Apache-2.0 */
/* Traces as what a classifier learns from: a sample a trace, a column a feature. Of two kinds:
 *
 *   trits       every trit of the first n_packets packets, flattened (NetDiffusion, Jiang et al.
 *               2024, section 4): feature = packet * layout->n_columns + column, value -1, 0 or 1;
 *               a trace with fewer packets is padded with -1. With 1,024 packets of the layout
 *               torchlight 1,114,112 features, kept in two bits each.
 *   order-free  what does not depend on where in a connection a capture starts (order_free.h)
 *
 * or any table of floats. A matrix grows by samples; many fits may read it at once, but not while
 * one is added. Labels stand outside of it: a fit names its samples and their classes, so that
 * folds, mixtures of real and generated, and the axes of a caption share one matrix. */
#pragma once

#include "app/evaluate/learn/watch.h"
#include "app/trace/trace.h"

/* What is taken out of the features before a fit: what names a host, a connection or a moment, not
 * a kind of traffic. Takes out the trits, or their shares, of these header fields. */
typedef enum {
    FEATURE_MASK_NONE = 0,
    FEATURE_MASK_PORTS = 1 << 0,
    FEATURE_MASK_CHECKSUMS = 1 << 1,
    FEATURE_MASK_IDENTIFICATION = 1 << 2, /* of IPv4; flow label of IPv6; ICMP echo */
    FEATURE_MASK_SEQUENCE = 1 << 3,       /* sequence and acknowledgment numbers of TCP */
    FEATURE_MASK_TTL = 1 << 4,            /* and the hop limit of IPv6 */
    FEATURE_MASK_WINDOW = 1 << 5,
    FEATURE_MASK_OPTIONS = 1 << 6, /* of TCP, whose time stamps name a moment of a host */
    FEATURE_MASK_TIMES = 1 << 7,   /* of order-free features: gaps, durations, rates */
    N_FEATURE_MASKS = 8,
    /* The ablation: ports, checksums, identifiers, numbers, TTL, window. */
    FEATURE_MASK_ABLATED = (1 << 6) - 1,
} FeatureMask;

/* "ports", "checksums", ... of the bit i, 0 to N_FEATURE_MASKS - 1; untranslated. */
const char *feature_mask_name(int i);

/* What a feature is about, for importance by header field: a FieldId, or one of these. */
enum {
    FEATURE_GROUP_SIZES = N_FIELDS,
    FEATURE_GROUP_GAPS,
    FEATURE_GROUP_BURSTS,
    FEATURE_GROUP_COUNTS,
    FEATURE_GROUP_OTHER, /* a column of feature_matrix_new_floats */
    N_FEATURE_GROUPS
};

const char *feature_group_name(int group); /* "ipv4_ttl", "sizes", "gaps", ...; untranslated */

typedef enum { FEATURES_TRITS, FEATURES_ORDER_FREE, FEATURES_FLOATS } FeatureKind;

typedef struct FeatureMatrix FeatureMatrix;

enum { FEATURE_PACKETS = 1024 }; /* packets of a trace that an evaluation looks at */

/* layout is borrowed; n_packets from 1. kind: trits or order-free. */
FeatureMatrix *feature_matrix_new(FeatureKind kind, const Layout *layout, int n_packets);
/* A plain table; names (n_features strings, copied) may be NULL. */
FeatureMatrix *feature_matrix_new_floats(int n_features, const char *const *names);
void feature_matrix_free(FeatureMatrix *matrix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FeatureMatrix, feature_matrix_free)

/* Adds a trace as the next sample; its index, from 0. -1 and error when its layout is another one
 * or it has no packets. Later packets than n_packets are not looked at. */
int feature_matrix_add_trace(FeatureMatrix *matrix, const Trace *trace, GError **error);
/* Adds a row of n_features values to a plain table; -1 and error when one is not finite. */
int feature_matrix_add_floats(FeatureMatrix *matrix, const float *values, GError **error);

FeatureKind feature_matrix_kind(const FeatureMatrix *matrix);
const Layout *feature_matrix_layout(const FeatureMatrix *matrix); /* NULL of a plain table */
int feature_matrix_n_packets(const FeatureMatrix *matrix);        /* 0 of a plain table */
int feature_matrix_n_samples(const FeatureMatrix *matrix);
int feature_matrix_n_features(const FeatureMatrix *matrix);
float feature_matrix_value(const FeatureMatrix *matrix, int sample, int feature);

/* "packet 12 ipv4_ttl_3", "ones ipv4_ttl_3", "size up 64", ...; the caller frees. */
char *feature_matrix_name(const FeatureMatrix *matrix, int feature);
int feature_matrix_group(const FeatureMatrix *matrix, int feature); /* FieldId or FEATURE_GROUP_* */
bool feature_matrix_is_masked(const FeatureMatrix *matrix, int feature, FeatureMask mask);

/* Sums of by_feature (n_features) over the features of each group, into by_group
 * (N_FEATURE_GROUPS). */
void feature_matrix_sum_groups(const FeatureMatrix *matrix, const double *by_feature,
                               double *by_group);
