/* Built without the tools that make the page. */
#include "explore_page.h"

const cli_explore_page cli_the_explore_page = {0};
