// @ts-check
// What the engine's network is made of, read from its memory (web/engine/network.c).

import { StructReader } from "./memory.js";
import { settingsOf } from "./settings.js";

/** @typedef {import("./engine_types.js").Layer} Layer */
/** @typedef {import("./engine_types.js").Parameter} Parameter */
/** @typedef {{ memory: import("./memory.js").EngineMemory, calls: import("./memory.js").EngineCalls }} Source */

/**
 * @param {Source} engine
 * @returns {Parameter[]}
 */
export function readParameters({ memory, calls }) {
    return Array.from({ length: calls.engine_tensors() }, (_, number) => {
        const reader = new StructReader(memory, calls.engine_tensor(number));
        const name = reader.text() ?? "", rank = reader.int(), shape = reader.ints(4).slice(0, rank);
        return { name, shape, count: reader.int() };
    });
}

/**
 * In order of running; the first is "input".
 * @param {Source} engine
 * @param {Parameter[]} parameters
 */
export function readLayers(engine, parameters) {
    const shape = Array.from(engine.memory.integers(engine.calls.engine_input(), 3));
    const count = shape[0] * shape[1] * shape[2];
    /** @type {Layer[]} */
    const layers = [{ name: "input", op: "input", text: "", inputs: [], rank: 3, shape, count, area: shape[1] * shape[2],
        settings: { options: {} }, parameters: [], parameterCount: 0, macs: 0 }];
    for (let number = 1; number <= engine.calls.engine_layers(); number++)
        layers.push(readLayer(engine, number, layers, parameters));
    return layers;
}

/**
 * @param {Source} engine
 * @param {number} number
 * @param {Layer[]} layers those before it
 * @param {Parameter[]} parameters
 * @returns {Layer}
 */
function readLayer({ memory, calls }, number, layers, parameters) {
    const reader = new StructReader(memory, calls.engine_layer(number));
    const [name, op, text] = reader.many(3, reader.text), inputCount = reader.int(), rank = reader.int();
    const shape = reader.ints(3).map((size, axis) => (axis < rank ? size : 1)), [shares, area] = reader.ints(2);
    const [parameterCount, , macs] = reader.many(3, reader.double);
    const inputs = Array.from({ length: inputCount }, (_, k) => layers[calls.engine_layer_input(number, k)]);
    const owner = shares > 0 ? layers[shares].name : name;
    return { name, op, text, inputs: inputs.map((layer) => layer.name), rank, shape,
        count: shape.reduce((product, size) => product * size, 1), area,
        settings: settingsOf(op, text, inputs[0].shape),
        parameters: parameters.map((tensor) => tensor.name)
            .filter((tensor) => tensor.slice(0, tensor.lastIndexOf(".")) === owner),
        parameterCount, macs };
}
