// A small library for guest test programs: run a piece of code in some mode, see how it trapped, check.
//
// A test is a main() that returns 0; the first failed check ends it with its line as exit code.
// Checks, text and everything else that is not in a snippet belong to M-mode. Snippets are lambdas that
// run in M-, S- or U-mode and end at their first trap, or by returning; what they found out they leave
// in variables of the test.
#pragma once

#include "lib/initializer_list.h"
#include "lib/riscv.h"
#include "lib/rt.h"

// for (const uint64_t bits : Values{0, kMIE, kMPIE})
using Values = std::initializer_list<uint64_t>;

extern "C" int main();  // every test has one; freestanding C++ would give it a C++ name

enum Mode : uint64_t { kUserMode = 0, kSupervisorMode = 1, kMachineMode = 3 };

// --- checks --------------------------------------------------------------------------------------

[[noreturn]] void test_fail(const char* file, int line, const char* what);
void test_equal(const char* file, int line, const char* what, uint64_t is, uint64_t should);

#define CHECK(condition) ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, #condition))
#define CHECK_EQ(is, should) test_equal(__FILE__, __LINE__, #is, (uint64_t)(is), (uint64_t)(should))

// What a loop is at: a failure prints it.
void checking(const char* what, uint64_t value);

// --- snippets ------------------------------------------------------------------------------------

// How a snippet ended. The layout is known to test_trap.S.
struct Trap {
  uint64_t x[32];   // registers at the trap
  uint64_t cause, epc, tval;
  uint64_t status;  // mstatus or sstatus as the handler found it
  uint64_t to;      // Mode that took it
  uint64_t taken;   // 0: the snippet returned
  Mode from() const { return to == kMachineMode ? (Mode)(status >> 11 & 3) : (Mode)(status >> 8 & 1); }
};

const Trap& test_run(Mode mode, void (*snippet)(void*), void* argument, uint64_t mstatus_bits);

// Run the snippet with mode's privilege; `mstatus_bits` are set for it (kMPIE: interrupts on in M-mode).
// The result is valid until this hart's next run.
template <class Snippet>
const Trap& run_in(Mode mode, Snippet&& snippet, uint64_t mstatus_bits = 0) {
  return test_run(mode, [](void* s) { (*static_cast<decltype(&snippet)>(s))(); }, (void*)&snippet, mstatus_bits);
}

void test_check_trap(const char* file, int line, const Trap& trap, uint64_t cause, uint64_t tval);

// CHECK_TRAP(trap of a snippet, cause, tval), and with the place: the instruction in AT("...").
#define CHECK_TRAP(trap, cause, tval) test_check_trap(__FILE__, __LINE__, trap, cause, tval)
#define CHECK_TRAP_AT(trap, cause, tval)                     \
  do {                                                       \
    const Trap& t_ = trap;                                   \
    test_check_trap(__FILE__, __LINE__, t_, cause, tval);    \
    test_equal(__FILE__, __LINE__, "epc", t_.epc, t_.x[31]); \
  } while (0)
#define CHECK_NO_TRAP(trap) test_check_trap(__FILE__, __LINE__, trap, ~0ull, 0)

// One instruction as assembly text with its address in t6 before it. Operands as in asm().
#define AT(instruction) "lla t6, 77f\n77: " instruction "\n"
// ... and of an extension that the program is not compiled for.
#define WITH(extension, instruction) ".option push\n.option arch, +" extension "\n" instruction "\n.option pop\n"

// The bits of the instruction at `pc`, as mtval has them for illegal ones.
uint64_t instruction_at(uint64_t pc);

// What a snippet says that is expected to trap with an illegal instruction: cause, epc, and the bits or 0 in tval.
#define CHECK_ILLEGAL(mode, ...) test_check_illegal(__FILE__, __LINE__, run_in(mode, [&] { __VA_ARGS__; }))
void test_check_illegal(const char* file, int line, const Trap& trap);

// Exceptions (medeleg) and interrupts (mideleg) that go to S-mode from here on. A snippet's trap is
// recorded there too.
void delegate(uint64_t exceptions, uint64_t interrupts = 0);
// ECALL from S-mode itself may only be delegated when the recorder leaves S-mode by another way.
void leave_supervisor_by_illegal_instruction(bool on);

// PMP entry 15 opens all of memory to S- and U-mode, unless the test does without.
void leave_pmp_alone();
// Entry `index` of PMP. The address is as pmpaddr has it.
void set_pmp(unsigned index, uint8_t config, uint64_t address);
uint8_t pmp_config(unsigned index);
// pmpaddr for a naturally aligned power of two of bytes (at least 8).
constexpr uint64_t pmp_napot(uint64_t base, uint64_t size) { return base >> 2 | (size / 8 - 1); }

// --- memory --------------------------------------------------------------------------------------

#define DEFINE_ACCESS(bits, load_mnemonic, store_mnemonic)                                         \
  inline uint##bits##_t load##bits(uint64_t at) {                                                  \
    uint64_t v;                                                                                    \
    asm volatile(AT(load_mnemonic " %0, (%1)") : "=&r"(v) : "r"(at) : "t6", "memory");             \
    return (uint##bits##_t)v;                                                                      \
  }                                                                                                \
  inline void store##bits(uint64_t at, uint64_t v) {                                               \
    asm volatile(AT(store_mnemonic " %1, (%0)")::"r"(at), "r"(v) : "t6", "memory");                \
  }
DEFINE_ACCESS(8, "lbu", "sb")
DEFINE_ACCESS(16, "lhu", "sh")
DEFINE_ACCESS(32, "lwu", "sw")
DEFINE_ACCESS(64, "ld", "sd")
#undef DEFINE_ACCESS

// Call the code at an address; it should return by `ret` (code_for_return()).
inline void call(uint64_t at) {
  asm volatile("jalr %0" ::"r"(at) : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2", "a3", "a4",
               "a5", "a6", "a7", "memory");
}
inline uint64_t call_with(uint64_t at, uint64_t argument) {
  register uint64_t a0 asm("a0") = argument;
  asm volatile("jalr %1" : "+r"(a0) : "r"(at) : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a1", "a2", "a3", "a4",
               "a5", "a6", "a7", "memory");
  return a0;
}
// Instructions for programs that write code: ret; li a0, n; c.nop.
constexpr uint32_t kRet = 0x00008067, kNop = 0x00000013;
constexpr uint32_t li_a0(uint32_t n) { return n << 20 | 0x513; }

// --- page tables ---------------------------------------------------------------------------------

// Begin with fresh tables: the program is mapped where it is (for whichever mode a snippet runs in, in
// 4 KiB pages), nothing else. Nothing is in force before satp is written: use_pages().
void new_pages(SatpMode mode);
// Map `va` at `level` (0: 4 KiB, 1: 2 MiB, ...) and return the entry, for the test to spoil.
volatile uint64_t* map_page(uint64_t va, uint64_t physical, uint64_t flags, unsigned level = 0);
// The entry of `va` at `level`, as far as there are tables.
volatile uint64_t* entry_of(uint64_t va, unsigned level = 0);
void use_pages(uint64_t asid = 0);
void no_pages();
uint64_t satp_for_pages(uint64_t asid = 0);
// A zeroed page of RAM that nothing else uses.
uint64_t new_frame();

// Addresses for tests to map: all modes have them, RAM is not near.
constexpr uint64_t kVa = 0x40000000;

// --- harts and devices ---------------------------------------------------------------------------

// Call work(hart) on every hart, this one included, and wait for all.
void on_all_harts(unsigned harts, void (*work)(unsigned));
void on_hart(unsigned hart, void (*work)(unsigned));  // one other hart, and wait

inline unsigned this_hart() { return (unsigned)CSR_READ(mhartid); }
// Let `ticks` of mtime pass.
void pass_time(uint64_t ticks);

// --- CSRs by number ------------------------------------------------------------------------------

enum CsrOp : uint32_t { kCsrrw = 1, kCsrrs = 2, kCsrrc = 3, kCsrrwi = 5, kCsrrsi = 6, kCsrrci = 7 };
// Make code for `op a0, csr, a0` (or with rs1 = x0), to be called by call_with(). One at a time for each hart.
uint64_t csr_code(CsrOp op, unsigned csr, bool source_is_x0 = false);
// Run it in `mode`; the old value goes to *old, when there is one.
const Trap& access_csr(Mode mode, CsrOp op, unsigned csr, uint64_t operand, uint64_t* old = nullptr);
