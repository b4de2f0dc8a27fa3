// Text on the firmware's console.
#pragma once

#include <stddef.h>
#include <stdint.h>

void console_write(const char* text, size_t size);
void print(const char* text, ...);
// Prints and powers off with a failure.
[[noreturn]] void panic(const char* text, ...);
