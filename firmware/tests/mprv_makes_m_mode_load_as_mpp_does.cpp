// With MPRV, loads and stores of M-mode are translated and checked as for MPP's mode, SUM and MXR included; fetches are not.
#include "lib/paging.h"

static const Trap& access_as(Mode as, Access access, uint64_t bits) {
  return run_in(kMachineMode, [=] {
    CSR_CLEAR(mstatus, kMPP | kSUM | kMXR);
    CSR_SET(mstatus, as << 11 | bits);
    if (access == kLoad)
      asm volatile("li t0, 1 << 17\ncsrs mstatus, t0\nlla t6, 1f\n1: lw t1, (%0)\ncsrc mstatus, t0" ::"r"(kVa) : "t0", "t1", "t6", "memory");
    else
      asm volatile("li t0, 1 << 17\ncsrs mstatus, t0\nlla t6, 1f\n1: sw t1, (%0)\ncsrc mstatus, t0" ::"r"(kVa) : "t0", "t1", "t6", "memory");
  });
}

int main() {
  for (const SatpMode paging : kPagings)
    for (const uint64_t rwx : Values{kR, kR | kW, kX, kR | kX})
      for (const uint64_t user : Values{0, kUser}) {
        new_pages(paging);
        map_page(kVa, new_frame(), kV | kA | kD | rwx | user);
        use_pages();
        for (const Mode as : {kUserMode, kSupervisorMode})
          for (const uint64_t bits : Values{0, kSUM, kMXR})
            for (const Access access : {kLoad, kStore}) {
              checking("flags, mode, access", rwx << 12 | user << 8 | as << 4 | access);
              const bool mode_fits = as == kUserMode ? user != 0 : user == 0 || bits == kSUM;
              const bool is_allowed = mode_fits && (access == kStore ? rwx & kW : (rwx & kR) || bits == kMXR);
              const Trap& trap = access_as(as, access, bits);
              if (is_allowed) CHECK_NO_TRAP(trap);
              else CHECK_TRAP_AT(trap, kPageFaults[access], kVa);
              if (!is_allowed) CHECK_EQ(trap.from(), kMachineMode);
            }
        // MPP = M: as without MPRV.
        uint64_t own = 0;
        CHECK_NO_TRAP(run_in(kMachineMode, [&] {
          CSR_SET(mstatus, kMPP | kMPRV);
          asm volatile("ld %0, (%1)" : "=r"(own) : "r"(&kPagings) : "memory");
          CSR_CLEAR(mstatus, kMPRV);
        }));
      }
  return 0;
}
