/* The lab's results by the name of a layer. */
#ifndef TESTS_LAB_LAB_LAYERS_H
#define TESTS_LAB_LAB_LAYERS_H

#include "support/cmocka.h"

#include <cnn_lab.h>

#include <string.h>

static inline const cnn_lab_layer *layer_of(const cnn_lab *lab, const char *name) {
    for (int64_t i = 0; i < lab->layer_count; i++)
        if (strcmp(lab->layers[i].name, name) == 0)
            return &lab->layers[i];
    fail_msg("no layer %s", name);
    return NULL;
}

#endif
