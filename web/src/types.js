/**
 * The types that several modules share; there is no code in this file.
 *
 * @typedef {object} Layer one layer, as the engine describes it
 * @property {string} name "conv_1"; "input" is the network's input, normalised
 * @property {string} op its word in the text form: "conv", "maxpool", "dense"
 * @property {string} text its line in the text form
 * @property {string[]} inputs the names of the layers it reads
 * @property {number[]} shape C,H,W; a vector is C,1,1
 * @property {Record<string, any>} settings kernel, stride, pads (top, left, bottom, right), dilation, groups
 * @property {string[]} parameters names of its parameter tensors
 * @property {number} macs multiplications for one image
 *
 * @typedef {import("./engine.js").Account} Account how one value came about
 *
 * @typedef {object} Picture the image that the network looks at
 * @property {"test"|"drawn"|"file"|"preset"} kind
 * @property {number} index of a test image; otherwise -1
 * @property {number} label its class; -1: unknown
 * @property {Float32Array} pixels C,H,W in 0..1
 *
 * @typedef {object} Pin one value that is kept for comparison
 * @property {string} layer
 * @property {number} c
 * @property {number} y
 * @property {number} x
 * @property {number} value
 *
 * @typedef {object} State all that the page shows follows from this
 * @property {number} chapter 1 to 8
 * @property {string} layer
 * @property {number} c channel, or the element of a vector
 * @property {number} y
 * @property {number} x
 * @property {number} input which channel of the layer's input is enlarged
 * @property {Picture} picture
 * @property {number} run counts the forward passes: whatever it changes is drawn anew
 * @property {number} target the class that the loss is for; -1: the label, or the prediction
 * @property {"layer"|"map"|"all"} scale what shares one colour scale
 * @property {boolean} changes colour what changed since the remembered image instead of the values
 * @property {"light"|"dark"} theme
 * @property {Pin[]} pins
 *
 * @typedef {Set<string>} Changed the names of the members of State that changed
 *
 * @typedef {object} View a piece of the page
 * @property {HTMLElement} element
 * @property {(changed: Changed) => void} update
 * @property {() => void} [close]
 *
 * @typedef {object} Chapter
 * @property {number} number
 * @property {string} title
 * @property {string} summary one line under the title
 * @property {(app: import("./app.js").App) => View} open
 */
export {};
