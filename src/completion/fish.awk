# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the completion for fish, see tables.awk.

function quoted(s)
{
	gsub(/[\\']/, "\\\\&", s)
	return "'" s "'"
}

function values(i)
{
	return kind[i] == ""	  ? "" : \
	       kind[i] == "words" ? " -x -a " quoted(words[i]) : \
	       kind[i] == "list"  ? " -x -a " quoted("(__fish_complete_list , 'string split \" \" \"" words[i] "\"')") : \
	       kind[i] == "file"  ? " -r -F" : \
	       kind[i] == "dir"	  ? " -x -a '(__fish_complete_directories)'" : \
	       kind[i] == "user"  ? " -x -a '(__fish_complete_users)'" : \
	       kind[i] == "any"	  ? " -x" : " -x -a '(__portwatch_" kind[i] "s)'"
}

END {
	print "# Completion of portwatch for fish. Generated from the program's own option tables.\n"
	line = ""
	for (c = 1; c <= nr_commands; c++)
		line = line " " names[c]
	printf "set -g __portwatch_commands%s\n\n", line
	while ((getline line < tail) > 0)
		print line
	print "# Commands first, then ports."
	print "function __portwatch_first"
	for (c = 1; c <= nr_commands; c++)
		printf "    printf '%%s\\t%%s\\n' %s %s\n", names[c], quoted(about[names[c]])
	print "    __portwatch_ports\nend\n"
	print "complete -c portwatch -f"
	for (c = 1; c <= nr_commands; c++) {
		printf "complete -c portwatch -n '__portwatch_in help' -a %s -d %s\n", names[c], quoted(about[names[c]])
		if (takes_ports[names[c]])
			printf "complete -c portwatch -n '__portwatch_in %s' -a '(__portwatch_ports)' -d port\n", names[c]
	}
	print "complete -c portwatch -n '__portwatch_in none' -k -a '(__portwatch_first)'"
	print "complete -c portwatch -n '__portwatch_in none' -l free -d 'stop the owners of a port'"
	for (i = 1; i <= nr_options; i++) {
		condition = of[i] == "*" ? "" : \
			" -n '__portwatch_in " of[i] (of[i] == "stream" ? " none" : "") "'"
		printf "complete -c portwatch%s%s%s%s -d %s\n", condition, short[i] ? " -s " substr(short[i], 2) : "",
			long[i] ? " -l " substr(long[i], 3) : "", values(i), quoted(text[i])
	}
}
