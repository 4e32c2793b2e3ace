/* Activations, value by value.
 *
 * exp and log are the usual ones: the argument is reduced to a short interval about 0, where a polynomial gives the rest; the
 * powers of two in front are exact, but for roots of two in exp. */
#ifndef CNN_KERNELS_ACTIVATION_TEMPLATE_H
#define CNN_KERNELS_ACTIVATION_TEMPLATE_H

#include "kernels/activation/loop.h"
#include "kernels/isa/tile.h"

#include <float.h>
#include <math.h>

/* c[0] + c[1] x + ... */
static inline vec polynomial(int degree, const float *c, vec x) {
    vec sum = vec_set(c[degree]);
    for (int i = degree - 1; i >= 0; i--)
        sum = vec_fma(sum, x, vec_set(c[i]));
    return sum;
}

/* |x| and bounds of x. */
static inline vec absolute(vec x) { /* not-a-number stays, here and below */
    return vec_max(vec_sub(vec_set(0), x), x);
}
static inline vec at_least_vec(vec lower, vec x) {
    return vec_max(lower, x);
}
static inline vec at_most_vec(vec upper, vec x) {
    return vec_min(upper, x);
}

/* log 2 in two parts; whole numbers below 2^15 times the first are exact. And the reciprocal. */
static const float LOG2_HIGH = 0.693359375f, LOG2_LOW = -2.12194440e-4f, LOG2_OF_E = 1.44269504f;

/* r of x = n unit log 2 + r, for a power of two as unit. */
static inline vec reduced(vec x, vec n, float unit) {
    return vec_fma(n, vec_set(-LOG2_LOW * unit), vec_fma(n, vec_set(-LOG2_HIGH * unit), x));
}

/* 2^power exp(x) for whole powers, where it is neither subnormal nor infinite. With x = n/8 log 2 + r a short polynomial does. */
static inline vec raised_exp(vec x, vec power) {
    static const float c[] = {0.50006598f, 0.16670616f};
    const vec start = vec_fma(vec_set(8), power, vec_set(VEC_WHOLE));
    const vec shifted = vec_fma(x, vec_set(8 * LOG2_OF_E), start);
    const vec r = reduced(x, vec_sub(shifted, start), 0.125f);
    const vec rest = vec_fma(vec_mul(r, r), polynomial(1, c, r), r), scale = vec_power2(shifted);
    return vec_fma(scale, rest, scale);
}

/* exp(x), also where it is subnormal, 0 or infinite: those are 2^64 or 2^-64 times a number that is none of them. */
static inline vec exp_of(vec x) {
    const vec zero = vec_set(0), limited = at_least_vec(vec_set(-104), at_most_vec(vec_set(89), x));
    const vec raised = raised_exp(limited, vec_if_greater(zero, x, vec_set(64), vec_set(-64)));
    return vec_mul(raised, vec_if_greater(zero, x, vec_set(0x1p-64f), vec_set(0x1p64f)));
}

/* exp(x) for x <= 0 */
static inline vec exp_of_negative(vec x) {
    return vec_mul(raised_exp(at_least_vec(vec_set(-104), x), vec_set(64)), vec_set(0x1p-64f));
}

/* exp(x) - 1 for x <= 0, exact about 0 too: x = n log 2 + r. */
static inline vec exp_minus_1(vec x) {
    static const float c[] = {0.5f, 0.16666573f, 0.041666456f, 0.0083637768f, 0.0013934545f};
    const vec limited = at_least_vec(vec_set(-87), at_most_vec(vec_set(0), x)), whole = vec_set(VEC_WHOLE);
    const vec n = vec_sub(vec_fma(limited, vec_set(LOG2_OF_E), whole), whole), r = reduced(limited, n, 1);
    const vec rest = vec_fma(vec_mul(r, r), polynomial(4, c, r), r);
    const vec scale = vec_power2(vec_fma(vec_set(8), n, whole));
    return vec_fma(scale, rest, vec_sub(scale, vec_set(1)));
}

/* log x for finite x >= FLT_MIN */
static inline vec log_of_normal(vec x) {
    static const float c[] = {0.33333331f,  -0.24999988f, 0.20000759f,  -0.16668606f, 0.14248148f,
                              -0.12406968f, 0.11676744f,  -0.11607735f, 0.071508534f};
    vec power;
    const vec f = vec_sub(vec_split(x, &power), vec_set(1)), square = vec_mul(f, f);
    vec rest = vec_fma(vec_mul(f, square), polynomial(8, c, f), vec_mul(power, vec_set(LOG2_LOW)));
    rest = vec_fma(vec_set(-0.5f), square, rest);
    return vec_fma(power, vec_set(LOG2_HIGH), vec_add(f, rest));
}

/* log x of any x. */
static inline vec log_of(vec x) {
    const vec smallest = vec_set(FLT_MIN), zero = vec_set(0);
    const vec raised = vec_if_greater(smallest, x, vec_mul(x, vec_set(0x1p24f)), x);
    vec y = log_of_normal(raised);
    y = vec_if_greater(smallest, x, vec_sub(y, vec_set(16.6355323f)), y); /* 24 log 2 */
    y = vec_if_greater(x, vec_set(FLT_MAX), x, y);
    y = vec_if_equal(x, zero, vec_set(-INFINITY), y);
    y = vec_if_greater(zero, x, vec_set(NAN), y);
    return vec_if_equal(x, x, y, x);
}

/* ---- The functions and their derivatives ------------------------------------------------------------ */

#define ACTIVATION(name) static inline vec activation_##name(vec x, vec alpha, vec beta)
#define DERIVATIVE(name) static inline vec derivative_##name(vec x, vec y, vec alpha, vec beta)

/* e / (1 + e) with e = exp(x), both 2^64 times that; from 40 on it is 1. */
ACTIVATION(sigmoid) {
    (void)alpha, (void)beta;
    const vec limited = at_least_vec(vec_set(-104), at_most_vec(vec_set(40), x));
    const vec e = raised_exp(limited, vec_set(64));
    return vec_div(e, vec_add(vec_set(0x1p64f), e));
}
DERIVATIVE(sigmoid) {
    (void)x, (void)alpha, (void)beta;
    return vec_mul(y, vec_sub(vec_set(1), y));
}

/* tanh |x| = (1 - e) / (1 + e) with e = exp(-2 |x|) */
ACTIVATION(tanh) {
    (void)alpha, (void)beta;
    const vec e = exp_minus_1(vec_mul(vec_set(-2), absolute(x)));
    const vec y = vec_div(e, vec_add(vec_set(2), e));
    return vec_if_greater(x, vec_set(0), vec_sub(vec_set(0), y), y);
}
DERIVATIVE(tanh) {
    (void)x, (void)alpha, (void)beta;
    return vec_mul(vec_sub(vec_set(1), y), vec_add(vec_set(1), y));
}

ACTIVATION(leakyrelu) {
    (void)beta;
    return vec_if_greater(x, vec_set(0), x, vec_mul(alpha, x));
}
DERIVATIVE(leakyrelu) {
    (void)y, (void)beta;
    return vec_if_greater(x, vec_set(0), vec_set(1), alpha);
}

ACTIVATION(elu) {
    (void)beta;
    return vec_if_greater(x, vec_set(0), x, vec_mul(alpha, exp_minus_1(x)));
}
DERIVATIVE(elu) {
    (void)beta;
    return vec_if_greater(x, vec_set(0), vec_set(1), vec_add(y, alpha));
}

ACTIVATION(selu) {
    return vec_mul(beta, activation_elu(x, alpha, beta));
}
DERIVATIVE(selu) {
    return vec_if_greater(x, vec_set(0), beta, vec_fma(alpha, beta, y));
}

ACTIVATION(hardsigmoid) {
    return at_most_vec(vec_set(1), at_least_vec(vec_set(0), vec_fma(alpha, x, beta)));
}
DERIVATIVE(hardsigmoid) {
    (void)x, (void)beta;
    const vec zero = vec_set(0);
    return vec_if_greater(y, zero, vec_if_greater(vec_set(1), y, alpha, zero), zero);
}

ACTIVATION(hardswish) {
    (void)alpha, (void)beta;
    const vec six = vec_set(6);
    const vec gate = at_most_vec(six, at_least_vec(vec_set(0), vec_add(x, vec_set(3))));
    return vec_mul(x, vec_div(gate, six));
}
DERIVATIVE(hardswish) {
    (void)y, (void)alpha, (void)beta;
    const vec three = vec_set(3), within = vec_add(vec_div(x, three), vec_set(0.5f));
    return vec_if_greater(x, vec_set(-3), vec_if_greater(three, x, within, vec_set(1)), vec_set(0));
}

ACTIVATION(clip) {
    return at_most_vec(beta, at_least_vec(alpha, x));
}
DERIVATIVE(clip) {
    (void)x;
    return vec_if_greater(y, alpha, vec_if_greater(beta, y, vec_set(1), vec_set(0)), vec_set(0));
}

/* max(0, x) + log(1 + e) with e = exp(-|x|), and what 1 + e lost of e made good. */
ACTIVATION(softplus) {
    (void)alpha, (void)beta;
    const vec e = exp_of_negative(vec_min(vec_sub(vec_set(0), x), x)), sum = vec_add(vec_set(1), e);
    const vec lost = vec_sub(e, vec_sub(sum, vec_set(1)));
    return vec_add(at_least_vec(vec_set(0), x), vec_add(log_of_normal(sum), vec_div(lost, sum)));
}
DERIVATIVE(softplus) {
    (void)y;
    return activation_sigmoid(x, alpha, beta);
}

ACTIVATION(softsign) {
    (void)alpha, (void)beta;
    return vec_div(x, vec_add(vec_set(1), absolute(x)));
}
DERIVATIVE(softsign) {
    (void)y, (void)alpha, (void)beta;
    const vec root = vec_div(vec_set(1), vec_add(vec_set(1), absolute(x)));
    return vec_mul(root, root);
}

ACTIVATION(thresholdedrelu) {
    (void)beta;
    const vec zero = vec_set(0);
    return vec_if_at_most(x, alpha, zero, x);
}
DERIVATIVE(thresholdedrelu) {
    (void)y, (void)beta;
    return vec_if_greater(x, alpha, vec_set(1), vec_set(0));
}

ACTIVATION(swish) {
    return vec_mul(x, activation_sigmoid(x, alpha, beta));
}
DERIVATIVE(swish) {
    const vec gate = activation_sigmoid(x, alpha, beta);
    return vec_fma(y, vec_sub(vec_set(1), gate), gate);
}

ACTIVATION(abs) {
    (void)alpha, (void)beta;
    return absolute(x);
}
DERIVATIVE(abs) {
    (void)y, (void)alpha, (void)beta;
    const vec zero = vec_set(0);
    return vec_if_greater(x, zero, vec_set(1), vec_if_greater(zero, x, vec_set(-1), zero));
}

ACTIVATION(neg) {
    (void)alpha, (void)beta;
    return vec_mul(vec_set(-1), x);
}
DERIVATIVE(neg) {
    (void)x, (void)y, (void)alpha, (void)beta;
    return vec_set(-1);
}

ACTIVATION(exp) {
    (void)alpha, (void)beta;
    return exp_of(x);
}
DERIVATIVE(exp) {
    (void)x, (void)alpha, (void)beta;
    return y;
}

ACTIVATION(log) {
    (void)alpha, (void)beta;
    return log_of(x);
}
DERIVATIVE(log) {
    (void)y, (void)alpha, (void)beta;
    return vec_div(vec_set(1), x);
}

ACTIVATION(sqrt) {
    (void)alpha, (void)beta;
    return vec_sqrt(x);
}
DERIVATIVE(sqrt) {
    (void)x, (void)alpha, (void)beta;
    return vec_div(vec_set(0.5f), y);
}

/* The share of a normal distribution that lies below x; *bell is exp(-x^2 / 2). With t = 1 / (1 + 0.4 |x| / sqrt 2), the
 * share beyond |x| is t exp(-x^2 / 2) times a polynomial of t, which was fitted to a relative error of 6e-8. */
static inline vec normal_share(vec x, vec *bell) {
    static const float c[] = {0.112812251f,  0.113302802f,  0.100375538f,   0.0988771503f, 0.0348460877f,
                              0.0511526411f, 0.0358160408f, -0.0672097505f, 0.0200272674f};
    const vec one = vec_set(1), size = at_most_vec(vec_set(15), absolute(x)); /* beyond 15, nothing */
    const vec square = vec_mul(size, size), lost = vec_fma(size, size, vec_sub(vec_set(0), square));
    const vec e = exp_of_negative(vec_mul(vec_set(-0.5f), square));
    const vec t = vec_div(one, vec_fma(vec_set(0.282842726f), size, one));
    *bell = vec_fma(e, vec_mul(vec_set(-0.5f), lost), e);
    const vec beyond = vec_mul(vec_mul(t, *bell), polynomial(8, c, t));
    return vec_if_greater(x, vec_set(0), vec_sub(one, beyond), beyond);
}

ACTIVATION(gelu) {
    (void)alpha, (void)beta;
    vec bell;
    return vec_mul(x, normal_share(x, &bell));
}
DERIVATIVE(gelu) {
    (void)y, (void)alpha, (void)beta;
    vec bell;
    const vec share = normal_share(x, &bell);
    return vec_fma(vec_mul(x, bell), vec_set(0.398942280f), share); /* 1 / sqrt(2 pi) */
}

#undef ACTIVATION
#undef DERIVATIVE

/* ---- The kernels: one loop for each kind ----------------------------------------------------------- */

#define ACTIVATE(KIND, name)                                                                                 \
    case KIND:                                                                                               \
        FOR_CHANNELS(i, n, count)                                                                            \
            store_some(y + i, n, activation_##name(load_some(x + i, n), alpha, beta));                       \
        break;

static void kernel_activate(const cnn_activation_function *function, int64_t count, const float *x,
                            float *y) {
    const vec alpha = vec_set(function->alpha), beta = vec_set(function->beta);
    switch (function->kind) {
        CNN_KERNEL_ACTIVATIONS(ACTIVATE)
    case CNN_KERNEL_NO_ACTIVATION:
        break;
    }
}

#define ACTIVATE_BACKWARD(KIND, name)                                                                        \
    case KIND:                                                                                               \
        FOR_CHANNELS(i, n, count) {                                                                          \
            const vec derivative = derivative_##name(load_some(x + i, n), load_some(y + i, n), alpha, beta); \
            store_some(dx + i, n, vec_mul(load_some(dy + i, n), derivative));                                \
        }                                                                                                    \
        break;

static void kernel_activate_backward(const cnn_activation_function *function, int64_t count, const float *x,
                                     const float *y, const float *dy, float *dx) {
    const vec alpha = vec_set(function->alpha), beta = vec_set(function->beta);
    switch (function->kind) {
        CNN_KERNEL_ACTIVATIONS(ACTIVATE_BACKWARD)
    case CNN_KERNEL_NO_ACTIVATION:
        break;
    }
}

#endif
