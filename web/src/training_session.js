/** A training as `cnn train` does it: the same weights to begin with, the same order of images, the same steps. */

/** @typedef {import("./engine.js").Engine} Engine */

/**
 * @typedef {object} TrainingData
 * @property {Uint8Array} bytes N,C,H,W
 * @property {number[]} labels
 * @property {number} size values of one image
 *
 * @typedef {object} TrainingOptions
 * @property {string} optimizer as the engine names it
 * @property {number} learningRate 0: the optimizer's own
 * @property {number} momentum
 * @property {number} batch images in a step
 * @property {number} seed
 * @property {boolean} fresh from random weights
 *
 * @typedef {{parameter: string, index: number}} Watched a weight whose steps are told
 *
 * @typedef {object} Step
 * @property {number} step from 1
 * @property {number} epoch from 1
 * @property {number} images in this step
 * @property {number} loss mean of the step
 * @property {number} correct
 * @property {boolean} epochEnds
 * @property {{before: number, gradient: number, after: number}|null} watched
 */

export class TrainingSession {
    /**
     * @param {Engine} engine with the network loaded
     * @param {TrainingData} data
     * @param {TrainingOptions} options
     */
    constructor(engine, data, options) {
        this.engine = engine;
        this.data = data;
        this.options = options;
        if (options.fresh) engine.initialise(options.seed);
        this.trainer = engine.trainer({
            optimizer: options.optimizer,
            learningRate: options.learningRate,
            momentum: options.momentum,
            batch: options.batch,
            seed: options.seed
        });
        this.steps = 0;
        this.epoch = 0;
        this.order = new Int32Array(0);
        this.next = 0; /* place in the order */
        /** @type {Watched|null} */
        this.watched = null;
    }

    /**
     * The next images of the epoch, or the first of the next one.
     * @param {number} most
     */
    take(most) {
        if (this.next >= this.order.length) {
            this.epoch++;
            this.order = this.engine.order(this.options.seed, this.epoch, this.data.labels.length);
            this.next = 0;
        }
        const taken = this.order.subarray(this.next, this.next + most);
        this.next += taken.length;
        return taken;
    }

    /**
     * One step: forward, backward, update.
     * @param {number} [most] images; without it the batch
     * @returns {Step}
     */
    step(most = this.options.batch) {
        const taken = this.take(Math.min(most, this.options.batch)), { trainer } = this;
        const labels = Int32Array.from(taken, image => this.data.labels[image]);
        const before = this.weight(), { loss, correct } = trainer.gradients(this.pixels(taken), labels);
        const gradient = this.watched ? trainer.gradient(this.watched.parameter)[this.watched.index] : 0;
        trainer.update();
        this.steps++;
        const watched = this.watched ? { before, gradient, after: this.weight() } : null;
        return {
            step: this.steps,
            epoch: this.epoch,
            images: taken.length,
            loss,
            correct,
            watched,
            epochEnds: this.next >= this.order.length
        };
    }

    /** The watched weight as it is now. */
    weight() {
        if (!this.watched) return 0;
        this.trainer.store();
        return this.engine.parameter(this.watched.parameter)[this.watched.index];
    }

    /**
     * @param {Int32Array} taken
     * @returns {Float32Array} N,C,H,W in 0..1
     */
    pixels(taken) {
        const { bytes, size } = this.data, pixels = new Float32Array(taken.length * size);
        taken.forEach((image, k) => {
            for (let i = 0; i < size; i++) pixels[k * size + i] = bytes[image * size + i] / 255;
        });
        return pixels;
    }

    /** All weights as they are now. */
    parameters() {
        this.trainer.store();
        return this.engine.allParameters();
    }

    close() {
        this.trainer.close();
    }
}
