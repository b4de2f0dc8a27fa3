// MINH, SINH and UINH of mhpmevent, mcyclecfg and minstretcfg stop a counter in their mode, to the instruction: what traps does not count, xRET counts for the mode it leaves.
// guest: qemu=no spike=no
#include "lib/counters.h"

constexpr uint64_t kFilter[] = {kUINH, kSINH, 0, kMINH};

// From M-mode to U- or S-mode, `spin` there, and back by ECALL. With S-mode's instructions between two reads.
extern "C" void visit_mode(uint64_t status, uint64_t rounds);
asm(R"(
        .balign 4
visit_mode:                       # a0: mstatus of the visit, a1: rounds
        csrw  mstatus, a0
        lla   t0, 2f
        csrrw t1, mtvec, t0
        lla   t0, 1f
        csrw  mepc, t0
        mret
1:      addi  a1, a1, -1
        bnez  a1, 1b
        ecall
        .balign 4
2:      csrw  mtvec, t1
        ret
)");

int main() {
  CHECK_NO_TRAP(run_in(kUserMode, [] {}));  // opens memory to U- and S-mode
  const struct { unsigned counter, config; } counters[] = {{0xb00, 0x321}, {0xb02, 0x322}, {0xb03, 0x323}, {0xb0a, 0x32a}};
  for (const auto& c : counters) {
    const bool has_event = c.counter > 0xb02;
    for (const uint64_t event : Values{kInstructionsEvent, kCyclesEvent})
      for (unsigned filters = 0; filters < 8; ++filters)
        for (const Mode mode : {kUserMode, kSupervisorMode}) {
          checking("counter, filters, mode", (uint64_t)c.counter << 8 | filters << 4 | mode);
          const uint64_t bits = (filters & 1 ? kUINH : 0) | (filters & 2 ? kSINH : 0) | (filters & 4 ? kMINH : 0);
          write_csr(c.config, bits | (has_event ? event : 0));
          CHECK_EQ(read_csr(c.config), bits | (has_event ? event : 0));
          // What one visit adds, less what the same adds without the visit's instructions: 2 for each round in the
          // visit's mode. All of it in M-mode stays the same.
          uint64_t added[2];
          for (unsigned i = 0; i < 2; ++i) {
            const uint64_t rounds = i == 0 ? 1 : 501;
            const uint64_t code = csr_code(kCsrrs, c.counter, true);
            const uint64_t before = call_with(code, 0);
            visit_mode((uint64_t)mode << 11, rounds);
            added[i] = call_with(code, 0) - before;
          }
          CHECK_EQ(added[1] - added[0], bits & kFilter[mode] ? 0 : 1000);
          if (bits & kMINH) CHECK_EQ(added[0], bits & kFilter[mode] ? 0 : 2);  // addi and bnez; ECALL traps
          else CHECK(added[0] > 5);
        }
    write_csr(c.config, 0);
  }
  return 0;
}
