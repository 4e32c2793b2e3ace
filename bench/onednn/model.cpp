#include "model.hpp"

#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace {

// "3x3" or "3"
void read_pair(std::istream &words, long pair[2]) {
    std::string word;
    words >> word;
    if (std::sscanf(word.c_str(), "%ldx%ld", &pair[0], &pair[1]) == 1)
        pair[1] = pair[0];
}

void read_options(std::istream &words, layer &made) {
    for (std::string word; words >> word;) {
        if (word == "relu")
            made.relu = true;
        else if (word == "stride")
            read_pair(words, made.stride);
        else if (word == "padding")
            words >> made.padding;
        else if (word == "groups")
            words >> made.groups;
        else
            throw std::runtime_error("the benchmark does not know the option " + word);
    }
}

layer read_layer(const std::string &kind, std::istream &words) {
    layer made{};
    if (kind == "conv") {
        made.kind = layer::conv;
        words >> made.filters;
        read_pair(words, made.kernel);
    } else if (kind == "maxpool" || kind == "avgpool") {
        made.kind = kind == "maxpool" ? layer::max_pool : layer::avg_pool;
        read_pair(words, made.kernel);
        made.stride[0] = made.kernel[0];
        made.stride[1] = made.kernel[1];
    } else if (kind == "dense") {
        made.kind = layer::dense;
        words >> made.filters;
    } else {
        throw std::runtime_error("the benchmark does not know the layer " + kind);
    }
    read_options(words, made);
    return made;
}

} // namespace

model read_model(const std::string &text) {
    model read;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string kind;
        if (!(words >> kind) || kind == "flatten" || kind == "softmax")
            continue;
        char x;
        if (kind == "input")
            words >> read.input[0] >> x >> read.input[1] >> x >> read.input[2];
        else
            read.layers.push_back(read_layer(kind, words));
    }
    return read;
}
