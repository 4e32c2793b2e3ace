# Every tests/ROOM/test_SUBJECT.c is a cmocka program and the test ROOM/SUBJECT, linked with the room's other .c files and
# with tests/support/*.c; every test_SUBJECT.py of tests/python and tests/browser the test python/SUBJECT or
# browser/SUBJECT; every tools/check_SUBJECT named below the test check/SUBJECT.

pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

if(DEFINED ENV{CNN_TEST_DATA})
    set(CNN_TEST_DATA "$ENV{CNN_TEST_DATA}" CACHE PATH "" FORCE)
elseif(EXISTS ${PROJECT_SOURCE_DIR}/../shared/data)
    get_filename_component(default_data ${PROJECT_SOURCE_DIR}/../shared/data ABSOLUTE)
endif()
set(CNN_TEST_DATA "${default_data}" CACHE PATH "Folder that has mnist/; tests of real digits are skipped without it")
set(CNN_PYTHON "" CACHE FILEPATH "Python with tools/requirements.txt; tests/python are skipped without it")

set(cnn_test_environment CNN_SOURCE_DIR=${PROJECT_SOURCE_DIR} CNN_BUILD_DIR=${PROJECT_BINARY_DIR}
    CNN_CMAKE=${CMAKE_COMMAND})
if(CNN_TEST_DATA)
    list(APPEND cnn_test_environment CNN_TEST_DATA=${CNN_TEST_DATA})
endif()
if(TARGET cnn_command)
    list(APPEND cnn_test_environment CNN_COMMAND=$<TARGET_FILE:cnn_command>)
endif()

add_library(cnn_test_support INTERFACE)
target_include_directories(cnn_test_support INTERFACE
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
target_include_directories(cnn_test_support SYSTEM INTERFACE ${cnn_generated})
target_link_libraries(cnn_test_support INTERFACE PkgConfig::CMOCKA PkgConfig::CNN_REQUIRES Threads::Threads m)

# With a sanitizer's checks the library takes 40 MB: the programs share it, and it shows them what it hides from others. But
# those whose own functions stand before these of the C library hold it.
set(cnn_tested cnn_static)
if(CNN_SANITIZE)
    set(cnn_tested cnn_shared)
    set_target_properties(cnn_objects PROPERTIES C_VISIBILITY_PRESET default)
endif()
set(cnn_wraps_base_allocation_failure aligned_alloc free pthread_create)
set(cnn_wraps_plan_memory aligned_alloc pthread_create)
function(cnn_link_tested name)
    if(cnn_wraps_${name})
        list(TRANSFORM cnn_wraps_${name} PREPEND -Wl,--wrap=)
        target_link_options(test_${name} PRIVATE ${cnn_wraps_${name}})
        target_link_libraries(test_${name} PRIVATE cnn_static)
    else()
        target_link_libraries(test_${name} PRIVATE ${cnn_tested})
    endif()
endfunction()

# What the tests of a room share (support: of all rooms) is compiled once; returns its objects in cnn_ROOM_objects.
function(cnn_shared_test_objects room)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${room}/*.c)
    list(FILTER sources EXCLUDE REGEX "/test_[^/]*$")
    if(sources AND NOT TARGET cnn_test_${room}_objects)
        add_library(cnn_test_${room}_objects OBJECT ${sources})
        target_link_libraries(cnn_test_${room}_objects PRIVATE cnn_test_support ${cnn_tested})
    endif()
    if(sources)
        set(cnn_${room}_objects $<TARGET_OBJECTS:cnn_test_${room}_objects> PARENT_SCOPE)
    endif()
endfunction()
cnn_shared_test_objects(support)

file(GLOB test_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/*/test_*.c)
if(CNN_SANITIZE) # its own malloc would stand before the sanitizer's; accuracy on photographs is no question of memory
    list(REMOVE_ITEM test_sources ${PROJECT_SOURCE_DIR}/tests/train/test_allocations.c
        ${PROJECT_SOURCE_DIR}/tests/train/test_photographs.c)
endif()
if(CNN_SANITIZE MATCHES thread) # ends a process that starts threads after a fork
    list(REMOVE_ITEM test_sources ${PROJECT_SOURCE_DIR}/tests/train/test_fork.c)
endif()
if(NOT TARGET cnn_command)
    list(FILTER test_sources EXCLUDE REGEX "/tests/(cli|fetch|faults)/")
endif()
include(cmake/faults.cmake)
foreach(source IN LISTS test_sources)
    string(REGEX REPLACE ".*/tests/([^/]+)/test_(.*)\\.c$" "\\1;\\2" parts ${source})
    list(GET parts 0 room)
    list(GET parts 1 subject)
    add_executable(test_${room}_${subject} ${source})
    target_link_libraries(test_${room}_${subject} PRIVATE cnn_test_support)
    cnn_link_tested(${room}_${subject})
    cnn_shared_test_objects(${room})
    target_sources(test_${room}_${subject} PRIVATE ${cnn_support_objects} ${cnn_${room}_objects})
    if(TARGET cnn_command)
        add_dependencies(test_${room}_${subject} cnn_command)
    endif()
    add_test(NAME ${room}/${subject} COMMAND test_${room}_${subject})
    set_tests_properties(${room}/${subject} PROPERTIES ENVIRONMENT "${cnn_test_environment}" LABELS ${room})
endforeach()
# The longest begin first, so that no processor waits for them at the end.
foreach(name ops/gradients onnx/damage kernels/kernels doctor/networks doctor/images inspect/inspector
        cli/drawing onnx/growth)
    set_tests_properties(${name} PROPERTIES COST 100)
endforeach()
# The vectors' words are checked once for each instruction set, with its flags; the program skips what the machine has not.
foreach(set IN LISTS cnn_instruction_sets)
    add_library(cnn_test_vec_${set} OBJECT ${PROJECT_SOURCE_DIR}/tests/kernels/vec/checks.c)
    target_compile_options(cnn_test_vec_${set} PRIVATE ${cnn_${set}_flags})
    target_compile_definitions(cnn_test_vec_${set} PRIVATE VEC_SET=${set} VEC_HEADER="${cnn_${set}_vectors}")
    target_link_libraries(cnn_test_vec_${set} PRIVATE cnn_test_support ${cnn_tested})
    target_sources(test_kernels_vec PRIVATE $<TARGET_OBJECTS:cnn_test_vec_${set}>)
    string(APPEND vec_sets " X(${set})")
endforeach()
target_compile_options(test_kernels_vec PRIVATE "-DVEC_SETS(X)=${vec_sets}")
if(TARGET test_fetch_fetch) # parts of the command, against a server of its own
    target_sources(test_fetch_fetch PRIVATE $<TARGET_OBJECTS:cnn_fetch_objects>)
    target_include_directories(test_fetch_fetch PRIVATE ${PROJECT_SOURCE_DIR}/cli)
    target_link_libraries(test_fetch_fetch PRIVATE ${cnn_http})
endif()

# 77 is what a test returns that cannot run here.
file(GLOB python_tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/python/test_*.py
    ${PROJECT_SOURCE_DIR}/tests/browser/test_*.py)
# Some load the library into a Python that knows nothing of sanitizers; documents are run as they are delivered; what
# others make of written files says nothing of memory, and neither does a browser.
if(CNN_SANITIZE)
    list(FILTER python_tests EXCLUDE REGEX "/tests/browser/")
    foreach(subject networks keras inspect explain report documents safetensors tensorboard export
            package)
        list(REMOVE_ITEM python_tests ${PROJECT_SOURCE_DIR}/tests/python/test_${subject}.py)
    endforeach()
endif()
foreach(script IN LISTS python_tests)
    string(REGEX REPLACE ".*/tests/([^/]+)/test_(.*)\\.py$" "\\1/\\2" name ${script})
    get_filename_component(room ${name} DIRECTORY)
    if(CNN_PYTHON)
        add_test(NAME ${name} COMMAND ${CNN_PYTHON} ${script})
    else()
        add_test(NAME ${name} COMMAND sh -c "echo 'CNN_PYTHON is not set'; exit 77")
    endif()
    set_tests_properties(${name} PROPERTIES
        ENVIRONMENT "${cnn_test_environment}" SKIP_RETURN_CODE 77 LABELS ${room} COST 10)
endforeach()

# Tests in JavaScript: of the page's engine, against the native one.
find_program(CNN_NODE node)
find_program(CNN_TSC tsc)
mark_as_advanced(CNN_NODE CNN_TSC)
if(NOT CNN_SANITIZE)
    add_executable(web_reference ${PROJECT_SOURCE_DIR}/tests/web/reference.c)
    target_link_libraries(web_reference PRIVATE cnn_test_support cnn_static)
    file(GLOB web_tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/web/test_*.mjs)
    foreach(script IN LISTS web_tests)
        string(REGEX REPLACE ".*/test_(.*)\\.mjs$" "web/\\1" name ${script})
        if(CNN_NODE)
            add_test(NAME ${name} COMMAND ${CNN_NODE} ${script})
        else()
            add_test(NAME ${name} COMMAND sh -c "echo 'node is not installed'; exit 77")
        endif()
        set_tests_properties(${name} PROPERTIES
            ENVIRONMENT "${cnn_test_environment}" SKIP_RETURN_CODE 77 LABELS web COST 10)
    endforeach()
    if(CNN_TSC)
        add_test(NAME web/types COMMAND ${CNN_TSC} -p ${PROJECT_SOURCE_DIR}/web)
    else()
        add_test(NAME web/types COMMAND sh -c "echo 'tsc is not installed'; exit 77")
    endif()
    set_tests_properties(web/types PROPERTIES SKIP_RETURN_CODE 77 LABELS web)
endif()

# What is delivered: only where it is built as it will be.
if(NOT CNN_SANITIZE)
    foreach(subject includes header symbols install manual completion)
        add_test(NAME check/${subject} COMMAND ${PROJECT_SOURCE_DIR}/tools/check_${subject})
        set_tests_properties(check/${subject} PROPERTIES
            ENVIRONMENT "${cnn_test_environment}" SKIP_RETURN_CODE 77 LABELS check)
    endforeach()
endif()
