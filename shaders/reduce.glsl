// SPDX-License-Identifier: Apache-2.0
// The sum of one value of each of 256 threads, for all of them. Called by all of a work group.
layout(local_size_x = 256) in;
shared float reduce_part[256];
float reduce_sum(float value)
{
    uint lane = gl_LocalInvocationID.x;
    barrier(); // the last call's result has been read
    reduce_part[lane] = value;
    barrier();
    for (uint n = 128u; n > 0u; n /= 2u) {
        if (lane < n)
            reduce_part[lane] += reduce_part[lane + n];
        barrier();
    }
    return reduce_part[0];
}
