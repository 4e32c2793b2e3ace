/** Plays the sliding window: place after place, by itself or step by step. */
import {button, h} from "../dom.js";

const PACE = 250; /* ms a place */

export class Player {
    /** @param {import("../app.js").App} app */
    constructor(app) {
        this.app = app;
        this.timer = 0;
        this.play = button("\u25b6 Play", () => (this.timer ? this.stop() : this.start()), { id: "play" });
        this.element = h("div", { class: "card wide player", role: "group", "aria-label": "Slide the window" },
            button("First", () => this.go(0)), button("\u2190 Back", () => this.step(-1)), this.play,
            button("Step \u2192", () => this.step(1), { id: "step" }),
            h("span", { class: "quiet" }, "or point at a map, or use the arrow keys in it"));
    }

    start() {
        this.play.textContent = "\u23f8 Pause";
        this.timer = window.setInterval(() => this.step(1), PACE);
    }

    stop() {
        window.clearInterval(this.timer);
        this.timer = 0;
        this.play.textContent = "\u25b6 Play";
    }

    /**
     * To the next place, row by row; behind the last comes the first.
     * @param {number} by
     */
    step(by) {
        const { layer, state } = this.app, [, rows, columns] = layer.shape;
        this.go((state.y * columns + state.x + by + rows * columns) % (rows * columns));
    }

    /** @param {number} place */
    go(place) {
        const columns = this.app.layer.shape[2];
        this.app.move({ y: Math.floor(place / columns), x: place % columns }, "key");
    }
}
