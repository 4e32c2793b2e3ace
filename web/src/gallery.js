/** All maps of a layer on one canvas, of which one is chosen: a list box with the arrows of a grid. */
import {scaleOf} from "./colour.js";
import {h} from "./dom.js";
import {drawMap, outline, sizeCanvas} from "./maps.js";
import {short} from "./numbers.js";

/** @typedef {import("./colour.js").Scale} Scale */

/**
 * @typedef {object} GalleryPicture
 * @property {ArrayLike<number>} values maps x rows x columns
 * @property {number} count of maps
 * @property {[number, number]} size of one
 * @property {(map: number) => Scale} scale
 * @property {string} theme
 * @property {number} chosen -1: none
 * @property {import("./maps.js").Box[]} [boxes] outlined in every map, or in the chosen one
 * @property {boolean} [boxesOfChosen]
 * @property {number} [side] the least height of a map in CSS pixels
 * @property {(context: CanvasRenderingContext2D, map: number, place: {x: number, y: number, width: number, height: number}) => void} [paint] draws a map that is no map of values
 */

const GAP = 4;

export class Gallery {
    /**
     * @param {{label: string, noun?: string, pick?: (map: number) => void}} options
     */
    constructor(options) {
        this.options = options;
        this.canvas = h("canvas", {});
        this.option = h(
            "span", { role: "option", id: `map-${Gallery.count++}`, "aria-selected": "true", class: "unseen" });
        this.element = h("div", {
            class: "gallery",
            role: "listbox",
            tabindex: 0,
            "aria-label": options.label,
            "aria-activedescendant": this.option.id,
            onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
        },
            this.canvas, this.option);
        this.canvas.addEventListener("pointerdown", event => this.point(event));
        this.columns = 1;
        this.pitch = [1, 1]; /* from one map to the next: down, right */
        /** @type {GalleryPicture|null} */
        this.picture = null;
    }

    /** @param {PointerEvent} event */
    point(event) {
        const row = Math.floor(event.offsetY / this.pitch[0]), column = Math.floor(event.offsetX / this.pitch[1]);
        const map = row * this.columns + column;
        if (this.picture && column < this.columns && map < this.picture.count) this.options.pick?.(map);
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        if (!this.picture || event.ctrlKey || event.altKey || event.metaKey) return;
        const last = this.picture.count - 1;
        /** @type {Record<string, number>} */
        const steps = {
            ArrowLeft: -1,
            ArrowRight: 1,
            ArrowUp: -this.columns,
            ArrowDown: this.columns,
            Home: -last,
            End: last
        };
        const step = steps[event.key];
        if (step === undefined) return;
        event.preventDefault();
        this.options.pick?.(Math.max(0, Math.min(last, this.picture.chosen + step)));
    }

    /** @param {GalleryPicture} picture */
    draw(picture) {
        this.picture = picture;
        const { values, count, size, chosen, theme } = picture;
        const width = Math.max(120, this.element.clientWidth || 600);
        const enlarge = Math.max(1, Math.round((picture.side ?? 44) / size[0]));
        const h1 = Math.min(size[0] * enlarge, 120), w1 = Math.min(Math.round((h1 * size[1]) / size[0]), width - 8);
        this.pitch = [h1 + GAP, w1 + GAP];
        this.columns = Math.max(1, Math.min(count, Math.floor(width / (w1 + GAP))));
        const context = sizeCanvas(
            this.canvas, this.columns * (w1 + GAP), Math.ceil(count / this.columns) * (h1 + GAP));
        const area = size[0] * size[1];
        for (let map = 0; map < count; map++) {
            const place = this.place(map, w1, h1);
            if (picture.paint)
                picture.paint(context, map, place);
            else
                drawMap(context, part(values, map * area, area), size, place, picture.scale(map), theme);
            for (const box of boxesOf(picture, map)) this.outlined(context, place, box, [h1 / size[0], w1 / size[1]]);
        }
        if (chosen >= 0) {
            const { x, y } = this.place(chosen, w1, h1);
            outline(context, { top: y - 0.5, left: x - 0.5, height: h1 + 1, width: w1 + 1, style: "cursor" }, [1, 1]);
        }
        this.option.textContent = `${this.options.noun ?? "map"} ${chosen} of ${count}${this.largest(chosen, area)}`;
    }

    /**
     * @param {number} map
     * @param {number} area
     */
    largest(map, area) {
        if (!this.picture || map < 0 || this.picture.paint) return "";
        return `, largest magnitude ${short(scaleOf(part(this.picture.values, map * area, area)).limit)}`;
    }

    /**
     * @param {number} map
     * @param {number} width
     * @param {number} height
     */
    place(map, width, height) {
        const x = (map % this.columns) * this.pitch[1] + GAP / 2,
              y = Math.floor(map / this.columns) * this.pitch[0] + GAP / 2;
        return { x, y, width, height };
    }

    /**
     * @param {CanvasRenderingContext2D} context
     * @param {{x: number, y: number}} place
     * @param {import("./maps.js").Box} box
     * @param {[number, number]} cell
     */
    outlined(context, place, box, cell) {
        context.save();
        context.translate(place.x, place.y);
        context.strokeStyle = "#0d8a72";
        context.lineWidth = 1;
        context.strokeRect(box.left * cell[1], box.top * cell[0], box.width * cell[1], box.height * cell[0]);
        context.restore();
    }
}
Gallery.count = 0;

/**
 * @param {GalleryPicture} picture
 * @param {number} map
 */
const boxesOf = ({ boxes = [], boxesOfChosen, chosen }, map) => (boxesOfChosen && map !== chosen ? [] : boxes);

/**
 * @param {ArrayLike<number>} values
 * @param {number} first
 * @param {number} count
 */
function part(values, first, count) {
    if (values instanceof Float32Array) return values.subarray(first, first + count);
    return Array.prototype.slice.call(values, first, first + count);
}
