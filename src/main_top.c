// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/again.h"
#include "cmd/cmd.h"
#include "cmd/start.h"

int main(int argc, char **argv)
{
	again_remember(cmd_top.name, argc, argv);
	start_program();
	return cmd_top.run(&cmd_top, argc, argv);
}
