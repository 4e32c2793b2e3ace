/* Build the Basic CNN (two convolutions, max pooling, two dense layers), train it, save it, load it, and classify one image:
 *     cc train_and_predict.c -o train_and_predict $(pkg-config --cflags --libs cnn)
 *     ./train_and_predict [DATA [IMAGES]]      DATA: fashion-mnist, mnist, or a folder */
#include <cnn.h>

#include <stdio.h>
#include <stdlib.h>

static void check(cnn_status status, const cnn_error *error) {
    if (status == CNN_OK)
        return;
    fprintf(stderr, "%s: %s\n", cnn_status_name(status), error->message);
    exit(1);
}

/* The network keeps the first error of these calls, and cnn_train reports it. */
static cnn_net *build(void) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){.channels = 1, .height = 28, .width = 28});
    cnn_conv2d(net, .filters = 32, .kernel = {3, 3});
    cnn_relu(net);
    cnn_conv2d(net, .filters = 64, .kernel = {3, 3});
    cnn_relu(net);
    cnn_max_pool2d(net, .kernel = {2, 2}, .stride = {2, 2});
    cnn_flatten(net);
    cnn_dense(net, .units = 128);
    cnn_relu(net);
    cnn_dense(net, .units = 10);
    cnn_softmax(net);
    return net;
}

int main(int count, char **words) {
    const char *source = count > 1 ? words[1] : "fashion-mnist";
    const int64_t limit = count > 2 ? atoll(words[2]) : 6000;
    cnn_error error;
    cnn_data *train, *test;
    check(
        cnn_data_open(&train, source, &(cnn_data_options){.split = CNN_SPLIT_TRAIN, .limit = limit}, &error),
        &error);
    check(cnn_data_open(&test, source, &(cnn_data_options){.split = CNN_SPLIT_TEST, .limit = 1}, &error),
          &error);

    cnn_net *net = build();
    check(cnn_train(net, train, &(cnn_train_options){.epochs = 2, .seed = 1}, &error), &error);
    check(cnn_net_save(net, "model.onnx", &error), &error);
    cnn_net_free(net);
    cnn_predictor *predictor;
    float image[28 * 28], probability[10];
    check(cnn_net_open(&net, "model.onnx", NULL, &error), &error);
    check(cnn_predictor_new(&predictor, net, NULL, &error), &error);
    check(cnn_data_images(test, 0, 1, image, &error), &error);
    check(cnn_predictor_run(predictor, image, 1, probability, &error), &error);
    printf("label: %s\n", cnn_data_class(test, cnn_data_label(test, 0)));
    for (int i = 0; i < 10; i++)
        printf("%-12s %.3f\n", cnn_net_class(net, i), probability[i]);

    cnn_predictor_free(predictor);
    cnn_net_free(net);
    cnn_data_free(train);
    cnn_data_free(test);
}
