/** Formulas as MathML, written by short calls. */
import {mathElement} from "./dom.js";

/** @typedef {Node|string|number} Piece */

/**
 * A name, a number or a sign becomes its element; elements stay.
 * @param {Piece} piece
 * @returns {Node}
 */
function atom(piece) {
    if (piece instanceof Node) return piece;
    const text = String(piece);
    if (/^[-\u2212]?[\d.]/.test(text)) return mathElement("mn", {}, text.replace("-", "\u2212"));
    if (/^[\p{L}]/u.test(text)) return mathElement("mi", {}, text);
    return mathElement("mo", {}, text);
}

/** @param {...Piece} pieces */
export const row = (...pieces) => mathElement("mrow", {}, pieces.map(atom));

/**
 * @param {Piece} top
 * @param {Piece} bottom
 */
export const fraction = (top, bottom) => mathElement("mfrac", {}, atom(top), atom(bottom));

/**
 * @param {Piece} base
 * @param {Piece} below
 */
export const sub = (base, below) => mathElement("msub", {}, atom(base), atom(below));

/**
 * @param {Piece} base
 * @param {Piece} above
 */
export const sup = (base, above) => mathElement("msup", {}, atom(base), atom(above));

/**
 * The sum over an index.
 * @param {Piece} below
 */
export const sum = below => mathElement("munder", {}, mathElement("mo", {}, "\u2211"), atom(below));

/**
 * Rounded down.
 * @param {Piece} inner
 */
export const floor = inner => row("\u230a", inner, "\u230b");

/**
 * Words inside a formula.
 * @param {string} text
 */
export const words = text => mathElement("mtext", {}, text);

/**
 * A formula on a line of its own.
 * @param {...Piece} pieces
 */
export const formula = (...pieces) => mathElement("math", {display: "block"}, row(...pieces));

/**
 * A formula within a text.
 * @param {...Piece} pieces
 */
export const inline = (...pieces) => mathElement("math", {}, row(...pieces));
