_portwatch_offer() {
	mapfile -t COMPREPLY < <(compgen "$@")
}

# $1: the program, $2: the word to complete
_portwatch() {
	local cur=$2 command='' kind='' words='' word i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		# What follows -- is a command line of its own.
		[[ $word != -- ]] || return
		kind='' words=''
		[[ $word != -* ]] || _portwatch_value "${command:-stream}" "$word"
		if [[ -n $kind ]]; then
			((i++))
			[[ $i = "$COMP_CWORD" || ${COMP_WORDS[i]} != = ]] || ((i++))
		elif [[ -z $command && $word = --free ]]; then
			command=free
		elif [[ -z $command && " $_portwatch_commands " = *" $word "* ]]; then
			command=$word
		elif [[ -z $command && $word != -* ]]; then
			command='who'
		fi
	done
	# Past the end: the last option takes the word to complete. bash makes a word of "=".
	if ((i > COMP_CWORD)) || [[ $cur = = && -n $kind ]]; then
		[[ $cur != = ]] || cur=
		case $kind in
		words) _portwatch_offer -W "$words" -- "$cur" ;;
		list) _portwatch_offer -P "${cur%"${cur##*,}"}" -W "$words" -- "${cur##*,}" ;;
		port) _portwatch_offer -W "$(_portwatch_ports "$1")" -- "$cur" ;;
		pid | comm)
			_portwatch_offer -P "${cur%"${cur##*,}"}" -W "$(_portwatch_holders "$1" "$kind")" -- "${cur##*,}"
			;;
		user) _portwatch_offer -u -- "$cur" ;;
		netns) _portwatch_offer -W "self all $(ls /run/netns 2>/dev/null)" -- "$cur" ;;
		signal) _portwatch_offer -W "$("$1" free -l 2>/dev/null)" -- "$cur" ;;
		file) compopt -o filenames && _portwatch_offer -f -- "$cur" ;;
		dir) compopt -o filenames && _portwatch_offer -d -- "$cur" ;;
		esac
	elif [[ $cur = -* ]]; then
		words=$(_portwatch_options "${command:-stream}")
		[[ -n $command ]] || words+=' --free'
		_portwatch_offer -W "$words" -- "$cur"
	elif [[ $command = help ]]; then
		_portwatch_offer -W "$_portwatch_commands" -- "$cur"
	elif [[ -z $command ]]; then
		compopt -o nosort 2>/dev/null
		_portwatch_offer -W "$_portwatch_commands $(_portwatch_ports "$1")" -- "$cur"
	elif [[ $command =~ $_portwatch_port_commands ]]; then
		_portwatch_offer -W "$(_portwatch_ports "$1")" -- "$cur"
	fi
}

complete -F _portwatch portwatch
