# SPDX-License-Identifier: GPL-2.0-or-later
#
# Print for each module the modules whose functions or variables it uses, as pairs for tsort(1). The lines
# of the input are: MODULE, the letter that nm(1) gives to a symbol, and the symbol.

$2 ~ /[A-TV-Z]/ { home[$3] = $1 }
$2 == "U" { needs[++n] = $1; symbol[n] = $3 }
END {
	for (i = 1; i <= n; i++)
		if (symbol[i] in home && home[symbol[i]] != needs[i])
			print needs[i], home[symbol[i]]
}
