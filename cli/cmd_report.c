/* cnn report: one page on a trained model. */
#include "command.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "report/report.h"
#include "shared_options.h"
#include "wrap.h"

#include <stddef.h>

struct arguments {
    const char *data, *path, *input_shape;
    int64_t threads;
    bool quick;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    CLI_GROUP("Report"),
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "the images that the model was trained on (required)"},
    {"--output", CLI_TEXT, AT(path), "FILE", .help = "where the page goes (report.html)", .letter = "-o"},
    CLI_ROWS(cli_input_shape_rows, AT(input_shape)),
    {"--quick", CLI_FLAG, AT(quick), .help = "leave out the doctor's checks that train networks"},
    CLI_ROWS(cli_threads_rows, AT(threads)),
    {0},
};

const cli_usage cli_report_usage = {
    .command = "report",
    .title = "write a page about a trained model, to look at and to send",
    .operands = "MODEL --data DATA",
    .min = 1,
    .max = 1,
    .help =
        "Write one HTML file that needs nothing else and opens in any browser: curves, confusion matrix, "
        "precision and recall of each class, calibration, the most confident mistakes and the least certain "
        "answers, filters, feature maps, Grad-CAM and gradients, what excites each channel, the figures of "
        "'cnn lab' and the findings of 'cnn doctor', and everything that is needed to repeat the run.\n"
        "\n"
        "MODEL is a run directory of 'cnn train'; of any other trained model the sections are made that can "
        "be made without one. The figures are those of the test images; without such images, of those held "
        "out to validate, else of the training images, and the page says so. The same run gives the same "
        "bytes.",
    .example = "  cnn report runs/first --data fashion-mnist\n"
               "  cnn report runs/first --data fashion-mnist --quick -o first.html",
    .options = options,
};

int cli_report(int count, char **words) {
    struct arguments a = {.path = "report.html"};
    int operands, code = cli_parse(&cli_report_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    if (!a.data)
        return cli_fail_usage(
            "report: --data DATA is missing: give the images that the model was trained on; see "
            "'cnn report --help'");
    const cli_report_request request = {words[0], a.data, a.path, a.input_shape, a.quick, a.threads};
    code = cli_report_make(&request);
    if (code == CLI_DONE && !cli_is_quiet())
        cli_print_words("Report  %s\n", a.path);
    return code;
}
