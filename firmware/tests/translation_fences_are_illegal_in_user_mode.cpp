// SFENCE.VMA and all of Svinval are illegal in U-mode, whatever TVM says.
#include "lib/test.h"

int main() {
  CHECK_ILLEGAL(kUserMode, asm volatile("sfence.vma"));
  CHECK_ILLEGAL(kUserMode, asm volatile("sfence.vma a0, a1"));
  CHECK_ILLEGAL(kUserMode, asm volatile(WITH("svinval", "sinval.vma a0, a1")));
  CHECK_ILLEGAL(kUserMode, asm volatile(WITH("svinval", "sfence.w.inval")));
  CHECK_ILLEGAL(kUserMode, asm volatile(WITH("svinval", "sfence.inval.ir")));
  return 0;
}
