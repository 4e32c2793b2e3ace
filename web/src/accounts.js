// @ts-check
// Accounts as the engine writes them into its memory (web/engine/accounts.c), read into objects.

import { StructReader } from "./memory.js";
import { orderOf } from "./sums.js";

/** @typedef {import("./memory.js").EngineMemory} EngineMemory */
/** @typedef {import("./engine_types.js").Account} Account */
/** @typedef {import("./engine_types.js").GradientAccount} GradientAccount */
/** @typedef {import("./engine_types.js").Layer} Layer */
/** @typedef {import("./engine_types.js").ReceptiveField} ReceptiveField */
/** @typedef {import("./engine_types.js").Terms} Terms */

const KINDS = /** @type {const} */ (["sum", "largest", "function"]);
const MAX_FIGURES = 8; // CNN_MAX_FIGURES

/**
 * The terms come in the engine's order.
 * @param {EngineMemory} memory
 * @param {number} address
 * @param {{ layer: Layer, input: Layer, image: number, index: number }} of which value; the layer's first input
 * @returns {Account}
 */
export function readAccount(memory, address, { layer, input, image, index }) {
    const reader = new StructReader(memory, address);
    const [formula, weightName, biasName] = reader.many(3, reader.text);
    const names = reader.many(MAX_FIGURES, reader.text);
    const [kind, count, figureCount, winner, biasIndex] = reader.ints(5), columns = reader.ints(6);
    const [bias, result, engine, difference, magnitude, bound, worst] = reader.many(7, reader.double);
    const values = reader.many(MAX_FIGURES, reader.double);
    const unordered = readTerms(memory, count, columns);
    const { order, parts, lanes } = orderOf(layer, input, index, unordered);
    return { kind: KINDS[kind], layer: layer.name, op: layer.op, settings: layer.settings, image, index,
        formula: formula ?? "", terms: inOrder(unordered, order), parts, lanes, weightName, biasName, biasIndex, bias,
        figures: names.slice(0, figureCount).map((name, k) => ({ name: name ?? "", value: values[k] })),
        winner, result, engine, difference, magnitude, bound, worst };
}

/**
 * @param {EngineMemory} memory
 * @param {number} count
 * @param {number[]} columns addresses
 * @returns {Terms}
 */
function readTerms(memory, count, columns) {
    const [index, weight, value, factor, product] = columns.slice(1).map((address) => memory.doubles(address, count));
    return { count, input: memory.integers(columns[0], count), index, weight, value, factor, product };
}

/**
 * By plain loops: `from` with a function takes ten times as long, and pages ask for thousands of accounts.
 * @param {Terms} terms
 * @param {Int32Array} order
 * @returns {Terms}
 */
function inOrder(terms, order) {
    const { count } = terms, input = new Int32Array(count);
    for (let k = 0; k < count; k++) input[k] = terms.input[order[k]];
    const sorted = (/** @type {Float64Array} */ column) => {
        const copy = new Float64Array(count);
        for (let k = 0; k < count; k++) copy[k] = column[order[k]];
        return copy;
    };
    return { count, input, index: sorted(terms.index), weight: sorted(terms.weight), value: sorted(terms.value),
        factor: sorted(terms.factor), product: sorted(terms.product) };
}

/**
 * @param {EngineMemory} memory
 * @param {number} address
 * @param {string} parameter
 * @param {number} index
 * @returns {GradientAccount}
 */
export function readGradientAccount(memory, address, parameter, index) {
    const reader = new StructReader(memory, address);
    const layer = reader.text() ?? "", count = reader.int(), columns = reader.ints(6);
    const [weight, result, engine, difference, magnitude, bound, worst] = reader.many(7, reader.double);
    const image = memory.integers(columns[0], count);
    const [places, input, upstream, slope, product] = columns.slice(1).map((column) => memory.doubles(column, count));
    return { parameter, layer, index, weight, terms: { count, image, index: places, input, upstream, slope, product },
        result, engine, difference, magnitude, bound, worst };
}

/**
 * @param {EngineMemory} memory
 * @param {number} address
 * @param {number} mask address
 * @param {number} pixels of the mask
 * @returns {ReceptiveField}
 */
export function readField(memory, address, mask, pixels) {
    const reader = new StructReader(memory, address);
    const [top, bottom, left, right, used, rows, columns] = reader.ints(8);
    return { top, left, bottom, right, pixels: used, rows, columns, jump: [reader.double(), reader.double()],
        mask: memory.bytes(mask, pixels) };
}
