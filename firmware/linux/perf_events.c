// Counts pieces of work by perf_event_open in Debian's guest, between rvx's marks: both should see the same.
//
// Prints `@ PIECE.event value` for each event, in user mode alone. Between the counters' start and rvx's first mark,
// and between its second mark and the counters' stop, stands the same handful of instructions, which touch no memory:
// so the piece "empty" has what the others count too much, and TLB misses are the same from the start.
#include "linux/measure.h"

#include <sys/mman.h>

enum { kPage = 4096, kPages = 512, kMostEvents = 8 };

static struct Event {
  const char* name;
  uint32_t type;
  uint64_t config;
} const kEvents[] = {
    {"instret", HARDWARE_EVENT(INSTRUCTIONS)},
    {"cycles", HARDWARE_EVENT(CPU_CYCLES)},
    {"l1d-tlb.load-misses", CACHE_EVENT(DTLB, READ, MISS)},
    {"l1d-tlb.store-misses", CACHE_EVENT(DTLB, WRITE, MISS)},
    {"l1i-tlb.fetch-misses", CACHE_EVENT(ITLB, READ, MISS)},
    {"l1d.load-misses", CACHE_EVENT(L1D, READ, MISS)},
    {"mmu.walks", RAW_EVENT(0x8005)},
    {"mmu.walk-references", RAW_EVENT(0x8006)},
};

static volatile uint8_t* memory;

// Each touches `memory` only; all of it is there already.
static void empty(void) {}
static void loop(void) {
  for (unsigned i = 0; i < 20000; ++i) asm volatile("");
}
static void loads(void) {
  for (unsigned i = 0; i < kPages; ++i) (void)memory[i * kPage + i * 64 % kPage];
}
static void stores(void) {
  for (unsigned i = 0; i < kPages; ++i) memory[i * kPage + i * 64 % kPage] = (uint8_t)i;
}

// ioctl(counters, ENABLE), mark, piece(), mark, ioctl(counters, DISABLE). The instructions that wait for the kernel do
// not retire in user mode.
static __attribute__((noinline)) void count(int leader, uint64_t name, void (*piece)(void)) {
  register long a0 asm("a0") = leader;
  register long a1 asm("a1") = PERF_EVENT_IOC_ENABLE;
  register long a2 asm("a2") = PERF_IOC_FLAG_GROUP;
  register long a7 asm("a7") = SYS_ioctl;
  register uint64_t s2 asm("s2") = name;
  register uint64_t s3 asm("s3") = kMeasureBegin;
  register uint64_t s4 asm("s4") = kMeasureEnd;
  register uint64_t s5 asm("s5") = (uint64_t)piece;
  register uint64_t s6 asm("s6") = (uint64_t)leader;
  asm volatile("ecall\n\tsltu x0, s3, s2\n\tjalr s5\n\tsltu x0, s4, s2\n\t"
               "mv a0, s6\n\tli a1, %[stop]\n\tli a2, %[group]\n\tli a7, %[ioctl]\n\tecall"
               : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a7)
               : "r"(s2), "r"(s3), "r"(s4), "r"(s5), "r"(s6), [stop] "i"(PERF_EVENT_IOC_DISABLE), [group] "i"(PERF_IOC_FLAG_GROUP), [ioctl] "i"(SYS_ioctl)
               : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a3", "a4", "a5", "a6", "memory");
  if (a0 < 0) measure_fail("ioctl of the counters");
}

// How often a counter of user instructions overflows that does so every kPeriod of them, while 20 * kPeriod retire.
static unsigned long samples(void) {
  enum { kPeriod = 100000, kRingPages = 8 };
  struct perf_event_attr attr = {.size = sizeof attr, .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_INSTRUCTIONS, .sample_period = kPeriod,
                                 .sample_type = PERF_SAMPLE_IP, .disabled = 1, .exclude_kernel = 1, .exclude_hv = 1};
  const int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
  if (fd < 0) measure_fail("perf_event_open for samples");
  struct perf_event_mmap_page* const ring = mmap(NULL, (1 + kRingPages) * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (ring == MAP_FAILED) measure_fail("mmap of samples");
  if (ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0) measure_fail("start of the samples");
  for (uint64_t left = 20 * kPeriod / 2 + 100; left != 0; --left) asm volatile("");
  if (ioctl(fd, PERF_EVENT_IOC_DISABLE, 0) < 0) measure_fail("end of the samples");
  const uint8_t* const data = (const uint8_t*)ring + ring->data_offset;
  unsigned long count = 0;
  for (uint64_t at = 0; at < ring->data_head;) {
    const struct perf_event_header* const header = (const struct perf_event_header*)(data + at % ring->data_size);
    if (header->type == PERF_RECORD_SAMPLE) ++count;
    at += header->size;
  }
  return count;
}

int main(void) {
  measure(kMark, 0);
  void* const map = mmap(NULL, (kPages + 1) * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) measure_fail("mmap");
  madvise(map, kPages * kPage, MADV_NOHUGEPAGE);  // fails where there are none: just as well
  memory = map;
  stores();

  const char* names[kMostEvents];
  int leader = -1;
  unsigned opened = 0;
  for (unsigned i = 0; i < sizeof kEvents / sizeof *kEvents; ++i) {
    const int fd = open_counter(kEvents[i].type, kEvents[i].config, kUser, -1, leader);
    if (fd < 0) continue;  // not counted by this machine
    if (leader < 0) leader = fd;
    names[opened++] = kEvents[i].name;
  }
  if (leader < 0) measure_fail("perf_event_open");

  static const struct {
    const char* name;
    void (*piece)(void);
  } kPieces[] = {{"empty", empty}, {"loop", loop}, {"loads", loads}, {"stores", stores}};
  for (unsigned i = 0; i < sizeof kPieces / sizeof *kPieces; ++i) {
    uint64_t values[kMostEvents];
    kPieces[i].piece();
    if (ioctl(leader, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP) < 0) measure_fail("reset of the counters");
    count(leader, measure_name(kPieces[i].name), kPieces[i].piece);
    read_counters(leader, values, opened);
    for (unsigned n = 0; n < opened; ++n) printf("@ %s.%s %llu\n", kPieces[i].name, names[n], (unsigned long long)values[n]);
  }
  printf("@ samples %lu\n", samples());
  return 0;
}
