# The command and the benchmarks: they see the public header alone.

file(GLOB cnn_command_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/*.c)
if(cnn_command_sources)
    add_executable(cnn_command ${cnn_command_sources})
    set_target_properties(cnn_command PROPERTIES OUTPUT_NAME cnn)
    target_link_libraries(cnn_command PRIVATE cnn_static m)
endif()

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
