/** Chapter 1: where the picture comes from, and its way to the numbers that the network reads. */
import { button, checkbox, fill, h, slider } from "../dom.js";
import { Gallery } from "../gallery.js";
import { Grid } from "../grid.js";
import { drawMap, drawPicture, outline, sizeCanvas } from "../maps.js";
import { Pad } from "../pad.js";
import { decode, greyOf, pictureIn } from "../picture_file.js";
import { asMnist, prepare, toTensor } from "../preprocess.js";
import { areaAverage } from "../raster.js";
import { imageOf } from "../page_data.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../preprocess.js").Way} Way */

const AT_ONCE = 60; /* test images in the strip */
const STEP = 112; /* side of a step's picture */

export class ImageView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.shape = app.model.layer("input").shape;
        this.switches = { ...asMnist };
        this.first = 0;
        this.shown = ""; /* what the strip of test images was drawn for */
        this.brush = 1;
        /** @type {import("../raster.js").Raster|null} */
        this.drawing = null;
        this.pad = new Pad(() => this.drawn());
        this.strip = new Gallery({ label: "Test images: arrow keys choose", noun: "image", pick: k => app.show(app.testPicture(this.first + k)) });
        this.stripTitle = h("h3", {});
        this.pixels = new Grid({ label: "The image that the network reads: arrow keys move, Enter sets a pixel", width: 420,
            pick: (y, x, how) => this.pick(y, x, how), leave: () => app.back(), enter: (y, x) => this.edit(y, x) });
        this.steps = h("div", { class: "steps" });
        this.stepsCard = h("div", { class: "card wide", hidden: true }, h("h3", {}, "The way to the tensor"), this.steps);
        this.message = h("p", { class: "quiet", role: "status" });
        this.file = h("input", { type: "file", accept: "image/*", class: "unseen", id: "file", onchange: () => this.read(this.file.files?.[0]) });
        this.element = h("div", { class: "cards" },
            h("div", { class: "card" }, h("h3", {}, "Draw"), this.pad.element),
            h("div", { class: "card" }, h("h3", {}, "What the network reads"), this.pixels.element, this.pixelTools()),
            this.stepsCard, this.stripCard(), this.fileCard());
        this.paste = (/** @type {ClipboardEvent} */ event) => this.read(pictureIn(event.clipboardData));
        document.addEventListener("paste", this.paste);
    }

    close() {
        document.removeEventListener("paste", this.paste);
    }

    pixelTools() {
        return h("div", { class: "tools" }, slider("A click sets a pixel to", { min: 0, max: 1, step: 0.05, value: 1 }, value => void (this.brush = value), value => value.toFixed(2)),
            checkbox("elsewhere, colour only what changed since now", this.app.state.changes, changes => this.compare(changes)));
    }

    stripCard() {
        const turn = (/** @type {number} */ by) => () => {
            const { count } = this.app.data.test;
            this.first = Math.max(0, Math.min(count - 1 - ((count - 1) % AT_ONCE), this.first + by));
            this.drawStrip();
        };
        return h("div", { class: "card wide" }, this.stripTitle, this.strip.element,
            this.app.data.test.count > AT_ONCE && h("div", { class: "tools" }, button("\u2190 earlier", turn(-AT_ONCE)), button("later \u2192", turn(AT_ONCE))));
    }

    fileCard() {
        const drop = h("div", { class: "drop" }, "Drop a picture here, paste one, or ", button("choose a file", () => this.file.click()), this.file,
            h("label", { for: "file", class: "unseen" }, "Picture file"));
        drop.addEventListener("dragover", event => event.preventDefault());
        drop.addEventListener("drop", event => {
            event.preventDefault();
            this.read(pictureIn(event.dataTransfer));
        });
        return h("div", { class: "card wide" }, h("h3", {}, "Your own picture"), drop, this.message);
    }

    /** @param {boolean} changes */
    compare(changes) {
        if (changes) this.app.remember();
        this.app.set({ changes });
    }

    /* ---- Pictures ---- */

    drawn() {
        this.drawing = this.pad.raster;
        this.prepared();
    }

    /** The drawing, or the picture of a file, goes its way to the network. */
    prepared() {
        if (!this.drawing) return;
        const way = prepare(this.drawing, [this.shape[1], this.shape[2]], this.switches);
        this.message.textContent = way.box ? "" : "Nothing is drawn: the network reads an empty image.";
        this.app.show({ kind: "drawn", index: -1, label: -1, pixels: toTensor(way.image, this.shape[0]) });
        this.drawSteps(way);
    }

    /** @param {File|null|undefined} file */
    async read(file) {
        if (!file) return;
        try {
            const decoded = await decode(file);
            if (this.shape[0] === 3) return this.showColours(decoded);
            this.drawing = greyOf(decoded);
            const mean = this.drawing.values.reduce((sum, value) => sum + value, 0) / this.drawing.values.length;
            this.switches.invert = this.app.data.info.preprocessing.invert || mean > 0.5;
            this.prepared();
        } catch (error) {
            this.message.textContent = `The browser cannot read this picture: ${error instanceof Error ? error.message : error}`;
        }
    }

    /**
     * A colour network takes the picture as it is, resized.
     * @param {import("../picture_file.js").Decoded} decoded
     */
    showColours({ width, height, channels }) {
        const [, rows, columns] = this.shape, pixels = new Float32Array(3 * rows * columns);
        const order = this.app.data.info.preprocessing.bgr ? [2, 1, 0] : [0, 1, 2];
        order.forEach((c, k) => pixels.set(areaAverage({ width, height, values: channels[c] }, { top: 0, left: 0, width, height }, columns, rows).values, k * rows * columns));
        this.app.show({ kind: "file", index: -1, label: -1, pixels });
    }

    /**
     * @param {number} y
     * @param {number} x
     * @param {"point"|"keep"|"key"} how
     */
    pick(y, x, how) {
        this.app.set({ layer: "input" });
        this.app.move({ c: Math.min(this.app.state.c, this.shape[0] - 1), y, x }, how);
        if (how === "keep") this.edit(y, x);
    }

    /**
     * @param {number} y
     * @param {number} x
     */
    edit(y, x) {
        const pixels = this.app.state.picture.pixels.slice(), area = this.shape[1] * this.shape[2];
        for (let c = 0; c < this.shape[0]; c++) pixels[c * area + y * this.shape[2] + x] = this.brush;
        this.app.show({ ...this.app.state.picture, kind: "drawn", index: -1, pixels });
    }

    /* ---- Drawing ---- */

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        const { app } = this;
        if (changed.has("run") || changed.has("theme") || changed.has("y") || changed.has("x") || changed.has("layer")) this.drawPixels();
        if (changed.has("picture") || changed.has("chapter") || changed.has("theme")) this.drawStrip();
        this.stepsCard.hidden = app.state.picture.kind !== "drawn" || !this.drawing;
    }

    drawPixels() {
        const { state } = this.app, [, rows, columns] = this.shape, here = state.layer === "input";
        this.pixels.draw({
            values: state.picture.pixels.subarray(0, rows * columns), size: [rows, columns], scale: { limit: 1, grey: true }, theme: state.theme,
            cursor: here ? [state.y, state.x] : [-1, -1], colours: { pixels: state.picture.pixels, shape: this.shape },
        });
    }

    drawStrip() {
        const { app } = this, { test } = app.data, count = Math.max(0, Math.min(AT_ONCE, test.count - this.first));
        const chosen = app.state.picture.kind === "test" ? app.state.picture.index - this.first : -1;
        const shown = [this.first, chosen, app.state.theme, this.element.clientWidth].join();
        if (this.shown === shown) return; /* a stroke changes nothing here */
        this.shown = shown;
        fill(this.stripTitle, test.count === 0 ? "The file holds no test images" : `Test images ${this.first} to ${this.first + count - 1} of ${test.count}`);
        this.strip.draw({
            values: [], count, size: [this.shape[1], this.shape[2]], theme: app.state.theme, side: 34, scale: () => ({ limit: 1, grey: true }),
            chosen,
            paint: (context, k, place) => drawPicture(context, imageOf(test, this.first + k), this.shape, place),
        });
    }

    /** @param {Way} way */
    drawSteps(way) {
        const [, rows, columns] = this.shape, small = Math.round((20 * rows) / 28);
        fill(this.steps, this.step("strokes", way.source, "invert", "invert", way.box),
            this.step("cut to the ink", way.cut, "box", "ink box"), this.step(`fitted into ${small} \u00d7 ${small}`, way.fitted, "fit", "fit", null, way.mass),
            this.step(`centred in ${rows} \u00d7 ${columns}`, way.image, "mass", "centre by mass"),
            h("p", { class: "quiet" }, "MNIST\u2019s digits were made this way. Switch a step off: the network has never seen such digits, and reads them badly."));
    }

    /**
     * One picture of the way with the switch of its step.
     * @param {string} caption @param {import("../raster.js").Raster} raster
     * @param {"box"|"fit"|"mass"|"invert"} name @param {string} label
     * @param {import("../raster.js").Rectangle|null} [box] @param {[number, number]} [mass]
     */
    step(caption, raster, name, label, box = null, mass = undefined) {
        const canvas = h("canvas", { role: "img", "aria-label": caption });
        const scale = STEP / Math.max(raster.width, raster.height), width = raster.width * scale, height = raster.height * scale;
        const context = sizeCanvas(canvas, STEP, STEP), x = (STEP - width) / 2, y = (STEP - height) / 2;
        drawMap(context, raster.values, [raster.height, raster.width], { x, y, width, height }, { limit: 1, grey: true }, "light");
        context.translate(x, y);
        if (box) outline(context, { ...box, style: "window" }, [scale, scale]);
        if (mass) outline(context, { top: mass[0] - 0.5, left: mass[1] - 0.5, height: 1, width: 1, style: "winner" }, [scale, scale]);
        return h("figure", {}, canvas, h("figcaption", {}, caption, checkbox(label, this.switches[name], on => {
            this.switches[name] = on;
            this.prepared();
        })));
    }
}

/** @type {import("../types.js").Chapter} */
export const image = {
    number: 1, title: "Image",
    summary: "A picture is a table of numbers. Draw one, or take a test image, and see what the network reads.",
    open: app => new ImageView(app),
};
