// A jump that one mode took to a page often is still checked when another mode takes it: by the page's U and X, and by PMP.
#include "lib/assembler.h"
#include "lib/paging.h"

using namespace code;

int main() {
  new_pages(kSv39);
  const uint64_t code_frame = 0x80400000;
  auto* at = (volatile uint32_t*)code_frame;
  at[0] = addi(a0, a0, 1);
  at[1] = jal(zero, (int)kPage - 4);
  at[1024] = addi(a0, a0, 10);
  at[1025] = ret;
  fence_i();
  // At their physical addresses, in all modes; U may enter the first page only, S the second only, at other addresses.
  map_page(code_frame, code_frame, kPageRX | kUser);
  map_page(code_frame + kPage, code_frame + kPage, kPageRX);
  map_page(kVa, code_frame, kPageRX);
  map_page(kVa + kPage, code_frame + kPage, kPageRX);
  use_pages();
  for (int round = 0; round < 5; ++round) {
    uint64_t result = 0;
    for (int i = 0; i < 50; ++i) CHECK_EQ(call_with(code_frame, 0), 11);
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { result = call_with(kVa, 0); }));
    CHECK_EQ(result, 11);
    const Trap& user = run_in(kUserMode, [=] { call_with(code_frame, 0); });
    CHECK_TRAP(user, kFetchPageFault, code_frame + kPage);
    CHECK_EQ(user.x[10], 1);
    const Trap& supervisor = run_in(kSupervisorMode, [=] { call_with(code_frame, 0); });
    CHECK_TRAP(supervisor, kFetchPageFault, code_frame);
  }
  no_pages();
  for (int round = 0; round < 5; ++round) {
    set_pmp(0, kPmpNapot | kPmpR | kPmpW, pmp_napot(code_frame + kPage, kPage));
    for (int i = 0; i < 50; ++i) CHECK_EQ(call_with(code_frame, 0), 11);
    const Trap& user = run_in(kUserMode, [=] { call_with(code_frame, 0); });
    CHECK_TRAP(user, kFetchAccessFault, code_frame + kPage);
    CHECK_EQ(user.x[10], 1);
    set_pmp(0, 0, 0);
    uint64_t result = 0;
    CHECK_NO_TRAP(run_in(kUserMode, [&] { result = call_with(code_frame, 0); }));
    CHECK_EQ(result, 11);
  }
  return 0;
}
