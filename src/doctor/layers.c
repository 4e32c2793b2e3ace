#include "doctor/layers.h"

#include <math.h>
#include <stdio.h>

/* The gradients of the layers' weights (root mean squares) differ by a factor of up to 100 in the built-in models. */
static const double VANISHING = 1e-4, EXPLODING = 1e3;
/* An update changes weights by a thousandth to a fiftieth of their norm in a training that goes well. */
static const double TOO_SMALL = 1e-6;

/* ---- Gradients ---------------------------------------------------------------------------------------- */

/* Of a layer's gradient, so that layers of different sizes can be compared. */
static double root_mean_square(const cnn_layer_update *layer) {
    return layer->gradient / sqrt((double)layer->weights);
}

/* The layer with the smallest or largest gradient; NULL: there are none. */
static const cnn_layer_update *extreme_gradient(const cnn_layer_view *view, bool largest) {
    const cnn_layer_update *found = NULL;
    for (const cnn_layer_update *layer = view->layers; layer < view->layers + view->count; layer++)
        if (!found || (root_mean_square(layer) > root_mean_square(found)) == largest)
            found = layer;
    return found;
}

bool cnn_gradients_are_wrong(const cnn_layer_view *view, cnn_finding *finding) {
    const cnn_layer_update *small = extreme_gradient(view, false), *large = extreme_gradient(view, true);
    if (!small)
        return false;
    const double least = root_mean_square(small), most = root_mean_square(large);
    const bool vanish = least<VANISHING * most, explode = most> EXPLODING;
    if (!vanish && !explode)
        return false;
    *finding = (cnn_finding){.check = "gradients", .severity = CNN_FAULT};
    snprintf(finding->what, sizeof finding->what, "gradients %s on their way back",
             explode ? "explode" : "vanish");
    snprintf(finding->where, sizeof finding->where, "%slayer %.100s", view->when,
             explode ? large->layer : small->layer);
    snprintf(finding->evidence, sizeof finding->evidence,
             "%s the gradient of the weights of layer %.80s has a root mean square of %.2g, that of layer "
             "%.80s %.2g",
             view->measured, small->layer, least, large->layer, most);
    snprintf(finding->advice, sizeof finding->advice,
             "use relu instead of sigmoid or tanh, batch normalisation, fewer layers, or connections that "
             "skip layers (add); the initial weights (init) must suit the activation");
    return true;
}

/* ---- Updates ------------------------------------------------------------------------------------------ */

int64_t cnn_largest_update(const cnn_layer_view *view) {
    int64_t found = view->count > 0 ? 0 : -1;
    for (int64_t i = 1; i < view->count; i++)
        if (view->layers[i].update > view->layers[found].update)
            found = i;
    return found;
}

bool cnn_updates_are_wrong(const cnn_layer_view *view, cnn_finding *finding) {
    const int64_t found = cnn_largest_update(view);
    if (found < 0)
        return false;
    const cnn_layer_update *layer = &view->layers[found];
    const bool large = layer->update > view->too_large;
    if (!large && !(layer->update < TOO_SMALL))
        return false;
    *finding = (cnn_finding){.check = "updates", .severity = large ? CNN_FAULT : CNN_WARNING};
    snprintf(finding->what, sizeof finding->what,
             "updates are too %s for the weights: the learning rate is too %s", large ? "large" : "small",
             large ? "high" : "low");
    snprintf(finding->evidence, sizeof finding->evidence,
             "%s an update changed the weights of layer %.80s by %.3g times their norm, the most of all "
             "layers; a thousandth to a fiftieth is usual",
             view->measured, layer->layer, layer->update);
    snprintf(finding->advice, sizeof finding->advice, "try a learning rate %s (--lr)",
             large ? "ten times lower" : "a hundred times higher");
    return true;
}
