/** The pad to draw on, with pen, eraser and undo; mouse, touch and pen alike. */
import {button, choice, context2d, h, slider} from "./dom.js";
import {paint} from "./colour.js";
import {blank, cutOut, drawSegment, drawStrokes, reached} from "./raster.js";

/** @typedef {import("./raster.js").Stroke} Stroke */

const SIDE = 280;
const whole = {
    top: 0,
    left: 0,
    height: SIDE,
    width: SIDE
};

export class Pad {
    /** @param {(drawing: boolean) => void} changed called after each sample of a stroke, after its end, and after any other change */
    constructor(changed) {
        this.changed = changed;
        this.raster = blank(SIDE, SIDE);
        /** @type {Stroke[]} */
        this.strokes = [];
        /** @type {Stroke|null} */
        this.stroke = null;
        this.erase = false;
        this.radius = 11;
        this.canvas = h("canvas", {
            class: "pad",
            width: SIDE,
            height: SIDE,
            id: "pad",
            role: "img",
            "aria-label": "Pad: draw here with mouse, finger or pen"
        });
        this.listen();
        this.hint = h("span", { class: "pad-hint", "aria-hidden": "true" }, "draw here");
        this.element = h("div", { class: "pad-box" }, h("div", { class: "pad-place" }, this.canvas, this.hint),
            h("div", { class: "tools" },
                choice("Tool", [["pen", "Pen"], ["eraser", "Eraser"]], "pen",
                    tool => void (this.erase = tool === "eraser")),
                slider("Width", { min: 5, max: 20, value: this.radius }, radius => void (this.radius = radius),
                    radius => `${2 * radius} px`),
                button("Undo", () => this.undo(), { id: "undo" }),
                button("Clear", () => this.clear(), { id: "clear" })));
        this.paint(whole);
    }

    listen() {
        const { canvas } = this;
        canvas.addEventListener("pointerdown", event => {
            if (event.button !== 0) return;
            canvas.setPointerCapture(event.pointerId);
            this.stroke = { erase: this.erase || event.buttons === 32, radius: this.radius, points: [] };
            this.strokes.push(this.stroke);
            this.add(event);
        });
        /* moves wait for the next frame in some browsers, which tell of samples that have just come by another event */
        canvas.addEventListener("onpointerrawupdate" in canvas ? "pointerrawupdate" : "pointermove",
            event => this.move(/** @type {PointerEvent} */ (event)));
        for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => this.lift());
    }

    lift() {
        if (!this.stroke) return;
        this.stroke = null;
        this.tell();
    }

    /** @param {PointerEvent} event */
    move(event) {
        if (!this.stroke) return;
        const samples = event.getCoalescedEvents?.() ?? [];
        for (const sample of samples.length ? samples : [event]) this.add(sample, false);
        this.tell();
    }

    /**
     * @param {PointerEvent} event
     * @param {boolean} [tell]
     */
    add(event, tell = true) {
        const { stroke, canvas } = this;
        if (!stroke) return;
        const place = canvas.getBoundingClientRect();
        const x = ((event.clientX - place.left) * SIDE) / place.width,
              y = ((event.clientY - place.top) * SIDE) / place.height;
        const last = stroke.points[stroke.points.length - 1] ?? [x, y];
        stroke.points.push([x, y]);
        drawSegment(this.raster, stroke, last, [x, y]);
        this.paint(reached(this.raster, stroke, last, [x, y]));
        if (tell) this.tell();
    }

    tell() {
        this.hint.hidden = this.strokes.length > 0;
        this.changed(this.stroke !== null);
    }

    /**
     * Draws strokes by a program, as a hand would.
     * @param {Stroke[]} strokes
     */
    draw(strokes) {
        this.strokes = strokes;
        this.raster = blank(SIDE, SIDE);
        drawStrokes(this.raster, strokes);
        this.paint(whole);
        this.tell();
    }

    undo() {
        this.draw(this.strokes.slice(0, -1));
    }

    clear() {
        this.draw([]);
    }

    /**
     * The ink of a part of the pad, grey on black.
     * @param {import("./raster.js").Rectangle} part
     */
    paint(part) {
        if (part.width === 0 || part.height === 0) return;
        const context = context2d(this.canvas), picture = context.createImageData(part.width, part.height);
        paint(cutOut(this.raster, part).values, { limit: 1, grey: true }, "light", picture.data);
        context.putImageData(picture, part.left, part.top);
    }
}
