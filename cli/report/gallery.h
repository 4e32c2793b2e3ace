/* Images side by side, each with its name and what the network answers. */
#ifndef CLI_REPORT_GALLERY_H
#define CLI_REPORT_GALLERY_H

#include "facts.h"

/* `second`: with the next probable class. */
void cli_gallery(cli_html *html, const cli_facts *facts, const int64_t *images, int64_t count, bool second);
/* "9 99.8 %; label 4" with the file's name below, as <figcaption>. */
void cli_gallery_caption(cli_html *html, const cli_facts *facts, int64_t image, bool second);

#endif
