# The text models of models/ as string literals in the library: src/graph/builtin.h.

set(cnn_builtin_source ${cnn_generated}/builtin_models.c)
file(GLOB cnn_models CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/models/*.txt)
# By name: the ending would put basic-dropout before basic.
list(TRANSFORM cnn_models REPLACE "[.]txt$" "")
list(SORT cnn_models)
list(TRANSFORM cnn_models APPEND .txt)
add_custom_command(
    OUTPUT ${cnn_builtin_source}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${cnn_builtin_source} -D "MODELS=${cnn_models}"
            -P ${PROJECT_SOURCE_DIR}/cmake/write_builtin_models.cmake
    DEPENDS ${cnn_models} ${PROJECT_SOURCE_DIR}/cmake/write_builtin_models.cmake
    VERBATIM)
