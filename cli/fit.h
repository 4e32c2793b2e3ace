/* Networks fit their data: an untrained one takes the images' channels, a sensible size and the number of classes; a
 * trained one keeps its input. What was done is said in the first lines of `cnn train`. */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include <cnn.h>

typedef struct cli_fit {
    const char *model, *source;
    bool trained;            /* the network has parameters that are not to be lost */
    cnn_input_options asked; /* by --image; zeros: as the data suggest */
    int64_t outputs;         /* that the network had before its classes were fitted; 0: they were not */
    int64_t own[3];          /* C,H,W of the input that the model brought */
} cli_fit;

bool cli_is_builtin(const char *model);
/* "64", "48x64", "1x48x64": what is not named is 0. CLI_GO_ON, or the exit code after a message. */
int cli_read_image_size(const char *text, cnn_input_options *input);

/* Before the data are opened: choose the network's input, on a sample of the images. CLI_GO_ON, or the exit code after
 * a message. */
int cli_fit_input(cli_fit *fit, cnn_net *net);
/* With the data: give the network an output for each class where it lacks some, and take surplus ones from an untrained
 * network whose classes have names. `seed`: of new parameters. */
int cli_fit_classes(cli_fit *fit, cnn_net *net, const cnn_data *data, uint64_t seed);
/* What was done to the images or to the input, and to the outputs; NULL where nothing was. Allocated, release with
 * free(). */
char *cli_fit_images_text(const cli_fit *fit, const cnn_net *net, const cnn_data *data);
char *cli_fit_classes_text(const cli_fit *fit, const cnn_net *net, const cnn_data *data);

#endif
