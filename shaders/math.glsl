// SPDX-License-Identifier: Apache-2.0
// erf to 1e-7 (N. Juffa's minimax form, as compute/cpu/fast_math.h), GELU and its slope.
float erf(float x)
{
    float t = min(abs(x), 4.0), s = t * t;
    float a = 1.72948930e-5 * t - 3.83208680e-4;
    float b = 3.88393435e-3 * t - 2.42545605e-2;
    a = a * s + b;
    a = a * t + 1.06777847e-1;
    a = a * t + 6.34846687e-1;
    a = a * t + 1.28717512e-1;
    a = a * t + t;
    a = sign(x) * (1.0 - exp(-a));
    float c = -5.99104969e-4;
    c = c * s + 4.99339588e-3;
    c = c * s - 2.67667342e-2;
    c = c * s + 1.12818025e-1;
    c = c * s - 3.76124859e-1;
    c = c * s + 1.28379151e-1;
    c = c * x + x;
    return t > 0.921875 ? a : c;
}
float gelu(float x)
{
    return 0.5 * x * (1.0 + erf(x * 0.70710678));
}
float gelu_slope(float x)
{
    return 0.5 * (1.0 + erf(x * 0.70710678)) + x * 0.39894228 * exp(-0.5 * x * x);
}
float sigmoid(float x)
{
    return 1.0 / (1.0 + exp(-x));
}
