#version 450
// SPDX-License-Identifier: Apache-2.0
// y = factor x where a hash of the sample's key, the stream and the element's group is not below
// the threshold, else 0
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, per_sample, inner, n_groups, stream, threshold; float factor; };
READS(0, x)
layout(binding = 1) readonly buffer Keys { uint keys[]; };
WRITES(2, y)
uint mixed(uint v)
{
    v ^= v >> 16;
    v *= 0x7feb352du;
    v ^= v >> 15;
    v *= 0x846ca68bu;
    return v ^ (v >> 16);
}
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint sample_index = i / per_sample, group = i % per_sample / inner % n_groups;
    uint h = mixed(keys[2 * sample_index] ^ mixed(keys[2 * sample_index + 1] + stream));
    set_y(i, (mixed(h + group * 0x9e3779b9u) >> 8) >= threshold ? factor * x_at(i) : 0);
}
