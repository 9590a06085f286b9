// SPDX-License-Identifier: Apache-2.0
// A flat index over a 1-D range folded over y, as dispatch_1d launches it.
#include "storage.glsl"
#define LOCAL_SIZE 256
layout(local_size_x = LOCAL_SIZE) in;
uint flat_index()
{
    return gl_WorkGroupID.y * 65535u * LOCAL_SIZE + gl_GlobalInvocationID.x;
}
