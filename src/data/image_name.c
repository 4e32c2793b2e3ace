/* Which files are pictures, by their names. */
#include "base/status.h"

#include <string.h>
#include <strings.h>

bool cnn_is_image_name(const char *path) {
    static const char *const endings[] = {".png", ".jpg", ".jpeg"};
    const char *ending = strrchr(path, '.');
    for (size_t i = 0; ending && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(ending, endings[i]) == 0)
            return true;
    return false;
}
