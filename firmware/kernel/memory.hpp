// Memory and strings without a C library; for the kernel and for its programs.
#pragma once

#include <stddef.h>
#include <stdint.h>

extern "C" {
void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
int memcmp(const void* a, const void* b, size_t size);
size_t strlen(const char* text);
}

bool equal(const char* a, const char* b);
bool starts_with(const char* text, const char* start);
// Cuts what does not fit; always ends with a zero byte.
void copy_string(char* to, const char* from, size_t room);
// Decimal, up to the first other character.
uint64_t parse_number(const char* text);
