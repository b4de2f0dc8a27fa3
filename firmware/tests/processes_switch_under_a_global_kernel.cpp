// Processes in U-mode at one address each run their own code on their own data, while a kernel on global pages of the upper half switches satp among them at each ECALL and reads their pages with SUM.
#include "lib/assembler.h"
#include "lib/upper.h"

constexpr unsigned kProcesses = 5;
constexpr uint64_t kSwitches = 600, kLoops = 5, kData = kVa + kPage, kFrames = 0x80400000;

// What the kernel has of a process; offsets are known below.
struct Process {
  uint64_t a0, a1, sepc, satp;
  Process* next;
  uint64_t asid, fences;  // fences: 0 none, 1 for the ASID, 2 for all
  uint64_t switches, sum; // of its counter as the kernel saw it
};
static Process processes[kProcesses];
extern "C" uint64_t switches_left;
extern "C" void enter_kernel();
asm(R"(
        .bss
        .balign 8
        .globl switches_left
switches_left: .zero 8
        .text
        .balign 4
enter_kernel:
        csrrw   t0, sscratch, t0        # its Process; the other registers are not the process' to keep
        sd      a0, 0(t0)
        sd      a1, 8(t0)
        csrr    t1, sepc
        csrr    t2, scause
        li      t3, 8
        bne     t2, t3, 3f
        addi    t1, t1, 4
        sd      t1, 16(t0)
        li      t3, 1 << 18
        csrs    sstatus, t3
        ld      t4, 0(a2)               # of the old space
        csrc    sstatus, t3
        ld      t1, 64(t0)
        add     t1, t1, t4
        sd      t1, 64(t0)
        ld      t1, 56(t0)
        addi    t1, t1, 1
        sd      t1, 56(t0)

        ld      t0, 32(t0)
        ld      t1, 24(t0)
        csrw    satp, t1
        ld      t1, 48(t0)
        ld      t2, 40(t0)
        beqz    t1, 2f
        addi    t1, t1, -1
        bnez    t1, 1f
        sfence.vma x0, t2
        j       2f
1:      sfence.vma
2:      lla     t1, switches_left
        ld      t2, 0(t1)
        addi    t2, t2, -1
        sd      t2, 0(t1)
        beqz    t2, 3f
        csrr    t3, sstatus
        csrsi   sstatus, 2              # with nothing pending
        csrci   sstatus, 2
        ld      t1, 16(t0)
        csrw    sepc, t1
        ld      a0, 0(t0)
        ld      a1, 8(t0)
        csrrw   t0, sscratch, t0
        sret
3:      ecall
)");

int main() {
  new_pages(kSv39);
  map_upper_program();
  uint64_t data_of[kProcesses];
  for (unsigned i = 0; i < kProcesses; ++i) {
    const Space space = new_space(i + 1);
    const uint64_t frame = kFrames + 2 * i * kPage;
    data_of[i] = frame + kPage;
    space.user[0] = pte_for(frame, kPageRX | kUser);
    space.user[1] = pte_for(frame + kPage, kPageRW | kUser);
    processes[i].satp = space.satp;
    processes[i].asid = i + 1;
    auto* const at = (volatile uint32_t*)frame;
    unsigned n = 0;
    at[n++] = code::ld(code::a0, code::a2, 0);
    for (unsigned nops = 0; nops < i; ++nops) at[n++] = code::addi(code::a0, code::a0, 16);  // code of its own length, too
    at[n++] = code::addi(code::a0, code::a0, (int32_t)i + 1);
    at[n++] = code::sd(code::a0, code::a2, 0);
    at[n++] = code::addi(code::a1, code::a1, -1);
    at[n] = code::bne(code::a1, code::zero, -4 * (int32_t)n);
    ++n;
    at[n++] = code::addi(code::a1, code::zero, kLoops);
    at[n++] = code::ecall;
    at[n] = code::jal(code::zero, -4 * (int32_t)n);
  }
  fence_i();

  const auto run = [&](uint64_t fences, bool same_asid) {
    for (unsigned i = 0; i < kProcesses; ++i) {
      Process& p = processes[i];
      const uint64_t satp = same_asid ? p.satp & ~(0xffffull << 44) : (p.satp & ~(0xffffull << 44)) | p.asid << 44;
      p = {0, kLoops, kVa, satp, upper(&processes[(i + 1) % kProcesses]), p.asid, fences, 0, 0};
      *(volatile uint64_t*)data_of[i] = 0;
    }
    switches_left = kSwitches;
    CSR_WRITE(satp, processes[0].satp);
    sfence_vma();
    CSR_WRITE(medeleg, 1 << kEcallU);
    const Trap& trap = run_in(kSupervisorMode, [] {
      CSR_WRITE(stvec, (uint64_t)&enter_kernel + kUpper);
      CSR_WRITE(sscratch, upper(&processes[0]));
      CSR_WRITE(sepc, kVa);
      CSR_CLEAR(sstatus, kSPP | kSUM | kSIE);
      asm volatile("li a1, %0\nmv a2, %1\nsret" ::"i"(kLoops), "r"(kData) : "a1", "a2", "memory");
    });
    CHECK_TRAP(trap, kEcallS, 0);
    CHECK_EQ(switches_left, 0);
    for (unsigned i = 0; i < kProcesses; ++i) {
      checking("fences, process", fences << 8 | (uint64_t)same_asid << 4 | i);
      const uint64_t turns = kSwitches / kProcesses, step = kLoops * (i + 1 + 16 * i);
      CHECK_EQ(processes[i].switches, turns);
      CHECK_EQ(*(volatile uint64_t*)data_of[i], turns * step);
      CHECK_EQ(processes[i].sum, step * (turns * (turns + 1) / 2));
    }
  };
  for (unsigned again = 0; again < 2; ++again) {
    run(0, false);
    run(1, false);
    run(2, false);
    run(2, true);
  }
  return 0;
}
