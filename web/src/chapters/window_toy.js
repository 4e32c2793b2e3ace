/** A small convolution to play with: the deck's 5 x 5 example, sliders n f p s, and the formula of the size. */
import {button, fill, h, slider} from "../dom.js";
import {Grid} from "../grid.js";
import {scaleOf} from "../colour.js";
import {outputSize} from "../geometry.js";
import {sizeFormula} from "./sizes.js";
import {short} from "../numbers.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {{n: number, f: number, p: number, s: number, image: number[], kernel: number[]}} Toy n x n and f x f numbers */

/** The deck's image and kernel. */
const deckImage = [1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0];
const deckKernel = [0, 1, 0, 1, 0, -1, 0, 1, 0];

/** @returns {Toy} */
const deck = () => ({ n: 5, f: 3, p: 0, s: 1, image: [...deckImage], kernel: [...deckKernel] });

/** @param {Toy} toy rows of the feature map; 0: the window has no place */
const rowsOf = ({ n, f, p, s }) => Math.max(0, outputSize(n, f, p, s));

/**
 * The value of the padded image.
 * @param {Toy} toy @param {number} y @param {number} x
 */
const at = ({ n, image }, y, x) => (y < 0 || x < 0 || y >= n || x >= n ? 0 : image[y * n + x]);

/**
 * The image's values under the window, each with the kernel's weight there.
 * @param {Toy} toy
 * @param {number} y of the feature map
 * @param {number} x
 * @returns {[number, number][]}
 */
function pairsAt(toy, y, x) {
    const { f, p, s, kernel } = toy;
    return kernel.map((weight, t) => [at(toy, y * s - p + Math.floor(t / f), x * s - p + (t % f)), weight]);
}

/**
 * Cross-correlation, as the deck has it: the kernel is not turned.
 * @param {Toy} toy
 * @returns {number[]}
 */
export function convolve(toy) {
    const rows = rowsOf(toy);
    return Array.from({ length: rows * rows }, (_, k) => pairsAt(toy, Math.floor(k / rows),
                                                   k % rows).reduce((sum, [value, weight]) => sum + value * weight, 0));
}

/**
 * Numbers for sizes other than the deck's: its own, repeated.
 * @param {number[]} from
 * @param {number} side
 * @param {number} size
 */
const repeated = (from, side, size) => Array.from(
    { length: size * size }, (_, k) => from[(Math.floor(k / size) % side) * side + ((k % size) % side)]);

export class WindowToy {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.toy = deck();
        this.cursors = { image: [0, 0], kernel: [0, 0], output: [0, 0] };
        this.image = this.editable(
            "image", "The image: Enter or a click turns a pixel on or off", 340, (y, x) => this.flip(y, x));
        this.kernel = this.editable(
            "kernel", "The kernel: Enter or a click goes through -1, 0 and 1", 200, (y, x) => this.turn(y, x));
        this.output = new Grid(
            { label: "The feature map: arrow keys slide the window", width: 340, pick: (y, x) => this.slide(y, x) });
        this.work = h("p", { class: "toy-work" });
        this.size = h("div", {});
        this.sliders = h("div", { class: "sliders" });
        this.element = h("div", { class: "card wide", id: "toy" }, h("h3", {}, "Try it small: the deck\u2019s example"),
            h("p", { class: "quiet" },
                "Change pixels and weights by a click; move the window in the feature map. The kernel is laid on as it is, not turned."),
            h("div", { class: "side-by-side compact" }, titled("image", this.image), titled("kernel", this.kernel),
                titled("feature map", this.output)),
            this.work, this.sliders, this.size,
            button("The deck\u2019s example", () => this.start(), { id: "toy-deck" }));
        this.start();
    }

    /**
     * A grid whose cells a click or Enter changes.
     * @param {"image"|"kernel"} name
     * @param {string} label
     * @param {number} width
     * @param {(y: number, x: number) => void} change
     */
    editable(name, label, width, change) {
        return new Grid({
            label,
            width,
            enter: change,
            pick: (y, x, how) => {
                this.cursors[name] = [y, x];
                if (how === "keep")
                    change(y, x);
                else if (how === "key")
                    this.draw();
            }
        });
    }

    /** Back to the deck's example. */
    start() {
        this.toy = deck();
        const range = (/** @type {"n"|"f"|"p"|"s"} */ name, /** @type {string} */ text, /** @type {number} */ min,
            /** @type {number} */ max) => slider(`${name}, ${text}`, { min, max, value: this.toy[name] },
            value => this.resize({ [name]: value }));
        fill(this.sliders, range("n", "image", 3, 12), range("f", "window", 1, 5), range("p", "padding", 0, 3),
            range("s", "stride", 1, 4));
        this.slide(0, 0);
    }

    /** @param {Partial<Toy>} change */
    resize(change) {
        const { n, f, ...sizes } = {...this.toy, ...change };
        this.toy = {...sizes, n, f, image: repeated(deckImage, 5, n), kernel: repeated(deckKernel, 3, f) };
        this.slide(0, 0);
    }

    /**
     * @param {number} y within the padded image
     * @param {number} x
     */
    flip(y, x) {
        const { n, p, image } = this.toy, row = y - p, column = x - p;
        if (row < 0 || column < 0 || row >= n || column >= n) return;
        image[row * n + column] = image[row * n + column] ? 0 : 1;
        this.draw();
    }

    /**
     * @param {number} y
     * @param {number} x
     */
    turn(y, x) {
        const { f, kernel } = this.toy, k = y * f + x;
        kernel[k] = kernel[k] === 1 ? -1 : kernel[k] + 1;
        this.draw();
    }

    /**
     * @param {number} y of the feature map
     * @param {number} x
     */
    slide(y, x) {
        this.cursors.output = [y, x];
        this.draw();
    }

    draw() {
        const { toy, cursors } = this, { n, f, p, s } = toy, rows = rowsOf(toy), [y, x] = cursors.output;
        fill(this.size, sizeFormula(n, p, p, f, s));
        this.drawInputs(rows > 0 ? [{ top: y * s, left: x * s, height: f, width: f }] : []);
        this.output.element.hidden = rows === 0;
        if (rows === 0)
            return void (this.work.textContent = "The window is larger than the image: there is no place for it.");
        const values = convolve(toy);
        this.output.draw(
            { values, size: [rows, rows], scale: scaleOf(values), theme: this.app.state.theme, cursor: [y, x] });
        const terms = pairsAt(toy, y, x).map(([value, weight]) => `(${short(value)} \u00d7 ${short(weight)})`);
        this.work.textContent = `${terms.join(" + ")} = ${short(values[y * rows + x])}`;
    }

    /** @param {import("../maps.js").Box[]} boxes the window */
    drawInputs(boxes) {
        const { toy, cursors } = this, full = toy.n + 2 * toy.p, { theme } = this.app.state, scale = { limit: 2 };
        const padded = Array.from(
            { length: full * full }, (_, k) => at(toy, Math.floor(k / full) - toy.p, (k % full) - toy.p));
        this.image.draw({ values: padded, size: [full, full], scale, theme, cursor: place(cursors.image), boxes });
        this.kernel.draw({ values: toy.kernel, size: [toy.f, toy.f], scale, theme, cursor: place(cursors.kernel) });
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        if (changed.has("theme") || changed.has("chapter")) this.draw();
    }
}

/**
 * @param {number[]} cursor
 * @returns {[number, number]}
 */
const place = ([y, x]) => [y, x];

/**
 * @param {string} title
 * @param {Grid} grid
 */
const titled = (title, grid) => h("div", {}, h("h4", {}, title), grid.element);
