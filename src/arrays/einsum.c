/* Einsum: sums of products of values whose axes are named by letters. */
#include "arrays/elementwise.h"
#include "arrays/walk.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

enum { LETTERS = 52, LABELS = LETTERS + CNN_MAX_RANK, MAX_OPERANDS = 8, MAX_EQUATION = 39 };

/* Labels are numbers: a letter's place in the alphabet, small ones first, or LETTERS + the place of an axis of the ellipsis,
 * counted from its end. */
typedef struct einsum {
    int operands;
    const char *terms[MAX_OPERANDS + 1]; /* the last one is the output's; NULL: it is not given */
    int64_t size[LABELS];                /* 0: no operand has the label */
    int64_t step[MAX_OPERANDS][LABELS];
    int used[LABELS];                   /* how often operands have it */
    int ellipsis;                       /* axes of the longest one */
    int order[LABELS], outputs, labels; /* labels of the output, then those that are summed up */
} einsum;

/* ---- Reading --------------------------------------------------------------------------------------- */

static int label_of(char letter) {
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a';
    return letter >= 'A' && letter <= 'Z' ? letter - 'A' + 26 : -1;
}

static bool ends_term(char c) {
    return c == '\0' || c == ',' || c == '-';
}

/* The labels of a term, where an ellipsis stands for `ellipsis` axes; -1: it is none. */
static int read_term(const char *term, int ellipsis, int labels[CNN_MAX_RANK]) {
    int count = 0;
    for (; !ends_term(*term); term++) {
        const bool is_ellipsis = strncmp(term, "...", 3) == 0;
        if (*term == ' ')
            continue;
        if (!is_ellipsis && label_of(*term) < 0)
            return -1;
        for (int i = is_ellipsis ? ellipsis : 1; i > 0; i--) {
            if (count == CNN_MAX_RANK)
                return -1;
            labels[count++] = is_ellipsis ? LETTERS + i - 1 : label_of(*term);
        }
        term += is_ellipsis ? 2 : 0;
    }
    return count;
}

static bool has_ellipsis(const char *term) {
    for (; !ends_term(*term); term++)
        if (*term == '.')
            return true;
    return false;
}

/* Operand k's axes by their labels. */
static bool take_operand(const cnn_array *operand, int k, einsum *e) {
    int labels[CNN_MAX_RANK];
    const int letters = read_term(e->terms[k], 0, labels), missing = operand->shape.rank - letters;
    const bool dots = has_ellipsis(e->terms[k]);
    if (letters < 0 || missing < 0 || (!dots && missing != 0) ||
        read_term(e->terms[k], missing, labels) != operand->shape.rank)
        return false;
    const cnn_strides strides = cnn_strides_of(&operand->shape);
    e->ellipsis = dots && missing > e->ellipsis ? missing : e->ellipsis;
    for (int i = 0; i < operand->shape.rank; i++) {
        const int64_t size = operand->shape.dim[i];
        int64_t *known = &e->size[labels[i]];
        if (e->used[labels[i]]++ == 0 || *known == 1)
            *known = size;
        else if (size != *known && size != 1)
            return false;
        e->step[k][labels[i]] += size == 1 ? 0 : strides.step[i];
    }
    return true;
}

/* Without an output: the ellipsis, then the letters that stand once, capitals first. */
static void order_by_letters(einsum *e) {
    for (int i = e->ellipsis - 1; i >= 0; i--)
        e->order[e->outputs++] = LETTERS + i;
    for (int i = 0; i < LETTERS; i++) {
        const int label = (i + 26) % LETTERS;
        if (e->used[label] == 1)
            e->order[e->outputs++] = label;
    }
}

static bool order_labels(einsum *e) {
    bool is_output[LABELS] = {false};
    const char *term = e->terms[e->operands];
    if (term)
        e->outputs = read_term(term, e->ellipsis, e->order);
    else
        order_by_letters(e);
    if (e->outputs < 0 || e->outputs > CNN_MAX_RANK)
        return false;
    for (int i = 0; i < e->outputs; i++) {
        if (e->used[e->order[i]] == 0 || is_output[e->order[i]])
            return false;
        is_output[e->order[i]] = true;
    }
    e->labels = e->outputs;
    for (int label = 0; label < LABELS; label++)
        if (e->used[label] && !is_output[label])
            e->order[e->labels++] = label;
    return true;
}

/* Where each term of the equation begins; false if there are not as many as operands. */
static bool find_terms(const char *equation, einsum *e) {
    const char *arrow = strstr(equation, "->");
    int terms = 0;
    for (const char *at = equation; at; at = *at == ',' ? at + 1 : NULL) {
        if (terms == e->operands)
            return false;
        e->terms[terms++] = at;
        while (!ends_term(*at))
            at++;
        if (*at == '-' && at != arrow)
            return false;
    }
    e->terms[e->operands] = arrow ? arrow + 2 : NULL;
    return terms == e->operands && !(arrow && strpbrk(arrow + 2, ",-"));
}

static cnn_status read_einsum(cnn_call *call, einsum *e) {
    const char *equation = "";
    cnn_status status = cnn_attribute_text(&call->attributes, "equation", &equation);
    *e = (einsum){.operands = call->input_count};
    if (status != CNN_OK)
        return status;
    bool fits = strlen(equation) < MAX_EQUATION && e->operands <= MAX_OPERANDS && find_terms(equation, e);
    for (int k = 0; fits && k < e->operands; k++)
        fits = call->inputs[k] && call->inputs[k]->type == call->inputs[0]->type &&
               take_operand(call->inputs[k], k, e);
    return fits && order_labels(e)
               ? CNN_OK
               : cnn_call_fail(call, CNN_ERROR_FORMAT,
                               "the equation \"%s\" does not fit its %d inputs, or is too long", equation,
                               call->input_count);
}

/* ---- Calculating ----------------------------------------------------------------------------------- */

/* Places in the operands while labels [first, end) of the order are counted through, the last one fastest. */
typedef struct count {
    const einsum *e;
    int first, end;
    int64_t index[LABELS], at[MAX_OPERANDS];
} count;

/* False when all have been counted. */
static bool advance(count *c) {
    for (int i = c->end - 1; i >= c->first; i--) {
        const int label = c->e->order[i];
        const bool carry = ++c->index[i] == c->e->size[label];
        for (int k = 0; k < c->e->operands; k++)
            c->at[k] += c->e->step[k][label] * (carry ? 1 - c->e->size[label] : 1);
        if (!carry)
            return true;
        c->index[i] = 0;
    }
    return false;
}

/* Sums over the labels that the output does not have, from the place of `output` on. */
static double sum_products(const count *output, const cnn_array *const *wide) {
    count c = *output;
    double sum = 0;
    c.first = c.e->outputs;
    c.end = c.e->labels;
    do {
        double product = 1;
        for (int k = 0; k < c.e->operands; k++)
            product *= ((const double *)wide[k]->data)[c.at[k]];
        sum += product;
    } while (advance(&c));
    return sum;
}

/* `sums` are zeroes, and stay so where there is nothing to sum up. */
static cnn_status sum_all(cnn_call *call, const einsum *e, const cnn_array *const *wide, cnn_array *sums) {
    count c = {.e = e, .end = e->outputs};
    int64_t each = 1;
    for (int i = e->outputs; i < e->labels; i++)
        if (!cnn_multiply(each, e->size[e->order[i]], &each))
            each = INT64_MAX;
    cnn_status status = cnn_call_work(call, sums->elements, each);
    for (int64_t i = 0; status == CNN_OK && each > 0 && i < sums->elements; i++, advance(&c))
        ((double *)sums->data)[i] = sum_products(&c, wide);
    return status;
}

static cnn_status calculate(cnn_call *call, const einsum *e, const cnn_array *const *wide) {
    cnn_shape shape = {.rank = e->outputs};
    cnn_array sums, *output;
    for (int i = 0; i < e->outputs; i++)
        shape.dim[i] = e->size[e->order[i]];
    cnn_status status = cnn_array_new(&sums, CNN_TYPE_FLOAT64, &shape, call->budget, call->error);
    if (status == CNN_OK)
        status = sum_all(call, e, wide, &sums);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, call->inputs[0]->type, &shape, &output);
    if (status == CNN_OK)
        cnn_array_cast(&sums, output);
    cnn_array_free(&sums, call->budget);
    return status;
}

cnn_status cnn_run_Einsum(cnn_call *call) {
    cnn_array rooms[MAX_OPERANDS] = {{0}};
    const cnn_array *wide[MAX_OPERANDS];
    einsum e;
    cnn_status status = read_einsum(call, &e);
    if (status != CNN_OK)
        return status;
    for (int k = 0; status == CNN_OK && k < e.operands; k++)
        status = cnn_call_widen(call, call->inputs[k], CNN_TYPE_FLOAT64, &rooms[k], &wide[k]);
    if (status == CNN_OK)
        status = calculate(call, &e, wide);
    for (int k = 0; k < e.operands; k++)
        cnn_array_free(&rooms[k], call->budget);
    return status;
}
