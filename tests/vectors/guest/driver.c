// Runs the generated cases and prints what came out: hashes of groups or cases, or all words of one
// case.
#include "layout.h"
#include "lib/rt.h"
#include "paging.h"

void run_case(uint64_t entry, uint64_t to_supervisor);
void leave_case(void);
void leave_supervisor(void);
void trap_entry(void);
extern uint64_t trap_frame[32];

#define read_csr(csr)                              \
  ({                                               \
    uint64_t v_;                                   \
    __asm__ volatile("csrr %0, " #csr : "=r"(v_)); \
    v_;                                            \
  })
#define write_csr(csr, v) __asm__ volatile("csrw " #csr ", %0" ::"r"((uint64_t)(v)))
#define set_csr(csr, v) __asm__ volatile("csrs " #csr ", %0" ::"r"((uint64_t)(v)))
#define clear_csr(csr, v) __asm__ volatile("csrc " #csr ", %0" ::"r"((uint64_t)(v)))

static struct VectorsHeader* const header = (struct VectorsHeader*)kVectorsImage;
static uint64_t* const sandbox = (uint64_t*)kVectorsSandbox;
static uint64_t* const sandbox_end = (uint64_t*)(kVectorsSandbox + kVectorsSandboxBytes);
static const struct VectorsCase* current;

// What the compiler calls where there is no multiplication.
uint64_t __muldi3(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  for (; b != 0; a <<= 1, b >>= 1) {
    if (b & 1) product += a;
  }
  return product;
}

// One step of Marsaglia's xorshift64: the ISA may have no multiplication.
static uint64_t scramble(uint64_t v) {
  v ^= v << 13;
  v ^= v >> 7;
  return v ^ v << 17;
}

static void return_to_driver(void) {
  const uint64_t machine_mode = 3 << 11;
  set_csr(mstatus, machine_mode);  // MPP
  write_csr(mepc, (uint64_t)leave_case);
}

// A trap of the tested instruction goes to the record, and the instruction is skipped.
void on_trap(const uint64_t* x) {
  const uint64_t cause = read_csr(mcause), epc = read_csr(mepc), value = read_csr(mtval);
  if (current == NULL) rt_report_trap(cause, epc, value);
  if (epc == (uint64_t)leave_supervisor) {
    return_to_driver();
    return;
  }
  uint64_t* record = (uint64_t*)x[current->out_register];
  const int is_record = (uint64_t)record >= kVectorsOut && (uint64_t)record < kVectorsOutEnd;
  if (!is_record || epc < current->insn || epc >= current->insn_end) {
    record = (uint64_t*)kVectorsOut;
    record[0] = VECTORS_STRAY_TRAP | cause;
    record[1] = epc;
    return_to_driver();
  } else if (current->is_block) {
    record[0] = VECTORS_TRAP | cause;
    record[1] = scramble(scramble(scramble(record[1] + cause) + value) + epc);
    write_csr(mepc, epc + ((*(const uint16_t*)epc & 3) == 3 ? 4 : 2));
  } else {
    record[0] = VECTORS_TRAP | cause;
    record[1] = value;
    write_csr(mepc, current->insn_end);
  }
}

// Every case starts from the same memory, whichever ran before.
static void fill_sandbox(void) {
  uint64_t value = 0x0123456789abcdef;
  for (uint64_t* at = sandbox; at < sandbox_end; ++at) {
    *at = value;
    value = scramble(value);
  }
}

// Runs a case; its records are from kVectorsOut to what is returned.
static uint64_t* run(const struct VectorsCase* c) {
  enum { kFsShift = 13, kFs = 3 << kFsShift };
  uint64_t* end = (uint64_t*)(kVectorsOut + (uint64_t)c->count * c->out_bytes);
  for (uint64_t* at = (uint64_t*)kVectorsOut; at < end; ++at) *at = 0;
  fill_sandbox();
  set_csr(mstatus, kFs);
  if (read_csr(misa) & 1 << ('F' - 'A'))
    write_csr(3, (uint64_t)c->frm << 5);  // fcsr; this file is compiled without F
  clear_csr(mstatus, kFs);
  set_csr(mstatus, (uint64_t)c->fs << kFsShift);
  header->in = c->in;
  header->end = c->in + (uint64_t)c->count * c->in_bytes;
  header->out = kVectorsOut;
  current = c;
  __asm__ volatile("fence.i" ::: "memory");
  run_case(c->entry, header->is_paged);
  __asm__ volatile("" ::: "memory");
  current = NULL;
  return end;
}

// --- what is printed ---------------------------------------------------------------------------

static void put_word(uint64_t value) {
  rt_putc(' ');
  int shift = 60;
  while (shift > 0 && !(value >> shift)) shift -= 4;
  for (; shift >= 0; shift -= 4) rt_putc("0123456789abcdef"[(value >> shift) & 15]);
}

struct Summary {
  uint64_t records, traps, strays, hash;
};

static void put_summary(char kind, uint64_t index, const struct Summary* s) {
  rt_putc(kind);
  put_word(index);
  put_word(s->records);
  put_word(s->traps);
  put_word(s->strays);
  put_word(s->hash);
  rt_putc('\n');
}

static void add_case(struct Summary* s, const struct VectorsCase* c) {
  const uint64_t* const end = run(c);
  const uint64_t words = c->out_bytes / 8;
  uint64_t hash = s->hash;
  for (const uint64_t* record = (uint64_t*)kVectorsOut; record < end; record += words) {
    ++s->records;
    if (record[0] != 0) ++s->traps;
    if (record[0] >= VECTORS_STRAY_TRAP) ++s->strays;
    for (uint64_t i = 0; i < words; ++i) hash = scramble(hash + record[i]);
  }
  if (c->is_block) {
    for (uint64_t* at = sandbox; at < sandbox_end; ++at) hash = scramble(hash + *at);
  }
  s->hash = hash;
}

static void put_records(const struct VectorsCase* c, uint64_t index) {
  const uint64_t* const end = run(c);
  for (const uint64_t* record = (uint64_t*)kVectorsOut; record < end; record += c->out_bytes / 8) {
    rt_putc('R');
    put_word(index);
    for (unsigned i = 0; i < c->out_bytes / 8; ++i) put_word(record[i]);
    rt_putc('\n');
  }
  for (uint64_t* at = sandbox; c->is_block && at < sandbox_end; ++at) {
    rt_putc('M');
    put_word((uint64_t)at);
    put_word(*at);
    rt_putc('\n');
  }
}

int main(void) {
  write_csr(mscratch, trap_frame);
  write_csr(mtvec, trap_entry);
  header->exit = (uint64_t)(header->is_paged ? leave_supervisor : leave_case);
  if (header->is_paged) start_paging();
  const struct VectorsGroup* groups = (const struct VectorsGroup*)header->groups;
  const struct VectorsCase* cases = (const struct VectorsCase*)header->cases;

  if (header->mode == kVectorsRecords || header->mode == kVectorsRecordsAfter) {
    const uint64_t first = header->mode == kVectorsRecords ? header->wanted : 0;
    for (uint64_t i = first; i < header->wanted; ++i) run(&cases[i]);
    put_records(&cases[header->wanted], header->wanted);
    rt_puts("END\n");
    return 0;
  }
  const int by_case = header->mode == kVectorsCases;
  const uint64_t first = by_case ? header->wanted : 0;
  const uint64_t last = by_case ? header->wanted + 1 : header->group_count;
  for (uint64_t g = first; g < last; ++g) {
    struct Summary of_group = {0, 0, 0, 0};
    for (uint32_t i = 0; i < groups[g].case_count; ++i) {
      const uint32_t index = groups[g].first_case + i;
      if (by_case) {
        struct Summary of_case = {0, 0, 0, 0};
        add_case(&of_case, &cases[index]);
        put_summary('C', index, &of_case);
      } else {
        add_case(&of_group, &cases[index]);
      }
    }
    if (!by_case) put_summary('G', g, &of_group);
  }
  rt_puts("END\n");
  return 0;
}
