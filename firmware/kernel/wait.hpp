// Waiting and waking by channel: a channel is any number that both sides agree on, mostly the address of what is awaited.
#pragma once

#include "kernel/thread.hpp"

// Whoever waits looks again after it returned: a process that ends wakes all its threads, and they wait no more, unless
// for what is sure to come.
enum class Wait { kUntilEnd, kInAnyCase };
void wait_for(uint64_t channel, Wait kind = Wait::kUntilEnd);
// At most `most` of those that wait, first come first served. Returns how many.
unsigned wake(uint64_t channel, unsigned most = ~0u);
// One thread, whatever it waits for.
void wake_thread(Thread& thread);

inline uint64_t channel_of(const void* object) { return reinterpret_cast<uint64_t>(object); }
