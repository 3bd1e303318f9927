namespace MarbleRun.Cli.Help;

/// <summary>Scripts that ask this program for the words that can follow: <c>marblerun "[suggest:POSITION]" "COMMAND LINE"</c>.</summary>
internal static class CompletionScripts
{
    public const string Bash = """
        # bash completion for marblerun: source <(marblerun completion bash)
        _marblerun() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(marblerun "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _marblerun marblerun

        """;

    public const string Zsh = """
        #compdef marblerun
        # zsh completion for marblerun: source <(marblerun completion zsh), after compinit
        _marblerun() {
            local line="${(j: :)words[1,CURRENT]}"
            local -a words_found
            words_found=(${(f)"$(marblerun "[suggest:${#line}]" "${line}" 2>/dev/null)"})
            if (( ${#words_found} )); then
                compadd -a words_found
            else
                _files
            fi
        }
        compdef _marblerun marblerun

        """;

    public const string Fish = """
        # fish completion for marblerun: marblerun completion fish | source
        function __marblerun_complete
            set -l line (commandline -cp)
            marblerun "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c marblerun -a '(__marblerun_complete)'

        """;

    public const string PowerShell = """
        # PowerShell completion for marblerun: marblerun completion powershell | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName marblerun -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            marblerun "[suggest:$cursorPosition]" "$commandAst" 2>$null |
                Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }

        """;
}
