// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/confirm.h"

#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sleep.h"
#include "sys/signals.h"

/* Room for a word with blanks around it. A longer line is no. */
#define LINE_MAX_LEN 64

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_word(const char *line, size_t len, const char *word)
{
	return len == strlen(word) && !strncasecmp(line, word, len);
}

bool confirm_is_yes(const char *line, size_t len)
{
	while (len && is_blank(*line)) {
		line++;
		len--;
	}
	while (len && is_blank(line[len - 1]))
		len--;
	return is_word(line, len, "y") || is_word(line, len, "yes");
}

void confirm_forget(int fd)
{
	if (isatty(fd))
		tcflush(fd, TCIFLUSH);
}

bool confirm_read(int fd, int signal_fd)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	char line[LINE_MAX_LEN], c;
	size_t len = 0;

	for (;;) {
		if (sleep_until(fds, ARRAY_SIZE(fds), SLEEP_FOREVER, NULL) < 0)
			return false;
		if (fds[1].revents || signals_came())
			return false;
		/* Another signal ended the sleep. A read would wait and not see the one that asks
		 * for the end. */
		if (!fds[0].revents)
			continue;
		/* Read byte by byte: the rest behind the line may be for another process. */
		if (read(fd, &c, 1) != 1)
			return false;
		if (c == '\n')
			break;
		if (len < sizeof(line))
			line[len] = c;
		len++;
	}
	return len <= sizeof(line) && confirm_is_yes(line, len);
}
