/* Receptive fields against the brute-force check: which pixels change the value. */
#include "inspect_case.h"

#include "base/memory.h"
#include "base/random.h"
#include "graph/net.h"
#include "support/cmocka.h"

#include <math.h>
#include <string.h>

/* With positive weights no change is lost: every layer rises with its input. */
static void make_positive(cnn_net *net) {
    for (int64_t i = 0; i < net->parameter_count; i++) {
        const cnn_parameter *p = &net->parameters[i];
        for (int64_t k = 0; k < p->elements; k++)
            net->values[p->offset + k] =
                0.5f + 0.5f * (float)((double)(cnn_random_hash(4, (uint64_t)k) % 1000) / 1000);
    }
}

/* The layer's outputs, of which value `index` is looked at, with one pixel of the image brightened. */
static float value_with(const inspect_case *c, const char *layer, int64_t index, const float *images) {
    int64_t count;
    assert_int_equal(cnn_inspector_run(c->inspector, images, 1, NULL), CNN_OK);
    float *values = inspect_case_output(c, layer, &count);
    const float value = values[index];
    cnn_free(values);
    return value;
}

/* 1 for each pixel that changes the value when it is made very bright: then it wins every window. */
static void mask_by_force(const inspect_case *c, const char *layer, int64_t index, uint8_t *mask) {
    const cnn_shape *shape = &c->net->input;
    const int64_t area = shape->dim[1] * shape->dim[2], count = shape->dim[0] * area;
    float *images = cnn_allocate((size_t)count, sizeof *images, "a test", NULL);
    for (int64_t i = 0; i < count; i++)
        images[i] = 0.5f;
    const float before = value_with(c, layer, index, images);
    for (int64_t at = 0; at < area; at++) {
        for (int64_t i = at; i < count; i += area)
            images[i] = 1e4f;
        mask[at] = value_with(c, layer, index, images) != before;
        for (int64_t i = at; i < count; i += area)
            images[i] = 0.5f;
    }
    cnn_free(images);
}

static const struct {
    const char *text;
    int64_t rows, columns; /* without edges; 0: whole maps */
    double jump;
    int64_t top; /* of the field of the first value */
} networks[] = {
    {"input 1x9x9\nconv 2 3x3\nconv 2 3x3 name last\nflatten\ndense 2", 5, 5, 1, 0},
    {"input 1x11x9\nconv 2 3x3 stride 2 padding 1\nmaxpool 2x2\nconv 2 3x2 padding 1 name "
     "last\nflatten\ndense 2",
     13, 9, 4, -5},
    {"input 2x12x12\nconv 2 3x3 dilation 3\nconv 2 2x2 padding 1 name last\nflatten\ndense 2", 8, 8, 1, -1},
    {"input 1x12x12\nconv 4 3x3 padding 1 name a\nconv 4 1x1 from input name b\nadd a b\navgpool 2x2 name "
     "last\n"
     "flatten\ndense 2",
     4, 4, 2, -1},
    {"input 4x8x8\nconv 4 3x3 groups 4 padding 1\nconv 4 1x1 groups 2\nmaxpool 3x3 stride 2 padding 1 name "
     "last\n"
     "flatten\ndense 2",
     5, 5, 2, -2},
    {"input 1x7x7\nconvtranspose 2 3x3 stride 2 padding 1\nconv 2 3x3 name last\nflatten\ndense 2", 2, 2, 0.5,
     0},
    {"input 1x8x8\nconv 2 3x3 padding 1\nresize nearest scale 2\nconv 2 3x3 padding 1 name "
     "last\nflatten\ndense 2",
     4, 4, 0.5, -2},
    {"input 1x9x9\npad 2 mode reflect\nconv 2 5x5 stride 2 name last\nflatten\ndense 2", 5, 5, 2, -2},
    {"input 2x8x8\nconv 3 3x3 padding 1 name a\nconv 3 5x5 padding 2 from input name b\nconcat a b\nlrn 3\n"
     "conv 2 3x3 name last\nflatten\ndense 2",
     7, 7, 1, -2},
    {"input 1x9x9\nslice rows 1,0,2 columns 1,0,2\nconv 2 3x3 padding 1 name last\nflatten\ndense 2", 5, 5, 2,
     -1},
    {"input 2x8x8\nspacetodepth 2\nconv 4 3x3 padding 1 name last\nflatten\ndense 2", 6, 6, 2, -2},
    {"input 4x6x6\nshuffle 2\ndepthtospace 2\nconv 2 3x3 padding 1 name last\nflatten\ndense 2", 2, 2, 0.5,
     -1},
    {"input 2x8x8\nconv 3 3x3\nglobalavgpool name g\nconv 2 1x1 name last\nflatten\ndense 2", 0, 0, 0, 0},
    {"input 1x8x8\nconv 2 3x3\nflatten\ndense 3 name last\nrelu\ndense 2", 0, 0, 0, 0},
};

static void compare_masks(const inspect_case *c, int64_t index, const cnn_receptive_field *field,
                          const uint8_t *mask) {
    const int64_t rows = c->net->input.dim[1], columns = c->net->input.dim[2];
    uint8_t forced[256];
    int64_t pixels = 0;
    mask_by_force(c, "last", index, forced);
    for (int64_t i = 0; i < rows * columns; i++) {
        if (mask[i] != forced[i])
            fail_msg("%s: pixel %lld of value %lld: %d, by force %d", c->name, (long long)i, (long long)index,
                     mask[i], forced[i]);
        pixels += mask[i];
        if (mask[i])
            assert_true(i / columns >= field->first_row && i / columns < field->end_row &&
                        i % columns >= field->first_column && i % columns < field->end_column);
    }
    assert_int_equal(field->pixels, pixels);
}

static void a_field_is_the_pixels_that_change_the_value(void **state) {
    (void)state;
    for (size_t n = 0; n < sizeof networks / sizeof networks[0]; n++) {
        inspect_case made = inspect_case_of_text(networks[n].text, 1);
        made.name = networks[n].text;
        make_positive(made.net);
        cnn_inspector_free(made.inspector);
        assert_int_equal(cnn_inspector_new(&made.inspector, made.net, NULL, NULL), CNN_OK);
        const int64_t values = cnn_shape_elements(&made.net->nodes[cnn_find_node(made.net, "last")].output);
        for (int64_t index = 0; index < values; index += 1 + values / 7) {
            cnn_receptive_field field;
            uint8_t mask[256];
            assert_int_equal(cnn_inspector_receptive_field(made.inspector, "last", index, &field, mask, NULL),
                             CNN_OK);
            compare_masks(&made, index, &field, mask);
        }
        inspect_case_free(&made);
    }
}

static void without_edges_a_field_follows_from_the_formula(void **state) {
    (void)state;
    for (size_t n = 0; n < sizeof networks / sizeof networks[0]; n++) {
        cnn_receptive_field field;
        inspect_case made = inspect_case_of_text(networks[n].text, 1);
        assert_int_equal(cnn_inspector_receptive_field(made.inspector, "last", 0, &field, NULL, NULL),
                         CNN_OK);
        if (field.rows != networks[n].rows || field.columns != networks[n].columns ||
            field.row_jump != networks[n].jump || field.column_jump != networks[n].jump ||
            field.top != networks[n].top || field.left > 0)
            fail_msg("%s: %lld x %lld, jumps %g and %g, from %lld, %lld", networks[n].text,
                     (long long)field.rows, (long long)field.columns, field.row_jump, field.column_jump,
                     (long long)field.top, (long long)field.left);
        inspect_case_free(&made);
    }
}

static void the_effective_field_lies_within_the_field(void **state) {
    (void)state;
    cnn_receptive_field field;
    float effective[81];
    double inside = 0;
    inspect_case made = inspect_case_of_text(networks[0].text, 1);
    assert_int_equal(cnn_inspector_receptive_field(made.inspector, "last", 12, &field, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_inspector_effective_field(made.inspector, "last", 0, 12, effective, NULL), CNN_OK);
    for (int i = 0; i < 81; i++) {
        const bool within = i / 9 >= field.first_row && i / 9 < field.end_row &&
                            i % 9 >= field.first_column && i % 9 < field.end_column;
        assert_true(within || effective[i] == 0);
        inside += (double)effective[i];
    }
    assert_true(inside > 0);
    inspect_case_free(&made);
}

static void patches_are_the_largest_values_of_all_runs(void **state) {
    (void)state;
    enum { IMAGES = 6, MOST = 3, VALUES = 2 * 9 };
    inspect_case made = inspect_case_of_text("input 1x5x5\nconv 2 3x3 name last\nflatten\ndense 2", IMAGES);
    cnn_patch patches[2 * MOST];
    float values[IMAGES * VALUES];
    assert_int_equal(cnn_inspector_output(made.inspector, "last", values, IMAGES * VALUES, NULL), CNN_OK);
    for (int i = 0; i < 2 * MOST; i++)
        patches[i].image = -1;
    for (int first = 0; first < IMAGES; first += 2) {
        assert_int_equal(cnn_inspector_run(made.inspector, made.images + first * 25, 2, NULL), CNN_OK);
        assert_int_equal(cnn_inspector_top_patches(made.inspector, "last", first, MOST, patches, NULL),
                         CNN_OK);
    }
    for (int p = 0; p < 2 * MOST; p++) { /* as many images have a larger value as stand before it */
        int larger = 0;
        for (int image = 0; image < IMAGES; image++) {
            float best = -INFINITY;
            for (int i = 0; i < 9; i++)
                best = fmaxf(best, values[image * VALUES + p / MOST * 9 + i]);
            larger += best > patches[p].value;
            if (image == patches[p].image)
                assert_true(best == patches[p].value && values[image * VALUES + patches[p].index] == best);
        }
        assert_int_equal(larger, p % MOST);
    }
    inspect_case_free(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_is_the_pixels_that_change_the_value),
        cmocka_unit_test(without_edges_a_field_follows_from_the_formula),
        cmocka_unit_test(the_effective_field_lies_within_the_field),
        cmocka_unit_test(patches_are_the_largest_values_of_all_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
