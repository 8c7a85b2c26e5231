# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fills in what a manual page shares with the program's own help: the lines
#
#	@synopsis NAME@	@options NAME@	@examples NAME@	@everywhere@	@commands@
#
#   awk -f page.awk -v version=0.1.0 TABLES PAGE.scd | scdoc
#
# TABLES is what packaging/help-tables.sh prints. Of the options those of the set "Everywhere" are
# only in @everywhere@, since each command has them.

BEGIN { FS = "\t" }

function plain(s)
{
	gsub(/[\\*_]/, "\\\\&", s)
	return s
}

# What is to be replaced by the user is in capitals.
function with_values(s)
{
	gsub(/[A-Z][A-Z]+/, "_&_", s)
	return s
}

FNR == 1 { file++ }

file == 1 && $1 == "of" { name = $2 }
file == 1 && $1 == "command" {
	commands = commands sprintf("*%s*\n\t%s.%s\n\n", $2, plain($3), \
		$2 ~ /^(help|version)$/ ? "" : " See *portwatch-" $2 "*(1).")
}
file == 1 && $1 == "synopsis" {
	line = $2
	sub(/^portwatch( (\[[a-z]+\]|[a-z]+))?/, "*&*", line)
	synopsis[name] = with_values(line)
}
file == 1 && $1 == "example" {
	examples[name] = examples[name] sprintf("*%s*\n\t%s\n\n", plain($2), plain($3))
}
file == 1 && $1 == "option" {
	words = ($3 ? "*" $3 "*" : "") ($3 && $4 ? ", " : "") ($4 ? "*" $4 "*" : "")
	entry = sprintf("%s%s\n\t%s\n\n", words, $5 ? " " with_values($5) : "", plain($7))
	if ($2 == "Everywhere") {
		if (!seen[$4]++)
			everywhere = everywhere entry
	} else {
		if (set[name] != $2 && set[name])
			options[name] = options[name] "## " toupper($2) "\n\n"
		set[name] = $2
		options[name] = options[name] entry
	}
}
file == 1 { next }

# Pages begin with .scd's own title, and a comment is one there, too.
/^@[a-z ]+@$/ {
	split(substr($0, 2, length($0) - 2), word, " ")
	text = word[1] == "synopsis"   ? synopsis[word[2]] "\n" : \
	       word[1] == "options"    ? options[word[2]] : \
	       word[1] == "examples"   ? examples[word[2]] : \
	       word[1] == "everywhere" ? everywhere : \
	       word[1] == "commands"   ? commands : ""
	if (text == "") {
		printf "%s:%d: nothing for %s\n", FILENAME, FNR, $0 >"/dev/stderr"
		exit 1
	}
	sub(/\n\n$/, "\n", text)
	printf "%s", text
	next
}
FNR == 1 { $0 = $0 " \"portwatch " version "\" \"portwatch\"" }
{ print }
