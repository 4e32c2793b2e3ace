// @ts-check
// What the engine gives and takes.

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} op its word in the text format
 * @property {string} text its line there
 * @property {string[]} inputs names
 * @property {number} rank of the output: 3 for maps, 1 for a vector
 * @property {number[]} shape of the output: C,H,W; a vector is C,1,1
 * @property {number} count values of one image
 * @property {number} area positions; in memory all channels of one lie side by side, also in a flattened map
 * @property {import("./settings.js").LayerSettings} settings
 * @property {string[]} parameters names of its tensors
 * @property {number} parameterCount trainable values
 * @property {number} macs multiplications for one image
 */

/** @typedef {{ name: string, shape: number[], count: number }} Parameter */

/**
 * @typedef {object} Terms columns of one length
 * @property {number} count
 * @property {Int32Array} input which of the layer's inputs
 * @property {Float64Array} index of the value in that input's output; -1: a zero of the padding
 * @property {Float64Array} weight of the factor in the tensor weightName; -1: no parameter
 * @property {Float64Array} value
 * @property {Float64Array} factor
 * @property {Float64Array} product
 */

/**
 * @typedef {object} Account
 * @property {"sum" | "largest" | "function"} kind
 * @property {string} layer
 * @property {string} op
 * @property {import("./settings.js").LayerSettings} settings of the layer
 * @property {number} image
 * @property {number} index of the value in the layer's output
 * @property {string} formula
 * @property {Terms} terms in the engine's order
 * @property {import("./sums.js").Part[]} parts stretches of the terms that the engine sums up by themselves; one in most layers
 * @property {Int8Array | null} lanes which of four sums a term goes into; null: there is one
 * @property {Float32Array} [inputs] of a softmax: the values of its input, of which exp is taken
 * @property {string | null} weightName
 * @property {string | null} biasName
 * @property {number} biasIndex -1: no bias
 * @property {number} bias
 * @property {{ name: string, value: number }[]} figures
 * @property {number} winner the term that is the largest; -1: of no interest
 * @property {number} result in double precision
 * @property {number} engine the float that the engine computed
 * @property {number} difference
 * @property {number} magnitude
 * @property {number} bound
 * @property {number} worst
 */

/**
 * @typedef {object} GradientAccount
 * @property {string} parameter
 * @property {string} layer
 * @property {number} index in the tensor
 * @property {number} weight the parameter's value
 * @property {{ count: number, image: Int32Array, index: Float64Array, input: Float64Array, upstream: Float64Array,
 *     slope: Float64Array, product: Float64Array }} terms
 * @property {number} result
 * @property {number} engine
 * @property {number} difference
 * @property {number} magnitude
 * @property {number} bound
 * @property {number} worst
 * @property {number} [centralDifference]
 */

/**
 * @typedef {object} ReceptiveField
 * @property {number} top first row
 * @property {number} left first column
 * @property {number} bottom behind the last row
 * @property {number} right behind the last column
 * @property {number} pixels that the value depends on
 * @property {number} rows where the image has no edges
 * @property {number} columns
 * @property {[number, number]} jump how far it moves from one value to the next
 * @property {Uint8Array} mask H x W: 1 where a pixel takes part
 */

/**
 * @typedef {object} LayerTimes
 * @property {number} seconds of one image, all layers together: with loss and update where it trains
 * @property {LayerTime[]} layers in the order of execution
 */

/**
 * A step of a run: a layer with those that are fused into it. Seconds, multiplications and additions for one image.
 * @typedef {object} LayerTime
 * @property {string} name "conv_2 + relu_2 + max_pool_1"
 * @property {string[]} names of the layers
 * @property {string} algorithm how it is computed
 * @property {number} forward seconds
 * @property {number} backward 0 where nothing is trained
 * @property {number} forwardFlops as the layer is defined; 0 for layers without weights
 * @property {number} backwardFlops
 */

/**
 * @typedef {object} TrainerOptions
 * @property {string} [optimizer] one of the engine's optimizers; default: SGD with momentum 0.9, weight decay 0.0005
 * @property {number} [learningRate] 0: the optimizer's default
 * @property {number} [momentum]
 * @property {boolean} [nesterov]
 * @property {number} [weightDecay]
 * @property {number} [batch] at most so many images in a step: 32
 * @property {number} [seed] of dropout, as that of `cnn train`
 */

/**
 * @typedef {object} Network
 * @property {string} text in the text format
 * @property {Float32Array} [parameters] of all tensors, one after the other; without them all are zero
 * @property {number[]} [mean] of each channel: pixel x of 0..1 enters as (x - mean) / deviation
 * @property {number[]} [deviation]
 */

/**
 * @typedef {object} Preprocessing of pictures from files
 * @property {boolean} bgr the channels are blue, green, red
 * @property {number} resize of the shorter side, in front of a crop; 0: squashed to the input's size
 * @property {boolean} invert
 * @property {boolean} centre as MNIST's digits
 */

export {};
