/* JSON that is read, and what is said of text that is none. */
#include "base/json.h"
#include "support/cmocka.h"

#include <string.h>

static json_t *parse(const char *text) {
    json_t *json;
    json_error_t reason;
    if (cnn_json_parse(text, strlen(text), &json, &reason) != CNN_OK)
        fail_msg("%s: %s", text, reason.text);
    return json;
}

static void values_come_as_they_are_written(void **state) {
    (void)state;
    json_t *json = parse(
        "{\"a\": [0.30000000000000004, -12345678901234567, \"a \\\"quoted\\\" word and \\u00e4\\\\\"]}");
    const json_t *list = json_object_get(json, "a");
    assert_int_equal(json_array_size(list), 3);
    assert_true(json_real_value(json_array_get(list, 0)) == 0.30000000000000004);
    assert_true(json_integer_value(json_array_get(list, 1)) == -12345678901234567);
    assert_string_equal(json_string_value(json_array_get(list, 2)), "a \"quoted\" word and \xc3\xa4\\");
    json_decref(json);
    json = parse(" [] ");
    assert_int_equal(json_array_size(json), 0);
    json_decref(json);
}

/* Two values are none, although a list may hold them. */
static void what_is_no_json_has_a_reason(void **state) {
    static const struct {
        const char *text, *reason;
    } cases[] = {
        {"", "'[' or '{' expected near end of file"},
        {"5", "'[' or '{' expected near '5'"},
        {"{", "string or '}' expected"},
        {"[1], [2]", "end of file expected near ','"},
        {"[1]]", "end of file expected near ']'"},
        {"{\"a\": 1, \"a\": 2}", "duplicate object key"},
        {"[tru]", "invalid token near 'tru'"},
        {"\"a", "premature end of input"},
        {"[1e999]", "real number overflow"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json;
        json_error_t reason;
        assert_int_equal(cnn_json_parse(cases[i].text, strlen(cases[i].text), &json, &reason),
                         CNN_ERROR_FORMAT);
        assert_null(json);
        if (!strstr(reason.text, cases[i].reason))
            fail_msg("%s: no '%s' in '%s'", cases[i].text, cases[i].reason, reason.text);
    }
}

static void grammar_alone_tells_json_from_text(void **state) {
    static const char *const json[] = {"[0]", " [-1.5e+3] ", "[]", "{\"a\": [true, null]}",
                                       "[\"\\ud834\\udd1e\"]"};
    static const char *const none[] = {"",         "5",    "[01]", "[1.]", "[1,]", "{a: 1}", "[\"\\ud834\"]",
                                       "[\"\n\"]", "[1] 2"};
    (void)state;
    for (size_t i = 0; i < sizeof json / sizeof json[0]; i++)
        assert_true(cnn_json_is_valid(json[i], strlen(json[i])));
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(cnn_json_is_valid(none[i], strlen(none[i])));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_as_they_are_written),
        cmocka_unit_test(what_is_no_json_has_a_reason),
        cmocka_unit_test(grammar_alone_tells_json_from_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
