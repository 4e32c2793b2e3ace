/* Every call of the public headers with arguments that it takes, any pointer of which may be left out: X(name, pointers that may be
 * NULL, call). A(k, pointer) is the call's k-th pointer, counted from 0 without the cnn_error; `e` stands for that. A
 * call gives a cnn_status with a message; VALUE stands for one that returns 0 or NULL instead, DONE for one whose
 * result says nothing; LAYER adds one. Those of CNN_LAYER_LIST need no row. */
#ifndef TESTS_API_PUBLIC_CALLS_H
#define TESTS_API_PUBLIC_CALLS_H

#define PUBLIC_CALLS(X)                                                                                      \
    X(cnn_status_name, "", DONE(cnn_status_name(CNN_OK)))                                                    \
    X(cnn_version, "", DONE(cnn_version()))                                                                  \
    X(cnn_cpu, "", DONE(cnn_cpu(e)))                                                                         \
    X(cnn_thread_count, "", DONE(cnn_thread_count(0)))                                                       \
    X(cnn_type_name, "", DONE(cnn_type_name(CNN_TYPE_FLOAT32)))                                              \
    X(cnn_type_size, "", DONE(cnn_type_size(CNN_TYPE_FLOAT32)))                                              \
    X(cnn_tensor_read, "", cnn_tensor_read(A(0, &made.tensor), A(1, given.npy), e))                          \
    X(cnn_tensor_free, "tensor", DONE(cnn_tensor_free(A(0, &made.tensor))))                                  \
    X(cnn_tensor_write, "", cnn_tensor_write(A(0, &given.tensor), A(1, given.npy), e))                       \
    /* Networks */                                                                                           \
    X(cnn_net_new, "", MADE(cnn_net_new(A(0, &given.input))))                                                \
    X(cnn_net_free, "net", DONE(cnn_net_free(NULL)))                                                         \
    X(cnn_add_pair, "", LAYER(pair, .kind = CNN_PAIR_MUL))                                                   \
    X(cnn_add_activation, "", LAYER(activation, .kind = CNN_ACTIVATION_TANH))                                \
    X(cnn_net_status, "", VALUE(cnn_net_status(A(0, given.net)) == CNN_OK))                                  \
    X(cnn_net_error, "net", DONE(*cnn_net_error(A(0, given.net))))                                           \
    X(cnn_net_initialise, "", VALUE(cnn_net_initialise(A(0, given.net), 1) == CNN_OK))                       \
    X(cnn_net_freeze, "", cnn_net_freeze(A(0, given.spare), A(1, "*"), e))                                   \
    X(cnn_net_replace_head, "", cnn_net_replace_head(A(0, given.spare), 3, 1, e))                            \
    X(cnn_net_fit, "input", cnn_net_fit(A(0, given.spare), A(1, &given.input), 0, e))                        \
    X(cnn_net_layers, "", VALUE(cnn_net_layers(A(0, given.net))))                                            \
    X(cnn_net_layer, "", cnn_net_layer(A(0, given.net), 1, A(1, &made.layer), e))                            \
    X(cnn_net_input, "shape net", DONE(cnn_net_input(A(0, given.net), A(1, made.shape))))                    \
    X(cnn_net_outputs, "", VALUE(cnn_net_outputs(A(0, given.net))))                                          \
    X(cnn_net_output_kind, "", VALUE(cnn_net_output_kind(A(0, given.net))))                                  \
    X(cnn_net_classes, "", VALUE(cnn_net_classes(A(0, given.net))))                                          \
    X(cnn_net_probabilities, "",                                                                             \
      cnn_net_probabilities(A(0, given.net), A(1, given.images), 1, A(2, made.floats), e))                   \
    X(cnn_net_parameters, "", VALUE(cnn_net_parameters(A(0, given.net))))                                    \
    X(cnn_net_statistics, "net", DONE(cnn_net_statistics(A(0, given.net))))                                  \
    X(cnn_net_tensors, "", VALUE(cnn_net_tensors(A(0, given.net))))                                          \
    X(cnn_net_tensor, "", cnn_net_tensor(A(0, given.net), 0, A(1, &made.tensor_info), e))                    \
    X(cnn_net_check_finite, "", cnn_net_check_finite(A(0, given.net), e))                                    \
    X(cnn_net_get_parameter, "",                                                                             \
      cnn_net_get_parameter(A(0, given.net), A(1, "conv_1.bias"), A(2, made.floats), CONV_FILTERS, e))       \
    X(cnn_net_set_parameter, "",                                                                             \
      cnn_net_set_parameter(A(0, given.net), A(1, "conv_1.bias"), A(2, made.floats), CONV_FILTERS, e))       \
    X(cnn_net_set_normalisation, "",                                                                         \
      cnn_net_set_normalisation(A(0, given.spare), A(1, given.ones), A(2, given.ones), e))                   \
    X(cnn_net_normalisation, "net mean deviation",                                                           \
      DONE(cnn_net_normalisation(A(0, given.net), A(1, made.floats), A(2, made.floats))))                    \
    X(cnn_net_set_preprocessing, "",                                                                         \
      cnn_net_set_preprocessing(A(0, given.net), A(1, &made.preprocessing), e))                              \
    X(cnn_net_preprocessing, "net preprocessing",                                                            \
      DONE(cnn_net_preprocessing(A(0, given.net), A(1, &made.preprocessing))))                               \
    X(cnn_net_pixels, "", VALUE(cnn_net_pixels(A(0, given.spare))))                                          \
    X(cnn_net_image_options, "", VALUE(cnn_net_image_options(A(0, given.net)).channels))                     \
    X(cnn_net_expect_pixels, "", cnn_net_expect_pixels(A(0, given.spare), A(1, &(cnn_pixel_options){0}), e)) \
    X(cnn_net_set_classes, "", cnn_net_set_classes(A(0, given.net), A(1, given.names), CLASSES, e))          \
    X(cnn_net_class, "", VALUE(cnn_net_class(A(0, given.net), 0)))                                           \
    /* Models in files */                                                                                    \
    X(cnn_net_open, "trained", cnn_net_open(A(0, &made.net), A(1, "lenet5"), A(2, &made.trained), e))        \
    X(cnn_net_open_sized, "trained size",                                                                    \
      cnn_net_open_sized(A(0, &made.net), A(1, "lenet5"), A(2, &given.size), A(3, &made.trained), e))        \
    X(cnn_net_parse, "origin",                                                                               \
      cnn_net_parse(A(0, &made.net), A(1, "input 1x2x2\nflatten"), A(2, "a text"), e))                       \
    X(cnn_net_save, "", cnn_net_save(A(0, given.net), A(1, given.onnx), e))                                  \
    X(cnn_net_notes, "net", DONE(cnn_net_notes(A(0, given.net))))                                            \
    X(cnn_net_note, "net", DONE(cnn_net_note(A(0, given.net), 0)))                                           \
    X(cnn_net_load_weights_partial, "result",                                                                \
      cnn_net_load_weights_partial(A(0, given.net), A(1, given.weights),                                     \
                                   A(2, &(cnn_partial_weights){.taken = 0}), e))                             \
    X(cnn_net_load_weights, "", cnn_net_load_weights(A(0, given.net), A(1, given.weights), e))               \
    X(cnn_net_text, "", VALUE(made.text = cnn_net_text(A(0, given.net))))                                    \
    X(cnn_free, "memory", DONE(cnn_free(NULL)))                                                              \
    X(cnn_builtin_models, "", DONE(cnn_builtin_models()))                                                    \
    X(cnn_builtin_text, "", VALUE(cnn_builtin_text(A(0, "basic"))))                                          \
    X(cnn_nearest_word, "", VALUE(cnn_nearest_word(A(0, "basik"), A(1, cnn_builtin_models()))))              \
    /* Data */                                                                                               \
    X(cnn_data_open, "options",                                                                              \
      cnn_data_open(A(0, &made.data), A(1, given.pictures), A(2, &(cnn_data_options){.limit = 1}), e))       \
    X(cnn_data_from_arrays, "", cnn_data_from_arrays(A(0, &made.data), A(1, &given.arrays), e))              \
    X(cnn_data_folder, "", cnn_data_folder(A(0, &made.text), A(1, "mnist"), e))                              \
    X(cnn_data_free, "data", DONE(cnn_data_free(NULL)))                                                      \
    X(cnn_data_count, "", VALUE(cnn_data_count(A(0, given.data))))                                           \
    X(cnn_data_shape, "data shape", DONE(cnn_data_shape(A(0, given.data), A(1, made.shape))))                \
    X(cnn_data_classes, "", VALUE(cnn_data_classes(A(0, given.data))))                                       \
    X(cnn_data_class, "", VALUE(cnn_data_class(A(0, given.data), 0)))                                        \
    X(cnn_data_label, "", VALUE(cnn_data_label(A(0, given.data), 1) + 1))                                    \
    X(cnn_data_kind_of, "data", DONE(cnn_data_kind_of(A(0, given.data))))                                    \
    X(cnn_data_outputs, "", VALUE(cnn_data_outputs(A(0, given.data))))                                       \
    X(cnn_data_targets, "data", DONE(cnn_data_targets(A(0, given.data), 0)))                                 \
    X(cnn_data_has, "", cnn_data_has(A(0, given.pictures), CNN_SPLIT_TRAIN, A(1, &made.has), e))             \
    X(cnn_data_name, "data", DONE(cnn_data_name(A(0, given.data), 0)))                                       \
    X(cnn_data_picture, "", VALUE(cnn_data_picture(A(0, given.data), 0).height))                             \
    X(cnn_data_skipped_name, "data", DONE(cnn_data_skipped_name(A(0, given.data), 0)))                       \
    X(cnn_data_skipped_reason, "data", DONE(cnn_data_skipped_reason(A(0, given.data), 0)))                   \
    X(cnn_data_ignored, "data count", DONE(cnn_data_ignored(A(0, given.data), 0, A(1, made.shape))))         \
    X(cnn_data_notes, "data", DONE(cnn_data_notes(A(0, given.data))))                                        \
    X(cnn_data_note, "data", DONE(cnn_data_note(A(0, given.data), 0)))                                       \
    X(cnn_data_skipped, "data", DONE(cnn_data_skipped(A(0, given.data))))                                    \
    X(cnn_data_origin, "", VALUE(cnn_data_origin(A(0, given.data))))                                         \
    X(cnn_data_images, "", cnn_data_images(A(0, given.data), 0, 1, A(1, made.floats), e))                    \
    X(cnn_data_statistics, "data mean deviation",                                                            \
      DONE(cnn_data_statistics(A(0, given.data), A(1, made.floats), A(2, made.floats))))                     \
    X(cnn_is_image_name, "", VALUE(cnn_is_image_name(A(0, given.png))))                                      \
    X(cnn_image_read, "", cnn_image_read(A(0, given.png), A(1, &given.image), A(2, made.floats), e))         \
    X(cnn_image_decode, "name",                                                                              \
      cnn_image_decode(A(0, given.file.data), given.file.size, A(1, "a.png"), A(2, &given.image),            \
                       A(3, made.floats), e))                                                                \
    /* Prediction */                                                                                         \
    X(cnn_predictor_new, "options",                                                                          \
      cnn_predictor_new(A(0, &made.predictor), A(1, given.net), A(2, &(cnn_predictor_options){.batch = 2}),  \
                        e))                                                                                  \
    X(cnn_views_parse, "", cnn_views_parse(A(0, "mirror"), A(1, made.views), A(2, &made.count), e))          \
    X(cnn_ensemble_new, "options",                                                                           \
      cnn_ensemble_new(A(0, &made.ensemble), A(1, given.nets), 1, A(2, &(cnn_ensemble_options){.batch = 2}), \
                       e))                                                                                   \
    X(cnn_ensemble_free, "ensemble", DONE(cnn_ensemble_free(NULL)))                                          \
    X(cnn_ensemble_run, "",                                                                                  \
      cnn_ensemble_run(A(0, given.ensemble), A(1, given.images), 1, A(2, made.floats), e))                   \
    X(cnn_ensemble_answer, "",                                                                               \
      cnn_ensemble_answer(A(0, given.ensemble), A(1, given.data), A(2, &made.ensemble_answers), e))          \
    X(cnn_ensemble_answers_free, "answers", DONE(cnn_ensemble_answers_free(A(0, &made.ensemble_answers))))   \
    X(cnn_ensemble_evaluate, "",                                                                             \
      cnn_ensemble_evaluate(A(0, &given.ensemble_answers), A(1, &made.evaluation), e))                       \
    X(cnn_ensemble_list, "", cnn_ensemble_list(A(0, &given.ensemble_answers), A(1, made.answers), e))        \
    X(cnn_metrics_of, "options",                                                                             \
      cnn_metrics_of(A(0, given.images), A(1, given.labels), 1, CLASSES,                                     \
                     A(2, &(cnn_metrics_options){.top = 2}), A(3, &made.metrics), e))                        \
    X(cnn_multi_label_metrics_of, "",                                                                        \
      cnn_multi_label_metrics_of(A(0, given.images), A(1, given.images), 1, CLASSES, A(2, &made.several),    \
                                 e))                                                                         \
    X(cnn_multi_label_metrics_free, "metrics", DONE(cnn_multi_label_metrics_free(A(0, &made.several))))      \
    X(cnn_number_metrics_of, "each",                                                                         \
      cnn_number_metrics_of(A(0, given.images), A(1, given.images), 1, 2, A(2, &made.numbers[0]),            \
                            A(3, &made.numbers[1]), e))                                                      \
    X(cnn_metrics_free, "metrics", DONE(cnn_metrics_free(A(0, &made.metrics))))                              \
    X(cnn_predictor_free, "predictor", DONE(cnn_predictor_free(NULL)))                                       \
    X(cnn_predictor_run, "",                                                                                 \
      cnn_predictor_run(A(0, given.predictor), A(1, given.images), 1, A(2, made.floats), e))                 \
    X(cnn_model_open, "options",                                                                             \
      cnn_model_open(A(0, &made.model), A(1, given.onnx), A(2, &(cnn_model_options){.threads = 1}), e))      \
    X(cnn_model_free, "model", DONE(cnn_model_free(NULL)))                                                   \
    X(cnn_model_engine, "", VALUE(cnn_model_engine(A(0, given.model))))                                      \
    X(cnn_model_inputs, "", VALUE(cnn_model_inputs(A(0, given.model))))                                      \
    X(cnn_model_outputs, "", VALUE(cnn_model_outputs(A(0, given.model))))                                    \
    X(cnn_model_input, "", VALUE(cnn_model_input(A(0, given.model), 0)))                                     \
    X(cnn_model_output, "", VALUE(cnn_model_output(A(0, given.model), 0)))                                   \
    X(cnn_model_islands, "", VALUE(cnn_model_islands(A(0, given.model))))                                    \
    X(cnn_model_island, "",                                                                                  \
      cnn_model_island(A(0, given.model), 0, A(1, &(cnn_island_info){.layers = 0}), e))                      \
    X(cnn_model_nodes, "", VALUE(cnn_model_nodes(A(0, given.model))))                                        \
    X(cnn_model_operators, "", VALUE(cnn_model_operators(A(0, given.model))))                                \
    X(cnn_model_operator, "",                                                                                \
      cnn_model_operator(A(0, given.model), 0, A(1, &(cnn_operator_info){.nodes = 0}), e))                   \
    X(cnn_model_run, "", cnn_model_run(A(0, given.model), A(1, &given.tensor), 1, e))                        \
    X(cnn_model_result, "model", DONE(cnn_model_result(A(0, given.model), 0)))                               \
    /* Training */                                                                                           \
    X(cnn_trainer_new, "options",                                                                            \
      cnn_trainer_new(A(0, &made.trainer), A(1, given.net), A(2, &(cnn_trainer_options){.batch = 2}), e))    \
    X(cnn_trainer_free, "trainer", DONE(cnn_trainer_free(NULL)))                                             \
    X(cnn_trainer_gradients, "loss correct",                                                                 \
      cnn_trainer_gradients(A(0, given.trainer), A(1, given.images), A(2, given.labels), 1,                  \
                            A(3, &made.loss), A(4, &made.correct), e))                                       \
    X(cnn_trainer_target_gradients, "loss",                                                                  \
      cnn_trainer_target_gradients(A(0, given.squared), A(1, given.images), A(2, given.images), 1,           \
                                   A(3, &made.loss), e))                                                     \
    X(cnn_trainer_loss, "loss correct",                                                                      \
      cnn_trainer_loss(A(0, given.trainer), A(1, given.images), A(2, given.labels), 1, A(3, &made.loss),     \
                       A(4, &made.correct), e))                                                              \
    X(cnn_trainer_update, "", cnn_trainer_update(A(0, given.trainer), 1, e))                                 \
    X(cnn_train_factor, "", cnn_train_factor(A(0, &(cnn_train_options){0}), 1, 0, A(1, &made.loss), e))      \
    X(cnn_trainer_get_gradient, "",                                                                          \
      cnn_trainer_get_gradient(A(0, given.trainer), A(1, "conv_1.bias"), A(2, made.floats), CONV_FILTERS,    \
                               e))                                                                           \
    X(cnn_trainer_store, "", cnn_trainer_store(A(0, given.trainer), A(1, given.net), e))                     \
    X(cnn_train, "options",                                                                                  \
      cnn_train(A(0, given.net), A(1, given.data), A(2, &(cnn_train_options){.epochs = 1}), e))              \
    X(cnn_train_find_rate, "options range",                                                                  \
      cnn_train_find_rate(A(0, given.net), A(1, given.data), A(2, &(cnn_train_options){.batch = 8}),         \
                          A(3, &(cnn_rate_range){.updates = 10}), A(4, &made.rates), e))                     \
    X(cnn_rate_curve_free, "curve", DONE(cnn_rate_curve_free(NULL)))                                         \
    X(cnn_train_fit_time, "options",                                                                         \
      cnn_train_fit_time(A(0, given.net), A(1, given.data), A(2, NULL), 0.1, A(3, &made.length), e))         \
    X(cnn_train_rate, "",                                                                                    \
      cnn_train_rate(A(0, given.net), A(1, &(cnn_train_options){.epochs = 1}), A(2, &made.loss),             \
                     A(3, &made.has), e))                                                                    \
    X(cnn_train_check, "", cnn_train_check(A(0, &(cnn_train_options){.epochs = 1}), e))                      \
    X(cnn_train_count, "",                                                                                   \
      cnn_train_count(A(0, given.data), A(1, &(cnn_train_options){.validation = 0.2}), A(2, &made.counts),   \
                      e))                                                                                    \
    X(cnn_data_open_run, "options run_directory part",                                                       \
      cnn_data_open_run(A(0, &made.data), A(1, given.pictures), A(2, &(cnn_data_options){.limit = 1}),       \
                        A(3, "."), A(4, &made.part), e))                                                     \
    /* Measuring */                                                                                          \
    X(cnn_match_classes, "by_name",                                                                          \
      cnn_match_classes(A(0, given.net), A(1, given.data), A(2, made.outputs), A(3, &made.by_name), e))      \
    X(cnn_match_outputs, "net other outputs",                                                                \
      DONE(cnn_match_outputs(A(0, given.net), A(1, given.spare), A(2, made.outputs))))                       \
    X(cnn_evaluate, "", cnn_evaluate(A(0, given.net), A(1, given.data), 1, A(2, &made.evaluation), e))       \
    X(cnn_evaluation_free, "evaluation", DONE(cnn_evaluation_free(A(0, &made.evaluation))))                  \
    X(cnn_time_layers, "options",                                                                            \
      cnn_time_layers(A(0, given.net), A(1, &(cnn_layer_times_options){.seconds = 0.001}),                   \
                      A(2, &made.times), e))                                                                 \
    X(cnn_layer_times_free, "times", DONE(cnn_layer_times_free(A(0, &made.times))))                          \
    X(cnn_net_memory, "update",                                                                              \
      cnn_net_memory(A(0, given.net), 1, A(1, &(cnn_update_options){.momentum = 0}), 1, A(2, &made.memory),  \
                     e))                                                                                     \
    /* The doctor */                                                                                         \
    X(cnn_doctor, "",                                                                                        \
      cnn_doctor(A(0, &made.diagnosis), A(1, &(cnn_doctor_options){.training = given.data}), e))             \
    X(cnn_diagnosis_free, "diagnosis", DONE(cnn_diagnosis_free(A(0, &made.diagnosis))))                      \
    X(cnn_watch_new, "", cnn_watch_new(A(0, &made.watch), A(1, given.net), A(2, given.data), 1, e))          \
    X(cnn_watch_free, "watch", DONE(cnn_watch_free(NULL)))                                                   \
    X(cnn_watch_epoch, "", cnn_watch_epoch(A(0, given.watch), A(1, &(cnn_progress){.epoch = 1}), e))         \
    X(cnn_watch_found, "", VALUE(cnn_watch_found(A(0, given.watch))))                                        \
    /* The lab */                                                                                            \
    X(cnn_lab_run, "",                                                                                       \
      cnn_lab_run(A(0, &made.lab),                                                                           \
                  A(1, (&(cnn_lab_options){.net = given.net, .training = given.data, .quick = true})), e))   \
    X(cnn_lab_free, "lab", DONE(cnn_lab_free(A(0, &made.lab))))                                              \
    /* Inspecting */                                                                                         \
    X(cnn_inspector_new, "options",                                                                          \
      cnn_inspector_new(A(0, &made.inspector), A(1, given.net), A(2, &(cnn_inspector_options){.batch = 2}),  \
                        e))                                                                                  \
    X(cnn_inspector_free, "inspector", DONE(cnn_inspector_free(NULL)))                                       \
    X(cnn_inspector_net, "", VALUE(cnn_inspector_net(A(0, given.inspector))))                                \
    X(cnn_inspector_find, "",                                                                                \
      cnn_inspector_find(A(0, given.inspector), A(1, "conv_1"), A(2, &made.number), e))                      \
    X(cnn_inspector_index, "",                                                                               \
      cnn_inspector_index(A(0, given.inspector), A(1, "conv_1"), A(2, given.place), A(3, &made.correct), e)) \
    X(cnn_inspector_run, "", cnn_inspector_run(A(0, given.inspector), A(1, given.images), 1, e))             \
    X(cnn_inspector_output, "",                                                                              \
      cnn_inspector_output(A(0, given.inspector), A(1, "input"), A(2, made.floats), PIXELS, e))              \
    X(cnn_inspector_backward, "",                                                                            \
      cnn_inspector_backward(A(0, given.inspector), A(1, "input"), A(2, given.images), PIXELS, e))           \
    X(cnn_inspector_loss, "classes losses",                                                                  \
      cnn_inspector_loss(A(0, given.inspector), A(1, given.labels), A(2, &made.loss), e))                    \
    X(cnn_inspector_gradient, "",                                                                            \
      cnn_inspector_gradient(A(0, given.inspector), A(1, "input"), A(2, made.floats), PIXELS, e))            \
    X(cnn_inspector_parameter_gradient, "",                                                                  \
      cnn_inspector_parameter_gradient(A(0, given.inspector), A(1, "conv_1.bias"), A(2, made.floats),        \
                                       CONV_FILTERS, e))                                                     \
    X(cnn_inspector_account, "",                                                                             \
      cnn_inspector_account(A(0, given.inspector), A(1, "conv_1"), 0, 0, A(2, &made.account), e))            \
    X(cnn_account_free, "account", DONE(cnn_account_free(A(0, &made.account))))                              \
    X(cnn_inspector_gradient_account, "",                                                                    \
      cnn_inspector_gradient_account(A(0, given.inspector), A(1, "conv_1.bias"), 0, A(2, &made.gradient),    \
                                     e))                                                                     \
    X(cnn_gradient_account_free, "account", DONE(cnn_gradient_account_free(A(0, &made.gradient))))           \
    X(cnn_inspector_check_gradient, "",                                                                      \
      cnn_inspector_check_gradient(A(0, given.judged), A(1, "conv_1.bias"), 0, A(2, &made.loss), e))         \
    X(cnn_inspector_receptive_field, "mask",                                                                 \
      cnn_inspector_receptive_field(A(0, given.inspector), A(1, "conv_1"), 0, A(2, &made.field),             \
                                    A(3, made.mask), e))                                                     \
    X(cnn_inspector_effective_field, "",                                                                     \
      cnn_inspector_effective_field(A(0, given.inspector), A(1, "conv_1"), 0, 0, A(2, made.floats), e))      \
    X(cnn_inspector_top_patches, "",                                                                         \
      cnn_inspector_top_patches(A(0, given.inspector), A(1, "conv_1"), 0, 1, A(2, made.patches), e))         \
    X(cnn_inspector_grad_cam, "classes",                                                                     \
      cnn_inspector_grad_cam(A(0, given.inspector), A(1, "input"), A(2, given.labels), A(3, made.floats),    \
                             PIXELS, e))                                                                     \
    /* Reports */                                                                                            \
    X(cnn_training_record_read, "", cnn_training_record_read(A(0, &made.record), A(1, "."), e))              \
    X(cnn_training_record_free, "record", DONE(cnn_training_record_free(A(0, &made.record))))                \
    X(cnn_answers, "", cnn_answers(A(0, given.net), A(1, given.data), 1, A(2, made.answers), ANSWERS, e))    \
    X(cnn_calibrate, "", cnn_calibrate(A(0, given.answers), 1, A(1, &made.calibration), e))                  \
    X(cnn_augmentations_parse, "",                                                                           \
      cnn_augmentations_parse(A(0, "flip"), A(1, made.augmentations), A(2, &made.count), e))                 \
    X(cnn_data_augmented, "",                                                                                \
      cnn_data_augmented(A(0, given.data), 0, A(1, &given.augmentation), 1, 1, 1, A(2, made.floats), e))     \
    X(cnn_summarise, "", cnn_summarise(A(0, given.images), PIXELS, A(1, &made.summary), e))                  \
    X(cnn_output_size, "", cnn_output_size(5, 3, 1, 0, 0, 1, A(0, &made.shape[0]), e))

#endif
