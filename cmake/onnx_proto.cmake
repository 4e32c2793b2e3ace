# ONNX's messages in C, made from the onnx.proto that the system's ONNX package ships. Its package is renamed so that
# every symbol in the archive starts with cnn_: cnn_onnx__model_proto__unpack, CnnOnnx__ModelProto.

set(cnn_generated ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${cnn_generated})
find_path(CNN_ONNX_PROTO_FOLDER onnx.proto PATH_SUFFIXES onnx REQUIRED)
find_program(CNN_PROTOC_C protoc-c REQUIRED)

set(cnn_onnx_source ${cnn_generated}/onnx.pb-c.c)
add_custom_command(
    OUTPUT ${cnn_generated}/onnx.proto
    COMMAND sed "s/^package onnx;/package cnn_onnx;/" ${CNN_ONNX_PROTO_FOLDER}/onnx.proto > ${cnn_generated}/onnx.proto
    DEPENDS ${CNN_ONNX_PROTO_FOLDER}/onnx.proto
    VERBATIM)
add_custom_command(
    OUTPUT ${cnn_onnx_source} ${cnn_generated}/onnx.pb-c.h
    COMMAND ${CNN_PROTOC_C} --proto_path=${cnn_generated} --c_out=${cnn_generated} onnx.proto
    DEPENDS ${cnn_generated}/onnx.proto
    VERBATIM)
set_source_files_properties(${cnn_onnx_source} PROPERTIES COMPILE_OPTIONS -w) # not our code to tidy
