/* Adapting networks to data: an untrained one gets the images' channels, a sensible size and the number of classes; a
 * trained one keeps its input. The first lines of `cnn train` report what was done. */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include <cnn.h>

typedef struct cli_fit {
    const char *model, *source;
    bool trained;            /* the network has parameters that must be kept */
    cnn_input_options asked; /* from --image; zeros: chosen from the data */
    int64_t outputs;         /* the number of outputs before it was adapted; 0: it was not */
    int64_t own[3];          /* C,H,W of the input that the model brought */
} cli_fit;

bool cli_is_builtin(const char *model);
/* "64", "48x64", "1x48x64": what is not given is 0. CLI_GO_ON, or the exit code after a message. */
int cli_read_image_size(const char *text, cnn_input_options *input);

/* Before the data are opened: choose the network's input, on a sample of the images. CLI_GO_ON, or the exit code after
 * a message. */
int cli_fit_input(cli_fit *fit, cnn_net *net);
/* With the data open: add outputs for missing classes, and remove surplus ones from an untrained network if the
 * classes have names. `seed`: of new parameters. */
int cli_fit_classes(cli_fit *fit, cnn_net *net, const cnn_data *data, uint64_t seed);
/* Text on what was done to the images or the input, and to the outputs; NULL if nothing was. Allocated, release with
 * free(). */
char *cli_fit_images_text(const cli_fit *fit, const cnn_net *net, const cnn_data *data);
char *cli_fit_classes_text(const cli_fit *fit, const cnn_net *net, const cnn_data *data);

/* What the outputs of a network for these images are, after their number: "classes", "classes of which an image may have
 * several" or "numbers". */
const char *cli_data_kind_words(const cnn_data *data);

#endif
