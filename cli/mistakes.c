#include "mistakes.h"

#include "options.h"
#include "output.h"
#include "prediction.h"
#include "table.h"
#include "wrap.h"

#include <inttypes.h>
#include <stdlib.h>

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

void cli_mistakes_find(cli_mistakes *m, const cnn_ensemble_answers *answers, const cnn_data *data,
                       int64_t max) {
    m->max = max < answers->images ? max : answers->images;
    m->list = cli_allocate((size_t)m->max, sizeof *m->list);
    for (int64_t i = 0; i < answers->images; i++) {
        const float *row = answers->probabilities + i * answers->classes;
        int64_t predicted;
        cli_highest_classes(row, answers->classes, 1, &predicted);
        if (predicted != answers->labels[i])
            note_mistake(m, (cli_mistake){i, cnn_data_label(data, i), predicted, (double)row[predicted]});
    }
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
