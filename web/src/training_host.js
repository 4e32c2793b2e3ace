/** What runs a training for the page and tells it of every step: in a worker, or in the page itself. */
import {startEngine} from "./engine.js";
import {TrainingSession} from "./training_session.js";

const WEIGHTS_EVERY = 400; /* ms between two copies of the weights */

/** @typedef {import("./training_session.js").TrainingData} TrainingData */
/** @typedef {import("./training_session.js").TrainingOptions} TrainingOptions */

/**
 * @typedef {object} Begin
 * @property {"begin"} kind
 * @property {ArrayBuffer} engine the bytes of the WebAssembly module
 * @property {string} text
 * @property {number[]} [mean]
 * @property {number[]} [deviation]
 * @property {Float32Array} parameters
 * @property {TrainingData} data
 * @property {TrainingOptions} options
 *
 * @typedef {{kind: "go", steps: number, images?: number, wholeEpoch?: boolean}} Go so many steps; Infinity: until stopped
 * @typedef {{kind: "watch", watched: import("./training_session.js").Watched|null}} Watch
 * @typedef {{kind: "stop"}|{kind: "hash"}} Order
 * @typedef {Begin|Go|Watch|Order} Message to the host
 *
 * @typedef {{kind: "ready"}|{kind: "step", step: import("./training_session.js").Step}
 *     |{kind: "weights", step: number, parameters: Float32Array}|{kind: "rest", why: string}
 *     |{kind: "hash", step: number, hash: string}|{kind: "failed", message: string}} Answer
 */

const pause = () => new Promise(resolve => setTimeout(resolve, 0));

export class TrainingHost {
    /** @param {(answer: Answer, transfer?: Transferable[]) => void} send */
    constructor(send) {
        this.send = send;
        /** @type {TrainingSession|null} */
        this.session = null;
        this.begun = Promise.resolve();
        this.going = Promise.resolve(); /* until the steps asked for are taken */
        this.endless = false;
        this.stopping = false;
        this.sent = 0; /* when the weights last were */
        this.losses = [0, 0]; /* of this epoch: sum and images */
        this.lastEpoch = Infinity; /* its mean loss */
    }

    /** @param {Message} message */
    async receive(message) {
        try {
            await this.act(message);
        } catch (error) {
            this.going = Promise.resolve();
            this.send({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
        }
    }

    /** @param {Message} message */
    async act(message) {
        if (message.kind === "stop") return void (this.stopping = true);
        if (message.kind === "begin") return void (await (this.begun = this.begin(message)));
        await this.begun; /* orders may come while the engine starts */
        if (!this.session) return;
        if (message.kind === "watch")
            this.session.watched = message.watched;
        else if (message.kind === "hash")
            this.send({ kind: "hash", step: this.session.steps, hash: this.session.trainer.hash() });
        else
            await this.queue(this.session, message);
    }

    /** @param {Begin} message */
    async begin({ engine: bytes, text, mean, deviation, parameters, data, options }) {
        this.session?.close();
        const engine = await startEngine(bytes);
        engine.load({ text, mean, deviation, parameters });
        this.session = new TrainingSession(engine, data, options);
        this.losses = [0, 0];
        this.lastEpoch = Infinity;
        this.send({ kind: "ready" });
        this.sendWeights(this.session);
    }

    /**
     * Steps asked for while others are taken come after them; behind a run that only ends when it is stopped, none do.
     * @param {TrainingSession} session
     * @param {Go} order
     */
    queue(session, order) {
        if (this.endless) return this.going;
        this.stopping = false;
        this.endless = order.steps === Infinity || Boolean(order.wholeEpoch);
        this.going = this.going.then(() => this.go(session, order)).finally(() => void (this.endless = false));
        return this.going;
    }

    /**
     * @param {TrainingSession} session
     * @param {Go} order
     */
    async go(session, { steps, images, wholeEpoch }) {
        let why = "";
        for (let k = 0; k < steps && !this.stopping && !why; k++) {
            const step = session.step(images);
            this.send({ kind: "step", step });
            why = this.reasonToStop(step, steps === Infinity) ||
                  (wholeEpoch && step.epochEnds ? "The epoch is over." : "");
            if (performance.now() - this.sent > WEIGHTS_EVERY) this.sendWeights(session);
            await pause();
        }
        this.sendWeights(session);
        this.send({ kind: "rest", why });
    }

    /**
     * A training that has no use any more ends by itself.
     * @param {import("./training_session.js").Step} step
     * @param {boolean} endless
     */
    reasonToStop(step, endless) {
        if (!Number.isFinite(step.loss))
            return "The loss is not finite any more: the learning rate is too high. Begin anew with a lower one.";
        this.losses = [this.losses[0] + step.loss * step.images, this.losses[1] + step.images];
        if (!step.epochEnds) return "";
        const mean = this.losses[0] / this.losses[1], worse = mean >= this.lastEpoch;
        this.lastEpoch = mean;
        this.losses = [0, 0];
        return endless && worse ? "The loss fell no further in this epoch, so the training has stopped." : "";
    }

    /** @param {TrainingSession} session */
    sendWeights(session) {
        const parameters = session.parameters();
        this.sent = performance.now();
        this.send({ kind: "weights", step: session.steps, parameters }, [parameters.buffer]);
    }
}
