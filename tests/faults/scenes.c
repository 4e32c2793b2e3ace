#include "faults/scenes.h"

#include "faults/inputs.h"
#include "faults/served.h"
#include "faults/trees.h"
#include "support/cmocka.h"
#include "support/command.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRAIN(model, data) "train " model " --data " data " -o out --epochs 2 --batch 16 --threads 2"

const scene scenes[] = {
    {.name = "train", .words = TRAIN("model.txt", "data") " --validation 0.2", .trains = true},
    {.name = "train normalised",
     .words = TRAIN("norm.txt", "data") " --quiet",
     .trains = true,
     .whole = true},
    {.name = "train normalised, validated",
     .words = TRAIN("norm.txt", "data") " --validation 0.2 --quiet",
     .trains = true},
    {.name = "train depthwise", .words = TRAIN("depthwise.txt", "data") " --json", .trains = true},
    {.name = "train depthwise, validated",
     .words = TRAIN("depthwise.txt", "data") " --validation 0.2 --augment crop:2,flip,mixup --optimizer adam",
     .trains = true,
     .whole = true},
    {.name = "train without validation",
     .words = TRAIN("model.txt", "data") " --quiet",
     .trains = true,
     .whole = true},
    {.name = "train LeNet-5", .words = TRAIN("lenet5", "data") " --limit 48", .trains = true, .whole = true},
    {.name = "train LeNet-5, validated",
     .words = TRAIN("lenet5", "data") " --limit 48 --validation 0.2",
     .trains = true,
     .whole = true},
    {.name = "train with everything",
     .words = TRAIN("norm.txt",
                    "data") " --validation 0.2 --augment altflip,crop:1,rotate,erase,cutmix --ema 0.9 "
                            "--class-weights balanced --label-smoothing 0.1 --accumulate 2 --clip-norm 1 "
                            "--lr-factor *.bias=2 --optimizer muon --schedule cosine --warmup 1",
     .trains = true,
     .whole = true},
    {.name = "train over a run",
     .words = TRAIN("model.txt", "data") " --overwrite",
     .start = "trained",
     .trains = true},
    {.name = "resume", .words = TRAIN("model.txt", "data") " --resume", .start = "stopped", .trains = true},
    {.name = "train on pictures",
     .words = TRAIN("model.txt", "photos") " --validation 0.2 --test-fraction 0.3",
     .trains = true},
    {.name = "train on CIFAR",
     .words = TRAIN("model.txt", "cifar") " --validation 0.2",
     .trains = true,
     .tried = 150}, /* some while the network is fitted to the images, which may be tried again */
    {.name = "find a rate",
     .words = "train model.txt --data data --find-lr --limit 32 --batch 16 --threads 2"},
    {.name = "tune",
     .words = "tune model.txt --data data -o out --trials 2 --epochs 2 --limit 32 --threads 2 -- --batch 16",
     .repeats = true},
    {.name = "describe IDX", .words = "data info data --for model.txt"},
    {.name = "describe pictures", .words = "data info photos --json --for model.txt"},
    {.name = "preview augmentation", .words = "data preview data --augment flip,rotate -o grid.png"},
    {.name = "describe CIFAR", .words = "data info cifar --json"},
    {.name = "summary", .words = "summary model.txt"},
    {.name = "summary of a run, JSON", .words = "summary trained --json"},
    {.name = "summary of no network", .words = "summary small.onnx --json"},
    {.name = "summary of ONNX", .words = "summary trained/model.onnx --json"},
    {.name = "convert to ONNX", .words = "convert norm.txt out/norm.onnx --seed 3", .start = "empty"},
    {.name = "convert to safetensors",
     .words = "convert trained out/net.safetensors --json",
     .start = "empty"},
    {.name = "convert to text", .words = "convert trained/model.onnx out/net.txt", .start = "empty"},
    {.name = "import safetensors",
     .words = "convert trained.safetensors out/net.onnx --json",
     .start = "empty",
     .tried = 1000}, /* all: what reads JSON may lose a character at any */
    {.name = "run a network", .words = "run trained --input input=net.npy -o out --json --threads 2"},
    {.name = "run islands", .words = "run trained --engine islands --input input=net.npy -o out --json"},
    {.name = "run the interpreter", .words = "run small.onnx --input x=x.npy -o out --json"},
    {.name = "predict pictures", .words = "predict trained photos --threads 2"},
    {.name = "predict pictures, JSON", .words = "predict trained photos --json"},
    {.name = "predict data", .words = "predict trained --data data --count 5 --format csv"},
    {.name = "predict data, lines",
     .words = "predict trained --data data --count 5 --format lines --top 2",
     .whole = true},
    {.name = "test", .words = "test trained --data data --wrong 3"},
    {.name = "test, JSON", .words = "test trained --data data --wrong 3 --json --threads 2"},
    {.name = "test pictures held out, JSON", .words = "test photographed --data photos --wrong 3 --json"},
    {.name = "report", .words = "report trained --data data --quick -o out/page.html", .start = "empty"},
    {.name = "diff", .words = "diff trained/model.onnx trained.safetensors --data data"},
    {.name = "diff, JSON", .words = "diff trained norm.txt --json"},
    {.name = "diff of predictions, JSON", .words = "diff trained trained --data data --json", .whole = true},
    {.name = "convolve, JSON", .words = "convolve --json"},
    {.name = "convolve", .words = "convolve --relu", .whole = true},
    {.name = "models, JSON", .words = "models --json"},
    {.name = "softmax, JSON", .words = "softmax 2 1 0.1 --json"},
    {.name = "page of the deck, JSON", .words = "deck advantages --json"},
    {.name = "explain, JSON", .words = "explain trained --data data --json"},
    {.name = "explain maps, JSON", .words = "explain trained --data data --layer conv_1 --json"},
    {.name = "explain a weight, JSON",
     .words = "explain trained --data data --weight conv_1.weight[0,0,1,1] --json"},
    {.name = "explain a value as pictures",
     .words = "explain trained --data data --layer conv_1 --at 0,1,1 -o out",
     .start = "empty"},
    {.name = "explore",
     .words = "explore trained --data data -o out/page.html",
     .start = "empty",
     .whole = true},
    {.name = "lab with pictures",
     .words = "lab trained --data data --quick -o out --threads 2",
     .start = "empty",
     .whole = true},
    {.name = "doctor", .words = "doctor model.txt --data data --threads 2", .code = 1},
    {.name = "doctor of a run, JSON",
     .words = "doctor photographed --data photos --threads 2 --json",
     .code = 1},
    {.name = "help", .words = "help train"},
};
const int scene_count = sizeof scenes / sizeof scenes[0];

bool scenes_whole(void) {
    const char *asked = getenv("CNN_FAULTS");
    return asked && strcmp(asked, "all") == 0;
}

bool scenes_go_on(const scene *scene) {
    return scene->trains || scene->repeats;
}

bool scenes_wanted(const scene *scene) {
    const char *pattern = getenv("CNN_FAULTS_SCENES");
    return (!pattern || fnmatch(pattern, scene->name, 0) == 0) && (!scene->whole || scenes_whole());
}

/* Run, meeting `request`, and give what it wrote another name. */
static void prepare(const char *words, const fault_request *request, const char *name) {
    served command = served_start(words);
    const fault_report report = served_run(&command, request);
    served_stop(&command);
    if (request->action == FAULT_COUNT && report.status != 0)
        fail_msg("cnn %s: status %d", words, report.status);
    assert_int_equal(rename(SCENE_OUT, name), 0);
}

/* What scenes begin with: a run, one that was stopped by Ctrl-C in its second epoch, a run on pictures, nothing. */
static void prepare_all(void) {
    const fault_request nothing = {0};
    /* the first epoch's records in the event file are the last that is written before the second epoch */
    const fault_request stop = {
        .classes = FAULT_BIT(WRITE), .action = FAULT_INTERRUPT, .at = 2, .under = SCENE_OUT "/events"};
    const tree empty = {.exists = true};
    prepare(TRAIN("model.txt", "data"), &nothing, "trained");
    prepare(TRAIN("model.txt", "data"), &stop, "stopped");
    prepare(TRAIN("model.txt", "photos") " --test-fraction 0.3", &nothing, "photographed");
    tree_write(&empty, "empty");
    command_expect("convert trained trained.safetensors --quiet", 0, "", NULL);
}

int scenes_set_up(void **state) {
    const int code = command_set_up(state);
    if (code)
        return code;
    inputs_write();
    prepare_all();
    return 0;
}

int scenes_tear_down(void **state) {
    return command_tear_down(state);
}
