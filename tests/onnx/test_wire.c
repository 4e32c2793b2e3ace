/* What is refused in an ONNX file's bytes before anything is unpacked. */
#include "onnx/wire.h"

#include "base/memory.h"
#include "onnx/onnx.h"

#include "support/cmocka.h"
#include "support/odd_model.h"
#include "support/onnx_bytes.h"

#include <stdlib.h>
#include <string.h>

/* Field numbers of onnx.proto. */
enum {
    MODEL_IR_VERSION = 1,
    MODEL_GRAPH = 7,
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    NODE_ATTRIBUTE = 5,
    ATTRIBUTE_GRAPH = 6
};
enum { VARINT = 0, BYTES = 2, GROUP = 3 };

#define KEY(field, type) (uint8_t)((field) << 3 | (type))

static void expect(const void *bytes, size_t size, const char *message) {
    cnn_error error = {0};
    void *copy = malloc(size ? size : 1); /* so that a sanitizer sees each read past the end */
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    cnn_status status = cnn_onnx_check_wire(copy, size, "m.onnx", &error);
    free(copy);
    if (!message && status != CNN_OK)
        fail_msg("%s", error.message);
    if (message && (status != CNN_ERROR_FORMAT || strncmp(error.message, "m.onnx: ", 8) != 0 ||
                    !strstr(error.message, message)))
        fail_msg("%s: \"%s\" does not say \"%s\"", cnn_status_name(status), error.message, message);
}

#define EXPECT(message, ...)                                                                                 \
    expect((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), message)

static void a_real_model_passes(void **state) {
    (void)state;
    cnn_net *net = odd_model();
    void *bytes;
    size_t size;
    assert_int_equal(onnx_bytes_of(net, &bytes, &size, NULL), CNN_OK);
    expect(bytes, size, NULL);
    cnn_free(bytes);
    cnn_net_free(net);
}

static void unknown_fields_pass(void **state) {
    (void)state;
    EXPECT(NULL, KEY(1, VARINT), 7, 0xf8, 0x3f, 5);                      /* field 1023: 5 */
    EXPECT(NULL, KEY(1, VARINT), 7, 0xfa, 0x3f, 2, 0xff, 0xff);          /* field 1023: two bytes */
    EXPECT(NULL, KEY(1, VARINT), 7, 0xfd, 0x3f, 1, 2, 3, 4);             /* field 1023: 32 bits */
    EXPECT(NULL, KEY(1, VARINT), 7, 0xf9, 0x3f, 1, 2, 3, 4, 5, 6, 7, 8); /* field 1023: 64 bits */
}

static void damaged_fields_are_refused(void **state) {
    (void)state;
    expect("", 0, "the file is empty");
    EXPECT("byte 0: a field's key is truncated", 0x80);
    EXPECT("byte 0: a field's key is truncated or out of range", 0x00);
    EXPECT("byte 0: a field's key is truncated or out of range", 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
           0xff, 0xff, 0xff, 0xff);
    EXPECT("byte 0: a field is longer than the message that contains it", KEY(1, VARINT));
    EXPECT("byte 0: a field is longer than the message that contains it", KEY(1, VARINT), 0xff);
    EXPECT("byte 2: a field is longer than the message that contains it", KEY(1, VARINT), 7, KEY(7, BYTES),
           1);
    EXPECT("byte 0: a field is longer than the message that contains it", KEY(7, BYTES), 0xff, 0xff, 0xff,
           0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1);
    EXPECT("byte 2: a field is longer than the message that contains it", KEY(7, BYTES), 2,
           KEY(GRAPH_NAME, BYTES), 1, 'x');
    EXPECT("byte 0: a field has a wire type that ONNX does not use", KEY(1, GROUP));
    EXPECT("byte 0: a field has a wire type that ONNX does not use", KEY(1, 7));
}

static void wrong_contents_are_refused(void **state) {
    (void)state;
    EXPECT("\"ir_version\" of a ModelProto has the wrong wire type", KEY(MODEL_IR_VERSION, BYTES), 1, 7);
    EXPECT("\"graph\" of a ModelProto has the wrong wire type", KEY(MODEL_GRAPH, VARINT), 1);
    EXPECT("\"ir_version\" of a ModelProto appears twice", KEY(1, VARINT), 7, KEY(1, VARINT), 7);
    EXPECT("\"graph\" of a ModelProto appears twice", KEY(MODEL_GRAPH, BYTES), 0, KEY(MODEL_GRAPH, BYTES), 0);
    EXPECT("byte 2: the field \"name\" of a GraphProto has a zero byte in its text", KEY(MODEL_GRAPH, BYTES),
           4, KEY(GRAPH_NAME, BYTES), 2, 'x', 0);
}

/* Packed numbers: TensorProto.float_data of 5 bytes, int64_data that ends in the middle of a number, then both
 * well-formed. */
static void packed_numbers_must_be_whole(void **state) {
    (void)state;
    enum { INITIALIZER = 5, FLOAT_DATA = 4, INT64_DATA = 7 };
    EXPECT("\"float_data\" of a TensorProto ends in the middle of a number", KEY(MODEL_GRAPH, BYTES), 9,
           KEY(INITIALIZER, BYTES), 7, KEY(FLOAT_DATA, BYTES), 5, 1, 2, 3, 4, 5);
    EXPECT("\"int64_data\" of a TensorProto ends in the middle of a number", KEY(MODEL_GRAPH, BYTES), 6,
           KEY(INITIALIZER, BYTES), 4, KEY(INT64_DATA, BYTES), 2, 1, 0x80);
    EXPECT(NULL, KEY(MODEL_GRAPH, BYTES), 13, KEY(INITIALIZER, BYTES), 11, KEY(FLOAT_DATA, BYTES), 4, 1, 2, 3,
           4, KEY(INT64_DATA, BYTES), 3, 1, 0x80, 1);
}

/* ---- Bombs -----------------------------------------------------------------------------------------------
 */

/* Bytes that grow towards the front, so that a message can be wrapped into another one. */
typedef struct wrapping {
    uint8_t *bytes;
    size_t begin, end;
} wrapping;

static void put_before(wrapping *w, uint8_t byte) {
    assert_true(w->begin > 0);
    w->bytes[--w->begin] = byte;
}

/* Make what is there the contents of a field: key and length go before it, the length's highest digit last.
 */
static void wrap(wrapping *w, int field) {
    size_t length = w->end - w->begin, digits = 1;
    while (length >> (7 * digits))
        digits++;
    for (size_t i = digits; i-- > 0;)
        put_before(w, (uint8_t)((length >> (7 * i) & 0x7f) | (i + 1 < digits ? 0x80 : 0)));
    put_before(w, KEY(field, BYTES));
}

/* Graphs in attributes in nodes in graphs ...: without a limit, a recursion of over a hundred thousand calls.
 */
static void deeply_nested_messages_are_refused(void **state) {
    (void)state;
    enum { SIZE = 474 * 1024 };
    wrapping w = {.bytes = malloc(SIZE), .begin = SIZE, .end = SIZE};
    assert_non_null(w.bytes);
    while (w.begin > 64) {
        wrap(&w, ATTRIBUTE_GRAPH);
        wrap(&w, NODE_ATTRIBUTE);
        wrap(&w, GRAPH_NODE);
    }
    wrap(&w, MODEL_GRAPH);
    expect(w.bytes + w.begin, w.end - w.begin, "messages are nested too deeply");
    cnn_net *net;
    assert_int_equal(cnn_onnx_read(&net, w.bytes + w.begin, w.end - w.begin, "m.onnx", NULL, NULL),
                     CNN_ERROR_FORMAT);
    free(w.bytes);
}

/* A graph of a million empty nodes, two bytes each, would unpack to hundreds of bytes each. */
static void far_more_messages_than_data_are_refused(void **state) {
    (void)state;
    enum { NODES = 1000000, SIZE = 2 * NODES + 16 };
    wrapping w = {.bytes = malloc(SIZE), .begin = SIZE, .end = SIZE};
    assert_non_null(w.bytes);
    for (int i = 0; i < NODES; i++) {
        put_before(&w, 0);
        put_before(&w, KEY(GRAPH_NODE, BYTES));
    }
    wrap(&w, MODEL_GRAPH);
    expect(w.bytes + w.begin, w.end - w.begin, "far more messages than data");
    free(w.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_model_passes),
        cmocka_unit_test(unknown_fields_pass),
        cmocka_unit_test(damaged_fields_are_refused),
        cmocka_unit_test(wrong_contents_are_refused),
        cmocka_unit_test(packed_numbers_must_be_whole),
        cmocka_unit_test(deeply_nested_messages_are_refused),
        cmocka_unit_test(far_more_messages_than_data_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
