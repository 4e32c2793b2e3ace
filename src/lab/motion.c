#include "lab/motion.h"

#include "base/numbers.h"
#include "graph/net.h"

#include <math.h>

/* ---- The interior ------------------------------------------------------------------------------------- */

/* The field of the values of a row (axis 0) or of a column. */
static cnn_status field_at(const cnn_lab_motion *m, const cnn_inspector *inspector, const char *layer,
                           int axis, int64_t at, cnn_receptive_field *field, cnn_error *error) {
    const int64_t index = axis ? at : at * m->shape.dim[2];
    return cnn_inspector_receptive_field(inspector, layer, index, field, NULL, error);
}

/* Whether the field, as it would be without edges, lies in the image along an axis. */
static bool is_inside(const cnn_receptive_field *field, const cnn_shape *image, int axis) {
    const int64_t first = axis ? field->left : field->top, size = axis ? field->columns : field->rows;
    return size > 0 && first >= 0 && first + size <= image->dim[1 + axis];
}

/* Move one end of the interior towards the other until the value there is inside. */
static cnn_status narrow(cnn_lab_motion *m, const cnn_inspector *inspector, const char *layer, int axis,
                         bool from_end, cnn_error *error) {
    cnn_status status = CNN_OK;
    while (m->first[axis] < m->end[axis]) {
        cnn_receptive_field field;
        status =
            field_at(m, inspector, layer, axis, from_end ? m->end[axis] - 1 : m->first[axis], &field, error);
        if (status != CNN_OK)
            break;
        m->jump[axis] = axis ? field.column_jump : field.row_jump;
        if (is_inside(&field, &cnn_inspector_net(inspector)->input, axis) && m->jump[axis] > 0)
            break;
        m->first[axis] += !from_end;
        m->end[axis] -= from_end;
    }
    return status;
}

cnn_status cnn_lab_motion_of(cnn_lab_motion *m, const cnn_inspector *inspector, const char *layer,
                             const cnn_shape *shape, cnn_error *error) {
    *m = (cnn_lab_motion){.shape = *shape};
    if (shape->rank != 3)
        return CNN_OK;
    cnn_status status = CNN_OK;
    for (int axis = 0; status == CNN_OK && axis < 2; axis++) {
        m->end[axis] = shape->dim[1 + axis];
        status = narrow(m, inspector, layer, axis, false, error);
        if (status == CNN_OK)
            status = narrow(m, inspector, layer, axis, true, error);
    }
    m->interior = m->first[0] < m->end[0] && m->first[1] < m->end[1];
    return status;
}

/* ---- Differences -------------------------------------------------------------------------------------- */

static void add_value(cnn_lab_ratio *ratio, float before, float after) {
    const double difference = (double)after - (double)before;
    ratio->difference += difference * difference;
    ratio->whole += (double)before * (double)before;
}

/* The positions of an axis that are inside, and were so `moved` positions before. */
static void overlap(const cnn_lab_motion *m, int axis, int64_t moved, int64_t *first, int64_t *end) {
    *first = cnn_max(m->first[axis], m->first[axis] + moved);
    *end = cnn_min(m->end[axis], m->end[axis] + moved);
}

static void add_interior(cnn_lab_motion *m, cnn_lab_ratio *ratio, const int64_t moved[2], const float *before,
                         const float *after) {
    const int64_t rows = m->shape.dim[1], columns = m->shape.dim[2];
    int64_t first[2], end[2];
    for (int axis = 0; axis < 2; axis++)
        overlap(m, axis, moved[axis], &first[axis], &end[axis]);
    for (int64_t c = 0; c < m->shape.dim[0]; c++)
        for (int64_t y = first[0]; y < end[0]; y++)
            for (int64_t x = first[1]; x < end[1]; x++)
                add_value(ratio, before[(c * rows + y - moved[0]) * columns + x - moved[1]],
                          after[(c * rows + y) * columns + x]);
}

void cnn_lab_motion_add(cnn_lab_motion *m, int64_t shift, const int64_t direction[2], const float *before,
                        const float *after) {
    const int64_t values = cnn_shape_elements(&m->shape);
    for (int64_t i = 0; i < values; i++)
        add_value(&m->change[shift - 1], before[i], after[i]);
    if (!m->interior)
        return;
    int64_t moved[2];
    for (int axis = 0; axis < 2; axis++)
        moved[axis] = llround((double)(direction[axis] * shift) / m->jump[axis]);
    add_interior(m, &m->error[shift - 1], moved, before, after);
}
