/* cnn lab: the results as text. */
#include "lab.h"
#include "map_picture.h"
#include "output.h"
#include "table.h"
#include "wrap.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const char *const titles[CNN_LAB_ROLES] = {
    [CNN_LAB_MODEL] = "Model as it is",
    [CNN_LAB_CNN] = "CNN",
    [CNN_LAB_DENSE] = "Dense network",
};

/* Of the images that are shifted. */
static double share(int64_t correct, const cnn_lab *lab) {
    return (double)correct / (double)lab->shifted_images;
}

double cli_lab_accuracy_at(const cnn_lab *lab, cnn_lab_role role, int64_t distance) {
    int64_t correct = 0, shifts = 0;
    for (int64_t i = 0; i < CNN_LAB_SIDE * CNN_LAB_SIDE; i++) {
        const int64_t down = llabs(i / CNN_LAB_SIDE - CNN_LAB_LARGEST_SHIFT),
                      right = llabs(i % CNN_LAB_SIDE - CNN_LAB_LARGEST_SHIFT);
        if ((down > right ? down : right) != distance)
            continue;
        correct += lab->networks[role].shifted[i / CNN_LAB_SIDE][i % CNN_LAB_SIDE];
        shifts++;
    }
    return share(correct, lab) / (double)shifts;
}

/* A table whose heads are written already. */
static cli_table *table_with(int columns, const char *alignment, const char *const *heads) {
    cli_table *table = cli_table_new(columns, alignment);
    for (int i = 0; i < columns; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    return table;
}

static void put_table(cli_table *table) {
    cli_table_print(table, stdout);
    cli_table_free(table);
}

static void percent_cell(cli_table *table, double value) {
    if (isnan(value))
        cli_table_cell(table, "-");
    else
        cli_table_cell(table, "%.1f %%", 100 * value);
}

/* ---- Networks and budget ----------------------------------------------------------------------------- */

static void print_head(const cli_lab_report *r) {
    const cnn_lab *lab = r->lab;
    cli_print_words("%s on %s: %s to train on, %s to test with%s\n", r->model, r->data,
                    cli_count(lab->training_images, "image").text, cli_grouped(lab->test_images).text,
                    lab->test_part == CNN_SPLIT_TEST ? "" : " (held out, as there are no test images)");
    cli_print_words("Budget of each training%s: %s, batch %" PRId64 ", %s, learning rate %s, seed %" PRIu64
                    "\n\n",
                    lab->from_run ? ", that of the run" : "", cli_count(lab->train.epochs, "epoch").text,
                    lab->train.batch, cli_lab_optimizer(lab), cli_value(lab->train.update.learning_rate).text,
                    lab->train.seed);
}

static void print_networks(const cnn_lab *lab) {
    static const char *const heads[] = {"Network", "Parameters", "Accuracy"};
    cli_table *table = table_with(3, "lrr", heads);
    for (int role = 0; role <= CNN_LAB_DENSE; role++) {
        if (!lab->networks[role].there)
            continue;
        cli_table_cell(table, "%s", titles[role]);
        cli_table_cell(table, "%s", cli_grouped(lab->networks[role].parameters).text);
        cli_table_cell(table, "%.2f %%", 100 * lab->networks[role].accuracy);
    }
    put_table(table);
}

/* ---- Invariance -------------------------------------------------------------------------------------- */

static void print_distances(const cnn_lab *lab) {
    const int first = lab->networks[CNN_LAB_MODEL].there ? CNN_LAB_MODEL : CNN_LAB_CNN;
    const char *heads[1 + CNN_LAB_ROLES] = {"Shift"};
    for (int role = first; role <= CNN_LAB_DENSE; role++)
        heads[1 + role - first] = titles[role];
    cli_table *table = table_with(2 + CNN_LAB_DENSE - first, "r", heads);
    for (int64_t distance = 0; distance <= CNN_LAB_LARGEST_SHIFT; distance++) {
        cli_table_cell(table, "%s", cli_count(distance, "pixel").text);
        for (int role = first; role <= CNN_LAB_DENSE; role++)
            percent_cell(table, cli_lab_accuracy_at(lab, (cnn_lab_role)role, distance));
    }
    put_table(table);
}

/* Accuracies in percent, a row for each shift down, a column for each shift to the right. */
static void print_grid(const cnn_lab *lab, cnn_lab_role role) {
    cli_table *table = cli_table_new(1 + CNN_LAB_SIDE, "r");
    cli_table_cell(table, " ");
    for (int right = -CNN_LAB_LARGEST_SHIFT; right <= CNN_LAB_LARGEST_SHIFT; right++)
        cli_table_cell(table, "%d", right);
    cli_table_rule(table);
    for (int down = 0; down < CNN_LAB_SIDE; down++) {
        cli_table_cell(table, "%d", down - CNN_LAB_LARGEST_SHIFT);
        for (int right = 0; right < CNN_LAB_SIDE; right++)
            cli_table_cell(table, "%.0f", 100 * share(lab->networks[role].shifted[down][right], lab));
    }
    put_table(table);
}

/* Side by side, where the terminal has colours. */
static void show_heat_maps(const cnn_lab *lab) {
    float values[CNN_LAB_DENSE + 1][CNN_LAB_SIDE * CNN_LAB_SIDE];
    cli_map maps[CNN_LAB_DENSE + 1];
    int count = 0;
    for (int role = 0; role <= CNN_LAB_DENSE; role++) {
        if (!lab->networks[role].there)
            continue;
        for (int i = 0; i < CNN_LAB_SIDE * CNN_LAB_SIDE; i++)
            values[count][i] =
                (float)share(lab->networks[role].shifted[i / CNN_LAB_SIDE][i % CNN_LAB_SIDE], lab);
        maps[count] = (cli_map){.values = values[count],
                                .rows = CNN_LAB_SIDE,
                                .columns = CNN_LAB_SIDE,
                                .limit = 1,
                                .from_zero = true};
        count++;
    }
    cli_print_words("\nThe same as colours, from 0 %% (violet) to 100 %% (yellow), in this order: %s\n",
                    count == 3 ? "model as it is, CNN, dense network" : "CNN, dense network");
    cli_maps_print(maps, count);
}

/* How layers follow a shift: as they are, and moved back. */
static void print_motion(const cnn_lab *lab) {
    static const char *const heads[] = {"Layer", "Kind", "Changed, 1 px", "2 px", "4 px", "Moved back, 1 px",
                                        "2 px",  "4 px"};
    static const int shifts[] = {1, 2, 4};
    cli_table *table = table_with(8, "llr", heads);
    for (int64_t i = 0; i < lab->layer_count; i++) {
        const cnn_lab_layer *layer = &lab->layers[i];
        cli_table_cell(table, "%s", layer->name);
        cli_table_cell(table, "%s", layer->kind);
        for (int k = 0; k < 3; k++)
            percent_cell(table, layer->change[shifts[k] - 1]);
        for (int k = 0; k < 3; k++)
            percent_cell(table, layer->equivariance_error[shifts[k] - 1]);
    }
    put_table(table);
}

static void print_invariance(const cnn_lab *lab) {
    cli_print_words(
        "\n1. Invariance\n\nAccuracy on %s of the test part, shifted by so many pixels, up or down, left or "
        "right or both:\n\n",
        cli_count(lab->shifted_images, "image").text);
    print_distances(lab);
    for (int role = 0; role <= CNN_LAB_DENSE; role++)
        if (lab->networks[role].there) {
            cli_print_words("\n%s, accuracy in %%: rows are shifts down, columns are shifts to the right\n\n",
                            titles[role]);
            print_grid(lab, (cnn_lab_role)role);
        }
    if (cli_shows_colours())
        show_heat_maps(lab);
    cli_print_words(
        "\nBy how much the outputs of the layers change when the image is shifted, in %% of their own "
        "size (%s): as they are, which a layer that is invariant does not; and in the interior, after "
        "the maps were moved back as far, by which maps that only move with their image come to 0:\n\n",
        cli_count(lab->moved_images, "image").text);
    print_motion(lab);
}

/* ---- Sharing, sparsity, locality, hierarchy ----------------------------------------------------------- */

static void print_sharing(const cnn_lab *lab) {
    static const char *const heads[] = {"Layer", "Parameters", "Unshared", "Dense layer"};
    cli_print_words(
        "\n2. Parameter sharing\n\nParameters of each convolution, of one with a weight of its own for "
        "each connection, and of a dense layer with the same inputs and outputs:\n\n");
    cli_table *table = table_with(4, "lr", heads);
    for (int64_t i = 0; i < lab->layer_count; i++) {
        const cnn_lab_layer *layer = &lab->layers[i];
        if (!layer->unshared_parameters)
            continue;
        cli_table_cell(table, "%s", layer->name);
        cli_table_cell(table, "%s", cli_grouped(layer->parameters).text);
        cli_table_cell(table, "%s", cli_grouped(layer->unshared_parameters).text);
        cli_table_cell(table, "%s", cli_grouped(layer->dense_parameters).text);
    }
    put_table(table);
}

static void print_sparsity(const cnn_lab *lab) {
    static const char *const heads[] = {"Layer", "Of a value", "Inputs", "Connections", "Possible", "Share"};
    cli_print_words(
        "\n3. Sparsity of connections\n\nInputs that an output value is connected to, at most, and all "
        "connections of the layer:\n\n");
    cli_table *table = table_with(6, "lr", heads);
    for (int64_t i = 0; i < lab->layer_count; i++) {
        const cnn_lab_layer *layer = &lab->layers[i];
        if (!layer->connections)
            continue;
        cli_table_cell(table, "%s", layer->name);
        cli_table_cell(table, "%s", cli_grouped(layer->value_connections).text);
        cli_table_cell(table, "%s", cli_grouped(layer->inputs).text);
        cli_table_cell(table, "%s", cli_grouped(layer->connections).text);
        cli_table_cell(table, "%s", cli_grouped(layer->possible).text);
        cli_table_cell(table, "%.2f %%", 100.0 * (double)layer->connections / (double)layer->possible);
    }
    put_table(table);
}

static void print_locality(const cnn_lab *lab) {
    static const char *const heads[] = {"Network", "Accuracy", "Pixels shuffled", "Difference"};
    cli_print_words(
        "\n4. Features are local\n\nBoth were trained and tested once more, on images whose pixels are "
        "all in the same random order, so that no pixel has its neighbours:\n\n");
    cli_table *table = table_with(4, "lr", heads);
    for (int role = CNN_LAB_CNN; role <= CNN_LAB_DENSE; role++) {
        const double plain = lab->networks[role].accuracy,
                     shuffled = lab->networks[role + CNN_LAB_CNN_SHUFFLED - CNN_LAB_CNN].accuracy;
        cli_table_cell(table, "%s", titles[role]);
        cli_table_cell(table, "%.2f %%", 100 * plain);
        cli_table_cell(table, "%.2f %%", 100 * shuffled);
        cli_table_cell(table, "%+.2f points", 100 * (shuffled - plain));
    }
    put_table(table);
}

static void print_hierarchy(const cli_lab_report *r) {
    static const char *const heads[] = {"Layer", "Kind", "Receptive field", "Pixels", "Share of the image"};
    int64_t input[3];
    cnn_net_input(r->net, input);
    cli_print_words(
        "\n5. High-level features are made of low-level ones\n\nThe part of the image that the value in "
        "the middle of each layer's map depends on:\n\n");
    cli_table *table = table_with(5, "lllr", heads);
    for (int64_t i = 0; i < r->lab->layer_count; i++) {
        const cnn_lab_layer *layer = &r->lab->layers[i];
        const cnn_receptive_field *field = &layer->field;
        cli_table_cell(table, "%s", layer->name);
        cli_table_cell(table, "%s", layer->kind);
        if (field->rows)
            cli_table_cell(table, "%" PRId64 " x %" PRId64, field->rows, field->columns);
        else
            cli_table_cell(table, "whole maps");
        cli_table_cell(table, "%s", cli_grouped(field->pixels).text);
        cli_table_cell(table, "%.1f %%", 100.0 * (double)field->pixels / (double)(input[1] * input[2]));
    }
    put_table(table);
}

void cli_lab_print(const cli_lab_report *r) {
    print_head(r);
    print_networks(r->lab);
    print_invariance(r->lab);
    print_sharing(r->lab);
    print_sparsity(r->lab);
    print_locality(r->lab);
    print_hierarchy(r);
}
