// Programs: ELF files in the initrd, and what stands on their stack at the start.
#pragma once

#include "kernel/address_space.hpp"

// Maps the program's segments and its stack; its entry, or 0 if there is no such program or no memory.
uint64_t load_program(AddressSpace& space, const char* name);
// Copies the strings to the top of the stack, with argv below them; the address of argv, or 0 if they are too long.
uint64_t push_arguments(AddressSpace& space, const char* arguments, uint64_t size, uint64_t count);
