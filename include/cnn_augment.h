/* cnn_augment.h - random changes to training images, new ones in every epoch, so that a network sees each image in many
 * forms. It includes cnn.h, whose rules on errors, threads and NULL hold here, too.
 *
 * What happens to an image depends on the seed, the epoch and the image's number alone: never on threads, batches or
 * the order of images; and what one augmentation draws does not depend on the others. Whatever the order in a list,
 * the changes are made in the order below: first all that move pixels, in a single resampling (bilinear; black comes
 * in), then colours, then erasing, then mixing of two images of a batch. */
#ifndef CNN_AUGMENT_H
#define CNN_AUGMENT_H

#include "cnn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The one list: enumerator, word, default amount, smallest and largest amount, what it does with amount X. */
#define CNN_AUGMENTATION_LIST(X)                                                                             \
    X(CNN_AUGMENT_FLIP, flip, 0.5, 0.01, 1, "mirror left and right with probability X")                      \
    X(CNN_AUGMENT_ALTFLIP, altflip, 1, 1, 1,                                                                 \
      "mirror left and right in every other epoch, half of the images in the odd ones")                      \
    X(CNN_AUGMENT_VFLIP, vflip, 0.5, 0.01, 1, "mirror top and bottom with probability X")                    \
    X(CNN_AUGMENT_CROP, crop, 4, 1, 4096, "pad by X pixels and crop at random: a shift by up to X pixels")   \
    X(CNN_AUGMENT_ROTATE, rotate, 10, 0.1, 180, "turn by up to X degrees")                                   \
    X(CNN_AUGMENT_SHEAR, shear, 10, 0.1, 80, "shear along the rows by up to X degrees")                      \
    X(CNN_AUGMENT_ZOOM, zoom, 0.1, 0.001, 0.9, "scale by 1 - X to 1 + X")                                    \
    X(CNN_AUGMENT_TRANSLATE, translate, 0.1, 0.001, 1, "move by up to X times height and width")             \
    X(CNN_AUGMENT_RESIZEDCROP, resizedcrop, 0.35, 0.01, 1,                                                   \
      "cut out X to all of the area, sides 3:4 to 4:3, and scale it to the whole")                           \
    X(CNN_AUGMENT_BRIGHTNESS, brightness, 0.4, 0.001, 1, "multiply values by 1 - X to 1 + X")                \
    X(CNN_AUGMENT_CONTRAST, contrast, 0.4, 0.001, 1, "distances from the mean grey by 1 - X to 1 + X")       \
    X(CNN_AUGMENT_SATURATION, saturation, 0.4, 0.001, 1, "distances from grey by 1 - X to 1 + X")            \
    X(CNN_AUGMENT_HUE, hue, 0.1, 0.001, 0.5, "turn the hue by up to X of the circle")                        \
    X(CNN_AUGMENT_ERASE, erase, 0.25, 0.01, 1,                                                               \
      "with probability X, erase a rectangle of 2 % to 33 % of the area to the mean")                        \
    X(CNN_AUGMENT_CUTOUT, cutout, 8, 1, 4096, "erase a square of X pixels to the mean")                      \
    X(CNN_AUGMENT_MIXUP, mixup, 0.2, 0.01, 100, "blend images and labels of two, shares from Beta(X, X)")    \
    X(CNN_AUGMENT_CUTMIX, cutmix, 1, 0.01, 100, "paste a rectangle of another image, area from Beta(X, X)")  \
    X(CNN_AUGMENT_RANDAUGMENT, randaugment, 4, 0.1, 10,                                                      \
      "two changes of seven, drawn for each image, at strength X of 10: rotate, shear, zoom, translate, "    \
      "brightness, contrast, saturation")

typedef enum cnn_augmentation_kind {
#define CNN_AUGMENTATION_ENUMERATOR(enumerator, word, amount, min, max, meaning) enumerator,
    CNN_AUGMENTATION_LIST(CNN_AUGMENTATION_ENUMERATOR)
#undef CNN_AUGMENTATION_ENUMERATOR
        CNN_AUGMENT_KINDS /* how many there are */
} cnn_augmentation_kind;

/* Sources: altflip, K. Jordan 2024, arXiv:2404.00498; crop and flip, He et al. 2015, arXiv:1512.03385; resizedcrop,
 * Szegedy et al. 2014, arXiv:1409.4842; randaugment, Cubuk et al. 2019, arXiv:1909.13719; erase, Zhong et al. 2017, arXiv:1708.04896; cutout, DeVries and Taylor 2017,
 * arXiv:1708.04552; mixup, Zhang et al. 2017, arXiv:1710.09412; cutmix, Yun et al. 2019, arXiv:1905.04899. Ranges of
 * colours, rotation and erasing are those of torchvision. */
typedef struct cnn_augmentation {
    cnn_augmentation_kind kind;
    double amount; /* as the list says; 0: the default */
} cnn_augmentation;

/* Read "flip,crop:4,erase:0.25" into augmentations[0 .. *count); an amount that is left out is the default.
 * CNN_ERROR_ARGUMENT names a word that does not exist, with the nearest one, an amount out of range, or what is named
 * twice. */
CNN_API cnn_status cnn_augmentations_parse(const char *text,
                                           cnn_augmentation augmentations[CNN_AUGMENT_KINDS], int *count,
                                           cnn_error *error);

/* What training with this seed sees of image `index` in `epoch` (from 1): C,H,W in 0..1, before normalisation; what is
 * erased is the mean of `data`. Mixing, which takes two images of a batch, is left out. */
CNN_API cnn_status cnn_data_augmented(const cnn_data *data, int64_t index,
                                      const cnn_augmentation *augmentations, int count, uint64_t seed,
                                      int epoch, float *image, cnn_error *error);

#ifdef __cplusplus
}
#endif

#endif
