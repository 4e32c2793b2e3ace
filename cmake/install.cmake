# cmake --install: headers, libraries, command with manual pages and completion, models, licence, pkg-config file and
# CMake package; for pip library and command.

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/cnn)

file(GLOB cnn_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.h)
install(FILES ${cnn_headers}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${cnn_models} DESTINATION ${CMAKE_INSTALL_DATADIR}/cnn/models)
install(FILES ${cnn_recipes} DESTINATION ${CMAKE_INSTALL_DATADIR}/cnn/recipes)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET cnn_command)
    install(TARGETS cnn_command)
endif()
if(TARGET cnn_manual)
    install(DIRECTORY ${cnn_manual}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
    install(FILES ${cnn_manual}/cnn.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME cnn)
    install(FILES ${cnn_manual}/cnn.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _cnn)
    install(FILES ${cnn_manual}/cnn.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# Two export sets: a program that links the shared library needs none of what the static one asks for.
foreach(kind shared static)
    install(TARGETS cnn_${kind} EXPORT cnn_${kind})
    install(EXPORT cnn_${kind} NAMESPACE cnn:: FILE cnnTargets-${kind}.cmake DESTINATION ${package_folder})
endforeach()
list(JOIN cnn_requires " " cnn_requires_private)
# Debian's libarchive.pc names static libraries whose packages it does not bring; the shared one knows what it needs.
set(cnn_pc_requires ${cnn_requires})
set(cnn_pc_libraries "-pthread -lm")
if(CNN_ARCHIVE_FOUND)
    list(REMOVE_ITEM cnn_pc_requires libarchive)
    string(PREPEND cnn_pc_libraries "-larchive ")
endif()
list(JOIN cnn_pc_requires " " cnn_pc_requires)
file(RELATIVE_PATH cnn_prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /) # the installed tree may be moved
configure_file(cmake/cnn.pc.in cnn.pc @ONLY)
configure_file(cmake/cnnConfig.cmake.in cnnConfig.cmake @ONLY)
write_basic_package_version_file(cnnConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cnn.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_BINARY_DIR}/cnnConfig.cmake ${PROJECT_BINARY_DIR}/cnnConfigVersion.cmake
    DESTINATION ${package_folder})

# In a wheel library and command lie beside the package's modules (pyproject.toml).
if(SKBUILD)
    install(FILES $<TARGET_FILE:cnn_shared> DESTINATION cnn RENAME libcnn.so COMPONENT python)
    install(PROGRAMS $<TARGET_FILE:cnn_command> DESTINATION cnn COMPONENT python)
endif()
