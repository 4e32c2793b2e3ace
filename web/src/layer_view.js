/** A layer's maps in the middle: all of them, and the chosen one enlarged with its cursor. */
import {checkbox, choice, fill, h} from "./dom.js";
import {drawLegend} from "./maps.js";
import {Gallery} from "./gallery.js";
import {fold, isVector} from "./geometry.js";
import {Grid} from "./grid.js";
import {grouped, short} from "./numbers.js";
import {scaleOf} from "./colour.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./colour.js").Scale} Scale */

/** The legend of a scale: its strip between its ends. */
export class Legend {
    constructor() {
        this.canvas = h("canvas", { "aria-hidden": "true" });
        this.low = h("span", {});
        this.high = h("span", {});
        this.element = h("p", { class: "legend" }, this.low, this.canvas, this.high);
    }

    /**
     * @param {Scale} scale
     * @param {string} theme
     */
    draw(scale, theme) {
        drawLegend(this.canvas, scale, theme);
        this.low.textContent = short(scale.grey ? scale.low ?? 0 : -scale.limit, 3);
        this.high.textContent = short(scale.limit, 3);
    }
}

/**
 * Reads what is drawn: outputs in most chapters, gradients in the fifth.
 * @callback Reader
 * @param {string} layer
 * @returns {Float32Array} C,H,W
 */

export class MapsView {
    /**
     * @param {App} app
     * @param {{read?: Reader, what?: string, width?: number}} [options]
     */
    constructor(app, options = {}) {
        this.app = app;
        this.read = options.read ?? (name => app.shown(name));
        this.kind = options.what ?? "";
        this.grid = new Grid({
            label: "The chosen map: arrow keys move, Enter pins",
            width: options.width ?? 360,
            pick: (y, x, how) => app.move(this.target(y, x), how),
            leave: () => app.back(),
            enter: () => app.pin(),
        });
        this.gallery = new Gallery(
            { label: "All maps of the layer: arrow keys choose", pick: c => app.move({ c }, "keep") });
        this.legend = new Legend();
        this.caption = h("h3", {});
        this.all = h("h3", {});
        this.sharing = choice("One colour scale for",
            [["layer", "the layer"], ["map", "each map"], ["all", "all layers"]], app.state.scale,
            scale => app.set({ scale }));
        this.changes = checkbox(
            "colour only what changes from now on", app.state.changes, changes => app.compare(changes));
        this.large = h(
            "div", { class: "card" }, this.caption, this.grid.element, this.legend.element, !this.kind && this.changes);
        this.small = h("div", { class: "card wide" }, this.all, this.gallery.element, this.sharing);
    }

    /** What the maps show: "value", "change" or "gradient". */
    get what() {
        return this.kind || this.app.noun;
    }

    /**
     * Where a cell of the enlarged map leads.
     * @param {number} y
     * @param {number} x
     */
    target(y, x) {
        const { layer } = this.app;
        if (!isVector(layer)) return { y, x };
        return { c: Math.min(y * fold(layer.shape[0])[1] + x, layer.shape[0] - 1) };
    }

    /**
     * @param {string} name
     * @param {Float32Array} values
     * @param {number} map
     * @returns {Scale}
     */
    scale(name, values, map) {
        const { app } = this, { shape } = app.model.layer(name), area = shape[1] * shape[2];
        if (app.state.scale === "map") return scaleOf(values.subarray(map * area, (map + 1) * area));
        if (app.state.scale === "all") return this.commonScale();
        return app.scaleFor(name, values, this.what);
    }

    commonScale() {
        const { app } = this;
        const limits = app.model.layers.map(({ name }) => app.scaleFor(name, this.read(name), this.what).limit);
        return { limit: Math.max(...limits) };
    }

    /** @param {import("./maps.js").Box[]} [boxes] on the enlarged map */
    draw(boxes = []) {
        const { app } = this, { layer, state } = app;
        const values = this.read(layer.name);
        const [channels, rows, columns] = layer.shape, area = rows * columns;
        const noun = this.what === "value" ? "" : `${this.what} of `;
        fill(this.caption, isVector(layer) ? `${noun}${layer.name}: ${grouped(channels)} numbers`
                                           : `${noun}${layer.name}, map ${state.c}`);
        if (isVector(layer))
            this.drawVector(layer, values);
        else {
            const scale = this.scale(layer.name, values, state.c);
            this.grid.draw({
                values: values.subarray(state.c * area, (state.c + 1) * area),
                size: [rows, columns],
                scale,
                theme: state.theme,
                cursor: [state.y, state.x],
                boxes,
            });
            this.legend.draw(scale, state.theme);
        }
        this.small.hidden = isVector(layer) || channels < 2;
        if (this.small.hidden) return;
        fill(this.all, `All ${channels} maps of ${noun}${layer.name}`);
        this.gallery.draw({
            values,
            count: channels,
            size: [rows, columns],
            theme: state.theme,
            chosen: state.c,
            scale: map => this.scale(layer.name, values, map),
        });
    }

    /**
     * @param {Layer} layer
     * @param {Float32Array} values
     */
    drawVector(layer, values) {
        const { state } = this.app, count = layer.shape[0], [rows, columns] = fold(count);
        const padded = new Float32Array(rows * columns);
        padded.set(values);
        const scale = scaleOf(values);
        this.grid.draw({
            values: padded,
            size: [rows, columns],
            scale,
            theme: state.theme,
            count,
            cursor: [Math.floor(state.c / columns), state.c % columns],
        });
        this.legend.draw(scale, state.theme);
    }
}
