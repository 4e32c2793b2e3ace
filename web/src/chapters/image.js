/** Chapter 1: where the picture comes from, and its way to the numbers that the network reads. */
import {button, checkbox, choice, fill, h, slider} from "../dom.js";
import {Gallery} from "../gallery.js";
import {Grid} from "../grid.js";
import {drawPicture} from "../maps.js";
import {Pad} from "../pad.js";
import {imageOf} from "../page_data.js";
import {bytesOf, decode, greyOf, pictureIn} from "../picture_file.js";
import {PreparationView} from "./preparation.js";

/** @typedef {import("../app.js").App} App */

const AT_ONCE = 60; /* test images in the strip */

export class ImageView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.shape = app.model.layer("input").shape;
        this.first = 0;
        this.shown = ""; /* what the strip of test images was drawn for */
        this.brush = 1;
        /** @type {import("../picture_file.js").Decoded|null} */
        this.decoded = null; /* the picture of the last file */
        this.preparation = new PreparationView(app);
        this.pad = new Pad(drawing => this.preparation.take(this.pad.raster, drawing));
        this.strip = new Gallery({
            label: "Test images: arrow keys choose",
            noun: "image",
            pick: k => app.show(app.testPicture(this.first + k))
        });
        this.stripTitle = h("h3", {});
        this.pixels = new Grid({
            label: "The image that the network reads: arrow keys move, Enter sets a pixel",
            width: 420,
            pick: (y, x, how) => this.pick(y, x, how),
            leave: () => app.back(),
            enter: (y, x) => this.edit(y, x),
        });
        this.message = h("p", { class: "quiet", role: "status" });
        this.asDrawing = this.readsDigits();
        this.element = h("div", { class: "cards" }, h("div", { class: "card" }, h("h3", {}, "Draw"), this.pad.element),
            h("div", { class: "card" }, h("h3", {}, "What the network reads"), this.pixels.element, this.pixelTools()),
            this.preparation.element, this.stripCard(), this.fileCard());
        this.paste = (/** @type {ClipboardEvent} */ event) => this.read(pictureIn(event.clipboardData));
        document.addEventListener("paste", this.paste);
    }

    close() {
        document.removeEventListener("paste", this.paste);
    }

    /** Whether its images were made as MNIST\u2019s, so that a picture of a digit has to be made like them. */
    readsDigits() {
        const { classes } = this.app.model;
        return this.shape[0] === 1 && classes.length === 10 && classes.every((name, k) => name === String(k));
    }

    pixelTools() {
        return h("div", { class: "tools" },
            slider("A click sets a pixel to", { min: 0, max: 1, step: 0.05, value: 1 },
                value => void (this.brush = value), value => value.toFixed(2)),
            checkbox("in all layers, colour only what changes from now on", this.app.state.changes,
                changes => this.app.compare(changes)));
    }

    stripCard() {
        const turn = (/** @type {number} */ by) => () => {
            const { count } = this.app.data.test;
            this.first = Math.max(0, Math.min(count - 1 - ((count - 1) % AT_ONCE), this.first + by));
            this.drawStrip();
        };
        const pages = this.app.data.test.count > AT_ONCE;
        return h("div", { class: "card wide" }, this.stripTitle, this.strip.element,
            pages && h("div", { class: "tools" }, button("\u2190 earlier", turn(-AT_ONCE)),
                         button("later \u2192", turn(AT_ONCE))));
    }

    fileCard() {
        const file = h("input", {
            type: "file",
            accept: "image/*",
            class: "unseen",
            id: "file",
            onchange: () => this.read(file.files?.[0])
        });
        const drop = h("div", { class: "drop" }, "Drop a picture here, paste one, or ",
            button("choose a file", () => file.click()), file,
            h("label", { "for": "file", class: "unseen" }, "Picture file"));
        drop.addEventListener("dragover", event => event.preventDefault());
        drop.addEventListener("drop", event => {
            event.preventDefault();
            this.read(pictureIn(event.dataTransfer));
        });
        const way = choice("Read it",
            [["drawing", "as a drawing: cut out, fitted, centred"], ["predict", "as cnn predict does"]],
            this.asDrawing ? "drawing" : "predict", value => {
                this.asDrawing = value === "drawing";
                this.showFile();
            });
        return h("div", { class: "card wide", id: "own-picture" }, h("h3", {}, "Your own picture"), drop,
            this.shape[0] === 1 && way, this.message);
    }

    /* ---- Pictures ---- */

    /** @param {File|null|undefined} file */
    async read(file) {
        if (!file) return;
        try {
            this.decoded = await decode(file);
            this.message.textContent = "";
            this.showFile();
        } catch (error) {
            this.message.textContent = `The browser cannot read this picture: ${
                error instanceof Error ? error.message : error}`;
        }
    }

    /** The picture of the last file, as a drawing whose steps are seen, or by the library's own code for pictures. */
    showFile() {
        const { decoded, app } = this;
        if (!decoded) return;
        if (this.shape[0] === 1 && this.asDrawing) return this.showDrawing(decoded);
        app.show({
            kind: "file",
            index: -1,
            label: -1,
            pixels: app.engine.prepare(bytesOf(decoded), decoded.height, decoded.width)
        });
    }

    /**
     * What is mostly bright is dark ink on paper.
     * @param {import("../picture_file.js").Decoded} decoded
     */
    showDrawing(decoded) {
        const grey = greyOf(decoded), mean = grey.values.reduce((sum, value) => sum + value, 0) / grey.values.length;
        this.preparation.invert(this.app.data.info.preprocessing.invert || mean > 0.5);
        this.preparation.take(grey);
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
        this.app.show({...this.app.state.picture, kind: "drawn", index: -1, pixels });
    }

    /* ---- Drawing ---- */

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        if (["run", "theme", "y", "x", "layer"].some(name => changed.has(name))) this.drawPixels();
        if (["picture", "chapter", "theme"].some(name => changed.has(name))) this.drawStrip();
        this.preparation.update(changed);
    }

    drawPixels() {
        const { state } = this.app, [, rows, columns] = this.shape, here = state.layer === "input";
        this.pixels.draw({
            values: state.picture.pixels.subarray(0, rows * columns),
            size: [rows, columns],
            scale: { limit: 1, grey: true },
            theme: state.theme,
            cursor: here ? [state.y, state.x] : [-1, -1],
            colours: { pixels: state.picture.pixels, shape: this.shape },
        });
    }

    drawStrip() {
        const { app } = this, { test } = app.data, count = Math.max(0, Math.min(AT_ONCE, test.count - this.first));
        const chosen = app.state.picture.kind === "test" ? app.state.picture.index - this.first : -1;
        const shown = [this.first, chosen, app.state.theme, window.innerWidth].join();
        if (this.shown === shown) return; /* a stroke changes nothing here */
        this.shown = shown;
        fill(this.stripTitle, this.stripText(count));
        this.strip.draw({
            values: [],
            count,
            size: [this.shape[1], this.shape[2]],
            theme: app.state.theme,
            side: 34,
            scale: () => ({ limit: 1, grey: true }),
            chosen,
            paint: (context, k, place) => drawPicture(context, imageOf(test, this.first + k), this.shape, place),
        });
    }

    /** @param {number} count of images in the strip */
    stripText(count) {
        const { data, model, state } = this.app, { picture } = state;
        if (data.test.count === 0) return "The file holds no test images: cnn explore --data puts them in";
        const label = picture.kind === "test" && picture.label >= 0
                          ? `: number ${picture.index} is a ${model.classes[picture.label]}`
                          : "";
        return `Test images ${this.first} to ${this.first + count - 1} of ${data.test.count}${label}`;
    }
}

/** @type {import("../types.js").Chapter} */
export const image = {
    number: 1,
    title: "Image",
    summary: "A picture is a table of numbers. Draw one, or take a test image, and see what the network reads.",
    open: app => new ImageView(app),
};
