/** The way from a drawing to the tensor, as MNIST's digits went it; each step can be left out. */
import {areaAverage, blank, centreOfMass, cutOut, inkBox, paste} from "./raster.js";

/** @typedef {import("./raster.js").Raster} Raster */
/** @typedef {{box: boolean, fit: boolean, mass: boolean, invert: boolean}} Switches */

/**
 * @typedef {object} Way the picture after each step
 * @property {Raster} source ink is 1
 * @property {import("./raster.js").Rectangle|null} box where the ink is; null: nothing is drawn
 * @property {Raster} cut
 * @property {Raster} fitted
 * @property {[number, number]} mass row and column of the centre of mass in `fitted`
 * @property {Raster} image of the network's size
 */

/** @type {Switches} */
export const asMnist = {
    box: true,
    fit: true,
    mass: true,
    invert: false
};

/**
 * @param {Raster} drawing
 * @param {[number, number]} size rows and columns of the network's input
 * @param {Switches} switches
 * @returns {Way}
 */
export function prepare(drawing, size, switches) {
    const source = switches.invert ? {...drawing, values: drawing.values.map(value => 1 - value) } : drawing;
    const whole = { top: 0, left: 0, height: source.height, width: source.width };
    const box = inkBox(source), used = switches.box && box ? box : whole;
    const cut = cutOut(source, used);
    const fitted = fit(cut, size, switches.fit ? 20 / 28 : 1);
    const mass = centreOfMass(fitted);
    return {
        source,
        box,
        cut,
        fitted,
        mass,
        image: centred(fitted, size, switches.mass && box ? mass : [fitted.height / 2, fitted.width / 2])
    };
}

/**
 * Its longer side becomes a share of the network's input, its proportions stay.
 * @param {Raster} raster @param {[number, number]} size @param {number} share
 */
function fit(raster, size, share) {
    const scale = share * Math.min(size[0] / raster.height, size[1] / raster.width);
    const height = Math.max(1, Math.round(raster.height * scale)),
          width = Math.max(1, Math.round(raster.width * scale));
    return areaAverage(raster, { top: 0, left: 0, height: raster.height, width: raster.width }, width, height);
}

/**
 * A point of it comes to lie in the middle, by whole pixels, as in MNIST.
 * @param {Raster} raster @param {[number, number]} size @param {[number, number]} point
 */
function centred(raster, size, point) {
    const image = blank(size[1], size[0]);
    paste(image, raster, Math.round(size[0] / 2 - point[0]), Math.round(size[1] / 2 - point[1]));
    return image;
}

/**
 * Grey values as the network's channels.
 * @param {Raster} image
 * @param {number} channels
 * @returns {Float32Array} C,H,W
 */
export function toTensor(image, channels) {
    const pixels = new Float32Array(channels * image.values.length);
    const bytes = image.values.map(value => Math.fround(Math.round(255 * Math.min(1, Math.max(0, value))) / 255));
    for (let c = 0; c < channels; c++) pixels.set(bytes, c * bytes.length);
    return pixels;
}
