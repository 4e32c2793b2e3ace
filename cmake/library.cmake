# libcnn: objects compiled once, archived as libcnn.a and linked as libcnn.so.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
set(cnn_requires zlib libpng libjpeg libprotobuf-c jansson) # pkg-config names; also written into cnn.pc

# Formats of pictures that the library can do without; src/data/formats.c says so in its messages.
pkg_check_modules(CNN_WEBP IMPORTED_TARGET libwebp libwebpdemux)
pkg_check_modules(CNN_TIFF IMPORTED_TARGET libtiff-4>=4.5)
set(cnn_optional "")
if(CNN_WEBP_FOUND)
    list(APPEND cnn_requires libwebp libwebpdemux)
    list(APPEND cnn_optional WEBP)
endif()
if(CNN_TIFF_FOUND)
    list(APPEND cnn_requires libtiff-4)
    list(APPEND cnn_optional TIFF)
endif()
pkg_check_modules(CNN_REQUIRES REQUIRED IMPORTED_TARGET ${cnn_requires})

include(cmake/onnx_proto.cmake)
include(cmake/builtin_models.cmake)

foreach(room base tensor arrays kernels ops graph plan inspect predict train data onnx formats)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/*.c ${PROJECT_SOURCE_DIR}/src/${room}/*/*.c)
    list(APPEND cnn_sources ${sources})
endforeach()

# One file an instruction set, so that its flags reach no other code.
set(cnn_instruction_sets scalar)
set(cnn_scalar_vectors generic)
set(cnn_avx2_vectors avx2)
set(cnn_avx2_flags -mavx2 -mfma)
set(cnn_avx512_vectors avx512)
set(cnn_avx512_flags -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma)
set(avx2_file ${PROJECT_SOURCE_DIR}/src/kernels/isa/avx2.c)
set(avx512_files ${PROJECT_SOURCE_DIR}/src/kernels/isa/avx512.c ${PROJECT_SOURCE_DIR}/src/kernels/isa/avx512_half.c)
# Undefined behaviour is looked for in scalar.c, which is the same templates: with its checks, compilers take minutes
# for each of the others.
if(CNN_SANITIZE MATCHES undefined)
    set_property(SOURCE ${avx2_file} ${avx512_files} APPEND PROPERTY COMPILE_OPTIONS -fno-sanitize=undefined)
endif()
# Each check as a call: the templates' many instances take less than half the time to compile.
if(CNN_SANITIZE MATCHES address)
    set(checks_as_calls_GNU --param asan-instrumentation-with-call-threshold=0)
    set(checks_as_calls_Clang -mllvm -asan-instrumentation-with-call-threshold=0)
    set_property(SOURCE ${avx2_file} ${avx512_files} ${PROJECT_SOURCE_DIR}/src/kernels/isa/scalar.c APPEND PROPERTY
        COMPILE_OPTIONS ${checks_as_calls_${CMAKE_C_COMPILER_ID}})
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    list(APPEND cnn_instruction_sets avx2 avx512)
    set_property(SOURCE ${avx2_file} APPEND PROPERTY COMPILE_OPTIONS ${cnn_avx2_flags})
    set_property(SOURCE ${avx512_files} APPEND PROPERTY COMPILE_OPTIONS ${cnn_avx512_flags})
    file(GLOB kernel_sources ${PROJECT_SOURCE_DIR}/src/kernels/*.c)
    set_source_files_properties(${kernel_sources} PROPERTIES COMPILE_DEFINITIONS CNN_X86=1)
else()
    list(REMOVE_ITEM cnn_sources ${avx2_file} ${avx512_files})
endif()

foreach(format WEBP TIFF)
    string(TOLOWER ${format} name)
    if(format IN_LIST cnn_optional)
        set_property(SOURCE ${PROJECT_SOURCE_DIR}/src/data/formats.c APPEND PROPERTY COMPILE_DEFINITIONS CNN_${format})
    else()
        list(REMOVE_ITEM cnn_sources ${PROJECT_SOURCE_DIR}/src/data/${name}.c)
    endif()
endforeach()

add_library(cnn_objects OBJECT ${cnn_sources} ${cnn_onnx_source} ${cnn_builtin_source})
set_target_properties(cnn_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(cnn_objects PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_include_directories(cnn_objects SYSTEM PRIVATE ${cnn_generated})
target_link_libraries(cnn_objects PRIVATE PkgConfig::CNN_REQUIRES Threads::Threads)

add_library(cnn_static STATIC $<TARGET_OBJECTS:cnn_objects>)
add_library(cnn_shared SHARED $<TARGET_OBJECTS:cnn_objects>)
set_target_properties(cnn_shared PROPERTIES
    EXPORT_NAME cnn VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
if(NOT CNN_SANITIZE AND NOT APPLE)
    target_link_options(cnn_shared PRIVATE -Wl,-z,defs) # sanitizers leave their run time to the program
endif()

foreach(library cnn_static cnn_shared)
    set_target_properties(${library} PROPERTIES OUTPUT_NAME cnn)
    target_include_directories(${library} INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${library} PRIVATE PkgConfig::CNN_REQUIRES Threads::Threads m)
endforeach()
add_library(cnn::cnn ALIAS cnn_shared)
add_library(cnn::cnn_static ALIAS cnn_static)
