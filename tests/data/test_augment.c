/* Augmentation: the text form, what each kind does to the pixels, and that draws depend on seed, epoch and image alone. */
#include "support/byte_data.h"
#include "support/cmocka.h"

#include "data/augment/augment.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 8, COLOURS = 3, COUNT = 60, IMAGE = COLOURS * SIDE * SIDE, MANY = 4000 };

static const int64_t shape[3] = {COLOURS, SIDE, SIDE};
static const double DEGREE = 3.14159265358979323846 / 180;

static cnn_data *make_data(void) {
    static uint8_t pixels[COUNT * IMAGE];
    static int32_t labels[COUNT];
    for (int i = 0; i < COUNT * IMAGE; i++)
        pixels[i] = (uint8_t)(1 + (97 * i + i / 256) % 255);
    return byte_data((cnn_input_options){COLOURS, SIDE, SIDE}, COUNT, pixels, labels, 1);
}

static cnn_augmenting augmenting_of(const char *text) {
    cnn_augmentation list[CNN_AUGMENT_KINDS];
    cnn_augmenting augmenting;
    int count;
    assert_int_equal(cnn_augmentations_parse(text, list, &count, NULL), CNN_OK);
    assert_int_equal(cnn_augmenting_make(&augmenting, list, count, 7, COLOURS, false, NULL), CNN_OK);
    return augmenting;
}

/* ---- The text ---- */

static void a_list_is_read_with_amounts_and_defaults(void **state) {
    (void)state;
    cnn_augmentation list[CNN_AUGMENT_KINDS];
    int count;
    assert_int_equal(cnn_augmentations_parse("flip,crop:3,erase:0.5,hue", list, &count, NULL), CNN_OK);
    assert_int_equal(count, 4);
    assert_true(list[0].kind == CNN_AUGMENT_FLIP && list[0].amount == 0.5);
    assert_true(list[1].kind == CNN_AUGMENT_CROP && list[1].amount == 3);
    assert_true(list[2].kind == CNN_AUGMENT_ERASE && list[2].amount == 0.5);
    assert_true(list[3].kind == CNN_AUGMENT_HUE && list[3].amount == 0.1);
}

static void what_is_no_list_is_refused_by_name(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"flipp", "'flipp' is unknown: did you mean flip?"},
        {"", "is not a list of augmentations such as flip,crop:4"},
        {"flip,", "is not a list of augmentations"},
        {"flip,,crop", "is not a list of augmentations"},
        {"crop:", "crop: '' is not a number"},
        {"crop:4x", "crop: '4x' is not a number"},
        {"crop:nan", "crop: 'nan' is not a number"},
        {"crop:2.5", "crop takes whole pixels, not 2.5"},
        {"flip:0", "flip: the amount must be between 0.01 and 1, not 0"},
        {"hue:0.6", "hue: the amount must be between 0.001 and 0.5, not 0.6"},
        {"flip,crop,flip", "flip is named twice"},
        {"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
         "is not a list of augmentations"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cnn_augmentation list[CNN_AUGMENT_KINDS];
        cnn_error error;
        int count;
        assert_int_equal(cnn_augmentations_parse(rows[i].text, list, &count, &error), CNN_ERROR_ARGUMENT);
        if (!strstr(error.message, rows[i].message))
            fail_msg("\"%s\": %s", rows[i].text, error.message);
    }
}

static void what_does_not_suit_the_images_is_refused(void **state) {
    (void)state;
    cnn_augmenting augmenting;
    cnn_error error;
    const cnn_augmentation hue = {CNN_AUGMENT_HUE, 0}, mixup = {CNN_AUGMENT_MIXUP, 0},
                           twice[] = {{CNN_AUGMENT_FLIP, 0}, {CNN_AUGMENT_FLIP, 0}},
                           none = {CNN_AUGMENT_KINDS, 0};
    assert_int_equal(cnn_augmenting_make(&augmenting, &hue, 1, 1, 1, false, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "hue needs images in colour"));
    assert_int_equal(cnn_augmenting_make(&augmenting, &mixup, 1, 1, 3, true, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "mixup mixes labels"));
    assert_int_equal(cnn_augmenting_make(&augmenting, twice, 2, 1, 3, false, &error), CNN_ERROR_ARGUMENT);
    assert_int_equal(cnn_augmenting_make(&augmenting, &none, 1, 1, 3, false, &error), CNN_ERROR_ARGUMENT);
}

/* ---- What moves pixels ---- */

/* One pixel of image `index`, 0..1, C,H,W order as callers see it. */
static float pixel(const cnn_data *data, int64_t index, int c, int y, int x) {
    float image[IMAGE];
    assert_int_equal(cnn_data_images(data, index, 1, image, NULL), CNN_OK);
    return image[(c * SIDE + y) * SIDE + x];
}

static void look(const cnn_data *data, const char *text, int64_t index, int epoch, float image[IMAGE]) {
    cnn_augmentation list[CNN_AUGMENT_KINDS];
    int count;
    assert_int_equal(cnn_augmentations_parse(text, list, &count, NULL), CNN_OK);
    assert_int_equal(cnn_data_augmented(data, index, list, count, 7, epoch, image, NULL), CNN_OK);
}

/* Whether the image is the plain one, mirrored or not along each axis. */
static bool is_turned(const cnn_data *data, int64_t index, bool mirror, bool flip, const float *image) {
    for (int c = 0; c < COLOURS; c++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                if (image[(c * SIDE + y) * SIDE + x] !=
                    pixel(data, index, c, flip ? SIDE - 1 - y : y, mirror ? SIDE - 1 - x : x))
                    return false;
    return true;
}

static void flips_mirror_exactly_and_as_often_as_asked(void **state) {
    (void)state;
    cnn_data *data = make_data();
    float image[IMAGE];
    int mirrored = 0, flipped = 0;
    for (int64_t i = 0; i < COUNT; i++) {
        look(data, "flip:0.3", i, 1, image);
        mirrored += is_turned(data, i, true, false, image);
        assert_true(is_turned(data, i, true, false, image) || is_turned(data, i, false, false, image));
        look(data, "vflip:0.8", i, 1, image);
        flipped += is_turned(data, i, false, true, image);
        assert_true(is_turned(data, i, false, true, image) || is_turned(data, i, false, false, image));
    }
    assert_in_range(mirrored, COUNT * 0.1, COUNT * 0.5);
    assert_in_range(flipped, COUNT * 0.6, COUNT);
    cnn_data_free(data);
}

/* Since draws of one kind do not depend on the others, an image is what it would be with the two kinds alone. */
static void randaugment_is_two_of_seven_for_each_image(void **state) {
    (void)state;
    static const char *const kinds[] = {"rotate:15",       "shear:8.5",       "zoom:0.15",
                                        "translate:0.225", "brightness:0.45", "contrast:0.45",
                                        "saturation:0.45"};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    cnn_data *data = make_data();
    int drawn[KINDS] = {0};
    for (int64_t i = 0; i < COUNT; i++) {
        float image[IMAGE], other[IMAGE];
        int found = 0;
        look(data, "randaugment:5", i, 3, image);
        for (int a = 0; a < KINDS; a++)
            for (int b = a; b < KINDS; b++) {
                char text[64];
                snprintf(text, sizeof text, "%s%s%s", kinds[a], a == b ? "" : ",", a == b ? "" : kinds[b]);
                look(data, text, i, 3, other);
                if (memcmp(image, other, sizeof image) != 0)
                    continue;
                found++;
                drawn[a]++;
                drawn[b]++;
            }
        assert_int_equal(found, 1);
    }
    for (int k = 0; k < KINDS; k++) /* 120 draws: 17 of each on average */
        assert_in_range(drawn[k], 5, 35);
    cnn_data_free(data);
}

static void altflip_mirrors_each_image_in_every_other_epoch(void **state) {
    (void)state;
    cnn_data *data = make_data();
    float image[IMAGE];
    int in_the_first = 0;
    for (int64_t i = 0; i < COUNT; i++) {
        look(data, "altflip", i, 1, image);
        const bool first = is_turned(data, i, true, false, image);
        in_the_first += first;
        for (int epoch = 2; epoch < 6; epoch++) {
            look(data, "altflip", i, epoch, image);
            assert_true(is_turned(data, i, first == (epoch % 2 == 1), false, image));
        }
    }
    assert_in_range(in_the_first, COUNT / 4, COUNT * 3 / 4);
    cnn_data_free(data);
}

/* A mirrored and shifted image through the warp, as when colours change too, is the one that is copied row by row. */
static void the_warp_of_whole_pixels_is_a_copy(void **state) {
    (void)state;
    cnn_data *data = make_data();
    float copied[IMAGE], warped[IMAGE];
    for (int64_t i = 0; i < COUNT; i++) {
        look(data, "flip,vflip,crop:3", i, 2, copied);
        look(data, "flip,vflip,crop:3,rotate:0.1", i, 2,
             warped); /* moves no pixel by more than a hundredth */
        for (int k = 0; k < IMAGE; k++)
            assert_true(fabsf(copied[k] - warped[k]) < 0.05f);
    }
    cnn_data_free(data);
}

static cnn_changes warp_by(double yy, double yx, double y, double xy, double xx, double x) {
    return (cnn_changes){.warp = {{yy, yx, y}, {xy, xx, x}}, .warped = true};
}

static void the_warp_turns_and_interpolates(void **state) {
    (void)state;
    const int64_t small[3] = {1, 2, 2};
    enum { FRAMED = 5 * 5 };
    float to[4], from[FRAMED] = {0};
    assert_int_equal(cnn_framed_values(small), FRAMED);
    for (int i = 0; i < 4; i++)
        cnn_framed_row(small, from, i / 2)[i % 2] = (float)(1 + i);
    const cnn_changes quarter = warp_by(0, 1, 0, -1, 0, 1), half = warp_by(1, 0, 0.5, 0, 1, 0.5),
                      outside = warp_by(1, 0, 5, 0, 1, 0);
    cnn_changes_warp(&quarter, small, from, to); /* the pixel at (y, x) comes from (x, 1 - y) */
    assert_true(to[0] == 2 && to[1] == 4 && to[2] == 1 && to[3] == 3);
    cnn_changes_warp(&half, small, from, to);
    assert_true(to[0] == 2.5f && to[1] == 1.5f && to[2] == 1.75f && to[3] == 1);
    cnn_changes_warp(&outside, small, from, to);
    assert_true(to[0] == 0 && to[3] == 0);
}

/* How the map of a kind moves the middle of the image and a point one pixel to the right of it. */
static void affine_kinds_keep_their_ranges(void **state) {
    (void)state;
    const cnn_augmenting turn = augmenting_of("rotate:20"), zoom = augmenting_of("zoom:0.5"),
                         move = augmenting_of("translate:0.25"), shear = augmenting_of("shear:30");
    const double middle = (SIDE - 1) / 2.0;
    double widest[4] = {0};
    for (int64_t i = 0; i < MANY; i++) {
        const cnn_changes t = cnn_changes_draw(&turn, 1, i, shape), z = cnn_changes_draw(&zoom, 1, i, shape),
                          m = cnn_changes_draw(&move, 1, i, shape), s = cnn_changes_draw(&shear, 1, i, shape);
        const double angle = atan2(t.warp[1][0], t.warp[1][1]), scale = 1 / z.warp[0][0];
        assert_true(fabs(t.warp[0][0] * middle + t.warp[0][1] * middle + t.warp[0][2] - middle) < 1e-9);
        assert_true(fabs(angle) <= 20 * DEGREE + 1e-9);
        assert_true(scale >= 0.5 - 1e-9 && scale <= 1.5 + 1e-9);
        assert_true(fabs(m.warp[0][2]) <= 2 && fabs(m.warp[1][2]) <= 2 && m.warp[0][0] == 1);
        assert_true(fabs(s.warp[1][0]) <= tan(30 * DEGREE) + 1e-9 && s.warp[0][0] == 1);
        widest[0] = fmax(widest[0], fabs(angle));
        widest[1] = fmax(widest[1], scale);
        widest[2] = fmax(widest[2], fabs(m.warp[0][2]));
        widest[3] = fmax(widest[3], fabs(s.warp[1][0]));
    }
    assert_true(widest[0] > 19 * DEGREE && widest[1] > 1.45 && widest[2] > 1.9 && widest[3] > 0.55);
}

static void a_resized_crop_lies_within_the_image(void **state) {
    (void)state;
    const cnn_augmenting crop = augmenting_of("resizedcrop:0.3");
    double least = 1;
    for (int64_t i = 0; i < MANY; i++) {
        const cnn_changes c = cnn_changes_draw(&crop, 1, i, shape);
        const double last = SIDE - 1, rows = c.warp[0][0] * last + 1, columns = c.warp[1][1] * last + 1;
        assert_true(c.warp[0][2] >= 0 && c.warp[0][0] * last + c.warp[0][2] <= last + 1e-9);
        assert_true(c.warp[1][2] >= 0 && c.warp[1][1] * last + c.warp[1][2] <= last + 1e-9);
        assert_true(rows / columns > 0.74 && rows / columns < 1.34);
        least = fmin(least, rows * columns / (SIDE * SIDE));
    }
    assert_true(least >= 0.3 - 1e-9 && least < 0.33);
}

/* ---- Colours and erasing ---- */

static void colours_are_computed_as_torchvision_does(void **state) {
    (void)state;
    const int64_t two[3] = {3, 1, 2};
    const float from[6] = {0.2f, 0.4f, 0.6f, 0.9f, 0.1f, 0.5f};
    const float grey[2] = {0.299f * 0.2f + 0.587f * 0.4f + 0.114f * 0.6f,
                           0.299f * 0.9f + 0.587f * 0.1f + 0.114f * 0.5f};
    const float mean = (grey[0] + grey[1]) / 2;
    static const cnn_changes same = {.brightness = 1, .contrast = 1, .saturation = 1};
    cnn_changes brighter = same, contrast = same, dull = same, turned = same;
    float bright[6], strong[6], pale[6], red[6] = {1, 0, 0, 0.5f, 0.25f, 0.25f};
    memcpy(bright, from, sizeof from);
    memcpy(strong, from, sizeof from);
    memcpy(pale, from, sizeof from);
    brighter.brightness = 1.5;
    contrast.contrast = 0.5;
    dull.saturation = 0;
    turned.hue = 1.0 / 3;
    cnn_changes_colour(&brighter, two, bright);
    cnn_changes_colour(&contrast, two, strong);
    cnn_changes_colour(&dull, two, pale);
    cnn_changes_colour(&turned, two, red);
    for (int i = 0; i < 6; i++) {
        assert_true(fabsf(bright[i] - fminf(1.5f * from[i], 1)) < 1e-6f);
        assert_true(fabsf(strong[i] - (0.5f * from[i] + 0.5f * mean)) < 1e-6f);
        assert_true(fabsf(pale[i] - grey[i / 3]) < 1e-6f);
    }
    const float green[6] = {0, 1, 0, 0.25f, 0.5f, 0.25f};
    for (int i = 0; i < 6; i++)
        assert_true(fabsf(red[i] - green[i]) < 1e-5f);
}

static void erasing_takes_its_share_of_images_and_area(void **state) {
    (void)state;
    const cnn_augmenting erase = augmenting_of("erase:0.4"), cutout = augmenting_of("cutout:4");
    const int64_t large[3] = {1, 40, 40};
    int erased = 0;
    double area = 0;
    for (int64_t i = 0; i < MANY; i++) {
        const cnn_box e = cnn_changes_draw(&erase, 1, i, large).erased[0],
                      c = cnn_changes_draw(&cutout, 1, i, large).erased[1];
        const double part = (double)((e.bottom - e.top) * (e.right - e.left)) / 1600;
        erased += part > 0;
        area += part;
        assert_true(part == 0 || (part > 0.015 && part < 0.345));
        assert_true(e.top >= 0 && e.left >= 0 && e.bottom <= 40 && e.right <= 40);
        assert_true(c.bottom - c.top >= 2 && c.bottom - c.top <= 4 && c.right - c.left <= 4);
    }
    assert_in_range(erased, MANY * 0.36, MANY * 0.44);
    assert_true(area / erased > 0.14 && area / erased < 0.2); /* of 0.02 to 0.33, the largest less often */
}

static void what_is_erased_has_the_mean_of_the_data(void **state) {
    (void)state;
    cnn_data *data = make_data();
    float mean[COLOURS], image[IMAGE];
    int found = 0;
    cnn_data_statistics(data, mean, NULL);
    look(data, "cutout:4", 3, 1, image);
    for (int i = 0; i < SIDE * SIDE; i++)
        found += image[i] == mean[0] && image[SIDE * SIDE + i] == mean[1];
    assert_in_range(found, 4, 16);
    cnn_data_free(data);
}

/* ---- Mixing ---- */

static void mixup_blends_pairs_by_the_share(void **state) {
    (void)state;
    const int64_t one[3] = {1, 1, 1};
    const cnn_mix mix = {.mixed = true, .share = 0.75};
    float images[3] = {0, 10, 4};
    cnn_mix_images(&mix, one, images, 3);
    assert_true(images[0] == 1 && images[1] == 10 && images[2] == 3);
}

static void cutmix_pastes_the_box_of_the_other(void **state) {
    (void)state;
    const int64_t small[3] = {2, 2, 2};
    const cnn_mix mix = {.mixed = true, .share = 0.5, .box = {0, 1, 2, 2}};
    float images[16];
    for (int i = 0; i < 16; i++)
        images[i] = (float)i;
    cnn_mix_images(&mix, small, images, 2);
    const float expected[16] = {0, 1, 10, 11, 4, 5, 14, 15, 8, 9, 2, 3, 12, 13, 6, 7};
    assert_memory_equal(images, expected, sizeof images);
}

static void shares_are_drawn_from_beta(void **state) {
    (void)state;
    const cnn_augmenting even = augmenting_of("mixup:1"), rare = augmenting_of("mixup:0.2"),
                         paste = augmenting_of("cutmix:1"), both = augmenting_of("mixup:1,cutmix:1");
    const int64_t large[3] = {1, 40, 40};
    double mean = 0, square = 0, edges = 0, pasted = 0;
    int boxes = 0;
    for (int64_t b = 0; b < MANY; b++) {
        const double share = cnn_mix_draw(&even, 1, b, large).share,
                     other = cnn_mix_draw(&rare, 1, b, large).share;
        const cnn_mix box = cnn_mix_draw(&paste, 1, b, large);
        mean += share / MANY;
        square += share * share / MANY;
        edges += (other < 0.1 || other > 0.9) / (double)MANY;
        pasted += (1 - box.share) / MANY;
        assert_true(fabs(1 - box.share -
                         (double)((box.box.bottom - box.box.top) * (box.box.right - box.box.left)) / 1600) <
                    1e-12);
        boxes += cnn_mix_draw(&both, 1, b, large).box.bottom > 0;
    }
    assert_true(fabs(mean - 0.5) < 0.02 && fabs(square - 1.0 / 3) < 0.02); /* uniform */
    assert_true(edges > 0.6 && edges < 0.72);                              /* Beta(0.2, 0.2): 0.66 */
    assert_true(pasted > 0.25 && pasted < 0.5); /* 0.5, less what is cut at the edges */
    assert_in_range(boxes, MANY * 0.45, MANY * 0.55);
}

/* ---- What draws depend on ---- */

static void a_draw_does_not_depend_on_the_other_kinds(void **state) {
    (void)state;
    const cnn_augmenting one = augmenting_of("rotate,erase"),
                         all = augmenting_of("erase,brightness,crop:2,rotate");
    for (int64_t i = 0; i < COUNT; i++) {
        const cnn_changes a = cnn_changes_draw(&one, 3, i, shape), b = cnn_changes_draw(&all, 3, i, shape);
        assert_memory_equal(a.erased, b.erased, sizeof a.erased);
        assert_true(a.warp[0][1] == b.warp[0][1] && a.warp[1][0] == b.warp[1][0]);
    }
}

static void another_epoch_image_or_seed_draws_anew(void **state) {
    (void)state;
    cnn_augmenting turn = augmenting_of("rotate");
    const double first = cnn_changes_draw(&turn, 1, 1, shape).warp[0][1];
    assert_true(cnn_changes_draw(&turn, 1, 1, shape).warp[0][1] == first);
    assert_true(cnn_changes_draw(&turn, 2, 1, shape).warp[0][1] != first);
    assert_true(cnn_changes_draw(&turn, 1, 2, shape).warp[0][1] != first);
    turn.seed++;
    assert_true(cnn_changes_draw(&turn, 1, 1, shape).warp[0][1] != first);
}

static void a_look_at_no_image_is_refused(void **state) {
    (void)state;
    cnn_data *data = make_data();
    const cnn_augmentation flip = {CNN_AUGMENT_FLIP, 0};
    float image[IMAGE];
    cnn_error error;
    assert_int_equal(cnn_data_augmented(data, COUNT, &flip, 1, 1, 1, image, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "image 60 of 60 (from 0) does not exist"));
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_with_amounts_and_defaults),
        cmocka_unit_test(what_is_no_list_is_refused_by_name),
        cmocka_unit_test(what_does_not_suit_the_images_is_refused),
        cmocka_unit_test(flips_mirror_exactly_and_as_often_as_asked),
        cmocka_unit_test(randaugment_is_two_of_seven_for_each_image),
        cmocka_unit_test(altflip_mirrors_each_image_in_every_other_epoch),
        cmocka_unit_test(the_warp_of_whole_pixels_is_a_copy),
        cmocka_unit_test(the_warp_turns_and_interpolates),
        cmocka_unit_test(affine_kinds_keep_their_ranges),
        cmocka_unit_test(a_resized_crop_lies_within_the_image),
        cmocka_unit_test(colours_are_computed_as_torchvision_does),
        cmocka_unit_test(erasing_takes_its_share_of_images_and_area),
        cmocka_unit_test(what_is_erased_has_the_mean_of_the_data),
        cmocka_unit_test(mixup_blends_pairs_by_the_share),
        cmocka_unit_test(cutmix_pastes_the_box_of_the_other),
        cmocka_unit_test(shares_are_drawn_from_beta),
        cmocka_unit_test(a_draw_does_not_depend_on_the_other_kinds),
        cmocka_unit_test(another_epoch_image_or_seed_draws_anew),
        cmocka_unit_test(a_look_at_no_image_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
