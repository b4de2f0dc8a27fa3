// What descriptors name: the console, the ends of pipes, files on the disk.
#pragma once

#include "kernel/thread.hpp"

File* console_file();
// One more descriptor for it; nullptr stays nullptr.
File* share_file(File* file);
void close_file(File* file);
// Both ends, each for one descriptor. False: no room.
bool create_pipe(File*& reader, File*& writer);
// A file of the disk's table; nullptr: there is none of this name.
File* open_file(const char* name);
bool seek_file(File& file, uint64_t offset);
// Where on the disk the byte is; 0: nowhere.
uint64_t sector_of(const File& file, uint64_t offset);

// From or to the current process's memory. They wait where they must. Bytes, or kFailed.
int64_t read_file(File& file, uint64_t to, uint64_t size);
int64_t write_file(File& file, uint64_t from, uint64_t size);
