/* What `cnn lab` measured on the run, if it did: lab.json in its folder. Members that are not there, or of another kind, are
 * shown as "-". */
#include "sections.h"

#include "output.h"

#include <string.h>

/* In the units of the drawing's own. */
enum { CELL = 22, LABEL = 30, HEAT_ROWS = 13, SHIFTS = 6 };

/* The words of the roles. */
static const struct {
    const char *role, *words;
} roles[] = {
    {"model", "the model as it is"},
    {"cnn", "convolutional network"},
    {"dense", "dense network with as many parameters"},
    {"cnn_shuffled", "convolutional network, pixels shuffled"},
    {"dense_shuffled", "dense network, pixels shuffled"},
};

static const char *words_of(const json_t *network) {
    const char *role = json_string_value(json_object_get(network, "role"));
    for (size_t i = 0; role && i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(roles[i].role, role) == 0)
            return roles[i].words;
    return role ? role : "?";
}

static void add_count(cli_html *html, const json_t *number) {
    cli_html_element(html, "td class=number", "%s",
                     json_is_integer(number) ? cli_grouped(json_integer_value(number)).text : "-");
}

static void add_real(cli_html *html, const json_t *number, const char *unit) {
    if (json_is_number(number))
        cli_html_element(html, "td class=number", "%.2f%s", (*unit ? 100 : 1) * json_number_value(number),
                         unit);
    else
        cli_html_element(html, "td class=number", "-");
}

/* ---- Networks -------------------------------------------------------------------------------------- */

static void write_networks(cli_html *html, const json_t *networks) {
    size_t i;
    json_t *network;
    cli_html_add(
        html,
        "<div class=wide><table><tr><th>Network<th class=number>Parameters<th class=number>Accuracy</tr>\n");
    json_array_foreach((json_t *)networks, i, network) {
        cli_html_add(html, "<tr>");
        cli_html_element(html, "td", "%s", words_of(network));
        add_count(html, json_object_get(network, "parameters"));
        add_real(html, json_object_get(network, "accuracy"), " %");
        cli_html_add(html, "</tr>\n");
    }
    cli_html_add(html, "</table></div>");
}

static void draw_shift(cli_html *html, const json_t *rows, int row, int column) {
    const json_t *accuracy = json_array_get(json_array_get(rows, (size_t)row), (size_t)column);
    if (!json_is_number(accuracy))
        return;
    const int x = LABEL + column * CELL, y = row * CELL;
    cli_html_add(html, "<rect class=cell x=%d y=%d width=%d height=%d fill-opacity=%.3f><title>", x, y, CELL,
                 CELL, json_number_value(accuracy));
    cli_html_text(html, "shifted by %d rows, %d columns: %.2f %%", row - SHIFTS, column - SHIFTS,
                  100 * json_number_value(accuracy));
    cli_html_add(html, "</title></rect>");
}

/* Accuracy of the shifted test images, a cell each. */
static void draw_heat(cli_html *html, const json_t *network) {
    const json_t *rows = json_object_get(network, "shifted");
    if (!json_is_array(rows))
        return;
    cli_html_add(html,
                 "<figure><svg viewBox=\"0 0 %d %d\" role=img aria-label=\"Accuracy of shifted images\">",
                 LABEL + HEAT_ROWS * CELL + 2, HEAT_ROWS * CELL + 20);
    for (int row = 0; row < HEAT_ROWS; row++)
        for (int column = 0; column < HEAT_ROWS; column++)
            draw_shift(html, rows, row, column);
    for (int shift = -SHIFTS; shift <= SHIFTS; shift += SHIFTS / 2) {
        const int middle = (shift + SHIFTS) * CELL + CELL / 2;
        cli_html_add(html, "<text class=tick text-anchor=end x=%d y=%d>%d</text>", LABEL - 5, middle + 4,
                     shift);
        cli_html_add(html, "<text class=tick text-anchor=middle x=%d y=%d>%d</text>", LABEL + middle,
                     HEAT_ROWS * CELL + 15, shift);
    }
    cli_html_add(html, "</svg>");
    cli_html_element(html, "figcaption",
                     "%s: accuracy of test images shifted by rows (down) and columns (across); the fuller "
                     "the colour, the higher",
                     words_of(network));
    cli_html_add(html, "</figure>");
}

static void draw_heats(cli_html *html, const json_t *networks) {
    size_t i;
    json_t *network;
    cli_html_add(html, "<h3>Invariance to shifts</h3><div class=charts>");
    json_array_foreach((json_t *)networks, i, network) {
        draw_heat(html, network);
    }
    cli_html_add(html, "</div>");
}

/* ---- Layers ---------------------------------------------------------------------------------------- */

static void add_field(cli_html *html, const json_t *field) {
    const json_t *rows = json_object_get(field, "rows"), *columns = json_object_get(field, "columns");
    if (json_is_true(json_object_get(field, "whole")))
        cli_html_element(html, "td", "whole image");
    else if (json_is_integer(rows) && json_is_integer(columns))
        cli_html_element(html, "td", "%s x %s", cli_grouped(json_integer_value(rows)).text,
                         cli_grouped(json_integer_value(columns)).text);
    else
        cli_html_element(html, "td", "-");
}

static void write_layer(cli_html *html, const json_t *layer) {
    const char *name = json_string_value(json_object_get(layer, "name"));
    const json_t *sharing = json_object_get(layer, "sharing"),
                 *connections = json_object_get(layer, "connections");
    cli_html_add(html, "<tr>");
    cli_html_element(html, "td class=name", "%s", name ? name : "?");
    add_field(html, json_object_get(layer, "field"));
    add_count(html, json_object_get(sharing, "shared"));
    add_count(html, json_object_get(sharing, "unshared"));
    add_count(html, json_object_get(sharing, "dense"));
    add_count(html, json_object_get(connections, "of_a_value"));
    add_count(html, json_object_get(connections, "inputs"));
    add_real(html, json_array_get(json_object_get(layer, "change"), 0), "");
    add_real(html, json_array_get(json_object_get(layer, "equivariance_error"), 0), "");
    cli_html_add(html, "</tr>\n");
}

static void write_layers(cli_html *html, const json_t *layers) {
    size_t i;
    json_t *layer;
    cli_html_add(
        html,
        "<h3>Layer by layer</h3><div class=wide><table><tr><th>Layer<th>Receptive field<th "
        "class=number>Parameters<th class=number>unshared"
        "<th class=number>as a dense layer<th class=number>Connections of a value<th class=number>of inputs"
        "<th class=number>Change<th class=number>Equivariance error</tr>\n");
    json_array_foreach((json_t *)layers, i, layer) {
        write_layer(html, layer);
    }
    cli_html_add(html, "</table></div>");
    cli_html_element(
        html, "p class=note",
        "Change: how far the maps move, relative to their norm, when the image is shifted by one pixel. "
        "Equivariance error: what is left of that once the maps have been moved back.");
}

cnn_status cli_section_lab(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    const json_t *networks = json_object_get(f->lab, "networks"), *layers = json_object_get(f->lab, "layers");
    if (!json_is_array(networks) || !json_is_array(layers)) {
        cli_section_lacks(html, f->lab ? "lab.json in the run's folder does not have the results of cnn lab."
                                       : "There are none: cnn lab has not been run on this run.");
        return CNN_OK;
    }
    if (json_is_true(json_object_get(f->lab, "quick")))
        cli_html_element(html, "p class=note", "Measured with --quick: few images, short trainings.");
    write_networks(html, networks);
    draw_heats(html, networks);
    write_layers(html, layers);
    return CNN_OK;
}
