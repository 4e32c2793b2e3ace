// @ts-check
// The project's engine in a page: what web/engine/*.c export, as JavaScript reads it. The terms of an account come in the order
// in which the engine adds them (sums.js).

import { readAccount, readField, readGradientAccount } from "./accounts.js";
import { hashOf } from "./hash.js";
import { readTimes } from "./layer_times.js";
import { readLayers, readParameters } from "./layers.js";
import { EngineMemory } from "./memory.js";
import { bitsOf, canReplay, replay } from "./sums.js";
import { Trainer } from "./trainer.js";
import { wasiImports } from "./wasi.js";

export { bitsOf, canReplay, replay };

/** @typedef {import("./engine_types.js").Layer} Layer */
/** @typedef {import("./engine_types.js").Parameter} Parameter */
/** @typedef {import("./engine_types.js").Account} Account */
/** @typedef {import("./engine_types.js").GradientAccount} GradientAccount */
/** @typedef {import("./engine_types.js").ReceptiveField} ReceptiveField */
/** @typedef {import("./engine_types.js").TrainerOptions} TrainerOptions */
/** @typedef {import("./engine_types.js").Network} Network */
/** @typedef {import("./engine_types.js").LayerTimes} LayerTimes */
/** @typedef {import("./engine_types.js").Preprocessing} Preprocessing */

const OUTPUTS = /** @type {const} */ (["values", "logits", "probabilities", "logProbabilities", "binary", "sigmoids"]);

export class Engine {
    /** @param {WebAssembly.Instance} instance */
    constructor(instance) {
        this.calls = /** @type {import("./memory.js").EngineCalls} */ (/** @type {unknown} */ (instance.exports));
        this.memory = new EngineMemory(/** @type {WebAssembly.Memory} */ (instance.exports.memory), this.calls);
        /** @type {Layer[]} in order of running; the first is "input" */
        this.layers = [];
        /** @type {Parameter[]} */
        this.parameters = [];
        this.images = 0; // of the last run
    }

    get version() {
        return this.memory.text(this.calls.engine_version());
    }
    /** Of the kernels. */
    get instructionSet() {
        return this.memory.text(this.calls.engine_instruction_set());
    }
    /** How many classes the outputs tell apart. */
    get classes() {
        return this.calls.engine_classes();
    }
    /** Values of one image in the last layer. */
    get outputs() {
        return this.calls.engine_outputs();
    }
    /** What the outputs mean. */
    get outputKind() {
        return OUTPUTS[this.calls.engine_output_kind()];
    }

    /**
     * The library's message becomes an Error.
     * @param {number} status
     */
    check(status) {
        if (status !== 0) throw this.failure();
    }
    failure() {
        return new Error(this.memory.text(this.calls.engine_message()));
    }

    // ---- The network ---------------------------------------------------------------------------------

    /** @param {Network} network */
    load({ text, parameters, mean, deviation }) {
        const address = this.memory.putText(text);
        try {
            this.check(this.calls.engine_load(address));
        } finally {
            this.memory.free(address);
        }
        this.images = 0;
        this.parameters = readParameters(this);
        this.layers = readLayers(this, this.parameters);
        if (mean && deviation) this.normalise(mean, deviation);
        if (parameters) this.setParameters(parameters);
    }

    /**
     * Before the first layer pixel x becomes (x - mean) / deviation.
     * @param {ArrayLike<number>} mean
     * @param {ArrayLike<number>} deviation
     */
    normalise(mean, deviation) {
        this.images = 0;
        this.memory.with([Float32Array.from(mean), Float32Array.from(deviation)], (means, deviations) =>
            this.check(this.calls.engine_normalise(means, deviations)));
    }

    /**
     * Draw all parameters anew, as `cnn train --seed` does.
     * @param {number} seed
     */
    initialise(seed) {
        this.images = 0;
        this.check(this.calls.engine_initialise(seed));
    }

    /**
     * What becomes of pictures from files.
     * @param {Preprocessing} preprocessing
     */
    preprocess({ bgr, resize, invert, centre }) {
        this.check(this.calls.engine_preprocess(Number(bgr), resize, Number(invert), Number(centre)));
    }

    /**
     * A picture as the network's input, by its preprocessing: C,H,W in 0..1.
     * @param {Uint8Array} pixels H,W,3: red, green, blue
     * @param {number} height
     * @param {number} width
     */
    prepare(pixels, height, width) {
        return this.memory.with([pixels], (picture) => this.read(this.layers[0].count, (image) =>
            this.calls.engine_prepare(picture, height, width, image)));
    }

    /** @param {string} name */
    layerNumber(name) {
        const number = this.layers.findIndex((layer) => layer.name === name);
        if (number < 0) throw new Error(`there is no layer named "${name}"`);
        return number;
    }
    /** @param {string} name */
    layer(name) {
        return this.layers[this.layerNumber(name)];
    }
    /** @param {string} name */
    tensorNumber(name) {
        const number = this.parameters.findIndex((tensor) => tensor.name === name);
        if (number < 0) throw new Error(`there is no parameter named "${name}"`);
        return number;
    }

    /**
     * A copy.
     * @param {string} name
     */
    parameter(name) {
        const number = this.tensorNumber(name), { count } = this.parameters[number];
        return this.read(count, (values) => this.calls.engine_get_parameter(number, values, count));
    }

    /**
     * What was run is forgotten: run again.
     * @param {string} name
     * @param {Float32Array} values
     */
    setParameter(name, values) {
        const number = this.tensorNumber(name);
        this.images = 0;
        this.memory.with([values], (address) =>
            this.check(this.calls.engine_set_parameter(number, address, values.length)));
    }

    /**
     * Of all tensors, one after the other.
     * @param {Float32Array} values
     */
    setParameters(values) {
        const wanted = this.parameters.reduce((sum, { count }) => sum + count, 0);
        if (values.length !== wanted)
            throw new Error(`the network has ${wanted} parameters, but ${values.length} were given`);
        let first = 0;
        for (const { name, count } of this.parameters) {
            this.setParameter(name, values.subarray(first, first + count));
            first += count;
        }
    }

    /** Of all tensors, one after the other. */
    allParameters() {
        const all = new Float32Array(this.parameters.reduce((sum, { count }) => sum + count, 0));
        let first = 0;
        for (const { name, count } of this.parameters) {
            all.set(this.parameter(name), first);
            first += count;
        }
        return all;
    }

    /** Of all parameters: equal networks have the same. */
    hash() {
        return hashOf(new Uint8Array(this.allParameters().buffer));
    }

    // ---- Running -------------------------------------------------------------------------------------

    /**
     * What `call` writes into room for `count` floats.
     * @param {number} count
     * @param {(address: number) => number} call
     */
    read(count, call) {
        return this.memory.with([count * 4], (address) => {
            this.check(call(address));
            return this.memory.floats(address, count);
        });
    }

    /**
     * Forward, nothing fused, every sum direct.
     * @param {Float32Array} images N,C,H,W in 0..1
     * @param {number} count N
     */
    run(images, count = 1) {
        this.checkImages(images, count);
        this.memory.with([images], (address) => this.check(this.calls.engine_run(address, count)));
        this.images = count;
    }

    /**
     * @param {Float32Array} images
     * @param {number} count
     */
    checkImages(images, count) {
        const wanted = count * this.layers[0].count;
        if (images.length !== wanted) throw new Error(`${count} images have ${wanted} values, not ${images.length}`);
    }

    /**
     * Of all images of the run: N,C,H,W.
     * @param {string} layer
     */
    output(layer) {
        const number = this.layerNumber(layer), count = this.images * this.layers[number].count;
        return this.read(count, (values) => this.calls.engine_output(number, values, count));
    }

    /**
     * By the plan that predictions use, fused and with Winograd's algorithm.
     * @param {Float32Array} images
     * @param {number} count
     */
    predict(images, count = 1) {
        this.checkImages(images, count);
        return this.memory.with([images], (address) => this.read(count * this.outputs, (outputs) =>
            this.calls.engine_predict(address, count, outputs)));
    }

    /**
     * Rows of outputs as rows of probabilities of the classes.
     * @param {Float32Array} outputs
     */
    probabilities(outputs) {
        const count = outputs.length / this.outputs;
        return this.memory.with([outputs], (address) => this.read(count * this.classes, (values) =>
            this.calls.engine_probabilities(address, count, values)));
    }

    /**
     * Each image's loss, and backward.
     * @param {ArrayLike<number>} [classes] one an image; without them those predicted
     */
    loss(classes) {
        const given = Int32Array.from(classes ?? []);
        return this.memory.with([given, this.images * 8], (address, losses) => {
            this.check(this.calls.engine_loss(classes ? address : 0, losses));
            return this.memory.doubles(losses, this.images);
        });
    }

    /**
     * Backward from a layer's output.
     * @param {string} layer
     * @param {Float32Array} gradient by it, N,C,H,W
     */
    backward(layer, gradient) {
        const number = this.layerNumber(layer);
        this.memory.with([gradient], (address) =>
            this.check(this.calls.engine_backward(number, address, gradient.length)));
    }

    /**
     * Of the loss by a layer's output.
     * @param {string} layer
     */
    gradient(layer) {
        const number = this.layerNumber(layer), count = this.images * this.layers[number].count;
        return this.read(count, (values) => this.calls.engine_gradient(number, values, count));
    }

    /** @param {string} name */
    parameterGradient(name) {
        const number = this.tensorNumber(name), { count } = this.parameters[number];
        return this.read(count, (values) => this.calls.engine_parameter_gradient(number, values, count));
    }

    // ---- One value -----------------------------------------------------------------------------------

    /**
     * How a value came about.
     * @param {string} name of the layer
     * @param {number} image
     * @param {number} index of the value in its output
     * @returns {Account}
     */
    account(name, image, index) {
        const number = this.layerNumber(name), layer = this.layers[number];
        const address = this.calls.engine_account(number, image, index);
        if (address === 0) throw this.failure();
        const input = this.layer(layer.inputs[0]);
        const account = readAccount(this.memory, address, { layer, input, image, index });
        if (layer.op !== "softmax") return account;
        return { ...account, inputs: this.output(input.name).subarray(image * input.count, (image + 1) * input.count) };
    }

    /**
     * Why the gradient by element `index` of a parameter tensor is what it is; after loss or backward.
     * @param {string} parameter
     * @param {number} index
     * @param {boolean} [check] find the central difference as well
     * @returns {GradientAccount}
     */
    gradientAccount(parameter, index, check = false) {
        const address = this.calls.engine_gradient_account(this.tensorNumber(parameter), index);
        if (address === 0) throw this.failure();
        const account = readGradientAccount(this.memory, address, parameter, index);
        return check ? { ...account, centralDifference: this.centralDifference(parameter, index) } : account;
    }

    /**
     * The gradient without the backward pass, in double precision; after loss.
     * @param {string} parameter
     * @param {number} index
     */
    centralDifference(parameter, index) {
        const tensor = this.tensorNumber(parameter);
        return this.memory.with([8], (address) => {
            this.check(this.calls.engine_check_gradient(tensor, index, address));
            return this.memory.doubles(address, 1)[0];
        });
    }

    /**
     * What of the image a value depends on.
     * @param {string} layer
     * @param {number} index
     * @returns {ReceptiveField}
     */
    receptiveField(layer, index) {
        const number = this.layerNumber(layer), pixels = this.layers[0].shape[1] * this.layers[0].shape[2];
        return this.memory.with([pixels], (mask) => {
            const address = this.calls.engine_receptive_field(number, index, mask);
            if (address === 0) throw this.failure();
            return readField(this.memory, address, mask, pixels);
        });
    }

    /**
     * How strongly a value depends on each pixel, H x W; replaces the gradients.
     * @param {string} layer
     * @param {number} image
     * @param {number} index
     */
    effectiveField(layer, image, index) {
        const number = this.layerNumber(layer), pixels = this.layers[0].shape[1] * this.layers[0].shape[2];
        return this.read(pixels, (field) => this.calls.engine_effective_field(number, image, index, field));
    }

    // ---- Time ----------------------------------------------------------------------------------------

    /**
     * How long each layer takes here, on made-up images; runs and gradients stay as they are. It takes twice `seconds`: the
     * first half lets the browser compile the engine anew with all optimisations, which it does while code runs.
     * @param {{ training?: boolean, batch?: number, seconds?: number }} how rather by a training step than by a prediction
     * @returns {LayerTimes}
     */
    layerTimes({ training = false, batch = training ? 32 : 1, seconds = 0.5 } = {}) {
        const measure = () => this.calls.engine_time_layers(training ? 1 : 0, batch, seconds);
        const address = measure() && measure();
        if (address === 0) throw this.failure();
        return readTimes(this, address);
    }

    // ---- Training ------------------------------------------------------------------------------------

    /**
     * From the network's parameters as they are.
     * @param {TrainerOptions} [options]
     */
    trainer(options = {}) {
        return new Trainer(this, options);
    }

    /**
     * The images of an epoch (from 1) in the order of `cnn train --seed`.
     * @param {number} seed
     * @param {number} epoch
     * @param {number} count
     */
    order(seed, epoch, count) {
        return this.memory.with([count * 4], (address) => {
            this.check(this.calls.engine_order(seed, epoch, count, address));
            return this.memory.integers(address, count);
        });
    }
}

/**
 * @param {BufferSource} bytes the module
 * @returns {Promise<Engine>}
 */
export async function startEngine(bytes) {
    /** @type {WebAssembly.Instance} */
    let instance;
    const imports = wasiImports(() => /** @type {WebAssembly.Memory} */ (instance.exports.memory));
    ({ instance } = await WebAssembly.instantiate(bytes, imports));
    /** @type {() => void} */ (instance.exports._initialize)();
    return new Engine(instance);
}
