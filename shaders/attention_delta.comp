#version 450
// SPDX-License-Identifier: Apache-2.0
// delta (B, heads, T) = sum over a head's d columns of o times its gradient; n = B heads T
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, t, heads, d; };
READS(0, o)
READS(1, u)
layout(binding = 2) writeonly buffer Delta { float delta[]; };
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint query = i % t, pair = i / t;
    uint at = ((pair / heads * t + query) * heads + pair % heads) * d;
    float sum = 0.0;
    for (uint k = 0u; k < d; k++)
        sum += o_at(at + k) * u_at(at + k);
    delta[i] = sum;
}
