// @ts-check
// How long each layer takes, as the engine measured it (web/engine/times.c).

import { StructReader } from "./memory.js";

/** @typedef {import("./engine_types.js").LayerTimes} LayerTimes */

/**
 * @param {import("./layers.js").Source} engine
 * @param {number} address
 * @returns {LayerTimes}
 */
export function readTimes({ memory, calls }, address) {
    const reader = new StructReader(memory, address), [count] = reader.ints(2);
    return { seconds: reader.double(), layers: Array.from({ length: count }, (_, step) => readTime(memory, calls.engine_layer_time(step))) };
}

/**
 * @param {import("./memory.js").EngineMemory} memory
 * @param {number} address
 */
function readTime(memory, address) {
    const reader = new StructReader(memory, address);
    const name = reader.text() ?? "", algorithm = reader.text() ?? "";
    const [forward, backward, forwardFlops, backwardFlops] = reader.many(4, reader.double);
    return { name, names: name.split(" + "), algorithm, forward, backward, forwardFlops, backwardFlops };
}
