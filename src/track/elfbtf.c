// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/elfbtf.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define NAME ".BTF"

static bool within(uint64_t at, uint64_t len, size_t size)
{
	return at <= size && len <= size - at;
}

/* Copied: the file may lie at any address. */
static int header(const void *elf, size_t size, const Elf64_Ehdr *e, size_t index, Elf64_Shdr *ret)
{
	uint64_t at = e->e_shoff + index * sizeof(*ret);

	if (index >= e->e_shnum || e->e_shoff > size || !within(at, sizeof(*ret), size))
		return -EINVAL;
	memcpy(ret, (const char *)elf + at, sizeof(*ret));
	return ret->sh_type == SHT_NOBITS || within(ret->sh_offset, ret->sh_size, size) ? 0 :
											  -EINVAL;
}

static bool is_named(const void *elf, const Elf64_Shdr *names, const Elf64_Shdr *section)
{
	return within(section->sh_name, sizeof(NAME), names->sh_size) &&
	       !memcmp((const char *)elf + names->sh_offset + section->sh_name, NAME, sizeof(NAME));
}

int elfbtf_find(const void *elf, size_t size, const void **ret, size_t *ret_size)
{
	Elf64_Shdr names, section;
	Elf64_Ehdr e;
	int err;

	if (size < sizeof(e))
		return -EINVAL;
	memcpy(&e, elf, sizeof(e));
	if (memcmp(e.e_ident, ELFMAG, SELFMAG) || e.e_ident[EI_CLASS] != ELFCLASS64 ||
	    e.e_shentsize != sizeof(section))
		return -EINVAL;
	err = header(elf, size, &e, e.e_shstrndx, &names);
	if (err)
		return err;
	if (names.sh_type == SHT_NOBITS)
		return -EINVAL;
	for (size_t i = 1; i < e.e_shnum; i++) {
		err = header(elf, size, &e, i, &section);
		if (err)
			return err;
		if (section.sh_type == SHT_NOBITS || !is_named(elf, &names, &section))
			continue;
		*ret = (const char *)elf + section.sh_offset;
		*ret_size = section.sh_size;
		return 0;
	}
	return -ENOENT;
}
