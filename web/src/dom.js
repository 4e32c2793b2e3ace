/** Elements of the document, made by one call: the whole view layer of the page. */

/** @typedef {Node|string|number|null|undefined|false} Child */
/** @typedef {Child|Child[]} Children */

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

/**
 * Sets attributes; `onclick` and its like are listeners, false and null leave an attribute out.
 * @param {Element} element
 * @param {Record<string, any>} attributes
 */
function setAttributes(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on"))
            element.addEventListener(name.slice(2), value);
        else if (value === true)
            element.setAttribute(name, "");
        else if (value !== false && value !== null && value !== undefined)
            element.setAttribute(name, String(value));
    }
}

/**
 * @param {Element} element
 * @param {Children[]} children
 */
function append(element, children) {
    for (const child of children.flat()) {
        if (child === null || child === undefined || child === false) continue;
        element.append(child instanceof Node ? child : String(child));
    }
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Children} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    setAttributes(element, attributes);
    append(element, children);
    return element;
}

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Children} children
 */
export function svg(tag, attributes = {}, ...children) {
    const element = document.createElementNS(SVG, tag);
    setAttributes(element, attributes);
    append(element, children);
    return element;
}

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Children} children
 */
export function mathElement(tag, attributes = {}, ...children) {
    const element = document.createElementNS(MATHML, tag);
    setAttributes(element, attributes);
    append(element, children);
    return element;
}

/**
 * Puts other children in the place of those that an element has.
 * @param {Element} element
 * @param {...Children} children
 */
export function fill(element, ...children) {
    element.replaceChildren();
    append(element, children);
}

/**
 * A canvas's context; every browser that runs the page has one.
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function context2d(canvas) {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("the browser gives no 2D canvas");
    return context;
}

/**
 * A range with its label and its value beside it.
 * @param {string} label
 * @param {{min: number, max: number, step?: number, value: number}} range
 * @param {(value: number) => void} change
 * @param {(value: number) => string} [text]
 */
export function slider(label, range, change, text = String) {
    const output = h("output", {}, text(range.value));
    const input = h("input", {
        type: "range",
        min: range.min,
        max: range.max,
        step: range.step ?? 1,
        value: range.value,
        oninput: () => {
            output.textContent = text(Number(input.value));
            change(Number(input.value));
        },
    });
    return h("label", { class: "slider" }, h("span", {}, label), input, output);
}

/**
 * One choice of several, as a row of radio buttons that looks like a switch.
 * @template {string} T
 * @param {string} label
 * @param {[T, string][]} options value and text
 * @param {T} value
 * @param {(value: T) => void} change
 */
export function choice(label, options, value, change) {
    const name = `choice-${label}-${choice.count++}`;
    const boxes = options.map(
        ([option, text]) => h("label", {},
            h("input",
                { type: "radio", name, value: option, checked: option === value, onchange: () => change(option) }),
            h("span", {}, text)));
    return h("fieldset", { class: "choice" }, h("legend", {}, label), boxes);
}
choice.count = 0;

/**
 * @param {string} label
 * @param {boolean} value
 * @param {(value: boolean) => void} change
 */
export function checkbox(label, value, change) {
    const input = h("input", { type: "checkbox", checked: value, onchange: () => change(input.checked) });
    return h("label", { class: "check" }, input, h("span", {}, label));
}

/**
 * @param {string} text
 * @param {() => void} press
 * @param {Record<string, any>} [attributes]
 */
export function button(text, press, attributes = {}) {
    return h("button", { type: "button", onclick: press, ...attributes }, text);
}
