#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs/troubleshooting.md has every message of the tracker, every reason and loss of doctor.

load lib

@test "each message that the tracker or doctor can give is in docs/troubleshooting.md" {
	cd "$BATS_TEST_DIRNAME/../.." || return
	python3 tests/cli/messages.py src/track/*.c
}
