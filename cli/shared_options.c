#include "shared_options.h"

#include <cnn.h>

const cli_option cli_threads_rows[] = {
    {"--threads", CLI_INTEGER, 0, "N", .help = "number of threads; 0: one per processor (0)", .min = 0,
     .max = CNN_MAX_THREADS},
    {0},
};

const cli_option cli_skip_bad_rows[] = {
    {"--skip-bad", CLI_FLAG, 0, .help = "skip images that cannot be read"},
    {0},
};

const cli_option cli_json_rows[] = {
    {"--json", CLI_FLAG, 0, .help = "print JSON"},
    {0},
};
