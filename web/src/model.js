/** The network with the picture that it looks at: its layers' values, kept until the next picture. */

/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").Account} Account */

/** The layers that only pass values on when a network is looked at. */
export const PASSING = ["flatten", "dropout", "droppath"];

/** @param {number[]} shape */
const threeAxes = shape => [shape[0], shape[1] ?? 1, shape[2] ?? 1];

export class Model {
    /**
     * @param {import("./engine.js").Engine} engine with a network loaded
     * @param {import("./page_data.js").ModelInfo} info
     */
    constructor(engine, info) {
        this.engine = engine;
        this.info = info;
        /** @type {Layer[]} */
        this.layers = engine.layers.map(layer => ({...layer, shape: threeAxes(layer.shape) }));
        /** @type {Map<string, Layer>} */
        this.byName = new Map(this.layers.map(layer => [layer.name, layer]));
        this.last = this.layers[this.layers.length - 1];
        this.classes = info.classes?.length ? info.classes
                                            : Array.from({ length: this.last.shape[0] }, (_, k) => String(k));
        /** @type {Map<string, Float32Array>} */
        this.outputs = new Map();
        /** @type {Map<string, Float32Array>} */
        this.gradients = new Map();
        /** @type {Map<string, Float32Array>} */
        this.weights = new Map();
        /** @type {import("./engine.js").Engine|null} */
        this.fast = null; /* another engine, when it has started */
        this.normalised = true;
        this.pixels = new Float32Array(0); /* of the last run */
        this.lossTarget = -1; /* the class whose gradients the engine holds */
        this.loss = NaN;
        this.milliseconds = 0;
    }

    /**
     * @param {string} name
     * @returns {Layer}
     */
    layer(name) {
        return this.byName.get(name) ?? this.layers[0];
    }

    /**
     * Where the values of a layer lay before they were only passed on: the maps that a vector was folded from.
     * @param {string} name
     * @returns {Layer}
     */
    home(name) {
        const layer = this.layer(name);
        return PASSING.includes(layer.op) ? this.home(layer.inputs[0]) : layer;
    }

    /**
     * The layers that read a layer.
     * @param {string} name
     */
    readers(name) {
        return this.layers.filter(layer => layer.inputs.includes(name));
    }

    /** What becomes of a pixel before the first layer; without normalisation the network reads bytes, 0 to 255. */
    get normalisation() {
        const { mean, deviation } = this.info;
        return this.normalised ? { mean, deviation }
                               : { mean: mean.map(() => 0), deviation: deviation.map(() => 1 / 255) };
    }

    /** @param {boolean} normalised whether the network reads pixels as it does when it predicts; run it again afterwards */
    normalise(normalised) {
        this.normalised = normalised;
        this.engine.normalise(this.normalisation.mean, this.normalisation.deviation);
    }

    /** @param {Float32Array} pixels C,H,W in 0..1 */
    run(pixels) {
        const start = performance.now();
        this.pixels = pixels;
        this.engine.run(pixels, 1);
        this.milliseconds = performance.now() - start;
        this.outputs.clear();
        this.gradients.clear();
        this.lossTarget = -1;
    }

    /**
     * The scores alone, by the plan that predictions use; what was run stays.
     * @param {Float32Array} pixels C,H,W in 0..1
     */
    glance(pixels) {
        return this.engine.predict(pixels, 1);
    }

    /**
     * @param {string} name
     * @returns {Float32Array} C,H,W
     */
    output(name) {
        return remembered(this.outputs, name, () => this.engine.output(name));
    }

    /**
     * What the fast plan, with Winograd's algorithm, has for a layer.
     * @param {string} name
     */
    fastOutput(name) {
        const { fast } = this;
        return fast ? remembered(this.outputs, `fast ${name}`, () => this.runFast(fast, name)) : null;
    }

    /**
     * By another engine, which is given the network up to this layer, so that its predictions are the layer's values.
     * @param {import("./engine.js").Engine} fast
     * @param {string} name
     */
    runFast(fast, name) {
        const end = this.layers.findIndex(layer => layer.name === name) + 1, used = this.layers.slice(1, end);
        const text = [`input ${this.layers[0].shape.join("x")}`, ...used.map(layer => layer.text)].join("\n");
        fast.load({ text, ...this.normalisation });
        for (const { name: tensor } of fast.parameters) fast.setParameter(tensor, this.parameter(tensor));
        return fast.predict(this.pixels, 1);
    }

    /** @returns {Float32Array} one probability a class, or whatever the last layer gives */
    scores() {
        return this.output(this.last.name);
    }

    /** The last layer that has a gradient: the loss is computed from the scores before a softmax. */
    get scoresLayer() {
        return this.last.op.endsWith("softmax") ? this.layer(this.last.inputs[0]) : this.last;
    }

    prediction() {
        return largest(this.scores());
    }

    /** Whether the last layer's values are probabilities of classes. */
    get hasClasses() {
        return this.last.op === "softmax" || this.last.op === "logsoftmax" ||
               this.last.shape[0] === this.classes.length;
    }

    /**
     * Runs backward from the loss for a class, unless the engine holds those gradients already.
     * @param {number} target
     */
    backward(target) {
        if (this.lossTarget === target) return;
        this.loss = this.engine.loss([target])[0];
        this.lossTarget = target;
        this.gradients.clear();
    }

    /**
     * @param {string} name
     * @param {number} target
     * @returns {Float32Array}
     */
    gradient(name, target) {
        this.backward(target);
        return remembered(this.gradients, name, () => this.engine.gradient(name));
    }

    /**
     * @param {string} name
     * @param {number} target
     * @returns {Float32Array}
     */
    parameterGradient(name, target) {
        this.backward(target);
        return remembered(this.gradients, `parameter ${name}`, () => this.engine.parameterGradient(name));
    }

    /**
     * How strongly a value depends on each pixel.
     * @param {string} name
     * @param {number} index
     */
    effectiveField(name, index) {
        this.lossTarget = -1; /* it replaces the engine's gradients */
        return this.engine.effectiveField(name, 0, index);
    }

    /**
     * @param {string} name
     * @returns {Float32Array}
     */
    parameter(name) {
        return remembered(this.weights, name, () => this.engine.parameter(name));
    }

    /**
     * @param {string} name
     * @param {Float32Array} values
     */
    setParameter(name, values) {
        this.engine.setParameter(name, values);
        this.weights.delete(name);
    }

    /** @param {Float32Array} all every parameter, in the network's order */
    setAll(all) {
        this.engine.setParameters(all);
        this.weights.clear();
    }

    /**
     * @param {string} name
     * @returns {number[]} the shape of a parameter tensor
     */
    parameterShape(name) {
        return this.engine.parameters.find(parameter => parameter.name === name)?.shape ?? [];
    }

    /**
     * @param {string} name
     * @param {number} index
     * @returns {Account|null} null: a layer without a worked form
     */
    account(name, index) {
        try {
            return name === "input" ? null : this.engine.account(name, 0, index);
        } catch (error) {
            return null;
        }
    }
}

/**
 * @param {Float32Array} scores
 * @returns {number} the place of the largest: the first, if there are several
 */
export const largest = scores => scores.reduce((best, value, k) => (value > scores[best] ? k : best), 0);

/**
 * @param {Map<string, Float32Array>} kept
 * @param {string} name
 * @param {() => Float32Array} read
 */
function remembered(kept, name, read) {
    let values = kept.get(name);
    if (!values) kept.set(name, (values = read()));
    return values;
}
