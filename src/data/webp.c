/* WebP by libwebp; of an animation the first frame. */
#include "data/formats.h"

#include "base/memory.h"
#include "data/orient.h"

#include <webp/decode.h>
#include <webp/demux.h>

static cnn_status damaged(const cnn_encoded *file, const char *what, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged WebP: %s", file->name, what);
}

static int find_orientation(const WebPDemuxer *demuxer) {
    WebPChunkIterator chunk;
    int orientation = 0;
    if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk))
        orientation = cnn_exif_orientation(chunk.chunk.bytes, chunk.chunk.size);
    WebPDemuxReleaseChunkIterator(&chunk);
    return orientation;
}

/* Decode the frame into its place on the canvas; what it leaves free stays transparent. */
static cnn_status read_frame(const cnn_encoded *file, const WebPIterator *frame, cnn_image *image,
                             cnn_error *error) {
    bool covers = frame->width == image->width && frame->height == image->height;
    if (frame->width < 1 || frame->height < 1 || frame->x_offset + frame->width > image->width ||
        frame->y_offset + frame->height > image->height)
        return damaged(file, "its first frame lies outside the image", error);
    image->channels = frame->has_alpha || !covers ? 4 : 3;
    cnn_status status = cnn_image_reserve(image, file, error);
    if (status != CNN_OK)
        return status;
    int64_t row = image->width * image->channels;
    int64_t first = frame->y_offset * row + frame->x_offset * image->channels;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return damaged(file, "this libwebp is not the one that was compiled with", error);
    config.output.colorspace = image->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){
        .rgba = image->pixels + first, .stride = (int)row, .size = (size_t)(image->height * row - first)};
    const VP8StatusCode code = WebPDecode(frame->fragment.bytes, frame->fragment.size, &config);
    if (code == VP8_STATUS_OUT_OF_MEMORY)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: decoding %s", file->name);
    return code == VP8_STATUS_OK ? CNN_OK : damaged(file, "its pixels cannot be decoded", error);
}

/* The first frame on a canvas of the file's size; what it does not cover is transparent. */
static cnn_status read_canvas(const cnn_encoded *file, const WebPDemuxer *demuxer, cnn_image *image,
                              cnn_error *error) {
    WebPIterator frame;
    image->width = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH);
    image->height = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT);
    image->orientation = find_orientation(demuxer);
    if (!WebPDemuxGetFrame(demuxer, 1, &frame))
        return damaged(file, "no frame", error);
    cnn_status status = read_frame(file, &frame, image, error);
    WebPDemuxReleaseIterator(&frame);
    return status;
}

cnn_status cnn_webp_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    const WebPData data = {file->bytes, file->size};
    WebPDemuxer *demuxer = WebPDemux(&data);
    if (!demuxer)
        return damaged(file, "the file is truncated, or its chunks are inconsistent", error);
    cnn_status status = read_canvas(file, demuxer, image, error);
    WebPDemuxDelete(demuxer);
    return status;
}
