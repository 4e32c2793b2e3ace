/** The formulas of a layer's output size and of its number of parameters, with this network's numbers. */
import {h} from "../dom.js";
import {formula, floor, fraction, row, words} from "../math.js";
import {grouped} from "../numbers.js";
import {countOf, windowOf} from "../geometry.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../types.js").Layer} Layer */

/**
 * (n + p + p - f) / s + 1 along one axis.
 * @param {number} n @param {number} before @param {number} after @param {number} f @param {number} s
 */
export function sizeFormula(n, before, after, f, s) {
    const result = Math.floor((n + before + after - f) / s) + 1;
    const padding = before === after ? ["2", "\u00b7", String(before)] : [String(before), "+", String(after)];
    return formula(floor(fraction(row(String(n), "+", ...padding, "\u2212", String(f)), String(s))), "+", "1", "=",
        String(result));
}

/**
 * @param {App} app
 * @returns {Node[]}
 */
export function sizeFormulas(app) {
    const { layer } = app, source = app.model.layer(layer.inputs[0] ?? "input"), window = windowOf(layer);
    /** @type {Node[]} */
    const nodes = [h("h3", {}, `Size and parameters of ${layer.name}`)];
    if (window) nodes.push(...sizes(layer, source, window));
    return [...nodes, ...parameters(app, layer)];
}

/**
 * @param {Layer} layer
 * @param {Layer} source
 * @param {import("../geometry.js").Window} window
 */
function sizes(layer, source, window) {
    const { kernel, stride, dilation, pads } = window;
    const along = (/** @type {0|1} */ axis) => sizeFormula(
        source.shape[axis + 1], pads[axis], pads[axis + 2], dilation[axis] * (kernel[axis] - 1) + 1, stride[axis]);
    const square = source.shape[1] === source.shape[2] && kernel[0] === kernel[1] && stride[0] === stride[1] &&
                   pads[0] === pads[1] && pads[2] === pads[3];
    return [
        h("p", {}, "Output size along one axis, for an input of n, a window of f, padding p and stride s: "),
        formula(floor(fraction(row("n", "+", "2", "p", "\u2212", "f"), "s")), "+", "1"),
        ...(square ? [along(0)] : [h("p", {}, "rows"), along(0), h("p", {}, "columns"), along(1)])
    ];
}

/**
 * @param {App} app
 * @param {Layer} layer
 */
function parameters(app, layer) {
    const counts = layer.parameters.map(name => app.model.parameterShape(name).reduce((a, b) => a * b, 1));
    const total = counts.reduce((a, b) => a + b, 0);
    if (total === 0) return [h("p", {}, "It has no parameters: nothing here is learned.")];
    if (layer.op !== "conv") return [h("p", {}, `It has ${grouped(total)} parameters.`)];
    const [filters, each, height, width] = app.model.parameterShape(layer.parameters[0]);
    const bias = layer.parameters.length > 1;
    const one = row(String(height), "\u00d7", String(width), "\u00d7", String(each));
    const inner = bias ? row("(", "(", one, ")", "+", "1", ")") : row("(", one, ")");
    const slip =
        total === 18496 &&
        h("p", { class: "quiet" },
            "The deck prints 18,494 for this layer. That is a slip: its own formula gives 18,496, and only that adds up to its own total of 1,199,882.");
    const source = app.model.layer(layer.inputs[0]);
    const dense = countOf(source.shape) * countOf(layer.shape) + countOf(layer.shape);
    return [
        h("p", {},
            `Parameters: each filter has ${height} \u00d7 ${width} weights for each of ${each} input maps${
                bias ? ", and a bias" : ""}`),
        formula(inner, "\u00d7", String(filters), "=", words(grouped(total))), ...(slip ? [slip] : []),
        h("p", { class: "quiet" }, `A dense layer between the same values would have ${grouped(dense)}.`)
    ];
}
