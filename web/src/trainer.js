// @ts-check
// Training in the page, a step at a time.

/** @typedef {import("./engine.js").Engine} Engine */
/** @typedef {import("./engine_types.js").TrainerOptions} TrainerOptions */

/**
 * The optimizers and the learning rates that they take by themselves; the first is `cnn train`'s choice.
 * @param {Engine} engine
 */
export const optimizersOf = ({ calls, memory }) => Array.from({ length: calls.engine_optimizers() }, (_, number) => ({
    name: memory.text(calls.engine_optimizer_name(number)), learningRate: calls.engine_optimizer_rate(number) }));

export class Trainer {
    /**
     * @param {Engine} engine
     * @param {TrainerOptions} options
     */
    constructor(engine, options) {
        const wanted = options.optimizer ?? "default";
        const optimizer = optimizersOf(engine).findIndex(({ name }) => name === wanted);
        if (optimizer < 0) throw new Error(`there is no optimizer named "${wanted}"`);
        this.engine = engine;
        this.handle = engine.calls.engine_trainer(optimizer, options.learningRate ?? 0, options.momentum ?? 0,
            options.nesterov ? 1 : 0, options.weightDecay ?? 0, options.batch ?? 32, options.seed ?? 0);
        if (this.handle === 0) throw engine.failure();
    }

    /**
     * Forward, loss and backward: changes no parameter.
     * @param {Float32Array} images N,C,H,W in 0..1
     * @param {ArrayLike<number>} labels N
     * @returns {{ loss: number, correct: number }} the mean loss; how many images were classified rightly
     */
    gradients(images, labels) {
        const { engine } = this;
        engine.checkImages(images, labels.length);
        return engine.memory.with([images, Int32Array.from(labels), 16], (pixels, classes, results) => {
            engine.check(engine.calls.engine_trainer_gradients(this.handle, pixels, classes, labels.length, results,
                results + 8));
            const [loss, correct] = engine.memory.doubles(results, 2);
            return { loss, correct };
        });
    }

    /** @param {number} [factor] of the learning rate: a schedule */
    update(factor = 1) {
        this.engine.check(this.engine.calls.engine_trainer_update(this.handle, factor));
    }

    /**
     * Gradients and update.
     * @param {Float32Array} images
     * @param {ArrayLike<number>} labels
     * @param {number} [factor]
     */
    step(images, labels, factor = 1) {
        const results = this.gradients(images, labels);
        this.update(factor);
        return results;
    }

    /**
     * The last gradient by a parameter tensor.
     * @param {string} name
     */
    gradient(name) {
        const { engine } = this, number = engine.tensorNumber(name), { count } = engine.parameters[number];
        return engine.read(count, (values) => engine.calls.engine_trainer_get_gradient(this.handle, number, values, count));
    }

    /** The trained parameters become the network's; what was run is forgotten. */
    store() {
        this.engine.images = 0;
        this.engine.check(this.engine.calls.engine_trainer_store(this.handle));
    }

    /** Of all parameters, which become the network's. */
    hash() {
        this.store();
        return this.engine.hash();
    }

    close() {
        this.engine.calls.engine_trainer_free(this.handle);
        this.handle = 0;
    }
}
