/* cnn data fetch: a known data set from its mirrors to where cnn_data_open looks for it. */
#include "command.h"
#include "fetch.h"
#include "interrupt.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"

#include <cnn.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arguments {
    const char *mirror;
    double stall;
    bool json;
};

static const cli_option options[] = {
    {"--mirror", CLI_TEXT, offsetof(struct arguments, mirror), "URL",
     .help = "URL of a folder that holds the files, to use instead of the known mirrors"},
    {"--stall", CLI_REAL, offsetof(struct arguments, stall), "SECONDS",
     .help = "give up on a server that sends nothing for this long (30)", .min = 1, .max = 3600},
    CLI_ROWS(cli_json_rows, offsetof(struct arguments, json)),
    {0},
};

const cli_usage cli_data_fetch_usage = {
    .command = "data fetch",
    .title = "download a known data set",
    .operands = "mnist|fashion-mnist|kmnist|cifar10",
    .min = 1,
    .max = 1,
    .help = "Download a known data set into $CNN_DATA or, if that is not set, into the cache folder, where "
            "--data finds it by name. SHA-256 checksums are verified. An interrupted download continues "
            "where it stopped.",
    .example = "  cnn data fetch kmnist\n  cnn train basic --data kmnist -o runs/kmnist",
    .options = options,
};

/* ---- Progress on a terminal ------------------------------------------------------------------------ */

typedef struct display {
    bool terminal, visible;
    double drawn; /* cli_now() */
} display;

/* "42 % of 9.5 MiB  train-images-idx3-ubyte.gz", over the line before. */
static void draw(display *d, const cli_fetch_file *file, int64_t done) {
    char *line = cli_format("%3d %% of %s  %s", (int)(100 * done / file->size), cli_bytes(file->size).text,
                            file->name);
    fprintf(stderr, "\r\033[K%.*s", cli_terminal_width(stderr) - 1, line);
    free(line);
    d->visible = true;
    d->drawn = cli_now();
}

/* Clear the progress line before anything else is printed. */
static void wipe(display *d) {
    if (d->visible)
        fputs("\r\033[K", stderr);
    d->visible = false;
}

/* Called as bytes come in; false stops the download after Ctrl-C. */
static bool report(void *user, const cli_fetch_file *file, int64_t done) {
    display *d = user;
    if (d->terminal && cli_now() - d->drawn > 0.1)
        draw(d, file, done);
    return !cli_interrupted();
}

/* ---- Results --------------------------------------------------------------------------------------- */

static int print_json(const cli_fetch *fetch) {
    json_t *files = json_array();
    for (int i = 0; fetch->set->files[i].name; i++)
        cli_json_add(files, json_pack("{ss sI ss sb}", "name", fetch->set->files[i].name, "bytes",
                                      (json_int_t)fetch->set->files[i].size, "sha256",
                                      fetch->set->files[i].sha256, "fetched", !fetch->present[i]));
    return cli_json_print(json_pack("{ss so so}", "data", fetch->set->name, "folder",
                                    cli_json_text(fetch->folder), "files", files));
}

static int print_text(const cli_fetch *fetch) {
    if (fetch->fetched == 0) {
        cli_print(stdout, "%s is already complete in %s\n", fetch->set->name, fetch->folder);
        return CLI_DONE;
    }
    for (int i = 0; fetch->set->files[i].name; i++)
        printf("%-26s %9s  %s\n", fetch->set->files[i].name, cli_bytes(fetch->set->files[i].size).text,
               fetch->present[i] ? "already present" : "fetched");
    cli_print(stdout, "%s is in %s; see 'cnn data info %s'\n", fetch->set->name, fetch->folder,
              fetch->set->name);
    return CLI_DONE;
}

/* ---- The command ----------------------------------------------------------------------------------- */

static const cli_fetch_set *find_set(const char *name) {
    for (const cli_fetch_set *set = cli_fetch_sets; set->name; set++)
        if (!strcmp(set->name, name))
            return set;
    return NULL;
}

/* Say which data set was probably meant. */
static int refuse_name(const char *name) {
    enum { MAX_NAMES = 16 };
    const char *names[MAX_NAMES] = {NULL};
    for (int i = 0; i < MAX_NAMES - 1 && cli_fetch_sets[i].name; i++)
        names[i] = cli_fetch_sets[i].name;
    const char *nearest = cnn_nearest_word(name, names);
    if (nearest)
        return cli_fail_usage("data fetch: unknown data set '%s': did you mean %s?", name, nearest);
    return cli_fail_usage(
        "data fetch: unknown data set '%s'; the known ones are mnist, fashion-mnist, kmnist and "
        "cifar10",
        name);
}

/* Turn the download's end into output and an exit code. */
static int finish(const struct arguments *a, const cli_fetch *fetch, cnn_status status,
                  const cnn_error *error) {
    if (status == CNN_STOPPED) {
        cli_fail("%s", error->message);
        return cli_interrupt_code();
    }
    if (status != CNN_OK)
        return cli_fail("%s", error->message);
    if (a->json)
        return print_json(fetch);
    return cli_is_quiet() ? CLI_DONE : print_text(fetch);
}

static int run(const struct arguments *a, const cli_fetch_set *set) {
    cnn_error error;
    char *folder;
    if (cnn_data_folder(&folder, set->name, &error) != CNN_OK)
        return cli_fail("%s", error.message);
    display display = {.terminal = isatty(STDERR_FILENO) && !cli_is_quiet() && !a->json};
    cli_fetch fetch = {.set = set,
                       .folder = folder,
                       .mirror = a->mirror,
                       .stall = a->stall,
                       .progress = report,
                       .user = &display};
    cli_interrupt_watch();
    cnn_status status = cli_fetch_set_files(&fetch, &error);
    cli_interrupt_unwatch();
    wipe(&display);
    int code = finish(a, &fetch, status, &error);
    cnn_free(folder);
    return code;
}

int cli_data_fetch(int count, char **words) {
    struct arguments a = {.stall = 30};
    int operands, code = cli_parse(&cli_data_fetch_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    const cli_fetch_set *set = find_set(words[0]);
    return set ? run(&a, set) : refuse_name(words[0]);
}
