// Lab contexts: what has to be saved and restored when a processor, a thread, or a process gives way to
// another. Two user threads call for a switch as often as they can; switch.S has each kind.
//
// Measurement: "switch", from the call in one thread to behind the call in the other.
#include "lib/lab.hpp"
#include "lib/space.hpp"

namespace {

enum Kind : unsigned { kProcessor, kUserThread, kKernelThread, kProcessAsid, kProcessFlush };
enum Fp : unsigned { kOff, kClean, kDirty };

// A thread as switch.S keeps it.
struct alignas(64) Thread {
  uint64_t sepc = 0, x[31] = {};  // x1 to x31
  Thread* next = nullptr;
  uint64_t satp = 0;
  uint64_t f[32] = {}, fcsr = 0;

  uint64_t& reg(unsigned number) { return x[number - 1]; }
};
// What traps use: a stack for those that need one, and behind it the threads.
struct alignas(kPage) {
  uint8_t stack[512];
  Thread threads[2];
} kernel;
// ra, sp, s0 to s11, fs0 to fs11, as user_swaps keeps them; a page that user mode may write.
alignas(kPage) uint64_t user_contexts[kPage / 8];

enum Register : unsigned { kRa = 1, kSp = 2, kS0 = 8, kS1 = 9, kS2 = 18, kS3, kS4, kS5, kS6, kA7 = 17 };

constexpr uint64_t kUserText = 0x100000000, kUserData = kUserText + kPage;
constexpr uint64_t kContextWords = 32;  // of each user-level thread

extern "C" {
extern uint8_t user_page[], user_traps[], user_traps_behind[], user_swaps[], user_swaps_behind[], swap[], swap_with_fp[];
void trap_processor();
void trap_thread();
void trap_process();
void trap_process_flush();
void enter_user(Thread*);
}

uint64_t in_user(const uint8_t* code) { return kUserText + static_cast<uint64_t>(code - user_page); }
uint64_t context_in_user(unsigned who) { return kUserData + who * kContextWords * 8; }

// What a register holds that a thread does not use: no two are the same.
uint64_t pattern(unsigned who, unsigned number) { return 0x1000 * (who + 1) + number; }

void prepare(Kind kind, Fp fp, unsigned who, uint64_t switches, EventName name) {
  Thread& thread = kernel.threads[who];
    const bool is_swap = kind == kUserThread;
  for (unsigned n = 1; n < 32; ++n) thread.reg(n) = pattern(who, n);
  for (unsigned n = 0; n < 32; ++n) thread.f[n] = pattern(who, n);
  thread.fcsr = 0;
  thread.reg(kA7) = 0;
  thread.reg(kS0) = context_in_user(who);
  thread.reg(kS1) = context_in_user(1 - who);
  thread.reg(kS2) = event_word(Event::kMeasureBegin, 0, 0, 0);
  thread.reg(kS3) = event_word(Event::kMeasureEnd, 0, 0, 0);
  thread.reg(kS4) = name.packed;
  thread.reg(kS5) = switches;
  thread.reg(kS6) = is_swap ? in_user(fp == kDirty ? swap_with_fp : swap) : fp == kDirty;
  thread.next = &kernel.threads[1 - who];
  // The second one is where the first one's call leads to: behind its own.
  thread.sepc = in_user(who == 0 ? (is_swap ? user_swaps : user_traps) : (is_swap ? user_swaps_behind : user_traps_behind));
  // The same for user-level contexts, of which the second one is read first.
  uint64_t* context = user_contexts + who * kContextWords;
  context[0] = in_user(user_swaps_behind);
  context[1] = thread.reg(kSp);
  for (unsigned s = 0; s < 12; ++s) context[2 + s] = thread.reg(s < 2 ? 8 + s : 16 + s);
  for (unsigned s = 0; s < 12; ++s) context[14 + s] = pattern(who, s);
}

// Whether both threads have what they had. Every kind that ends in a trap has saved the last one, too.
bool is_intact(Kind kind, Fp fp) {
  bool is_right = true;
  for (unsigned who = 0; who < 2; ++who) {
    Thread& thread = kernel.threads[who];
    if (kind == kUserThread) {
      // s7 to s11 of the user-level contexts, each of which was saved at least once.
      for (unsigned s = 7; s < 12; ++s) is_right = is_right && user_contexts[who * kContextWords + 2 + s] == pattern(who, 16 + s);
      continue;
    }
    for (unsigned n = 1; n < 32; ++n) {
      const bool is_used = n == kA7 || n == kS0 || n == kS1 || (n >= kS2 && n <= kS6);
      is_right = is_right && (is_used || thread.reg(n) == pattern(who, n));
    }
    // fs0 is what a thread with floating point computes.
    for (unsigned n = 0; fp == kDirty && n < 32; ++n) is_right = is_right && (n == 8 || thread.f[n] == pattern(who, n));
  }
  return is_right;
}

}  // namespace

int main() {
  lab_knows("kind fp switches");
  const auto kind = static_cast<Kind>(lab_choice("kind", "processor user-thread kernel-thread process-asid process-flush", kKernelThread));
  const auto fp = static_cast<Fp>(lab_choice("fp", "off clean dirty", kOff));
  const uint64_t switches = lab_number("switches", 2000, 2, 1000000);

  AddressSpace spaces[2] = {{kSv39, 1}, {kSv39, 2}};
  for (unsigned who = 0; who < 2; ++who) {
    spaces[who].map_program(0);
    spaces[who].map(kUserText, reinterpret_cast<uint64_t>(user_page), kPageRX | kUser, kPage);
    spaces[who].map(kUserData, reinterpret_cast<uint64_t>(user_contexts), kPageRW | kUser, kPage);
    kernel.threads[who].satp = spaces[kind >= kProcessAsid ? who : 0].satp();
  }
  CSR_SET(medeleg, 1 << kEcallU);
  constexpr void (*kTraps[])() = {trap_processor, trap_thread, trap_thread, trap_process, trap_process_flush};

  bool is_right = true;
  const Trap& trap = run_in(kSupervisorMode, [&] {
    CSR_WRITE(stvec, kTraps[kind]);
    CSR_WRITE(satp, kernel.threads[0].satp);
    sfence_vma();
    for (const bool is_measured : {false, true}) {
      for (const unsigned who : {0u, 1u}) prepare(kind, fp, who, is_measured ? switches / 2 : 100, is_measured ? EventName("switch") : EventName("warm-up"));
      CSR_CLEAR(sstatus, kFS | kSPP | kSIE | kSPIE);
      CSR_SET(sstatus, fp == kOff ? 0 : kFsClean);
      CSR_WRITE(satp, kernel.threads[0].satp);
      enter_user(&kernel.threads[0]);
      is_right = is_right && (kind == kProcessor || is_intact(kind, fp));
    }
    CSR_WRITE(satp, 0);
    sfence_vma();
  });
  CHECK_NO_TRAP(trap);
  lab_result("switches", switches);
  CHECK(is_right);
  return 0;
}
