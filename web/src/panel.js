/** The sum panel at the right: how the value that is looked at came about, and the pinned values. */
import {AccountView, line} from "./account_view.js";
import {button, fill, h} from "./dom.js";
import {placeOf} from "./geometry.js";
import {valueGradient} from "./gradient_view.js";
import {formula, fraction, row} from "./math.js";
import {bits, exact, short} from "./numbers.js";

/** @typedef {import("./app.js").App} App */

/**
 * "conv_2[17, 4, 9]".
 * @param {import("./types.js").Layer} layer
 * @param {{c: number, y: number, x: number}} at
 */
export function valueName(layer, at) {
    return layer.shape[1] * layer.shape[2] === 1 ? `${layer.name}[${at.c}]`
                                                 : `${layer.name}[${at.c}, ${at.y}, ${at.x}]`;
}

export class Panel {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.view = new AccountView();
        this.title = h("h2", {});
        this.value = h("p", { class: "value" });
        this.body = h("div", { class: "panel-body" });
        this.pins = h("div", { class: "pins" });
        this.unfold = button("Show the sum", () => this.fold(), { class: "unfold", "aria-expanded": "false" });
        this.element = h("aside", { class: "panel folded", "aria-label": "How the value came about", tabindex: 0 },
            h("div", { class: "panel-head" }, this.title, this.unfold,
                button("Pin", () => app.pin(), { title: "Keep this value and compare it with another (Enter)" })),
            this.value, this.pins, this.body);
    }

    /** On a narrow screen the sum covers what it is about, so it can be folded away. */
    fold() {
        const folded = this.element.classList.toggle("folded");
        this.unfold.textContent = folded ? "Show the sum" : "Fold the sum";
        this.unfold.setAttribute("aria-expanded", String(!folded));
    }

    /** @param {import("./types.js").Changed} changed */
    update(changed) {
        if (!["layer", "c", "y", "x", "run", "pins", "chapter", "target"].some(name => changed.has(name))) return;
        const { app } = this, { layer, index, state } = app;
        const value = app.model.output(layer.name)[index], backward = state.chapter === 5 && app.model.hasClasses;
        const shown = backward ? app.model.gradient(layer.name, app.target)[index] : value;
        this.title.textContent = backward ? `d loss / d ${valueName(layer, state)}` : valueName(layer, state);
        fill(this.value, exact(shown), h("code", { title: "the 32 bits of the float" }, bits(shown)));
        fill(this.body,
            backward ? [h("p", { class: "quiet" }, `The value itself is ${exact(value)}.`), ...valueGradient(app)]
                     : this.account(value));
        fill(this.pins, this.pinned());
    }

    /**
     * @param {number} value
     * @returns {(Node|false|null)[]}
     */
    account(value) {
        const { app } = this, { layer, index } = app;
        if (layer.name === "input") return this.pixel(value);
        const account = app.model.account(layer.name, index);
        if (!account) return [h("p", {}, `A ${layer.op} layer has no worked form here; its maps are in the middle.`)];
        const shapes = layer.inputs.map(name => app.model.home(name).shape);
        return this.view.nodes(account, shapes, { fast: this.fast(), inputName: layer.inputs.join(" and ") });
    }

    /** What the fast plan has for this value; null where the engine cannot tell. */
    fast() {
        const { app } = this;
        return app.layer.op === "conv" ? app.model.fastOutput(app.layer.name)?.[app.index] ?? null : null;
    }

    /**
     * The way of a pixel to what the first layer reads.
     * @param {number} value
     */
    pixel(value) {
        const { app } = this, { mean, deviation } = app.data.info;
        const pixel = app.state.picture.pixels[app.index], c = placeOf(app.layer.shape, app.index)[0];
        if (!app.model.normalised)
            return [
                line("pixel", exact(pixel), "0 is black, 1 is white"),
                h("p", {}, "It is not normalised: the network reads its byte, 0 to 255.")
            ];
        return [
            line("pixel", exact(pixel), `${Math.round(255 * pixel)} / 255`),
            formula("x", "=", fraction(row("pixel", "\u2212", "mean"), "deviation")),
            formula("=", fraction(row(short(pixel), "\u2212", short(mean[c])), short(deviation[c])), "=", short(value)),
            h("p", { class: "quiet" }, "Mean and deviation are those of the training images.")
        ];
    }

    pinned() {
        const { pins } = this.app.state;
        if (pins.length === 0) return null;
        const lines = pins.map(
            pin => h("p", { class: "line" },
                button(valueName(this.app.model.layer(pin.layer), pin),
                    () => this.app.open(pin.layer, { c: pin.c, y: pin.y, x: pin.x }), { class: "link" }),
                h("b", {}, exact(this.app.model.output(pin.layer)[this.indexOf(pin)])), h("code", {}, "pinned")));
        const [a, b] = pins.map(pin => this.app.model.output(pin.layer)[this.indexOf(pin)]);
        return [...lines, pins.length > 1 && line("difference", short(b - a, 6), "second \u2212 first")];
    }

    /** @param {import("./types.js").Pin} pin */
    indexOf(pin) {
        const { shape } = this.app.model.layer(pin.layer);
        return (pin.c * shape[1] + pin.y) * shape[2] + pin.x;
    }
}
