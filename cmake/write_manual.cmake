# cmake -D CNN=COMMAND -D FOLDER=FOLDER -P write_manual.cmake

function(write file) # ARGUMENT...: what `cnn help` is asked for
    execute_process(COMMAND ${CNN} help ${ARGN} OUTPUT_FILE ${FOLDER}/${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER}/man1)
foreach(shell bash zsh fish)
    write(cnn.${shell} --completion ${shell})
endforeach()
execute_process(COMMAND ${CNN} help --list OUTPUT_VARIABLE names COMMAND_ERROR_IS_FATAL ANY)
string(STRIP "${names}" names)
string(REPLACE "\n" ";" names "${names}")
foreach(name IN LISTS names)
    string(REPLACE " " ";" words "${name}")
    string(REPLACE " " "-" page "${name}")
    write(man1/cnn-${page}.1 --man ${words})
endforeach()
write(man1/cnn.1 --man)
