// Kernel threads, processes and harts: what the kernel knows of each.
#pragma once

#include "kernel/address_space.hpp"
#include "kernel/device_tree.hpp"
#include "kernel/events.hpp"
#include "kernel/syscalls.hpp"

struct Hart;
struct Process;
struct File;

// The registers that a function call preserves (trap.S).
struct Context {
  uint64_t ra, sp, s[12];
};

enum class State : uint8_t { kReady, kRunning, kWaiting, kEnded };

// A user context and the kernel stack on which it is served: both in one block of pages.
struct Thread {
  uint64_t registers[32];     // of user mode: [0] is the pc, [n] is xn
  uint64_t kernel_stack;      // its end
  Hart* hart;                 // the last one it ran on
  Context context;            // in the kernel, while it does not run
  uint64_t floats[33];        // f0 to f31 and fcsr, if uses_floats
  bool uses_floats;
  State state;
  bool is_activation;         // blocks with an upcall
  bool has_lost_hart;         // an activation that blocked: it comes back with an upcall
  unsigned id;
  int pinned_to;              // hart number, or -1
  Process* process;
  Thread* sibling;            // next of the process
  Thread* link;               // next in the run queue, or of those that wait
  Thread* sleeper;            // next in the hart's list of sleepers
  uint64_t waits_for;         // a channel (wait.hpp)
  uint64_t wake_time;         // if it sleeps
  uint64_t virtual_time;      // time run, divided by weight
  uint64_t upcall_stack;      // an activation's
};
static_assert(offsetof(Thread, kernel_stack) == 256 && offsetof(Thread, hart) == 264, "trap.S");

inline constexpr uint64_t kThreadPages = 4;  // the struct Thread at the start, its kernel stack growing down from the end

struct Process {
  unsigned id;                // slot + 1; 0: free
  char name[24];
  AddressSpace space;
  uint64_t asid;
  uint64_t stale_harts;       // bit n: hart n may hold old translations of this ASID, or old code, and must fence before it runs the process
  Process* parent;
  Thread* threads;
  unsigned thread_count;
  bool is_ending, has_ended;
  int64_t status;
  File* files[kMaxDescriptors];
  uint64_t heap;              // next free user address
  uint64_t weight;
  uint64_t cap;               // percent of one hart, or 0
  uint64_t cap_period, cap_used;
  uint64_t run_time;          // timebase ticks
  uint64_t upcall_entry, upcall_stacks, upcall_stack_size, upcall_stack_count, upcall_stacks_used;
  uint64_t unparks;           // kUnpark came before the kPark that it is for
};

struct Hart {
  uint64_t boot_stack;        // first: start.S
  unsigned number;            // 0 to 7, in the device tree's order
  uint64_t id;                // what SBI calls it
  Thread* current;
  Context idle;               // the loop that waits for interrupts
  bool is_idle;
  Thread* ready;              // run queue, least virtual time first
  unsigned ready_count;
  uint64_t least_virtual_time;
  Thread* sleepers;           // soonest first
  Thread* ended;              // cannot free the stack it stands on: the next thread does
  uint64_t since;             // when the current thread began
  uint64_t next_tick, armed;
  uint64_t satp;
};

extern Hart harts[kMaxHarts];
extern unsigned hart_count;

// The kernel keeps the hart in tp. Volatile, for a thread can go on on another hart after any switch.
inline Hart& this_hart() {
  Hart* hart;
  asm volatile("mv %0, tp" : "=r"(hart));
  return *hart;
}
inline Thread* current() { return this_hart().current; }
inline uint64_t now() { return CSR_READ(time); }
