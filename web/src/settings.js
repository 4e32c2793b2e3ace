// @ts-check
// A layer's settings, read from its line of the text format (docs/text-format.md).

/**
 * @typedef {object} LayerSettings of an op, those that it has; pairs are rows, columns
 * @property {number} [filters]
 * @property {number} [units]
 * @property {[number, number]} [kernel]
 * @property {[number, number]} [stride]
 * @property {[number, number, number, number]} [pads] top, left, bottom, right
 * @property {[number, number]} [dilation]
 * @property {number} [groups]
 * @property {number[]} [values] the numbers of an activation that no word names, in their order on the line
 * @property {Record<string, string | true>} options every other word of the line, with its value
 */

const WINDOWS = ["conv", "convtranspose", "maxpool", "avgpool"];
const FLAGS = ["nobias", "countpad", "shared"];

/**
 * "3x5" or "3".
 * @param {string} word
 * @returns {[number, number]}
 */
function pair(word) {
    const [rows, columns] = word.split("x").map(Number);
    return [rows, columns ?? rows];
}

/**
 * "1", "1x2" or "0,1,2,1".
 * @param {string} word
 * @returns {[number, number, number, number]}
 */
function padding(word) {
    const sides = word.split(",").map(Number);
    if (sides.length === 4) return [sides[0], sides[1], sides[2], sides[3]];
    const [rows, columns] = pair(word);
    return [rows, columns, rows, columns];
}

/** The zeros along one axis that make the output ceil(input / stride); an odd one goes to the end. */
function samePadding(/** @type {number} */ input, /** @type {number} */ reach, /** @type {number} */ stride) {
    const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + reach - input);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/**
 * The words behind the positional ones, with their values.
 * @param {string[]} words
 */
function optionsOf(words) {
    /** @type {Record<string, string | true>} */
    const options = {};
    for (let i = 0; i < words.length; i++) options[words[i]] = FLAGS.includes(words[i]) ? true : words[++i];
    return options;
}

/**
 * @param {Record<string, string | true>} options
 * @param {[number, number]} kernel
 * @param {[number, number]} stride
 * @param {[number, number]} dilation
 * @param {number[]} input C,H,W
 * @returns {[number, number, number, number]}
 */
function padsOf(options, kernel, stride, dilation, input) {
    if (options.padding === undefined) return [0, 0, 0, 0];
    if (options.padding !== "same") return padding(String(options.padding));
    const [rows, columns] = [0, 1].map((axis) =>
        samePadding(input[1 + axis], dilation[axis] * (kernel[axis] - 1) + 1, stride[axis]));
    return [rows[0], columns[0], rows[1], columns[1]];
}

/**
 * @param {string} op the first word of the line
 * @param {string} text the line
 * @param {number[]} input the shape of the layer's first input
 * @returns {LayerSettings}
 */
export function settingsOf(op, text, input) {
    const words = text.split(" ").slice(1);
    if (op === "dense") return { units: Number(words[0]), options: optionsOf(words.slice(1)) };
    if (op.startsWith("global")) return { kernel: [input[1], input[2]], stride: [1, 1], pads: [0, 0, 0, 0], options: {} };
    if (!WINDOWS.includes(op)) {
        const named = words.findIndex((word) => !Number.isFinite(Number(word))), numbers = named < 0 ? words.length : named;
        return { values: words.slice(0, numbers).map(Number), options: optionsOf(words.slice(numbers)) };
    }
    const pools = op.endsWith("pool");
    const kernel = pair(words[pools ? 0 : 1]);
    const options = optionsOf(words.slice(pools ? 1 : 2));
    const stride = options.stride === undefined ? (pools ? kernel : pair("1")) : pair(String(options.stride));
    const dilation = pair(String(options.dilation ?? "1"));
    const settings = { kernel, stride, dilation, pads: padsOf(options, kernel, stride, dilation, input), options };
    return pools ? settings : { ...settings, filters: Number(words[0]), groups: Number(options.groups ?? 1) };
}
