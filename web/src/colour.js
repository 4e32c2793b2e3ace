/**
 * The colour scales. Signed values: purple below zero, orange above, the paper at zero, as in `cnn explain`; people who
 * cannot tell red from green can tell these apart. Pixels are grey. What is not finite has a colour of its own.
 */

/** @typedef {{limit: number, low?: number, grey?: boolean}} Scale values of +-limit have the full colour */

const STEPS = 255; /* on either side of zero */
export const NOT_FINITE = [0, 190, 90];

/**
 * Stops at -1, -0.5, 0, 0.5 and 1.
 * @type {Record<string, number[][]>}
 */
const stops = {
    light: [[54, 12, 105], [150, 130, 200], [250, 249, 246], [247, 172, 82], [150, 66, 4]],
    dark: [[203, 184, 255], [112, 84, 180], [22, 24, 30], [176, 98, 22], [255, 196, 120]],
};

/**
 * @param {number} t -1..1
 * @param {number[][]} colours
 */
function between(t, colours) {
    const place = Math.min(3.999999, (t + 1) * 2);
    const k = Math.floor(place), part = place - k;
    return colours[k].map((from, i) => Math.round(from + part * (colours[k + 1][i] - from)));
}

/** @param {string} theme */
function table(theme) {
    const entries = new Uint8Array(3 * (2 * STEPS + 1));
    for (let i = 0; i <= 2 * STEPS; i++) entries.set(between(i / STEPS - 1, stops[theme]), 3 * i);
    return entries;
}

/** @type {Record<string, Uint8Array>} */
const tables = {
    light: table("light"),
    dark: table("dark")
};
const greys = Uint8Array.from({ length: 3 * 256 }, (_, k) => Math.floor(k / 3));

/**
 * Colours of values, as RGBA.
 * @param {ArrayLike<number>} values
 * @param {Scale} scale
 * @param {string} theme
 * @param {Uint8ClampedArray} rgba 4 bytes a value
 */
export function paint(values, scale, theme, rgba) {
    const { entries, place } = gradations(scale, theme);
    for (let i = 0; i < values.length; i++) {
        const k = 3 * place(values[i]), finite = k === k;
        rgba[4 * i] = finite ? entries[k] : NOT_FINITE[0];
        rgba[4 * i + 1] = finite ? entries[k + 1] : NOT_FINITE[1];
        rgba[4 * i + 2] = finite ? entries[k + 2] : NOT_FINITE[2];
        rgba[4 * i + 3] = 255;
    }
}

/**
 * A scale's colours, and where the colour of a value is among them; NaN: it is not finite.
 * @param {Scale} scale
 * @param {string} theme
 * @returns {{entries: Uint8Array, place: (value: number) => number}}
 */
function gradations({ grey, low = 0, limit }, theme) {
    const range = grey ? limit - low || 1 : limit || 1;
    const share = (/** @type {number} */ value, /** @type {number} */ least) => Math.max(
        least, Math.min(1, value / range));
    const finite = (/** @type {number} */ value) => (Math.abs(value) < Infinity ? value : NaN);
    if (grey) return { entries: greys, place: value => Math.round(255 * share(finite(value) - low, 0)) };
    return { entries: tables[theme], place: value => Math.round((share(finite(value), -1) + 1) * STEPS) };
}

/**
 * @param {number} value
 * @param {Scale} scale
 * @param {string} theme
 * @returns {number[]} red, green, blue
 */
export function colourOf(value, scale, theme) {
    const { entries, place } = gradations(scale, theme), k = 3 * place(value);
    return Number.isNaN(k) ? NOT_FINITE : [entries[k], entries[k + 1], entries[k + 2]];
}

/** @param {number[]} rgb */
export const css = rgb => `rgb(${rgb.join(" ")})`;

/**
 * The part of a colour's light that the eye counts, as WCAG has it.
 * @param {number[]} rgb
 */
function luminance(rgb) {
    const [red, green, blue] = rgb.map(value => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * Black or white, whichever has the higher contrast on a colour.
 * @param {number[]} rgb
 */
export const inkOn = rgb => (luminance(rgb) > 0.179 ? "#000000" : "#ffffff");

/**
 * The scale whose full colour is the largest magnitude.
 * @param {ArrayLike<number>} values
 * @returns {Scale}
 */
export function scaleOf(values) {
    let limit = 0;
    for (let i = 0; i < values.length; i++) {
        const size = Math.abs(values[i]);
        if (size > limit && size < Infinity) limit = size;
    }
    return { limit };
}

/**
 * Grey from the smallest to the largest value.
 * @param {ArrayLike<number>} values
 * @returns {Scale}
 */
export function greyScaleOf(values) {
    let low = Infinity, limit = -Infinity;
    for (let i = 0; i < values.length; i++) {
        if (values[i] < low) low = values[i];
        if (values[i] > limit) limit = values[i];
    }
    return { limit, low, grey: true };
}
