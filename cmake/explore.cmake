# The page of `cnn explore`: web/ bundled by esbuild, and engine.wasm, a project of its own since its compiler is another one.
# Sets cnn_explore_source: the page in C or, where the tools are not installed, its absence.

include(ExternalProject)

# Sets `result` to what is missing, as names of Debian's packages.
function(cnn_explore_missing result)
    set(missing "")
    foreach(tool clang:clang llvm-ar:llvm wasm-ld:lld esbuild:esbuild) # program:package
        string(REPLACE ":" ";" names ${tool})
        list(GET names 0 program)
        list(GET names 1 package)
        string(MAKE_C_IDENTIFIER "CNN_${program}" variable)
        string(TOUPPER ${variable} variable)
        find_program(${variable} ${program})
        mark_as_advanced(${variable})
        if(NOT ${variable})
            list(APPEND missing ${package})
        endif()
    endforeach()
    if(NOT EXISTS /usr/include/wasm32-wasi/stdlib.h)
        list(APPEND missing wasi-libc)
    endif()
    file(GLOB runtime /usr/lib/llvm-*/lib/clang/*/lib/wasi/libclang_rt.builtins-wasm32.a)
    if(NOT runtime)
        list(APPEND missing libclang-rt-14-dev-wasm32)
    endif()
    set(${result} "${missing}" PARENT_SCOPE)
endfunction()

cnn_explore_missing(cnn_explore_missing)
if(cnn_explore_missing)
    list(JOIN cnn_explore_missing ", " names)
    message(STATUS "cnn explore will not be there: it needs ${names}")
endif()
if(cnn_explore_missing OR CNN_SANITIZE OR CNN_FUZZ) # sanitizers say nothing of what a browser runs
    set(cnn_explore_source cli/explore_none.c)
    return()
endif()

set(cnn_engine_folder ${PROJECT_BINARY_DIR}/engine)
set(cnn_engine ${cnn_engine_folder}/engine.wasm)
ExternalProject_Add(cnn_engine
    SOURCE_DIR ${PROJECT_SOURCE_DIR}/web/engine
    BINARY_DIR ${cnn_engine_folder}
    PREFIX ${PROJECT_BINARY_DIR}/engine-steps
    CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/web/engine/toolchain.cmake -DCNN_WERROR=${CNN_WERROR}
        -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER}
    INSTALL_COMMAND ""
    BUILD_ALWAYS ON
    BUILD_BYPRODUCTS ${cnn_engine})

set(cnn_explore_source ${PROJECT_BINARY_DIR}/explore/explore_page.c)
set(cnn_explore_script ${PROJECT_BINARY_DIR}/explore/page.js)
file(GLOB_RECURSE cnn_web_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/src/*.js)
add_custom_command(
    OUTPUT ${cnn_explore_script}
    COMMAND ${CNN_ESBUILD} ${PROJECT_SOURCE_DIR}/web/src/main.js --bundle --minify --format=iife --target=es2020
            --charset=utf8 --log-level=warning --outfile=${cnn_explore_script}
    DEPENDS ${cnn_web_sources}
    VERBATIM)
add_custom_command(
    OUTPUT ${cnn_explore_source}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${cnn_explore_source} -D PAGE=${PROJECT_SOURCE_DIR}/web/page.html
            -D STYLE=${PROJECT_SOURCE_DIR}/web/style.css -D SCRIPT=${cnn_explore_script} -D ENGINE=${cnn_engine}
            -P ${PROJECT_SOURCE_DIR}/cmake/write_explore_page.cmake
    DEPENDS ${PROJECT_SOURCE_DIR}/web/page.html ${PROJECT_SOURCE_DIR}/web/style.css ${cnn_explore_script} ${cnn_engine}
            ${PROJECT_SOURCE_DIR}/cmake/write_explore_page.cmake
    VERBATIM)
