/* ONNX models to networks and back. cnn_net_open and cnn_net_save of cnn.h are built on these. */
#ifndef CNN_ONNX_ONNX_H
#define CNN_ONNX_ONNX_H

#include "base/file.h"
#include "onnx/program.h"
#include "onnx/view.h"
#include "graph/net.h"

/* `origin` names the bytes in messages (a file name); `folder` is where external data lies (NULL: nowhere, and
 * such data is refused). On failure *net is NULL. */
cnn_status cnn_onnx_read(cnn_net **net, const void *bytes, size_t size, const char *origin,
                         const char *folder, cnn_error *error);
/* The same where sizes of the input are free, for images of this size; NULL: of the file's. */
cnn_status cnn_onnx_read_sized(cnn_net **net, const void *bytes, size_t size, const char *origin,
                               const char *folder, const cnn_input_size *images, cnn_error *error);
/* How the file's tensors lie to the network's input, C,H,W, and to its output. */
typedef struct cnn_onnx_views {
    cnn_onnx_view input, output;
    bool trains; /* the file is in training mode, and gives other values than the network does in inference */
} cnn_onnx_views;
/* The same, for those who have tensors as the file's graph takes them: in its axes and its values, whatever the
 * metadata say of images. `spare` (NULL: none) are bytes that the caller no longer needs, as the file's: the network may take
 * their memory, and then their `data` is NULL. */
cnn_status cnn_onnx_read_views(cnn_net **net, cnn_onnx_views *views, const cnn_program *program,
                               cnn_bytes *spare, cnn_error *error);
/* Serialise: values go to the sink from where they lie. NULL: nowhere, to find out whether the network can be written. After a
 * failure the sink got nothing. */
cnn_status cnn_onnx_write(const cnn_net *net, cnn_sink *sink, cnn_error *error);

#endif
