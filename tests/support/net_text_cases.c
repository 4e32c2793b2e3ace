/* Networks with one layer of the text format each, between a convolution and a dense layer. */
#include "support/net_cases.h"

#include <stddef.h>

#define CASE(label, lines)                                                                                   \
    { .name = label, .text = lines }

const net_case net_text_cases[] = {
    CASE("sigmoid", "sigmoid"),
    CASE("tanh", "tanh"),
    CASE("leakyrelu", "leakyrelu"),
    CASE("leakyrelu negative", "leakyrelu -0.3"),
    CASE("elu", "elu"),
    CASE("elu alpha", "elu 0.6"),
    CASE("selu", "selu"),
    CASE("selu options", "selu alpha 1.2 gamma 0.7"),
    CASE("hardsigmoid", "hardsigmoid"),
    CASE("hardsigmoid steep", "hardsigmoid 0.7 0.4"),
    CASE("hardswish", "hardswish"),
    CASE("clip", "clip -0.2 0.3"),
    CASE("clip at zero", "clip 0 6"),
    CASE("softplus", "softplus"),
    CASE("softsign", "softsign"),
    CASE("thresholdedrelu", "thresholdedrelu 0.1"),
    CASE("swish", "swish"),
    CASE("abs", "abs"),
    CASE("neg", "neg"),
    CASE("exp", "exp"),
    CASE("log", "softplus\nlog"),
    CASE("sqrt", "exp\nsqrt"),
    CASE("activation after flatten", "flatten\nswish\ndense 7\ntanh\ndense 5\nsigmoid"),
    CASE("activations of one layer", "conv 4 1x1 name trunk\nsigmoid name gate\ntanh from trunk\nadd gate"),
    {0},
};
