/** The page's parts brought together: model, state, images, and what any chapter may do with them. */
import {addressOf, chapterOf, readAddress} from "./address.js";
import {greyScaleOf, scaleOf} from "./colour.js";
import {countOf, indexOf, isVector} from "./geometry.js";
import {Model} from "./model.js";
import {imageOf} from "./page_data.js";
import {Store} from "./store.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").Picture} Picture */

/** Chapters about the whole network, which a layer chosen does not leave: backward, training, claims. */
const staying = new Set([5, 6, 7]);

/** Milliseconds without a new sample after which all of a drawing is shown, and those after which it is shown in any case. */
const PEN_RESTS = 60, LONGEST_WAIT = 500;

export class App {
    /**
     * @param {import("./page_data.js").PageData} data
     * @param {import("./engine.js").Engine} engine with the network loaded
     */
    constructor(data, engine) {
        this.data = data;
        this.engine = engine;
        this.model = new Model(engine, data.info);
        this.kept = { layer: "", c: 0, y: 0, x: 0 }; /* where a click left the cursor */
        /** @type {Map<string, import("./colour.js").Scale>} */
        this.scales = new Map();
        /** @type {Float32Array|null} */
        this.ownParameters = null; /* the model's, before any training */
        /** @type {Map<string, Float32Array>|null} */
        this.before = null; /* outputs that "what changed" compares with */
        const picture = this.testPicture(0);
        this.store = new Store({
            chapter: 1,
            layer: this.model.layers[1].name,
            c: 0,
            y: 0,
            x: 0,
            input: 0,
            picture,
            run: 0,
            target: -1,
            scale: "layer",
            changes: false,
            theme: "light",
            pins: [],
        });
        this.store.subscribe(changed => this.follow(changed));
        /** @type {(picture: Picture, scores: Float32Array) => void} */
        this.answered = () => {}; /* called as soon as the network has read a picture, before anything else is drawn */
        /** @type {Picture|null} */
        this.sketched = null; /* answered, but not yet run with every layer kept */
        this.sketchDue = 0;
        this.model.run(picture.pixels);
    }

    /** @returns {State} */
    get state() {
        return this.store.state;
    }

    /** @param {Partial<State>} change */
    set(change) {
        if (change.target !== undefined) this.scales.clear();
        this.store.set(change);
    }

    /**
     * The layer that is looked at.
     * @returns {Layer}
     */
    get layer() {
        return this.model.layer(this.state.layer);
    }

    /** The place of the value that is looked at, in its layer's C,H,W. */
    get index() {
        const { c, y, x } = this.state;
        return indexOf(this.layer.shape, c, y, x);
    }

    /** The class that the loss is for. */
    get target() {
        const { target, picture } = this.state;
        if (target >= 0) return target;
        return picture.label >= 0 ? picture.label : this.model.prediction();
    }

    /**
     * @param {number} index
     * @returns {Picture} an empty one where the file holds none
     */
    testPicture(index) {
        const { test } = this.data;
        const shape = this.model.layer("input").shape;
        if (index >= test.count)
            return { kind: "preset", index: -1, label: -1, pixels: new Float32Array(countOf(shape)) };
        return { kind: "test", index, label: test.labels[index] ?? -1, pixels: imageOf(test, index) };
    }

    /**
     * Runs the network on a picture.
     * @param {Picture} picture
     */
    show(picture) {
        this.sketched = null;
        this.model.run(picture.pixels);
        this.scales.clear();
        this.set({ picture, run: this.state.run + 1 });
        this.answered(picture, this.model.scores());
    }

    /**
     * While one draws: the answer comes at once, by the plan that predictions use; the run that keeps every layer, and all
     * that is drawn of it, wait for the pen to rest, but not for long.
     * @param {Picture} picture
     */
    sketch(picture) {
        this.answered(picture, this.model.glance(picture.pixels));
        const now = performance.now();
        if (!this.sketched) this.sketchDue = now + LONGEST_WAIT;
        this.sketched = picture;
        clearTimeout(this.resting);
        this.resting = setTimeout(() => this.finishSketch(), Math.min(PEN_RESTS, Math.max(0, this.sketchDue - now)));
    }

    finishSketch() {
        if (this.sketched) this.show(this.sketched); /* unless another picture was shown since */
    }

    /** @param {boolean} changes whether the maps show what changes from now on, instead of values */
    compare(changes) {
        this.before = changes ? new Map(this.model.layers.map(({ name }) => [name, this.model.output(name)])) : null;
        this.set({ changes });
    }

    /**
     * What a layer's maps show: its values, or by how much these changed.
     * @param {string} name
     * @returns {Float32Array} C,H,W
     */
    shown(name) {
        const now = this.model.output(name), before = this.before?.get(name);
        return before ? now.map((value, k) => value - before[k]) : now;
    }

    /** "value", or "change" where the maps show changes. */
    get noun() {
        return this.before ? "change" : "value";
    }

    /** Runs it again, after weights have changed. */
    runAgain() {
        this.show(this.state.picture);
    }

    /**
     * What the layer's maps are drawn with.
     * @param {string} name
     * @param {Float32Array} values
     * @param {string} what value, change or gradient
     */
    scaleFor(name, values, what = "value") {
        const key = `${what} ${name}`;
        let scale = this.scales.get(key);
        if (!scale) {
            scale = name === "input" && what === "value" ? greyScaleOf(values) : scaleOf(values);
            this.scales.set(key, scale);
        }
        return scale;
    }

    /**
     * Goes to a layer: its middle, or the place kept in it.
     * @param {string} name
     * @param {Partial<State>} [at]
     */
    open(name, at = {}) {
        const layer = this.model.layer(name);
        if (!staying.has(this.state.chapter)) this.set({ chapter: chapterOf(layer.op) });
        const [, rows, columns] = layer.shape;
        const c = Math.min(this.state.c, layer.shape[0] - 1);
        this.set({ layer: name, c: isVector(layer) ? 0 : c, y: rows >> 1, x: columns >> 1, input: 0, ...at });
        const { c: kc, y, x } = this.state;
        this.kept = { layer: name, c: kc, y, x };
        this.push();
    }

    /**
     * Moves the cursor.
     * @param {Partial<State>} at
     * @param {"point"|"keep"|"key"} how
     */
    move(at, how) {
        this.set(at);
        const { layer, c, y, x } = this.state;
        if (how !== "point") this.kept = { layer, c, y, x };
        if (how === "keep") this.push();
    }

    /** The pointer left a map: back to what was kept. */
    back() {
        const { layer, ...at } = this.kept;
        if (layer === this.state.layer) this.set(at);
    }

    /** Pins the value looked at; of two others the older one goes. */
    pin() {
        const { layer, c, y, x, pins } = this.state;
        const same = pins.findIndex(pin => pin.layer === layer && pin.c === c && pin.y === y && pin.x === x);
        const value = this.model.output(layer)[this.index];
        const left = same >= 0 ? pins.filter((_, k) => k !== same) : [...pins.slice(-1), { layer, c, y, x, value }];
        this.set({ pins: left });
    }

    /**
     * The layer looked at, if a chapter explains it; otherwise the first that it explains. The way backward begins at the end.
     * @param {number} chapter
     * @returns {Layer}
     */
    firstOf(chapter) {
        const explains = (/** @type {Layer} */ layer) => chapterOf(layer.op) === chapter;
        if (chapter === 5) return this.model.scoresLayer;
        if (chapter > 4 || explains(this.layer)) return this.layer;
        return this.model.layers.find(explains) ?? this.layer;
    }

    /** @param {number} chapter */
    openChapter(chapter) {
        const first = this.firstOf(chapter);
        this.set({ chapter });
        if (first !== this.layer)
            this.open(first.name, chapter === 5 ? { c: Math.min(this.target, first.shape[0] - 1) } : {});
        this.push();
    }

    /* ---- The address ---- */

    push() {
        const address = addressOf(this.state);
        if (location.hash !== address) history.pushState(null, "", address);
    }

    /**
     * The address follows what is looked at.
     * @param {import("./types.js").Changed} changed
     */
    follow(changed) {
        if (!["layer", "c", "y", "x", "chapter", "picture"].some(name => changed.has(name))) return;
        clearTimeout(this.addressTimer);
        this.addressTimer = setTimeout(() => history.replaceState(null, "", addressOf(this.state)), 150);
    }

    /**
     * Goes where an address points.
     * @param {string} fragment
     */
    visit(fragment) {
        const found = readAddress(fragment);
        if (found.image !== undefined && found.image < this.data.test.count &&
            (this.state.picture.kind !== "test" || this.state.picture.index !== found.image)) {
            this.show(this.testPicture(found.image));
        }
        const known = found.layer !== undefined && this.model.byName.has(found.layer);
        const layer = known ? this.model.layer(/** @type {string} */ (found.layer))
                            : this.firstOf(found.chapter ?? this.state.chapter);
        const within = (/** @type {number|undefined} */ value, /** @type {number} */ count) => Math.min(
            value ?? 0, count - 1);
        const chapter = found.chapter ?? (known ? chapterOf(layer.op) : this.state.chapter);
        const middle = { y: found.y ?? layer.shape[1] >> 1, x: found.x ?? layer.shape[2] >> 1 };
        const at = {
            c: within(found.c ?? (!known && chapter === 5 ? this.target : 0), layer.shape[0]),
            y: within(middle.y, layer.shape[1]),
            x: within(middle.x, layer.shape[2])
        };
        this.set({ chapter: Math.max(1, Math.min(8, chapter)), layer: layer.name, ...at, input: 0 });
        this.kept = { layer: layer.name, c: this.state.c, y: this.state.y, x: this.state.x };
    }
}
