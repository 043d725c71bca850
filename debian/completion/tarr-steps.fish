# Completion of tarr-steps in fish. What may stand where is known by the program alone.
function __tarr_steps_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l found (tarr-steps complete -- $words (commandline -ct) 2>/dev/null)
    if test "$found" = :files
        __fish_complete_path (commandline -ct)
    else if test (count $found) -gt 0
        printf '%s\n' $found
    end
end
complete -c tarr-steps -f -a '(__tarr_steps_complete)'
