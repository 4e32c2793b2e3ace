/* cnn models says what docs/models.md says. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *list_models(void) {
    command_result result = command_run("models --json");
    assert_int_equal(result.code, 0);
    json_t *models = json_loads(result.out, 0, NULL);
    assert_non_null(models);
    command_free(&result);
    return models;
}

static void every_built_in_model_is_described(void **state) {
    (void)state;
    json_t *models = list_models(), *model;
    size_t i;
    assert_int_equal(json_array_size(models), 7);
    json_array_foreach(models, i, model) {
        const char *name = json_string_value(json_object_get(model, "name"));
        assert_true(json_string_length(json_object_get(model, "title")) > 0);
        assert_true(json_string_length(json_object_get(model, "purpose")) > 0);
        assert_int_equal(json_array_size(json_object_get(model, "input")), 3);
        command_expect("models", 0, name, NULL);
    }
    json_decref(models);
}

/* The row "| `basic` | ... | 1,199,882 | 93.0 % | 10 |" of the document's table. */
static void expect_row(const char *document, const char *name, double percent, int epochs) {
    char *begin = NULL, *end = NULL;
    assert_true(asprintf(&begin, "\n| `%s` |", name) > 0 &&
                asprintf(&end, "| %.1f %% | %d |", percent, epochs) > 0);
    const char *row = strstr(document, begin);
    if (!row)
        fail_msg("docs/models.md has no row of %s", name);
    const char *figures = strstr(row, end);
    if (!figures || memchr(row + 1, '\n', (size_t)(figures - row - 1)))
        fail_msg("docs/models.md: the row of %s does not hold '%s'", name, end);
    free(begin);
    free(end);
}

static void the_document_has_the_same_figures(void **state) {
    enum { MAX_BYTES = 1 << 20 };
    char *path, *document = calloc(1, MAX_BYTES);
    json_t *models = list_models(), *model;
    size_t i;
    (void)state;
    assert_true(asprintf(&path, "%s/docs/models.md", getenv("CNN_SOURCE_DIR")) > 0);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(document, 1, MAX_BYTES - 1, file) > 0);
    fclose(file);
    json_array_foreach(models, i, model) {
        const json_t *accuracy = json_object_get(model, "accuracy");
        if (!json_is_null(accuracy))
            expect_row(document, json_string_value(json_object_get(model, "name")),
                       100 * json_real_value(json_object_get(accuracy, "value")),
                       (int)json_integer_value(json_object_get(accuracy, "epochs")));
    }
    json_decref(models);
    free(document);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_built_in_model_is_described),
        cmocka_unit_test(the_document_has_the_same_figures),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
