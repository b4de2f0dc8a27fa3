// Upcalls: the kernel tells a user-level scheduler when a kernel thread blocks and when it is back.
#pragma once

#include "kernel/thread.hpp"

// The current thread is about to wait: another activation is to go on in its place.
void upcall_blocked(Thread& thread);
// On the way to user mode: one that was away does not just go on, its scheduler decides when it does.
void upcall_unblocked(Thread& thread);
void park(Thread& thread);
void unpark(Process& process);
