// SPDX-License-Identifier: Apache-2.0
// What the updates of weights share, as compute/ops/step.h: no step on gradients that are not
// finite, else the factor that clips them to max_norm (0: any); sum: their squared norm.
bool step_is_finite(float x)
{
    return (floatBitsToUint(x) & 0x7f800000u) != 0x7f800000u;
}
float step_clip(float max_norm, float sum)
{
    return max_norm > 0.0 ? min(1.0, max_norm / (sqrt(sum) + 1e-6)) : 1.0;
}
// 1 - beta for the beta of seven decimals that was meant
float step_rest(float beta)
{
    return roundEven((1.0 - beta) * 1e7) / 1e7;
}
