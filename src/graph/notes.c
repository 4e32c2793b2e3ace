/* Notes on a network that was read from a file. */
#include "graph/net.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

enum { LONGEST_NOTE = 400 };

static char *write_note(const char *format, va_list arguments) {
    char note[LONGEST_NOTE];
    vsnprintf(note, sizeof note, format, arguments);
    return cnn_copy_string(note, NULL);
}

/* Append the note, which the network owns from now on; one without memory is dropped. */
static void keep(cnn_net *net, char *note) {
    if (note && cnn_grow((void **)&net->notes, net->note_count, &net->note_capacity, sizeof *net->notes,
                         "a note", NULL) == CNN_OK)
        net->notes[net->note_count++] = note;
    else
        cnn_free(note);
}

void cnn_net_add_note(cnn_net *net, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    keep(net, write_note(format, arguments));
    va_end(arguments);
}

void cnn_net_refuse_training(cnn_net *net, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *reason = write_note(format, arguments);
    va_end(arguments);
    if (reason)
        cnn_net_add_note(net, "%s", reason);
    if (net->untrainable || !reason)
        cnn_free(reason);
    else
        net->untrainable = reason;
}

int cnn_net_notes(const cnn_net *net) {
    return net ? (int)net->note_count : 0;
}

const char *cnn_net_note(const cnn_net *net, int note) {
    return net && note >= 0 && note < net->note_count ? net->notes[note] : NULL;
}
