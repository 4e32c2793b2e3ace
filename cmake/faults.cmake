# tests/faults puts a library of its own before the C library's calls, so that each can fail or be the last. Sanitizers
# put theirs there, and would have the first word.

if(CNN_SANITIZE OR NOT CMAKE_SYSTEM_NAME STREQUAL Linux)
    list(FILTER test_sources EXCLUDE REGEX "/tests/faults/")
elseif(TARGET cnn_command)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/faults/interpose/*.c)
    add_library(cnn_faults MODULE ${sources})
    set_target_properties(cnn_faults PROPERTIES C_VISIBILITY_PRESET default)
    target_link_libraries(cnn_faults PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
    list(APPEND cnn_test_environment CNN_FAULTS_LIBRARY=$<TARGET_FILE:cnn_faults>)
endif()
