# cmake -D OUTPUT=FILE.h -D RECIPES="A.txt;B.txt" -P write_recipes.cmake
# A recipe's first line says what it is for; lines that start with # are for people, all others are options.

foreach(recipe IN LISTS RECIPES)
    get_filename_component(name ${recipe} NAME_WE)
    file(STRINGS ${recipe} lines)
    list(GET lines 0 title)
    string(REGEX REPLACE "^# *" "" title "${title}")
    list(FILTER lines EXCLUDE REGEX "^#")
    string(REPLACE ";" " " options "${lines}")
    string(APPEND rows " \\\n    X(\"${name}\", \"${title}\", \"${options}\")")
endforeach()

file(WRITE ${OUTPUT} "/* Made of recipes/. */\n#define CLI_RECIPE_LIST(X)${rows}\n")
