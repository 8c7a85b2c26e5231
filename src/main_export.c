// SPDX-License-Identifier: GPL-2.0-or-later
/* `portwatch export`, a program of its own: an HTTP library would slow the start of every query. */
#include "cmd/again.h"
#include "cmd/cmd.h"
#include "cmd/start.h"

int main(int argc, char **argv)
{
	again_remember(cmd_export.name, argc, argv);
	start_program();
	return cmd_export.run(&cmd_export, argc, argv);
}
