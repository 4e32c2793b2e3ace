/** The way from a drawing or a picture to the tensor: a picture of each step, with a switch to leave the step out. */
import { scaleOf } from "../colour.js";
import { checkbox, fill, h } from "../dom.js";
import { drawMap, outline, sizeCanvas } from "../maps.js";
import { short } from "../numbers.js";
import { asMnist, prepare, toTensor } from "../preprocess.js";
import { blank } from "../raster.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../preprocess.js").Way} Way */
/** @typedef {import("../raster.js").Raster} Raster */

const STEP = 112; /* side of a step's picture */
const grey = { limit: 1, grey: true };

export class PreparationView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.shape = app.model.layer("input").shape;
        this.switches = { ...asMnist };
        /** @type {Raster|null} */
        this.source = null;
        /** @type {Way|null} */
        this.way = null;
        this.steps = h("div", { class: "steps" });
        this.note = h("p", { class: "quiet", role: "status" });
        this.element = h("div", { class: "card wide", id: "preparation" }, h("h3", {}, "The way to the tensor"), this.steps, this.note);
    }

    /** @returns {[number, number]} rows and columns of the network's input */
    get size() {
        return [this.shape[1], this.shape[2]];
    }

    /**
     * A drawing, or a picture's grey values, goes its way to the network.
     * @param {Raster} source
     */
    take(source) {
        this.source = source;
        this.way = prepare(source, this.size, this.switches);
        this.app.show({ kind: "drawn", index: -1, label: -1, pixels: toTensor(this.way.image, this.shape[0]) });
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        if (!["run", "theme", "chapter"].some(name => changed.has(name))) return;
        if (this.app.state.picture.kind !== "drawn") this.source = this.way = null; /* it has not gone this way */
        const { way } = this;
        fill(this.steps, way && this.drawnSteps(way), this.normalised());
        this.note.textContent = this.words();
    }

    words() {
        if (!this.way) return "This picture came ready-made. Draw one, and each step of its way to the network shows here, with a switch.";
        if (!this.way.box) return "Nothing is drawn: the network reads an empty image.";
        return "MNIST\u2019s digits were made this way. Switch a step off: the network has never seen such digits, and reads them badly.";
    }

    /** @param {Way} way */
    drawnSteps(way) {
        const [rows, columns] = this.size, small = Math.round((20 * rows) / 28);
        return [
            this.step("strokes", way.source, { name: "invert", label: "invert", box: way.box }),
            this.step("cut to the ink", way.cut, { name: "box", label: "ink box" }),
            this.step(`fitted into ${small} \u00d7 ${small}`, way.fitted, { name: "fit", label: "fit", mass: way.mass }),
            this.step(`centred in ${rows} \u00d7 ${columns}`, way.image, { name: "mass", label: "centre by mass" }),
        ];
    }

    /**
     * One picture of the way with the switch of its step.
     * @param {string} caption
     * @param {Raster} raster
     * @param {{name: "box"|"fit"|"mass"|"invert", label: string, box?: import("../raster.js").Rectangle|null,
     *     mass?: [number, number]}} what
     */
    step(caption, raster, { name, label, box, mass }) {
        const canvas = h("canvas", { role: "img", "aria-label": caption });
        const { context, scale } = drawStep(canvas, raster, grey, "light");
        if (box) outline(context, { ...box, style: "window" }, [scale, scale]);
        if (mass) outline(context, { top: mass[0] - 0.5, left: mass[1] - 0.5, height: 1, width: 1, style: "winner" }, [scale, scale]);
        return h("figure", {}, canvas, h("figcaption", {}, caption, checkbox(label, this.switches[name], on => {
            this.switches[name] = on;
            if (this.source) this.take(this.source);
        })));
    }

    /** The last step, which every picture takes: what the first layer reads. */
    normalised() {
        const { model, state } = this.app, [, rows, columns] = this.shape;
        const values = model.output("input").subarray(0, rows * columns), raster = { ...blank(columns, rows), values };
        const canvas = h("canvas", { role: "img", "aria-label": "normalised" });
        drawStep(canvas, raster, scaleOf(values), state.theme);
        const low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
        return h("figure", { id: "normalised" }, canvas, h("figcaption", {}, `${model.normalised ? "normalised" : "bytes"}: ${short(low, 3)} to ${short(high, 3)}`,
            checkbox("normalise", model.normalised, on => {
                model.normalise(on);
                this.app.runAgain();
            })));
    }
}

/**
 * A raster in the middle of a square canvas; outlines drawn afterwards are in its cells.
 * @param {HTMLCanvasElement} canvas
 * @param {Raster} raster
 * @param {import("../colour.js").Scale} scale
 * @param {string} theme
 */
function drawStep(canvas, raster, scale, theme) {
    const cell = STEP / Math.max(raster.width, raster.height), width = raster.width * cell, height = raster.height * cell;
    const context = sizeCanvas(canvas, STEP, STEP), x = (STEP - width) / 2, y = (STEP - height) / 2;
    drawMap(context, raster.values, [raster.height, raster.width], { x, y, width, height }, scale, theme);
    context.translate(x, y);
    return { context, scale: cell };
}
