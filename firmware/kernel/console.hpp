// Text on the firmware's console.
#pragma once

#include <stddef.h>
#include <stdint.h>

void console_write(const char* text, size_t size);
void print(const char* text, ...);
// Ends the machine, with a status from 0 to 255 where it can take one.
[[noreturn]] void power_off(uint64_t status);
// Prints and powers off with a failure.
[[noreturn]] void panic(const char* text, ...);
