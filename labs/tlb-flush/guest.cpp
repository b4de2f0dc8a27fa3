// Lab tlb-flush: two address spaces take turns on one hart and touch their pages. What does the switch cost
// that forgets all translations, and what one that keeps them apart by ASID?
//
// Measurements: "empty" is a switch of which no page is touched, "switch" one with its pages, "range" a
// change of some pages' mapping (mode=range). Each begins before satp is written and ends behind the last page.
#include "lib/lab.hpp"
#include "lib/space.hpp"

namespace {

enum Policy : unsigned {
  kAsid,        // each space has its ASID; nothing is fenced
  kAsidGlobal,  // ... and the kernel's pages are global
  kFlushAll,    // one ASID, sfence.vma without operands
  kFlushAsid,   // one ASID, sfence.vma for it; the kernel's pages are global
  kFlushPage,   // one ASID, sfence.vma for each page of the user's
};
constexpr char kPolicies[] = "asid asid-global flush-all flush-asid flush-page";

constexpr uint64_t kUserStart = 0x100000000;  // what the spaces map differently
constexpr uint64_t kFrames = 16ull << 20;     // for each space; larger ones have frames in several places
constexpr uint64_t kLine = 64;

// What a kernel keeps of a process, in a page of its own: the one that a switch reads.
struct Process {
  uint64_t satp, asid;
};
alignas(kPage) Process processes[2];

struct Lab {
  Policy policy;
  uint64_t pages, page_size;
  uint64_t end() const { return kUserStart + pages * page_size; }
};

// The pages of a space hold this number where they are touched.
constexpr uint64_t kTag[2] = {1, 1ull << 32};

// Neighbouring pages are touched in neighbouring lines, so that they do not all meet in one set of a cache.
constexpr uint64_t next_offset(uint64_t offset, uint64_t page_size) { return (offset + kLine) & (page_size - 1); }

// A word of every page, in order; their sum.
inline uint64_t touch(uint64_t first, uint64_t end, uint64_t page_size) {
  uint64_t sum = 0, offset = 0;
  for (uint64_t at = first; at != end; at += page_size) {
    sum += read_word(at + offset);
    offset = next_offset(offset, page_size);
  }
  return sum;
}

inline void fence_all() { asm volatile("sfence.vma" ::: "memory"); }
inline void fence_asid(uint64_t asid) { asm volatile("sfence.vma x0, %0" ::"r"(asid) : "memory"); }
// "Svnapot": hardware may hold a NAPOT page in parts, and each of its entries has to be fenced.
constexpr uint64_t fenced_at_once(uint64_t page_size) { return page_size == kNapot64 ? kPage : page_size; }
inline void fence_pages(uint64_t first, uint64_t end, uint64_t step, uint64_t asid) {
  for (uint64_t at = first; at != end; at += step) asm volatile("sfence.vma %0, %1" ::"r"(at), "r"(asid) : "memory");
}

// To the other process. What a switch saves goes to the stack and comes back from it: the clobbers
// make the compiler do it.
[[gnu::noinline]] void switch_to(const Process& next, Policy policy, uint64_t first, uint64_t end, uint64_t fence_step) {
  asm volatile("" ::: "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11");
  const uint64_t satp = next.satp, asid = next.asid;
  CSR_WRITE(satp, satp);
  if (policy == kFlushAll) fence_all();
  if (policy == kFlushAsid) fence_asid(asid);
  if (policy == kFlushPage) fence_pages(first, end, fence_step, asid);
}

// Turns that nobody looks at, before those that are measured: what is measured begins where it ends.
constexpr unsigned kWarmUp = 8;

// `switches` switches, each one measured; returns after how many a process saw what is not its own.
[[gnu::noinline]] uint64_t take_turns(const Lab& lab, uint64_t pages, unsigned switches, EventName name) {
  const Policy policy = lab.policy;
  const uint64_t page_size = lab.page_size, end = kUserStart + pages * page_size, fence_step = fenced_at_once(page_size);
  const Measurement measurement(name);
  uint64_t wrong = 0;
  for (unsigned i = 0; i < kWarmUp + switches; ++i) {
    const unsigned who = i & 1;
    if (i >= kWarmUp) measurement.begin();
    switch_to(processes[who], policy, kUserStart, end, fence_step);
    const uint64_t sum = touch(kUserStart, end, page_size);
    if (i >= kWarmUp) measurement.end();
    wrong += sum != pages << 32 * who;
  }
  return wrong;
}

// The mapping of `range` pages has changed: either each of them is fenced or everything is. Then all are touched.
[[gnu::noinline]] uint64_t change_ranges(const Lab& lab, uint64_t range, unsigned times, EventName name) {
  const uint64_t page_size = lab.page_size, end = lab.end(), asid = processes[0].asid;
  const uint64_t range_end = kUserStart + range * page_size;
  const bool by_page = lab.policy == kFlushPage;
  const Measurement measurement(name);
  uint64_t wrong = 0;
  for (unsigned i = 0; i < kWarmUp + times; ++i) {
    if (i >= kWarmUp) measurement.begin();
    if (by_page) fence_pages(kUserStart, range_end, fenced_at_once(page_size), asid);
    else fence_all();
    const uint64_t sum = touch(kUserStart, end, page_size);
    if (i >= kWarmUp) measurement.end();
    wrong += sum != lab.pages;
  }
  return wrong;
}

// A space with the lab's pages. Pages beyond its frames are mapped to the same ones again.
AddressSpace make_space(const Lab& lab, SatpMode mode, unsigned who, uint64_t asid, bool is_kernel_global) {
  AddressSpace space(mode, static_cast<uint16_t>(asid));
  space.map_program(is_kernel_global ? kGlobal : 0);
  const uint64_t bytes = lab.pages * lab.page_size, have = bytes < kFrames ? bytes : kFrames;
  const uint64_t frames = take_memory(have, kMega);
  uint64_t offset = 0;
  for (uint64_t i = 0; i < lab.pages; ++i) {
    const uint64_t frame = frames + i * lab.page_size % kFrames;
    space.map(kUserStart + i * lab.page_size, frame, kPageRW, lab.page_size);
    write_word(frame + offset, kTag[who]);
    offset = next_offset(offset, lab.page_size);
  }
  return space;
}

}  // namespace

int main() {
  lab_knows("mode policy pages page paging range switches");
  const bool is_range = lab_choice("mode", "switch range", 0) == 1;
  constexpr uint64_t kSizes[] = {kPage, kNapot64, kMega};
  const Lab lab = {.policy = static_cast<Policy>(lab_choice("policy", kPolicies, kFlushAll)),
                   .pages = lab_number("pages", 64, 0, 4096),
                   .page_size = kSizes[lab_choice("page", "4K 64K 2M", 0)]};
  const SatpMode mode = lab_choice("paging", "sv39 sv48", 0) == 0 ? kSv39 : kSv48;
  const uint64_t range = lab_number("range", lab.pages, 0, lab.pages);
  // As many that points take about equally long, and an even number: each process has as many as the other.
  const uint64_t many = 60000 / (lab.pages + 30);
  const auto switches = static_cast<unsigned>(lab_number("switches", many < 16 ? 16 : many & ~1ull, 2, 100000));

  const bool has_asids = lab.policy == kAsid || lab.policy == kAsidGlobal;
  const bool is_kernel_global = lab.policy == kAsidGlobal || lab.policy == kFlushAsid;
  const unsigned bits = asid_bits();
  for (unsigned who = 0; who < 2; ++who) {
    const uint64_t asid = has_asids ? who + 1 : 1;
    const AddressSpace space = make_space(lab, mode, who, asid, is_kernel_global);
    processes[who] = {.satp = space.satp(), .asid = asid};
  }

  uint64_t wrong = 0;
  const Trap& trap = run_in(kSupervisorMode, [&] {
    CSR_WRITE(satp, processes[0].satp);
    fence_all();
    if (is_range) {
      wrong = change_ranges(lab, range, switches, "range");
    } else {
      wrong = take_turns(lab, 0, switches, "empty");
      wrong += take_turns(lab, lab.pages, switches, "switch");
    }
    CSR_WRITE(satp, 0);
    fence_all();
  });
  CHECK_NO_TRAP(trap);

  lab_result("switches", switches);
  lab_result("asid-bits", bits);
  lab_result("wrong", wrong);
  // Without ASIDs it takes fences to keep two spaces apart: there seeing the other's pages is the machine's right.
  CHECK(wrong == 0 || (has_asids && bits == 0));
  return 0;
}
