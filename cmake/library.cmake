# libcnn: objects compiled once, archived as libcnn.a and linked as libcnn.so.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
set(cnn_requires zlib libpng libjpeg libprotobuf-c jansson) # pkg-config names; also written into cnn.pc

# Formats of pictures that the library can do without; src/data/formats.c says so in its messages.
pkg_check_modules(CNN_WEBP IMPORTED_TARGET libwebp libwebpdemux)
option(CNN_TIFF "Read pictures in TIFF where libtiff is installed" ON)
if(CNN_TIFF)
    pkg_check_modules(CNN_TIFF IMPORTED_TARGET libtiff-4>=4.5)
endif()
option(CNN_ARCHIVE "Read data in .npz and .tar where libarchive is installed" ON)
if(CNN_ARCHIVE)
    pkg_check_modules(CNN_ARCHIVE IMPORTED_TARGET libarchive)
endif()
set(cnn_optional "")
if(CNN_ARCHIVE_FOUND)
    list(APPEND cnn_requires libarchive)
    set(cnn_other_archive archive_none)
else()
    set(cnn_other_archive archive)
endif()
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

foreach(room base tensor arrays kernels ops graph plan inspect predict train doctor lab data onnx formats)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/*.c ${PROJECT_SOURCE_DIR}/src/${room}/*/*.c)
    list(APPEND cnn_sources ${sources})
endforeach()
list(FILTER cnn_sources EXCLUDE REGEX "/base/(memory_wasm|threads_single)[.]c$") # web/engine has these

# One file an instruction set, so that its flags reach no other code. Each says them itself, in a line "flags: ..."; those for
# x86-64 alone have a line "processor: x86-64"; one whose table is in another file, which is compiled without its flags, "table:
# FILE". Returns what follows the colon, "" where there is no such line.
function(cnn_isa_says result file word)
    file(STRINGS ${file} lines REGEX "${word}: " LIMIT_COUNT 1)
    string(REGEX REPLACE ".*${word}: ([^*]*).*" "\\1" said "${lines}")
    string(STRIP "${said}" said)
    set(${result} "${said}" PARENT_SCOPE)
endfunction()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8
   AND NOT CNN_FUZZ) # what readers make of a hostile file decides no loop of the kernels: one instruction set suffices
    set(cnn_processor x86-64)
    set_source_files_properties(${PROJECT_SOURCE_DIR}/src/kernels/cpu.c PROPERTIES COMPILE_DEFINITIONS CNN_X86=1)
endif()
include(CheckCCompilerFlag)

# Undefined behaviour is looked for in scalar.c, which is the same templates: with its checks, compilers take minutes
# for each of the others. Addresses are checked by calls: the templates' many instances take less than half the time to compile.
if(CNN_SANITIZE MATCHES undefined)
    set(cnn_isa_flags -fno-sanitize=undefined)
endif()
if(CNN_SANITIZE MATCHES address)
    set(cnn_checks_GNU --param asan-instrumentation-with-call-threshold=0)
    set(cnn_checks_Clang -mllvm -asan-instrumentation-with-call-threshold=0)
endif()
if(CNN_FUZZ) # clang takes five minutes for the templates with all checks
    set(cnn_checks_Clang -fno-sanitize=all)
endif()
set(cnn_instruction_sets "") # their names; of each, cnn_SET_flags and cnn_SET_vectors, the header of its vectors
file(GLOB isa_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/isa/*.c)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${isa_files})
foreach(file IN LISTS isa_files)
    cnn_isa_says(processor ${file} processor)
    cnn_isa_says(flags ${file} flags)
    separate_arguments(flags)
    cnn_isa_says(elsewhere ${file} table)
    get_filename_component(set ${file} NAME_WE)
    if(elsewhere AND cnn_processor) # an old compiler may not know its flags; what has a table of its own is wanted
        list(JOIN flags " " words)
        check_c_compiler_flag("${words}" cnn_knows_${set})
    endif()
    if((processor AND NOT processor STREQUAL cnn_processor) OR (elsewhere AND NOT cnn_knows_${set}))
        list(REMOVE_ITEM cnn_sources ${file})
        continue()
    endif()
    set_property(SOURCE ${file} APPEND PROPERTY COMPILE_OPTIONS ${flags} ${cnn_checks_${CMAKE_C_COMPILER_ID}})
    if(flags)
        set_property(SOURCE ${file} APPEND PROPERTY COMPILE_OPTIONS ${cnn_isa_flags})
    endif()
    file(STRINGS ${file} table REGEX "^KERNEL_TABLE\\(") # a file without one, here or elsewhere, helps another
    if(elsewhere)
        string(TOUPPER CNN_${set} word)
        set_property(SOURCE ${PROJECT_SOURCE_DIR}/src/kernels/cpu.c ${PROJECT_SOURCE_DIR}/src/kernels/isa/${elsewhere}
                     APPEND PROPERTY COMPILE_DEFINITIONS ${word})
    endif()
    if(table OR elsewhere)
        file(STRINGS ${file} vectors REGEX "#include \"kernels/vec/" LIMIT_COUNT 1)
        string(REGEX REPLACE ".*\"(.*)\".*" "\\1" cnn_${set}_vectors "${vectors}")
        set(cnn_${set}_flags ${flags})
        list(APPEND cnn_instruction_sets ${set})
    endif()
endforeach()

list(FILTER cnn_sources EXCLUDE REGEX "/data/${cnn_other_archive}[.]c$")

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
