/** What makes shells complete: each asks the program itself, as `PROGRAM __complete WORD…`, what may stand for the last word. */

export const SHELLS = ['bash', 'zsh', 'fish', 'kubectl'] as const;
export type Shell = (typeof SHELLS)[number];

/** @param program The name by which the program is called. */
export const completionScript = (shell: Shell, program: string): string => {
  switch (shell) {
    case 'bash':
      return bash(program, identifier(program));
    case 'zsh':
      return zsh(program, identifier(program));
    case 'fish':
      return fish(program, identifier(program));
    case 'kubectl':
      return KUBECTL;
  }
};

/** A function in a shell may not have a dash in its name. */
const identifier = (program: string): string => `__${program.replaceAll(/\W/g, '_')}_complete`;

/** bash divides words at colons, of which addresses are full: the line is divided anew, and what bash took before a colon is left out of the answers. */
const bash = (program: string, name: string): string => `# bash completion of ${program}
${name}() {
  local line=\${COMP_LINE:0:COMP_POINT} words current answers answer before
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=\${words[-1]}
  before=''
  [[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && before=\${current%"\${current##*:}"}
  [[ $COMP_WORDBREAKS == *=* && $current == --*=* && -z $before ]] && before=\${current%%=*}=
  mapfile -t answers < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  for answer in "\${answers[@]}"; do
    case $answer in
      :0) compopt -o default ;;
      :*) ;;
      *)
        answer=\${answer%%$'\\t'*}
        COMPREPLY+=("\${answer#"$before"}")
        ;;
    esac
  done
}
complete -F ${name} ${program}
`;

const zsh = (program: string, name: string): string => `#compdef ${program}
${name}() {
  local -a values shown
  local answer directive
  for answer in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $answer in
      '') ;;
      :*) directive=$answer ;;
      *)
        values+=("\${answer%%$'\\t'*}")
        shown+=("\${answer/$'\\t'/  -- }")
        ;;
    esac
  done
  (( \${#values} )) && compadd -d shown -a values
  [[ $directive == :0 ]] && _files
}
compdef ${name} ${program}
`;

const fish = (program: string, name: string): string => `# fish completion of ${program}
function ${name}
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for answer in ($words[1] __complete $words[2..] "$current" 2>/dev/null)
    switch $answer
      case ':0'
        __fish_complete_path "$current"
      case ':*'
      case '*'
        echo $answer
    end
  end
end
complete -c ${program} -f -a '(${name})'
`;

/** As kubectl asks for it: an executable file of the name kubectl_complete-kea, beside the plugin. */
const KUBECTL = `#!/bin/sh
exec kubectl-kea __complete "$@"
`;
