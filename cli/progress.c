#define _GNU_SOURCE
#include "progress.h"

#include "interrupt.h"
#include "output.h"
#include "text.h"
#include "wrap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHORTEST_BAR = 8, LONGEST_BAR = 40 };
static const double SECONDS_BETWEEN_BARS = 0.1;

void cli_progress_start(cli_progress *progress, void (*print_epoch)(const cnn_progress *state)) {
    const char *terminal = getenv("TERM");
    bool bar = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") && !cli_is_quiet();
    *progress = (cli_progress){.print_epoch = print_epoch, .terminal = bar};
}

void cli_progress_end(cli_progress *progress) {
    if (progress->visible)
        fputs("\r\033[K", stderr);
    progress->visible = false;
}

/* "Epoch  3/12 [=====>    ] 234/469  2,345 images/s  loss 0.1234  accuracy 96.10 %  3:25 left", cut to the
 * width. */
static void draw(const cnn_progress *p) {
    char bar[LONGEST_BAR + 1];
    char *head = cli_format("Epoch %2d/%d", p->epoch, p->epochs);
    char *rest = cli_format("%" PRId64 "/%" PRId64 "  %s images/s  loss %.4f  accuracy %.2f %%  %s left",
                            p->iteration, p->iterations, cli_grouped((int64_t)p->images_per_second).text,
                            p->loss, 100 * p->accuracy, cli_duration(p->seconds_left).text);
    int width = cli_terminal_width(stderr) - 1; /* the last column would wrap */
    int room = width - (int)(strlen(head) + strlen(rest)) - 4;
    int length = room < LONGEST_BAR ? room : LONGEST_BAR;
    if (length >= SHORTEST_BAR) {
        int done = (int)(p->iteration * length / p->iterations);
        memset(bar, ' ', (size_t)length);
        memset(bar, '=', (size_t)done);
        if (done < length)
            bar[done] = '>';
        fprintf(stderr, "\r%s [%.*s] %s\033[K", head, length, bar, rest);
    } else {
        char *line = cli_format("%s  %s", head, rest);
        cli_text_cut(line, width);
        fprintf(stderr, "\r%s\033[K", line);
        free(line);
    }
    free(head);
    free(rest);
}

/* Loss and accuracy stay together where a line holds both. */
static void put_score(cli_wrapping *lines, const char *of, double loss, double accuracy) {
    char *first = cli_format("  %sloss %.4f", of, loss),
         *second = cli_format("  accuracy %6.2f %%", 100 * accuracy);
    int room = cli_terminal_width(lines->to) - lines->indent;
    if (cli_text_width(first) + cli_text_width(second) <= room)
        cli_wrap_unbroken(lines, "%s%s", first, second);
    else {
        cli_wrap_unbroken(lines, "%s", first);
        cli_wrap_unbroken(lines, "%s", second);
    }
    free(first);
    free(second);
}

void cli_progress_print_epoch(const cnn_progress *p) {
    cli_wrapping lines = cli_wrapping_start(stdout, 2);
    cli_wrap_unbroken(&lines, "Epoch %2d/%d", p->epoch, p->epochs);
    put_score(&lines, "training ", p->loss, p->accuracy);
    if (p->validated)
        put_score(&lines, "validation ", p->validation_loss, p->validation_accuracy);
    cli_wrap_unbroken(&lines, "  %s images/s", cli_grouped((int64_t)p->images_per_second).text);
    if (p->best)
        cli_wrap_unbroken(&lines, "  best");
    if (p->diverged)
        cli_wrap_unbroken(&lines, "  diverged");
    cli_wrap_end_line(&lines);
    fflush(stdout); /* whoever reads along through a pipe wants it now */
}

bool cli_progress_report(void *user, const cnn_progress *state) {
    cli_progress *progress = user;
    progress->reports++;
    progress->last = *state;
    if (state->epoch_ended) {
        cli_progress_end(progress);
        progress->print_epoch(state);
    } else if (progress->terminal && cli_now() - progress->drawn >= SECONDS_BETWEEN_BARS) {
        draw(state);
        progress->visible = true;
        progress->drawn = cli_now();
    }
    return !cli_interrupted();
}
