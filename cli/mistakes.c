#include "mistakes.h"

#include "options.h"
#include "output.h"
#include "table.h"
#include "wrap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 128 };

/* A model that goes through the images, batch by batch. */
typedef struct search {
    const cnn_net *net;
    const cnn_data *data;
    cnn_predictor *predictor;
    float *images, *outputs, *values; /* BATCH x pixels, cnn_net_outputs, classes */
    int32_t *expected;                /* the class of the network for each label of the data */
    int64_t classes;
} search;

/* Predictor and memory for a batch, and the output that each label of the data stands for. */
static int prepare(search *s, int threads) {
    cnn_error error;
    int64_t shape[3];
    const cnn_predictor_options options = {.batch = BATCH, .threads = threads};
    cnn_net_input(s->net, shape);
    s->classes = cnn_net_classes(s->net);
    s->images = cli_allocate(BATCH, (size_t)(shape[0] * shape[1] * shape[2]) * sizeof *s->images);
    s->outputs = cli_allocate(BATCH, (size_t)cnn_net_outputs(s->net) * sizeof *s->outputs);
    s->values = cli_allocate(BATCH, (size_t)s->classes * sizeof *s->values);
    s->expected = cli_allocate((size_t)cnn_data_classes(s->data), sizeof *s->expected);
    if (cnn_match_classes(s->net, s->data, s->expected, NULL, &error) ||
        cnn_predictor_new(&s->predictor, s->net, &options, &error))
        return cli_fail("%s", error.message);
    return CLI_GO_ON;
}

static void release(search *s) {
    cnn_predictor_free(s->predictor);
    free(s->images);
    free(s->outputs);
    free(s->values);
    free(s->expected);
}

/* Keep the list in order, and the worst ones in it. */
static void note_mistake(cli_mistakes *m, cli_mistake found) {
    m->all++;
    int64_t place = m->count < m->max ? m->count++ : m->max - 1;
    if (m->all > m->max && !(found.probability > m->list[place].probability))
        return;
    for (; place > 0 && found.probability > m->list[place - 1].probability; place--)
        m->list[place] = m->list[place - 1];
    m->list[place] = found;
}

/* Keep the image if its prediction is wrong and among the most confident mistakes so far. */
static void judge(search *s, cli_mistakes *m, int64_t image, const float *values) {
    const int32_t label = cnn_data_label(s->data, image);
    int64_t highest = 0;
    for (int64_t i = 1; i < s->classes; i++)
        if (values[i] > values[highest])
            highest = i;
    if (highest != s->expected[label])
        note_mistake(m, (cli_mistake){image, label, highest, (double)values[highest]});
}

/* Predict some images and judge each. */
static cnn_status judge_batch(search *s, cli_mistakes *m, int64_t first, int64_t count, cnn_error *error) {
    cnn_status status = cnn_data_images(s->data, first, count, s->images, error);
    if (!status)
        status = cnn_predictor_run(s->predictor, s->images, count, s->outputs, error);
    if (!status && cnn_net_output_kind(s->net) == CNN_OUTPUT_VALUES)
        memcpy(s->values, s->outputs, (size_t)(count * s->classes) * sizeof *s->values);
    else if (!status)
        status = cnn_net_probabilities(s->net, s->outputs, count, s->values, error);
    for (int64_t i = 0; i < count && !status; i++)
        judge(s, m, first + i, s->values + i * s->classes);
    return status;
}

static int judge_all(search *s, cli_mistakes *m) {
    cnn_error error;
    const int64_t images = cnn_data_count(s->data);
    for (int64_t first = 0; first < images; first += BATCH)
        if (judge_batch(s, m, first, images - first < BATCH ? images - first : BATCH, &error))
            return cli_fail("%s", error.message);
    return CLI_GO_ON;
}

int cli_mistakes_find(cli_mistakes *m, const cnn_net *net, const cnn_data *data, int64_t max, int threads) {
    search s = {.net = net, .data = data};
    m->max = max < cnn_data_count(data) ? max : cnn_data_count(data);
    m->list = cli_allocate((size_t)m->max, sizeof *m->list);
    int code = prepare(&s, threads);
    if (code == CLI_GO_ON)
        code = judge_all(&s, m);
    release(&s);
    return code;
}

void cli_mistakes_free(cli_mistakes *m) {
    free(m->list);
}

void cli_mistakes_print(const cli_mistakes *m, const cnn_data *data, char *const *classes) {
    static const char *const heads[] = {"Image", "Label", "Predicted", "Probability"};
    if (!m->all) {
        cli_print_words("\n"
                        "No image was misclassified\n");
        return;
    }
    cli_print_words("\n"
                    "Mistakes: %s of %s, the most confident first\n",
                    cli_grouped(m->count).text, cli_grouped(m->all).text);
    cli_table *table = cli_table_new(4, "lllr");
    for (int i = 0; i < 4; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (const cli_mistake *found = m->list; found < m->list + m->count; found++) {
        if (cnn_data_name(data, found->image))
            cli_table_cell(table, "%s", cnn_data_name(data, found->image));
        else
            cli_table_cell(table, "%" PRId64, found->image);
        cli_table_cell(table, "%s", cnn_data_class(data, found->label));
        cli_table_cell(table, "%s", classes[found->predicted]);
        cli_table_cell(table, "%.4f", found->probability);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

json_t *cli_mistakes_json(const cli_mistakes *m, const cnn_data *data, char *const *classes) {
    json_t *list = json_array();
    for (const cli_mistake *found = m->list; found < m->list + m->count; found++) {
        const char *name = cnn_data_name(data, found->image);
        cli_json_add(list, json_pack("{so so so so}", "image",
                                     name ? cli_json_text(name) : json_integer(found->image), "label",
                                     cli_json_text(cnn_data_class(data, found->label)), "predicted",
                                     cli_json_text(classes[found->predicted]), "probability",
                                     cli_json_real(found->probability)));
    }
    return list;
}
