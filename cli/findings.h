/* The findings of the doctor, as text and as JSON. */
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include <cnn_doctor.h>

#include <jansson.h>

const char *cli_severity_word(cnn_severity severity); /* "fault", "warning" */

/* "test 17: the same as training 4711", or the file's name instead of the number; for free(). */
char *cli_finding_image(const cnn_found_image *image, cnn_data *const *parts);

/* `parts`: the data by cnn_split, for the names of images. Prints nothing where there is no finding. */
void cli_findings_print(const cnn_diagnosis *diagnosis, cnn_data *const *parts);
json_t *cli_findings_json(const cnn_diagnosis *diagnosis, cnn_data *const *parts);

#endif
