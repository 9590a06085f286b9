#version 450
// SPDX-License-Identifier: Apache-2.0
// Weak pixels (0) beside an edge (2) become edges: a work group follows them through its tile of
// 32 x 32, seeing one pixel around it, and says whether anything changed.
#define TILE 32u
#define SIDE (TILE + 2u)
layout(local_size_x = 256) in;
layout(push_constant) uniform Push { uint width, height; };
layout(binding = 0) readonly buffer From { int from[]; };
layout(binding = 1) writeonly buffer To { int to[]; };
layout(binding = 2) buffer Changed { uint changed[]; };
shared int tile[SIDE * SIDE];
shared uint moved;
bool beside_edge(uint at)
{
    bool found = false;
    for (uint v = at - SIDE; v <= at + SIDE; v += SIDE)
        found = found || tile[v - 1u] == 2 || tile[v] == 2 || tile[v + 1u] == 2;
    return found;
}
void main()
{
    uint lane = gl_LocalInvocationID.x;
    int left = int(gl_WorkGroupID.x * TILE) - 1, top = int(gl_WorkGroupID.y * TILE) - 1;
    for (uint k = lane; k < SIDE * SIDE; k += 256u) {
        int x = left + int(k % SIDE), y = top + int(k / SIDE);
        bool inside = x >= 0 && y >= 0 && x < int(width) && y < int(height);
        tile[k] = inside ? from[uint(y) * width + uint(x)] : 1;
    }
    bool any = false;
    for (bool more = true; more;) {
        barrier();
        if (lane == 0u)
            moved = 0u;
        bool becomes[4];
        for (uint k = 0u; k < 4u; k++) {
            uint at = (lane / 32u + k * 8u + 1u) * SIDE + lane % 32u + 1u;
            becomes[k] = tile[at] == 0 && beside_edge(at);
        }
        barrier();
        for (uint k = 0u; k < 4u; k++) {
            if (becomes[k]) {
                tile[(lane / 32u + k * 8u + 1u) * SIDE + lane % 32u + 1u] = 2;
                atomicOr(moved, 1u);
            }
        }
        barrier();
        more = moved != 0u;
        any = any || more;
    }
    for (uint k = 0u; k < 4u; k++) {
        uint x = gl_WorkGroupID.x * TILE + lane % 32u;
        uint y = gl_WorkGroupID.y * TILE + lane / 32u + k * 8u;
        if (x < width && y < height)
            to[y * width + x] = tile[(lane / 32u + k * 8u + 1u) * SIDE + lane % 32u + 1u];
    }
    if (any && lane == 0u)
        atomicOr(changed[0], 1u);
}
