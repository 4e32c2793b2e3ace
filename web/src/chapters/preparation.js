/** The way from a drawing or a picture to the tensor: a picture of each step, with a switch to leave the step out. */
import {greyScaleOf, scaleOf} from "../colour.js";
import {h} from "../dom.js";
import {drawMap, outline, sizeCanvas} from "../maps.js";
import {short} from "../numbers.js";
import {asMnist, prepare, toTensor} from "../preprocess.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../preprocess.js").Way} Way */
/** @typedef {import("../raster.js").Raster} Raster */
/** @typedef {import("../maps.js").Box} Box */

const STEP = 112; /* side of a step's picture */
const grey = {
    limit: 1,
    grey: true
};

/** One picture of the way, with the switch that leaves its step out. */
class Step {
    /**
     * @param {string} id
     * @param {string} label of the switch
     * @param {boolean} on
     * @param {(on: boolean) => void} change
     */
    constructor(id, label, on, change) {
        this.canvas = h("canvas", { role: "img" });
        this.caption = h("span", {});
        this.box = h("input", { type: "checkbox", checked: on, onchange: () => change(this.box.checked) });
        this.element = h("figure", { id }, this.canvas,
            h("figcaption", {}, this.caption, h("label", { class: "check" }, this.box, h("span", {}, label))));
    }

    /**
     * A raster in the middle of a square.
     * @param {string} caption
     * @param {Raster} raster
     * @param {Box[]} [boxes] in its cells
     * @param {import("../colour.js").Scale} [scale]
     * @param {string} [theme]
     */
    draw(caption, raster, boxes = [], scale = grey, theme = "light") {
        const cell = STEP / Math.max(raster.width, raster.height), width = raster.width * cell,
              height = raster.height * cell;
        const context = sizeCanvas(this.canvas, STEP, STEP), x = (STEP - width) / 2, y = (STEP - height) / 2;
        drawMap(context, raster.values, [raster.height, raster.width], { x, y, width, height }, scale, theme);
        context.translate(x, y);
        for (const box of boxes) outline(context, box, [cell, cell]);
        this.caption.textContent = caption;
        this.canvas.setAttribute("aria-label", caption);
    }
}

export class PreparationView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.shape = app.model.layer("input").shape;
        this.switches = {...asMnist };
        /** @type {Raster|null} */
        this.source = null;
        /** @type {Way|null} */
        this.way = null;
        this.strokes = this.step("invert", "invert");
        this.cut = this.step("box", "ink box");
        this.fitted = this.step("fit", "fit");
        this.centred = this.step("mass", "centre by mass");
        this.normalised = new Step("normalised", "normalise", app.model.normalised, on => {
            app.model.normalise(on);
            app.runAgain();
        });
        this.drawn = [this.strokes, this.cut, this.fitted, this.centred];
        this.note = h("p", { class: "quiet", role: "status" });
        this.element = h("div", { class: "card wide", id: "preparation" }, h("h3", {}, "The way to the tensor"),
            h("div", { class: "steps" }, [...this.drawn, this.normalised].map(step => step.element)), this.note);
    }

    /**
     * @param {"box"|"fit"|"mass"|"invert"} name
     * @param {string} label
     */
    step(name, label) {
        return new Step(`step-${name}`, label, this.switches[name], on => {
            this.switches[name] = on;
            if (this.source) this.take(this.source);
        });
    }

    /** @param {boolean} on whether dark is ink */
    invert(on) {
        this.switches.invert = this.strokes.box.checked = on;
    }

    /** @returns {[number, number]} rows and columns of the network's input */
    get size() {
        return [this.shape[1], this.shape[2]];
    }

    /**
     * A drawing, or a picture's grey values, goes its way to the network.
     * @param {Raster} source
     * @param {boolean} [drawing] more of it comes at any moment
     */
    take(source, drawing = false) {
        this.source = source;
        this.way = prepare(source, this.size, this.switches);
        const pixels = toTensor(this.way.image, this.shape[0]);
        this.app[drawing ? "sketch" : "show"]({ kind: "drawn", index: -1, label: -1, pixels });
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        if (!["run", "theme", "chapter"].some(name => changed.has(name))) return;
        if (this.app.state.picture.kind !== "drawn") this.source = this.way = null; /* it has not gone this way */
        for (const step of this.drawn) step.element.hidden = !this.way;
        if (this.way) this.drawWay(this.way);
        this.drawNormalised();
        const words = this.words();
        if (this.note.textContent !== words) this.note.textContent = words;
    }

    words() {
        if (!this.way)
            return "This picture came ready-made. Draw one, and each step of its way to the network shows here, with a switch.";
        if (!this.way.box) return "Nothing is drawn: the network reads an empty image.";
        return "MNIST\u2019s digits were made this way. Switch a step off: the network has never seen such digits, and reads them badly.";
    }

    /** @param {Way} way */
    drawWay({ source, box, cut, fitted, mass, image }) {
        const [rows, columns] = this.size, small = Math.round((20 * rows) / 28);
        this.strokes.draw("strokes", source, box ? [{...box, style: "window" }] : []);
        this.cut.draw("cut to the ink", cut);
        this.fitted.draw(`fitted into ${small} \u00d7 ${small}`, fitted,
            [{ top: mass[0] - 0.5, left: mass[1] - 0.5, height: 1, width: 1, style: "winner" }]);
        this.centred.draw(`centred in ${rows} \u00d7 ${columns}`, image);
    }

    /** The last step, which every picture takes: what the first layer reads. */
    drawNormalised() {
        const { model, state } = this.app, [, rows, columns] = this.shape;
        const values = model.output("input").subarray(0, rows * columns), { low = 0, limit } = greyScaleOf(values);
        this.normalised.draw(`${model.normalised ? "normalised" : "bytes"}: ${short(low, 3)} to ${short(limit, 3)}`,
            { width: columns, height: rows, values }, [], scaleOf(values), state.theme);
    }
}
