// Checks, snippets, page tables and harts for guest test programs.
#include "lib/test.h"

extern "C" {
// A power of two in size: programs for RV64I have no multiplication to index with.
struct alignas(512) Context {
  Trap trap;
  uint64_t saved[16];
  uint64_t in_s, t5, active, escape;
};
void test_enter(Context* context, void (*snippet)(void*), void* argument);
void test_leave();
void test_m_trap();
void test_s_trap();
extern char __end[];  // of bare.ld
}

namespace {

// The offsets in test_trap.S.
static_assert(__builtin_offsetof(Trap, cause) == 256 && __builtin_offsetof(Context, saved) == 304 &&
              __builtin_offsetof(Context, in_s) == 432 && __builtin_offsetof(Context, escape) == 456);

Context contexts[RT_MAX_HARTS];
bool pmp_is_the_tests;
uint64_t delegated_exceptions, delegated_interrupts;

constexpr uint64_t kRam = 0x80000000;
// Where S-mode has RAM besides, whatever mode the first mapping is for: handlers of delegated traps live there.
constexpr uint64_t kAlias = 0x2000000000;
constexpr uint64_t kEverything = ~0ull >> 10;

Context& context() { return contexts[this_hart()]; }

const char* name_of(Mode mode) { return mode == kUserMode ? "U" : mode == kSupervisorMode ? "S" : "M"; }

}  // namespace

// --- checks --------------------------------------------------------------------------------------

namespace {

const char* checked_name;
uint64_t checked_value;

[[noreturn]] void fail_at(int line) {
  if (checked_name) rt_printf("  while checking %s %x\n", checked_name, checked_value);
  rt_exit((uint64_t)line);
}

}  // namespace

void checking(const char* what, uint64_t value) {
  checked_name = what;
  checked_value = value;
}

void test_fail(const char* file, int line, const char* what) {
  rt_printf("%s:%u: failed: %s\n", file, (uint64_t)line, what);
  fail_at(line);
}

void test_equal(const char* file, int line, const char* what, uint64_t is, uint64_t should) {
  if (is == should) return;
  rt_printf("%s:%u: failed: %s is %x, should be %x\n", file, (uint64_t)line, what, is, should);
  fail_at(line);
}

void test_check_trap(const char* file, int line, const Trap& trap, uint64_t cause, uint64_t tval) {
  const bool should_trap = cause != ~0ull;
  if (!should_trap && !trap.taken) return;
  if (should_trap && trap.taken && trap.cause == cause && trap.tval == tval) return;
  rt_printf("%s:%u: failed: ", file, (uint64_t)line);
  if (trap.taken) {
    rt_printf("trap from %s to %s, cause %x epc %x tval %x", name_of(trap.from()), name_of((Mode)trap.to), trap.cause,
              trap.epc, trap.tval);
  } else {
    rt_printf("no trap");
  }
  if (should_trap) {
    rt_printf("; should be cause %x tval %x\n", cause, tval);
  } else {
    rt_printf("; should not trap\n");
  }
  fail_at(line);
}

uint64_t instruction_at(uint64_t pc) {
  const auto* half = reinterpret_cast<const uint16_t*>(pc);
  return (half[0] & 3) == 3 ? half[0] | (uint64_t)half[1] << 16 : half[0];
}

void test_check_illegal(const char* file, int line, const Trap& trap) {
  test_check_trap(file, line, trap, kIllegalInstruction, trap.tval);
  if (trap.tval != 0) test_equal(file, line, "tval", trap.tval, instruction_at(trap.epc));
}

// --- snippets ------------------------------------------------------------------------------------

static void give_program_to(Mode mode);

const Trap& test_run(Mode mode, void (*snippet)(void*), void* argument, uint64_t mstatus_bits) {
  Context& c = context();
  CSR_WRITE(mscratch, &c);
  CSR_WRITE(mtvec, &test_m_trap);
  if (!pmp_is_the_tests) {
    // Without a matching entry S- and U-mode, and MPRV, can do nothing. Entries before it win.
    CSR_WRITE(pmpaddr15, kEverything);
    CSR_SET(pmpcfg2, (uint64_t)(kPmpNapot | kPmpR | kPmpW | kPmpX) << 56);
  }
  uint64_t offset = 0;
  if (mode != kMachineMode && CSR_READ(satp) >> 60 != kBare) {
    give_program_to(mode);
    offset = kAlias;
  }
  if (delegated_exceptions | delegated_interrupts) {
    CSR_WRITE(sscratch, (uint64_t)&c + offset);
    CSR_WRITE(stvec, (uint64_t)&test_s_trap + offset);
  }
  CSR_CLEAR(mstatus, kMPP | kMPIE);
  CSR_SET(mstatus, mode << 11 | mstatus_bits);
  test_enter(&c, snippet, argument);
  return c.trap;
}

void leave_pmp_alone() { pmp_is_the_tests = true; }

#define FOR_PMP_ENTRIES(do_one)                                                                      \
  do_one(0) do_one(1) do_one(2) do_one(3) do_one(4) do_one(5) do_one(6) do_one(7) do_one(8) do_one(9) \
  do_one(10) do_one(11) do_one(12) do_one(13) do_one(14) do_one(15)

void set_pmp(unsigned index, uint8_t config, uint64_t address) {
  switch (index) {
#define WRITE_ADDRESS(n) case n: CSR_WRITE(pmpaddr##n, address); break;
    FOR_PMP_ENTRIES(WRITE_ADDRESS)
#undef WRITE_ADDRESS
  }
  const unsigned shift = index % 8 * 8;
  const uint64_t old = index < 8 ? CSR_READ(pmpcfg0) : CSR_READ(pmpcfg2);
  const uint64_t value = (old & ~(0xffull << shift)) | (uint64_t)config << shift;
  if (index < 8) CSR_WRITE(pmpcfg0, value);
  else CSR_WRITE(pmpcfg2, value);
  // "Physical Memory Protection and Paging": cached translations may hold the old permissions.
  sfence_vma();
}

uint8_t pmp_config(unsigned index) {
  return (uint8_t)((index < 8 ? CSR_READ(pmpcfg0) : CSR_READ(pmpcfg2)) >> index % 8 * 8);
}

void delegate(uint64_t exceptions, uint64_t interrupts) {
  delegated_exceptions = exceptions;
  delegated_interrupts = interrupts;
  CSR_WRITE(medeleg, exceptions);
  CSR_WRITE(mideleg, interrupts);
}

void leave_supervisor_by_illegal_instruction(bool on) { context().escape = on; }

// --- page tables ---------------------------------------------------------------------------------

namespace {

constexpr unsigned kFrames = 64;
alignas(kPage) uint8_t frames[kFrames][kPage];
unsigned used_frames;
uint64_t* root;
unsigned levels;
SatpMode paging_mode;

}  // namespace

uint64_t new_frame() {
  CHECK(used_frames < kFrames);
  uint8_t* frame = frames[used_frames++];
  memset(frame, 0, kPage);
  return (uint64_t)frame;
}

volatile uint64_t* map_page(uint64_t va, uint64_t physical, uint64_t flags, unsigned level) {
  uint64_t* table = root;
  for (unsigned at = levels - 1; at > level; --at) {
    uint64_t& entry = table[va >> (12 + 9 * at) & 511];
    if (!(entry & kV)) entry = pte_for(new_frame(), kV);
    table = reinterpret_cast<uint64_t*>(entry >> 10 << 12);
  }
  uint64_t& entry = table[va >> (12 + 9 * level) & 511];
  entry = pte_for(physical, flags);
  return &entry;
}

volatile uint64_t* entry_of(uint64_t va, unsigned level) {
  uint64_t* table = root;
  for (unsigned at = levels - 1; at > level; --at)
    table = reinterpret_cast<uint64_t*>(table[va >> (12 + 9 * at) & 511] >> 10 << 12);
  return &table[va >> (12 + 9 * level) & 511];
}

// The program's own pages belong to S- or to U-mode, whichever runs next. Fences for just these pages:
// tests of fences need all other translations to stay where they are.
static void give_program_to(Mode mode) {
  const uint64_t user = mode == kUserMode ? kUser : 0;
  if (root == nullptr || (*entry_of(kRam) & kUser) == user) return;
  for (uint64_t va = kRam; va < (uint64_t)__end; va += kPage) {
    *entry_of(va) ^= kUser;
    asm volatile("sfence.vma %0" ::"r"(va) : "memory");
  }
}

void new_pages(SatpMode mode) {
  used_frames = 0;
  paging_mode = mode;
  levels = (unsigned)mode - 5;
  root = reinterpret_cast<uint64_t*>(new_frame());
  for (uint64_t at = kRam; at < (uint64_t)__end; at += kPage) {
    map_page(at, at, kPageRWX);
    map_page(at + kAlias, at, kPageRWX);
  }
}

uint64_t satp_for_pages(uint64_t asid) { return paging_mode << 60 | asid << 44 | (uint64_t)root >> 12; }

void use_pages(uint64_t asid) {
  CSR_WRITE(satp, satp_for_pages(asid));
  sfence_vma();
}

void no_pages() {
  CSR_WRITE(satp, 0);
  sfence_vma();
}

// --- harts and devices ---------------------------------------------------------------------------

void on_hart(unsigned hart, void (*work)(unsigned)) {
  rt_run_on(hart, work);
  rt_wait_for(hart);
}

void on_all_harts(unsigned harts, void (*work)(unsigned)) {
  for (unsigned hart = 0; hart < harts; ++hart)
    if (hart != this_hart()) rt_run_on(hart, work);
  work(this_hart());
  for (unsigned hart = 0; hart < harts; ++hart)
    if (hart != this_hart()) rt_wait_for(hart);
}

void pass_time(uint64_t ticks) {
  const uint64_t start = *rt_mtime();
  while (*rt_mtime() - start < ticks) {}
}

// --- CSRs by number ------------------------------------------------------------------------------

namespace {
uint32_t csr_instructions[RT_MAX_HARTS][2];
}

uint64_t csr_code(CsrOp op, unsigned csr, bool source_is_x0) {
  uint32_t* code = csr_instructions[this_hart()];
  const uint32_t a0 = 10;
  code[0] = csr << 20 | (source_is_x0 ? 0 : a0) << 15 | op << 12 | a0 << 7 | 0x73;
  code[1] = kRet;
  fence_i();
  return (uint64_t)code;
}

const Trap& access_csr(Mode mode, CsrOp op, unsigned csr, uint64_t operand, uint64_t* old) {
  const uint64_t code = csr_code(op, csr);
  return run_in(mode, [&] {
    const uint64_t value = call_with(code, operand);
    if (old) *old = value;
  });
}
