/* Data sets whose classes have names, as class folders give them. */
#ifndef TESTS_SUPPORT_CLASS_NAMES_H
#define TESTS_SUPPORT_CLASS_NAMES_H

#include "base/memory.h"
#include "data/dataset.h"
#include "support/cmocka.h"

/* `names`: one for each class of the data. */
static inline void rename_classes(cnn_data *data, const char *const *names) {
    for (int64_t i = 0; i < data->classes; i++) {
        cnn_free(data->names[i]);
        data->names[i] = cnn_copy_string(names[i], NULL);
        assert_non_null(data->names[i]);
    }
}

#endif
