# WebAssembly by clang, lld and the wasi-libc of Debian, whose headers and libraries clang finds by the target's name.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # the compiler is tried without linking
set(CMAKE_AR llvm-ar)
