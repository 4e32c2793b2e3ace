#include "train/rooms.h"

#include "base/memory.h"
#include "base/numbers.h"

cnn_rooms cnn_rooms_in(const cnn_plan *plan) {
    cnn_rooms rooms = {0};
    if (plan)
        rooms.idle = cnn_plan_idle_room(plan, &rooms.idle_floats);
    return rooms;
}

void cnn_rooms_free(cnn_rooms *rooms) {
    for (int i = 0; i < rooms->count; i++)
        cnn_free(rooms->own[i]);
    *rooms = (cnn_rooms){0};
}

float *cnn_rooms_take(cnn_rooms *rooms, int64_t floats, const char *what, cnn_error *error) {
    enum { LINE = CNN_ALIGNMENT / sizeof(float) };
    float *taken = rooms->idle;
    floats = cnn_ceil_div(floats, LINE) * LINE;
    if (floats > rooms->idle_floats)
        return rooms->own[rooms->count++] = cnn_allocate((size_t)floats, sizeof *taken, what, error);
    rooms->idle += floats;
    rooms->idle_floats -= floats;
    return taken;
}
