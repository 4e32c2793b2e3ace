/* The sections of a report, in their order: one file section_NAME.c each. */
#ifndef CLI_REPORT_SECTIONS_H
#define CLI_REPORT_SECTIONS_H

#include "facts.h"

/* Name (also the section's id in the page), title. */
#define CLI_SECTIONS(X)                                                                                      \
    X(glance, "At a glance")                                                                                 \
    X(doctor, "Findings of the doctor")                                                                      \
    X(curves, "Training")                                                                                    \
    X(confusion, "Confusion matrix")                                                                         \
    X(classes, "Classes")                                                                                    \
    X(calibration, "Calibration")                                                                            \
    X(mistakes, "Most confident mistakes")                                                                   \
    X(uncertain, "Least certain answers")                                                                    \
    X(attention, "Where the network looks")                                                                  \
    X(filters, "Filters of the first layer")                                                                 \
    X(maps, "Feature maps")                                                                                  \
    X(patches, "What excites each channel")                                                                  \
    X(lab, "Figures of the lab")                                                                             \
    X(model, "Model")                                                                                        \
    X(repeat, "To repeat the run")

/* Each writes what stands below its title. CNN_ERROR_UNSUPPORTED: the message stands there instead; any other failure is
 * one of the report. */
#define CLI_DECLARE_SECTION(name, title)                                                                     \
    cnn_status cli_section_##name(cli_html *html, const cli_facts *facts, cnn_error *error);
CLI_SECTIONS(CLI_DECLARE_SECTION)
#undef CLI_DECLARE_SECTION

/* Say that something is not there: <p class=missing>. */
void cli_section_lacks(cli_html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same where the network gives no scores of classes; returns whether it does. */
bool cli_section_needs_scores(cli_html *html, const cli_facts *facts);

#endif
