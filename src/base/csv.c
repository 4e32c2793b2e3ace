#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

char *cnn_csv_field(cnn_csv *csv) {
    char *field = csv->at, *to = field, *from = field;
    bool quoted = *from == '"';
    from += quoted;
    while (*from && (quoted || !strchr(",\r\n", *from))) {
        if (quoted && *from == '"' && *++from != '"') {
            quoted = false;
            break;
        }
        csv->line += *from == '\n';
        *to++ = *from++;
    }
    from += *from == '\r' && from[1] == '\n';
    csv->after = *from;
    if (quoted || (*from && *from != ',' && *from != '\n'))
        return NULL;
    csv->line += *from == '\n';
    csv->at = *from ? from + 1 : from;
    *to = '\0';
    return field;
}
