#include "iterations.h"

#include "output.h"

cli_epoch cli_epoch_of(int64_t images, int64_t batch) {
    int64_t iterations = (images - 1) / batch + 1;
    return (cli_epoch){images, batch, iterations, images - (iterations - 1) * batch};
}

char *cli_epoch_text(const cli_epoch *epoch) {
    const cli_number iterations = cli_count(epoch->iterations, "iteration");
    if (epoch->last == epoch->batch)
        return cli_format("%s an epoch", iterations.text);
    return cli_format("%s an epoch (the %sbatch has %s)", iterations.text,
                      epoch->iterations > 1 ? "last " : "", cli_count(epoch->last, "image").text);
}

void cli_epoch_json(const cli_epoch *epoch, json_t *object) {
    cli_json_set(object, "iterations_per_epoch", json_integer(epoch->iterations));
    cli_json_set(object, "last_batch", json_integer(epoch->last));
}
