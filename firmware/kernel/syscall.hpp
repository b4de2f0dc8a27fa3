// System calls: what user mode asks for.
#pragma once

#include "kernel/thread.hpp"

// Number and arguments are in the thread's registers; puts the result there.
void system_call(Thread& thread);
