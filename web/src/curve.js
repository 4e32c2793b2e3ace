/** A curve over steps, with the value under the pointer or the cursor in words. */
import {h} from "./dom.js";
import {sizeCanvas} from "./maps.js";
import {short} from "./numbers.js";

/** @typedef {{x: number, y: number}} Point */
/** @typedef {{name: string, colour: string, points: Point[], smooth?: boolean}} Line */

const HEIGHT = 170, LEFT = 44, BOTTOM = 22;

export class Curve {
    /** @param {{label: string, unit: string}} options */
    constructor(options) {
        this.options = options;
        this.canvas = h("canvas", { width: 1, height: 1, role: "img", "aria-label": options.label });
        this.told = h("p", { class: "quiet" }, "\u00a0");
        this.element = h("div", { class: "curve" }, this.canvas, this.told);
        /** @type {Line[]} */
        this.lines = [];
        this.canvas.addEventListener("pointermove", event => this.tell(event.offsetX));
    }

    /** @param {Line[]} lines */
    draw(lines) {
        this.lines = lines;
        const points = lines.flatMap(line => line.points).filter(point => Number.isFinite(point.y));
        this.width = Math.max(200, this.element.clientWidth || 500);
        const context = sizeCanvas(this.canvas, this.width, HEIGHT);
        const style = getComputedStyle(this.element);
        this.right = Math.max(1, ...points.map(point => point.x));
        this.top = Math.max(1e-6, ...points.map(point => point.y));
        this.axes(context, style);
        for (const line of lines)
            this.line(context, line, line.colour.startsWith("--") ? style.getPropertyValue(line.colour) : line.colour);
        const last = lines[0]?.points.at(-1);
        if (last)
            this.canvas.setAttribute(
                "aria-label", `${this.options.label}: ${short(last.y)} at ${this.options.unit} ${last.x}`);
    }

    /** @param {number} x */
    across(x) {
        return LEFT + (x / (this.right ?? 1)) * ((this.width ?? 500) - LEFT - 8);
    }

    /** @param {number} y */
    down(y) {
        return HEIGHT - BOTTOM - (y / (this.top ?? 1)) * (HEIGHT - BOTTOM - 8);
    }

    /**
     * @param {CanvasRenderingContext2D} context
     * @param {CSSStyleDeclaration} style
     */
    axes(context, style) {
        context.strokeStyle = style.getPropertyValue("--line");
        context.fillStyle = style.getPropertyValue("--quiet");
        context.font = "12px system-ui, sans-serif";
        context.textAlign = "right";
        for (const share of [0, 0.5, 1]) {
            const y = this.down(share * (this.top ?? 1));
            context.beginPath();
            context.moveTo(LEFT, y);
            context.lineTo(this.width ?? 500, y);
            context.stroke();
            context.fillText(short(share * (this.top ?? 1), 2), LEFT - 6, y + 4);
        }
        context.fillText(`${this.options.unit} ${this.right}`, (this.width ?? 500) - 4, HEIGHT - 6);
    }

    /**
     * @param {CanvasRenderingContext2D} context
     * @param {Line} line
     * @param {string} colour
     */
    line(context, line, colour) {
        context.strokeStyle = colour;
        context.lineWidth = line.smooth ? 2.5 : 1.5;
        context.beginPath();
        let last = NaN;
        for (const { x, y } of line.points) {
            last = line.smooth && Number.isFinite(last) ? 0.9 * last + 0.1 * y : y;
            context.lineTo(this.across(x), this.down(last));
        }
        context.stroke();
    }

    /** @param {number} x of the pointer */
    tell(x) {
        const [line] = this.lines;
        if (!line?.points.length) return;
        const near = line.points.reduce(
            (best, point) => (Math.abs(this.across(point.x) - x) < Math.abs(this.across(best.x) - x) ? point : best));
        this.told.textContent = `${this.options.unit} ${near.x}: ${
            this.lines.map(({ name, points }) => `${name} ${short(points.find(point => point.x === near.x)?.y ?? NaN)}`)
                .join(", ")}`;
    }
}
