# What zsh offers at the end of a line, a word a line: the key is pressed in an interactive one, whose
# compadd tells what it was given.
#
#   zsh -f zsh-complete.zsh FOLDER-OF-_portwatch LINE
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PS2=; unset zle_bracketed_paste; unsetopt prompt_cr prompt_sp
fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -D -u
leave() { BUFFER=; print -r -- @done }; zle -N leave; bindkey '^K' leave; bindkey '^I' complete-word"
zpty -w shell 'compadd() {
	typeset -a hits
	[[ ${@[1,(i)(-|--)]} = *-[OAD]* ]] || { builtin compadd -A hits "$@"; print -rl -- "@w "$^hits }
	builtin compadd "$@"
}
print @ready'
while zpty -r shell out; do [[ $out != @ready* ]] || break; done
zpty -w -n shell "$2"$'\t\v'
while zpty -r shell out; do
	out=${${out//$'\r'}%$'\n'}
	[[ $out != *'@w '* ]] || print -r -- "${out##*@w }"
	[[ $out != *@done* ]] || break
done
zpty -d shell
