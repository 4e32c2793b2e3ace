/** The chapters of the deck, in its order. */
import {backward} from "./chapters/backward.js";
import {claims} from "./chapters/claims.js";
import {convolution} from "./chapters/convolution.js";
import {dense} from "./chapters/dense.js";
import {image} from "./chapters/image.js";
import {numbers} from "./chapters/numbers.js";
import {pooling} from "./chapters/pooling.js";
import {training} from "./chapters/training.js";

/** @type {import("./types.js").Chapter[]} */
export const chapters = [image, convolution, pooling, dense, backward, training, claims, numbers];
