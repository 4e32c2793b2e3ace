/** What `cnn explore` put into the document: the engine, the model, the images. */

/**
 * @typedef {object} ImageSet
 * @property {number} count
 * @property {number[]} labels
 * @property {Uint8Array} bytes N,C,H,W
 * @property {number[]} shape C,H,W
 *
 * @typedef {object} ModelInfo
 * @property {string} name
 * @property {string} text the network in its text form
 * @property {string[]} classes
 * @property {number[]} mean of each channel: pixel x of 0..1 enters the first layer as (x - mean) / deviation
 * @property {number[]} deviation
 * @property {import("./engine_types.js").Preprocessing} preprocessing
 * @property {string} version of cnn
 *
 * @typedef {object} PageData
 * @property {ArrayBuffer} engine the bytes of the WebAssembly module
 * @property {ModelInfo} info
 * @property {Float32Array} parameters
 * @property {boolean} halved the file stores them as float16
 * @property {ImageSet} test
 * @property {ImageSet} train
 * @property {number} fileBytes about how much of the document these are
 */

/** @param {string} id */
const textOf = id => document.getElementById(id)?.textContent ?? "";

/**
 * @param {string} text base64
 * @returns {Uint8Array}
 */
export function fromBase64(text) {
    const binary = atob(text.trim());
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
}

/**
 * Unpacked, if the bytes begin as gzip does.
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 */
export async function unpack(bytes) {
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
    const { DecompressionStream } = /** @type {any} */ (globalThis); /* younger than the type checker */
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {string} id */
const bytesOf = id => unpack(fromBase64(textOf(id)));

/**
 * @param {number} half the 16 bits of a float of half precision
 */
export function fromHalf(half) {
    const sign = half & 0x8000 ? -1 : 1, exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * @param {Uint8Array} bytes little-endian
 * @param {boolean} halved
 */
function floats(bytes, halved) {
    const whole = bytes.slice().buffer;
    return halved ? Float32Array.from(new Uint16Array(whole), fromHalf) : new Float32Array(whole);
}

/**
 * @param {any} about
 * @param {string} id
 * @param {number[]} shape the network's input, for a file without images
 * @returns {Promise<ImageSet>}
 */
async function imageSet(about, id, shape) {
    if (!about || !about.count) return { count: 0, labels: [], bytes: new Uint8Array(0), shape };
    const bytes = await bytesOf(id);
    return {
        count: about.count,
        labels: about.labels ?? [],
        bytes,
        shape: [about.channels, about.height, about.width]
    };
}

/** @returns {Promise<PageData>} */
export async function readPage() {
    const info = JSON.parse(textOf("model-info"));
    const sets = JSON.parse(textOf("data-info") || "{}");
    const halved = Boolean(info.float16);
    const shape = (/input\s+(\d+)x(\d+)x(\d+)/.exec(info.text) ?? [0, 1, 1, 1]).slice(1).map(Number);
    const engine = await bytesOf("engine-bytes");
    return {
        engine: /** @type {ArrayBuffer} */ (engine.slice().buffer),
        info,
        parameters: floats(await bytesOf("model-parameters"), halved),
        halved,
        test: await imageSet(sets.test, "data-test", shape),
        train: await imageSet(sets.train, "data-train", shape),
        fileBytes:
            ["engine-bytes", "model-parameters", "data-test", "data-train"].reduce((n, id) => n + textOf(id).length, 0),
    };
}

/**
 * One image as the network takes it.
 * @param {ImageSet} set
 * @param {number} index
 * @returns {Float32Array} C,H,W in 0..1
 */
export function imageOf(set, index) {
    const size = set.shape[0] * set.shape[1] * set.shape[2];
    return Float32Array.from(set.bytes.subarray(index * size, (index + 1) * size), byte => Math.fround(byte / 255));
}
