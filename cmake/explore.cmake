# The page of `cnn explore`: engine.wasm, a project of its own since its compiler is another one.

include(ExternalProject)

# Sets `result` to what is missing, as names of Debian's packages.
function(cnn_explore_missing result)
    set(missing "")
    find_program(CNN_CLANG clang)
    find_program(CNN_WASM_LD wasm-ld)
    mark_as_advanced(CNN_CLANG CNN_WASM_LD)
    if(NOT CNN_CLANG)
        list(APPEND missing clang)
    endif()
    if(NOT CNN_WASM_LD)
        list(APPEND missing lld)
    endif()
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
if(cnn_explore_missing OR CNN_SANITIZE OR CNN_FUZZ)
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
