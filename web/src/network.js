/** The network as a row of its layers, in the order of running; ways that skip layers are arcs above it. */
import {scaleOf} from "./colour.js";
import {fill, h, svg} from "./dom.js";
import {countOf, fold, isVector, shapeText} from "./geometry.js";
import {drawMap, drawPicture, sizeCanvas} from "./maps.js";
import {largest} from "./model.js";
import {percent} from "./numbers.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./types.js").Layer} Layer */

const PITCH = 74; /* from one layer to the next in CSS pixels */
const THUMB = 56;

export class Network {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.thumbs = app.model.layers.map(() => h("canvas", { class: "thumb" }));
        this.gradients = app.model.layers.map(() => h("canvas", { class: "thumb", hidden: true }));
        this.buttons = app.model.layers.map((layer, k) => this.node(layer, k));
        const list = h("ol", { class: "layers" }, this.buttons.map(element => h("li", {}, element)));
        const arcs = this.arcs();
        this.element = h("nav", { class: "network", "aria-label": "The network, layer by layer" },
            h("div", { class: "network-inner", style: `width:${this.thumbs.length * PITCH}px;--pitch:${PITCH}px` },
                arcs, list));
    }

    /**
     * @param {Layer} layer
     * @param {number} k
     */
    node(layer, k) {
        return h("button", {
            type: "button",
            class: "layer",
            onclick: () => this.app.open(layer.name),
            onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event, k),
        },
            this.thumbs[k], this.gradients[k], h("b", {}, layer.name), h("small", {}, shapeText(layer)));
    }

    /**
     * Left and right go from layer to layer.
     * @param {KeyboardEvent} event
     * @param {number} k
     */
    key(event, k) {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        const next = step === undefined ? null : this.buttons[k + step];
        if (!next) return;
        event.preventDefault();
        next.focus();
        next.click();
    }

    /** The inputs that are not the layer before. */
    arcs() {
        const { layers } = this.app.model;
        const places = new Map(layers.map((layer, k) => [layer.name, k]));
        const ways = layers.flatMap((layer, to) => layer.inputs.map(name => [places.get(name) ?? 0, to])).filter(([
            from, to
        ]) => to - from > 1);
        if (ways.length === 0) return null;
        const paths = ways.map(([from, to]) => {
            const a = (from + 0.6) * PITCH, b = (to + 0.4) * PITCH, height = Math.min(30, 8 + 3 * (to - from));
            return svg("path", { d: `M${a} 34 C ${a} ${34 - height}, ${b} ${34 - height}, ${b} 34`, fill: "none" });
        });
        return svg("svg", { class: "arcs", width: layers.length * PITCH, height: 36, "aria-hidden": "true" }, paths);
    }

    /** @param {import("./types.js").Changed} changed */
    update(changed) {
        const { app } = this;
        if (["run", "theme", "changes"].some(name => changed.has(name))) {
            app.model.layers.forEach((layer, k) => this.draw(layer, this.thumbs[k], app.shown(layer.name), app.noun));
        }
        const backward = app.state.chapter === 5 && app.model.hasClasses;
        for (const canvas of this.gradients) canvas.hidden = !backward;
        if (backward && ["run", "theme", "chapter", "target"].some(name => changed.has(name))) this.drawGradients();
        if (changed.has("layer")) this.mark();
    }

    drawGradients() {
        const { app } = this;
        app.model.layers.forEach(
            (layer, k) => this.draw(layer, this.gradients[k], app.model.gradient(layer.name, app.target), "gradient"));
    }

    mark() {
        this.app.model.layers.forEach((layer, k) => {
            const current = layer.name === this.app.state.layer;
            this.buttons[k].setAttribute("aria-current", String(current));
            if (current) this.reveal(k);
        });
    }

    /**
     * Scrolls the row alone, never the page.
     * @param {number} k of the layer
     */
    reveal(k) {
        this.element.scrollLeft = (k + 0.5) * PITCH - this.element.clientWidth / 2;
    }

    /**
     * The first maps of a layer: one, or four, or a folded vector.
     * @param {Layer} layer
     * @param {HTMLCanvasElement} canvas
     * @param {Float32Array} values
     * @param {string} what value, change or gradient
     */
    draw(layer, canvas, values, what) {
        const { app } = this, { theme } = app.state;
        const context = sizeCanvas(canvas, THUMB, THUMB);
        const [channels, rows, columns] = layer.shape;
        if (layer.name === "input" && what !== "gradient") {
            drawPicture(context, app.state.picture.pixels, layer.shape, square(0, 0, THUMB));
        } else if (isVector(layer)) {
            const [r, c] = fold(channels), padded = new Float32Array(r * c);
            padded.set(values.subarray(0, channels));
            const height = Math.min(THUMB, (THUMB * r) / c);
            drawMap(context, padded, [r, c], { x: 0, y: (THUMB - height) / 2, width: THUMB, height }, scaleOf(values),
                theme);
        } else {
            const side = channels > 1 ? 2 : 1, each = THUMB / side, area = rows * columns;
            for (let k = 0; k < Math.min(channels, side * side); k++) {
                const place = square((k % side) * each, Math.floor(k / side) * each, each - (side - 1));
                drawMap(context, values.subarray(k * area, (k + 1) * area), [rows, columns], place,
                    app.scaleFor(layer.name, values, what), theme);
            }
        }
    }
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} side
 */
const square = (x, y, side) => ({ x, y, width: side, height: side });

/** The classes with their probabilities, the true one marked. */
export class Bars {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.element = h("div", { class: "bars" });
    }

    /**
     * @param {import("./types.js").Picture} picture that was read
     * @param {Float32Array} scores
     */
    draw(picture, scores) {
        const { model } = this.app;
        if (!model.hasClasses || countOf(model.last.shape) > 1000) return;
        const best = largest(scores);
        const order = scores.length <= 12
                          ? Array.from(scores.keys())
                          : Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]).slice(0, 10);
        fill(this.element,
            order.map(
                k => h("div", { class: k === best ? "best" : "", title: `${model.classes[k]}: ${scores[k]}` },
                    h("span", {}, model.classes[k], picture.label === k && h("i", { title: "its label" }, " \u25c0")),
                    h("span", { class: "bar-track" },
                        h("span", { style: `width:${100 * Math.max(0, Math.min(1, scores[k]))}%` })),
                    h("span", { class: "figure" }, percent(scores[k], scores[k] > 0.9995 ? 0 : 1)))));
    }
}
