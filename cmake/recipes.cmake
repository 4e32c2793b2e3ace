# The recipes of recipes/*.txt as a list of macros for the command: recipe_list.h.

set(cnn_recipe_list ${cnn_generated}/recipe_list.h)
file(GLOB cnn_recipes CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/recipes/*.txt)
list(SORT cnn_recipes)
add_custom_command(
    OUTPUT ${cnn_recipe_list}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${cnn_recipe_list} -D "RECIPES=${cnn_recipes}"
            -P ${PROJECT_SOURCE_DIR}/cmake/write_recipes.cmake
    DEPENDS ${cnn_recipes} ${PROJECT_SOURCE_DIR}/cmake/write_recipes.cmake
    VERBATIM)
