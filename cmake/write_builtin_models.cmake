# cmake -D OUTPUT=FILE.c -D MODELS="A.txt;B.txt" -P write_builtin_models.cmake

foreach(model IN LISTS MODELS)
    get_filename_component(name ${model} NAME_WE)
    file(READ ${model} text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
    string(APPEND names "    \"${name}\",\n")
    string(APPEND texts "    \"${text}\",\n")
endforeach()

file(WRITE ${OUTPUT} "#include \"graph/builtin.h\"

#include <stddef.h>

const char *const cnn_builtin_names[] = {
${names}    NULL,
};

const char *const cnn_builtin_texts[] = {
${texts}    NULL,
};
")
