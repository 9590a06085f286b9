// SPDX-License-Identifier: Apache-2.0
// Value i of n: its mean lies at mean_index(i) of the moments, its logvar `half_count` further on.
layout(push_constant) uniform Push { uint n, half_count, batch; };
uint mean_index(uint i)
{
    return i / half_count * 2u * half_count + i % half_count;
}
float clamped(float logvar)
{
    return clamp(logvar, -30.0, 20.0);
}
bool is_inside(float logvar)
{
    return logvar >= -30.0 && logvar <= 20.0;
}
