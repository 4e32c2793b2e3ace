/**
 * How the gradient of the loss by one value comes about: through every layer that reads the value, the gradient by what
 * it gave, times what one unit more of the value would change there.
 */
import {countOf, indexOf, inputChannels, placeOf, windowOf} from "./geometry.js";
import {PASSING} from "./model.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {{layer: string, index: number, upstream: number, factor: number}} GradientTerm one way to the loss */

/**
 * @typedef {object} GradientSum
 * @property {GradientTerm[]} terms
 * @property {string} how in words, for each layer that reads the value
 * @property {number} result in double precision
 * @property {number} magnitude what was added up, without signs
 * @property {number} engine the gradient that the network computed
 */

/**
 * @callback Rule
 * @param {Model} model
 * @param {Layer} reader
 * @param {Layer} source the layer of the value
 * @param {number} index of the value
 * @returns {[number, number][]} places in the reader's output and factors
 */

/**
 * The places of a window along one axis that cover a position, with the window's element there.
 * @param {number} at
 * @param {import("./geometry.js").Window} window
 * @param {0|1} axis
 * @param {number} count of places
 * @returns {[number, number][]} place and element
 */
export function covering(at, window, axis, count) {
    /** @type {[number, number][]} */
    const found = [];
    for (let element = 0; element < window.kernel[axis]; element++) {
        const start = at + window.pads[axis] - element * window.dilation[axis], place = start / window.stride[axis];
        if (Number.isInteger(place) && place >= 0 && place < count) found.push([place, element]);
    }
    return found;
}

/** @type {Rule} */
function throughConvolution(model, reader, source, index) {
    const window = windowOf(reader), [c, y, x] = placeOf(source.shape, index);
    if (!window) return [];
    const weights = model.parameter(reader.parameters[0]), [height, width] = window.kernel;
    const rows = covering(y, window, 0, reader.shape[1]), columns = covering(x, window, 1, reader.shape[2]);
    /** @type {[number, number][]} */
    const found = [];
    for (let filter = 0; filter < reader.shape[0]; filter++) {
        const [first, each] = inputChannels(reader, source.shape[0], filter);
        if (c < first || c >= first + each) continue;
        for (const [row, i] of rows) {
            for (const [column, j] of columns) {
                found.push([
                    indexOf(reader.shape, filter, row, column),
                    weights[((filter * each + c - first) * height + i) * width + j]
                ]);
            }
        }
    }
    return found;
}

/** @type {Rule} */
function throughDense(model, reader, source, index) {
    const weights = model.parameter(reader.parameters[0]), inputs = countOf(source.shape);
    return Array.from({ length: reader.shape[0] }, (_, unit) => [unit, weights[unit * inputs + index]]);
}

/**
 * A maximum passes its gradient to the winner alone, a mean divides it.
 * @type {Rule}
 */
function throughPooling(model, reader, source, index) {
    const window = windowOf(reader), [c, y, x] = placeOf(source.shape, index);
    if (!window) return [];
    const places = covering(y, window, 0, reader.shape[1]).flatMap(([
        row
    ]) => covering(x, window, 1, reader.shape[2]).map(([column]) => indexOf(reader.shape, c, row, column)));
    return places.map(place => {
        const account = model.account(reader.name, place);
        const own = account ? account.terms.index.indexOf(index) : -1;
        if (!account || own < 0) return [place, 0];
        return [place, account.kind === "largest" ? Number(account.winner === own) : account.terms.factor[own]];
    });
}

/** @type {Rule} */
const throughRelu = (model, reader, _, index) => [[index, model.output(reader.name)[index] > 0 ? 1 : 0]];

/** @type {Rule} */
function throughBatchNorm(model, reader, _, index) {
    const account = model.account(reader.name, index);
    const figure = (/** @type {string} */ name) => account?.figures.find(one => one.name === name)?.value ?? NaN;
    return [[index, (account?.terms.factor[0] ?? NaN) / Math.sqrt(figure("variance") + figure("epsilon"))]];
}

/** @type {Rule} */
function throughConcat(model, reader, source, index) {
    const before = reader.inputs.slice(0, reader.inputs.indexOf(source.name));
    return [[index + before.reduce((sum, name) => sum + countOf(model.layer(name).shape), 0), 1]];
}

/** @type {Record<string, {rule: Rule, how: string}>} */
const rules = {
    conv: {
        rule: throughConvolution,
        how:
            "each output whose window covers the value, times the weight that met it: the same as the filter turned by 180\u00b0 sliding over the gradients"
    },
    dense: { rule: throughDense, how: "each neuron\u2019s gradient, times the weight between them" },
    maxpool: { rule: throughPooling, how: "the gradient goes to the largest value of the window alone" },
    globalmaxpool: { rule: throughPooling, how: "the gradient goes to the largest value of the map alone" },
    avgpool: { rule: throughPooling, how: "the gradient is shared equally within the window" },
    globalavgpool: { rule: throughPooling, how: "the gradient is shared equally within the map" },
    relu: { rule: throughRelu, how: "an open ReLU passes the gradient, a closed one stops it" },
    batchnorm: { rule: throughBatchNorm, how: "times the channel\u2019s scale divided by its deviation" },
    add: {
        rule: (_, reader, source, index) => reader.inputs.filter(name => name === source.name).map(() => [index, 1]),
        how: "a sum passes the gradient on"
    },
    concat: { rule: throughConcat, how: "the gradient of the place where the value was put" },
};

/**
 * The readers of a layer; what only passes values on is looked through.
 * @param {Model} model
 * @param {Layer} layer
 * @returns {{reader: Layer, source: Layer}[]}
 */
function readersOf(model, layer) {
    return model.readers(layer.name)
        .flatMap(reader => (PASSING.includes(reader.op) ? readersOf(model, reader) : [{ reader, source: layer }]));
}

/**
 * The gradient by a value, worked out.
 * @param {Model} model
 * @param {string} name
 * @param {number} index
 * @param {number} target the class of the loss
 * @returns {GradientSum|null} null: a layer that reads it has no worked form, or it is of the last layers
 */
export function gradientSum(model, name, index, target) {
    const layer = model.layer(name), readers = readersOf(model, layer);
    if (readers.length === 0 || readers.some(({ reader }) => !rules[reader.op])) return null;
    const terms = readers.flatMap(({ reader, source }) => {
        const upstream = model.gradient(reader.name, target);
        return rules[reader.op].rule(model, reader, source, index).map(([place,
            factor]) => ({ layer: reader.name, index: place, upstream: upstream[place], factor }));
    });
    const how = readers.map(({ reader }) => `${reader.name}: ${rules[reader.op].how}`).join("; ");
    return {
        terms,
        how,
        engine: model.gradient(name, target)[index],
        result: terms.reduce((sum, term) => sum + term.upstream * term.factor, 0),
        magnitude: terms.reduce((sum, term) => sum + Math.abs(term.upstream * term.factor), 0)
    };
}

/**
 * Whether two numbers are equal but for the rounding of single precision.
 * @param {{result: number, engine: number, magnitude: number}} sum
 */
export const agrees = ({result, engine, magnitude}) => Math.abs(result - engine) <= 1e-5 * magnitude + 1e-30;
