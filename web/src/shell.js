/** The frame around all chapters: chapters left, network and chapter in the middle, panel right, sentence below. */
import {chapters} from "./chapters.js";
import {button, fill, h} from "./dom.js";
import {Bars, Network} from "./network.js";
import {drawPicture, sizeCanvas} from "./maps.js";
import {largest} from "./model.js";
import {Panel} from "./panel.js";
import {sentenceOf} from "./sentence.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./types.js").Changed} Changed */

/**
 * All members of the state: for what is drawn the first time.
 * @type {Changed}
 */
const everything = new Set(
    ["chapter", "layer", "c", "y", "x", "input", "picture", "run", "target", "scale", "changes", "theme", "pins"]);

export class Shell {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.network = new Network(app);
        this.bars = new Bars(app);
        this.panel = new Panel(app);
        this.sentence = h("p", { class: "sentence", "aria-live": "polite", id: "sentence" });
        this.thumb = h("canvas", { "aria-hidden": "true" });
        this.result = h("span", { class: "result" });
        this.place = h("section", { class: "chapter", "aria-labelledby": "chapter-title" });
        this.tabs = chapters.map(chapter => this.tab(chapter));
        this.rail = h("nav", { class: "rail", "aria-label": "Chapters" }, this.tabs);
        /** @type {import("./types.js").View|null} */
        this.view = null;
        this.open = 0;
    }

    /** @param {import("./types.js").Chapter} chapter */
    tab({ number, title }) {
        return h("button", { type: "button", class: "tab", onclick: () => this.app.openChapter(number) },
            h("span", { class: "number" }, String(number)), h("span", {}, title));
    }

    show() {
        const { app } = this;
        const place = /** @type {HTMLElement} */ (document.getElementById("page"));
        fill(place, this.header(), this.rail, h("main", { id: "main" }, this.network.element, this.place),
            this.panel.element, h("footer", {}, this.sentence));
        this.chooseTheme();
        app.store.subscribe(changed => this.update(changed));
        app.answered = (picture, scores) => this.answer(picture, scores);
        app.visit(location.hash);
        window.addEventListener("popstate", () => app.visit(location.hash));
        window.addEventListener("resize", () => this.resized());
        app.store.changed = new Set();
        this.update(everything);
        this.answer(app.state.picture, app.model.scores());
    }

    header() {
        const { info } = this.app.data;
        return h("header", {}, h("h1", {}, "cnn explore ", h("span", {}, info.name)),
            h("div", { class: "looking" }, this.thumb, this.result, this.bars.element),
            button("Light / dark", () => this.app.set({ theme: this.app.state.theme === "dark" ? "light" : "dark" }),
                { class: "theme" }));
    }

    chooseTheme() {
        const dark = matchMedia("(prefers-color-scheme: dark)");
        const follow = () => this.app.set({ theme: dark.matches ? "dark" : "light" });
        dark.addEventListener("change", follow);
        follow();
    }

    resized() {
        clearTimeout(this.resizing);
        this.resizing = setTimeout(() => this.update(everything), 120);
    }

    /** @param {Changed} changed */
    update(changed) {
        if (changed.has("theme")) document.documentElement.dataset.theme = this.app.state.theme;
        if (changed.has("chapter") && this.open !== this.app.state.chapter)
            changed = this.turnTo(this.app.state.chapter);
        this.network.update(changed);
        this.panel.update(changed);
        this.view?.update(changed);
        this.say();
    }

    /**
     * @param {number} number
     * @returns {Changed} all, because the chapter is drawn the first time
     */
    turnTo(number) {
        const chapter = chapters.find(one => one.number === number) ?? chapters[0];
        this.open = number;
        this.view?.close?.();
        this.view = chapter.open(this.app);
        fill(this.place, h("h2", { id: "chapter-title" }, chapter.title), h("p", { class: "summary" }, chapter.summary),
            this.view.element);
        this.tabs.forEach((tab, k) => tab.setAttribute("aria-current", chapters[k] === chapter ? "page" : "false"));
        this.revealTab(this.tabs[chapters.indexOf(chapter)]);
        return everything;
    }

    /**
     * In a narrow window the chapters are a row that scrolls.
     * @param {HTMLElement} tab
     */
    revealTab(tab) {
        this.rail.scrollLeft = tab.offsetLeft - (this.rail.clientWidth - tab.offsetWidth) / 2;
    }

    /**
     * What the network reads a picture as, before the frame in which all else is drawn.
     * @param {import("./types.js").Picture} picture
     * @param {Float32Array} scores
     */
    answer(picture, scores) {
        const { app } = this, shape = app.model.layer("input").shape;
        this.bars.draw(picture, scores);
        drawPicture(sizeCanvas(this.thumb, 36, 36), picture.pixels, shape, { x: 0, y: 0, width: 36, height: 36 });
        if (!app.model.hasClasses) return;
        const best = largest(scores);
        fill(this.result, "read as ", h("b", {}, app.model.classes[best]),
            picture.label >= 0 &&
                (picture.label === best ? ", which is right" : `, but it is ${app.model.classes[picture.label]}`));
    }

    /** Not with each cell that the pointer crosses: screen readers would never come to an end. */
    say() {
        clearTimeout(this.saying);
        this.saying = setTimeout(() => {
            const text = sentenceOf(this.app);
            if (this.sentence.textContent !== text) this.sentence.textContent = text;
        }, 60);
    }
}
