/**
 * One map, enlarged: a grid with a cursor. Arrows, Home, End, Page Up and Page Down move it, the pointer points, a click
 * keeps the place, so that the pointer may leave for the panel; Enter pins the value.
 */
import {h} from "./dom.js";
import {drawMap, drawPicture, outline, sizeCanvas, writeNumbers} from "./maps.js";
import {short} from "./numbers.js";

/** @typedef {import("./colour.js").Scale} Scale */
/** @typedef {import("./maps.js").Box} Box */

/**
 * @typedef {object} GridPicture what is to be seen
 * @property {ArrayLike<number>} values
 * @property {[number, number]} size rows and columns
 * @property {Scale} scale
 * @property {string} theme
 * @property {[number, number]} cursor row and column; -1: none
 * @property {Box[]} [boxes]
 * @property {{pixels: Float32Array, shape: number[]}} [colours] shown instead of the values
 * @property {number} [count] of cells in use, where the last row is not full
 */

/**
 * @typedef {object} GridOptions
 * @property {string} label
 * @property {(y: number, x: number, how: "point"|"keep"|"key") => void} [pick]
 * @property {() => void} [leave] the pointer left
 * @property {(y: number, x: number) => void} [enter] the Enter key
 * @property {number} [width] of the map in CSS pixels, at most
 */

/**
 * Steps of the cursor by key.
 * @type {Record<string, [number, number]>}
 */
const steps = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    Home: [0, -1e6],
    End: [0, 1e6],
    PageUp: [-1e6, 0],
    PageDown: [1e6, 0],
};

export class Grid {
    /** @param {GridOptions} options */
    constructor(options) {
        this.options = options;
        this.canvas = h("canvas", { width: 1, height: 1 }); /* until there is something to see */
        this.cell = h("span", { role: "gridcell", id: `cell-${Grid.count++}` });
        this.element = h("div", {
            class: "grid",
            role: "grid",
            tabindex: 0,
            "aria-label": options.label,
            "aria-activedescendant": this.cell.id,
            onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
        },
            this.canvas, h("span", { role: "row", class: "unseen" }, this.cell));
        this.side = [1, 1]; /* height and width of a cell in CSS pixels */
        this.asked = ""; /* what this side was found for */
        /** @type {GridPicture|null} */
        this.picture = null;
        if (options.pick) this.listen();
    }

    listen() {
        const { canvas } = this;
        canvas.addEventListener("pointermove", event => {
            if (event.pointerType !== "touch") this.point(event, "point");
        });
        canvas.addEventListener(
            "pointerdown", event => this.point(event, event.pointerType === "touch" ? "point" : "keep"));
        canvas.addEventListener("pointerleave", event => {
            if (event.pointerType !== "touch") this.options.leave?.();
        });
    }

    /**
     * @param {PointerEvent} event
     * @param {"point"|"keep"} how
     */
    point(event, how) {
        if (!this.picture) return;
        const y = Math.floor(event.offsetY / this.side[0]), x = Math.floor(event.offsetX / this.side[1]);
        if (this.holds(y, x)) this.options.pick?.(y, x, how);
    }

    /**
     * @param {number} y
     * @param {number} x
     */
    holds(y, x) {
        if (!this.picture) return false;
        const [rows, columns] = this.picture.size;
        return y >= 0 && x >= 0 && y < rows && x < columns && y * columns + x < (this.picture.count ?? Infinity);
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        if (!this.picture || !this.options.pick || event.ctrlKey || event.altKey || event.metaKey) return;
        const [rows, columns] = this.picture.size, [y, x] = this.picture.cursor;
        if (event.key === "Enter") this.options.enter?.(y, x);
        const step = steps[event.key];
        if (!step && event.key !== "Enter") return;
        event.preventDefault();
        if (!step) return;
        const to = [clamp(y + step[0], rows), clamp(x + step[1], columns)];
        if (this.holds(to[0], to[1])) this.options.pick(to[0], to[1], "key");
    }

    /** @param {GridPicture} picture */
    draw(picture) {
        this.picture = picture;
        const { values, size, scale, theme, cursor } = picture;
        const [rows, columns] = size;
        const side = this.sideOf(rows, columns);
        this.side = [side, side];
        const context = sizeCanvas(this.canvas, columns * side, rows * side);
        const place = { x: 0, y: 0, width: columns * side, height: rows * side };
        if (picture.colours)
            drawPicture(context, picture.colours.pixels, picture.colours.shape, place);
        else
            drawMap(context, values, size, place, scale, theme);
        if (side >= 30 && !picture.colours) writeNumbers(context, values, size, side, scale, theme);
        for (const box of picture.boxes ?? []) outline(context, box, [side, side]);
        if (cursor[0] >= 0) {
            outline(context, { top: cursor[0], left: cursor[1], height: 1, width: 1, style: "cursor" }, [side, side]);
        }
        this.describe();
    }

    /**
     * Of a cell in CSS pixels. To ask for the room lets the browser lay out the page, so only when it may have changed.
     * @param {number} rows
     * @param {number} columns
     */
    sideOf(rows, columns) {
        const asked = `${rows} ${columns} ${window.innerWidth}`;
        if (this.asked === asked) return this.side[0];
        const room = this.element.parentElement?.clientWidth ?? 0;
        this.asked = room ? asked : "";
        const most = Math.max(60, Math.min(this.options.width ?? 280, room || 280));
        return Math.max(1, Math.min(46, Math.floor(most / columns), Math.max(2, Math.floor(420 / rows))));
    }

    describe() {
        if (!this.picture) return;
        const { values, size, cursor: [y, x] } = this.picture;
        this.element.setAttribute("aria-rowcount", String(size[0]));
        this.element.setAttribute("aria-colcount", String(size[1]));
        this.cell.setAttribute("aria-colindex", String(Math.max(1, x + 1)));
        this.cell.parentElement?.setAttribute("aria-rowindex", String(Math.max(1, y + 1)));
        this.cell.textContent = y < 0 ? "" : `row ${y}, column ${x}: ${short(values[y * size[1] + x])}`;
    }
}
Grid.count = 0;

/**
 * @param {number} value
 * @param {number} count
 */
const clamp = (value, count) => Math.max(0, Math.min(count - 1, value));
