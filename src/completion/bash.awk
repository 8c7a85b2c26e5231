# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the completion for bash, see tables.awk.

function both(i, before)
{
	return (short[i] ? before short[i] : "") (short[i] && long[i] ? "|" : "") \
		(long[i] ? before long[i] : "")
}

END {
	print "# Completion of portwatch for bash. Generated from the program's own option tables.\n"
	print "_portwatch_ports() {"
	print "\t{ \"$1\" list --listening --no-header || ss -Hltun; } 2>/dev/null |"
	print "\t\tawk '$1 ~ /^(tcp|udp)/ { for (i = 3; i < 6; i++) if (sub(/.*:/, \"\", $i)) { print $i; break } }' |"
	print "\t\tsort -nu"
	print "}\n"
	print "# Those that have a port: with \"comm\" their names."
	print "_portwatch_holders() {"
	print "\tlocal pid pids"
	print "\tpids=$(\"$1\" list --pids 2>/dev/null)"
	print "\tfor pid in $pids; do"
	print "\t\tif [[ $2 != comm ]]; then echo \"$pid\"; else cat \"/proc/$pid/comm\" 2>/dev/null; fi"
	print "\tdone | grep -v ' ' | sort -u"
	print "}\n"
	print "_portwatch_options() {\n\tcase $1 in"
	for (c = 1; c <= nr_commands; c++) {
		line = ""
		for (i = 1; i <= nr_options; i++)
			if (of[i] == names[c])
				line = line " " (long[i] ? long[i] : short[i])
		if (line)
			printf "\t%s) echo '%s' ;;\n", names[c], substr(line, 2)
	}
	line = ""
	for (i = 1; i <= nr_options; i++)
		if (of[i] == "*")
			line = line " " (long[i] ? long[i] : short[i])
	printf "\tesac\n\techo '%s'\n}\n\n", substr(line, 2)

	print "# Sets kind and words to what the option takes."
	print "_portwatch_value() {\n\tcase $1:$2 in"
	for (i = 1; i <= nr_options; i++)
		if (kind[i] != "")
			printf "\t%s) kind=%s words='%s' ;;\n", both(i, of[i] ":"), kind[i], words[i]
	print "\tesac\n}\n"
	line = ""
	for (c = 1; c <= nr_commands; c++)
		line = line " " names[c]
	printf "_portwatch_commands='%s'\n", substr(line, 2)
	line = ""
	for (c = 1; c <= nr_commands; c++)
		if (takes_ports[names[c]])
			line = line "|" names[c]
	printf "_portwatch_port_commands='^(%s)$'\n\n", substr(line, 2)
	while ((getline line < tail) > 0)
		print line
}
