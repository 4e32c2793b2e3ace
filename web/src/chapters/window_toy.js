/** A small convolution to play with: the deck's 5 x 5 example, sliders n f p s, and the formula of the size. */
import { button, fill, h, slider } from "../dom.js";
import { Grid } from "../grid.js";
import { scaleOf } from "../colour.js";
import { outputSize } from "../geometry.js";
import { sizeFormula } from "./sizes.js";
import { short } from "../numbers.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {{n: number, f: number, p: number, s: number, image: number[], kernel: number[]}} Toy n x n and f x f numbers */

/** The deck's image and kernel. */
const deckImage = [1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0];
const deckKernel = [0, 1, 0, 1, 0, -1, 0, 1, 0];

/** @returns {Toy} */
const deck = () => ({ n: 5, f: 3, p: 0, s: 1, image: [...deckImage], kernel: [...deckKernel] });

/**
 * The value of the padded image.
 * @param {Toy} toy @param {number} y @param {number} x
 */
const at = ({ n, image }, y, x) => (y < 0 || x < 0 || y >= n || x >= n ? 0 : image[y * n + x]);

/**
 * Cross-correlation, as the deck has it: the kernel is not turned.
 * @param {Toy} toy
 * @returns {number[]}
 */
export function convolve(toy) {
    const { n, f, p, s, kernel } = toy, size = Math.max(0, outputSize(n, f, p, s));
    return Array.from({ length: size * size }, (_, k) => {
        const top = Math.floor(k / size) * s - p, left = (k % size) * s - p;
        return kernel.reduce((sum, weight, t) => sum + weight * at(toy, top + Math.floor(t / f), left + (t % f)), 0);
    });
}

/**
 * Numbers for sizes other than the deck's: its own, repeated.
 * @param {number[]} from
 * @param {number} side
 * @param {number} size
 */
const repeated = (from, side, size) =>
    Array.from({ length: size * size }, (_, k) => from[(Math.floor(k / size) % side) * side + ((k % size) % side)]);

/** @param {App} app */
export function windowToy(app) {
    let toy = deck(), cursor = [0, 0];
    const image = new Grid({ label: "The image: Enter or a click turns a pixel on or off", width: 340, pick: (y, x, how) => editImage(y, x, how), enter: (y, x) => flip(y, x) });
    const kernel = new Grid({ label: "The kernel: Enter or a click goes through -1, 0 and 1", width: 200, pick: (y, x, how) => editKernel(y, x, how), enter: (y, x) => turn(y, x) });
    const output = new Grid({ label: "The feature map: arrow keys slide the window", width: 340, pick: (y, x) => draw(y, x) });
    const work = h("p", { class: "toy-work" }), size = h("div", {}), sliders = h("div", { class: "sliders" });
    let imageCursor = [0, 0], kernelCursor = [0, 0];

    /**
     * @param {number} y
     * @param {number} x
     */
    function flip(y, x) {
        const row = y - toy.p, column = x - toy.p;
        if (row < 0 || column < 0 || row >= toy.n || column >= toy.n) return;
        toy.image[row * toy.n + column] = toy.image[row * toy.n + column] ? 0 : 1;
        draw();
    }
    /**
     * @param {number} y
     * @param {number} x
     */
    function turn(y, x) {
        const k = y * toy.f + x;
        toy.kernel[k] = toy.kernel[k] === 1 ? -1 : toy.kernel[k] + 1;
        draw();
    }
    /**
     * @param {number} y
     * @param {number} x
     * @param {string} how
     */
    function editImage(y, x, how) {
        imageCursor = [y, x];
        if (how === "keep") flip(y, x);
        else if (how === "key") draw();
    }
    /**
     * @param {number} y
     * @param {number} x
     * @param {string} how
     */
    function editKernel(y, x, how) {
        kernelCursor = [y, x];
        if (how === "keep") turn(y, x);
        else if (how === "key") draw();
    }
    /** @param {Partial<Toy>} change */
    function resize(change) {
        toy = { ...toy, ...change };
        toy.image = repeated(deckImage, 5, toy.n);
        toy.kernel = repeated(deckKernel, 3, toy.f);
        draw(0, 0);
    }
    /** @param {() => Toy} preset */
    function start(preset) {
        toy = preset();
        const set = (/** @type {keyof Toy} */ name) => (/** @type {number} */ value) => resize({ [name]: value });
        fill(sliders, slider("n, image", { min: 3, max: 12, value: toy.n }, set("n")), slider("f, window", { min: 1, max: 5, value: toy.f }, set("f")),
            slider("p, padding", { min: 0, max: 3, value: toy.p }, set("p")), slider("s, stride", { min: 1, max: 4, value: toy.s }, set("s")));
        draw(0, 0);
    }
    function draw(y = cursor[0], x = cursor[1]) {
        const { n, f, p, s } = toy, out = Math.max(0, outputSize(n, f, p, s)), full = n + 2 * p, { theme } = app.state;
        cursor = [Math.min(y, Math.max(0, out - 1)), Math.min(x, Math.max(0, out - 1))];
        fill(size, sizeFormula(n, p, p, f, s));
        const padded = Array.from({ length: full * full }, (_, k) => at(toy, Math.floor(k / full) - p, (k % full) - p));
        const values = convolve(toy);
        const box = { top: cursor[0] * s, left: cursor[1] * s, height: f, width: f };
        image.draw({ values: padded, size: [full, full], scale: { limit: 2 }, theme, cursor: [imageCursor[0], imageCursor[1]], boxes: out ? [box] : [] });
        kernel.draw({ values: toy.kernel, size: [f, f], scale: { limit: 2 }, theme, cursor: [kernelCursor[0], kernelCursor[1]] });
        output.element.hidden = out === 0;
        if (out === 0) return void (work.textContent = "The window is larger than the image: there is no place for it.");
        output.draw({ values, size: [out, out], scale: scaleOf(values), theme, cursor: [cursor[0], cursor[1]] });
        const terms = toy.kernel.map((weight, t) => `${short(at(toy, box.top - p + Math.floor(t / f), box.left - p + (t % f)))}\u00b7${short(weight)}`);
        work.textContent = `${terms.join(" + ")} = ${short(values[cursor[0] * out + cursor[1]])}`;
    }
    const element = h("div", { class: "card wide", id: "toy" }, h("h3", {}, "Try it small: the deck\u2019s example"),
        h("p", { class: "quiet" }, "Change pixels and weights by a click; move the window in the feature map. The kernel is laid on as it is, not turned."),
        h("div", { class: "side-by-side" }, h("div", {}, h("h4", {}, "image"), image.element), h("div", {}, h("h4", {}, "kernel"), kernel.element),
            h("div", {}, h("h4", {}, "feature map"), output.element)), work, sliders, size, button("The deck\u2019s example", () => start(deck), { id: "toy-deck" }));
    start(deck);
    return { element, update: (/** @type {import("../types.js").Changed} */ changed) => { if (changed.has("theme") || changed.has("chapter")) draw(); }, values: () => convolve(toy) };
}
