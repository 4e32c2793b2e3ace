/* What the files of the engine share. They export functions that JavaScript calls (web/src/engine.js); everything is
 * computed by the library, of which they see the public headers. One instance of the module holds one network.
 *
 * Calls that can fail give a cnn_status; engine_message then says why. Layers are numbered as in cnn.h, from 1; 0 is the
 * network's input. Numbers of values come and go as 32-bit integers: a page holds less than 4 GB. Structs that JavaScript
 * reads have members of 4 bytes first, then of 8, so that they have no gaps. */
#ifndef CNN_WEB_ENGINE_H
#define CNN_WEB_ENGINE_H

#include <cnn.h>
#include <cnn_inspect.h>

/* A function under its own name in the module. */
#define EXPORTED(name) __attribute__((export_name(#name)))

typedef struct engine {
    cnn_net *net;
    cnn_inspector *inspector; /* NULL: none made since the parameters changed */
    cnn_predictor *predictor; /* likewise */
    int32_t batch;            /* that the inspector takes */
    cnn_error error;          /* the last one */
} engine;

extern engine the_engine;

/* The name by which an inspector knows layer `number`: "input" for 0. CNN_ERROR_ARGUMENT: there is no such layer. */
cnn_status engine_layer_name(int32_t number, const char **name);
/* The name of parameter tensor `number`, from 0. */
cnn_status engine_tensor_name(int32_t number, const char **name);
/* CNN_ERROR_ARGUMENT unless images were run since the parameters changed. */
cnn_status engine_check_run(void);
/* Inspector and predictor hold copies of the parameters: they are made anew after a change. */
void engine_forget_runs(void);
/* What accounts keep of the last run: before another one, and before the inspector goes. */
void engine_forget_case(void);

#endif
