/* Built without libcurl. */
#include "http.h"

#include <stdio.h>

cli_http_end cli_http_get(cli_download *download) {
    snprintf(download->reason, sizeof download->reason,
             "this cnn was built without libcurl: install libcurl4-openssl-dev, configure and build again");
    return CLI_HTTP_FAILED;
}
