# Completion of tarr-steps in bash. What may stand where is known by the program alone.
_tarr_steps() {
    local words cur line IFS=$' \t\n'
    # By blanks, not by COMP_WORDS: bash also breaks words at ":" and "=", which stand in names of ours.
    read -r -a words <<<"${COMP_LINE:0:COMP_POINT}"
    while [ "${#words[@]}" -gt 1 ] && [ "${words[0]##*/}" != tarr-steps ]; do words=("${words[@]:1}"); done
    case "${COMP_LINE:0:COMP_POINT}" in *[[:space:]]) words+=("") ;; esac
    cur="${words[${#words[@]} - 1]}"
    # Of a word that bash broke, only what is behind the last break is replaced.
    local kept="${cur%"${cur##*[:=]}"}"
    COMPREPLY=()
    while IFS=$'\t' read -r line _; do
        if [ "$line" = :files ]; then
            compopt -o default 2>/dev/null
            return
        fi
        case "$line" in
            *[=:]) compopt -o nospace 2>/dev/null ;;
        esac
        COMPREPLY+=("${line#"$kept"}")
    done < <(tarr-steps complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _tarr_steps tarr-steps
