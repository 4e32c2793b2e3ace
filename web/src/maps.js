/** Maps of values drawn on canvases. */
import {colourOf, css, inkOn, paint} from "./colour.js";
import {context2d, h} from "./dom.js";
import {short} from "./numbers.js";

/** @typedef {import("./colour.js").Scale} Scale */
/** @typedef {{top: number, left: number, height: number, width: number, style?: "window"|"cursor"|"field"|"winner"|"pin"}} Box in cells */

/** @type {Map<string, {context: CanvasRenderingContext2D, picture: ImageData}>} */
const scratches = new Map(); /* for each size of a map: a canvas with a pixel a value */

/**
 * @param {[number, number]} size rows, columns
 */
function scratchOf([rows, columns]) {
    const key = `${rows} ${columns}`, known = scratches.get(key);
    if (known) return known;
    const context = context2d(h("canvas", { width: columns, height: rows }));
    const made = { context, picture: context.createImageData(columns, rows) };
    if (scratches.size > 100) scratches.clear(); /* cut pictures have any size */
    scratches.set(key, made);
    return made;
}

/**
 * Gives a canvas its size in the document and as many pixels as the screen has there.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width CSS pixels
 * @param {number} height
 * @returns {CanvasRenderingContext2D} one unit is one CSS pixel
 */
export function sizeCanvas(canvas, width, height) {
    const dense = Math.min(3, window.devicePixelRatio || 1), context = context2d(canvas);
    const size = [width, height].map(length => Math.max(1, Math.round(length * dense)));
    context.resetTransform();
    if (canvas.width === size[0] && canvas.height === size[1])
        context.clearRect(0, 0, size[0], size[1]); /* cheaper than a new size */
    else
        [canvas.width, canvas.height] = size;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    context.imageSmoothingEnabled = false;
    return context;
}

/**
 * One map in a rectangle of a canvas.
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} values rows x columns
 * @param {[number, number]} size rows, columns
 * @param {{x: number, y: number, width: number, height: number}} place
 * @param {Scale} scale
 * @param {string} theme
 */
export function drawMap(context, values, size, place, scale, theme) {
    const { context: small, picture } = scratchOf(size);
    paint(values, scale, theme, picture.data);
    small.putImageData(picture, 0, 0);
    context.drawImage(small.canvas, place.x, place.y, place.width, place.height);
}

/**
 * Three channels as the colours that they are.
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} pixels 3,H,W in 0..1
 * @param {[number, number]} size
 * @param {{x: number, y: number, width: number, height: number}} place
 */
export function drawColours(context, pixels, size, place) {
    const { context: small, picture } = scratchOf(size), area = size[0] * size[1];
    for (let i = 0; i < area; i++) {
        for (let c = 0; c < 3; c++) picture.data[4 * i + c] = Math.round(255 * pixels[c * area + i]);
        picture.data[4 * i + 3] = 255;
    }
    small.putImageData(picture, 0, 0);
    context.drawImage(small.canvas, place.x, place.y, place.width, place.height);
}

/**
 * The pixels of a picture, grey or in colours.
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} pixels C,H,W in 0..1
 * @param {number[]} shape
 * @param {{x: number, y: number, width: number, height: number}} place
 */
export function drawPicture(context, pixels, shape, place) {
    if (shape[0] === 3)
        drawColours(context, pixels, [shape[1], shape[2]], place);
    else
        drawMap(context, pixels.subarray(0, shape[1] * shape[2]), [shape[1], shape[2]], place, { limit: 1, grey: true },
            "light");
}

/**
 * The values themselves, written into cells that are large enough.
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} values
 * @param {[number, number]} size
 * @param {number} cell side of a cell in CSS pixels
 * @param {Scale} scale
 * @param {string} theme
 */
export function writeNumbers(context, values, size, cell, scale, theme) {
    context.font = `${Math.min(13, cell * 0.26)}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let i = 0; i < size[0] * size[1]; i++) {
        context.fillStyle = inkOn(colourOf(values[i], scale, theme));
        const x = (i % size[1] + 0.5) * cell, y = (Math.floor(i / size[1]) + 0.5) * cell;
        context.fillText(cellText(values[i], cell < 44 || Math.abs(values[i]) < 0.1 ? 2 : 3, scale.limit), x, y);
    }
}

/**
 * Short enough for a cell: what would need an exponent has one digit, or is nearly 0 beside the largest.
 * @param {number} value
 * @param {number} digits
 * @param {number} limit the largest
 */
function cellText(value, digits, limit) {
    if (value !== 0 && Math.abs(value) < 1e-3 * limit) return "\u2248\u202f0";
    if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(0).replace(/-/g, "\u2212");
    return short(value, digits);
}

/** Line and halo of each kind of box: seen on any colour. */
const strokes = {
    window: ["#0d8a72", 2],
    cursor: ["#0d8a72", 3],
    field: ["#d0318c", 2],
    winner: ["#d0318c", 2],
    pin: ["#777", 1.5],
};

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {[number, number]} cell height and width of a cell
 */
export function outline(context, box, cell) {
    const [colour, width] = strokes[box.style ?? "window"];
    const x = box.left * cell[1], y = box.top * cell[0], w = box.width * cell[1], h = box.height * cell[0];
    context.lineJoin = "round";
    context.strokeStyle = "rgba(255, 255, 255, 0.85)";
    context.lineWidth = Number(width) + 2;
    context.strokeRect(x, y, w, h);
    context.strokeStyle = String(colour);
    context.lineWidth = Number(width);
    context.strokeRect(x, y, w, h);
}

/**
 * A strip of the scale with its ends named.
 * @param {HTMLCanvasElement} canvas
 * @param {Scale} scale
 * @param {string} theme
 */
export function drawLegend(canvas, scale, theme) {
    const context = sizeCanvas(canvas, 120, 10);
    for (let i = 0; i < 120; i++) {
        const low = scale.grey ? scale.low ?? 0 : -scale.limit;
        context.fillStyle = css(colourOf(low + (i / 119) * (scale.limit - low), scale, theme));
        context.fillRect(i, 0, 1, 10);
    }
}
