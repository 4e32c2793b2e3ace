/** Small tables of coloured numbers: a part of a map, a filter, their products. */
import {colourOf, css, inkOn} from "./colour.js";
import {h} from "./dom.js";
import {short} from "./numbers.js";

/**
 * @param {string} caption
 * @param {number[][]} rows
 * @param {import("./colour.js").Scale} scale
 * @param {string} theme
 * @param {(row: number, column: number) => string} [mark] the class of a cell
 */
export function tile(caption, rows, scale, theme, mark = () => "") {
    const cell = (/** @type {number} */ value, /** @type {string} */ name) => {
        const colour = colourOf(value, scale, theme);
        return h("td", { class: name, style: `background:${css(colour)};color:${inkOn(colour)}` }, short(value, 3));
    };
    return h("table", { class: "tile" }, h("caption", {}, caption),
        h("tbody", {}, rows.map((values, i) => h("tr", {}, values.map((value, j) => cell(value, mark(i, j)))))));
}

/**
 * A sign between two tables.
 * @param {string} text
 */
export const sign = text => h("span", {class: "sign"}, text);

/**
 * @param {ArrayLike<number>} values
 * @param {number} width
 * @returns {number[][]}
 */
export function rowsOf(values, width) {
    const flat = Array.from(values);
    return Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));
}
