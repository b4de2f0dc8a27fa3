// Processes and their threads: beginning and ending them.
#pragma once

#include "kernel/thread.hpp"

inline constexpr unsigned kMaxProcesses = 64;

// How many ASIDs the machine has, or the boot arguments leave it: 1 means none but 0.
struct AddressSpaceOptions {
  uint64_t asid_count = 1;
  bool flushes_kernel = false;  // a flush at a switch takes the kernel's global translations along
};
extern AddressSpaceOptions address_space_options;
void probe_asids(uint64_t most_bits);

// Negative: no such program or no room. `arguments` are `count` strings behind each other, the program's name first.
int64_t spawn(Process* parent, const char* arguments, uint64_t size, uint64_t count);
int64_t fork(Thread& thread);
// Waits for a child and frees it; its status, or kFailed.
int64_t wait_for_process(uint64_t id);
Process* find_process(uint64_t id);

// Ready to be made so; nullptr: no memory.
Thread* create_thread(Process& process, uint64_t entry, uint64_t stack, uint64_t argument0, uint64_t argument1);
[[noreturn]] void end_thread();
// All threads of the process end as soon as they are about to return to user mode. Returns.
void end_process(Process& process, int64_t status);
void free_ended_thread();

// nullptr: no process, only the kernel.
void enter_address_space(Process* process);
// Where translations of the process were changed or taken away on this hart.
void fence_address_space(Process& process);
