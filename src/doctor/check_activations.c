/* What a trained network's layers give for images of the data. */
#include "doctor/activations.h"

cnn_status cnn_check_activations(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    enum { IMAGES = 1000 };
    const cnn_doctor_options *options = patient->options;
    const cnn_data *data = options->training ? options->training : options->test;
    if (!options->net || !options->trained || !data)
        return CNN_OK;
    const cnn_activation_request request = {
        .net = options->net, .data = data, .images = IMAGES, .threads = options->threads, .when = ""};
    return cnn_check_activations_of(&request, diagnosis, error);
}
