/** The state, and those who want to know when it changes. */

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Changed} Changed */

export class Store {
    /** @param {State} state */
    constructor(state) {
        this.state = state;
        /** @type {Changed} */
        this.changed = new Set();
        /** @type {((changed: Changed) => void)[]} */
        this.listeners = [];
        this.waiting = false;
    }

    /**
     * Changes members of the state; listeners hear of all changes of a frame at once.
     * @param {Partial<State>} change
     */
    set(change) {
        for (const [name, value] of Object.entries(change)) {
            if (/** @type {any} */ (this.state)[name] !== value) this.changed.add(name);
        }
        this.state = {...this.state, ...change };
        if (this.changed.size > 0 && !this.waiting) {
            this.waiting = true;
            requestAnimationFrame(() => this.flush());
        }
    }

    /** Tells the listeners now. */
    flush() {
        this.waiting = false;
        const changed = this.changed;
        if (changed.size === 0) return;
        this.changed = new Set();
        for (const listener of this.listeners) listener(changed);
    }

    /** @param {(changed: Changed) => void} listener */
    subscribe(listener) {
        this.listeners.push(listener);
    }
}
