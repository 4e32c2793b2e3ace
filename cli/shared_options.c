#include "shared_options.h"

#include <cnn.h>

const cli_option cli_threads_rows[] = {
    {"--threads", CLI_INTEGER, 0, "N", .help = "number of threads; 0: one per processor (0)", .min = 0,
     .max = CNN_MAX_THREADS},
    {0},
};

const char *const cli_precisions[] = {"float32", "bf16", NULL};

const cli_option cli_precision_rows[] = {
    {"--precision", CLI_CHOICE, 0, .choices = cli_precisions,
     .help =
         "numbers whose products convolutions and dense layers form; bf16: bfloat16, fast on processors with "
         "AVX512_BF16 (float32)"},
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
