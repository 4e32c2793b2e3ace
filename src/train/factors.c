#include "train/factors.h"

#include <fnmatch.h>
#include <math.h>

static bool matches(const cnn_parameter_factor *factor, const char *parameter) {
    return fnmatch(factor->pattern, parameter, 0) == 0;
}

static bool matches_any(const cnn_parameter_factor *factor, const cnn_net *net) {
    for (int64_t i = 0; i < net->parameter_count; i++)
        if (matches(factor, net->parameters[i].name))
            return true;
    return false;
}

static cnn_status check(const cnn_parameter_factor *factor, const char *what, const cnn_net *net,
                        cnn_error *error) {
    if (!factor->pattern)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: a pattern must not be NULL", what);
    if (!(factor->factor >= 0) || !isfinite(factor->factor))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: the factor of \"%s\" must be at least 0, not %g",
                        what, factor->pattern, factor->factor);
    if (!matches_any(factor, net))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "%s: no parameter has a name that matches \"%s\" (* stands for any characters); the "
                        "first one is \"%s\"",
                        what, factor->pattern, net->parameter_count ? net->parameters[0].name : "");
    return CNN_OK;
}

cnn_status cnn_factors_check(const cnn_factors *factors, const cnn_net *net, cnn_error *error) {
    cnn_status status = CNN_OK;
    if (factors->count < 0 || (factors->count > 0 && !factors->list))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: a list of %d factors", factors->what, factors->count);
    for (int i = 0; status == CNN_OK && i < factors->count; i++)
        status = check(&factors->list[i], factors->what, net, error);
    return status;
}

double cnn_factor_of(const cnn_factors *factors, const char *parameter) {
    double product = 1;
    for (int i = 0; i < factors->count; i++)
        if (matches(&factors->list[i], parameter))
            product *= factors->list[i].factor;
    return product;
}
