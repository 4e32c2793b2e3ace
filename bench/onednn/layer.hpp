// One convolution in one direction, by the best of oneDNN's implementations that a policy allows.
#pragma once

#include "primitives.hpp"

class single_layer {
  public:
    // direction: forward, data (gradient of the input) or weights (gradient of weights and bias).
    single_layer(const layer &of, long batch, const long input[3], const std::string &direction,
                 const policy &by);

    void work();
    std::vector<float> result(); // the direction's output without its bias, in logical order

  private:
    dnnl::memory filled(const dnnl::memory::desc &desc, size_t first);

    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    arena room;
    call it;
    dnnl::memory written;
};
