/* Names and messages from files reach a terminal without what it would obey: escapes, C1 controls, overrides of the
 * direction of writing, bytes that are no UTF-8. */
#define _GNU_SOURCE
#include "cnn.h"
#include "support/cmocka.h"
#include "support/command.h"
#include "support/graph_model.h"
#include "support/pictures.h"

#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ESC, the C1 control CSI (U+009B), right-to-left override, isolate, BEL; with bytes that are no UTF-8: CSI as a single
 * byte, ESC in two. */
#define NAME         "a\033[31mb\302\2331md\342\200\256e\342\201\246g\007h"
#define CLEANED_NAME "a?[31mb?1md?e?g?h"
#define HOSTILE      NAME "c\2331mf\300\233"
#define CLEANED      CLEANED_NAME "c?1mf??"

static void write_bytes(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_graph(const char *path, const char *op, const char *node, const char *attribute) {
    graph_model g;
    CnnOnnx__AttributeProto extra = CNN_ONNX__ATTRIBUTE_PROTO__INIT, *extras[] = {&extra};
    size_t size;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", 3, (const int64_t[]){1, 2, 8});
    graph_model_output(&g, "y", 3, (const int64_t[]){1, 2, 8});
    CnnOnnx__NodeProto *made = graph_model_node(&g, op, "y", (const char *const[]){"x", NULL});
    made->name = (char *)node;
    extra.name = (char *)attribute;
    extra.type = CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    if (attribute) {
        made->n_attribute = 1;
        made->attribute = extras;
    }
    unsigned char *bytes = graph_model_bytes(&g, &size);
    write_bytes(path, bytes, size);
    free(bytes);
    graph_model_free(&g);
}

/* `names.onnx` has such class names, `op.onnx` an operator, `node.onnx` a layer, `attribute.onnx` an attribute of
 * such a name; `pictures` holds a class and a picture of such names. */
static int write_files(void **state) {
    static const char *const classes[] = {NAME, "plain", "\344\270\255",
                                          "d"}; /* the third takes two columns */
    cnn_net *net;
    if (command_set_up(state))
        return 1;
    assert_int_equal(cnn_net_open(&net, "model.txt", NULL, NULL), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    assert_int_equal(cnn_net_set_classes(net, classes, 4, NULL), CNN_OK);
    assert_int_equal(cnn_net_save(net, "names.onnx", NULL), CNN_OK);
    cnn_net_free(net);
    write_graph("op.onnx", NAME, "n", NULL);
    write_graph("node.onnx", "Relu", NAME, NULL);
    write_graph("attribute.onnx", "Relu", "n", NAME);
    write_picture("pictures/" HOSTILE "/" HOSTILE ".png", 0, 1);
    write_picture("pictures/plain/b.png", 1, 2);
    return 0;
}

/* Whether it holds nothing that a terminal obeys, but for line feeds, and nothing of the list above. */
static bool is_clean(const char *text) {
    static const char *const marks[] = {"\342\200\256", "\342\201\246", "\300", "\2331m", "\302\233"};
    for (const char *c = text; *c; c++)
        if (((unsigned char)*c < ' ' && *c != '\n') || *c == 0x7f)
            return false;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strstr(text, marks[i]))
            return false;
    return true;
}

/* Both streams are clean, and one of them holds this. */
static void expect_clean(const char *arguments, const char *part) {
    command_result result = command_run(arguments);
    if (!is_clean(result.out) || !is_clean(result.err))
        fail_msg("cnn %s: %s%s", arguments, result.out, result.err);
    if (!strstr(result.out, part) && !strstr(result.err, part))
        fail_msg("cnn %s: no '%s' in %s%s", arguments, part, result.out, result.err);
    command_free(&result);
}

static void messages_are_cleaned(void **state) {
    static const char tensor[] =
        "\223NUMPY\001\000v\000{'descr': '" NAME "', 'fortran_order': False, 'shape': (1,)}";
    static const char text[] = "input 1x8x8\nb\302\2331mc 3\n";
    (void)state;
    expect_clean("summary '" HOSTILE "'", CLEANED);
    expect_clean("'" HOSTILE "'", CLEANED);
    expect_clean("train basic '--" HOSTILE "'", CLEANED);
    expect_clean("summary op.onnx", "a?[31mb");
    expect_clean("summary attribute.onnx", "");
    expect_clean("run op.onnx -o out", "a?[31mb");
    write_bytes("bad.txt", text, sizeof text - 1);
    expect_clean("summary bad.txt", "b?1mc");
    write_bytes("bad.npy", tensor, sizeof tensor - 1);
    expect_clean("run node.onnx --input x=bad.npy -o out", "");
    expect_clean("data info 'no " HOSTILE "'", CLEANED);
}

static void tables_are_cleaned(void **state) {
    (void)state;
    expect_clean("summary names.onnx", CLEANED_NAME ",");
    expect_clean("summary node.onnx", "[31mb");
    expect_clean("predict names.onnx --data data", CLEANED_NAME);
    expect_clean("data info pictures", CLEANED);
    expect_clean("convert names.onnx '" HOSTILE ".txt'", CLEANED ".txt (");
}

/* Columns up to where the part begins, of a line that holds one character of two columns and three bytes. */
static int column_of(const char *line, const char *part) {
    const char *at = strstr(line, part);
    assert_non_null(at);
    return (int)(at - line) - (strstr(line, "\344\270\255") && strstr(line, "\344\270\255") < at);
}

/* The columns of the confusion matrix stand below each other, whatever the names hold. */
static void the_width_of_a_column_is_of_what_is_printed(void **state) {
    (void)state;
    command_result result = command_run("predict names.onnx --data data --count 1");
    int column = -1;
    for (char *line = strtok(result.out, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strchr(line, '.'))
            continue;
        assert_true(column < 0 || column == column_of(line, "0."));
        column = column_of(line, "0.");
    }
    assert_true(column > 0);
    command_free(&result);
}

/* What a terminal gets, for free(). */
static char *on_terminal(const char *arguments) {
    enum { MAX = 1 << 16 };
    char *text = calloc(MAX, 1), *line;
    size_t length = 0;
    ssize_t count;
    int end, status;
    assert_true(text && asprintf(&line, "exec \"$CNN_COMMAND\" %s", arguments) > 0);
    pid_t pid = forkpty(&end, NULL, NULL, NULL);
    assert_true(pid >= 0);
    if (!pid) {
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    while (length < MAX - 1 && (count = read(end, text + length, MAX - 1 - length)) > 0)
        length += (size_t)count;
    close(end);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    free(line);
    for (char *c = text; *c; c++) /* the terminal's own line ends, and what separates fields */
        *c = *c == '\r' || *c == '\t' ? ' ' : *c;
    return text;
}

/* Programs get a file's name as it is; a terminal does not. */
static void fields_are_cleaned_on_a_terminal_alone(void **state) {
    static const char *const forms[] = {"--format csv", "--format lines", "--json"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        char arguments[128];
        snprintf(arguments, sizeof arguments, "predict names.onnx pictures %s --top 4", forms[i]);
        char *text = on_terminal(arguments);
        if (!is_clean(text))
            fail_msg("cnn %s: %s", arguments, text);
        free(text);
    }
    command_expect("predict names.onnx pictures --format csv", 0, HOSTILE ".png,", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_cleaned),
        cmocka_unit_test(tables_are_cleaned),
        cmocka_unit_test(the_width_of_a_column_is_of_what_is_printed),
        cmocka_unit_test(fields_are_cleaned_on_a_terminal_alone),
    };
    return cmocka_run_group_tests(tests, write_files, command_tear_down);
}
