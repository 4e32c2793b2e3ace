/* The accounts of single values and single gradients. */
#include "inspect_case.h"

#include "base/memory.h"
#include "base/random.h"
#include "inspect/subject.h"
#include "support/cmocka.h"

#include <math.h>
#include <string.h>

/* ---- Values ---------------------------------------------------------------------------------------- */

/* Products and bias come to the result, the winner is the largest, and rounding explains the difference. */
static void check_account(const char *name, const cnn_account *a) {
    double sum = a->bias;
    for (int64_t i = 0; i < a->count; i++) {
        assert_true(a->terms[i].product == a->terms[i].value * a->terms[i].factor);
        sum += a->terms[i].product;
        if (a->kind == CNN_ACCOUNT_LARGEST)
            assert_true(a->terms[i].value <= a->terms[a->winner].value);
    }
    if (a->kind == CNN_ACCOUNT_SUM)
        assert_float_equal(sum, a->result, 1e-12 * (1 + a->magnitude));
    if (a->kind == CNN_ACCOUNT_LARGEST)
        assert_true(a->terms[a->winner].value == a->result);
    if (!(fabs(a->difference) <= a->bound))
        fail_msg("%s: %s %lld: %.9g, but the engine gave %.9g, which is %g away, %g allowed", name, a->layer,
                 (long long)a->index, a->result, (double)a->engine, a->difference, a->bound);
    if (!(a->bound <= 1e-5 * a->magnitude + 1e-40 && a->bound <= a->worst))
        fail_msg("%s: %s: the bound %g is large beside %g", name, a->layer, a->bound, a->magnitude);
}

/* How far an account's difference goes towards its bound, at most; for whoever reads the log. */
static double nearest_to_bound;

static void draw_accounts(const inspect_case *c, int64_t draws, cnn_random *random) {
    for (int64_t k = 0; k < draws; k++) {
        cnn_account account;
        cnn_error error;
        const cnn_node *node = &c->net->nodes[cnn_random_below(random, c->net->node_count)];
        const int64_t index = cnn_random_below(random, cnn_shape_elements(&node->output));
        if (cnn_inspector_account(c->inspector, node->name, cnn_random_below(random, c->batch), index,
                                  &account, &error) != CNN_OK)
            fail_msg("%s: %s", c->name, error.message);
        check_account(c->name, &account);
        if (account.bound > 0)
            nearest_to_bound = fmax(nearest_to_bound, fabs(account.difference) / account.bound);
        cnn_account_free(&account);
    }
}

static void a_thousand_values_of_the_built_in_models_are_explained(void **state) {
    (void)state;
    cnn_random random;
    cnn_random_seed(&random, 11);
    for (const char *const *name = cnn_builtin_models(); *name; name++) {
        inspect_case made = inspect_case_of_text(cnn_builtin_text(*name), 2);
        made.name = *name;
        draw_accounts(&made, 170, &random);
        inspect_case_free(&made);
    }
    print_message("at most %.2f of a bound was used\n", nearest_to_bound);
}

static void explain_case(const net_case *c) {
    cnn_random random;
    cnn_random_seed(&random, 12);
    inspect_case made = inspect_case_new(c, 2, 1);
    draw_accounts(&made, 40, &random);
    inspect_case_free(&made);
}

static void values_of_every_kind_of_layer_are_explained(void **state) {
    (void)state;
    for_each_net_case(explain_case);
}

static void every_op_has_a_row(void **state) {
    (void)state;
    for (const cnn_op *const *op = cnn_ops(); *op; op++) {
        const cnn_inspected_kind *kind = cnn_inspected_kind_of(*op);
        if (!kind)
            fail_msg("%s gives no account: define its cnn_inspected_kind in src/inspect/explain_*.c",
                     (*op)->word);
        assert_true(kind->reach && kind->account && (!(*op)->parameters || kind->channel));
    }
}

static void the_terms_of_a_convolution_are_its_window(void **state) {
    (void)state;
    cnn_account a;
    inspect_case made = inspect_case_of_text("input 2x5x5\nconv 3 3x3 padding 1 name c\nflatten\ndense 2", 1);
    cnn_net_set_parameter(made.net, "c.bias", (float[]){0.5f, 1, 2}, 3, NULL);
    cnn_inspector_free(made.inspector);
    assert_int_equal(cnn_inspector_new(&made.inspector, made.net, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_inspector_run(made.inspector, made.images, 1, NULL), CNN_OK);
    assert_int_equal(cnn_inspector_account(made.inspector, "c", 0, 25 + 4 * 5 + 2, &a, NULL), CNN_OK);
    assert_int_equal(a.count, 18);
    assert_string_equal(a.weight_name, "c.weight");
    assert_true(a.bias == 1 && a.bias_index == 1);
    for (int t = 0; t < 18; t++) { /* rows 3, 4 and, in the padding, 5; columns 1 to 3 */
        const int channel = t / 9, row = 3 + t % 9 / 3, column = 1 + t % 3;
        const int64_t index = row < 5 ? channel * 25 + row * 5 + column : -1;
        assert_int_equal(a.terms[t].index, index);
        assert_int_equal(a.terms[t].weight, 18 + t);
        assert_true(a.terms[t].value == (index < 0 ? 0 : (double)made.images[index]));
    }
    cnn_account_free(&a);
    inspect_case_free(&made);
}

static void a_pooling_names_its_winner_and_a_norm_its_figures(void **state) {
    (void)state;
    cnn_account a;
    inspect_case made =
        inspect_case_of_text("input 1x4x4\nmaxpool 2x2\nbatchnorm\nflatten\ndense 2\nsoftmax", 1);
    float images[16] = {0};
    images[7] = images[3] = 0.75f; /* the first of two equal ones in the window at row 0, column 1 */
    assert_int_equal(cnn_inspector_run(made.inspector, images, 1, NULL), CNN_OK);
    float *input = NULL;
    int64_t count;
    input = inspect_case_output(&made, "input", &count);
    assert_int_equal(cnn_inspector_account(made.inspector, "max_pool_1", 0, 1, &a, NULL), CNN_OK);
    assert_int_equal(a.terms[a.winner].index, 3);
    assert_true(a.engine == input[3]);
    cnn_account_free(&a);
    assert_int_equal(cnn_inspector_account(made.inspector, "batch_norm_1", 0, 1, &a, NULL), CNN_OK);
    assert_string_equal(a.figures[1].name, "mean");
    assert_string_equal(a.figures[2].name, "variance");
    assert_true(a.figures[1].value == 0 && a.figures[2].value == 1);
    assert_float_equal(a.result, input[3] / sqrt(1 + 1e-5), 1e-7);
    cnn_account_free(&a);
    cnn_free(input);
    inspect_case_free(&made);
}

/* ---- Gradients ------------------------------------------------------------------------------------- */

static void check_gradient(const inspect_case *c, const cnn_parameter *p, int64_t index) {
    cnn_gradient_account a;
    cnn_error error;
    double checked, sum = 0;
    if (cnn_inspector_gradient_account(c->inspector, p->name, index, &a, &error) != CNN_OK)
        fail_msg("%s: %s", c->name, error.message);
    for (int64_t i = 0; i < a.count; i++)
        sum += a.terms[i].product;
    assert_float_equal(sum, a.result, 1e-12 * (1 + a.magnitude));
    if (!(fabs(a.difference) <= a.bound))
        fail_msg("%s: %s %lld: %.9g, but the engine gave %.9g: %g allowed", c->name, p->name,
                 (long long)index, a.result, (double)a.engine, a.bound);
    assert_int_equal(cnn_inspector_check_gradient(c->inspector, p->name, index, &checked, NULL), CNN_OK);
    if (!(fabs(checked - a.result) <= 1e-4 * a.magnitude + 1e-7))
        fail_msg("%s: %s %lld: %.9g, by differences %.9g", c->name, p->name, (long long)index, a.result,
                 checked);
    cnn_gradient_account_free(&a);
}

static bool is_shared(const cnn_net *net, const cnn_parameter *p) {
    for (int64_t n = 0; n < net->node_count; n++)
        if (net->nodes[n].shares == p->node)
            return true;
    return false;
}

static void explain_gradients(const net_case *c) {
    inspect_case made = inspect_case_new(c, 2, 1);
    if (cnn_net_output_kind(made.net) != CNN_OUTPUT_VALUES) {
        assert_int_equal(cnn_inspector_loss(made.inspector, made.labels, NULL, NULL), CNN_OK);
        for (int64_t i = 0; i < made.net->parameter_count; i++) {
            const cnn_parameter *p = &made.net->parameters[i];
            if (p->spec.statistic || is_shared(made.net, p))
                continue;
            check_gradient(&made, p, 0);
            check_gradient(&made, p, p->elements - 1);
        }
    }
    inspect_case_free(&made);
}

static void gradients_of_every_kind_of_parameter_are_explained(void **state) {
    (void)state;
    for_each_net_case(explain_gradients);
}

static void the_terms_of_a_gradient_are_positions(void **state) {
    (void)state;
    cnn_gradient_account a;
    inspect_case made = inspect_case_of_text("input 1x4x4\nconv 2 3x3 name c\nflatten\ndense 3\nsoftmax", 1);
    float upstream[8];
    assert_int_equal(cnn_inspector_loss(made.inspector, (int32_t[]){2}, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_inspector_gradient(made.inspector, "c", upstream, 8, NULL), CNN_OK);
    assert_int_equal(cnn_inspector_gradient_account(made.inspector, "c.weight", 9 + 5, &a, NULL), CNN_OK);
    assert_int_equal(a.count, 4); /* weight 1,0,1,2 meets inputs 1 row down, 2 columns right of each output */
    for (int t = 0; t < 4; t++) {
        assert_int_equal(a.terms[t].index, 4 + t);
        assert_int_equal(a.terms[t].input, (t / 2 + 1) * 4 + t % 2 + 2);
        assert_true(a.terms[t].upstream == (double)upstream[4 + t]);
    }
    cnn_gradient_account_free(&a);
    inspect_case_free(&made);
}

static void statistics_have_no_gradient_to_explain(void **state) {
    (void)state;
    cnn_gradient_account a;
    cnn_error error;
    inspect_case made = inspect_case_of_text("input 1x4x4\nbatchnorm\nflatten\ndense 3\nsoftmax", 1);
    cnn_inspector_loss(made.inspector, NULL, NULL, NULL);
    assert_int_equal(
        cnn_inspector_gradient_account(made.inspector, "batch_norm_1.running_mean", 0, &a, &error),
        CNN_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "running statistic"));
    inspect_case_free(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_values_of_the_built_in_models_are_explained),
        cmocka_unit_test(values_of_every_kind_of_layer_are_explained),
        cmocka_unit_test(every_op_has_a_row),
        cmocka_unit_test(the_terms_of_a_convolution_are_its_window),
        cmocka_unit_test(a_pooling_names_its_winner_and_a_norm_its_figures),
        cmocka_unit_test(gradients_of_every_kind_of_parameter_are_explained),
        cmocka_unit_test(the_terms_of_a_gradient_are_positions),
        cmocka_unit_test(statistics_have_no_gradient_to_explain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
