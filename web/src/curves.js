// @ts-check
// The activations as the engine's kernels compute them (kernels/activation/template.h): every step rounded to single precision,
// exp and log by the same polynomials, so that the last bit is the engine's.

/** @typedef {import("./settings.js").LayerSettings} LayerSettings */

const f = Math.fround;
const floats = (/** @type {number[]} */ ...values) => Float32Array.from(values);

/** a b + c, rounded twice. */
const fma = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ c) => f(f(a * b) + c);
/** Bounds and magnitude, which let through what is no number. */
const atLeast = (/** @type {number} */ bound, /** @type {number} */ x) => (bound > x ? bound : x);
const atMost = (/** @type {number} */ bound, /** @type {number} */ x) => (x > bound ? bound : x);
const magnitude = (/** @type {number} */ x) => atLeast(f(0 - x), x);

/**
 * c[0] + c[1] x + ...
 * @param {Float32Array} c
 * @param {number} x
 */
function polynomial(c, x) {
    let sum = c[c.length - 1];
    for (let i = c.length - 2; i >= 0; i--) sum = fma(sum, x, c[i]);
    return sum;
}

// ---- exp and log -------------------------------------------------------------------------------------

const WHOLE = 12582912; // 1.5 x 2^23: no fraction fits beside it
const LOG2_HIGH = 0.693359375, LOG2_LOW = f(-2.12194440e-4), LOG2_OF_E = f(1.44269504);
const EXP = floats(0.50006598, 0.16670616), EXP_MINUS_1 = floats(0.5, 0.16666573, 0.041666456, 0.0083637768, 0.0013934545);
const LOG = floats(0.33333331, -0.24999988, 0.20000759, -0.16668606, 0.14248148, -0.12406968, 0.11676744, -0.11607735, 0.071508534);
const SMALLEST = 2 ** -126, LARGEST = (2 - 2 ** -23) * 2 ** 127; // of normal floats

/**
 * r of x = n unit log 2 + r, for a power of two as unit.
 * @param {number} x
 * @param {number} n
 * @param {number} unit
 */
const reduced = (x, n, unit) => fma(n, -LOG2_LOW * unit, fma(n, -LOG2_HIGH * unit, x));

/**
 * 2^power exp(x), where it is neither subnormal nor infinite: x = n/8 log 2 + r.
 * @param {number} x
 * @param {number} power
 */
function raisedExp(x, power) {
    const start = WHOLE + 8 * power, shifted = fma(x, 8 * LOG2_OF_E, start), n = f(shifted - start), r = reduced(x, n, 0.125);
    const scale = f(2 ** ((shifted - WHOLE) / 8));
    return fma(scale, fma(f(r * r), polynomial(EXP, r), r), scale);
}

/** exp(x), also where it is subnormal, 0 or infinite. */
function exp(/** @type {number} */ x) {
    const power = 0 > x ? 64 : -64;
    return f(raisedExp(atLeast(-104, atMost(89, x)), power) * 2 ** -power);
}

/** exp(x) - 1 for x <= 0: x = n log 2 + r. */
function expMinus1(/** @type {number} */ x) {
    const limited = atLeast(-87, atMost(0, x)), n = f(fma(limited, LOG2_OF_E, WHOLE) - WHOLE), r = reduced(limited, n, 1);
    const scale = 2 ** n;
    return fma(scale, fma(f(r * r), polynomial(EXP_MINUS_1, r), r), f(scale - 1));
}

const word = new DataView(new ArrayBuffer(4));

/** log x for finite x that are not below the normal floats. */
function logOfNormal(/** @type {number} */ x) {
    word.setFloat32(0, x);
    const above = (word.getInt32(0) - 0x3f3504f3) | 0, power = above >> 23; // of 2, so that the rest is about 1
    word.setInt32(0, (above & 0x7fffff) + 0x3f3504f3);
    const part = f(word.getFloat32(0) - 1), square = f(part * part);
    const rest = fma(f(part * square), polynomial(LOG, part), f(power * LOG2_LOW));
    return fma(power, LOG2_HIGH, f(part + fma(-0.5, square, rest)));
}

function log(/** @type {number} */ x) {
    if (x > LARGEST || Number.isNaN(x)) return x;
    if (x <= 0) return x === 0 ? -Infinity : NaN;
    return x < SMALLEST ? f(logOfNormal(f(x * 2 ** 24)) - f(16.6355323)) : logOfNormal(x);
}

/** base^-beta, as local response normalisation takes it. */
export function powerOf(/** @type {number} */ base, /** @type {number} */ beta) {
    return exp(f(log(base) * -f(beta)));
}

// ---- The activations ---------------------------------------------------------------------------------

function sigmoid(/** @type {number} */ x) {
    const e = raisedExp(atLeast(-104, atMost(40, x)), 64);
    return f(e / f(2 ** 64 + e));
}

function tanh(/** @type {number} */ x) {
    const e = expMinus1(f(-2 * magnitude(x))), y = f(e / f(2 + e));
    return x > 0 ? f(0 - y) : y;
}

/** @param {number} x @param {number} alpha */
const elu = (x, alpha) => (x > 0 ? x : f(alpha * expMinus1(x)));

function softplus(/** @type {number} */ x) {
    const e = exp(atMost(x, f(0 - x))), sum = f(1 + e), lost = f(e - f(sum - 1));
    return f(atLeast(0, x) + f(logOfNormal(sum) + f(lost / sum)));
}

const BEYOND = floats(0.112812251, 0.113302802, 0.100375538, 0.0988771503, 0.0348460877, 0.0511526411, 0.0358160408, -0.0672097505,
    0.0200272674);

/** The share of a normal distribution that lies below x. */
function normalShare(/** @type {number} */ x) {
    const size = atMost(15, magnitude(x)), square = f(size * size), lost = fma(size, size, f(0 - square));
    const e = exp(f(-0.5 * square)), t = f(1 / fma(f(0.282842726), size, 1));
    const beyond = f(f(t * fma(e, f(-0.5 * lost), e)) * polynomial(BEYOND, t));
    return x > 0 ? f(1 - beyond) : beyond;
}

/** @type {Record<string, (x: number, alpha: number, beta: number) => number>} */
const CURVES = {
    sigmoid,
    tanh,
    leakyrelu: (x, alpha) => (x > 0 ? x : f(alpha * x)),
    elu,
    selu: (x, alpha, beta) => f(beta * elu(x, alpha)),
    hardsigmoid: (x, alpha, beta) => atMost(1, atLeast(0, fma(alpha, x, beta))),
    hardswish: (x) => f(x * f(atMost(6, atLeast(0, f(x + 3))) / 6)),
    clip: (x, alpha, beta) => atMost(beta, atLeast(alpha, x)),
    softplus,
    softsign: (x) => f(x / f(1 + magnitude(x))),
    thresholdedrelu: (x, alpha) => (x <= alpha ? 0 : x),
    swish: (x) => f(x * sigmoid(x)),
    abs: magnitude,
    neg: (x) => f(-1 * x),
    exp,
    log,
    sqrt: (x) => f(Math.sqrt(x)),
    gelu: (x) => f(x * normalShare(x)),
};

/** The names of the constants alpha and beta, and what they are where a line does not say it (docs/text-format.md). */
const CONSTANTS = /** @type {Record<string, [string, number][]>} */ ({
    leakyrelu: [["alpha", 0.01]],
    elu: [["alpha", 1]],
    selu: [["alpha", 1.6732632], ["gamma", 1.050701]],
    hardsigmoid: [["alpha", 0.2], ["beta", 0.5]],
    clip: [["min", 0], ["max", 0]],
    thresholdedrelu: [["alpha", 1]],
});

/** The kinds of layers that are curves. */
export const curveNames = Object.keys(CURVES);

/**
 * The engine's value of an activation.
 * @param {string} op
 * @param {LayerSettings} settings
 * @param {number} x
 */
export function curve(op, settings, x) {
    const [alpha, beta] = (CONSTANTS[op] ?? []).map(([name, usual], place) =>
        f(Number(settings.options[name] ?? settings.values?.[place] ?? usual)));
    return CURVES[op](x, alpha ?? 0, beta ?? 0);
}
