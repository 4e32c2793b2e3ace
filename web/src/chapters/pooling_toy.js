/** A 4 x 4 map to pool: the deck's result 123 167 / 187 165 to begin with. */
import {button, fill, h} from "../dom.js";
import {rowsOf, sign, tile} from "../tile.js";

/** The deck shows the result alone; these inputs have its maxima. */
const deckInput = [12, 123, 45, 167, 98, 34, 150, 20, 187, 66, 91, 165, 31, 140, 72, 8];

/**
 * The largest value of each 2 x 2 window, stride 2, of a 4 x 4 map.
 * @param {number[]} values
 * @returns {number[]}
 */
export function pool(values) {
    return [0, 2, 8, 10].map(first => Math.max(values[first], values[first + 1], values[first + 4], values[first + 5]));
}

/** @param {import("../app.js").App} app */
export function poolingToy(app) {
    let values = [...deckInput];
    const result = h("div", { class: "tiles", id: "pooled" });
    const inputs = values.map((value, k) => h("input", {
        type: "number",
        value,
        "aria-label": `row ${Math.floor(k / 4)}, column ${k % 4}`,
        oninput: (/** @type {any} */ event) => {
            values[k] = Number(event.target.value);
            draw();
        },
    }));
    function draw() {
        const pooled = pool(values);
        inputs.forEach((input, k) => {
            const window = Math.floor(k / 8) * 2 + (Math.floor(k / 2) % 2);
            input.className = values[k] === pooled[window] ? "winner" : "";
        });
        fill(result, sign("\u2192"), tile("2 \u00d7 2, stride 2", rowsOf(pooled, 2), { limit: 255 }, app.state.theme));
    }
    const table = h("table", { class: "pool-input" }, h("caption", {}, "values"), h("tbody", {}, [0, 1, 2,
        3].map(row => h("tr", {}, inputs.slice(4 * row, 4 * row + 4).map(input => h("td", {}, input))))));
    const reset = button("The deck\u2019s example", () => {
        values = [...deckInput];
        inputs.forEach((input, k) => void (input.value = String(values[k])));
        draw();
    });
    draw();
    return {
        element: h("div", { class: "card wide", id: "pool-toy" }, h("h3", {}, "Try it small: the deck\u2019s example"),
            h("div", { class: "tiles" }, table, result), h("p", {}, reset)),
        update: (/** @type {import("../types.js").Changed} */ changed) => {
            if (changed.has("theme")) draw();
        },
    };
}
