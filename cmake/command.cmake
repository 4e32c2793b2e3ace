# The command and the benchmarks: they see the public header alone.

option(CNN_CURL "Let the command download data where libcurl is installed: cnn data fetch" ON)
if(CNN_CURL)
    pkg_check_modules(CURL IMPORTED_TARGET libcurl>=7.85)
endif()
if(CURL_FOUND)
    set(cnn_http PkgConfig::CURL)
    set(cnn_http_source cli/http_curl.c)
else()
    set(cnn_http_source cli/http_none.c)
endif()
# What fetches is compiled once for the command and for its tests.
add_library(cnn_fetch_objects OBJECT cli/fetch.c ${cnn_http_source} cli/output.c cli/regular_file.c
            cli/sha256.c cli/text.c cli/untar.c)
target_link_libraries(cnn_fetch_objects PRIVATE cnn_static ${cnn_http})

file(GLOB cnn_command_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/*.c ${PROJECT_SOURCE_DIR}/cli/report/*.c)
list(FILTER cnn_command_sources EXCLUDE REGEX "/(fetch|http_[a-z]+|output|regular_file|sha256|text|untar|explore_none)[.]c$")
include(cmake/recipes.cmake)
add_executable(cnn_command ${cnn_command_sources} ${cnn_recipe_list} ${cnn_explore_source} $<TARGET_OBJECTS:cnn_fetch_objects>)
set_target_properties(cnn_command PROPERTIES OUTPUT_NAME cnn)
target_include_directories(cnn_command PRIVATE ${PROJECT_SOURCE_DIR}/cli ${cnn_generated}) # and the page in the build folder
target_link_libraries(cnn_command PRIVATE cnn_static ${cnn_http} m)

file(GLOB cnn_bench_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.c)
foreach(source IN LISTS cnn_bench_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench_${name} ${source})
    target_link_libraries(bench_${name} PRIVATE cnn_static m)
endforeach()

# Single layers are measured inside the library.
file(GLOB cnn_bench_internal_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/internal/*.c)
foreach(source IN LISTS cnn_bench_internal_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench_${name} ${source})
    target_include_directories(bench_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(bench_${name} PRIVATE cnn_static m)
endforeach()
