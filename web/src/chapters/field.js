/** The receptive field of a value: by arithmetic, and how strongly it depends on each pixel, by gradient. */
import {button, fill, h} from "../dom.js";
import {chainTo, fieldSteps, isVector} from "../geometry.js";
import {Grid} from "../grid.js";
import {scaleOf} from "../colour.js";
import {short} from "../numbers.js";
import {table} from "../account_view.js";

/** @typedef {import("../app.js").App} App */

export class FieldView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.grid = new Grid({ label: "The receptive field on the picture", width: 224 });
        this.effective = new Grid({ label: "How strongly the value depends on each pixel", width: 224 });
        this.text = h("p", {});
        this.note = h("p", { class: "quiet", id: "outside" });
        this.steps = h("div", {});
        this.measured = "";
        this.element = h("div", { class: "card wide" }, h("h3", {}, "What of the picture the value depends on"),
            h("div", { class: "side-by-side" },
                h("div", {}, h("h4", {}, "by arithmetic"), this.grid.element, this.text),
                h("div", {}, h("h4", {}, "by gradient"), this.effective.element,
                    button("Measure for this value", () => this.measure(), { id: "measure-field" }), this.note)),
            this.steps);
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        const { app } = this, { layer, state } = app;
        this.element.hidden = layer.name === "input";
        if (this.element.hidden) return;
        const field = app.engine.receptiveField(layer.name, app.index), input = app.model.layer("input");
        const [, rows, columns] = input.shape, pixels = app.model.output("input").subarray(0, rows * columns);
        this.box = {
            top: field.top,
            left: field.left,
            height: field.bottom - field.top,
            width: field.right - field.left
        };
        this.grid.draw({
            values: pixels,
            size: [rows, columns],
            scale: app.scaleFor("input", app.model.output("input")),
            theme: state.theme,
            cursor: [-1, -1],
            boxes: [{...this.box, style: "field" }],
            colours: { pixels: state.picture.pixels, shape: input.shape }
        });
        this.text.textContent = field.pixels === 0
                                    ? "It depends on no pixel."
                                    : `Rows ${field.top} to ${field.bottom - 1}, columns ${field.left} to ${
                                          field.right - 1}: ${field.pixels} pixels` +
                                          (field.rows ? `. Without edges it would be ${field.rows} \u00d7 ${
                                                            field.columns}, and that of the next value lies ${
                                                            field.jump[0]} further.`
                                                      : ".");
        if (changed.has("layer") || changed.has("chapter")) fill(this.steps, this.arithmetic());
        if (this.measured !== this.address()) this.effective.element.hidden = this.note.hidden = true;
    }

    address() {
        const { layer, c, y, x, run } = this.app.state;
        return [layer, c, y, x, run].join();
    }

    /** |d value / d pixel| for each pixel; outside the receptive field it is exactly 0. */
    measure() {
        const { app } = this, input = app.model.layer("input"), [, rows, columns] = input.shape;
        const values = app.model.effectiveField(app.layer.name, app.index);
        const field = app.engine.receptiveField(app.layer.name, app.index);
        const outside = values.filter(
            (/** @type {number} */ value,
                /** @type {number} */ k) => value !== 0 && !inside(field, Math.floor(k / columns), k % columns));
        const inner = values.filter((/** @type {number} */ value) => value !== 0).length;
        this.measured = this.address();
        this.effective.element.hidden = this.note.hidden = false;
        this.effective.draw({
            values,
            size: [rows, columns],
            scale: scaleOf(values),
            theme: app.state.theme,
            cursor: [-1, -1],
            boxes: this.box ? [{...this.box, style: "field" }] : []
        });
        this.note.textContent = `The value changes with ${inner} pixels, at most ${
                                    short(scaleOf(values).limit)} for each unit. ` +
                                (outside.length === 0
                                        ? "Outside the receptive field every gradient is exactly 0."
                                        : `${outside.length} gradients outside the receptive field are not 0.`);
    }

    /** r = r + (k - 1) j, j = j s for each layer on the way. */
    arithmetic() {
        const { app } = this, chain = chainTo(name => app.model.layer(name), app.layer.name);
        if (!chain || chain.some(layer => layer.op === "dense" || layer.op.startsWith("global"))) return null;
        const rows = fieldSteps(chain, 0).map(
            ({ layer, size, jump }) => [layer.name, isVector(layer) ? "" : `${size}`, `${jump}`]);
        return [
            h("p", {},
                "Layer after layer, a window of k adds (k \u2212 1) times the jump; a stride multiplies the jump:"),
            table(["layer", "field", "jump"], [["input", "1", "1"], ...rows], "narrow")
        ];
    }
}

/**
 * @param {any} field
 * @param {number} y
 * @param {number} x
 */
const inside = (field, y, x) => y >= field.top && y < field.bottom && x >= field.left && x < field.right;
