/* cnn explain: all layers at a glance, and the maps of one. */
#include "explain.h"

#include "folder.h"
#include "map_picture.h"
#include "options.h"
#include "output.h"
#include "table.h"
#include "wrap.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- Pictures -------------------------------------------------------------------------------------- */

/* A vector becomes one map of a single row. */
static int64_t map_count(const cli_layer_maps *maps) {
    return maps->rank == 1 ? 1 : maps->shape[0];
}

static cli_map map_of(const cli_layer_maps *maps, int64_t channel) {
    const int64_t area = cli_layer_maps_area(maps);
    return (cli_map){.values = maps->values + channel * area,
                     .rows = maps->shape[1],
                     .columns = maps->rank == 1 ? maps->shape[0] : maps->shape[2],
                     .limit = cli_layer_maps_limit(maps)};
}

/* FOLDER/LAYER_CHANNEL.png, or FOLDER/LAYER.png of a vector. */
static int write_maps(const cli_explaining *e, const cli_layer_maps *maps) {
    int code = CLI_GO_ON;
    char *name = cli_file_name(maps->name);
    for (int64_t c = 0; code == CLI_GO_ON && c < map_count(maps); c++) {
        const cli_map map = map_of(maps, c);
        char *path = maps->rank == 1 ? cli_format("%s/%s.png", e->folder, name)
                                     : cli_format("%s/%s_%03" PRId64 ".png", e->folder, name, c);
        code = cli_map_write(&map, path);
        free(path);
    }
    free(name);
    return code;
}

/* The first maps, where the terminal has colours and a map is more than a number. */
static void show_maps(const cli_layer_maps *maps) {
    enum { MOST = 64 };
    cli_map shown[MOST];
    const int64_t count = map_count(maps) < MOST ? map_count(maps) : MOST;
    if (!cli_shows_colours() || (maps->rank == 3 && cli_layer_maps_area(maps) == 1))
        return;
    for (int64_t c = 0; c < count; c++)
        shown[c] = map_of(maps, c);
    const int64_t printed = cli_maps_print(shown, count);
    if (printed < map_count(maps))
        cli_print_words("  %s of %s maps\n", cli_grouped(printed).text, cli_grouped(map_count(maps)).text);
}

/* ---- Figures --------------------------------------------------------------------------------------- */

static const char *const figure_heads[] = {"Smallest", "Largest", "Mean", "Zeros"};
enum { FIGURES = 4 };

static void figure_cells(cli_table *table, const cnn_value_summary *s) {
    cli_table_cell(table, "%s", cli_value(s->smallest).text);
    cli_table_cell(table, "%s", cli_value(s->largest).text);
    cli_table_cell(table, "%s", cli_value(s->mean).text);
    cli_table_cell(table, "%.1f %%", 100.0 * (double)s->zeros / (double)s->count);
}

static json_t *set_figures(json_t *json, const cnn_value_summary *s) {
    cli_json_set(json, "smallest", cli_json_real(s->smallest));
    cli_json_set(json, "largest", cli_json_real(s->largest));
    cli_json_set(json, "mean", cli_json_real(s->mean));
    cli_json_set(json, "deviation", cli_json_real(s->deviation));
    cli_json_set(json, "values", json_integer(s->count));
    cli_json_set(json, "zeros", json_integer(s->zeros));
    cli_json_set(json, "not_finite", json_integer(s->not_finite));
    return json;
}

static json_t *layer_json(const cli_layer_maps *maps) {
    json_t *json = json_pack("{so so so}", "name", cli_json_text(maps->name), "kind",
                             cli_json_text(maps->kind), "output", cli_json_shape(maps->shape, maps->rank));
    return set_figures(json, &maps->all);
}

static void note_not_finite(const cli_layer_maps *maps) {
    if (maps->all.not_finite)
        cli_print_words("%s of layer %s %s not finite (infinite or not a number).\n",
                        cli_count(maps->all.not_finite, "value").text, maps->name,
                        maps->all.not_finite == 1 ? "is" : "are");
}

/* ---- All layers ------------------------------------------------------------------------------------ */

/* Layers with their values; [0] is the input. */
typedef struct tour {
    cli_layer_maps *layers;
    int count;
} tour;

static const char *name_of(const cnn_net *net, int layer) {
    cnn_layer_info info;
    return layer && cnn_net_layer(net, layer, &info, NULL) == CNN_OK ? info.name : "input";
}

static void print_tour_table(const tour *t) {
    cli_table *table = cli_table_new(3 + FIGURES, "lllrrrr");
    cli_table_cell(table, "Layer");
    cli_table_cell(table, "Kind");
    cli_table_cell(table, "Output");
    for (int i = 0; i < FIGURES; i++)
        cli_table_cell(table, "%s", figure_heads[i]);
    cli_table_rule(table);
    for (int i = 0; i < t->count; i++) {
        char *shape = cli_layer_maps_shape(&t->layers[i]);
        cli_table_cell(table, "%s", t->layers[i].name);
        cli_table_cell(table, "%s", t->layers[i].kind);
        cli_table_cell(table, "%s", shape);
        figure_cells(table, &t->layers[i].all);
        free(shape);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

static int print_tour(const cli_explaining *e, const tour *t) {
    cli_explain_head(e);
    cli_print_words(e->gradient ? "\nGradient of the loss by the output of each layer\n\n" : "\n");
    print_tour_table(t);
    for (int i = 0; i < t->count; i++)
        note_not_finite(&t->layers[i]);
    for (int i = 0; cli_shows_colours() && i < t->count; i++) {
        cli_print_words("\n%s, colours from %s (purple) to %s (orange)\n", t->layers[i].name,
                        cli_value(-cli_layer_maps_limit(&t->layers[i])).text,
                        cli_value(cli_layer_maps_limit(&t->layers[i])).text);
        show_maps(&t->layers[i]);
    }
    return CLI_DONE;
}

static int print_tour_json(const cli_explaining *e, const tour *t) {
    json_t *layers = json_array(), *json = cli_explain_head_json(e);
    for (int i = 0; i < t->count; i++)
        cli_json_add(layers, layer_json(&t->layers[i]));
    cli_json_set(json, "layers", layers);
    return cli_json_print(json);
}

int cli_explain_tour(const cli_explaining *e) {
    tour t = {.count = cnn_net_layers(e->net) + 1};
    t.layers = cli_allocate((size_t)t.count, sizeof *t.layers);
    int code = e->folder ? cli_folder_make(e->folder) : CLI_GO_ON;
    for (int i = 0; code == CLI_GO_ON && i < t.count; i++) {
        code = cli_layer_maps_read(e, name_of(e->net, i), &t.layers[i]);
        if (code == CLI_GO_ON && e->folder)
            code = write_maps(e, &t.layers[i]);
    }
    if (code == CLI_GO_ON)
        code = e->json ? print_tour_json(e, &t) : print_tour(e, &t);
    for (int i = 0; i < t.count; i++)
        cli_layer_maps_free(&t.layers[i]);
    free(t.layers);
    return code;
}

/* ---- One layer ------------------------------------------------------------------------------------- */

/* Figures of one map; a vector has a row for each value instead. */
static cnn_value_summary summary_of(const cli_layer_maps *maps, int64_t channel) {
    const int64_t area = cli_layer_maps_area(maps);
    cnn_value_summary summary;
    cnn_summarise(maps->values + channel * area, area, &summary, NULL);
    return summary;
}

static void print_map_table(const cli_layer_maps *maps) {
    const bool numbers = cli_layer_maps_area(maps) == 1;
    cli_table *table = cli_table_new(numbers ? 2 : 1 + FIGURES, "lrrrr");
    cli_table_cell(table, maps->rank == 1 ? "Element" : "Channel");
    for (int i = 0; !numbers && i < FIGURES; i++)
        cli_table_cell(table, "%s", figure_heads[i]);
    if (numbers)
        cli_table_cell(table, "Value");
    cli_table_rule(table);
    for (int64_t c = 0; c < maps->shape[0]; c++) {
        const cnn_value_summary summary = summary_of(maps, c);
        cli_table_cell(table, "%" PRId64, c);
        if (numbers)
            cli_table_cell(table, "%s", cli_value((double)maps->values[c]).text);
        else
            figure_cells(table, &summary);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

static int print_layer(const cli_explaining *e, const cli_layer_maps *maps) {
    char *shape = cli_layer_maps_shape(maps);
    cli_explain_head(e);
    cli_print_words("\n%s of layer %s (%s, %s)\n\n",
                    e->gradient ? "Gradient of the loss by the output" : "Output", maps->name, maps->kind,
                    shape);
    print_map_table(maps);
    note_not_finite(maps);
    if (cli_shows_colours())
        cli_print_words("\nColours from %s (purple) to %s (orange)\n",
                        cli_value(-cli_layer_maps_limit(maps)).text,
                        cli_value(cli_layer_maps_limit(maps)).text);
    show_maps(maps);
    free(shape);
    return CLI_DONE;
}

static json_t *row_json(const float *values, int64_t count) {
    json_t *row = json_array();
    for (int64_t i = 0; i < count; i++)
        cli_json_add(row, cli_json_real((double)values[i]));
    return row;
}

/* Channels of rows; of a vector one row. */
static json_t *values_json(const cli_layer_maps *maps) {
    const float *next = maps->values;
    if (maps->rank == 1)
        return row_json(next, maps->shape[0]);
    json_t *channels = json_array();
    for (int64_t c = 0; c < maps->shape[0]; c++) {
        json_t *rows = json_array();
        for (int64_t y = 0; y < maps->shape[1]; y++, next += maps->shape[2])
            cli_json_add(rows, row_json(next, maps->shape[2]));
        cli_json_add(channels, rows);
    }
    return channels;
}

static int print_layer_json(const cli_explaining *e, const cli_layer_maps *maps) {
    json_t *json = cli_explain_head_json(e), *layer = layer_json(maps);
    cli_json_set(layer, "maps", values_json(maps));
    cli_json_set(json, "layer", layer);
    return cli_json_print(json);
}

int cli_explain_layer(const cli_explaining *e, const char *layer) {
    cli_layer_maps maps;
    int code = cli_layer_maps_read(e, layer, &maps);
    if (code == CLI_GO_ON && e->folder)
        code = cli_folder_make(e->folder);
    if (code == CLI_GO_ON && e->folder)
        code = write_maps(e, &maps);
    if (code == CLI_GO_ON)
        code = e->json ? print_layer_json(e, &maps) : print_layer(e, &maps);
    cli_layer_maps_free(&maps);
    return code;
}
