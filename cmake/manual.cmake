# Manual pages and completion scripts, written by the command itself; a command for another machine cannot be run here.

if(TARGET cnn_command AND NOT CMAKE_CROSSCOMPILING)
    set(cnn_manual ${PROJECT_BINARY_DIR}/manual)
    add_custom_command(
        OUTPUT ${cnn_manual}/cnn.bash ${cnn_manual}/cnn.zsh ${cnn_manual}/cnn.fish ${cnn_manual}/man1/cnn.1
        COMMAND ${CMAKE_COMMAND} -D CNN=$<TARGET_FILE:cnn_command> -D FOLDER=${cnn_manual}
                -P ${PROJECT_SOURCE_DIR}/cmake/write_manual.cmake
        DEPENDS cnn_command ${PROJECT_SOURCE_DIR}/cmake/write_manual.cmake
        VERBATIM)
    add_custom_target(cnn_manual ALL DEPENDS ${cnn_manual}/man1/cnn.1)
endif()
