/** Which values a value is made of, and how sizes follow from settings. */
import {grouped} from "./numbers.js";

/** @typedef {import("./types.js").Layer} Layer */

/**
 * A number stands for both axes.
 * @param {any} value
 * @param {number} otherwise
 * @returns {[number, number]}
 */
export function pair(value, otherwise) {
    if (value === undefined || value === null) return [otherwise, otherwise];
    return typeof value === "number" ? [value, value] : [value[0], value[1]];
}

/**
 * @typedef {object} Window what slides over the input
 * @property {[number, number]} kernel
 * @property {[number, number]} stride
 * @property {[number, number]} dilation
 * @property {number[]} pads top, left, bottom, right
 * @property {number} groups
 */

/**
 * @param {Layer} layer
 * @returns {Window|null} null: the layer has none
 */
export function windowOf(layer) {
    const { kernel, stride, dilation, pads, groups } = layer.settings;
    if (!kernel) return null;
    return {
        kernel: pair(kernel, 1),
        stride: pair(stride, 1),
        dilation: pair(dilation, 1),
        pads: pads ? Array.from(pads) : [0, 0, 0, 0],
        groups: groups ?? 1,
    };
}

/**
 * The number of places of a window along one axis: (n + 2p - f) / s + 1, rounded down.
 * @param {number} n size of the input
 * @param {number} f size of the window
 * @param {number} p zeros on either side
 * @param {number} s stride
 */
export const outputSize = (n, f, p, s) => Math.floor((n + 2 * p - f) / s) + 1;

/**
 * The part of the input that the value at y, x looks at; it may reach over the edges.
 * @param {Window} window
 * @param {number} y
 * @param {number} x
 */
export function windowAt(window, y, x) {
    const { kernel, stride, dilation, pads } = window;
    return {
        top: y * stride[0] - pads[0],
        left: x * stride[1] - pads[1],
        height: dilation[0] * (kernel[0] - 1) + 1,
        width: dilation[1] * (kernel[1] - 1) + 1,
    };
}

/**
 * The channels of the input that a filter looks at.
 * @param {Layer} layer
 * @param {number} inputs channels of the input
 * @param {number} c the filter
 * @returns {[number, number]} first and number
 */
export function inputChannels(layer, inputs, c) {
    if (layer.op !== "conv") return [c, 1];
    const groups = layer.settings.groups ?? 1, each = inputs / groups;
    return [Math.floor(c / (layer.shape[0] / groups)) * each, each];
}

/**
 * Where a value lies in C,H,W.
 * @param {number[]} shape
 * @param {number} c
 * @param {number} y
 * @param {number} x
 */
export const indexOf = (shape, c, y, x) => (c * shape[1] + y) * shape[2] + x;

/**
 * @param {number[]} shape
 * @param {number} index
 * @returns {[number, number, number]}
 */
export function placeOf(shape, index) {
    const area = shape[1] * shape[2];
    return [Math.floor(index / area), Math.floor(index / shape[2]) % shape[1], index % shape[2]];
}

/** @param {number[]} shape */
export const countOf = shape => shape[0] * shape[1] * shape[2];

/**
 * Whether a layer's output is one number a channel.
 * @param {Layer} layer
 */
export const isVector = layer => layer.shape[1] * layer.shape[2] === 1;

/** @param {Layer} layer "32 x 26 x 26" or "9,216" */
export const shapeText = layer => (isVector(layer) ? grouped(layer.shape[0]) : layer.shape.join(" \u00d7 "));

/**
 * How a vector is folded to be seen: rows and columns.
 * @param {number} count
 * @returns {[number, number]}
 */
export function fold(count) {
    if (count <= 16) return [1, count];
    const columns = count <= 256 ? 16 : 2 ** Math.round(Math.log2(Math.sqrt(count)) + 0.5);
    return [Math.ceil(count / columns), columns];
}

/**
 * Receptive fields by arithmetic, layer after layer: r = r + (k - 1) j and j = j s, along one axis.
 * @param {Layer[]} chain from the first layer to the one that is asked about
 * @param {0|1} axis
 * @returns {{layer: Layer, size: number, jump: number}[]} null sizes where the layer looks at everything
 */
export function fieldSteps(chain, axis) {
    let size = 1, jump = 1;
    return chain.map(layer => {
        const window = windowOf(layer);
        if (window) {
            size += window.dilation[axis] * (window.kernel[axis] - 1) * jump;
            jump *= window.stride[axis];
        }
        return { layer, size, jump };
    });
}

/**
 * The way back from a layer to the input, as long as each layer reads one other.
 * @param {(name: string) => Layer} find
 * @param {string} name
 * @returns {Layer[]|null} without the input; null: the way branches
 */
export function chainTo(find, name) {
    const chain = [];
    for (let layer = find(name); layer.name !== "input"; layer = find(layer.inputs[0])) {
        if (layer.inputs.length !== 1) return null;
        chain.unshift(layer);
    }
    return chain;
}
