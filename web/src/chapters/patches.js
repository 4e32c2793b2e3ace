/** What a channel looks for: the parts of test images that excite it most, cut to its receptive field. */
import {topPatches} from "../claims.js";
import {button, fill, h} from "../dom.js";
import {isVector} from "../geometry.js";
import {drawPicture, sizeCanvas} from "../maps.js";
import {imageOf} from "../page_data.js";
import {plural, short} from "../numbers.js";

/** @typedef {import("../app.js").App} App */

const IMAGES = 200, MOST = 8, SIDE = 64;

export class PatchesView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.status = h("p", { role: "status", class: "quiet" }, "Choose a layer above and measure.");
        this.title = h("h4", { hidden: true });
        this.place = h("div", { class: "patches" });
        this.layer = "";
        /** @type {{image: number, index: number, value: number}[][]} */
        this.found = [];
        this.channel = h(
            "input", { type: "number", id: "patch-channel", min: 0, value: 0, onchange: () => this.draw() });
        this.element = h("div", { class: "card wide", id: "claim-patches" },
            h("h3", {}, "Hierarchy: later layers look for larger things"),
            h("p", {},
                "For each channel of the layer chosen above: the places in test images where its value is largest, cut to the receptive field."),
            h("div", { class: "tools" }, button("Measure", () => this.measure(), { id: "measure-patches" }),
                h("label", { "for": "patch-channel" }, "channel"), this.channel),
            this.status, this.title, this.place,
            h("p", { class: "quiet" }, h("b", {}, "What it is not: "),
                "the only thing that a channel answers to. It shows the extremes."));
    }

    async measure() {
        const { app } = this, images = Math.min(IMAGES, app.data.test.count);
        if (images === 0) return void (this.status.textContent = "The file holds no test images.");
        this.layer = app.state.layer === "input" ? app.model.layers[1].name : app.state.layer;
        this.found = await topPatches(app, this.layer, images, MOST,
            done => void (this.status.textContent = `${done} of ${plural(images, "image")}`));
        this.draw();
    }

    draw() {
        const { app } = this, channel = Math.max(0, Math.min(this.found.length - 1, Number(this.channel.value)));
        const found = this.found[channel];
        if (!found) return;
        const layer = app.model.layer(this.layer);
        this.title.hidden = false;
        this.channel.max = String(this.found.length - 1);
        fill(
            this.title, isVector(layer) ? `Number ${channel} of ${this.layer}` : `Channel ${channel} of ${this.layer}`);
        fill(this.place, found.map(patch => this.patch(patch)));
    }

    /** @param {{image: number, index: number, value: number}} patch */
    patch({ image, index, value }) {
        const { app } = this, { shape } = app.model.layers[0], pixels = imageOf(app.data.test, image);
        const { top, left, bottom, right } = app.engine.receptiveField(this.layer, index);
        const canvas = h("canvas", {
            role: "img",
            "aria-label": `rows ${top} to ${bottom - 1}, columns ${left} to ${right - 1} of test image ${image}`
        });
        const cell = SIDE / Math.max(bottom - top, right - left, 1),
              context = sizeCanvas(canvas, Math.max(1, (right - left) * cell), Math.max(1, (bottom - top) * cell));
        drawPicture(context, pixels, shape,
            { x: -left * cell, y: -top * cell, width: shape[2] * cell, height: shape[1] * cell });
        return h("figure", {}, canvas,
            h("figcaption", {}, short(value, 3),
                button(`image ${image}`, () => app.show(app.testPicture(image)), { class: "link" })));
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        if (changed.has("layer") && this.layer !== "")
            this.status.textContent = `Shown: ${this.layer}. Measure again for ${this.app.state.layer}.`;
    }
}
