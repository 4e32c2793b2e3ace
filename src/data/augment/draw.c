/* What is drawn for an image: numbers from (seed, epoch, image) alone. */
#include "data/augment/augment.h"

#include "base/numbers.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

static const double DEGREE = 3.14159265358979323846 / 180;

/* What all draws for an image come from. */
typedef struct source {
    const cnn_augmenting *augmenting;
    uint64_t image; /* random bits of seed, epoch and image */
    int64_t height, width;
} source;

static bool wants(const source *s, cnn_augmentation_kind kind) {
    return s->augmenting->amount[kind] > 0;
}

/* A generator of its own for each kind, so that adding one changes nothing about the others. */
static cnn_random generator(const source *s, cnn_augmentation_kind kind) {
    cnn_random random;
    cnn_random_seed(&random, cnn_random_hash(s->image, (uint64_t)kind + 1));
    return random;
}

/* -amount <= value < amount */
static double draw_within(cnn_random *random, double amount) {
    return (2 * cnn_random_uniform(random) - 1) * amount;
}

/* 0 where the kind is not wanted. */
static double draw_amount(const source *s, cnn_augmentation_kind kind) {
    if (!wants(s, kind))
        return 0;
    cnn_random random = generator(s, kind);
    return draw_within(&random, s->augmenting->amount[kind]);
}

static bool draw_chance(const source *s, cnn_augmentation_kind kind) {
    if (!wants(s, kind))
        return false;
    cnn_random random = generator(s, kind);
    return cnn_random_uniform(&random) < s->augmenting->amount[kind];
}

/* ---- What moves whole pixels ------------------------------------------------------------------------ */

/* -farthest .. farthest from 32 random bits. */
static int64_t draw_shift(uint32_t bits, int64_t farthest) {
    return (int64_t)(((uint64_t)bits * (uint64_t)(2 * farthest + 1)) >> 32) - farthest;
}

/* Which half of the images is mirrored in the odd epochs. */
static bool alternates(const source *s, int64_t epoch, int64_t index) {
    const uint64_t bits =
        cnn_random_hash(cnn_random_hash(s->augmenting->seed, CNN_AUGMENT_ALTFLIP), (uint64_t)index);
    return ((bits ^ (uint64_t)epoch) & 1) != 0;
}

static void draw_moves(const source *s, int64_t epoch, int64_t index, cnn_changes *changes) {
    changes->mirror = draw_chance(s, CNN_AUGMENT_FLIP);
    if (wants(s, CNN_AUGMENT_ALTFLIP))
        changes->mirror ^= alternates(s, epoch, index);
    changes->flip = draw_chance(s, CNN_AUGMENT_VFLIP);
    if (!wants(s, CNN_AUGMENT_CROP))
        return;
    const int64_t farthest = (int64_t)s->augmenting->amount[CNN_AUGMENT_CROP];
    changes->down = draw_shift((uint32_t)(s->image >> 32), farthest);
    changes->right = draw_shift((uint32_t)s->image, farthest);
}

/* ---- The warp --------------------------------------------------------------------------------------- */

/* first * second, both maps of points (y, x, 1). */
static void compose(double first[2][3], double second[2][3]) {
    double product[2][3];
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            product[i][j] =
                first[i][0] * second[0][j] + first[i][1] * second[1][j] + (j == 2 ? first[i][2] : 0);
    memcpy(first, product, sizeof product);
}

/* About the middle of the image: the inverse of turning, shearing and scaling, then of moving. */
static void draw_affine(const source *s, double warp[2][3]) {
    const double turn = draw_amount(s, CNN_AUGMENT_ROTATE) * DEGREE,
                 shear = tan(draw_amount(s, CNN_AUGMENT_SHEAR) * DEGREE);
    const double scale = 1 / (1 + draw_amount(s, CNN_AUGMENT_ZOOM));
    const double y = (double)(s->height - 1) / 2, x = (double)(s->width - 1) / 2;
    double to_middle[2][3] = {{1, 0, -y}, {0, 1, -x}}, back[2][3] = {{1, 0, y}, {0, 1, x}};
    double linear[2][3] = {
        {scale * cos(turn), -scale * sin(turn), 0},
        {scale * (sin(turn) + shear * cos(turn)), scale * (cos(turn) - shear * sin(turn)), 0}};
    if (wants(s, CNN_AUGMENT_TRANSLATE)) {
        cnn_random random = generator(s, CNN_AUGMENT_TRANSLATE);
        to_middle[0][2] -=
            draw_within(&random, s->augmenting->amount[CNN_AUGMENT_TRANSLATE]) * (double)s->height;
        to_middle[1][2] -=
            draw_within(&random, s->augmenting->amount[CNN_AUGMENT_TRANSLATE]) * (double)s->width;
    }
    compose(warp, back);
    compose(warp, linear);
    compose(warp, to_middle);
}

/* A part of the image, drawn by torchvision's rules, becomes the whole: its corner pixels those of the image. */
static void draw_resized_crop(const source *s, double warp[2][3]) {
    cnn_random random = generator(s, CNN_AUGMENT_RESIZEDCROP);
    const double least = s->augmenting->amount[CNN_AUGMENT_RESIZEDCROP],
                 area = (double)s->height * (double)s->width;
    for (int attempt = 0; attempt < 10; attempt++) {
        const double wanted = area * (least + (1 - least) * cnn_random_uniform(&random));
        const double ratio = exp(log(4.0 / 3) * (2 * cnn_random_uniform(&random) - 1));
        const double height = sqrt(wanted / ratio), width = sqrt(wanted * ratio);
        if (height > (double)s->height || width > (double)s->width || height < 1 || width < 1)
            continue;
        const double rows = s->height > 1 ? (height - 1) / (double)(s->height - 1) : 1,
                     columns = s->width > 1 ? (width - 1) / (double)(s->width - 1) : 1;
        double part[2][3] = {{rows, 0, ((double)s->height - height) * cnn_random_uniform(&random)},
                             {0, columns, ((double)s->width - width) * cnn_random_uniform(&random)}};
        compose(warp, part);
        return;
    }
}

/* Mirroring and whole pixels as a warp. */
static void start_warp(const source *s, cnn_changes *changes) {
    const double down = changes->flip ? -1 : 1, right = changes->mirror ? -1 : 1;
    const double last_row = changes->flip ? (double)(s->height - 1) : 0,
                 last_column = changes->mirror ? (double)(s->width - 1) : 0;
    const double warp[2][3] = {{down, 0, last_row - down * (double)changes->down},
                               {0, right, last_column - right * (double)changes->right}};
    memcpy(changes->warp, warp, sizeof warp);
}

static void draw_warp(const source *s, cnn_changes *changes) {
    const bool affine = wants(s, CNN_AUGMENT_ROTATE) || wants(s, CNN_AUGMENT_SHEAR) ||
                        wants(s, CNN_AUGMENT_ZOOM) || wants(s, CNN_AUGMENT_TRANSLATE);
    start_warp(s, changes);
    if (affine)
        draw_affine(s, changes->warp);
    if (wants(s, CNN_AUGMENT_RESIZEDCROP))
        draw_resized_crop(s, changes->warp);
    changes->warped = affine || wants(s, CNN_AUGMENT_RESIZEDCROP);
}

/* ---- Colours and erasing ---------------------------------------------------------------------------- */

static void draw_colours(const source *s, cnn_changes *changes) {
    changes->brightness = 1 + draw_amount(s, CNN_AUGMENT_BRIGHTNESS);
    changes->contrast = 1 + draw_amount(s, CNN_AUGMENT_CONTRAST);
    changes->saturation = 1 + draw_amount(s, CNN_AUGMENT_SATURATION);
    changes->hue = draw_amount(s, CNN_AUGMENT_HUE);
    changes->coloured = wants(s, CNN_AUGMENT_BRIGHTNESS) || wants(s, CNN_AUGMENT_CONTRAST) ||
                        wants(s, CNN_AUGMENT_SATURATION) || wants(s, CNN_AUGMENT_HUE);
}

/* 2 % to 33 % of the area, sides 0.3 to 3.3, wholly inside; nothing when ten attempts do not fit. */
static cnn_box draw_rectangle(const source *s, cnn_random *random) {
    const double area = (double)s->height * (double)s->width;
    for (int attempt = 0; attempt < 10; attempt++) {
        const double wanted = area * (0.02 + 0.31 * cnn_random_uniform(random));
        const double ratio = exp(log(0.3) + (log(3.3) - log(0.3)) * cnn_random_uniform(random));
        const int64_t height = llround(sqrt(wanted * ratio)), width = llround(sqrt(wanted / ratio));
        if (height >= s->height || width >= s->width || height < 1 || width < 1)
            continue;
        const int64_t top = cnn_random_below(random, s->height - height + 1),
                      left = cnn_random_below(random, s->width - width + 1);
        return (cnn_box){top, left, top + height, left + width};
    }
    return (cnn_box){0};
}

/* A square whose middle may be anywhere, cut at the image's edges. */
static cnn_box draw_square(const source *s, cnn_random *random, int64_t side) {
    const int64_t top = cnn_random_below(random, s->height) - side / 2,
                  left = cnn_random_below(random, s->width) - side / 2;
    return (cnn_box){cnn_max(top, 0), cnn_max(left, 0), cnn_min(top + side, s->height),
                     cnn_min(left + side, s->width)};
}

static void draw_erased(const source *s, cnn_changes *changes) {
    if (wants(s, CNN_AUGMENT_ERASE)) {
        cnn_random random = generator(s, CNN_AUGMENT_ERASE);
        if (cnn_random_uniform(&random) < s->augmenting->amount[CNN_AUGMENT_ERASE])
            changes->erased[0] = draw_rectangle(s, &random);
    }
    if (wants(s, CNN_AUGMENT_CUTOUT)) {
        cnn_random random = generator(s, CNN_AUGMENT_CUTOUT);
        changes->erased[1] = draw_square(s, &random, (int64_t)s->augmenting->amount[CNN_AUGMENT_CUTOUT]);
    }
}

/* ---- Two of many ------------------------------------------------------------------------------------ */

/* What randaugment draws from, with the amounts at full strength (Cubuk et al. 2019, as torchvision has them). */
static const struct {
    cnn_augmentation_kind kind;
    double most;
} choices[] = {{CNN_AUGMENT_ROTATE, 30},      {CNN_AUGMENT_SHEAR, 17},       {CNN_AUGMENT_ZOOM, 0.3},
               {CNN_AUGMENT_TRANSLATE, 0.45}, {CNN_AUGMENT_BRIGHTNESS, 0.9}, {CNN_AUGMENT_CONTRAST, 0.9},
               {CNN_AUGMENT_SATURATION, 0.9}};

/* The list with two kinds added for this image; the same one twice is one. Grey images have no saturation. */
static cnn_augmenting with_two_more(const cnn_augmenting *augmenting, uint64_t image, int64_t channels) {
    const double strength = augmenting->amount[CNN_AUGMENT_RANDAUGMENT] / 10;
    const int64_t count = (int64_t)(sizeof choices / sizeof choices[0]) - (channels == 3 ? 0 : 1);
    cnn_augmenting all = *augmenting;
    cnn_random random;
    cnn_random_seed(&random, cnn_random_hash(image, CNN_AUGMENT_RANDAUGMENT + 1));
    for (int i = 0; i < 2; i++) {
        const int64_t k = cnn_random_below(&random, count);
        double *amount = &all.amount[choices[k].kind];
        *amount = fmax(*amount, strength * choices[k].most);
    }
    return all;
}

cnn_changes cnn_changes_draw(const cnn_augmenting *augmenting, int64_t epoch, int64_t index,
                             const int64_t shape[3]) {
    const uint64_t image =
        cnn_random_hash(cnn_random_hash(augmenting->seed, (uint64_t)epoch), (uint64_t)index);
    cnn_augmenting more;
    if (augmenting->amount[CNN_AUGMENT_RANDAUGMENT] > 0) {
        more = with_two_more(augmenting, image, shape[0]);
        augmenting = &more;
    }
    const source s = {augmenting, image, shape[1], shape[2]};
    cnn_changes changes = {0};
    draw_moves(&s, epoch, index, &changes);
    draw_warp(&s, &changes);
    draw_colours(&s, &changes);
    draw_erased(&s, &changes);
    return changes;
}
