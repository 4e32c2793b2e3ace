/* Putting an account together. */
#include "inspect/subject.h"

#include "base/memory.h"

cnn_spot cnn_spot_of(const cnn_shape *shape, int64_t index) {
    if (shape->rank < 3)
        return (cnn_spot){index, 0, 0};
    const int64_t columns = shape->dim[2], area = shape->dim[1] * columns;
    return (cnn_spot){index / area, index % area / columns, index % columns};
}

int64_t cnn_spot_index(const cnn_shape *shape, cnn_spot spot) {
    const int64_t rows = shape->rank < 3 ? 1 : shape->dim[1], columns = shape->rank < 3 ? 1 : shape->dim[2];
    if (spot.row < 0 || spot.row >= rows || spot.column < 0 || spot.column >= columns)
        return -1;
    return (spot.channel * rows + spot.row) * columns + spot.column;
}

void cnn_tally_record(cnn_tally *tally, const cnn_term *term) {
    cnn_account *account = &tally->account;
    if (tally->failed || cnn_grow((void **)&account->terms, account->count, &tally->capacity,
                                  sizeof *account->terms, "an account", NULL) != CNN_OK)
        tally->failed = true;
    else
        account->terms[account->count++] = *term;
}

void cnn_tally_figure(cnn_tally *tally, const char *name, double value) {
    cnn_account *account = &tally->account;
    if (account->figure_count < CNN_MAX_FIGURES)
        account->figures[account->figure_count++] = (cnn_figure){name, value};
}

void cnn_tally_bias(cnn_tally *tally, const cnn_subject *subject, int64_t index) {
    if (!subject->parameter[1])
        return;
    tally->account.bias_index = index;
    tally->account.bias = cnn_subject_parameter(subject, 1, index);
}

void cnn_tally_is_sum(cnn_tally *tally, const char *formula) {
    cnn_account *account = &tally->account;
    account->kind = CNN_ACCOUNT_SUM;
    account->formula = formula;
    account->result = tally->sum + account->bias;
    account->magnitude += account->bias < 0 ? -account->bias : account->bias;
    tally->roundings = (double)account->count + 1;
}

void cnn_tally_is_function(cnn_tally *tally, const char *formula, double result, double magnitude,
                           double roundings) {
    cnn_account *account = &tally->account;
    account->kind = CNN_ACCOUNT_FUNCTION;
    account->formula = formula;
    account->result = result;
    account->magnitude = magnitude;
    tally->roundings = roundings;
}
