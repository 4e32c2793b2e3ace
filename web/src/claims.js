/** Measurements of the deck's claims on this model, a few images at a time, so that the page stays alive. */
import {imageOf} from "./page_data.js";

/** @typedef {import("./app.js").App} App */

export const REACH = 8; /* pixels that a picture is moved, in each direction */
const AT_ONCE = 17; /* images between two pauses */

const pause = () => new Promise(resolve => setTimeout(resolve, 0));

/**
 * A picture moved; what comes in is as dark as an empty picture, what goes out is lost.
 * @param {Float32Array} pixels C,H,W
 * @param {number[]} shape
 * @param {number} down
 * @param {number} right
 */
export function shifted(pixels, shape, down, right) {
    const [channels, rows, columns] = shape, result = new Float32Array(pixels.length);
    for (let c = 0; c < channels; c++) {
        for (let y = Math.max(0, down); y < Math.min(rows, rows + down); y++) {
            for (let x = Math.max(0, right); x < Math.min(columns, columns + right); x++) {
                result[(c * rows + y) * columns + x] = pixels[(c * rows + y - down) * columns + x - right];
            }
        }
    }
    return result;
}

/**
 * A picture with a grey square on it.
 * @param {Float32Array} pixels
 * @param {number[]} shape
 * @param {number} top
 * @param {number} left
 * @param {number} side
 */
export function covered(pixels, shape, top, left, side) {
    const [channels, rows, columns] = shape, result = pixels.slice();
    for (let c = 0; c < channels; c++) {
        for (let y = Math.max(0, top); y < Math.min(rows, top + side); y++) {
            for (let x = Math.max(0, left); x < Math.min(columns, left + side); x++)
                result[(c * rows + y) * columns + x] = 0.5;
        }
    }
    return result;
}

/**
 * Outputs of many pictures.
 * @param {App} app
 * @param {number} count
 * @param {(k: number) => Float32Array} picture
 * @param {(done: number) => void} [tell]
 * @returns {Promise<Float32Array[]>} a row for each
 */
export async function outputsOf(app, count, picture, tell = () => {}) {
    const { engine } = app, rows = [], size = picture(0).length;
    for (let first = 0; first < count; first += AT_ONCE) {
        const some = Math.min(AT_ONCE, count - first), pixels = new Float32Array(some * size);
        for (let k = 0; k < some; k++) pixels.set(picture(first + k), k * size);
        const outputs = engine.predict(pixels, some), width = outputs.length / some;
        for (let k = 0; k < some; k++) rows.push(outputs.slice(k * width, (k + 1) * width));
        tell(first + some);
        await pause();
    }
    return rows;
}

/**
 * The number of the largest.
 * @param {Float32Array} row
 */
const best = row => row.reduce((most, value, k) => (value > row[most] ? k : most), 0);

/**
 * The target class's output for each shift, row by row.
 * @param {App} app
 * @param {(done: number) => void} tell
 */
export async function shiftMap(app, tell) {
    const { pixels } = app.state.picture, { shape } = app.model.layers[0], side = 2 * REACH + 1, target = app.target;
    const rows = await outputsOf(
        app, side * side, k => shifted(pixels, shape, Math.floor(k / side) - REACH, (k % side) - REACH), tell);
    return Float32Array.from(rows, row => row[target]);
}

/**
 * The share of test images read rightly when all are moved to the right.
 * @param {App} app
 * @param {number} images
 * @param {(done: number) => void} tell
 * @returns {Promise<{x: number, y: number}[]>} pixels and share
 */
export async function accuracyOfShifts(app, images, tell) {
    const { test } = app.data, { shape } = app.model.layers[0], points = [];
    for (let by = 0; by <= REACH; by++) {
        const rows = await outputsOf(
            app, images, k => shifted(imageOf(test, k), shape, 0, by), done => tell(by * images + done));
        const right = rows.filter((row, k) => best(row) === test.labels[k]).length;
        points.push({ x: by, y: right / images });
    }
    return points;
}

/**
 * By how much the target's output falls when a square covers each place.
 * @param {App} app
 * @param {number} side of the square
 * @param {(done: number) => void} tell
 */
export async function occlusion(app, side, tell) {
    const { pixels } = app.state.picture, { shape } = app.model.layers[0], target = app.target, columns = shape[2];
    const whole = (await outputsOf(app, 1, () => pixels))[0][target], half = side >> 1;
    const rows = await outputsOf(app, shape[1] * columns,
        k => covered(pixels, shape, Math.floor(k / columns) - half, (k % columns) - half, side), tell);
    return Float32Array.from(rows, row => whole - row[target]);
}

/**
 * How far a convolution's maps of the moved picture are from the moved maps, where neither the edges of the picture nor
 * the padding are seen.
 * @param {App} app
 * @param {string} name of the layer
 * @returns {{largest: number, compared: number}}
 */
export function equivariance(app, name) {
    const { model } = app, layer = model.layer(name), [channels, rows, columns] = layer.shape,
                  { pixels } = app.state.picture;
    model.run(pixels);
    const before = model.output(name);
    model.run(shifted(pixels, model.layers[0].shape, 1, 1));
    const after = model.output(name), edge = Math.max(...(layer.settings.pads ?? [0])) + 1;
    model.run(pixels);
    let largest = 0, compared = 0;
    for (let c = 0; c < channels; c++) {
        for (let y = edge; y < rows - edge; y++) {
            for (let x = edge; x < columns - edge; x++, compared++) {
                largest = Math.max(largest,
                    Math.abs(after[(c * rows + y) * columns + x] - before[(c * rows + y - 1) * columns + x - 1]));
            }
        }
    }
    return { largest, compared };
}

/**
 * The test images that excite each channel of a layer most, and where.
 * @param {App} app
 * @param {string} name
 * @param {number} images
 * @param {number} most of each channel
 * @param {(done: number) => void} tell
 * @returns {Promise<{image: number, index: number, value: number}[][]>} of each channel, the largest first
 */
export async function topPatches(app, name, images, most, tell) {
    const { model, engine } = app, [channels, rows, columns] = model.layer(name).shape, area = rows * columns;
    /** @type {{image: number, index: number, value: number}[][]} */
    const found = Array.from({ length: channels }, () => []);
    for (let image = 0; image < images; image++) {
        engine.run(imageOf(app.data.test, image), 1);
        const values = engine.output(name);
        for (let c = 0; c < channels; c++) {
            let index = c * area;
            for (let k = index; k < (c + 1) * area; k++)
                if (values[k] > values[index]) index = k;
            found[c] =
                [...found[c], { image, index, value: values[index] }].sort((a, b) => b.value - a.value).slice(0, most);
        }
        tell(image + 1);
        if (image % 8 !== 7) continue;
        model.run(app.state.picture.pixels); /* what the page shows while it is drawn */
        await pause();
    }
    model.run(app.state.picture.pixels);
    return found;
}
