#include "train/pace.h"

void cnn_work_add(cnn_work *work, double seconds, int64_t images) {
    work->seconds += seconds;
    work->images += images;
}

double cnn_pace_rate(const cnn_pace *pace) {
    return pace->training.seconds > 0 ? (double)pace->training.images / pace->training.seconds : 0;
}

static double seconds_an_image(const cnn_work *work, double otherwise) {
    return work->images > 0 ? work->seconds / (double)work->images : otherwise;
}

double cnn_pace_left(const cnn_pace *pace, double training_images, double validation_images) {
    double training = seconds_an_image(&pace->training, 0);
    double validation = seconds_an_image(&pace->validation, training / 3);
    return training * training_images + validation * validation_images;
}
