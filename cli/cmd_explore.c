/* cnn explore: one HTML file in which a network can be looked into. */
#include "command.h"
#include "explore.h"
#include "explore_page.h"
#include "memory_stream.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "pixel_notes.h"
#include "pixel_options.h"
#include "split_images.h"
#include "wrap.h"
#include "written_file.h"

#include <cnn.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *data, *output;
    int64_t test, train;
    bool force, float16;
    cli_pixel_options pixels;
};

#define AT(field) offsetof(struct arguments, field)

enum { TEST_IMAGES = 500, TRAINING_IMAGES = 2000, MOST_MEGABYTES = 32 };

static const cli_option options[] = {
    CLI_GROUP("The page"),
    {"--data", CLI_TEXT, AT(data), "DATA",
     .help = "images for the page: test images to choose from, training images to train with"},
    {"--output", CLI_TEXT, AT(output), "FILE", .help = "where to write it (explore.html)", .letter = "-o"},
    {"--test", CLI_INTEGER, AT(test), "N", .help = "take the first N test images (500)", .min = 0,
     .max = 1 << 20},
    {"--train", CLI_INTEGER, AT(train), "N", .help = "take the first N training images (2000)", .min = 0,
     .max = 1 << 20},
    {"--float16", CLI_FLAG, AT(float16),
     .help = "store the parameters in half precision: half the size; the page then shows the sums of the "
             "rounded parameters"},
    {"--force", CLI_FLAG, AT(force), .help = "write the page even if the parameters take more than 32 MB"},
    CLI_ROWS(cli_pixel_rows, AT(pixels)),
    {0},
};

const cli_usage cli_explore_usage = {
    .command = "explore",
    .title = "write an HTML page in which a network can be looked into",
    .operands = "MODEL",
    .min = 1,
    .max = 1,
    .help =
        "Write one HTML file that any browser opens, without a server and without a network connection. In "
        "it one draws or chooses an image and follows every number through the network, forward and "
        "backward: the page runs this library, compiled to WebAssembly, on the model.\n"
        "\n"
        "The same model and data give the same file. docs/explorer.md says what the page shows.",
    .example = "  cnn explore runs/first --data fashion-mnist\n"
               "  cnn explore model.onnx -o model.html --float16",
    .options = options,
};

/* ---- Images ---------------------------------------------------------------------------------------------- */

/* The first `count` images of a split, as the training shared them out; NULL: it has none, or none are wanted. */
static cnn_status open_images(const struct arguments *a, const cli_exploring *e, cnn_split split,
                              int64_t count, cnn_data **data, cnn_error *error) {
    const cnn_data_options wanted = {.split = split, .image = cnn_net_image_options(e->net), .limit = count};
    if (count == 0)
        return CNN_OK;
    char *run = cli_run_directory(e->model);
    const cnn_status status = cnn_data_open_run(data, a->data, &wanted, run, NULL, error);
    free(run);
    return status;
}

/* Data without test images of their own are good for training alone. */
static int open_data(const struct arguments *a, const cli_exploring *e, cnn_data **test, cnn_data **train) {
    cnn_error error, no_test;
    if (!a->data)
        return CLI_GO_ON;
    if (open_images(a, e, CNN_SPLIT_TRAIN, a->train, train, &error))
        return cli_fail("%s", error.message);
    const cnn_status status = open_images(a, e, CNN_SPLIT_TEST, a->test, test, &no_test);
    if (status) {
        if (!*train || status != CNN_ERROR_FORMAT)
            return cli_fail("%s", no_test.message);
        cli_note("the page has no test images to choose from: %s", no_test.message);
    }
    return CLI_GO_ON;
}

/* ---- Writing --------------------------------------------------------------------------------------------- */

/* The whole document. */
static int make_page(const cli_exploring *e, cli_memory *document) {
    static const char mark[] = "<!-- DATA -->";
    const char *html = (const char *)cli_the_explore_page.html;
    const char *at = strstr(html, mark);
    if (!at)
        return cli_fail("the page that was built in has no place for data");
    FILE *page = cli_memory_stream(document);
    fwrite(html, 1, (size_t)(at - html), page);
    const int code = cli_explore_write(e, page);
    fputs(at + sizeof mark - 1, page);
    fclose(page);
    return code == CLI_GO_ON && document->lacking ? cli_fail("out of memory for the page") : code;
}

static int write_page(const struct arguments *a, const cli_exploring *e) {
    cli_memory document = {0};
    int code = make_page(e, &document);
    if (code == CLI_GO_ON)
        code = cli_write_file(a->output, document.bytes, document.count);
    free(document.bytes);
    if (code == CLI_DONE && !cli_is_quiet())
        cli_print_words("Wrote %s (%s). Open it in a browser.\n", a->output,
                        cli_bytes((int64_t)document.count).text);
    return code;
}

/* ---- What can be explored -------------------------------------------------------------------------------- */

static int check_size(const struct arguments *a, const cli_exploring *e) {
    const int64_t values = cnn_net_parameters(e->net) + cnn_net_statistics(e->net);
    const int64_t bytes = values * (e->float16 ? 2 : 4), most = (int64_t)MOST_MEGABYTES * 1000000;
    if (bytes <= most || a->force)
        return CLI_GO_ON;
    return cli_fail(
        "%s has %s parameters, which take %s in the page: above %d MB browsers open it slowly, and "
        "phones run out of memory; --force writes it all the same%s",
        e->model, cli_grouped(values).text, cli_bytes(bytes).text, MOST_MEGABYTES,
        e->float16 ? "" : ", --float16 halves it");
}

static int explore(const struct arguments *a, cnn_net *net, const char *model) {
    cli_exploring e = {.model = model, .net = net, .float16 = a->float16};
    cnn_data *test = NULL, *train = NULL;
    int code = cli_expect_pixels(&a->pixels, model, net);
    if (code == CLI_GO_ON)
        code = check_size(a, &e);
    if (code == CLI_GO_ON) {
        cli_note_unknown_pixels(net, model);
        code = open_data(a, &e, &test, &train);
    }
    e.test = test;
    e.train = train;
    if (code == CLI_GO_ON)
        code = write_page(a, &e);
    cnn_data_free(test);
    cnn_data_free(train);
    return code;
}

int cli_explore(int count, char **words) {
    struct arguments a = {.output = "explore.html", .test = TEST_IMAGES, .train = TRAINING_IMAGES};
    int operands, code = cli_parse(&cli_explore_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    if (!cli_the_explore_page.html)
        return cli_fail("this cnn was built without the page: install clang, lld, wasi-libc, "
                        "libclang-rt-14-dev-wasm32 and esbuild, configure and build again");
    cnn_net *net;
    code = cli_open_trained(&net, words[0], a.pixels.input_shape);
    if (code != CLI_GO_ON)
        return code == CLI_FAILED ? cli_say_if_interpreted(words[0]) : code;
    code = explore(&a, net, words[0]);
    cnn_net_free(net);
    return code;
}
