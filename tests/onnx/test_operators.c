/* The list of operators: every layer can be written, and the documents name all that is read and written. */
#include "onnx/layers/list.h"

#include "arrays/operators.h"
#include "base/file.h"
#include "base/memory.h"

#include "support/cmocka.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void every_layer_is_written_as_an_operator(void **state) {
    (void)state;
    for (const cnn_op *const *op = cnn_ops(); *op; op++) {
        const cnn_onnx_operator *row = cnn_onnx_find_operator((*op)->onnx);
        if (!row || !row->write)
            fail_msg("the layer %s is written as no operator: its cnn_op.onnx is \"%s\"", (*op)->word,
                     (*op)->onnx ? (*op)->onnx : "");
    }
}

static void every_operator_that_is_written_belongs_to_a_layer(void **state) {
    (void)state;
    for (const cnn_onnx_operator *row = cnn_onnx_operators(); row->name; row++)
        if (row->write && !cnn_op_by_onnx(row->name))
            fail_msg("no layer is a %s: src/onnx/layers/list.h has it as LAYER, expected OTHER", row->name);
}

static void the_list_has_no_row_of_a_plain_layer(void **state) {
    (void)state;
    for (const cnn_onnx_operator *row = cnn_onnx_operators(); row->name; row++)
        if (row->read == cnn_onnx_read_plain_layer && row->write == cnn_onnx_write_layer)
            fail_msg("%s needs no row in src/onnx/layers/list.h", row->name);
}

static void the_list_is_in_alphabetical_order(void **state) {
    (void)state;
    for (const cnn_onnx_operator *row = cnn_onnx_operators() + 1; row->name; row++)
        if (strcmp(row[-1].name, row->name) >= 0)
            fail_msg("%s stands before %s", row[-1].name, row->name);
}

/* ---- The documents ---------------------------------------------------------------------------------- */

/* The part of a page from a heading to another one, as an allocated string. */
static char *section(const char *file, const char *from, const char *to) {
    const char *source = getenv("CNN_SOURCE_DIR");
    cnn_bytes page;
    cnn_error error = {0};
    if (!source)
        skip();
    char *path = cnn_path_join(source, file, &error);
    assert_int_equal(cnn_file_read(path, &page, &error), CNN_OK);
    char *text = cnn_allocate(page.size + 1, 1, "a page", &error);
    memcpy(text, page.data, page.size);
    const char *begin = strstr(text, from), *end = begin ? strstr(begin, to) : NULL;
    if (!begin || !end)
        fail_msg("%s has no \"%s\" followed by \"%s\"", file, from, to);
    memmove(text, begin, (size_t)(end - begin));
    text[end - begin] = '\0';
    cnn_free(path);
    cnn_free(page.data);
    return text;
}

/* `other` is a second text in which the name may stand. */
static void expect_named(const char *text, const char *other, const char *name, const char *heading) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "`%s`", name);
    if (!strstr(text, quoted) && !strstr(other, quoted))
        fail_msg("docs/onnx.md does not name %s under \"%s\", nor does docs/text-format.md under \"Layers\"",
                 quoted, heading);
}

static char *table_of_layers(void) {
    return section("docs/text-format.md", "## Layers", "## Options");
}

static void the_documents_name_the_operator_of_every_layer(void **state) {
    (void)state;
    char *layers = table_of_layers();
    for (const cnn_op *const *op = cnn_ops(); *op; op++)
        expect_named(layers, "", (*op)->onnx, "What is written");
    cnn_free(layers);
}

static void the_documents_name_every_operator_that_is_read(void **state) {
    (void)state;
    char *text = section("docs/onnx.md", "## What is read", "## Pixels"), *layers = table_of_layers();
    for (const cnn_onnx_operator *row = cnn_onnx_operators(); row->name; row++)
        expect_named(text, layers, row->name, "What is read");
    cnn_free(layers);
    cnn_free(text);
}

static void the_documents_name_every_operator_that_runs_on_raw_tensors(void **state) {
    (void)state;
    static const char *const names[] = {
#define NAME(name, ...) #name,
        CNN_OPERATOR_LIST(NAME)
#undef NAME
    };
    char *text = section("docs/onnx.md", "## Running any model", "### Conformance");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect_named(text, "", names[i], "Running any model");
    cnn_free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_is_written_as_an_operator),
        cmocka_unit_test(every_operator_that_is_written_belongs_to_a_layer),
        cmocka_unit_test(the_list_has_no_row_of_a_plain_layer),
        cmocka_unit_test(the_list_is_in_alphabetical_order),
        cmocka_unit_test(the_documents_name_the_operator_of_every_layer),
        cmocka_unit_test(the_documents_name_every_operator_that_is_read),
        cmocka_unit_test(the_documents_name_every_operator_that_runs_on_raw_tensors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
