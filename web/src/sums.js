// @ts-check
// In which order the engine adds up, and the same sums in JavaScript: each product and each sum rounded to single precision
// (Math.fround), as the engine's vectors of 128 bits round them, so that the last bit is the engine's.
//
//   conv           bias, then the taps of the window row by row, of each all channels of the group (kernels/conv/template.h)
//   convtranspose  the same over the taps that reach the output; of a depthwise one the last tap comes first
//   dense          partial sums of 512 inputs, the first from the bias, the others from 0; then these in order. Behind a
//                  flattened map the inputs go position by position, of each all channels (ops/dense.c)
//   1 or 2 outputs of at least 2 or 4 inputs: four sums side by side, one for each input of four, up to 32 fours at a time;
//                  then (first + third) + (second + fourth) is added to what there is (kernels/conv/narrow.h)
//   avgpool        from 0, row by row; divided by the number of values
//   add            the inputs in their order
//   softmax        the exponentials in the order of the channels
//
// Activations: curves.js. tests/web/test_sums.mjs compares with the engine.

import { curve, curveNames, powerOf } from "./curves.js";
import { libraryExp } from "./library_exp.js";

/** @typedef {import("./engine_types.js").Account} Account */
/** @typedef {import("./engine_types.js").Layer} Layer */

/**
 * A stretch of an account's terms that is summed up by itself.
 * @typedef {object} Part
 * @property {number} first
 * @property {number} end behind the last term
 * @property {boolean} fresh begins a partial sum from 0; otherwise it goes on from what there is
 * @property {boolean} lanes four sums side by side
 */

/** @typedef {{ order: Int32Array, parts: Part[], lanes: Int8Array | null }} Order */

const VECTOR = 4; // floats
const DENSE_BLOCK = 512; // FORWARD_INPUTS of ops/dense.c
const CONVOLUTION_BLOCK = 32; // CNN_CONVOLUTION_BLOCK of ops/convolution.h
const DOT_OUTPUTS = 6, DOT_UNITS = 32, MIN_UNITS = 4, MAX_JOINED_TAPS = 64; // kernels/conv

const f = Math.fround;

/** Whether the kernel sums four inputs side by side: has_few_outputs of kernels/conv/narrow.h. */
function hasFewOutputs(/** @type {number} */ taps, /** @type {number} */ inputs, /** @type {number} */ outputs) {
    const units = taps * Math.ceil(inputs / VECTOR);
    return outputs <= DOT_OUTPUTS && 2 * outputs <= Math.min(VECTOR, inputs) && units >= MIN_UNITS;
}

/**
 * Terms `first` to `end`, which are runs of `inputs` neighbours, as four sums side by side; tiles of DOT_UNITS fours.
 * `present`: the numbers of the terms in a loop that may have more, which are zeros.
 * @param {number} first
 * @param {number[]} present
 * @param {number} inputs @param {boolean} fresh
 * @param {Int8Array} lanes filled
 * @returns {Part[]}
 */
function laneParts(first, present, inputs, fresh, lanes) {
    /** @type {Part[]} */
    const parts = [];
    const unitsOfRun = Math.ceil(inputs / VECTOR);
    let tile = -1;
    present.forEach((number, k) => {
        const input = number % inputs;
        const unit = Math.floor(number / inputs) * unitsOfRun + Math.floor(input / VECTOR);
        lanes[first + k] = input % VECTOR;
        if (Math.floor(unit / DOT_UNITS) !== tile) {
            tile = Math.floor(unit / DOT_UNITS);
            parts.push({ first: first + k, end: first + k, fresh: fresh && parts.length === 0, lanes: true });
        }
        parts[parts.length - 1].end = first + k + 1;
    });
    return parts;
}

/**
 * Filters of the block that filter `filter` is in.
 * @param {number} filters
 * @param {number} groups
 * @param {number} filter
 */
function blockOutputs(filters, groups, filter) {
    const ofGroup = filters / groups, within = filter % ofGroup;
    return Math.min(CONVOLUTION_BLOCK, ofGroup - Math.floor(within / CONVOLUTION_BLOCK) * CONVOLUTION_BLOCK);
}

/**
 * How many neighbouring taps read what lies side by side: join_taps of kernels/conv/template.h.
 * @param {number[]} offsets of the taps, in floats
 * @param {number} inputs
 */
function joinedTaps(offsets, inputs) {
    let run = 1;
    while (run < offsets.length && offsets[run] === offsets[0] + run * inputs) run++;
    const runs = offsets.length % run === 0 &&
        offsets.every((offset, t) => offset === offsets[t - (t % run)] + (t % run) * inputs);
    return run > 1 && runs && offsets.length / run <= MAX_JOINED_TAPS ? run : 1;
}

/** Floats from one pixel of a padded map to the next: padded_pixel of ops/convolution.c. */
function paddedPixel(/** @type {number} */ channels, /** @type {number} */ groups, /** @type {number} */ taps) {
    return groups > 1 && taps > 1 && channels % 256 === 0 ? channels + 16 : channels;
}

/**
 * @param {Layer} layer
 * @param {number} index
 * @param {number[]} input the shape of its input
 * @param {number} count
 * @returns {Order}
 */
function convolutionOrder(layer, index, input, count) {
    const { kernel, pads, dilation, groups, filters } = /** @type {Required<Layer["settings"]>} */ (layer.settings);
    const area = kernel[0] * kernel[1], channels = input[0] / groups;
    const order = new Int32Array(count);
    for (let k = 0; k < count; k++) order[k] = (k % channels) * area + Math.floor(k / channels);
    const pixel = paddedPixel(input[0], groups, area), width = input[2] + pads[1] + pads[3];
    const offsets = Array.from({ length: area }, (_, t) =>
        (Math.floor(t / kernel[1]) * dilation[0] * width + (t % kernel[1]) * dilation[1]) * pixel);
    const run = joinedTaps(offsets, channels);
    const filter = Math.floor(index / (layer.shape[1] * layer.shape[2]));
    const outputs = blockOutputs(filters, groups, filter);
    const depthwise = groups > 1 && channels === 1 && filters === groups;
    if (depthwise || !hasFewOutputs(area / run, channels * run, outputs)) return plain(order);
    const lanes = new Int8Array(count);
    const parts = laneParts(0, Array.from(order, (_, k) => k), channels * run, false, lanes);
    return { order, parts, lanes };
}

/**
 * Terms that are simply added one after the other.
 * @param {Int32Array} order
 * @returns {Order}
 */
function plain(order) {
    return { order, parts: [{ first: 0, end: order.length, fresh: false, lanes: false }], lanes: null };
}

/**
 * The weight is [channels][filters of a group][kernel rows][kernel columns]; the account leaves out what lies beside the map.
 * @param {Layer} layer
 * @param {number} index
 * @param {number[]} input @param {Float64Array} weights
 * @returns {Order}
 */
function transposedOrder(layer, index, input, weights) {
    const { kernel, stride, pads, dilation, groups, filters } = /** @type {Required<Layer["settings"]>} */ (layer.settings);
    const area = kernel[0] * kernel[1], channels = input[0] / groups, ofGroup = filters / groups;
    const plane = layer.shape[1] * layer.shape[2];
    const at = [Math.floor((index % plane) / layer.shape[2]), index % layer.shape[2]];
    const reaches = (/** @type {number} */ axis, /** @type {number} */ element) =>
        (element * dilation[axis] - ((at[axis] + pads[axis]) % stride[axis])) % stride[axis] === 0;
    const taps = Array.from({ length: area }, (_, t) => t)
        .filter((t) => reaches(0, Math.floor(t / kernel[1])) && reaches(1, t % kernel[1]));
    const depthwise = groups > 1 && channels === 1 && ofGroup === 1;
    if (depthwise) taps.reverse(); // its loop goes over the input's pixels (ops/depthwise.c)
    const place = (/** @type {number} */ weight) =>
        taps.indexOf(weight % area) * channels + (Math.floor(weight / (area * ofGroup)) % channels);
    const places = Array.from(weights, place);
    const order = Int32Array.from(places.keys()).sort((a, b) => places[a] - places[b]);
    const outputs = blockOutputs(filters, groups, Math.floor(index / plane));
    if (depthwise || !hasFewOutputs(taps.length, channels, outputs)) return plain(order);
    const lanes = new Int8Array(order.length);
    return { order, parts: laneParts(0, Array.from(order, (k) => places[k]), channels, false, lanes), lanes };
}

/**
 * @param {Layer} layer
 * @param {number} area positions that the input has, channels side by side
 * @param {number} count
 * @returns {Order}
 */
function denseOrder(layer, area, count) {
    const channels = count / area, units = layer.shape[0];
    const order = new Int32Array(count);
    for (let k = 0; k < count; k++) order[k] = (k % channels) * area + Math.floor(k / channels);
    /** @type {Part[]} */
    const parts = [];
    /** @type {Int8Array | null} */
    let lanes = null;
    for (let first = 0; first < count; first += DENSE_BLOCK) {
        const end = Math.min(count, first + DENSE_BLOCK);
        if (hasFewOutputs(1, end - first, units)) {
            lanes ??= new Int8Array(count);
            const numbers = Array.from({ length: end - first }, (_, k) => k);
            parts.push(...laneParts(first, numbers, end - first, first > 0, lanes));
        } else {
            parts.push({ first, end, fresh: first > 0, lanes: false });
        }
    }
    return { order, parts, lanes };
}

/**
 * The engine's order of an account's terms.
 * @param {Layer} layer
 * @param {Layer} input its first input
 * @param {number} index
 * @param {{ count: number, weight: Float64Array }} terms
 * @returns {Order}
 */
export function orderOf(layer, input, index, terms) {
    if (layer.op === "conv") return convolutionOrder(layer, index, input.shape, terms.count);
    if (layer.op === "convtranspose") return transposedOrder(layer, index, input.shape, terms.weight);
    if (layer.op === "dense") return denseOrder(layer, input.area, terms.count);
    return plain(Int32Array.from({ length: terms.count }, (_, k) => k));
}

// ---- The sums ----------------------------------------------------------------------------------------

/**
 * @param {Account} account
 * @param {Part} part
 * @param {number} sum
 */
function addPart(account, part, sum) {
    const { value, factor } = account.terms;
    if (!part.lanes) {
        for (let k = part.first; k < part.end; k++) sum = f(sum + f(value[k] * factor[k]));
        return sum;
    }
    const lane = [0, 0, 0, 0], lanes = /** @type {Int8Array} */ (account.lanes);
    for (let k = part.first; k < part.end; k++) lane[lanes[k]] = f(lane[lanes[k]] + f(value[k] * factor[k]));
    return f(sum + f(f(lane[0] + lane[2]) + f(lane[1] + lane[3])));
}

/**
 * Products and bias.
 * @param {Account} account
 */
function addProducts(account) {
    /** @type {number | null} */
    let total = null;
    let sum = account.biasIndex < 0 ? 0 : account.bias;
    for (const part of account.parts) {
        if (part.fresh) {
            total = total === null ? sum : f(total + sum);
            sum = 0;
        }
        sum = addPart(account, part, sum);
    }
    return total === null ? sum : f(total + sum);
}

/** @param {Account} account */
function addValues(account) {
    const [first, ...others] = account.terms.value;
    return others.reduce((sum, value) => f(sum + value), first);
}

/** @param {Account} account */
function meanOf(account) {
    const sum = account.terms.value.reduce((so_far, value) => f(so_far + value), 0);
    return account.terms.count > 0 ? f(sum / Math.round(1 / account.terms.factor[0])) : 0;
}

/**
 * @param {Account} account
 * @param {string} name
 */
function figure(account, name) {
    return account.figures.find((one) => one.name === name)?.value ?? NaN;
}

/** @param {Account} account */
function normalise(account) {
    const scale = f(account.terms.factor[0] / Math.sqrt(figure(account, "variance") + figure(account, "epsilon")));
    return f(f(f(figure(account, "input") - figure(account, "mean")) * scale) + account.bias);
}

/**
 * The only term's value.
 * @param {Account} account
 */
function onlyValue(account) {
    return account.terms.value[0];
}

/** @param {Account} account */
function positivePart(account) {
    const value = onlyValue(account);
    return 0 > value ? 0 : value;
}

/** @param {Account} account */
function winnerOf(account) {
    return account.terms.value[account.winner];
}

/** The sum of squares, then the power by exp and log (ops/lrn.c). */
function neighbourNorm(/** @type {Account} */ account) {
    const { value } = account.terms, { values, options } = account.settings;
    const alpha = Number(options.alpha ?? 1e-4), size = Number(values?.[0]), bias = f(Number(options.bias ?? 1));
    const squares = value.reduce((sum, one) => f(sum + f(one * one)), 0);
    return f(figure(account, "input") * powerOf(f(bias + f(f(alpha / size) * squares)), Number(options.beta ?? 0.75)));
}

/** Mean and variance are the engine's own sums in double precision. */
function normaliseImage(/** @type {Account} */ account) {
    const inverse = f(1 / Math.sqrt(figure(account, "variance") + figure(account, "epsilon")));
    const normalised = f(f(figure(account, "input") - f(figure(account, "mean"))) * inverse);
    return f(f(normalised * account.terms.factor[0]) + account.bias);
}

/** The exponentials are added up in the order of the channels. */
function shareOfExponentials(/** @type {Account} */ account) {
    const { terms: { index }, inputs = new Float32Array(0) } = account, largest = figure(account, "largest");
    const exponential = (/** @type {number} */ input) => libraryExp(f(input - largest));
    const sum = index.reduce((so_far, at) => f(so_far + exponential(inputs[at])), 0);
    return f(exponential(figure(account, "input")) / sum);
}

/** @type {Record<string, (account: Account) => number>} */
const REPLAYS = {
    conv: addProducts,
    convtranspose: addProducts,
    dense: addProducts,
    add: addValues,
    avgpool: meanOf,
    globalavgpool: meanOf,
    maxpool: winnerOf,
    globalmaxpool: winnerOf,
    batchnorm: normalise,
    relu: positivePart,
    flatten: onlyValue,
    concat: onlyValue,
    dropout: onlyValue,
    droppath: onlyValue,
    pad: onlyValue,
    slice: onlyValue,
    shuffle: onlyValue,
    depthtospace: onlyValue,
    spacetodepth: onlyValue,
    unflatten: onlyValue,
    mul: ({ terms: { value } }) => f(value[0] * value[1]),
    sub: ({ terms: { value } }) => f(value[0] - value[1]),
    div: ({ terms: { value } }) => f(value[0] / value[1]),
    max: ({ terms: { value } }) => (value[1] > value[0] ? value[1] : value[0]),
    min: ({ terms: { value } }) => (value[1] < value[0] ? value[1] : value[0]),
    prelu: ({ terms: { value, factor } }) => f(value[0] * factor[0]),
    lrn: neighbourNorm,
    softmax: shareOfExponentials,
    groupnorm: normaliseImage,
    instancenorm: normaliseImage,
    layernorm: normaliseImage,
    ...Object.fromEntries(curveNames.map((op) => [op, (/** @type {Account} */ account) =>
        curve(op, account.settings, onlyValue(account))])),
};

/**
 * Whether replay can compute values of a layer of this kind.
 * @param {string} op
 */
export function canReplay(op) {
    return op in REPLAYS;
}

/**
 * The account's value, computed as the engine does: the same float, bit for bit. Of logsoftmax the logarithm
 * is the C library's, and a bilinear blend has more roundings than terms: these are not replayed. canReplay says so, and the result is NaN.
 * @param {Account} account
 */
export function replay(account) {
    return REPLAYS[account.op]?.(account) ?? NaN;
}

const bits = new DataView(new ArrayBuffer(4));

/**
 * The bits of a float, as eight hexadecimal digits.
 * @param {number} value
 */
export function bitsOf(value) {
    bits.setFloat32(0, value);
    return bits.getUint32(0).toString(16).padStart(8, "0");
}
