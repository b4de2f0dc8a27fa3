// Memory that several processes see, by name.
#pragma once

#include "kernel/thread.hpp"

// Maps the memory of this name, which is made if it is not there yet; its user address, or kFailed.
int64_t map_shared(Process& process, const char* name, uint64_t size);
