// --isa rv64gc has no Sstc, Svadu, Svpbmt, Svnapot, Zicboz, Smstateen: their CSRs, fields and page-table bits are not there.
// guest: isa=rv64gc cpu=rv64,h=false,sstc=false,svadu=false,zicbom=false,zicboz=false,zawrs=false,zba=false,zfa=false
#include "lib/paging.h"

int main() {
  CSR_WRITE(0x30a, ~0ull);
  CHECK_EQ(CSR_READ(0x30a) & ~kFIOM, 0);
  CSR_WRITE(0x10a, ~0ull);
  CHECK_EQ(CSR_READ(0x10a) & ~kFIOM, 0);
  for (const unsigned csr : {0x14du, 0x30cu, 0x10cu}) {
    checking("csr", csr);
    const uint64_t code = csr_code(kCsrrs, csr, true);
    CHECK_ILLEGAL(kMachineMode, call_with(code, 0));
  }
  CHECK_ILLEGAL(kMachineMode, asm volatile(WITH("zicboz", "cbo.zero (sp)") ::: "memory"));
  CHECK_ILLEGAL(kMachineMode, asm volatile(WITH("zba", "sh1add a0, a0, a0") ::: "a0"));
  CHECK_ILLEGAL(kMachineMode, asm volatile(WITH("svinval", "sinval.vma a0, a0")));
  CHECK_ILLEGAL(kMachineMode, asm volatile(WITH("zawrs", "wrs.nto")));
  new_pages(kSv39);
  const uint64_t frame = new_code_frame();
  volatile uint64_t* entry = map_page(kVa, frame, kPageRWX);
  use_pages();
  check_all_pass(kSupervisorMode, kVa);
  for (const uint64_t bit : Values{kN, kPbmtNc, kPbmtIo}) {
    *entry = pte_for(kN == bit ? (frame & ~0xffffull) | 0x8000 : frame, kPageRWX | bit);
    sfence_vma();
    check_all_page_fault(kSupervisorMode, kVa);
  }
  // Nothing sets A and D: the page faults (Svade).
  *entry = pte_for(frame, kPageRWX & ~kD);
  sfence_vma();
  CHECK_NO_TRAP(try_access(kSupervisorMode, kLoad, kVa));
  CHECK_TRAP(try_access(kSupervisorMode, kStore, kVa), kStorePageFault, kVa);
  *entry = pte_for(frame, kPageRWX & ~kA);
  sfence_vma();
  check_all_page_fault(kSupervisorMode, kVa);
  // STIP is software's.
  CSR_WRITE(mip, kSTI);
  CHECK_EQ(CSR_READ(mip) & kSTI, kSTI);
  return 0;
}
