/* The page of `cnn explore` as the build made it of web/: explore_page.c of the build folder, or explore_none.c where the
 * tools are not installed. */
#ifndef CLI_EXPLORE_PAGE_H
#define CLI_EXPLORE_PAGE_H

#include <stddef.h>

typedef struct cli_explore_page {
    const unsigned char
        *html; /* with the comment `<!-- DATA -->` where the data go; NULL: there is no page */
    size_t html_size;
    const unsigned char *engine; /* a WebAssembly module */
    size_t engine_size;
} cli_explore_page;

extern const cli_explore_page cli_the_explore_page;

#endif
