#include "islands.h"

#include "output.h"

json_t *cli_json_islands(const cnn_model *model) {
    json_t *islands = json_array();
    cnn_island_info info;
    for (int k = 0; k < cnn_model_islands(model) && !cnn_model_island(model, k, &info, NULL); k++)
        cli_json_add(islands, json_pack("{so si si si}", "input", cli_json_text(info.input), "layers",
                                        info.layers, "nodes", info.nodes, "outputs", info.outputs));
    return islands;
}
