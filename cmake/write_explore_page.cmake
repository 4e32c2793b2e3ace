# cmake -D OUTPUT=FILE.c -D PAGE=page.html -D STYLE=style.css -D SCRIPT=bundle.js -D ENGINE=engine.wasm -P write_explore_page.cmake
# The page with its style and script, and the engine, as arrays of bytes: cli/explore_page.h.

file(READ ${PAGE} page)
file(READ ${STYLE} style)
file(READ ${SCRIPT} script)
foreach(mark STYLE SCRIPT DATA)
    if(NOT page MATCHES "<!-- ${mark} -->")
        message(FATAL_ERROR "${PAGE} lacks the comment <!-- ${mark} -->")
    endif()
endforeach()
string(REPLACE "<!-- STYLE -->" "<style>\n${style}</style>" page "${page}")
string(REPLACE "<!-- SCRIPT -->" "<script>\n${script}</script>" page "${page}")
file(WRITE ${OUTPUT}.html "${page}")

# The bytes of a file as numbers of C, sixteen a line; the last one is 0.
function(bytes_of file result)
    file(READ ${file} digits HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," numbers "${digits}")
    string(REPEAT "0x..," 16 line)
    string(REGEX REPLACE "(${line})" "\\1\n" numbers "${numbers}")
    set(${result} "${numbers}0" PARENT_SCOPE)
endfunction()
bytes_of(${OUTPUT}.html html)
bytes_of(${ENGINE} engine)

file(WRITE ${OUTPUT} "#include \"explore_page.h\"

static const unsigned char html[] = {
${html}};

static const unsigned char engine[] = {
${engine}};

const cli_explore_page cli_the_explore_page = {html, sizeof html - 1, engine, sizeof engine - 1};
")
