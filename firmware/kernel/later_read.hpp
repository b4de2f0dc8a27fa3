// Reads that nobody waits for: a program starts them, and asks later which have ended.
#pragma once

#include "kernel/file.hpp"

// Starts to read the sector with the byte at `offset`, to `to` in the current process. kFailed: no such byte, or no room.
int64_t read_later(const File& file, uint64_t offset, uint64_t to, uint64_t number);
// The number of a read of the current process that has ended, with its data in place; kFailed: none has.
int64_t take_ended_read();
// What to wait for until one has.
uint64_t channel_of_reads(const Process& process);
// Nobody will ask any more.
void abandon_reads(const Process& process);
