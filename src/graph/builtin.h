/* The built-in models: models/NAME.txt, made part of the library by the build. */
#ifndef CNN_GRAPH_BUILTIN_H
#define CNN_GRAPH_BUILTIN_H

extern const char *const cnn_builtin_names[]; /* "basic", ...: sorted, ended by NULL */
extern const char *const cnn_builtin_texts[]; /* the text of each, in the same order, ended by NULL */

#endif
