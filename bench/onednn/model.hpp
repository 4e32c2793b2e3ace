// A network as the benchmark's engines see it: the text format of models/, as far as bench/nets/ uses it.
#pragma once

#include <string>
#include <vector>

struct layer {
    enum kind_of { conv, max_pool, avg_pool, dense } kind;
    long filters = 0; // of a dense layer: units
    long kernel[2] = {1, 1}, stride[2] = {1, 1}, padding = 0, groups = 1;
    bool relu = false;
};

struct model {
    long input[3] = {}; // C,H,W
    std::vector<layer> layers;
};

// Flatten and softmax are not layers here: a dense layer reads any shape, and the loss or the caller's
// softmax takes what the last layer gives. Throws std::runtime_error for what it does not know.
model read_model(const std::string &text);
