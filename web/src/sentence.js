/** The sentence below: what is looked at, in words; screen readers hear it. */
import {isVector, windowAt, windowOf} from "./geometry.js";
import {short} from "./numbers.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./types.js").Layer} Layer */

/**
 * What a layer did to get a value.
 * @type {Record<string, (layer: Layer) => string>}
 */
const deeds = {
    conv: layer => `the ${size(layer)} window of ${from(layer)}, multiplied by the filter and added up`,
    maxpool: layer => `the largest of the ${size(layer)} window of ${from(layer)}`,
    avgpool: layer => `the mean of the ${size(layer)} window of ${from(layer)}`,
    relu: layer => `${from(layer)} where it is positive, otherwise 0`,
    flatten: layer => `passed on from ${from(layer)}, which now is one vector`,
    dense: layer => `every value of ${from(layer)} times a weight of its own, added up`,
    softmax: layer => `its exponential divided by the sum of all exponentials of ${from(layer)}`,
    add: layer => `the sum of ${layer.inputs.join(" and ")}`,
    dropout: layer => `passed on from ${from(layer)}: dropout works in training only`,
    droppath: layer => `passed on from ${from(layer)}: drop path works in training only`,
    batchnorm: layer => `${from(layer)} shifted and scaled by the channel's mean and deviation`,
};

/** @param {Layer} layer */
const from = layer => layer.inputs.join(" and ");

/** @param {Layer} layer */
const size = layer => windowOf(layer)?.kernel.join(" \u00d7 ") ?? "";

/**
 * @param {App} app
 * @returns {string}
 */
export function sentenceOf(app) {
    const { layer, state, model } = app;
    const value = short(model.output(layer.name)[app.index]);
    const where = isVector(layer) ? `Number ${state.c} of ${layer.name}`
                                  : `${layer.name}, channel ${state.c}, row ${state.y}, column ${state.x}`;
    if (layer.name === "input")
        return `${where} is ${value}: the pixel, ${model.normalised ? "normalised" : "not normalised"}.`;
    const deed = deeds[layer.op]?.(layer);
    return `${where} is ${value}${deed ? `: ${deed}` : ""}${windowText(layer, state)}.`;
}

/**
 * @param {Layer} layer
 * @param {import("./types.js").State} state
 */
function windowText(layer, state) {
    const window = windowOf(layer);
    if (!window) return "";
    const { top, left, height, width } = windowAt(window, state.y, state.x);
    return ` (rows ${top} to ${top + height - 1}, columns ${left} to ${left + width - 1})`;
}
